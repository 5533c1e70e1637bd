/* SPDX-License-Identifier: Apache-2.0 */
/* All that a decision may rest on. Plain data: what observers saw last, and when. */
#ifndef FACTS_FACTS_H
#define FACTS_FACTS_H

#include <stdbool.h>

#include "base/str.h"
#include "ground/clock.h"

enum fact {
#define FACT(name) FACT_##name,
#include "facts/facts.def"
#undef FACT
	FACT_count
};

#define FACT(name) struct fact_##name;
#include "facts/facts.def"
#undef FACT

/* How the last looks at one fact went. */
struct sight {
	int64_t at_ms;            /* the last good one began; 0: never */
	int64_t tried_ms;         /* the last one, good or bad */
	int64_t failing_since_ms; /* the first bad one since the last good one, or 0 */
	int failures;             /* bad ones in a row */
	struct str error;         /* why the last one was bad, "" when it was good */
};

/* Who this agent is, from its environment. */
struct self {
	struct str pod, ip, namespace, scope;
	int ordinal;        /* number at the end of the pod's name, -1 without */
	struct str version; /* of the agent */
	int64_t started_ms;
	struct str token; /* of this process: another one has another */
};

/* How an action on one target went, as far as this process remembers. */
struct past {
	struct past *next;
	int kind; /* enum action_kind */
	struct str target;
	bool running;
	int failures;                 /* in a row */
	int64_t started_ms, ended_ms; /* of the last one; ended 0: never */
	int64_t not_before_ms;
	struct str result; /* why it failed, or "" */
	uint64_t done, failed;
};

/* Everything. The facts are never NULL: before the first good look they are all zero, and sight
 * tells. What failed to be looked at stays as it was. */
struct facts {
	struct self self;
	const void *of[FACT_count]; /* read through facts_name() below */
	struct sight sight[FACT_count];
	const struct past *past;
};

#define FACT(name)                                                                                 \
	static inline const struct fact_##name *facts_##name(const struct facts *f)                \
	{                                                                                          \
		return (const struct fact_##name *)f->of[FACT_##name];                             \
	}
#include "facts/facts.def"
#undef FACT

/* The fact was seen at most ms milliseconds ago. */
static inline bool facts_fresh(const struct facts *f, enum fact fact, struct moment now, int64_t ms)
{
	return f->sight[fact].at_ms > 0 && now.ms - f->sight[fact].at_ms <= ms;
}

/* What is remembered of an action, or NULL. */
const struct past *facts_past(const struct facts *f, int kind, struct str target);

/* The action of a kind that was begun last, whatever its target, or NULL. */
const struct past *facts_last(const struct facts *f, int kind);

#endif
