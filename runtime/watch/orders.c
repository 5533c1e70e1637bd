/* SPDX-License-Identifier: Apache-2.0 */
/* orders.c: is the mounted file another one than that in force? */
#include "facts/orders.h"

#include "base/digest.h"
#include "ground/log.h"
#include "ground/mounted.h"
#include "watch/watch.h"

enum { FILE_MOST = 1024 * 1024 };

/* The orders in force, and what is wrong with the file. */
static void tell(struct look *look, struct str problem)
{
	const struct fact_orders *old = facts_orders(look->facts);
	struct fact_orders *fact = NEW(look->arena, struct fact_orders);

	fact->digest = arena_str(look->arena, look->hands->orders->digest);
	fact->problem = arena_str(look->arena, problem);
	if (problem.n > 0 && !str_eq(old->problem, problem))
		log_event(LOG_ERROR, "orders-refused", "why", fact->problem.p, NULL);
	look_done(look, fact);
}

static void start(struct look *look)
{
	struct err err = { 0 };
	struct str text = str_of("");
	struct digest digest;
	struct orders *orders;
	int got = mounted_read(look->arena, look->hands->orders_path, FILE_MOST, &text, &err);

	if (got != 1) {
		tell(look, str_of(got ? err.text : "the file of orders is not there"));
		return;
	}
	digest = digest_of(text);
	if (str_eq(digest_hex(look->arena, &digest), look->hands->orders->digest)) {
		tell(look, str_of(""));
		return;
	}
	orders = orders_read(look->hands->reader, "orders.yaml", text, NULL, &err);
	if (orders) {
		log_event(LOG_INFO, "orders-taken", "digest", orders->label.p, NULL);
		log_set_level(log_level_of(orders_text(orders, "logLevel")));
		engine_orders(look->engine, orders);
	}
	tell(look, str_of(orders ? "" : err.text));
}

const struct observer watch_orders = {
	.fact = FACT_orders,
	.size = sizeof(struct fact_orders),
	.every_ms = 3000,
	.ms = 5000,
	.start = start,
};
