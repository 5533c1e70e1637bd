/* SPDX-License-Identifier: Apache-2.0 */
/* The verdict over a fleet: what stood before against what the input makes now, nothing written. */
#ifndef UNIT_COMPARE_H
#define UNIT_COMPARE_H

#include "guard/report.h"
#include "unit/fleet.h"

/* What is compared. */
struct compare_options {
	struct fleet_options now;           /* the new input */
	const struct fleet_options *before; /* the old input, or NULL: */
	const char *output;                 /* the old output, a directory, or */
	struct str branch;                  /* "REPO@BRANCH:PREFIX" */
	struct str repository; /* where the commit that an output was made from may be found:
				  "REPO@", or empty, */
	struct str folder;     /* and the folder in it: ":FOLDER", or empty */
};

/*
 * Compiles what differs and judges it. Findings of clusters that cannot be compiled go to d; the
 * verdicts, worst first, into report's list, counts and note, whose other fields are left alone.
 * Returns an exit code: 0, 1 errors, 2 usage or 4 outside trouble, both with err set, 3 refused.
 */
int compare_run(struct arena *a, struct diags *d, const struct compare_options *o,
		struct report *report, struct err *err);

#endif
