/* SPDX-License-Identifier: Apache-2.0 */
/* decide.c: a member that has just taken the lead tells the poolers, once; and a pause is ended by
 * whoever holds the lock, unless a lull of its own is under way, which ends itself in time. */
#include "decide/decide.h"
#include "facts/patroni.h"
#include "facts/pods.h"
#include "facts/poolers.h"
#include "facts/postgres.h"

enum {
	SOON_MS = 60000,
	CLOSE_LOOK_MS = 1000,
	FRESH_MS = 20000,
	SPREAD_MS = 500,    /* until every node has heard of a changed Service */
	ASTRAY_MOST = 5000, /* after which poolers are told, whatever the labels say */
};

/* The Service of the poolers leads to a dead leader, too, or did a moment ago: a pooler that were
 * told now might connect to it, and wait for that. */
static bool is_astray(struct round *r, int64_t led_since_ms)
{
	const struct fact_pods *pods = facts_pods(r->facts);
	const struct past *strip = facts_last(r->facts, ACTION_strip_label);
	int64_t now = r->now.ms;

	if (now - led_since_ms >= ASTRAY_MOST)
		return false;
	round_wake(r, led_since_ms + ASTRAY_MOST);
	for (size_t i = 0; i < pods->n; i++)
		if (str_is(pods->pods[i].role, "primary") &&
		    !str_eq(pods->pods[i].name, r->facts->self.pod))
			return true;
	if (!strip || strip->started_ms < led_since_ms)
		return false;
	if (!strip->running)
		round_wake(r, strip->ended_ms + SPREAD_MS);
	return strip->running || now - strip->ended_ms < SPREAD_MS;
}

void decide_reconnect(struct round *r)
{
	const struct fact_patroni *p = facts_patroni(r->facts);
	const struct past *past = facts_past(r->facts, ACTION_reconnect, str_of(""));

	if (!r->leads || p->role != ROLE_PRIMARY || facts_postgres(r->facts)->in_recovery)
		return;
	/* a lead that may be older than this process, or is than a minute, is no promotion */
	if (!p->led_since_ms || !p->passed || r->now.ms - p->led_since_ms > SOON_MS)
		return;
	if (orders_int(r->orders, "pooler.pods", 0) == 0)
		return;
	if (past && past->failures == 0 && past->ended_ms > p->led_since_ms)
		return;
	if (is_astray(r, p->led_since_ms))
		return;
	(void)round_do(r, ACTION_reconnect, str_of(""), "%s", "this member was promoted");
}

/* When the last lull of this process ended; INT64_MAX: one is under way. */
static int64_t lull_ms(const struct round *r)
{
	static const enum action_kind lulls[] = { ACTION_switchover, ACTION_restart };
	int64_t at = 0;

	for (const struct past *p = r->facts->past; p; p = p->next)
		for (size_t i = 0; i < sizeof(lulls) / sizeof(*lulls); i++) {
			if (p->kind == (int)lulls[i] && p->running)
				return INT64_MAX;
			if (p->kind == (int)lulls[i] && p->ended_ms > at)
				at = p->ended_ms;
		}
	return at;
}

void decide_resume(struct round *r)
{
	const struct fact_patroni *p = facts_patroni(r->facts);
	const struct fact_poolers *poolers = facts_poolers(r->facts);

	if (!r->leads || orders_int(r->orders, "pooler.pods", 0) == 0 ||
	    (p->role == ROLE_PRIMARY && facts_postgres(r->facts)->in_recovery))
		return;
	/* whoever led before may have died in the middle of it */
	if (p->led_since_ms && r->now.ms - p->led_since_ms < SOON_MS)
		round_look(r, FACT_poolers, CLOSE_LOOK_MS);
	if (poolers->paused.n > 0 && facts_fresh(r->facts, FACT_poolers, r->now, FRESH_MS) &&
	    r->facts->sight[FACT_poolers].at_ms > lull_ms(r))
		(void)round_do(r, ACTION_resume, str_of(""), "%s is paused, and by nobody here",
			       poolers->paused.p);
}
