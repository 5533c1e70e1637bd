/* SPDX-License-Identifier: Apache-2.0 */
/* sorted.c: a merge sort of pointers, only when the keys are out of order. */
#include "tree/sorted.h"

#include <stdlib.h>

#include "base/die.h"

static bool is_ordered(const struct node *map)
{
	node_each(kid, map) if (kid->next && str_cmp(kid->key, kid->next->key) > 0) return false;
	return true;
}

/* Merges the sorted runs [from, mid) and [mid, to) through spare. */
static void merge(const struct node **v, const struct node **spare, size_t mid, size_t to)
{
	size_t i = 0, j = mid, n = 0;

	while (i < mid || j < to)
		if (j == to || (i < mid && str_cmp(v[i]->key, v[j]->key) <= 0))
			spare[n++] = v[i++];
		else
			spare[n++] = v[j++];
	memcpy(v, spare, n * sizeof(v[0]));
}

static void sort(const struct node **v, const struct node **spare, size_t n)
{
	if (n < 2)
		return;
	sort(v, spare, n / 2);
	sort(v + n / 2, spare, n - n / 2);
	merge(v, spare, n / 2, n);
}

/* Half of the array is the merge's spare room. */
static void fill(struct sorted *s, const struct node *map)
{
	size_t i = 0;

	s->n = node_count(map);
	s->kids = s->small;
	if (2 * s->n > SORTED_SMALL) {
		s->kids = calloc(2 * s->n, sizeof(s->kids[0]));
		if (!s->kids)
			die_memory();
	}
	node_each(kid, map) s->kids[i++] = kid;
	sort(s->kids, s->kids + s->n, s->n);
}

const struct node *sorted_first(struct sorted *s, const struct node *map)
{
	s->kids = NULL;
	s->at = s->n = 0;
	if (is_ordered(map))
		return map->kids;
	fill(s, map);
	return s->kids[0];
}

const struct node *sorted_next(struct sorted *s, const struct node *kid)
{
	if (!s->kids)
		return kid->next;
	return ++s->at < s->n ? s->kids[s->at] : NULL;
}

void sorted_end(struct sorted *s)
{
	if (s->kids != s->small)
		free(s->kids);
	s->kids = NULL;
}
