/* SPDX-License-Identifier: Apache-2.0 */
/* pages.c: a server that is begun anew with each new certificate. */
#include "agent/pages.h"

#include <stdlib.h>

#include "base/die.h"
#include "ground/log.h"
#include "ground/mounted.h"
#include "ground/paths.h"
#include "ground/plain.h"
#include "tls/cert.h"

enum { CHECK_MS = 5000, FILE_MOST = 256 * 1024 };

struct pages {
	struct loop *loop;
	struct arena *arena;
	struct pages_plan plan;
	struct str cert, key; /* paths */
	struct server *server;
	struct file_mark mark; /* of the certificate that is served */
	bool refused;          /* what lies there was not fit */
	struct timer *timer;
};

/* A server with the certificate as it lies in its files, if that is fit to be served. */
static void renew(struct pages *p)
{
	struct arena *a = arena_new();
	struct err err = { 0 };
	struct str chain = str_of(""), key = str_of(""), trust = str_of("");
	struct cert cert = { 0 };
	const char *why = "it is not there";

	(void)mounted_read(a, p->plan.trust, FILE_MOST, &trust, &err);
	if (mounted_read(a, p->cert.p, FILE_MOST, &chain, &err) == 1 &&
	    mounted_read(a, p->key.p, FILE_MOST, &key, &err) == 1)
		why = cert_judge(a, &(struct cert_files){ chain, key, trust }, clock_now().wall,
				 &cert);
	if (!why) {
		server_free(p->server);
		p->server = server_new(p->loop, PORT_AGENT, chain, key, &err);
		if (p->server)
			server_pages(p->server, p->plan.list, p->plan.n, p->plan.arg);
		else
			why = err.text;
	}
	/* the authority may come later than what it signed: tried again, told once */
	if (why && !p->refused)
		log_event(LOG_ERROR, "pages-not-served", "why", why, NULL);
	p->refused = why != NULL;
	plain_wipe(key);
	arena_free(a);
}

static void check(void *arg)
{
	struct pages *p = arg;
	struct file_mark mark = mounted_mark(p->cert.p);

	if (!mounted_same(mark, p->mark) || p->refused) {
		p->mark = mark;
		renew(p);
	}
	p->timer = loop_after(p->loop, CHECK_MS, check, p);
}

struct pages *pages_new(struct loop *l, const struct pages_plan *plan)
{
	struct pages *p = calloc(1, sizeof(*p));

	if (!p)
		die_memory();
	*p = (struct pages){ .loop = l, .arena = arena_new(), .plan = *plan };
	p->cert = arena_fmt(p->arena, "%s/tls.crt", plan->folder);
	p->key = arena_fmt(p->arena, "%s/tls.key", plan->folder);
	check(p);
	return p;
}

void pages_free(struct pages *p)
{
	if (!p)
		return;
	server_free(p->server);
	loop_cancel(p->loop, p->timer);
	arena_free(p->arena);
	free(p);
}
