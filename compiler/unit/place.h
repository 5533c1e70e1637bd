/* SPDX-License-Identifier: Apache-2.0 */
/* Where an intent stands: environment, destination, namespace pattern and team that its path and
 * text name. */
#ifndef UNIT_PLACE_H
#define UNIT_PLACE_H

#include "base/diag.h"
#include "tree/node.h"

/* What the path intents/<environment>/<namespace>/<name>.yaml says, and what the platform has under
 * these names. */
struct place {
	struct str environment, namespace, name;
	struct str destination;  /* name of the environment's destination */
	struct str pattern;      /* key of the namespace pattern that holds */
	const struct node *env;  /* platform.environments.<environment> */
	const struct node *dest; /* platform.destinations.<destination> */
	const struct node *ns;   /* the namespace pattern's entry */
};

/* s fits pattern, in which '*' stands for any run of characters. */
bool place_fits(struct str pattern, struct str s);

/* Takes apart path ("intents/prod/team-a/orders.yaml") into a: false when it has another shape. */
bool place_split(struct arena *a, struct str path, struct place *p);

/*
 * Looks the names of p up in platform (typed spec of the Platform kind) and compares them with the
 * metadata of doc. Reports what is unknown, with the nearest known name, and what disagrees; false
 * when p cannot be used.
 */
bool place_find(struct diags *d, const struct node *platform, const struct node *doc,
		struct place *p);

/*
 * The entry of team `name` in platform.teams ("*" when it has none of its own), or NULL after
 * reporting at `at` that the team is unknown or may not have clusters in p's namespace.
 */
const struct node *place_team(struct diags *d, const struct node *platform, const struct node *at,
			      const struct place *p);

/* The namespace pattern that holds for p's environment and namespace, or NULL: an environment
 * before none, then the longest. */
const struct node *place_pattern(const struct node *platform, const struct place *p);

/* What the clusters of p's namespace may take together: the quota of its pattern, else the whole
 * budget of team (of its own entry, or of "*"). {cpu, memory, storage, ...}, or NULL when neither
 * is written. */
const struct node *place_quota(const struct node *platform, const struct place *p, struct str team);

/* The key of map nearest to name (edit distance at most 2), or an empty slice. */
struct str place_nearest(const struct node *map, struct str name);

#endif
