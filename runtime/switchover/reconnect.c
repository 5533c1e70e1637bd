/* SPDX-License-Identifier: Apache-2.0 */
/* reconnect.c: after a promotion the poolers leave their connections to the old leader. */
#include "act/act.h"
#include "ground/log.h"
#include "switchover/poolers.h"

enum { ASK_MS = 3000 };

static void on_done(void *owner, const struct poolers_answer *answer)
{
	struct deed *deed = owner;

	if (answer->skipped.n > 0)
		log_event(LOG_WARN, "poolers-skipped", "poolers", answer->skipped.p, NULL);
	if (answer->stuck.n > 0)
		deed_failed(deed, answer->stuck.p);
	else
		deed_done(deed, "");
}

static void stop(struct deed *deed)
{
	poolers_free(deed->work);
}

void act_reconnect(struct deed *deed)
{
	deed->work = poolers_new(deed->hands->loop, deed->hands->orders);
	deed->stop = stop;
	poolers_tell(deed->work, "RECONNECT", ASK_MS, on_done, deed);
}
