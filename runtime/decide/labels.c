/* SPDX-License-Identifier: Apache-2.0 */
/* labels.c: only the holder of the lock carries the primary's label, and poolers are led by it: so
 * while the lead moves it is looked closely, and the label of a dead leader goes at once. */
#include "decide/decide.h"
#include "facts/patroni.h"
#include "facts/pods.h"
#include "facts/postgres.h"

enum { CLOSE_MS = 120000, CLOSE_LOOK_MS = 1000, MOMENT_MS = 250, FRESH_MS = 10000 };

/* This member holds the lock by its own Patroni and by the lock's object. Whether it takes writes
 * already does not matter: whoever does not hold the lock does not. */
static bool is_sure(const struct round *r)
{
	return r->leads && str_eq(facts_pods(r->facts)->holder, r->facts->self.pod) &&
	       facts_fresh(r->facts, FACT_patroni, r->now, FRESH_MS);
}

/* This member alone has the label, as was seen since it leads; or the lock's object is looked at.
 */
static bool is_settled(const struct round *r)
{
	const struct fact_pods *pods = facts_pods(r->facts);
	struct str self = r->facts->self.pod;
	size_t own = 0, others = 0;

	for (size_t i = 0; i < pods->n; i++)
		if (str_is(pods->pods[i].role, "primary"))
			*(str_eq(pods->pods[i].name, self) ? &own : &others) += 1;
	return str_eq(pods->holder, self) ||
	       (own > 0 && others == 0 &&
		r->facts->sight[FACT_pods].at_ms >= facts_patroni(r->facts)->led_since_ms);
}

/* Nobody leads, or this member has just begun to: clients wait for what is seen. */
static void look_closely(struct round *r)
{
	const struct fact_patroni *p = facts_patroni(r->facts);
	int64_t since = r->nobody_leads ? p->leaderless_ms : p->led_since_ms;

	if (since == 0 || r->now.ms - since >= CLOSE_MS || !(r->nobody_leads || r->leads))
		return;
	if (r->leads)
		round_look(r, FACT_pods, is_settled(r) ? CLOSE_LOOK_MS : MOMENT_MS);
	if (r->leads && p->role == ROLE_STANDBY_LEADER)
		return;
	if (r->nobody_leads || p->role != ROLE_PRIMARY)
		round_look(r, FACT_patroni, MOMENT_MS);
	if (r->leads &&
	    (facts_postgres(r->facts)->in_recovery || r->facts->sight[FACT_postgres].at_ms < since))
		round_look(r, FACT_postgres, MOMENT_MS);
}

void decide_labels(struct round *r)
{
	const struct fact_pods *pods = facts_pods(r->facts);

	look_closely(r);
	if (!is_sure(r))
		return;
	for (size_t i = 0; i < pods->n; i++) {
		const struct fact_pod *pod = &pods->pods[i];

		if (str_is(pod->role, "primary") && !str_eq(pod->name, r->facts->self.pod))
			round_do(r, ACTION_strip_label, pod->name, "%s holds the lock",
				 r->facts->self.pod.p)
			    ->version = pod->version;
	}
}
