/* SPDX-License-Identifier: Apache-2.0 */
/* build.c: maps and lists for the exports, piece by piece. */
#include "schema/build.h"

void build_node(struct build *b, const char *key, const struct node *value)
{
	if (value)
		node_put(&b->kids, str_of(key), node_loose(b->arena, value));
}

void build_text(struct build *b, const char *key, struct str text)
{
	if (text.n)
		node_put(&b->kids, str_of(key), node_str(b->arena, b->pos, text));
}

void build_int(struct build *b, const char *key, int64_t v)
{
	node_put(&b->kids, str_of(key), node_int(b->arena, b->pos, v));
}

void build_flag(struct build *b, const char *key, bool flag)
{
	node_put(&b->kids, str_of(key), node_bool(b->arena, b->pos, flag));
}

void build_bounds(struct build *b, const struct schema *s)
{
	static const char *const least[] = { "",          "minProperties", "minItems",
					     "minLength", "minimum",       "" };
	static const char *const most[] = { "",          "maxProperties", "maxItems",
					    "maxLength", "maximum",       "" };

	if (s->least.set)
		build_int(b, least[s->type], s->least.v);
	if (s->most.set)
		build_int(b, most[s->type], s->most.v);
}

struct node *build_map(struct build *b)
{
	struct node *map = node_new(b->arena, NODE_MAP, b->pos);

	map->kids = b->kids.first;
	return map;
}

struct node *build_list(struct build *b)
{
	struct node *list = node_new(b->arena, NODE_LIST, b->pos);

	list->kids = b->kids.first;
	return list;
}

struct node *build_one(struct arena *a, const struct node *n)
{
	struct build list = { .arena = a };

	node_add(&list.kids, node_loose(a, n));
	return build_list(&list);
}

struct node *build_values(struct arena *a, const struct schema *s)
{
	struct build list = { .arena = a };

	for (size_t i = 0; i < s->n_values; i++)
		node_add(&list.kids, node_loose(a, s->values[i].node));
	return build_list(&list);
}
