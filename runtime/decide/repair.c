/* SPDX-License-Identifier: Apache-2.0 */
/* repair.c: a replica that does not start any more is built anew. Patroni tries the same for ever
 * when its data cannot follow the leader's timeline and are no longer to be rewound. */
#include "decide/decide.h"
#include "facts/patroni.h"
#include "facts/postgres.h"

enum { FRESH_MS = 30000, STUCK_MS = 300000, AGAIN_MS = 3600000 };

/* Its PostgreSQL was started in vain again and again; one that recovers for long is only starting.
 */
static bool is_stuck(const struct round *r, const struct member *m)
{
	return m->role != ROLE_READER && str_is(m->state, "start failed") && m->unwell_ms > 0 &&
	       r->now.ms - m->unwell_ms > STUCK_MS;
}

/* One at a time, from a leader that takes writes, and not again soon: what a copy does not mend
 * needs a person. */
void decide_repair(struct round *r)
{
	const struct fact_patroni *p = facts_patroni(r->facts);
	const struct past *last = facts_last(r->facts, ACTION_reinit);

	if (!r->leads || p->paused || p->role != ROLE_PRIMARY ||
	    !facts_fresh(r->facts, FACT_patroni, r->now, FRESH_MS) ||
	    !facts_fresh(r->facts, FACT_postgres, r->now, FRESH_MS) ||
	    facts_postgres(r->facts)->in_recovery)
		return;
	if (last && !last->running && r->now.ms - last->ended_ms < STUCK_MS)
		return;
	for (size_t i = 0; i < p->n_members; i++) {
		const struct member *m = &p->members[i];
		const struct past *past = facts_past(r->facts, ACTION_reinit, m->name);

		if (!is_stuck(r, m) ||
		    (past && !past->running && r->now.ms - past->ended_ms < AGAIN_MS))
			continue;
		round_do(r, ACTION_reinit, m->name, "it has not started for %lld minutes",
			 (long long)((r->now.ms - m->unwell_ms) / 60000));
		return;
	}
}
