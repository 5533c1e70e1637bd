/* SPDX-License-Identifier: Apache-2.0 */
/* One round of decisions: facts, orders and the clock in; conditions and actions out. Pure. */
#ifndef FRAME_ROUND_H
#define FRAME_ROUND_H

#include "facts/facts.h"
#include "orders/orders.h"

enum condition_id {
#define CONDITION(id, good, means) CONDITION_##id,
#include "frame/conditions.def"
#undef CONDITION
	CONDITION_count
};

enum truth { TRUTH_Unknown, TRUTH_True, TRUTH_False };

enum reason {
	REASON_none, /* the condition does not apply and is not shown */
#define REASON(condition, id, truth, text) REASON_##id,
#include "frame/reasons.def"
#undef REASON
	REASON_count
};

/* A row of the reasons' table. */
struct reason_row {
	enum condition_id condition;
	const char *name;
	enum truth truth;
	const char *text;
};

enum action_kind {
#define ACTION(id, name, does, ms, apart, ages) ACTION_##id,
#include "frame/actions.def"
#undef ACTION
	ACTION_count
};

/* A row of the actions' table. */
struct action_row {
	const char *name, *does;
	int64_t ms, apart_ms;
	unsigned ages; /* bits of enum fact: looked at anew before it may be done again */
};

/* What should be done. Kind and target say which; the same one is never under way twice. */
struct action {
	struct action *next;
	enum action_kind kind;
	struct str target;       /* what it acts on: a pod, a file; "" for the cluster */
	struct str why;          /* for the log */
	struct str version;      /* resourceVersion or uid that it is bound to, or "" */
	const struct node *body; /* what is sent, or NULL */
};

struct condition {
	enum reason reason;
	struct str detail; /* "" without */
};

struct plan;

struct round {
	struct arena *arena;
	const struct facts *facts;
	const struct orders *orders;
	struct moment now;
	bool nobody_leads; /* nobody holds the leader lock, as far as is known */
	bool leads;        /* this member holds the leader lock */
	bool speaks; /* this agent writes for the cluster: the leader's, else (after twice the ttl)
		      * that of the lowest ordinal which lives */
	struct condition conditions[CONDITION_count];
	struct action *actions, **end;
	const struct plan *databases; /* what differs there, NULL while it is not known */
	const struct node *ledger;    /* of operations, as the record should have it; NULL: none */
	bool ledger_news;             /* an operation is in another state than the record has */
	int64_t look_ms[FACT_count]; /* how old each fact may get before it is looked at; INT64_MAX:
				      * as its observer has it */
	int64_t
	    wake_ms; /* moment at which to decide again though nothing was seen; INT64_MAX: none */
};

/* A round with nothing decided, but for leads and speaks. */
struct round round_begin(struct arena *a, const struct facts *facts, const struct orders *orders,
			 struct moment now);

/* Wants an action; the caller fills version and body, which may point into facts. Never NULL. */
struct action *round_do(struct round *r, enum action_kind kind, struct str target, const char *why,
			...) __attribute__((format(printf, 4, 5)));

/* The condition of reason is what reason says; the last call for a condition counts. */
void round_say(struct round *r, enum reason reason, const char *detail, ...)
    __attribute__((format(printf, 3, 4)));

/* Decides again at the moment ms at the latest. */
void round_wake(struct round *r, int64_t ms);

/* Wants fact to be looked at whenever it is older than ms milliseconds. */
void round_look(struct round *r, enum fact fact, int64_t ms);

/* fact was seen since this member leads; else it is looked at now. What was seen before, as a
 * replica or in an earlier lead, may have been changed by another leader since. */
bool round_seen(struct round *r, enum fact fact);

/* The API server told of the pods a moment ago. While it does not no member is taken away, and what
 * it told before is no reason to wait for one. */
bool round_sees_pods(const struct round *r);

/* The row of a reason. */
const struct reason_row *reason_row(enum reason reason);

/* The row of an action. */
const struct action_row *action_row(enum action_kind kind);

/* The truth of a condition that is good; TRUTH_Unknown: none is. */
enum truth condition_good(enum condition_id id);

/* The name of a condition, as the record has it. */
const char *condition_name(enum condition_id id);

#endif
