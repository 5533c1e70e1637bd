/* SPDX-License-Identifier: Apache-2.0 */
/* Which member's pod is replaced next, and what has to come first. */
#ifndef ROLLING_PLAN_H
#define ROLLING_PLAN_H

#include "facts/patroni.h"
#include "facts/pods.h"
#include "frame/round.h"

enum roll_step {
	ROLL_NOTHING,     /* every pod is as ordered, nothing waits for a restart */
	ROLL_WAIT_SET,    /* the StatefulSet does not carry the ordered template yet */
	ROLL_WAIT_CONFIG, /* Patroni's configuration comes first */
	ROLL_WAIT_MEMBER, /* a member is on its way, or not well */
	ROLL_WAIT_WINDOW,
	ROLL_EVICT,   /* pod */
	ROLL_SWITCH,  /* the lead goes to candidate, so that pod can be replaced */
	ROLL_RESTART, /* PostgreSQL of the member named candidate */
};

struct roll {
	enum roll_step step;
	const struct fact_pod *pod; /* that is meant, or NULL */
	struct str candidate;       /* member that is meant, or "" */
	const char *why;
	size_t pending; /* pods and members that wait */
	int64_t opens;  /* while waiting for the window: when it opens; seconds since 1970 */
};

/* The next step of round r, which speaks. */
struct roll roll_plan(const struct round *r);

/* The member's pod waits for replacement. */
bool roll_is_outdated(const struct round *r, const struct fact_pod *pod);

/* Some member's pod was made from another template than ordered. */
bool roll_any_outdated(const struct round *r);

/* Why members must be left alone: one is on its way or not well, or something is done to one; ""
 * when they need not be. */
const char *roll_unrest(const struct round *r);

/* As roll_unrest for what helps a member that is not well: why it must wait, or "". */
const char *roll_busy(const struct round *r);

/* The member is a replica that may lead, as far as is known. */
bool roll_may_lead(const struct round *r, const struct member *m);

/* Who takes over: of a synchronous cluster a synchronous replica, of any one that is rolled and
 * well before others, then the least behind; "" for nobody. In a hurry any that works may, else
 * only one that is rolled. */
struct str roll_heir(const struct round *r, bool hurry);

#endif
