/* SPDX-License-Identifier: Apache-2.0 */
/* patroni.c: GET /patroni and /cluster of this member; the first alone while failsafe mode is
 * active. */
#include "facts/patroni.h"

#include "watch/watch.h"

enum { ASK_MS = 5000 };

static void on_cluster(void *owner, const struct patroni_answer *answer);

/* initdb puts its time into the upper half of the identifier (BootStrapXLOG of PostgreSQL). */
static int64_t born(struct str identifier)
{
	uint64_t n = 0;

	for (size_t i = 0; i < identifier.n; i++) {
		if (identifier.p[i] < '0' || identifier.p[i] > '9' || n > UINT64_MAX / 10 - 1)
			return 0;
		n = n * 10 + (uint64_t)(identifier.p[i] - '0');
	}
	return (int64_t)(n >> 32);
}

/* Since when the leader leads, or there is none. */
static void judge(struct look *look, struct fact_patroni *fact)
{
	const struct fact_patroni *old = facts_patroni(look->facts);

	if (fact->leader.n > 0 && str_eq(old->leader, fact->leader)) {
		fact->led_since_ms = old->led_since_ms;
		fact->passed = old->passed;
	} else if (fact->leader.n > 0) {
		fact->led_since_ms = clock_now().ms;
		fact->passed = look->facts->sight[FACT_patroni].at_ms > 0;
	} else if (!fact->failsafe) {
		fact->leaderless_ms = old->leaderless_ms ? old->leaderless_ms : clock_now().ms;
	}
	look_done(look, fact);
}

static void on_member(void *owner, const struct patroni_answer *answer)
{
	struct look *look = owner;
	struct fact_patroni *fact = look->work;
	const struct node *b = answer->body;
	const struct node *about = node_at(b, "patroni");

	/* a member that is starting or stopped answers 503, with the same body */
	if (!b) {
		look_failed(look, answer->status ? "GET /patroni: no JSON" : answer->message);
		return;
	}
	fact->state = arena_str(look->arena, node_text(b, "state"));
	fact->role = role_of(node_text(b, "role"));
	fact->timeline = node_num(b, "timeline", -1);
	fact->born = born(node_text(b, "database_system_identifier"));
	fact->version = arena_str(look->arena, node_text(about, "version"));
	fact->pending_restart = node_flag(b, "pending_restart", false);
	fact->paused = node_flag(b, "pause", false);
	fact->failsafe = node_flag(b, "failsafe_mode_is_active", false);
	if (patroni_failsafe(look->arena, fact, facts_patroni(look->facts), look->facts->self.pod,
			     node_at(b, "replication"))) {
		judge(look, fact);
		return;
	}
	patroni_send(look->hands->patroni,
		     &(struct patroni_call){ "GET", "/cluster", NULL, ASK_MS }, on_cluster, look);
}

static void fill_member(struct arena *a, struct member *m, const struct node *n)
{
	const struct node *tags = node_at(n, "tags");

	m->name = arena_str(a, node_text(n, "name"));
	m->state = arena_str(a, node_text(n, "state"));
	m->role = role_of(node_text(n, "role"));
	m->timeline = node_num(n, "timeline", -1);
	m->lag = node_num(n, "lag", -1);
	m->pending_restart = node_flag(n, "pending_restart", false);
	m->nofailover = node_flag(tags, "nofailover", false);
	/* read replicas are the members that may never lead */
	if (m->nofailover && m->role == ROLE_REPLICA)
		m->role = ROLE_READER;
}

static void fill_cluster(struct look *look, struct fact_patroni *fact, const struct node *members)
{
	const struct fact_patroni *old = facts_patroni(look->facts);
	struct member *m = NEW_ARRAY(look->arena, node_count(members) + 1, struct member);

	fact->members = m;
	if (!members)
		return;
	node_each(n, members)
	{
		fill_member(look->arena, m, n);
		m->failing_ms = member_failing(m, patroni_member(old, m->name), clock_now().ms);
		if (m->role == ROLE_PRIMARY || m->role == ROLE_STANDBY_LEADER)
			fact->leader = m->name;
		m++;
		fact->n_members++;
	}
}

static void on_cluster(void *owner, const struct patroni_answer *answer)
{
	struct look *look = owner;
	struct fact_patroni *fact = look->work;

	fact->leader = str_of("");
	if (!answer->body) {
		look_failed(look, answer->status ? "GET /cluster: no JSON" : answer->message);
		return;
	}
	fill_cluster(look, fact, node_at(answer->body, "members"));
	judge(look, fact);
}

static void start(struct look *look)
{
	look->work = NEW(look->arena, struct fact_patroni);
	patroni_send(look->hands->patroni,
		     &(struct patroni_call){ "GET", "/patroni", NULL, ASK_MS }, on_member, look);
}

const struct observer watch_patroni = {
	.fact = FACT_patroni,
	.size = sizeof(struct fact_patroni),
	.every_ms = 2000,
	.ms = 10000,
	.start = start,
};
