/* SPDX-License-Identifier: Apache-2.0 */
/* Passes check, default and complete: is the tree what the schema allows, and what does the schema
 * add. */
#ifndef SCHEMA_CHECK_H
#define SCHEMA_CHECK_H

#include "schema/schema.h"

/* Whether required fields must be there already. */
enum schema_extent {
	SCHEMA_WHOLE,  /* the tree stands for itself */
	SCHEMA_PARTIAL /* the tree is a layer: only list keys are required */
};

/* Types tree in by s into a typed copy in a: plain and quoted scalars become strings, integers,
 * booleans as the schema says; nodes that have a type already must have the right one. Reports
 * every problem at once; a value that is wrong is left out of the copy, so the result can be used
 * as far as it goes. NULL only when in itself has the wrong kind (or is NULL, which is not
 * reported). */
const struct node *schema_check(struct arena *a, struct diags *d, const struct schema *s,
				const struct node *in, enum schema_extent extent);

/* As schema_check for a value of s itself: s may be pending or for intents only. */
const struct node *schema_check_value(struct arena *a, struct diags *d, const struct schema *s,
				      const struct node *in);

/* A copy of the typed tree in with the defaults of s filled in, at every depth that is there: an
 * absent map stays absent unless it has a default itself (`default: {}`). pos of a filled value is
 * the schema's line. Never fails. */
const struct node *schema_defaults(struct arena *a, const struct schema *s, const struct node *in);

/* Reports required and x-howdah-complete fields that tree (typed, layered, with defaults) lacks. */
void schema_complete(struct diags *d, const struct schema *s, const struct node *tree);

/* Reports every cross-field rule of s that tree breaks, both places named. previous is the tree of
 * the last output for immutable and growsOnly, or NULL when there is none. */
void schema_rules_check(struct arena *a, struct diags *d, const struct schema *s,
			const struct node *tree, const struct node *previous);

#endif
