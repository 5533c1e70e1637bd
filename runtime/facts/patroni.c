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
