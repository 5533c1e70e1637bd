/* SPDX-License-Identifier: Apache-2.0 */
/* act.c: the lead goes to another member, in a lull; and what is paused is resumed. */
#include "act/act.h"
#include "report/fields.h"
#include "switchover/lull.h"

enum { ASK_MS = 30000 };

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
	lull_begin(deed,
		   &(struct lull_plan){ go, node_flag(deed->action.body, "quick", false), false });
}

void act_resume(struct deed *deed)
{
	lull_resume(deed);
}
