/* SPDX-License-Identifier: Apache-2.0 */
/* The nodes that a computation has read so far: what becomes the origin of its result. */
#ifndef TREE_READS_H
#define TREE_READS_H

#include <stdint.h>

#include "tree/node.h"

/* { 0 } with an arena is empty. Meant to be reused: reads_clear keeps the memory. */
struct reads {
	struct arena *arena; /* holds the arrays; outlives the use of this struct */
	const struct node **nodes;
	size_t n, cap;
	uint32_t *index; /* hash of nodes once there are many: 1-based places, 0 is free */
	size_t index_cap;
};

/* Remembers n; NULL and nodes already remembered are skipped. Constant time. */
void reads_add(struct reads *r, const struct node *n);

/* Forgets all nodes. */
void reads_clear(struct reads *r);

/* The nodes from number first on as an origin in a; NULL when there are none. */
const struct origin *reads_origin(const struct reads *r, size_t first, struct arena *a);

#endif
