/* SPDX-License-Identifier: Apache-2.0 */
/* decide.c: the next step of a roll as an action, and what waits as a condition. */
#include "decide/decide.h"
#include "decide/config.h"
#include "facts/pods.h"
#include "rolling/plan.h"

enum { CLOSE_LOOK_MS = 3000 };

static const enum reason reasons[] = {
	[ROLL_NOTHING] = REASON_UpToDate,
	[ROLL_WAIT_SET] = REASON_WaitingForTemplate,
	[ROLL_WAIT_CONFIG] = REASON_WaitingForConfig,
	[ROLL_WAIT_MEMBER] = REASON_WaitingForMember,
	[ROLL_WAIT_WINDOW] = REASON_WaitingForWindow,
	[ROLL_EVICT] = REASON_Rolling,
	[ROLL_SWITCH] = REASON_Rolling,
	[ROLL_RESTART] = REASON_Rolling,
};

static void say(struct round *r, const struct roll *roll)
{
	struct buf time = { 0 };
	const char *whom = roll->pod ? roll->pod->name.p : roll->candidate.p;

	if (roll->step == ROLL_WAIT_WINDOW && roll->opens != INT64_MAX)
		clock_print(&time, roll->opens);
	if (roll->step == ROLL_NOTHING)
		round_say(r, reasons[roll->step], "%s", "");
	else if (time.n > 0)
		round_say(r, reasons[roll->step], "%zu members, from %s on", roll->pending,
			  buf_z(&time));
	else
		round_say(r, reasons[roll->step], "%zu members, %s%s%s", roll->pending, whom,
			  *whom ? ": " : "", roll->why);
	buf_release(&time);
}

void decide_rolling(struct round *r)
{
	struct roll roll;
	struct action *a = NULL;

	if (!r->speaks || r->facts->sight[FACT_pods].at_ms == 0 || config_downgrades(r))
		return;
	roll = roll_plan(r);
	say(r, &roll);
	if (roll.step == ROLL_NOTHING || roll.step == ROLL_WAIT_SET ||
	    roll.step == ROLL_WAIT_WINDOW)
		return;
	round_look(r, FACT_pods, CLOSE_LOOK_MS);
	if (roll.step == ROLL_EVICT) {
		/* the uid is part of the name: one pod is evicted once */
		a = round_do(r, ACTION_evict, roll.pod->name, "%s", roll.why);
		a->version = roll.pod->uid;
	} else if (roll.step == ROLL_SWITCH) {
		(void)round_do(r, ACTION_switchover, roll.candidate, "%s", roll.why);
	} else if (roll.step == ROLL_RESTART) {
		(void)round_do(r, ACTION_restart, roll.candidate, "%s", roll.why);
	}
}
