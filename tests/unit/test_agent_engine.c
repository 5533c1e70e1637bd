/* SPDX-License-Identifier: Apache-2.0 */
/* test_agent_engine.c: looks and deeds in turn: what a deed changed is looked at again. */
#include "api/api.h"
#include "check.h"
#include "facts/patroni.h"
#include "facts/pods.h"
#include "frame/engine.h"
#include "loop/loop.h"
#include "net/http.h"
#include "orders/orders.h"
#include "patroni/patroni.h"
#include "sql/sql.h"

enum { LOOK_MS = 120, LATE_MS = 3000, DEEDS = 2 };

/* What happened; of the loop alone. */
static struct {
	struct loop *loop;
	int looks, deeds;
	bool enough;
} seen;

static void look_ends(void *arg)
{
	struct look *look = arg;

	seen.enough = seen.looks >= 2;
	look_done(look, NEW(look->arena, struct fact_pods));
}

static void look_at_pods(struct look *look)
{
	seen.looks++;
	(void)loop_after(seen.loop, LOOK_MS, look_ends, look);
}

static void look_at_patroni(struct look *look)
{
	look_done(look, NEW(look->arena, struct fact_patroni));
}

static const struct observer pods = { .fact = FACT_pods,
				      .size = sizeof(struct fact_pods),
				      .every_ms = 600000,
				      .ms = 10000,
				      .start = look_at_pods };
static const struct observer members = { .fact = FACT_patroni,
					 .size = sizeof(struct fact_patroni),
					 .every_ms = 600000,
					 .ms = 10000,
					 .start = look_at_patroni };
static const struct observer *const observers[] = { &members, &pods };

static void deed_ends(void *arg)
{
	deed_done(arg, "");
}

/* The first ends at once, the second while the pods are being looked at. */
static void strip(struct deed *deed)
{
	seen.deeds++;
	(void)loop_after(seen.loop, str_is(deed->action.target, "0") ? 0 : LOOK_MS / 2, deed_ends,
			 deed);
}

static void want(struct round *r)
{
	static const char *const targets[DEEDS] = { "0", "1" };

	for (int i = seen.deeds ? DEEDS : 0; i < DEEDS; i++)
		round_do(r, ACTION_strip_label, str_of(targets[i]), "it is to be done");
}

static void (*const deciders[])(struct round *r) = { want, NULL };

/* A deed that ends while its facts are being looked at: that look may have come too early. */
static void test_aged(struct hands *h)
{
	static void (*actors[ACTION_count])(struct deed *) = { [ACTION_strip_label] = strip };
	const struct tables tables = { observers, 2, actors, deciders };
	const struct self self = { .pod = str_of("shared-i2-0"),
				   .namespace = str_of("team-shared") };
	struct engine *e = engine_new(&tables, h, &self);

	CHECK(loop_until(h->loop, &seen.enough, LATE_MS));
	CHECK(seen.deeds == DEEDS && seen.looks >= 2);
	engine_free(e);
}

int main(void)
{
	struct err err = { 0 };
	static const struct orders none = { 0 };
	struct hands h = { .loop = loop_new(), .orders = &none };

	seen.loop = h.loop;
	h.http = http_new(h.loop, &err);
	h.api = api_new(h.loop, h.http, &(struct api_place){ "https://127.0.0.1:1", "/none" });
	h.patroni = patroni_new(
	    h.http, &(struct patroni_place){ "localhost:1", "127.0.0.1:1", { "", "", "" } });
	h.sql = sql_new(h.loop, &(struct sql_target){ .host = "/none" });
	test_aged(&h);
	sql_free(h.sql);
	patroni_free(h.patroni);
	api_free(h.api);
	http_free(h.http);
	loop_free(h.loop);
	return check_done("test_agent_engine");
}
