/* SPDX-License-Identifier: Apache-2.0 */
/* patch_config.c: PATCH /config with the difference. */
#include "act/act.h"

enum { ASK_MS = 10000 };

static void on_answer(void *owner, const struct patroni_answer *answer)
{
	struct deed *deed = owner;

	if (answer->status == 200)
		deed_done(deed, "");
	else if (answer->status == 409)
		deed_failed(deed, "it was changed at the same time");
	else
		deed_failed(deed, answer->status ? answer->message : "Patroni does not answer");
}

void act_patch_config(struct deed *deed)
{
	patroni_send(deed->hands->patroni,
		     &(struct patroni_call){ "PATCH", "/config", deed->action.body, ASK_MS },
		     on_answer, deed);
}
