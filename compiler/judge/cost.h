/* SPDX-License-Identifier: Apache-2.0 */
/* What a cluster costs per month, from what it exports and the platform's rates. Whole millionths
 * of the currency: sums are exact. */
#ifndef JUDGE_COST_H
#define JUDGE_COST_H

#include "world/world.h"

/* Parts of a cost, in the order they are printed. */
enum cost_part {
	COST_CPU,
	COST_MEMORY,
	COST_STORAGE,
	COST_SNAPSHOTS,
	COST_BACKUP,
	COST_BALANCERS,
	COST_CROSS_ZONE,
	COST_PARTS
};

struct cost {
	int64_t part[COST_PARTS];
	int64_t total;
};

/* The platform has rates: without, everything costs nothing. */
bool cost_known(const struct world *w);

/* ISO 4217, or empty. */
struct str cost_currency(const struct world *w);

/* "cpu", "memory", ... */
const char *cost_part_name(enum cost_part p);

/* What the cluster called owner ("prod/team-orders/orders") costs, which exports facts (see
 * unit/exports.h). Its backups are as large as the platform's report says, else as its rates
 * assume. */
struct cost cost_of(const struct world *w, struct str owner, const struct node *exports);

/* a + b, part by part. */
struct cost cost_sum(struct cost a, struct cost b);

/* Appends an amount exactly ("22.5"); places: rounded to two places after the point ("22.50"). */
void cost_print(struct buf *out, int64_t micros, bool places);

#endif
