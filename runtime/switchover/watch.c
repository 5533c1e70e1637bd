/* SPDX-License-Identifier: Apache-2.0 */
/* watch.c: what is paused at the poolers. */
#include "watch/watch.h"

#include "facts/poolers.h"
#include "switchover/poolers.h"

static void on_looked(void *owner, const struct poolers_answer *answer)
{
	struct look *look = owner;
	struct fact_poolers *fact = NEW(look->arena, struct fact_poolers);

	fact->answer = answer->fine;
	fact->paused = arena_str(look->arena, answer->paused);
	fact->skipped = arena_str(look->arena, answer->skipped);
	look_done(look, fact);
}

static void start(struct look *look)
{
	struct poolers *p = poolers_new(look->hands->loop, look->hands->orders);

	look->work = p;
	poolers_look(p, on_looked, look);
}

static void stop(struct look *look)
{
	poolers_free(look->work);
	look->work = NULL;
}

const struct observer watch_poolers = {
	.fact = FACT_poolers,
	.size = sizeof(struct fact_poolers),
	.every_ms = 10000,
	.ms = 8000,
	.leader = true,
	.start = start,
	.stop = stop,
};
