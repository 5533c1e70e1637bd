/* SPDX-License-Identifier: Apache-2.0 */
/* Everything that all units share: read once, checked once, const from then on. */
#ifndef WORLD_WORLD_H
#define WORLD_WORLD_H

#include "expand/template.h"
#include "lua/library.h"
#include "world/files.h"
#include "world/foundation.h"

/* A tier with those it starts from, lowest first. */
struct tier {
	struct str name;
	const struct node *docs[4]; /* checked documents: {spec, limits, ...} */
	size_t n;
};

/* An object template. */
struct object_template {
	struct str path;
	const struct template *t;
};

/* A pod template of a revision; name as `pods.NAME`. */
struct pod_template {
	struct str name;
	const struct template *t;
};

/* What one pod revision fixes. */
struct revision {
	uint32_t number;
	const struct node *tiers; /* name -> checked Tier document */
	struct pod_template *pods;
	size_t n_pods;
};

/* The templates of one kind of unit. */
struct unit_templates {
	struct scope *scope;
	const struct template **groups; /* by number of the scope's name; NULL for inputs */
	struct object_template *objects;
	size_t n_objects;
};

/* Kinds of units. */
enum unit_kind { UNIT_CLUSTER, UNIT_DESTINATION, UNIT_KINDS };

struct world {
	struct arena *arena;
	struct files files;
	struct schema_set *schemas;
	const struct schema_kind *cluster, *database, *platform_kind, *tier_kind, *waiver_kind,
	    *report_kind;
	const struct node
	    *platform; /* spec of the Platform: built-in < platform.yaml, with defaults */
	const struct node *tiers;     /* tiers of the repository: name -> checked Tier document */
	const struct node *contracts; /* name -> contract, as read */
	const struct node *waivers;   /* list of waivers, or NULL */
	const struct node *reports;   /* path -> checked spec of a Report */
	struct revision *revisions;
	size_t n_revisions;
	struct lua_library *lua;
	struct unit_templates units[UNIT_KINDS];
	struct kube *kube;
	struct str digest; /* hex SHA-256 over all of it: what a unit's input digest begins with */
};

/* How much of it: all, or what clusters need, in a world that was read as a whole before. */
enum world_extent { WORLD_WHOLE, WORLD_CLUSTERS };

/* What is wanted of world_load. */
struct world_wish {
	struct str digest; /* of files: that of repository_digest */
	enum world_extent extent;
	struct foundation *foundation; /* begun already; taken. Or NULL */
};

/*
 * Reads and checks the world from files: built-in ones and those of the repository (see
 * world_files). Reports every problem; the result is usable only when d has no errors. Never NULL.
 */
struct world *world_load(struct arena *a, struct diags *d, const struct files *files,
			 const struct world_wish *wish);

/* Gives back what is not in the arena. */
void world_close(struct world *w);

/* The pod revision numbered number, or NULL. */
const struct revision *world_revision(const struct world *w, uint32_t number);

/*
 * The tier named name as clusters of revision r see it: the repository's over the built-in one.
 * False when there is none.
 */
bool world_tier(const struct world *w, const struct revision *r, struct str name,
		struct tier *tier);

/* The image set of platform named name, or NULL. */
const struct node *world_images(const struct world *w, struct str name);

#endif
