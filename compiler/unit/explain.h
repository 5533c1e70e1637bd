/* SPDX-License-Identifier: Apache-2.0 */
/* Why an output value is what it is: the chain of places it came from. */
#ifndef UNIT_EXPLAIN_H
#define UNIT_EXPLAIN_H

#include "unit/fleet.h"

/* What is asked. */
struct explain_question {
	const struct fleet_options *options; /* where the intents are */
	struct str owner; /* cluster: "prod/team-orders/orders", or "destinations/main/sync" */
	struct str unit;  /* directory of the file, below the output */
	struct str file;  /* "statefulset-orders.yaml" */
	struct str path; /* field path, which may go on into a text that is YAML or has lines; empty
			    for the whole object */
};

/*
 * Compiles the one cluster, or for a directory of a destination all clusters, and appends the
 * answer to out: the value, the template or policy line that wrote it, the intent, layer and
 * platform lines it was computed from, each with what it overrode (unit/chain.h). Findings go to d.
 * Returns an exit code as fleet_run's; 2 with err when the file or path does not exist.
 */
int explain_value(struct arena *a, struct diags *d, const struct explain_question *q,
		  struct buf *out, struct err *err);

#endif
