/* SPDX-License-Identifier: Apache-2.0 */
/* ready.c: does it serve, and with all that was ordered? */
#include "decide/decide.h"
#include "facts/disk.h"
#include "facts/patroni.h"
#include "facts/postgres.h"

enum { FRESH_MS = 30000 };

/* A volume without room for one more segment of WAL is full: without one PostgreSQL ends itself
 * (manual, Monitoring Disk Usage, Disk Full Failure). */
static bool is_full(const struct fact_disk *d)
{
	return d->size > 0 && d->size - d->used < WAL_SEGMENT_BYTES;
}

/* What the leader's own agent says of it. */
static void judge_leader(struct round *r, const struct member *leader)
{
	const struct fact_postgres *pg = facts_postgres(r->facts);
	const struct sight *seen = &r->facts->sight[FACT_postgres];

	/* what was seen before the promotion tells nothing */
	if (seen->at_ms && seen->at_ms < facts_patroni(r->facts)->led_since_ms) {
		round_look(r, FACT_postgres, 500);
		round_say(r, member_healthy(leader) ? REASON_Serving : REASON_NotWritable,
			  "%s leads", leader->name.p);
		return;
	}
	if (leader->role == ROLE_STANDBY_LEADER && member_healthy(leader))
		round_say(r, REASON_Following, "%s leads", leader->name.p);
	else if (!facts_fresh(r->facts, FACT_postgres, r->now, FRESH_MS))
		round_say(r, REASON_NotWritable, "%s: %s", leader->name.p,
			  r->facts->sight[FACT_postgres].error.p);
	else if (pg->in_recovery || !member_healthy(leader))
		round_say(r, REASON_NotWritable, "%s is %s", leader->name.p, leader->state.p);
	else if (is_full(facts_disk(r->facts)))
		round_say(r, REASON_DiskFull, "%s leads", leader->name.p);
	else
		round_say(r, REASON_Serving, "%s leads", leader->name.p);
}

static void judge_ready(struct round *r)
{
	const struct fact_patroni *p = facts_patroni(r->facts);
	const struct member *leader = patroni_member(p, p->leader);

	if (!leader && r->facts->sight[FACT_postgres].at_ms == 0)
		round_say(r, REASON_Starting, "%s", r->facts->sight[FACT_patroni].error.p);
	else if (!leader)
		round_say(r, REASON_NoPrimary, "%zu members answer", p->n_members);
	else if (r->leads)
		judge_leader(r, leader);
	else
		round_say(r, REASON_Serving, "%s leads", p->leader.p);
}

/* Members that work, read replicas left out: they come and go. */
static size_t count_healthy(const struct fact_patroni *p)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n_members; i++)
		n += p->members[i].role != ROLE_READER && member_healthy(&p->members[i]);
	return n;
}

static const struct member *laggard(const struct fact_patroni *p, int64_t most)
{
	for (size_t i = 0; i < p->n_members; i++)
		if (p->members[i].role != ROLE_READER && p->members[i].lag > most)
			return &p->members[i];
	return NULL;
}

static int64_t percent(int64_t part, int64_t whole)
{
	return whole > 0 ? part * 100 / whole : 0;
}

static void judge_degraded(struct round *r)
{
	const struct fact_patroni *p = facts_patroni(r->facts);
	const struct fact_postgres *pg = facts_postgres(r->facts);
	const struct fact_disk *d = facts_disk(r->facts);
	int64_t wanted = orders_int(r->orders, "template.replicas", 1);
	int64_t most_lag = orders_bytes(r->orders, "thresholds.replicaLag", INT64_MAX);
	const struct member *late = laggard(p, most_lag);
	size_t healthy = count_healthy(p);

	if (p->paused)
		round_say(r, REASON_Paused, "%s", "");
	else if ((int64_t)healthy < wanted)
		round_say(r, REASON_MembersMissing, "%zu of %lld work", healthy, (long long)wanted);
	else if (late)
		round_say(r, REASON_ReplicaLags, "%s is %lld bytes behind", late->name.p,
			  (long long)late->lag);
	else if (percent(d->used, d->size) >= orders_int(r->orders, "thresholds.diskUsed", 85))
		round_say(r, REASON_DiskFilling, "%lld %% in use",
			  (long long)percent(d->used, d->size));
	else if (percent(pg->connections, pg->connections_most) >=
		 orders_int(r->orders, "thresholds.connectionsUsed", 90))
		round_say(r, REASON_ConnectionsFilling, "%lld of %lld", (long long)pg->connections,
			  (long long)pg->connections_most);
	else if (pg->unchecked)
		round_say(r, REASON_ChecksumsOff, "%s",
			  "pg_checksums turns them on, while it is stopped");
	else
		round_say(r, REASON_AllWell, "%s", "");
}

void decide_ready(struct round *r)
{
	judge_ready(r);
	judge_degraded(r);
}
