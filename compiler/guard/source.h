/* SPDX-License-Identifier: Apache-2.0 */
/* What a computed value was made from: all of it, and which of it became a part of a text. */
#ifndef GUARD_SOURCE_H
#define GUARD_SOURCE_H

#include "tree/path.h"

enum { SOURCES_MOST = 4096 };

/* Nodes that a value was made from, each once, nearest first; the value itself is the first. */
struct sources {
	const struct node *list[SOURCES_MOST];
	size_t n;
	const struct node *seen[2 * SOURCES_MOST]; /* a hash table of them */
};

/* All that n was made from, in a. */
const struct sources *sources_of(struct arena *a, const struct node *n);

/*
 * Where value, found at path rest in the text that s begins with, came from: the source that the
 * most steps of rest lead to and that has the same value. The text itself when there is none.
 */
const struct node *sources_match(const struct sources *s, const struct path *rest,
				 const struct node *value);

/* The same kind of list or map, or scalars that read the same ("16" and 16). */
bool source_same(const struct node *x, const struct node *y);

#endif
