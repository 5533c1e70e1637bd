/* SPDX-License-Identifier: Apache-2.0 */
/* PostgreSQL settings and extensions that an intent asks for, against what its image has and the
 * platform allows. Judged before any template, so that messages stand at the intent's own line:
 * what is not allowed under the name of its rule (lua/policies/database.lua), which alone judges
 * where a waiver speaks of it. */
#ifndef LINK_ASKED_H
#define LINK_ASKED_H

#include "world/world.h"

/* Whose wishes they are, and who has to fulfil them. */
struct asked {
	const struct world *world;
	struct arena *arena;
	struct diags *diags;
	const struct node *images; /* image set of the cluster */
	int64_t major;             /* of its PostgreSQL */
	const struct file *intent; /* guardrails bind what stands in this file, not the platform's
				      own layers */
	struct str owner;          /* "prod/team-orders/orders", as waivers say it */
};

/* Judges parameters and databases of a cluster's resolved spec; findings go to q->diags. */
void asked_cluster(const struct asked *q, const struct node *spec);

/* Judges one database: extensions, settings, settings of its roles. */
void asked_database(const struct asked *q, const struct node *database);

#endif
