/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_run.c: howdah-agent run: the native sidecar of a member. */
#include <stdlib.h>

#include "agent/command.h"
#include "agent/member_pages.h"
#include "agent/pages.h"
#include "agent/tables.h"
#include "crypto/random.h"
#include "ground/log.h"
#include "ground/paths.h"

enum { WAIT_MS = 2000, TOKEN_BYTES = 8 };

/* What run holds, from the start of the process to its end. */
struct member {
	struct loop *loop;
	struct hands hands;
	struct self self;
	struct orders *first; /* orders at the start */
	struct engine *engine;
	struct member_view view;
	struct pages *pages;
};

static const char *variable(const char *name)
{
	const char *v = getenv(name);

	return v ? v : "";
}

static int read_self(struct self *self)
{
	size_t dash;
	int64_t ordinal;

	*self = (struct self){ str_of(variable("POD_NAME")),
			       str_of(variable("POD_IP")),
			       str_of(variable("POD_NAMESPACE")),
			       str_of(variable("SCOPE")),
			       -1,
			       str_of(HOWDAH_VERSION),
			       clock_now().ms,
			       str_of("") };
	if (!self->pod.n || !self->ip.n || !self->namespace.n || !self->scope.n)
		return agent_fail(AGENT_USAGE,
				  "POD_NAME, POD_IP, POD_NAMESPACE and SCOPE must be set");
	dash = self->pod.n;
	while (dash > 0 && self->pod.p[dash - 1] != '-')
		dash--;
	if (str_int(str_cut(self->pod, dash, self->pod.n), &ordinal) && ordinal < 1000)
		self->ordinal = (int)ordinal;
	return AGENT_FINE;
}

/* Waits for the first orders that are right: without any there is nothing to do. */
static void wait_for_orders(struct member *m)
{
	const bool never = false;
	struct err err = { 0 }, last = { 0 };

	while (!loop_stopped(m->loop)) {
		m->first = orders_open(m->hands.reader, m->hands.orders_path, NULL, &err);
		if (m->first)
			return;
		if (!str_is(str_of(last.text), err.text))
			log_event(LOG_ERROR, "orders-refused", "why", err.text, NULL);
		last = err;
		(void)loop_until(m->loop, &never, WAIT_MS);
	}
}

static int open_hands(struct member *m, struct arena *a)
{
	struct err err = { 0 };
	const char *host = variable("KUBERNETES_SERVICE_HOST");
	const char *port = variable("KUBERNETES_SERVICE_PORT");
	struct hands *h = &m->hands;

	h->loop = m->loop;
	h->http = http_new(m->loop, &err);
	if (!h->http)
		return agent_fail(AGENT_OUTSIDE, "%s", err.text);
	h->orders = m->first;
	h->api =
	    api_new(m->loop, h->http, &(struct api_place){ api_url(a, host, port).p, PATH_TOKEN });
	h->patroni = patroni_new(
	    h->http, &(struct patroni_place){
			 arena_fmt(a, "%s:%d", orders_host(m->first).p, PORT_PATRONI).p,
			 arena_fmt(a, "127.0.0.1:%d", PORT_PATRONI).p,
			 { PATH_TRUST, PATH_SUPERUSER "/tls.crt", PATH_SUPERUSER "/tls.key" } });
	h->sql = sql_new(m->loop, &(struct sql_target){ .host = PATH_SOCKETS,
							.port = "5432",
							.database = "postgres",
							.user = "postgres" });
	return AGENT_FINE;
}

static void close_hands(struct member *m)
{
	sql_free(m->hands.sql);
	patroni_free(m->hands.patroni);
	api_free(m->hands.api);
	http_free(m->hands.http);
	orders_reader_free(m->hands.reader);
	loop_free(m->loop);
}

static const char *const asks[] = {
#define ASK(name, does) #name,
#include "facts/asks.def"
#undef ASK
	NULL,
};

static void on_ask(void *arg)
{
	engine_due(((struct member *)arg)->engine, FACT_asks);
}

/* Without a door nobody can ask, and all else goes on. */
static void open_door(struct member *m)
{
	struct err err = { 0 };

	m->hands.door =
	    door_new(m->loop, &(struct door_plan){ PATH_AGENT_SOCKET, asks, on_ask, m }, &err);
	if (!m->hands.door)
		log_event(LOG_ERROR, "door-not-opened", "why", err.text, NULL);
}

static int serve(struct member *m, struct arena *a)
{
	int code = open_hands(m, a);

	if (code == AGENT_FINE) {
		log_set_level(log_level_of(orders_text(m->first, "logLevel")));
		open_door(m);
		m->engine = engine_new(&member_tables, &m->hands, &m->self);
		m->view = (struct member_view){ m->engine, m->hands.api };
		m->pages =
		    pages_new(m->loop, &(struct pages_plan){ PATH_SERVER, PATH_TRUST, member_pages,
							     MEMBER_PAGES, &m->view });
		log_event(LOG_INFO, "started", "version", HOWDAH_VERSION, "pod", m->self.pod.p,
			  "orders", m->first->label.p, NULL);
		loop_run(m->loop);
		log_event(LOG_INFO, "stopped", "pod", m->self.pod.p, NULL);
		pages_free(m->pages);
		door_free(m->hands.door);
		engine_free(m->engine);
	}
	return code;
}

static int run(int argc, char **argv)
{
	struct member m = { 0 };
	struct arena *a;
	int code;

	(void)argv;
	if (argc > 0)
		return agent_fail(AGENT_USAGE, "run takes no arguments");
	code = read_self(&m.self);
	if (code)
		return code;
	a = arena_new();
	m.self.token = random_hex(a, TOKEN_BYTES);
	m.loop = loop_new();
	m.hands.reader = orders_reader_new();
	orders_reader_scope(m.hands.reader, m.self.scope);
	m.hands.orders_path = PATH_ORDERS;
	wait_for_orders(&m);
	if (m.first)
		code = serve(&m, a);
	close_hands(&m);
	orders_free(m.first);
	arena_free(a);
	return code;
}

const struct agent_command agent_run = {
	.name = "run",
	.summary =
	    "watches over the member of its pod, and leads the cluster where that member leads",
	.arguments = "",
	.run = run,
};
