/* SPDX-License-Identifier: Apache-2.0 */
/* The index files of the output: what will stand in it once a run is published, so that the next
 * run need look only at what changed. */
#ifndef UNIT_CATALOG_H
#define UNIT_CATALOG_H

#include "out/index.h"
#include "unit/group.h"

/* Index files to be written or removed. */
struct catalog {
	struct out_loose *files;
	size_t n;
};

/*
 * The indexes of an output in which the units of plan take the place of the previous ones, all of
 * which r has read. sound: every cluster is as its intent says, so the next run may believe them.
 */
void catalog_whole(const struct run *r, const struct out_plan *plan, bool sound,
		   struct catalog *out);

/* Says about the unit of a cluster what other groups and the next run ask: facts, and whom it
 * needs. In a. */
void catalog_describe(struct arena *a, const struct unit_result *result, struct index_unit *u);

/* The root index as a file. In a. */
struct out_loose catalog_root(struct arena *a, const struct index_root *root);

/* What r->quick knows of the previous indexes, with the compiled results of r in their places.
 * 0, or -1 when it does not know one of them. */
int catalog_changed(struct run *r, struct catalog *out, struct err *err);

#endif
