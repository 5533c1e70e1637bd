/* SPDX-License-Identifier: Apache-2.0 */
/* What the fleet costs, added up by what people ask for. */
#ifndef UNIT_PRICES_H
#define UNIT_PRICES_H

#include "judge/cost.h"
#include "unit/fleet.h"

/* What costs are added up by. */
enum price_by { PRICE_CLUSTER, PRICE_TEAM, PRICE_TIER, PRICE_ENVIRONMENT, PRICE_BYS };

/* A line: one cluster, team, tier or environment. */
struct price {
	struct str name;
	size_t clusters;
	struct cost cost;
};

/* All lines, in bytewise order of names. */
struct prices {
	enum price_by by; /* set by the caller */
	struct price *list;
	size_t n;
	struct price all;    /* the sum; name is empty */
	struct str currency; /* or empty */
	size_t left_out;     /* clusters that have errors */
};

/* The name of by as an option has it ("team"), or NULL behind the last. */
const char *price_by_name(enum price_by by);

/*
 * Compiles the fleet of o and adds up what it costs; texts live in a, findings go to d. An exit
 * code as fleet_run's: 1 when some of it is left out, or the platform has no rates.
 */
int prices_run(struct arena *a, struct diags *d, const struct fleet_options *o, struct prices *out,
	       struct err *err);

#endif
