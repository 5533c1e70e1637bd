/* SPDX-License-Identifier: Apache-2.0 */
/* map.c: map nodes, one field at a time. */
#include "tree/map.h"

void map_node(struct map *m, const char *key, const struct node *n)
{
	if (n)
		node_put(&m->list, str_of(key), node_loose(m->arena, n));
}

void map_text(struct map *m, const char *key, struct str text)
{
	if (text.n)
		node_put(&m->list, str_of(key), node_str(m->arena, m->pos, text));
}

void map_int(struct map *m, const char *key, int64_t v)
{
	node_put(&m->list, str_of(key), node_int(m->arena, m->pos, v));
}

void map_flag(struct map *m, const char *key, bool flag)
{
	node_put(&m->list, str_of(key), node_bool(m->arena, m->pos, flag));
}

struct node *map_done(const struct map *m)
{
	struct node *n = node_new(m->arena, NODE_MAP, m->pos);

	n->kids = m->list.first;
	return n;
}
