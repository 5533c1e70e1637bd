/* SPDX-License-Identifier: Apache-2.0 */
/* Intent tests: a repository with a few files changed, one of its clusters compiled, the result
 * compared with what the test expects. */
#ifndef UNIT_TRIAL_H
#define UNIT_TRIAL_H

#include "unit/fleet.h"

/* A test of the repository, and how it went. */
struct trial {
	struct str file,
	    name; /* "tests/orders.yaml", its metadata.name (or the file, when wrong) */
	bool passed;
	struct str why; /* lines that tell why not, each ended */
	/* what the folder that expect.golden names should hold, when it was asked for */
	struct str golden;
	const struct out_unit *made; /* or NULL */
};

/* All of them. */
struct trials {
	struct trial *list;
	size_t n;
};

/* Runs every YAML file below tests of the source behind o, by its day. Texts live in a. 0, or -1
 * with err when the repository cannot be read. */
int trials_run(struct arena *a, const struct fleet_options *o, struct trials *out, struct err *err);

#endif
