/* SPDX-License-Identifier: Apache-2.0 */
/* source.c: walking origins. */
#include "guard/source.h"

#include <inttypes.h>
#include <stdio.h>

static void add(struct sources *s, const struct node *n)
{
	const size_t room = sizeof(s->seen) / sizeof(*s->seen);
	size_t at = ((uintptr_t)n >> 4) % room;

	while (s->seen[at] && s->seen[at] != n)
		at = (at + 1) % room;
	if (s->seen[at] || s->n == SOURCES_MOST)
		return;
	s->seen[at] = n;
	s->list[s->n++] = n;
}

/* What is written below n belongs to it. */
static void add_below(struct sources *s, const struct node *n)
{
	add(s, n);
	if (n->kind == NODE_MAP || n->kind == NODE_LIST)
		node_each(kid, n) add_below(s, kid);
}

const struct sources *sources_of(struct arena *a, const struct node *n)
{
	struct sources *s = NEW(a, struct sources);

	add_below(s, n);
	for (size_t i = 0; i < s->n; i++)
		for (size_t k = 0; s->list[i]->from && k < s->list[i]->from->n; k++)
			add(s, s->list[i]->from->nodes[k]);
	return s;
}

static bool is_scalar(const struct node *n)
{
	return n->kind != NODE_MAP && n->kind != NODE_LIST;
}

/* The text of a scalar; room holds that of a number. */
static struct str scalar(const struct node *n, char room[24])
{
	if (n->kind == NODE_STR)
		return n->text;
	if (n->kind == NODE_INT) {
		(void)snprintf(room, 24, "%" PRId64, n->num);
		return str_of(room);
	}
	return str_of(n->kind == NODE_NULL ? "" : n->flag ? "true" : "false");
}

bool source_same(const struct node *x, const struct node *y)
{
	char a[24], b[24];

	if (!is_scalar(x) || !is_scalar(y))
		return x->kind == y->kind;
	return str_eq(scalar(x, a), scalar(y, b));
}

/* The value in or below source that the last steps of rest name; *score is how many steps. */
static const struct node *match(const struct node *source, const struct path *rest,
				const struct node *value, size_t *score)
{
	for (size_t skip = 0; skip < rest->n; skip++) {
		struct path tail = { rest->n - skip, rest->steps + skip };
		const struct node *n = path_find(source, &tail);

		*score = tail.n;
		if (n && source_same(n, value))
			return n;
	}
	*score = 1;
	if (rest->steps[rest->n - 1].kind == PATH_INDEX
		? source->kind == NODE_STR
		: source->key.n && str_eq(source->key, rest->steps[rest->n - 1].key))
		return source_same(source, value) ? source : NULL;
	return NULL;
}

const struct node *sources_match(const struct sources *s, const struct path *rest,
				 const struct node *value)
{
	const struct node *best = NULL;
	size_t most = 0;

	for (size_t i = 1; i < s->n && rest->n; i++) {
		size_t score = 0;
		const struct node *n = match(s->list[i], rest, value, &score);

		if (n && n->pos.file && score > most) {
			best = n;
			most = score;
		}
	}
	return best ? best : s->list[0];
}
