/* SPDX-License-Identifier: Apache-2.0 */
/* reads.c: an ordered set of nodes: an array, with a hash beside it once it is long. */
#include "tree/reads.h"

enum { READS_FIRST = 16, READS_LINEAR = 16 };

static size_t slot_of(const struct reads *r, const struct node *n)
{
	uint64_t h = (uint64_t)(uintptr_t)n * 0x9e3779b97f4a7c15u;
	size_t at = (size_t)(h >> 32) & (r->index_cap - 1);

	while (r->index[at] && r->nodes[r->index[at] - 1] != n)
		at = (at + 1) & (r->index_cap - 1);
	return at;
}

static void rebuild(struct reads *r)
{
	r->index_cap = r->cap * 4;
	r->index = NEW_ARRAY(r->arena, r->index_cap, uint32_t);
	for (size_t i = 0; i < r->n; i++)
		r->index[slot_of(r, r->nodes[i])] = (uint32_t)i + 1;
}

static bool known(const struct reads *r, const struct node *n)
{
	if (r->n > READS_LINEAR)
		return r->index[slot_of(r, n)] != 0;
	for (size_t i = r->n; i-- > 0;)
		if (r->nodes[i] == n)
			return true;
	return false;
}

static void grow(struct reads *r)
{
	size_t cap = r->cap ? r->cap * 2 : READS_FIRST;
	const struct node **nodes = NEW_ARRAY(r->arena, cap, const struct node *);

	if (r->n)
		memcpy(nodes, r->nodes, r->n * sizeof(struct node *));
	r->nodes = nodes;
	r->cap = cap;
	r->index_cap = 0; /* too small now */
}

void reads_add(struct reads *r, const struct node *n)
{
	if (!n || known(r, n))
		return;
	if (r->n == r->cap)
		grow(r);
	r->nodes[r->n++] = n;
	if (r->n <= READS_LINEAR)
		return;
	if (r->n == READS_LINEAR + 1 || !r->index_cap)
		rebuild(r);
	else
		r->index[slot_of(r, n)] = (uint32_t)r->n;
}

void reads_clear(struct reads *r)
{
	r->n = 0;
}

const struct origin *reads_origin(const struct reads *r, size_t first, struct arena *a)
{
	if (first >= r->n)
		return NULL;

	struct origin *from = NEW(a, struct origin);
	const struct node **nodes = NEW_ARRAY(a, r->n - first, const struct node *);

	memcpy(nodes, r->nodes + first, (r->n - first) * sizeof(struct node *));
	from->n = r->n - first;
	from->nodes = nodes;
	return from;
}
