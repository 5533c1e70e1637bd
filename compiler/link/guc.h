/* SPDX-License-Identifier: Apache-2.0 */
/* PostgreSQL parameters: what the contracts say about one, and whether a text is a value of it. */
#ifndef LINK_GUC_H
#define LINK_GUC_H

#include "world/world.h"

/* What the contracts gucs/<major> and extension-gucs say about a parameter. */
struct guc {
	const struct node *row;       /* or NULL: unknown to this major */
	const struct node *elsewhere; /* row of extension-gucs that lists other majors, or NULL */
};

/* Looks name up for major, without regard to case as PostgreSQL does. */
struct guc guc_find(const struct world *w, int64_t major, struct str name);

/* The known parameter of major nearest to name, or an empty slice. */
struct str guc_nearest(const struct world *w, int64_t major, struct str name);

/*
 * NULL when text is a value of row as PostgreSQL's configuration file takes it (units converted,
 * range checked), whole numbers in decimal digits alone, else what such a value looks like, for
 * "'name' is 'text'; it ...", in a.
 */
const char *guc_value_error(struct arena *a, const struct node *row, struct str text);

/* a and b are the same but for the case of ASCII letters. */
bool guc_same(struct str a, struct str b);

#endif
