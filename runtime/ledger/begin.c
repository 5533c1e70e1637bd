/* SPDX-License-Identifier: Apache-2.0 */
/* begin.c: an operation is written into the record as begun, or it is not begun. */
#include "act/act.h"

enum { ASK_MS = 10000 };

static void on_answer(void *owner, const struct api_answer *answer)
{
	struct deed *deed = owner;

	if (answer->outcome == API_FINE)
		deed_done(deed, "");
	else
		deed_failed(deed, answer->message);
}

void act_begin(struct deed *deed)
{
	const struct orders *o = deed->hands->orders;
	struct str path = arena_fmt(
	    deed->arena, "/apis/howdah.dev/v1alpha1/namespaces/%s/postgresclusters/%s/status",
	    o->namespace.p, o->name.p);

	api_send(deed->hands->api,
		 &(struct api_call){ "PATCH", path.p, API_MERGE, deed->action.body, ASK_MS, false },
		 on_answer, deed);
}
