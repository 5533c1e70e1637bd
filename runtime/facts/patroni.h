/* SPDX-License-Identifier: Apache-2.0 */
/* The cluster as this member's Patroni sees it. */
#ifndef FACTS_PATRONI_H
#define FACTS_PATRONI_H

#include "facts/facts.h"
#include "tree/node.h"

enum role { ROLE_UNKNOWN, ROLE_PRIMARY, ROLE_SYNC, ROLE_REPLICA, ROLE_READER, ROLE_STANDBY_LEADER };

/* One member, of GET /cluster. */
struct member {
	struct str name, state; /* state in Patroni's words */
	enum role role;
	int64_t lag, timeline; /* -1: not known */
	bool pending_restart;
	bool nofailover;
	int64_t failing_ms; /* moment since which it only starts and fails to, 0: it does not */
};

struct fact_patroni {
	struct str state; /* of this member, GET /patroni */
	enum role role;
	int64_t timeline;
	struct str version; /* of Patroni */
	bool pending_restart, paused;
	bool failsafe; /* the API server is away, and within the ttl all members have confirmed who
			* leads: nobody else can be elected */
	struct str leader;     /* pod that holds the lock, "" for none */
	int64_t leaderless_ms; /* moment since which there is none, 0 while there is one */
	int64_t led_since_ms; /* moment since which the leader is the same, 0 while there is none */
	bool passed;  /* the lead was seen to pass to it, not only to be there at the first look */
	int64_t born; /* when the database was made, as its identifier tells; seconds since 1970, 0:
		       * not known */
	const struct member *members;
	size_t n_members;
};

/* This member holds the leader lock, as primary or as standby leader. */
static inline bool patroni_leads(const struct fact_patroni *p, const struct self *self)
{
	return p->leader.n > 0 && str_eq(p->leader, self->pod);
}

/* The member named name, or NULL. */
const struct member *patroni_member(const struct fact_patroni *p, struct str name);

/* The member works: it leads, or it follows. */
bool member_healthy(const struct member *m);

/* While failsafe mode is active GET /cluster waits for the API server and says nothing. What fact
 * says of its own member, self, then tells who leads: the members are those of old, with what the
 * leader sees of them (replication, of GET /patroni). In memory of a. false: it does not tell. */
bool patroni_failsafe(struct arena *a, struct fact_patroni *fact, const struct fact_patroni *old,
		      struct str self, const struct node *replication);

/* Since when the member only starts and fails to, when at now it is m, and was old (or NULL). */
int64_t member_failing(const struct member *m, const struct member *old, int64_t now);

/* Name of a role, as the record's status has it. */
const char *role_name(enum role r);

/* The role that Patroni calls name. */
enum role role_of(struct str name);

#endif
