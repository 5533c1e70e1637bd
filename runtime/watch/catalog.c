/* SPDX-License-Identifier: Apache-2.0 */
/* catalog.c: what PostgreSQL has, where the orders say to look. */
#include "facts/catalog.h"

#include "ground/paths.h"
#include "provision/read.h"
#include "watch/watch.h"

static void on_catalog(void *owner, const struct catalog *c, const char *why)
{
	struct look *look = owner;
	struct fact_catalog *fact;

	if (!c) {
		look_failed(look, why);
		return;
	}
	fact = NEW(look->arena, struct fact_catalog);
	fact->have = c;
	look_done(look, fact);
}

static void start(struct look *look)
{
	const struct reading_order order = {
		{ .host = PATH_SOCKETS,
		  .port = "5432",
		  .database = "postgres",
		  .user = "postgres" },
		look->hands->orders,
	};

	look->work = reading_start(look->hands->loop, &order, look->arena, on_catalog, look);
}

static void stop(struct look *look)
{
	reading_stop(look->work);
	look->work = NULL;
}

const struct observer watch_catalog = {
	.fact = FACT_catalog,
	.size = sizeof(struct fact_catalog),
	.every_ms = 30000,
	.ms = 120000,
	.leader = true,
	.start = start,
	.stop = stop,
};
