/* SPDX-License-Identifier: Apache-2.0 */
/* One cluster from intent to finished objects: passes model, expand, seal, judge, link. */
#ifndef UNIT_CLUSTER_H
#define UNIT_CLUSTER_H

#include "expand/expand.h"
#include "judge/judge.h"
#include "unit/proving.h"
#include "unit/resolve.h"

/* Where an object's file lies. */
struct object {
	const struct node *node;
	struct str unit; /* path of its directory: "prod/team-orders/orders",
			    "prod/orders-api/orders.access" */
	struct str file; /* "service-orders.yaml" */
};

/* What a compile has made. Everything lives in the job's arena. */
struct compiled {
	struct resolved resolved;
	const struct node *facts; /* the whole record: inputs and groups, as templates saw it */
	struct object *objects;   /* in the order of templates; the cluster's own first */
	size_t n;
	struct judged judged;              /* what rules found */
	struct proving *proving;           /* proofs that still run, or NULL */
	struct diags *early;               /* what was found before rules and proofs */
	const struct link_folder *folders; /* of objects that were read, not made */
	size_t n_folders;
};

/* What a worker keeps from unit to unit. */
struct cluster_worker {
	struct expand *expand;
};

/* Makes what cluster_compile needs once per worker, from arena a (which outlives it). */
void cluster_worker_init(struct cluster_worker *cw, struct arena *a, const struct world *w,
			 struct lua_worker *lua);

/* Compiles cluster i. Findings go to the job's diags; false when there is no whole result, or the
 * job's dump stopped it. Where a core is spare, a whole result is one only once cluster_proved says
 * so. */
bool cluster_compile(const struct job *j, struct cluster_worker *cw, const struct intent *i,
		     struct compiled *out);

/* Waits for the proofs, if they still run. False when they failed: the job's diags hold what they
 * found, and nothing of what rules said of objects that contradict each other. */
bool cluster_proved(struct job *j, struct compiled *out);

/*
 * Proves objects that were not made by this run: given holds them and what the cluster's own record
 * resolves to; its facts are computed here. Findings go to the job's diags; false when there are
 * errors.
 */
bool cluster_prove(const struct job *j, struct cluster_worker *cw, struct compiled *given);

/* "kind-name.yaml" of an object in a, or "kind-namespace-name.yaml" where a directory holds objects
 * of many namespaces. */
struct str object_file(struct arena *a, const struct node *object, bool with_namespace);

#endif
