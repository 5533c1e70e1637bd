/* SPDX-License-Identifier: Apache-2.0 */
/* The input as it was: another world and its intents, compiled where they differ, to be compared
 * with. */
#ifndef UNIT_BEFORE_H
#define UNIT_BEFORE_H

#include "unit/run.h"

struct before {
	struct run run;                 /* opened; its results carry the digests of inputs */
	const struct guard_line *lines; /* what differs in the two worlds */
	bool sides; /* it is compared with itself; else it only helps to find the lines */
};

/* What a worker needs to compile clusters of before. */
struct before_worker;

/* Opens the input that options name (all of it when b->sides, else its world) and compares its
 * world with r's, whose is open. 0, or an exit code as run_open's. */
int before_open(struct before *b, const struct run *r, const struct fleet_options *options,
		struct err *err);

/* The old intent of the cluster called owner, as a result with its input digest, or NULL. */
const struct unit_result *before_find(const struct before *b, struct str owner);

/* What one thread needs, from arena keep; owned. */
struct before_worker *before_worker_new(const struct before *b, struct arena *keep);

/* Compiles the old cluster into scratch; false when it cannot be compiled any more: *why (or NULL)
 * then is what to say of its intent, with the first error. */
bool before_compile(struct before_worker *w, const struct unit_result *old, struct arena *scratch,
		    struct compiled *out, struct str *why);

/* Ends w; NULL is fine. */
void before_worker_free(struct before_worker *w);

/* Ends b's run. */
void before_close(struct before *b);

#endif
