/* SPDX-License-Identifier: Apache-2.0 */
/* switchover.c: the lead goes from this member to another one. */
#include "act/act.h"
#include "ground/paths.h"
#include "report/fields.h"

enum { ASK_MS = 45000, CHECKPOINT_MS = 300000 };

static void on_switchover(void *owner, const struct patroni_answer *answer)
{
	struct deed *deed = owner;

	if (answer->status == 200)
		deed_done(deed, answer->message);
	else
		deed_failed(deed, answer->status ? answer->message : "Patroni does not answer");
}

static void on_checkpoint(void *owner, const struct sql_answer *answer)
{
	struct deed *deed = owner;
	struct fields f = { deed->arena, { 0 } };

	if (!answer->fine) {
		deed_failed(deed, answer->error);
		return;
	}
	fields_text(&f, "leader", deed->self->pod);
	fields_text(&f, "candidate", deed->action.target);
	patroni_send(deed->hands->patroni,
		     &(struct patroni_call){ "POST", "/switchover", fields_map(&f), ASK_MS },
		     on_switchover, deed);
}

static void stop(struct deed *deed)
{
	sql_free(deed->work);
	deed->work = NULL;
}

/* The checkpoint beforehand makes the one at shutdown short, during which nobody can write. It has
 * a connection of its own, so that the looks at PostgreSQL go on meanwhile. */
void act_switchover(struct deed *deed)
{
	deed->work =
	    sql_new(deed->hands->loop, &(struct sql_target){ PATH_SOCKETS, "5432", "postgres",
							     "postgres", true, false });
	deed->stop = stop;
	sql_send(deed->work, &(struct sql_call){ "checkpoint", CHECKPOINT_MS, { NULL } },
		 on_checkpoint, deed);
}
