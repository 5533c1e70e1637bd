/* SPDX-License-Identifier: Apache-2.0 */
/* decide.c: a member that has just taken the lead tells the poolers, once. */
#include "decide/decide.h"
#include "facts/patroni.h"
#include "facts/postgres.h"

enum { SOON_MS = 60000 };

void decide_reconnect(struct round *r)
{
	const struct fact_patroni *p = facts_patroni(r->facts);
	const struct past *past = facts_past(r->facts, ACTION_reconnect, str_of(""));

	if (!r->leads || p->role != ROLE_PRIMARY || facts_postgres(r->facts)->in_recovery)
		return;
	/* a lead that is older than this process, or than a minute, is no promotion that it saw */
	if (!p->led_since_ms || r->now.ms - p->led_since_ms > SOON_MS ||
	    p->led_since_ms - r->facts->self.started_ms < SOON_MS / 2)
		return;
	if (orders_int(r->orders, "pooler.pods", 0) == 0)
		return;
	if (past && past->failures == 0 && past->ended_ms > p->led_since_ms)
		return;
	(void)round_do(r, ACTION_reconnect, str_of(""), "%s", "this member was promoted");
}
