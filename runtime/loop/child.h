/* SPDX-License-Identifier: Apache-2.0 */
/* Child processes (wal-g): absolute path, given environment, own process group, capped output,
 * deadline; their end is an event of the loop. */
#ifndef LOOP_CHILD_H
#define LOOP_CHILD_H

#include <stddef.h>

#include "base/err.h"
#include "base/str.h"
#include "loop/loop.h"

enum { CHILD_OUTPUT_MOST = 1024 * 1024 };

/* How a child ended. The texts are valid during the call only. */
struct child_end {
	int code;            /* exit code; 128 + number for a signal */
	bool overdue;        /* it was killed at its deadline */
	bool cut;            /* it wrote more than CHILD_OUTPUT_MOST to one of its outputs */
	struct str out, err; /* empty where take took them */
};

struct child;

/* What to run. */
struct child_plan {
	const char *const *argv; /* argv[0] is an absolute path; NULL-terminated */
	const char *const *env;  /* the whole environment; NULL-terminated */
	int64_t deadline_ms;     /* from now; then the group gets SIGTERM, and 10 s later SIGKILL */
	void (*ended)(void *arg, const struct child_end *end);
	void *arg;
	/* called with all that comes from stdout, or (errors) from stderr, as it comes; NULL: it is
	 * kept for ended */
	void (*take)(void *arg, bool errors, struct str bytes);
};

/* Starts a child; ended is called exactly once unless child_drop comes first. NULL with err set
 * when it cannot be started. */
struct child *child_start(struct loop *l, const struct child_plan *plan, struct err *err);

/* Asks the child's group to end, as its deadline would; ended is called when it has. */
void child_ask_end(struct child *c);

/* Kills the child's group at once; ended is not called. NULL is fine. */
void child_drop(struct child *c);

#endif
