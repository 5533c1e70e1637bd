/* SPDX-License-Identifier: Apache-2.0 */
/* pages.c: what the agent's port shows, all of it read-only. */
#include "agent/pages.h"

#include <stdlib.h>

#include "base/die.h"
#include "ground/log.h"
#include "ground/mounted.h"
#include "ground/paths.h"
#include "ground/plain.h"
#include "net/server.h"
#include "report/metrics.h"
#include "report/summary.h"
#include "tls/cert.h"
#include "tree/print.h"

enum { CHECK_MS = 5000, STUCK_MS = 30000, FILE_MOST = 256 * 1024 };

struct pages {
	struct loop *loop;
	struct engine *engine;
	const struct api *api;
	struct server *server;
	struct file_mark mark; /* of the certificate that is served */
	struct timer *timer;
};

static int healthz(void *arg, struct buf *out)
{
	const struct pages *p = arg;
	bool alive = clock_now().ms - engine_alive_ms(p->engine) < STUCK_MS;

	buf_text(out, alive ? "ok\n" : "the loop is stuck\n");
	return alive ? 200 : 503;
}

static int metrics(void *arg, struct buf *out)
{
	const struct pages *p = arg;
	const struct round *r = engine_round(p->engine);
	struct counts counts = { api_sent(p->api) };

	if (!r)
		return 503;
	metrics_print(out, r, &counts);
	return 200;
}

/* A copy of the round: what is made for the page must not grow the engine's arena. */
static int status(void *arg, struct buf *out)
{
	const struct pages *p = arg;
	const struct round *r = engine_round(p->engine);
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

static const struct page list[] = {
	{ "/healthz", "text/plain", healthz },
	{ "/metrics", "application/openmetrics-text; version=1.0.0; charset=utf-8", metrics },
	{ "/status", "application/json", status },
};

/* A server with the certificate as it lies in its files, if that is fit to be served. */
static void renew(struct pages *p)
{
	struct arena *a = arena_new();
	struct err err = { 0 };
	struct str chain = str_of(""), key = str_of("");
	struct cert cert = { 0 };
	const char *why = "it is not there";

	if (mounted_read(a, PATH_SERVER "/tls.crt", FILE_MOST, &chain, &err) == 1 &&
	    mounted_read(a, PATH_SERVER "/tls.key", FILE_MOST, &key, &err) == 1)
		why = cert_judge(a, &(struct cert_files){ chain, key, str_of("") },
				 clock_now().wall, &cert);
	if (!why) {
		server_free(p->server);
		p->server = server_new(p->loop, PORT_AGENT, chain, key, &err);
		if (p->server)
			server_pages(p->server, list, sizeof(list) / sizeof(*list), p);
		else
			why = err.text;
	}
	if (why)
		log_event(LOG_ERROR, "pages-not-served", "why", why, NULL);
	plain_wipe(key);
	arena_free(a);
}

static void check(void *arg)
{
	struct pages *p = arg;
	struct file_mark mark = mounted_mark(PATH_SERVER "/tls.crt");

	if (!mounted_same(mark, p->mark)) {
		p->mark = mark;
		renew(p);
	}
	p->timer = loop_after(p->loop, CHECK_MS, check, p);
}

struct pages *pages_new(struct loop *l, struct engine *e, const struct api *api)
{
	struct pages *p = calloc(1, sizeof(*p));

	if (!p)
		die_memory();
	*p = (struct pages){ .loop = l, .engine = e, .api = api };
	check(p);
	return p;
}

void pages_free(struct pages *p)
{
	if (!p)
		return;
	server_free(p->server);
	loop_cancel(p->loop, p->timer);
	free(p);
}
