/* SPDX-License-Identifier: Apache-2.0 */
/* What a cluster can take at most, added up from its finished objects: what quotas are proved
 * against. */
#ifndef UNIT_TOTALS_H
#define UNIT_TOTALS_H

#include "unit/cluster.h"

/* An amount of what a ResourceQuota counts. CPU and memory are limits: the larger of the two that
 * it has for each. */
struct amount {
	int64_t cpu;     /* thousandths of a core */
	int64_t memory;  /* bytes */
	int64_t storage; /* bytes */
	int64_t claims, pods;
};

/* The totals of a cluster. */
struct totals {
	struct amount most;     /* all sets at their largest, with every claim that is kept */
	struct amount instance; /* one more pod of the largest set, with its claims */
	struct amount drill;    /* the largest job, with its scratch disks */
	struct amount restore;  /* one more set of claims of the running incarnation */
};

/* Adds up the objects of made that lie in the cluster's own namespace. */
struct totals totals_of(const struct compiled *made);

/* The quantity at key of map in thousandths; 0 when it is absent. */
int64_t totals_milli(const struct node *map, const char *key);

/* a + b, part by part. */
struct amount amount_sum(struct amount a, struct amount b);

/* The larger of a and b, part by part. */
struct amount amount_max(struct amount a, struct amount b);

#endif
