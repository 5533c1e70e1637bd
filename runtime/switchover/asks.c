/* SPDX-License-Identifier: Apache-2.0 */
/* asks.c: what programs of this pod asked for over the local door: done, or answered with why not.
 */
#include "facts/asks.h"

#include "backup/plan.h"
#include "decide/decide.h"
#include "facts/patroni.h"
#include "report/fields.h"
#include "rolling/plan.h"

enum { TRY_MS = 10000 };

static void answer(struct round *r, const struct fact_ask *ask, bool done, const char *text)
{
	struct fields f = { r->arena, { 0 } };

	fields_flag(&f, "done", done);
	fields_text(&f, "text", str_of(text));
	round_do(r, ACTION_answer, ask->id, "%s", ask->name.p)->body = fields_map(&f);
}

/* How the last action of a kind went that was begun for ask, or NULL while it is not over. */
static const struct past *over(const struct round *r, int kind, const struct fact_ask *ask)
{
	const struct past *p = facts_last(r->facts, kind);

	return p && !p->running && p->ended_ms >= ask->at_ms ? p : NULL;
}

/* What Patroni said longer ago than the lock lives tells nothing of who leads. */
static bool is_silent(const struct round *r)
{
	int64_t ttl_ms = orders_int(r->orders, "patroni.dynamic.ttl", 30) * 1000;

	return !facts_fresh(r->facts, FACT_patroni, r->now, ttl_ms);
}

/* Whether there is still time to try, or to wait for somebody to hand over to: what Patroni refuses
 * from an old picture it may take a moment later. */
static bool has_time(const struct round *r, const struct fact_ask *ask)
{
	return r->now.ms - ask->at_ms < TRY_MS && orders_int(r->orders, "template.replicas", 1) > 1;
}

/* This pod ends: who leads hands over first. What does not come to an end is told while Patroni has
 * time to do it in its own way. */
static void handover(struct round *r, const struct fact_ask *ask)
{
	const struct fact_patroni *p = facts_patroni(r->facts);
	const struct past *past = over(r, ACTION_switchover, ask);
	struct str heir = roll_heir(r, true);
	struct fields f = { r->arena, { 0 } };
	struct action *a;

	if (is_silent(r)) {
		answer(r, ask, false, "Patroni does not answer");
	} else if (!r->leads) {
		answer(r, ask, true,
		       p->leader.n > 0 ? arena_fmt(r->arena, "%s leads", p->leader.p).p
				       : "nobody leads");
	} else if (past && past->failures > 0 && !has_time(r, ask)) {
		answer(r, ask, false, past->result.p);
	} else if (heir.n == 0 && !has_time(r, ask)) {
		answer(r, ask, false, "no other member can take over");
	} else if (heir.n > 0) {
		fields_flag(&f, "quick", true);
		a = round_do(r, ACTION_switchover, heir, "%s", "the leader's pod ends");
		a->body = fields_map(&f);
	}
}

static void reload(struct round *r, const struct fact_ask *ask)
{
	const struct past *past = over(r, ACTION_reload, ask);

	if (!past)
		(void)round_do(r, ACTION_reload, str_of("once"), "%s", "it was asked for");
	else
		answer(r, ask, past->failures == 0, past->failures ? past->result.p : "reloaded");
}

/* The leader's agent names who makes it, whoever that is. */
static void backup(struct round *r, const struct fact_ask *ask)
{
	const struct fact_patroni *p = facts_patroni(r->facts);
	struct str why =
	    arena_fmt(r->arena, "once %s, asked of %s", ask->id.p, r->facts->self.token.p);
	const char *unable = backup_unable(r);
	struct backup_asked b;

	if (is_silent(r)) {
		answer(r, ask, false, "Patroni does not answer");
		return;
	}
	if (!r->leads) {
		answer(r, ask, false,
		       p->leader.n > 0 ? arena_fmt(r->arena, "%s leads: ask there", p->leader.p).p
				       : "nobody leads");
		return;
	}
	if (unable && r->now.ms - ask->at_ms >= TRY_MS && !backup_attempt(r, why)) {
		answer(r, ask, false, unable);
		return;
	}
	b = backup_asked(r, why);
	if (b.over)
		answer(r, ask, b.fine, b.text.p);
}

static const struct {
	const char *name;
	void (*decide)(struct round *r, const struct fact_ask *ask);
} table[] = {
#define ASK(name, does) { #name, name },
#include "facts/asks.def"
#undef ASK
};

enum { ASKS = sizeof(table) / sizeof(*table) };

void decide_asks(struct round *r)
{
	const struct fact_asks *asks = facts_asks(r->facts);

	for (size_t i = 0; i < asks->n; i++)
		for (size_t k = 0; k < ASKS; k++)
			if (str_is(asks->asks[i].name, table[k].name))
				table[k].decide(r, &asks->asks[i]);
}
