/* SPDX-License-Identifier: Apache-2.0 */
/* labels.c: after a promotion only the holder of the lock carries the primary's label. */
#include "decide/decide.h"
#include "facts/patroni.h"
#include "facts/pods.h"
#include "facts/postgres.h"

enum { CLOSE_MS = 120000, CLOSE_LOOK_MS = 1000, FRESH_MS = 10000 };

/* This member holds the lock by its own Patroni, by the lock's object, and takes writes. */
static bool is_sure(const struct round *r)
{
	const struct fact_pods *pods = facts_pods(r->facts);
	const struct fact_patroni *p = facts_patroni(r->facts);

	return r->leads && str_eq(pods->holder, r->facts->self.pod) && p->role == ROLE_PRIMARY &&
	       facts_fresh(r->facts, FACT_patroni, r->now, FRESH_MS) &&
	       facts_fresh(r->facts, FACT_postgres, r->now, FRESH_MS) &&
	       !facts_postgres(r->facts)->in_recovery;
}

void decide_labels(struct round *r)
{
	const struct fact_pods *pods = facts_pods(r->facts);
	const struct fact_patroni *p = facts_patroni(r->facts);

	if (!r->leads)
		return;
	if (p->led_since_ms && r->now.ms - p->led_since_ms < CLOSE_MS)
		round_look(r, FACT_pods, CLOSE_LOOK_MS);
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
