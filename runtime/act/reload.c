/* SPDX-License-Identifier: Apache-2.0 */
/* reload.c: PostgreSQL by SQL, Patroni by REST: the agent shares no process with either. Of another
 * member by its Patroni alone, which hands it on. */
#include "act/act.h"

enum { ASK_MS = 7000 };

static void on_patroni(void *owner, const struct patroni_answer *answer)
{
	struct deed *deed = owner;

	/* 202: it does so at its next turn */
	if (answer->status == 200 || answer->status == 202)
		deed_done(deed, "");
	else
		deed_failed(deed, answer->status ? "Patroni refuses to reload" : answer->message);
}

static void on_postgres(void *owner, const struct sql_answer *answer)
{
	struct deed *deed = owner;

	if (!answer->fine) {
		deed_failed(deed, answer->error);
		return;
	}
	patroni_send(deed->hands->patroni,
		     &(struct patroni_call){ "POST", "/reload", NULL, ASK_MS }, on_patroni, deed);
}

static void stop(struct deed *deed)
{
	patroni_free(deed->work);
	deed->work = NULL;
}

/* With a body the target is a member. */
void act_reload(struct deed *deed)
{
	if (deed->action.body && !str_eq(deed->action.target, deed->self->pod)) {
		deed->work = act_patroni_of(deed, deed->action.target);
		deed->stop = stop;
		patroni_send(deed->work, &(struct patroni_call){ "POST", "/reload", NULL, ASK_MS },
			     on_patroni, deed);
		return;
	}
	sql_send(deed->hands->sql,
		 &(struct sql_call){ "select pg_reload_conf()", ASK_MS, { NULL } }, on_postgres,
		 deed);
}
