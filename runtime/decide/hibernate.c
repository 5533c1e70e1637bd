/* SPDX-License-Identifier: Apache-2.0 */
/* hibernate.c: does it sleep? Its pods are taken away from outside; this is its last word. */
#include "decide/decide.h"
#include "ground/schedule.h"

void decide_hibernate(struct round *r)
{
	const struct node *h = orders_at(r->orders, "life.hibernate");
	struct str zone = orders_text(r->orders, "backup.timezone");
	int64_t sleeps, wakes;

	if (!h || !r->speaks)
		return;
	if (node_flag(h, "always", false)) {
		round_say(r, REASON_Sleeping, "%s", "until the intent says otherwise");
		return;
	}
	sleeps = schedule_last(node_text(h, "sleep"), zone, r->now.wall);
	wakes = schedule_last(node_text(h, "wake"), zone, r->now.wall);
	round_say(r, sleeps > wakes ? REASON_Sleeping : REASON_Awake, "%s", "");
	sleeps = schedule_next(node_text(h, "sleep"), zone, r->now.wall);
	if (sleeps != INT64_MAX)
		round_wake(r, r->now.ms + (sleeps - r->now.wall) * 1000);
}
