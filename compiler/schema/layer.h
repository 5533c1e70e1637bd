/* SPDX-License-Identifier: Apache-2.0 */
/* Pass layer: partial specs laid over each other, lowest first, with locks and bounds. */
#ifndef SCHEMA_LAYER_H
#define SCHEMA_LAYER_H

#include "schema/schema.h"

/* One partial spec. */
struct layer {
	struct str name;           /* as messages print it: "tier medium", "environment prod" */
	const struct node *spec;   /* typed (schema_check, SCHEMA_PARTIAL), or NULL */
	const struct node *limits; /* map PATH -> {locked | min, max, allowed}, or NULL */
	bool intent;               /* may hold x-howdah-source: intent fields */
};

struct limits;

/* The outcome of layering. */
struct layered {
	const struct node *spec;     /* typed, never NULL; each value's hid is what it overrode */
	const struct limits *limits; /* bounds that judge the final spec */
};

/* Lays n layers (lowest first) over each other by spec schema s: maps by key, lists whole or by
 * their x-howdah-merge key and then sorted by it. Reports fields that only an intent may set,
 * broken locks, and limits that name no field; what a lock forbids is left as it was. */
struct layered layers_merge(struct arena *a, struct diags *d, const struct schema *s,
			    const struct layer *layers, size_t n);

/* Judges spec (with defaults) by the bounds of all layers together; each finding names the value's
 * line and the line and layer of the bound. */
void limits_judge(struct arena *a, struct diags *d, const struct limits *limits,
		  const struct node *spec);

#endif
