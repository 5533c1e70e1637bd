/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_bootstrap.c: howdah-agent bootstrap: the init container of a member. */
#include <stdlib.h>

#include "agent/command.h"
#include "bootstrap/boot.h"
#include "ground/log.h"
#include "ground/paths.h"

enum { ORDERS_MS = 2000 };

/* What is open while bootstrap runs, beside what it is handed. */
struct opened {
	struct arena *arena;
	struct orders_reader *reader;
	struct orders *orders;
};

static const char *env(const void *arg, const char *name)
{
	const char *v = getenv(name);

	(void)arg;
	return v ? v : "";
}

static bool read_orders(struct boot *b, struct opened *o)
{
	const char *path = arena_fmt(o->arena, "%s" PATH_ORDERS, b->root).p;
	const bool never = false;
	struct buf said = { 0 };
	struct err err = { 0 };

	while (!loop_stopped(b->loop) && !(o->orders = orders_open(o->reader, path, NULL, &err))) {
		if (!str_is(buf_view(&said), err.text))
			log_event(LOG_ERROR, "waiting", "reason", "OrdersRefused", "why", err.text,
				  NULL);
		said.n = 0;
		buf_text(&said, err.text);
		(void)loop_until(b->loop, &never, ORDERS_MS);
	}
	buf_release(&said);
	b->orders = o->orders;
	return o->orders != NULL;
}

static enum store_type type_of(struct str name)
{
	return str_is(name, "gcs") ? STORE_GCS : str_is(name, "azure") ? STORE_AZURE : STORE_S3;
}

static void open_store(struct boot *b, struct arena *a)
{
	const struct node *s = orders_at(b->orders, "archive.store");
	struct str ca = node_text(s, "caFile");
	struct store_place place = { type_of(node_text(s, "type")),
				     arena_str(a, node_text(s, "bucket")).p,
				     arena_str(a, node_text(s, "account")).p,
				     arena_str(a, node_text(s, "region")).p,
				     arena_str(a, node_text(s, "endpoint")).p,
				     node_flag(s, "forcePathStyle", false),
				     "",
				     arena_str(a, node_text(s, "encryption")).p,
				     arena_str(a, node_text(s, "kmsKey")).p,
				     env,
				     NULL };

	if (ca.n > 0)
		place.ca = arena_fmt(a, "%s%.*s", b->root, (int)ca.n, ca.p).p;
	b->store = store_new(b->loop, b->http, &place);
}

static int open_hands(struct boot *b, struct opened *o)
{
	const char *host = env(NULL, "KUBERNETES_SERVICE_HOST"),
		   *port = env(NULL, "KUBERNETES_SERVICE_PORT");
	struct err err = { 0 };
	const char *url = api_url(o->arena, host, port).p;

	b->http = http_new(b->loop, &err);
	if (!b->http)
		return agent_fail(AGENT_OUTSIDE, "%s", err.text);
	b->api =
	    api_new(b->loop, b->http,
		    &(struct api_place){ url, arena_fmt(o->arena, "%s" PATH_TOKEN, b->root).p });
	open_store(b, o->arena);
	return AGENT_FINE;
}

static int bootstrap(struct boot *b, struct opened *o)
{
	int code;

	if (!read_orders(b, o))
		return AGENT_OUTSIDE;
	log_set_level(log_level_of(orders_text(b->orders, "logLevel")));
	code = open_hands(b, o);
	if (code)
		return code;
	switch (boot_run(b)) {
	case BOOT_ENDED_FINE:
		return AGENT_FINE;
	case BOOT_ENDED_STOPPED:
		return AGENT_REFUSED;
	default:
		return agent_fail(AGENT_OUTSIDE, "ended by a signal");
	}
}

static int run(int argc, char **argv)
{
	struct opened o = { 0 };
	struct boot *b;
	int code;

	if (argc != 0 && (argc != 2 || !str_is(str_of(argv[0]), "--root")))
		return agent_fail(AGENT_USAGE, "bootstrap takes no arguments but --root DIR");
	if (!*env(NULL, "POD_NAME") || !*env(NULL, "SCOPE"))
		return agent_fail(AGENT_USAGE, "POD_NAME and SCOPE must be set");
	o.arena = arena_new();
	o.reader = orders_reader_new();
	b = NEW(o.arena, struct boot);
	b->root = argc ? argv[1] : "";
	b->pod = str_of(env(NULL, "POD_NAME"));
	b->scope = str_of(env(NULL, "SCOPE"));
	b->loop = loop_new();
	code = bootstrap(b, &o);
	store_free(b->store);
	api_free(b->api);
	http_free(b->http);
	loop_free(b->loop);
	orders_free(o.orders);
	orders_reader_free(o.reader);
	arena_free(o.arena);
	return code;
}

const struct agent_command agent_bootstrap = {
	.name = "bootstrap",
	.summary = "claims the archive and fills the Secrets of a new cluster, then ends",
	.arguments = "[--root DIR]",
	.run = run,
};
