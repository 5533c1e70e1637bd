/* SPDX-License-Identifier: Apache-2.0 */
/* round.c: the tables of conditions, reasons and actions, and what a round collects. */
#include "frame/round.h"

#include <stdarg.h>
#include <stdio.h>

#include "facts/patroni.h"
#include "facts/pods.h"

enum { PODS_MS = 40000 };

static const struct reason_row reasons[] = {
	[REASON_none] = { CONDITION_count, "", TRUTH_Unknown, "" },
#define REASON(condition, id, truth, text)                                                         \
	[REASON_##id] = { CONDITION_##condition, #id, TRUTH_##truth, text },
#include "frame/reasons.def"
#undef REASON
};

#define BIT(fact) (1U << (fact))
static const struct action_row actions[] = {
#define ACTION(id, name, does, ms, apart, ages) { name, does, ms, apart, ages },
#include "frame/actions.def"
#undef ACTION
};
#undef BIT

static const struct {
	const char *name;
	enum truth good;
} conditions[] = {
#define CONDITION(id, good, means) { #id, TRUTH_##good },
#include "frame/conditions.def"
#undef CONDITION
};

const struct reason_row *reason_row(enum reason reason)
{
	return &reasons[reason];
}

const struct action_row *action_row(enum action_kind kind)
{
	return &actions[kind];
}

enum truth condition_good(enum condition_id id)
{
	return conditions[id].good;
}

const char *condition_name(enum condition_id id)
{
	return conditions[id].name;
}

static bool is_member(const struct fact_pods *pods, struct str set, struct str pod)
{
	for (size_t i = 0; i < pods->n; i++)
		if (str_eq(pods->pods[i].name, pod))
			return str_eq(pods->pods[i].set, set);
	return true;
}

/* Without a leader the agent of the lowest ordinal that lives speaks; those of read replicas, and
 * of an incarnation before, only when no member's does. */
static bool is_lowest(const struct fact_pods *pods, const struct self *self, struct str set)
{
	bool member = is_member(pods, set, self->pod);

	for (size_t i = 0; i < pods->n; i++) {
		const struct fact_pod *p = &pods->pods[i];
		bool other = str_eq(p->set, set);

		if (p->agent_ready && !p->deleting && p->ordinal >= 0 &&
		    (other == member ? p->ordinal < self->ordinal : other))
			return false;
	}
	return self->ordinal >= 0;
}

/* Since when nobody is known to lead: no Patroni says so, and nobody was seen to renew the lock.
 * Not to see who leads is no proof that nobody does. */
static int64_t leaderless_ms(const struct facts *facts)
{
	const struct fact_patroni *p = facts_patroni(facts);
	int64_t since = p->leaderless_ms ? p->leaderless_ms : facts->self.started_ms;
	int64_t renewed_ms = facts_pods(facts)->renewed_ms;

	return renewed_ms > since ? renewed_ms : since;
}

/* Facts with nothing known of Patroni: who led when it was seen last may be gone. */
static const struct facts *without_patroni(struct arena *a, const struct facts *facts)
{
	struct facts *f = NEW(a, struct facts);

	*f = *facts;
	f->of[FACT_patroni] = NEW(a, struct fact_patroni);
	return f;
}

struct round round_begin(struct arena *a, const struct facts *facts, const struct orders *orders,
			 struct moment now)
{
	int64_t ttl_ms = orders_int(orders, "patroni.dynamic.ttl", 30) * 1000;
	struct round r = { .arena = a, .facts = facts, .orders = orders, .now = now };

	r.wake_ms = INT64_MAX;
	for (int f = 0; f < FACT_count; f++)
		r.look_ms[f] = INT64_MAX;
	if (!facts_fresh(facts, FACT_patroni, now, 2 * ttl_ms))
		r.facts = without_patroni(a, facts);
	/* what was seen longer ago than the lock lives tells nothing about who holds it */
	r.leads = patroni_leads(facts_patroni(r.facts), &facts->self) &&
		  facts_fresh(facts, FACT_patroni, now, ttl_ms);
	r.speaks = r.leads;
	r.nobody_leads = facts_patroni(r.facts)->leader.n == 0 && !facts_patroni(r.facts)->failsafe;
	/* the pods tell who is the lowest, and were looked at after the lock was */
	if (r.nobody_leads && now.ms - leaderless_ms(r.facts) > 2 * ttl_ms &&
	    facts_fresh(facts, FACT_pods, now, 2 * ttl_ms))
		r.speaks = is_lowest(facts_pods(facts), &facts->self,
				     orders_text(orders, "objects.statefulSet"));
	return r;
}

__attribute__((format(printf, 2, 0))) static struct str format(struct arena *a, const char *fmt,
							       va_list args)
{
	va_list again;
	int n;
	char *p;

	va_copy(again, args);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	p = arena_alloc(a, (size_t)n + 1, 1);
	(void)vsnprintf(p, (size_t)n + 1, fmt, args);
	return (struct str){ p, (size_t)n };
}

struct action *round_do(struct round *r, enum action_kind kind, struct str target, const char *why,
			...)
{
	struct action *action = NEW(r->arena, struct action);
	va_list args;

	va_start(args, why);
	action->why = format(r->arena, why, args);
	va_end(args);
	action->kind = kind;
	action->target = arena_str(r->arena, target);
	action->version = str_of("");
	if (!r->end)
		r->end = &r->actions;
	*r->end = action;
	r->end = &action->next;
	return action;
}

void round_say(struct round *r, enum reason reason, const char *detail, ...)
{
	struct condition *c = &r->conditions[reasons[reason].condition];
	va_list args;

	va_start(args, detail);
	c->detail = format(r->arena, detail, args);
	va_end(args);
	c->reason = reason;
}

void round_wake(struct round *r, int64_t ms)
{
	if (ms < r->wake_ms)
		r->wake_ms = ms;
}

void round_look(struct round *r, enum fact fact, int64_t ms)
{
	if (ms < r->look_ms[fact])
		r->look_ms[fact] = ms;
}

bool round_seen(struct round *r, enum fact fact)
{
	if (r->facts->sight[fact].at_ms >= facts_patroni(r->facts)->led_since_ms)
		return true;
	round_look(r, fact, 0);
	return false;
}

bool round_sees_pods(const struct round *r)
{
	return facts_fresh(r->facts, FACT_pods, r->now, PODS_MS);
}
