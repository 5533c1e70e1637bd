/* SPDX-License-Identifier: Apache-2.0 */
/* drills.c: what restore drills have proved, as their reports in the record tell. */
#include "decide/decide.h"
#include "facts/record.h"
#include "tree/number.h"

/* Seconds since 1970 of a time in the record, 0 when there is none. */
static int64_t time_at(const struct node *n, const char *key)
{
	struct instant at;

	return time_parse(node_text(n, key), &at) ? 0 : at.seconds;
}

void decide_drills(struct round *r)
{
	const struct node *drills = node_at(facts_record(r->facts)->status, "drills");
	const struct node *list = node_at(drills, "results"), *newest = list ? list->kids : NULL;
	int64_t most = orders_ms(r->orders, "thresholds.drillAge", 0) / 1000;
	int64_t passed = time_at(drills, "last");

	if (!r->speaks || !node_flag(orders_at(r->orders, "backup.drill"), "enabled", false))
		return;
	if (r->facts->sight[FACT_record].at_ms == 0)
		round_say(r, REASON_DrillsUnseen, "%s", r->facts->sight[FACT_record].error.p);
	else if (newest && str_is(node_text(newest, "result"), "Failed"))
		round_say(r, REASON_DrillFailed, "%s: %s", node_text(newest, "started").p,
			  node_text(newest, "message").p);
	else if (!passed)
		round_say(r, REASON_DrillAwaited, "%s", "");
	else if (most > 0 && r->now.wall - passed > most)
		round_say(r, REASON_DrillOld, "the last one was at %s",
			  node_text(drills, "last").p);
	else
		round_say(r, REASON_DrillPassed, "%s", node_text(drills, "last").p);
}
