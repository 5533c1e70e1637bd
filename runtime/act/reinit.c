/* SPDX-License-Identifier: Apache-2.0 */
/* reinit.c: a replica throws its data away and is built anew, by its own Patroni. */
#include "act/act.h"
#include "report/fields.h"

enum { ASK_MS = 30000 };

static void on_answer(void *owner, const struct patroni_answer *answer)
{
	struct deed *deed = owner;

	if (answer->status == 200 || answer->status == 202)
		deed_done(deed, answer->message);
	else
		deed_failed(deed, answer->message);
}

static void stop(struct deed *deed)
{
	patroni_free(deed->work);
	deed->work = NULL;
}

void act_reinit(struct deed *deed)
{
	struct fields f = { deed->arena, { 0 } };

	/* force: whatever else it was about to do */
	fields_flag(&f, "force", true);
	deed->work = act_patroni_of(deed, deed->action.target);
	deed->stop = stop;
	patroni_send(deed->work,
		     &(struct patroni_call){ "POST", "/reinitialize", fields_map(&f), ASK_MS },
		     on_answer, deed);
}
