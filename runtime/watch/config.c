/* SPDX-License-Identifier: Apache-2.0 */
/* config.c: Patroni's dynamic configuration. */
#include "facts/config.h"

#include "watch/watch.h"

enum { ASK_MS = 5000 };

static void on_answer(void *owner, const struct patroni_answer *answer)
{
	struct look *look = owner;
	struct fact_config *fact = NEW(look->arena, struct fact_config);

	if (answer->status != 200 || !answer->body) {
		look_failed(look,
			    answer->status ? "GET /config: no configuration" : answer->message);
		return;
	}
	fact->dynamic = node_deep(look->arena, answer->body);
	look_done(look, fact);
}

static void start(struct look *look)
{
	patroni_send(look->hands->patroni, &(struct patroni_call){ "GET", "/config", NULL, ASK_MS },
		     on_answer, look);
}

const struct observer watch_config = {
	.fact = FACT_config,
	.size = sizeof(struct fact_config),
	.every_ms = 10000,
	.ms = 6000,
	.leader = true,
	.start = start,
};
