/* SPDX-License-Identifier: Apache-2.0 */
/* provision.c: the changes of one subject, in order. */
#include "act/act.h"
#include "ground/paths.h"
#include "provision/apply.h"

static void stop(struct deed *deed)
{
	applying_stop(deed->work);
	deed->work = NULL;
}

void act_provision(struct deed *deed)
{
	const struct sql_target at = { .host = PATH_SOCKETS,
				       .port = "5432",
				       .database = "postgres",
				       .user = "postgres",
				       .patient = true };
	struct change *first = NULL, **last = &first;

	for (const struct node *n = deed->action.body->kids; n; n = n->next) {
		*last = NEW(deed->arena, struct change);
		(*last)->database = node_text(n, "database");
		(*last)->text = node_text(n, "text");
		(*last)->alone = node_flag(n, "alone", false);
		last = &(*last)->next;
	}
	deed->stop = stop;
	deed->work = applying_start(deed->hands->loop, &at, first, act_on_end, deed);
}
