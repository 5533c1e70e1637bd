/* SPDX-License-Identifier: Apache-2.0 */
/* From an intent to its resolved spec: passes load, check, layer, default, complete. */
#ifndef UNIT_RESOLVE_H
#define UNIT_RESOLVE_H

#include "lua/worker.h"
#include "unit/intent.h"
#include "unit/place.h"
#include "world/world.h"

/* Passes whose result can be printed. */
enum pass {
	PASS_LOAD,
	PASS_CHECK,
	PASS_LAYER,
	PASS_DEFAULT,
	PASS_COMPLETE,
	PASS_MODEL,
	PASS_EXPAND,
	PASS_SEAL,
	PASS_COUNT
};

/* A wish to look at the tree behind a pass. */
struct dump {
	enum pass after;
	const struct node *tree; /* set when the pass was reached */
};

/* What a pass may use. */
struct job {
	const struct world *world;
	const struct intents *intents;
	struct arena *arena;    /* of the unit */
	struct diags *diags;    /* of the unit */
	struct lua_worker *lua; /* of the thread */
	struct str as_of;       /* YYYY-MM-DD on which dates are judged, or empty */
	struct dump *dump;      /* stop behind this pass, or NULL */
	bool spare;             /* a core has nothing to do: proofs may run beside the rest */
};

/* An intent with all its layers applied. */
struct resolved {
	const struct intent *intent;
	struct place place;
	const struct node *doc;    /* as written, typed */
	const struct node *spec;   /* complete */
	const struct node *team;   /* the platform's entry */
	const struct node *tier;   /* the highest tier document */
	const struct node *images; /* the image set */
	struct str images_name;
	struct str ring; /* that the image set was chosen by */
	const struct revision *revision;
	const struct node *rival;  /* document of the cluster that this one, promoted, followed, and
				      which takes writes still; or NULL */
	const struct node *guests; /* records of the guests as the record's `guests`, where they are
				      given and not compiled; else NULL */
};

/* The pass named name, or PASS_COUNT. */
enum pass pass_find(struct str name);

/* The name of pass p. */
const char *pass_name(enum pass p);

/* Resolves cluster i. Reports every problem; false when the result cannot be compiled, or the job's
 * dump stopped it. */
bool resolve_cluster(const struct job *j, const struct intent *i, struct resolved *out);

/* Resolves database i (a guest): its typed, complete spec in out->spec, its place and team. Reports
 * every problem; false when there is one, and then out->doc, place and spec are set as far as they
 * are known. */
bool resolve_database(const struct job *j, const struct intent *i, struct resolved *out);

#endif
