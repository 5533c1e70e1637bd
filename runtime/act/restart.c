/* SPDX-License-Identifier: Apache-2.0 */
/* restart.c: PostgreSQL of one member restarts, by that member's Patroni, if settings still wait.
 */
#include "act/act.h"
#include "report/fields.h"

enum { ASK_MS = 120000 };

static void on_answer(void *owner, const struct patroni_answer *answer)
{
	struct deed *deed = owner;

	if (answer->status == 200 || answer->status == 202)
		deed_done(deed, answer->message);
	else
		deed_failed(deed, answer->status ? answer->message : "Patroni does not answer");
}

static void stop(struct deed *deed)
{
	patroni_free(deed->work);
	deed->work = NULL;
}

void act_restart(struct deed *deed)
{
	struct fields f = { deed->arena, { 0 } };
	struct str host = arena_fmt(deed->arena, "%s.%s.%s.svc", deed->action.target.p,
				    orders_text(deed->hands->orders, "objects.headless").p,
				    deed->hands->orders->namespace.p);

	fields_flag(&f, "restart_pending", true);
	deed->work = patroni_near(deed->hands->patroni, host.p);
	deed->stop = stop;
	patroni_send(deed->work,
		     &(struct patroni_call){ "POST", "/restart", fields_map(&f), ASK_MS },
		     on_answer, deed);
}
