/* SPDX-License-Identifier: Apache-2.0 */
/* Short ways to build maps and lists for the exports. */
#ifndef SCHEMA_BUILD_H
#define SCHEMA_BUILD_H

#include "schema/schema.h"

/* A map or list that is being built in an arena. What is made new stands at pos: the lines of the
 * schema that say it. */
struct build {
	struct arena *arena;
	struct pos pos;
	struct node_list kids;
};

/* Appends value under key; nothing when value is NULL. */
void build_node(struct build *b, const char *key, const struct node *value);

/* Appends a text under key; nothing when it is empty. */
void build_text(struct build *b, const char *key, struct str text);

/* Appends an integer under key. */
void build_int(struct build *b, const char *key, int64_t v);

/* Appends true or false under key. */
void build_flag(struct build *b, const char *key, bool flag);

/* Appends the bounds of s under the names that JSON Schema has for its type. */
void build_bounds(struct build *b, const struct schema *s);

/* The finished map. */
struct node *build_map(struct build *b);

/* The finished list. */
struct node *build_list(struct build *b);

/* A list of the one given node. */
struct node *build_one(struct arena *a, const struct node *n);

/* A list of the enum's values of s. */
struct node *build_values(struct arena *a, const struct schema *s);

#endif
