/* SPDX-License-Identifier: Apache-2.0 */
/* wal-g as a child: with the settings that Spilo's wal-g has, nothing else of the agent's
 * environment, and what it said when it failed. */
#ifndef WALG_WALG_H
#define WALG_WALG_H

#include "loop/child.h"

struct walg;

/* How it ended. Valid during the call only. */
struct walg_end {
	const char *why; /* "": well; else what went wrong, fit for a log and a status */
	struct str out;  /* all of its standard output, when nobody took it */
};

/* What to run. */
struct walg_call {
	const char *const *args; /* behind "wal-g"; ended by NULL */
	int64_t ms;              /* that it may take */
	/* gets its output (errors: its messages) as it comes, or NULL */
	void (*take)(void *owner, bool errors, struct str bytes);
	void (*ended)(void *owner, const struct walg_end *end);
	void *owner;
};

/* Starts wal-g; ended is called exactly once, later, unless walg_stop comes first. Never NULL. */
struct walg *walg_start(struct loop *l, const struct walg_call *call);

/* Kills it at once; nobody is told. NULL is fine. */
void walg_stop(struct walg *w);

/* Asks it to end, which takes up to 10 s; its end is told as any other. */
void walg_ask_end(struct walg *w);

#endif
