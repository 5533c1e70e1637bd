/* SPDX-License-Identifier: Apache-2.0 */
/* Writing a map node field by field; keys are put in bytewise order by the caller. */
#ifndef TREE_MAP_H
#define TREE_MAP_H

#include "tree/node.h"

/* A map that is being written; its values get pos. */
struct map {
	struct arena *arena;
	struct pos pos;
	struct node_list list;
};

/* Adds a loose copy of n under key; NULL is left out. */
void map_node(struct map *m, const char *key, const struct node *n);

/* Adds a string; an empty one is left out. */
void map_text(struct map *m, const char *key, struct str text);

/* Adds an integer. */
void map_int(struct map *m, const char *key, int64_t v);

/* Adds true or false. */
void map_flag(struct map *m, const char *key, bool flag);

/* The map as a node. */
struct node *map_done(const struct map *m);

#endif
