/* SPDX-License-Identifier: Apache-2.0 */
/* The clusters of one namespace of an environment, taken together: what the world around them and
 * the next run must know without looking at each. */
#ifndef UNIT_GROUP_H
#define UNIT_GROUP_H

#include "unit/run.h"

/* A namespace with intents. */
struct group {
	struct str path;       /* "prod/team-orders" */
	struct git_id intents; /* of the folder that holds exactly these intents, as plain files */
	size_t clusters;
};

/* Over all that others may know of u's cluster: its exports, its directories and their files. */
struct digest cluster_summary(const struct run *r, const struct unit_result *u);

/* The groups of all intents of r, in bytewise order of paths, into r->groups. Call when the
 * workers are done. */
void groups_make(struct run *r);

/* The group at path, or NULL. */
const struct group *group_find(const struct run *r, struct str path);

/* The first two parts of a unit's path; in a. */
struct str group_of(struct arena *a, struct str path);

#endif
