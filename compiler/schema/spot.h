/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of the check pass: where its walk is, shared by the check_*.c files only. */
#ifndef SCHEMA_SPOT_H
#define SCHEMA_SPOT_H

#include "schema/check.h"
#include "tree/path.h"

/* One run of the check. */
struct check {
	struct arena *arena;
	struct diags *diags;
	enum schema_extent extent;
};

/* A node under its schema and those above both, linked on the stack. */
struct spot {
	struct trail trail; /* trail.up is &up->trail */
	const struct spot *up;
	const struct schema *schema;
};

/* The node of spot. */
static inline const struct node *spot_node(const struct spot *spot)
{
	return spot->trail.node;
}

/* The path of spot for a message; the root is called by its key, or "the file". */
struct str spot_path(const struct check *c, const struct spot *spot);

/* The key of spot for 'subject', or its path where it has no key (list items). */
const char *spot_name(const struct check *c, const struct spot *spot);

/* Types what stands at spot; NULL after a report. */
struct node *check_at(const struct check *c, const struct spot *spot);

/* As check_at, for schemas of a string, integer or boolean. */
struct node *check_scalar(const struct check *c, const struct spot *spot);

/* Reports key, which the object at spot does not have, with the best advice there is. */
void check_unknown(const struct check *c, const struct spot *spot, const struct node *kid);

/* Appends the names of s's fields, at most most of them, to out. */
void check_put_fields(struct buf *out, const struct schema *s, size_t most);

/* Reports items of the list at spot that stand twice, by list key or by value. */
void check_twice(const struct check *c, const struct spot *spot, const struct node *list);

/* The value that messages offer as a right one, or NULL. */
const struct node *check_example(const struct schema *s);

#endif
