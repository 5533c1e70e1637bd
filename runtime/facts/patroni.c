/* SPDX-License-Identifier: Apache-2.0 */
/* patroni.c: questions about members. */
#include "facts/patroni.h"

static const struct {
	const char *status, *patroni;
} roles[] = {
	[ROLE_UNKNOWN] = { "unknown", "uninitialized" },
	[ROLE_PRIMARY] = { "primary", "leader" },
	[ROLE_SYNC] = { "sync", "sync_standby" },
	[ROLE_REPLICA] = { "replica", "replica" },
	[ROLE_READER] = { "reader", "reader" },
	[ROLE_STANDBY_LEADER] = { "standby-leader", "standby_leader" },
};

enum { ROLES = sizeof(roles) / sizeof(*roles) };

const struct member *patroni_member(const struct fact_patroni *p, struct str name)
{
	for (size_t i = 0; i < p->n_members; i++)
		if (str_eq(p->members[i].name, name))
			return &p->members[i];
	return NULL;
}

bool member_healthy(const struct member *m)
{
	bool streams = str_is(m->state, "streaming");

	if (m->role == ROLE_PRIMARY)
		return str_is(m->state, "running");
	/* its state is that of what it follows: another cluster, or an archive */
	if (m->role == ROLE_STANDBY_LEADER)
		return streams || str_is(m->state, "running") ||
		       str_is(m->state, "in archive recovery");
	return streams;
}

static bool streams(const struct node *replication, struct str name)
{
	const struct node *n =
	    replication && replication->kind == NODE_LIST ? replication->kids : NULL;

	while (n && !str_eq(node_text(n, "application_name"), name))
		n = n->next;
	return n && str_is(node_text(n, "state"), "streaming");
}

/* A member as its leader self, which works, sees it; what it does not see is not known. */
static void see(struct member *m, struct str self, const struct node *replication)
{
	bool own = str_eq(m->name, self);

	if (own)
		m->role = ROLE_PRIMARY;
	else if (m->role == ROLE_PRIMARY)
		m->role = ROLE_REPLICA;
	m->state = str_of(own                             ? "running"
			  : streams(replication, m->name) ? "streaming"
							  : "unknown");
	m->lag = -1;
	m->failing_ms = 0;
}

bool patroni_failsafe(struct arena *a, struct fact_patroni *fact, const struct fact_patroni *old,
		      struct str self, const struct node *replication)
{
	bool leads = fact->role == ROLE_PRIMARY && str_is(fact->state, "running");
	struct member *m = NEW_ARRAY(a, old->n_members + 1, struct member);

	if (!fact->failsafe || (!leads && fact->role != ROLE_REPLICA))
		return false;
	for (size_t i = 0; i < old->n_members; i++) {
		m[i] = old->members[i];
		m[i].name = arena_str(a, m[i].name);
		m[i].state = arena_str(a, m[i].state);
	}
	fact->members = m;
	fact->n_members = old->n_members;
	fact->leader = leads ? self : arena_str(a, old->leader);
	/* it was asked to confirm another */
	if (!leads && str_eq(fact->leader, self))
		fact->leader = str_of("");
	if (leads && !patroni_member(fact, self))
		m[fact->n_members++] = (struct member){ .name = self, .timeline = fact->timeline };
	for (size_t i = 0; leads && i < fact->n_members; i++)
		see(&m[i], self, replication);
	return true;
}

int64_t member_failing(const struct member *m, const struct member *old, int64_t now)
{
	int64_t since = old ? old->failing_ms : 0;

	if (str_is(m->state, "start failed"))
		return since ? since : now;
	/* between two tries; whatever else it does is no failure to start */
	return str_is(m->state, "starting") || str_is(m->state, "stopped") ||
		       str_is(m->state, "crashed")
		   ? since
		   : 0;
}

const char *role_name(enum role r)
{
	return roles[r].status;
}

enum role role_of(struct str name)
{
	if (str_is(name, "master") || str_is(name, "primary"))
		return ROLE_PRIMARY;
	if (str_is(name, "quorum_standby"))
		return ROLE_SYNC;
	for (size_t i = 0; i < ROLES; i++)
		if (str_is(name, roles[i].patroni))
			return (enum role)i;
	return ROLE_UNKNOWN;
}
