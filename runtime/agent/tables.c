/* SPDX-License-Identifier: Apache-2.0 */
/* tables.c: every observer, actor and decider. */
#include "agent/tables.h"

#include "act/act.h"
#include "decide/decide.h"
#include "watch/watch.h"

static void (*const actors[])(struct deed *deed) = {
#define ACTION(id, name, does, ms, apart, ages) act_##id,
#include "frame/actions.def"
#undef ACTION
};

static const struct observer *const observers[] = {
#define FACT(name) &watch_##name,
#include "facts/facts.def"
#undef FACT
};

static void (*const deciders[])(struct round *r) = {
#define DECIDER(name) decide_##name,
#include "decide/deciders.def"
#undef DECIDER
	NULL,
};

const struct tables member_tables = {
	.observers = observers,
	.n_observers = sizeof(observers) / sizeof(*observers),
	.actors = actors,
	.deciders = deciders,
};
