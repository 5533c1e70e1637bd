/* SPDX-License-Identifier: Apache-2.0 */
/* engine.c: observe, decide, act. */
#include "frame/engine.h"

#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "ground/backoff.h"
#include "ground/log.h"

enum { BEAT_MS = 250, STARTING_MS = 300000 };

struct watcher {
	struct look look; /* first: see watcher_of */
	const struct observer *observer;
	struct arena *kept;  /* of the fact as it is known */
	struct arena *words; /* of sight.error */
	bool running;
	bool aged; /* what it looks at was changed while it looked */
	int64_t began_ms, due_ms;
};

struct running {
	struct deed deed; /* first: see running_of */
	struct running *next;
	struct past *past;
	struct timer *late;
	bool over; /* ended, and only waits to be given back */
};

struct engine {
	const struct tables *tables;
	struct hands hands;
	struct orders *orders; /* given by engine_orders, or NULL while those of hands count */
	struct facts facts;
	struct arena *arena; /* lives as long as the engine */
	struct watcher *watchers;
	struct running *running;
	struct past *past;
	struct arena *scratch; /* of the last round */
	struct round round;
	bool decided, dirty;
	int64_t alive_ms;
	struct timer *beat;
};

/* ---- looks ---- */

static void forget(const struct hands *h, const void *owner)
{
	api_forget(h->api, owner);
	patroni_forget(h->patroni, owner);
	sql_forget(h->sql, owner);
	http_forget(h->http, owner);
}

static struct watcher *watcher_of(struct look *look)
{
	return (struct watcher *)look; /* its first member */
}

/* The look is over, one way or the other. */
static void end_look(struct watcher *w)
{
	struct sight *s = &w->look.engine->facts.sight[w->observer->fact];

	if (w->observer->stop)
		w->observer->stop(&w->look);
	forget(w->look.hands, &w->look);
	w->running = false;
	s->tried_ms = clock_now().ms;
	w->due_ms = w->aged ? 0 : s->tried_ms + w->observer->every_ms;
	w->look.engine->dirty = true;
}

void look_done(struct look *look, const void *fact)
{
	struct watcher *w = watcher_of(look);
	struct facts *f = &look->engine->facts;
	struct sight *s = &f->sight[w->observer->fact];
	struct arena *old = w->kept;

	end_look(w);
	f->of[w->observer->fact] = fact;
	w->kept = look->arena;
	look->arena = NULL;
	arena_free(old);
	/* what was read first may be as old as that */
	*s = (struct sight){ w->began_ms, s->tried_ms, 0, 0, { "", 0 } };
}

/* While all of the pod starts, what fails is only not there yet. */
static bool is_starting(const struct engine *e)
{
	return clock_now().ms - e->facts.self.started_ms < STARTING_MS;
}

void look_failed(struct look *look, const char *why)
{
	struct watcher *w = watcher_of(look);
	struct sight *s = &look->engine->facts.sight[w->observer->fact];
	int64_t wait;

	arena_reset(w->words);
	s->error = arena_fmt(w->words, "%s", why);
	end_look(w);
	arena_free(look->arena);
	look->arena = NULL;
	if (!s->failing_since_ms)
		s->failing_since_ms = s->tried_ms;
	s->failures++;
	wait = backoff_ms(s->failures, backoff_luck());
	if (!is_starting(look->engine) && wait < w->observer->again_ms)
		wait = w->observer->again_ms;
	/* a rare look that failed is not waited for as long as a good one */
	if (wait < w->observer->every_ms)
		w->due_ms = s->tried_ms + wait;
}

static void start_look(struct engine *e, struct watcher *w, int64_t now)
{
	w->running = true;
	w->aged = false;
	w->began_ms = now;
	w->look = (struct look){ e, &e->hands, &e->facts, arena_new(), NULL, w->observer->fact };
	w->observer->start(&w->look);
}

/* The agent that speaks looks at the cluster's objects; while nobody leads all must, to know who
 * does. */
static bool is_ours(const struct engine *e, const struct observer *o)
{
	return !o->leader || !e->decided || e->round.leads || e->round.speaks ||
	       e->facts.sight[FACT_patroni].at_ms == 0 || e->round.nobody_leads;
}

/* Another one looks only when a decision asks for it. */
static bool is_wanted(const struct engine *e, const struct observer *o)
{
	return is_ours(e, o) || e->round.look_ms[o->fact] != INT64_MAX;
}

/* When it is next looked: sooner where a decision waits for it and it does not fail. */
static int64_t due_ms(const struct engine *e, const struct watcher *w)
{
	const struct sight *s = &e->facts.sight[w->observer->fact];
	int64_t wanted = e->decided ? e->round.look_ms[w->observer->fact] : INT64_MAX;

	if (s->failures == 0 && !is_ours(e, w->observer) && wanted != INT64_MAX)
		return s->tried_ms + wanted;
	if (s->failures > 0 || wanted >= w->due_ms - s->tried_ms)
		return w->due_ms;
	return s->tried_ms + wanted;
}

static void take_looks(struct engine *e)
{
	int64_t now = clock_now().ms;

	for (size_t i = 0; i < e->tables->n_observers; i++) {
		struct watcher *w = &e->watchers[i];

		if (w->running && now - w->began_ms > w->observer->ms)
			look_failed(&w->look, "it took too long");
		if (!w->running && is_wanted(e, w->observer) && now >= due_ms(e, w))
			start_look(e, w, now);
	}
}

/* ---- deeds ---- */

static struct past *past_of(struct engine *e, enum action_kind kind, struct str target)
{
	struct past *p = e->past;

	while (p && !(p->kind == (int)kind && str_eq(p->target, target)))
		p = p->next;
	if (p)
		return p;
	p = NEW(e->arena, struct past);
	p->kind = (int)kind;
	p->target = arena_str(e->arena, target);
	p->result = str_of("");
	p->next = e->past;
	e->past = p;
	e->facts.past = p;
	return p;
}

static struct running *running_of(struct deed *deed)
{
	return (struct running *)deed; /* its first member */
}

static void end_deed(struct running *r)
{
	struct engine *e = r->deed.engine;

	if (r->deed.stop)
		r->deed.stop(&r->deed);
	forget(&e->hands, &r->deed);
	loop_cancel(e->hands.loop, r->late);
	r->late = NULL;
	r->past->running = false;
	r->past->ended_ms = clock_now().ms;
	r->over = true;
	e->dirty = true;
}

/* Facts that the deed may have changed are looked at before anything is decided from them; once
 * more where a look is under way, which may have read what was there before. */
static void age_facts(struct engine *e, unsigned ages)
{
	for (size_t i = 0; i < e->tables->n_observers; i++)
		if (ages >> e->watchers[i].observer->fact & 1U) {
			e->watchers[i].due_ms = 0;
			e->watchers[i].aged = true;
		}
}

void deed_done(struct deed *deed, const char *result)
{
	struct running *r = running_of(deed);

	log_event(LOG_INFO, "done", "action", action_row(deed->action.kind)->name, "target",
		  deed->action.target.n ? deed->action.target.p : NULL, "result",
		  *result ? result : NULL, NULL);
	r->past->failures = 0;
	r->past->done++;
	r->past->result = str_of("");
	end_deed(r);
	r->past->not_before_ms = 0;
	age_facts(deed->engine, action_row(deed->action.kind)->ages);
}

void deed_failed(struct deed *deed, const char *why)
{
	struct running *r = running_of(deed);
	struct past *p = r->past;

	log_event(LOG_WARN, "failed", "action", action_row(deed->action.kind)->name, "target",
		  deed->action.target.n ? deed->action.target.p : NULL, "why", why, NULL);
	p->failures++;
	p->failed++;
	/* the texts of failures are few and short: they stay with the engine */
	if (!str_is(p->result, why))
		p->result = arena_fmt(deed->engine->arena, "%.200s", why);
	end_deed(r);
	p->not_before_ms = p->ended_ms + backoff_ms(p->failures + 1, backoff_luck());
	age_facts(deed->engine, action_row(deed->action.kind)->ages);
}

static void on_late(void *arg)
{
	struct deed *deed = arg;

	running_of(deed)->late = NULL;
	deed_failed(deed, "it took too long");
}

static void sweep(struct engine *e)
{
	struct running **at = &e->running;

	while (*at) {
		struct running *r = *at;

		if (!r->over) {
			at = &r->next;
			continue;
		}
		*at = r->next;
		arena_free(r->deed.arena);
		free(r);
	}
}

/* Whether every fact that the last such deed made old has been seen again. */
static bool is_seen_again(const struct engine *e, const struct past *p, unsigned ages)
{
	for (int f = 0; f < FACT_count; f++)
		if (ages >> f & 1U && e->facts.sight[f].at_ms < p->ended_ms)
			return false;
	return true;
}

/* What was done and did not help is not done again at once. */
static bool is_apart(const struct past *p, int64_t now)
{
	return p->done == 0 || now - p->ended_ms >= action_row((enum action_kind)p->kind)->apart_ms;
}

static struct action copy_action(struct arena *a, const struct action *from)
{
	struct action to = *from;

	to.next = NULL;
	to.target = arena_str(a, from->target);
	to.why = arena_str(a, from->why);
	to.version = arena_str(a, from->version);
	to.body = from->body ? node_deep(a, from->body) : NULL;
	return to;
}

static void start_deed(struct engine *e, const struct action *action, struct past *p)
{
	struct running *r = calloc(1, sizeof(*r));
	struct arena *a = arena_new();

	if (!r)
		die_memory();
	r->next = e->running;
	e->running = r;
	r->past = p;
	r->deed =
	    (struct deed){ e, &e->hands, a, copy_action(a, action), &e->facts.self, NULL, NULL };
	r->late = loop_after(e->hands.loop, action_row(action->kind)->ms, on_late, &r->deed);
	p->running = true;
	p->started_ms = clock_now().ms;
	log_event(LOG_INFO, "begun", "action", action_row(action->kind)->name, "target",
		  action->target.n ? r->deed.action.target.p : NULL, "why", r->deed.action.why.p,
		  NULL);
	e->tables->actors[action->kind](&r->deed);
}

static void do_actions(struct engine *e)
{
	int64_t now = clock_now().ms;

	for (const struct action *a = e->round.actions; a; a = a->next) {
		struct past *p = past_of(e, a->kind, a->target);

		if (!p->running && now >= p->not_before_ms && is_apart(p, now) &&
		    is_seen_again(e, p, action_row(a->kind)->ages))
			start_deed(e, a, p);
	}
}

/* ---- rounds ---- */

static void decide(struct engine *e)
{
	arena_reset(e->scratch);
	e->round = round_begin(e->scratch, &e->facts, e->hands.orders, clock_now());
	for (void (*const *d)(struct round *) = e->tables->deciders; *d; d++)
		(*d)(&e->round);
	e->decided = true;
}

/* Runs when all that was ready has been handled. */
static void on_idle(void *arg)
{
	struct engine *e = arg;

	sweep(e);
	take_looks(e);
	e->alive_ms = clock_now().ms;
	if (!e->dirty && e->decided && e->alive_ms < e->round.wake_ms)
		return;
	e->dirty = false;
	decide(e);
	do_actions(e);
	sweep(e);
}

static void on_beat(void *arg)
{
	struct engine *e = arg;

	e->beat = loop_after(e->hands.loop, BEAT_MS, on_beat, e);
}

struct engine *engine_new(const struct tables *tables, const struct hands *hands,
			  const struct self *self)
{
	struct engine *e = calloc(1, sizeof(*e));

	if (!e)
		die_memory();
	e->tables = tables;
	e->hands = *hands;
	e->arena = arena_new();
	e->scratch = arena_new();
	e->facts.self = *self;
	e->watchers = NEW_ARRAY(e->arena, tables->n_observers, struct watcher);
	for (size_t i = 0; i < tables->n_observers; i++) {
		const struct observer *o = tables->observers[i];

		e->watchers[i] = (struct watcher){ .observer = o, .words = arena_new() };
		e->facts.of[o->fact] = arena_alloc(e->arena, o->size, _Alignof(max_align_t));
		e->facts.sight[o->fact].error = str_of("");
	}
	loop_idle(hands->loop, on_idle, e);
	e->beat = loop_after(hands->loop, 0, on_beat, e);
	return e;
}

void engine_free(struct engine *e)
{
	if (!e)
		return;
	loop_idle(e->hands.loop, NULL, NULL);
	loop_cancel(e->hands.loop, e->beat);
	for (struct running *r = e->running; r; r = r->next)
		if (!r->over)
			end_deed(r);
	sweep(e);
	for (size_t i = 0; i < e->tables->n_observers; i++) {
		if (e->watchers[i].running)
			end_look(&e->watchers[i]);
		arena_free(e->watchers[i].look.arena);
		arena_free(e->watchers[i].kept);
		arena_free(e->watchers[i].words);
	}
	orders_free(e->orders);
	arena_free(e->scratch);
	arena_free(e->arena);
	free(e);
}

void engine_orders(struct engine *e, struct orders *orders)
{
	struct orders *old = e->orders;

	e->orders = orders;
	e->hands.orders = orders;
	e->dirty = true;
	/* the last round points into the old ones */
	decide(e);
	orders_free(old);
}

void engine_due(struct engine *e, enum fact fact)
{
	age_facts(e, 1U << fact);
}

const struct round *engine_round(const struct engine *e)
{
	return e->decided ? &e->round : NULL;
}

int64_t engine_alive_ms(const struct engine *e)
{
	return e->alive_ms;
}
