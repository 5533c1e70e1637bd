/* SPDX-License-Identifier: Apache-2.0 */
/* member_pages.c: what the port of a member's agent shows, all of it read-only. */
#include "agent/member_pages.h"

#include "report/metrics.h"
#include "report/summary.h"
#include "tree/print.h"

enum { STUCK_MS = 30000 };

static int healthz(void *arg, struct buf *out)
{
	const struct member_view *v = arg;
	bool alive = clock_now().ms - engine_alive_ms(v->engine) < STUCK_MS;

	buf_text(out, alive ? "ok\n" : "the loop is stuck\n");
	return alive ? 200 : 503;
}

static int metrics(void *arg, struct buf *out)
{
	const struct member_view *v = arg;
	const struct round *r = engine_round(v->engine);
	struct counts counts = { api_sent(v->api) };

	if (!r)
		return 503;
	metrics_print(out, r, &counts);
	return 200;
}

/* A copy of the round: what is made for the page must not grow the engine's arena. */
static int status(void *arg, struct buf *out)
{
	const struct member_view *v = arg;
	const struct round *r = engine_round(v->engine);
	struct arena *a = arena_new();
	struct err err = { 0 };
	struct round copy;
	int code = 503;

	if (r) {
		copy = *r;
		copy.arena = a;
		code = print_json(out, summary_of(&copy), &err) ? 500 : 200;
		buf_char(out, '\n');
	}
	arena_free(a);
	return code;
}

const struct page member_pages[MEMBER_PAGES] = {
	{ "/healthz", "text/plain", healthz },
	{ "/metrics", "application/openmetrics-text; version=1.0.0; charset=utf-8", metrics },
	{ "/status", "application/json", status },
};
