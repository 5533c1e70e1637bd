/* SPDX-License-Identifier: Apache-2.0 */
/* The quick way from a commit to a branch: what the indexes of the previous output say did not
 * change is neither read nor hashed. Taken only where nothing but the content of clusters changed;
 * whatever else there is to find or to say is left to the whole way, which then starts anew. */
#ifndef UNIT_QUICK_H
#define UNIT_QUICK_H

#include "out/index.h"
#include "unit/catalog.h"

/* What the previous output says about itself. */
struct quick {
	struct index_root root;
	struct index_group **groups; /* one per row; NULL until it is read */
	bool *open;                  /* one per row: its intents are looked at */
	bool *touched;               /* one per row: a unit in it changed */
	struct str digest;           /* of the world, in hex */
};

/* The quick way can do what o asks for. */
bool quick_applies(const struct fleet_options *o);

/* Goes it, r being fresh. True when all is done and *result filled; false when the whole way must
 * be gone, whatever the reason. Findings are warnings only. */
bool quick_run(struct run *r, struct fleet_result *result);

/* As the previous index tells it, u's cluster was made from the same input. Its facts are then
 * taken from there. a is for scratch. */
bool quick_stands(struct arena *a, const struct run *r, struct unit_result *u);

/* The unit at path in the indexes, its group read when needed; NULL when there is none. */
struct index_unit *quick_unit(struct run *r, struct str path, struct index_row **row);

#endif
