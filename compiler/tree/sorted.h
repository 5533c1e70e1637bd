/* SPDX-License-Identifier: Apache-2.0 */
/* Walking a map by sorted keys: free when they are in order already, as they nearly always are. */
#ifndef TREE_SORTED_H
#define TREE_SORTED_H

#include "tree/node.h"

enum { SORTED_SMALL = 32 };

/* A walk over one map; sorted_end ends it. */
struct sorted {
	const struct node **kids; /* NULL: in order, siblings are followed */
	size_t n, at;
	const struct node *small[SORTED_SMALL];
};

/* Starts a walk over map: its child with the least key, or NULL. */
const struct node *sorted_first(struct sorted *s, const struct node *map);

/* The child after kid, or NULL. Of children with the same key the earlier comes first. */
const struct node *sorted_next(struct sorted *s, const struct node *kid);

/* Gives back what the walk holds. */
void sorted_end(struct sorted *s);

#endif
