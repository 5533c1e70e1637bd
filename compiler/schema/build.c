/* SPDX-License-Identifier: Apache-2.0 */
/* build.c: lists and bounds for the exports. */
#include "schema/build.h"

void build_bounds(struct map *b, const struct schema *s)
{
	static const char *const least[] = { "",          "minProperties", "minItems",
					     "minLength", "minimum",       "" };
	static const char *const most[] = { "",          "maxProperties", "maxItems",
					    "maxLength", "maximum",       "" };

	if (s->least.set)
		map_int(b, least[s->type], s->least.v);
	if (s->most.set)
		map_int(b, most[s->type], s->most.v);
}

struct node *build_list(struct map *b)
{
	struct node *list = node_new(b->arena, NODE_LIST, b->pos);

	list->kids = b->list.first;
	return list;
}

struct node *build_one(struct arena *a, const struct node *n)
{
	struct map list = { .arena = a };

	node_add(&list.list, node_loose(a, n));
	return build_list(&list);
}

struct node *build_values(struct arena *a, const struct schema *s)
{
	struct map list = { .arena = a };

	for (size_t i = 0; i < s->n_values; i++)
		node_add(&list.list, node_loose(a, s->values[i].node));
	return build_list(&list);
}
