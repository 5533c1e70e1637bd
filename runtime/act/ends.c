/* SPDX-License-Identifier: Apache-2.0 */
/* ends.c: how most deeds end, and whom several ask. */
#include "act/act.h"

void act_on_answer(void *owner, const struct api_answer *answer)
{
	struct deed *deed = owner;

	if (answer->outcome == API_FINE || answer->outcome == API_MISSING)
		deed_done(deed, "");
	else
		deed_failed(deed, answer->message);
}

void act_on_end(void *owner, const char *why)
{
	struct deed *deed = owner;

	if (why[0])
		deed_failed(deed, why);
	else
		deed_done(deed, "");
}

void act_on_rows(void *owner, const struct sql_answer *answer)
{
	act_on_end(owner, answer->fine ? "" : answer->error);
}

struct patroni *act_patroni_of(const struct deed *deed, struct str member)
{
	struct str host = arena_fmt(deed->arena, "%s.%s.%s.svc", member.p,
				    orders_text(deed->hands->orders, "objects.headless").p,
				    deed->hands->orders->namespace.p);

	return patroni_near(deed->hands->patroni, host.p);
}
