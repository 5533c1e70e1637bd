/* SPDX-License-Identifier: Apache-2.0 */
/* The one tree: inputs, layers, facts and finished objects are all made of it. */
#ifndef TREE_NODE_H
#define TREE_NODE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/pos.h"

enum kind { NODE_NULL, NODE_BOOL, NODE_INT, NODE_STR, NODE_LIST, NODE_MAP };

struct node;

/* The nodes that a computed value was made from, in the order they were read, each once. */
struct origin {
	size_t n;
	const struct node *const *nodes;
};

/* Immutable once the pass that built it has returned, so trees may share branches. */
struct node {
	enum kind kind;
	bool plain; /* NODE_STR as read from YAML: written without quotes, not yet typed by a schema
		     */
	bool fixed; /* the same in every unit: part of a template without expressions */
	struct pos
	    pos; /* where it was written; for a computed value the template's or rule's line */
	const struct node *hid;    /* the value this one overrode, or NULL */
	const struct origin *from; /* what it was computed from, or NULL */
	struct str key;            /* set when the parent is a map */
	struct pos key_pos;        /* where the key was written */
	const struct node *next;   /* next sibling */
	union {
		bool flag;
		int64_t num;
		struct str text;
		const struct node *kids; /* lists and maps */
	};
};

/* Walks the children of a list or map. */
#define node_each(kid, parent) for (const struct node *kid = (parent)->kids; kid; kid = kid->next)

/* Appends siblings in order; { 0 } is empty. The nodes are linked, not copied. */
struct node_list {
	const struct node *first;
	struct node *last;
	size_t n;
};

/* A new node of kind at pos, all else zero. */
struct node *node_new(struct arena *a, enum kind kind, struct pos pos);

/* A string node. */
struct node *node_str(struct arena *a, struct pos pos, struct str text);

/* An integer node. */
struct node *node_int(struct arena *a, struct pos pos, int64_t num);

/* A boolean node. */
struct node *node_bool(struct arena *a, struct pos pos, bool flag);

/* A copy of n alone: its children are shared, it has no sibling. */
struct node *node_loose(struct arena *a, const struct node *n);

/* A whole copy of n in a: children, texts, positions, origins left pointing where they point. */
struct node *node_deep(struct arena *a, const struct node *n);

/* Links n behind the last; n must be a fresh node without siblings. */
void node_add(struct node_list *l, struct node *n);

/* Adds loose copies of first and its siblings, as far as end, which is not added; NULL: all. */
void node_add_copies(struct node_list *l, struct arena *a, const struct node *first,
		     const struct node *end);

/* As node_add under key. */
void node_put(struct node_list *l, struct str key, struct node *n);

/* The child of map n under key, or NULL (also when n is NULL or no map). */
const struct node *node_get(const struct node *n, struct str key);

/* node_get with a NUL-terminated key, whose length the compiler knows in most places. */
static inline const struct node *node_at(const struct node *n, const char *key)
{
	return node_get(n, str_of(key));
}

/* The text of the string child under key, or an empty slice with p "". */
struct str node_text(const struct node *n, const char *key);

/* The integer child under key, or fallback. */
int64_t node_num(const struct node *n, const char *key, int64_t fallback);

/* The boolean child under key, or fallback. */
bool node_flag(const struct node *n, const char *key, bool fallback);

/* One of list's items is this text; NULL, a scalar and an empty list hold none. */
bool node_lists(const struct node *list, struct str text);

/* Children of a list or map; 0 for others and NULL. */
size_t node_count(const struct node *n);

/* Same value: kinds, texts, order of lists; maps compare by key whatever their order. Positions do
 * not count. */
bool node_eq(const struct node *a, const struct node *b);

/* "map", "list", "string", "integer", "boolean", "null". */
const char *node_kind(const struct node *n);

/* A copy of map n (children shared as loose copies) whose keys are sorted bytewise, deep. */
struct node *node_sorted(struct arena *a, const struct node *n);

#endif
