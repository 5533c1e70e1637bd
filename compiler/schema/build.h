/* SPDX-License-Identifier: Apache-2.0 */
/* Short ways to build what the exports have beside maps (tree/map.h). What is made new stands at
 * the lines of the schema that say it. */
#ifndef SCHEMA_BUILD_H
#define SCHEMA_BUILD_H

#include "schema/schema.h"
#include "tree/map.h"

/* Appends the bounds of s under the names that JSON Schema has for its type. */
void build_bounds(struct map *b, const struct schema *s);

/* The list of what b collected. */
struct node *build_list(struct map *b);

/* A list of the one given node. */
struct node *build_one(struct arena *a, const struct node *n);

/* A list of the enum's values of s. */
struct node *build_values(struct arena *a, const struct schema *s);

#endif
