/* SPDX-License-Identifier: Apache-2.0 */
/* merge.c: one map over another. */
#include "expand/run.h"

/* The fields of n in order: its own where they are. */
static const struct node *merge_sorted(struct arena *a, const struct node *n)
{
	for (const struct node *kid = n->kids; kid && kid->next; kid = kid->next)
		if (str_cmp(kid->key, kid->next->key) > 0)
			return node_sorted(a, n)->kids;
	return n->kids;
}

static struct node *over(struct arena *a, const struct node *low, const struct node *top)
{
	struct node *n;

	if (low->kind == NODE_MAP && top->kind == NODE_MAP) {
		n = merge_maps(a, low, top);
		n->key = top->key;
		n->key_pos = top->key_pos;
		n->pos = top->pos;
	} else {
		n = node_loose(a, top);
	}
	n->hid = low;
	return n;
}

/* <0: l comes first, >0: t does, 0: they have the same key. */
static int order(const struct node *l, const struct node *t)
{
	if (!l || !t)
		return l ? -1 : 1;
	return str_cmp(l->key, t->key);
}

/* The fields of both by sorted key. Maps that templates and Lua make are sorted; others become so
 * here. */
struct node *merge_maps(struct arena *a, const struct node *low, const struct node *top)
{
	const struct node *l = merge_sorted(a, low), *t = merge_sorted(a, top);
	struct node *map = node_new(a, NODE_MAP, top->pos);
	struct node_list kids = { 0 };

	while (l || t) {
		int c = order(l, t);

		if (c == 0)
			node_add(&kids, over(a, l, t));
		else
			node_add(&kids, node_loose(a, c < 0 ? l : t));
		l = c <= 0 ? l->next : l;
		t = c >= 0 ? t->next : t;
	}
	map->kids = kids.first;
	map->from = top->from ? top->from : low->from;
	return map;
}
