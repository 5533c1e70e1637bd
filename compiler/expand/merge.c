/* SPDX-License-Identifier: Apache-2.0 */
/* merge.c: one map over another. */
#include "expand/run.h"

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

/* The fields of both by sorted key: both sides are sorted first, which costs little when they
 * are. */
struct node *merge_maps(struct arena *a, const struct node *low, const struct node *top)
{
	const struct node *l = node_sorted(a, low)->kids, *t = node_sorted(a, top)->kids;
	struct node *map = node_new(a, NODE_MAP, top->pos);
	struct node_list kids = { 0 };

	while (l || t) {
		int c = !l ? 1 : !t ? -1 : str_cmp(l->key, t->key);

		node_add(&kids, c < 0   ? node_loose(a, l)
				: c > 0 ? node_loose(a, t)
					: over(a, l, t));
		l = c <= 0 ? l->next : l;
		t = c >= 0 ? t->next : t;
	}
	map->kids = kids.first;
	map->from = top->from ? top->from : low->from;
	return map;
}
