/* SPDX-License-Identifier: Apache-2.0 */
/* asks.c: who waits at the local door. */
#include "facts/asks.h"

#include "watch/watch.h"

static void start(struct look *look)
{
	struct fact_asks *fact = NEW(look->arena, struct fact_asks);
	size_t n;
	const struct door_ask *asks = door_asks(look->hands->door, &n);
	struct fact_ask *copy = NEW_ARRAY(look->arena, n + 1, struct fact_ask);

	for (size_t i = 0; i < n; i++)
		copy[i] = (struct fact_ask){ arena_str(look->arena, asks[i].id),
					     arena_str(look->arena, asks[i].name), asks[i].at_ms };
	fact->asks = copy;
	fact->n = n;
	look_done(look, fact);
}

const struct observer watch_asks = {
	.fact = FACT_asks,
	.size = sizeof(struct fact_asks),
	.every_ms = 10000, /* the door tells when somebody comes */
	.ms = 1000,
	.start = start,
};
