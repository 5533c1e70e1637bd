/* SPDX-License-Identifier: Apache-2.0 */
/* The engine: looks are taken when due, each change leads to a round, and what the round wants is
 * done, each action once at a time, with a deadline, and with a growing wait after a failure. */
#ifndef FRAME_ENGINE_H
#define FRAME_ENGINE_H

#include "api/api.h"
#include "frame/round.h"
#include "loop/loop.h"
#include "net/door.h"
#include "patroni/patroni.h"
#include "sql/sql.h"

struct engine;

/* Whom looks and deeds may ask. */
struct hands {
	struct loop *loop;
	struct http *http;
	struct api *api;
	struct patroni *patroni;
	struct sql *sql;   /* database postgres of this member */
	struct door *door; /* where programs of this pod ask, or NULL */
	struct orders_reader *reader;
	const char *orders_path;
	const struct orders *orders; /* in force */
};

/* A look that is under way. */
struct look {
	struct engine *engine;
	const struct hands *hands;
	const struct facts *facts; /* as they are now; the old value of this fact included */
	struct arena *arena;       /* for the new fact: lives until the next good look */
	void *work;                /* the observer's own, from arena */
	enum fact fact;
};

/* How a fact is looked at. */
struct observer {
	enum fact fact;
	size_t size;      /* of its struct */
	int64_t every_ms; /* from the end of one look to the next */
	int64_t again_ms; /* least wait after one that failed, for looks that cost something; not in
			   * the first five minutes of the agent */
	int64_t ms;       /* that a look may take */
	bool leader;      /* only by the agent that speaks, and while nobody leads */
	void (*start)(struct look *look); /* ends, now or later, in look_done or look_failed */
	void (*stop)(
	    struct look *look); /* gives back what the look holds besides requests, or NULL */
};

/* The look found fact, in look->arena. */
void look_done(struct look *look, const void *fact);

/* The look failed: what was known stays. */
void look_failed(struct look *look, const char *why);

/* An action that is under way. */
struct deed {
	struct engine *engine;
	const struct hands *hands;
	struct arena *arena;  /* until it has ended */
	struct action action; /* a copy */
	const struct self *self;
	void *work;                      /* its own */
	void (*stop)(struct deed *deed); /* set by who does it, to give back what the deed holds
					    besides requests; or NULL */
};

/* It is done; result is for people, "" when there is nothing to tell. */
void deed_done(struct deed *deed, const char *result);

/* It failed and is tried again if it is still wanted. */
void deed_failed(struct deed *deed, const char *why);

/* What the engine runs on. Const, and outlives it. */
struct tables {
	const struct observer *const *observers;
	size_t n_observers;
	void (*const *actors)(struct deed *deed); /* by enum action_kind; each ends, now or later,
						     in deed_done or deed_failed */
	void (*const *deciders)(struct round *r); /* in this order; ended by NULL */
};

/* An engine that begins to look at once; hands->orders are the first orders. Never NULL. */
struct engine *engine_new(const struct tables *tables, const struct hands *hands,
			  const struct self *self);

/* Ends looks and deeds that are under way. NULL is fine. */
void engine_free(struct engine *e);

/* Puts other orders in force; the engine owns them from now on. */
void engine_orders(struct engine *e, struct orders *orders);

/* Looks at fact as soon as the loop comes by: something is known to have changed. */
void engine_due(struct engine *e, enum fact fact);

/* The last round: conditions and actions, valid until the next turn of the loop. NULL before the
 * first. */
const struct round *engine_round(const struct engine *e);

/* The time at which the loop last came by: for /healthz. */
int64_t engine_alive_ms(const struct engine *e);

#endif
