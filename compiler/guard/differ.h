/* SPDX-License-Identifier: Apache-2.0 */
/* What differs between two trees, by meaning: lists by the field that names their items, texts that
 * are YAML, settings or lines by what stands in them. */
#ifndef GUARD_DIFFER_H
#define GUARD_DIFFER_H

#include "tree/node.h"

/* A value that is on one side only, or another on each. */
struct difference {
	struct str path;        /* in the grammar of field paths, on into texts */
	const struct node *was; /* or NULL */
	const struct node *is;  /* or NULL */
	const struct node *at;  /* in the new tree: `is`, or the nearest that is there above it */
	const struct node *around; /* the nearest map or list of the new tree above it, or NULL */
	const struct node *text;   /* the text of the new tree that `is` was read out of, or NULL */
	struct str inner;          /* path within that text */
	struct difference *next;
};

/*
 * The differences from was to is, in the order of is's keys with removed ones behind, all in a;
 * NULL when there is none. A subtree that is on one side only is one difference. Positions and
 * origins do not count.
 */
struct difference *differ(struct arena *a, const struct node *was, const struct node *is);

/* The differences below d, a map or list that is on one side only: one for each key or item. */
struct difference *differ_below(struct arena *a, const struct difference *d);

#endif
