/* SPDX-License-Identifier: Apache-2.0 */
/* act.c: the lead goes to another member, in a lull; and what is paused is resumed. */
#include "act/act.h"
#include "ground/log.h"
#include "report/fields.h"
#include "switchover/lull.h"
#include "switchover/poolers.h"

enum { ASK_MS = 30000, RESUME_MS = 5000 };

static void on_switchover(void *owner, const struct patroni_answer *answer)
{
	lull_over(owner, answer->status == 200, answer->message);
}

static void go(struct deed *deed)
{
	struct fields f = { deed->arena, { 0 } };

	fields_text(&f, "leader", deed->self->pod);
	fields_text(&f, "candidate", deed->action.target);
	patroni_send(deed->hands->patroni,
		     &(struct patroni_call){ "POST", "/switchover", fields_map(&f), ASK_MS },
		     on_switchover, deed);
}

void act_switchover(struct deed *deed)
{
	lull_begin(deed, &(struct lull_plan){ go, node_flag(deed->action.body, "quick", false) });
}

static void on_done(void *owner, const struct poolers_answer *answer)
{
	struct deed *deed = owner;

	if (answer->stuck.n > 0)
		deed_failed(deed, answer->stuck.p);
	else
		deed_done(deed, "");
}

static void stop(struct deed *deed)
{
	poolers_free(deed->work);
}

void act_resume(struct deed *deed)
{
	deed->work = poolers_new(deed->hands->loop, deed->hands->orders);
	deed->stop = stop;
	poolers_tell(deed->work, "RESUME", RESUME_MS, on_done, deed);
}
