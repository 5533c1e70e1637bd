/* SPDX-License-Identifier: Apache-2.0 */
/* Pass judge: the rules of howdah and of the platform over intents, facts and finished objects. */
#ifndef JUDGE_JUDGE_H
#define JUDGE_JUDGE_H

#include "lua/worker.h"
#include "world/world.h"

/* What a rule found, waived or not: for coverage. In the order of rules. */
struct judge_hit {
	const struct judge_hit *next;
	struct str rule, cluster;  /* the cluster's owner, or empty */
	const struct node *waiver; /* that is for it, perhaps past its end, or NULL */
	bool waived, deny;
};

/* A cluster before its judges. Everything must outlive the call. */
struct judge_case {
	const struct world *world;
	struct arena *arena;      /* of the unit */
	struct diags *diags;      /* findings go there */
	struct lua_worker *lua;   /* its unit is open */
	struct str as_of;         /* day by which dates are judged, or empty */
	struct str owner;         /* "prod/team-orders/orders": what waivers name */
	const struct node *doc;   /* the intent as written, typed */
	const struct node *spec;  /* resolved */
	const struct node *facts; /* the whole record */
	const struct node *const *objects;
	size_t n;
};

/* What came of it. */
struct judged {
	const struct judge_hit *hits; /* in the case's arena */
	bool undated;                 /* a date mattered, and there was no day to judge it by */
};

/* Runs every rule for clusters. Denials are errors. */
void judge_cluster(const struct judge_case *c, struct judged *out);

/* A cluster of the ledger, as far as findings about it are concerned. */
struct judge_account {
	struct str owner;  /* as in judge_case */
	struct pos intent; /* where its findings are printed */
	struct diags *diags;
	bool absent; /* it has errors, and is not in the ledger */
	bool denied; /* set by judge_fleet */
};

/* The whole fleet before its judges. */
struct judge_fleet {
	const struct world *world;
	struct arena *arena;   /* of the result */
	struct arena *scratch; /* for the time of the call */
	struct diags *diags;   /* findings about no single cluster */
	struct lua_worker *lua;
	struct str as_of;
	const struct node *ledger;      /* what rules see: see docs/policies.md */
	struct judge_account *accounts; /* sorted by owner */
	size_t n;
};

/* Runs every rule for the fleet. A denial that names a cluster goes to its account. */
void judge_fleet(const struct judge_fleet *f, struct judged *out);

/* Says that dates could not be judged; at most once for a run. */
void judge_warn_undated(struct diags *d);

#endif
