/* SPDX-License-Identifier: Apache-2.0 */
/* What a restore drill found: lines of drill.sh, and the record's status.drills. Pure. */
#ifndef DRILL_REPORT_H
#define DRILL_REPORT_H

#include "base/arena.h"
#include "tree/node.h"

/* One drill. Times are seconds since 1970, 0: not known. */
struct drill {
	int64_t started, finished;
	int64_t ready;        /* the copy took writes */
	int64_t target;       /* the moment that was restored to */
	bool reached;         /* something was committed behind target: the copy stands at it */
	int64_t newest;       /* the newest change that was restored, when target was not reached */
	struct str backup;    /* "" none was found */
	bool checked;         /* amcheck ran and found nothing */
	int64_t asked, right; /* queries */
	bool over, passed;
	struct str message; /* what went wrong, "" for nothing */
};

/* Reads the lines of a drill, ended or not, into *out; texts are in a. What is no line of ours
 * makes a drill that did not pass. */
void drill_read(struct arena *a, struct str text, struct drill *out);

/* The drill ended without a word of its own: why is the message. */
void drill_fail(struct drill *d, int64_t now, const char *why);

/* status.drills with the drill d as its newest result behind those of status, a map or NULL. */
const struct node *drill_status(struct arena *a, const struct node *status, const struct drill *d);

#endif
