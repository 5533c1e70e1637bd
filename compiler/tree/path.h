/* SPDX-License-Identifier: Apache-2.0 */
/* The one grammar of field paths: a.b[2].c, env[name=SCOPE].value,
 * labels["app.kubernetes.io/name"]. */
#ifndef TREE_PATH_H
#define TREE_PATH_H

#include "base/buf.h"
#include "tree/node.h"

enum path_kind { PATH_KEY, PATH_INDEX, PATH_ITEM };

/* One step down. */
struct path_step {
	enum path_kind kind;
	struct str key;   /* PATH_KEY: the map's key; PATH_ITEM: the field that names the item */
	struct str value; /* PATH_ITEM: its value */
	size_t index;     /* PATH_INDEX: counts from 0 */
};

/* From some root down; n 0 is the root itself, written as "". */
struct path {
	size_t n;
	const struct path_step *steps;
};

/* A node and those above it, linked on the stack of a walk; the root's up is NULL. */
struct trail {
	const struct trail *up;
	const struct node *node;
};

/* c may stand in a key without quotes; a digit or a dash may not begin one. */
static inline bool path_is_bare(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '$' || c == '-';
}

/* Reads text into *p (made in a): NULL, or why it is no path, with the offending part named (text
 * in a). */
const char *path_parse(struct arena *a, struct str text, struct path *p);

/* The node that p leads to from root, or NULL. [f=v] is the first item, a map, whose field f is the
 * text, integer or boolean v. */
const struct node *path_find(const struct node *root, const struct path *p);

/* As path_find; *depth becomes the number of steps that could be taken (for "no such field"). */
const struct node *path_follow(const struct node *root, const struct path *p, size_t *depth);

/* Same steps. */
bool path_eq(const struct path *a, const struct path *b);

/* p leads to the place of below or to one above it: the same first steps. */
bool path_covers(const struct path *p, const struct path *below);

/* Appends p in the canonical form, which path_parse reads back to the same steps. */
void path_print(struct buf *out, const struct path *p);

/* Appends one step to a path that is being written: ".key" (no dot at the start of out's path,
 * which began at start) or ["key"] when the key needs it. */
void path_put_key(struct buf *out, size_t start, struct str key);

/* Appends [index]. */
void path_put_index(struct buf *out, size_t index);

/* Appends [key=value], the value quoted when it needs it. */
void path_put_item(struct buf *out, struct str key, struct str value);

/* Appends the step from list to its child item: [name=X] when item is a map whose field key (NULL:
 * "name") is a string that no other item has, else [index]. */
void path_put_child(struct buf *out, const struct node *list, const struct node *item,
		    const char *key);

/* The path of the trail's node, in a; list items by name where they have one. */
struct str path_of_trail(struct arena *a, const struct trail *t);

/* The path of the node at (by identity) below root, in a; p NULL when it is not there. */
struct str path_of(struct arena *a, const struct node *root, const struct node *at);

#endif
