/* SPDX-License-Identifier: Apache-2.0 */
/* repair.c: what keeps a replica from following, and Patroni leaves as it is. One that does not
 * start any more is built anew: Patroni tries the same for ever when its data cannot follow the
 * leader's timeline and are no longer to be rewound, and waits for ever for one whose recovery
 * wants WAL that neither the leader nor the archive has. A slot whose WAL was given up
 * (max_slot_wal_keep_size, idle_replication_slot_timeout) is made anew: Patroni 4.1.0 does not know
 * of it, later ones look when they start, and PostgreSQL 18 streams to nobody through it. */
#include <string.h>

#include "decide/decide.h"
#include "facts/patroni.h"
#include "facts/postgres.h"
#include "facts/recovery.h"

enum {
	FRESH_MS = 30000,
	SEEN_MS = 60000,
	STUCK_MS = 300000,
	STILL_MS = 600000,
	APART_MS = 60000,
	AGAIN_MS = 3600000,
};

/* Its PostgreSQL was started in vain again and again; one that recovers for long is only starting.
 */
static bool is_stuck(const struct round *r, const struct member *m)
{
	return m->role != ROLE_READER && str_is(m->state, "start failed") && m->failing_ms > 0 &&
	       r->now.ms - m->failing_ms > STUCK_MS;
}

/* One at a time, and not again soon: what a copy does not mend needs a person. */
static void build_anew(struct round *r)
{
	const struct fact_patroni *p = facts_patroni(r->facts);
	const struct past *last = facts_last(r->facts, ACTION_reinit);

	if (last && !last->running && r->now.ms - last->ended_ms < STUCK_MS)
		return;
	for (size_t i = 0; i < p->n_members; i++) {
		const struct member *m = &p->members[i];
		const struct past *past = facts_past(r->facts, ACTION_reinit, m->name);

		if (!is_stuck(r, m) ||
		    (past && !past->running && r->now.ms - past->ended_ms < AGAIN_MS))
			continue;
		round_do(r, ACTION_reinit, m->name, "it has not started for %lld minutes",
			 (long long)((r->now.ms - m->failing_ms) / 60000));
		return;
	}
}

/* The slot that Patroni keeps for the member is one of the lost: its name, with _ for what a slot's
 * may not have. "" when it is not. */
static struct str lost_slot(struct arena *a, const struct member *m, struct str lost)
{
	struct str name = arena_fmt(a, " %s ", m->name.p);
	char *slot = arena_alloc(a, name.n + 1, 1);

	(void)memcpy(slot, name.p, name.n + 1);
	for (char *at = slot; *at; at++)
		if (*at == '-' || *at == '.')
			*at = '_';
	name = str_of(slot);
	lost = arena_fmt(a, " %s ", lost.p);
	return strstr(lost.p, slot) ? str_cut(name, 1, name.n - 1) : str_of("");
}

/* A replica works, and only the archive feeds it. For one that is not there WAL would be kept, and
 * given up, again and again. */
static void renew_slots(struct round *r, struct str lost)
{
	const struct fact_patroni *p = facts_patroni(r->facts);

	for (size_t i = 0; i < p->n_members && lost.n > 0; i++) {
		const struct member *m = &p->members[i];
		bool works = str_is(m->state, "in archive recovery") || str_is(m->state, "running");
		struct str slot = lost_slot(r->arena, m, lost);

		if (works && slot.n > 0)
			(void)round_do(r, ACTION_renew_slot, slot,
				       "%s works, and its WAL was given up", m->name.p);
	}
}

/* Another member is being built. */
static bool building(const struct round *r, const struct fact_patroni *p)
{
	for (size_t i = 0; i < p->n_members; i++)
		if (!str_eq(p->members[i].name, r->facts->self.pod) &&
		    str_is(p->members[i].state, "creating replica"))
			return true;
	return false;
}

/* The recovery of this member wrote nothing for long; two members do not say so at once. */
static bool stands_still(const struct round *r)
{
	int64_t still = facts_recovery(r->facts)->still_ms;

	return str_is(facts_patroni(r->facts)->state, "starting") && still > 0 &&
	       r->now.ms - still >= STILL_MS + r->facts->self.ordinal * APART_MS &&
	       facts_fresh(r->facts, FACT_recovery, r->now, SEEN_MS);
}

/* By its own agent, since only its volume tells. */
static void build_self(struct round *r)
{
	const struct fact_patroni *p = facts_patroni(r->facts);
	struct str self = r->facts->self.pod;
	const struct member *leader = patroni_member(p, p->leader);
	const struct past *past = facts_past(r->facts, ACTION_reinit, self);

	if (!stands_still(r) || !leader || str_eq(leader->name, self) || !member_healthy(leader) ||
	    building(r, p) || (past && !past->running && r->now.ms - past->ended_ms < AGAIN_MS))
		return;
	round_do(r, ACTION_reinit, self, "its recovery wrote nothing for %lld minutes",
		 (long long)((r->now.ms - facts_recovery(r->facts)->still_ms) / 60000));
}

void decide_repair(struct round *r)
{
	const struct fact_patroni *p = facts_patroni(r->facts);
	const struct fact_postgres *pg = facts_postgres(r->facts);

	if (p->paused || !facts_fresh(r->facts, FACT_patroni, r->now, FRESH_MS))
		return;
	build_self(r);
	if (!r->leads || p->role != ROLE_PRIMARY ||
	    !facts_fresh(r->facts, FACT_postgres, r->now, FRESH_MS) || pg->in_recovery)
		return;
	renew_slots(r, pg->lost_slots);
	build_anew(r);
}
