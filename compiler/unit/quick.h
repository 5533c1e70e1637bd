/* SPDX-License-Identifier: Apache-2.0 */
/* The quick way from a commit to a branch: what the indexes of the previous output say did not
 * change is neither read nor hashed. Taken only where nothing but the content of clusters changed;
 * whatever else there is to find or to say is left to the whole way, which then starts anew. */
#ifndef UNIT_QUICK_H
#define UNIT_QUICK_H

#include "out/index.h"
#include "unit/catalog.h"

/* The index of a namespace in the previous output. */
struct quick_group {
	struct str path; /* "prod/team-orders" */
	struct index_group index;
	bool open;    /* its intents are looked at */
	bool touched; /* a unit in it changed */
};

/* A folder at the top of the previous output. */
struct quick_folder {
	struct index_environment names; /* read when changed */
	struct git_tree tree;           /* what lies in it, likewise */
	bool changed;                   /* its intents are not those of the previous output */
};

/* What the previous output says about itself. */
struct quick {
	struct index_root root;
	struct quick_folder *folders; /* one per row of root */
	struct quick_group **groups;  /* those read so far, by path */
	size_t n, cap;
	struct str digest; /* of the world, in hex */
};

/* The quick way can do what o asks for. */
bool quick_applies(const struct fleet_options *o);

/* Goes it, r being fresh. True when all is done and *result filled; false when the whole way must
 * be gone, whatever the reason. Findings are warnings only. */
bool quick_run(struct run *r, struct fleet_result *result);

/*
 * The same way for a comparison: r's source and previous output are open, its world and intents are
 * then those of the open groups. True and *clusters, how many there are in all; false when the
 * whole way must be gone, with a fresh run.
 */
bool quick_look(struct run *r, size_t *clusters);

/* A part of quick_run: finds the namespaces whose clusters are looked at (groups that are open), by
 * comparing trees of intents with the indexes and following edges, and loads the world meanwhile if
 * any changed (ahead.h). False when the previous output
 * is not what its root index says, not of this world, or its namespaces are others now. */
bool quick_open(struct run *r);

/* The group at path, its index read when needed; NULL when there is none to believe. */
struct quick_group *quick_group_at(struct run *r, struct str path);

/* The group at path among those read so far, or NULL. */
struct quick_group *quick_group_find(const struct quick *q, struct str path);

/* The unit at path in its group, or NULL. */
struct index_unit *quick_unit(const struct quick_group *g, struct str path);

/* As the previous index tells it, u's cluster was made from the same input. Its facts are then
 * taken from there. a is for scratch. */
bool quick_stands(struct arena *a, const struct run *r, struct unit_result *u);

#endif
