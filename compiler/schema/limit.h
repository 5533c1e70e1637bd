/* SPDX-License-Identifier: Apache-2.0 */
/* Locks and bounds as they are kept while layers are merged; used by layer.c and limit.c only. */
#ifndef SCHEMA_LIMIT_H
#define SCHEMA_LIMIT_H

#include "schema/layer.h"
#include "tree/path.h"

/* What one layer says about one field. */
struct limit {
	struct limit *next; /* in the order of layers */
	const struct layer *layer;
	struct pos pos; /* of the path in that layer */
	struct str text;
	struct path path;
	const struct schema *schema; /* of the field */
	bool locked;
	const struct node *min, *max; /* typed, or NULL */
	const struct node *allowed;   /* list of typed values, or NULL */
};

struct limits {
	struct arena *arena; /* of the layers */
	struct diags *diags; /* while layers are merged */
	struct limit *first, **tail;
};

/* Reads the limits of layer into all; fields are looked up in s. Reports paths that lead nowhere
 * and bounds that do not fit their field. */
void limits_collect(struct limits *all, const struct schema *s, const struct layer *layer);

/* Holds the locks of all against what top made of before: reports every field that changed and
 * returns after with these fields as they were. */
const struct node *locks_hold(const struct limits *all, const struct layer *top,
			      const struct node *before, const struct node *after);

#endif
