/* SPDX-License-Identifier: Apache-2.0 */
/* Where a cluster's data come from and go to: incarnations, restore, standby, operations. */
#ifndef UNIT_LIFE_H
#define UNIT_LIFE_H

#include "unit/resolve.h"

/*
 * Incarnations that are not before the running one, sources that are the cluster itself or follow
 * each other in a circle, operations that the cluster cannot carry out. Reports to the job's diags.
 */
void life_check(const struct job *j, const struct resolved *r);

/* What r takes from source must fit it: PostgreSQL's major version, the incarnation. */
void life_check_source(const struct job *j, const struct resolved *r,
		       const struct resolved *source);

/* r was promoted, and source, which it followed, takes writes still as far as the tree says. */
bool life_leaves_open(const struct resolved *r, const struct resolved *source);

#endif
