/* SPDX-License-Identifier: Apache-2.0 */
/* peer.c: one GET of another agent's page. */
#include "peer/peer.h"

#include <stdlib.h>

#include "base/die.h"
#include "ground/paths.h"
#include "tree/json_in.h"

enum { ASK_MS = 4000 };

struct peer_question {
	struct http *http;
	struct arena *arena;
	void (*done)(void *owner, const struct peer_answer *answer);
	void *owner;
};

static void release(struct peer_question *q)
{
	arena_free(q->arena);
	free(q);
}

static void on_answer(void *owner, const struct http_answer *http)
{
	struct peer_question *q = owner;
	struct peer_answer answer = { NULL, "" };

	if (!http->status)
		answer.why = http->error;
	else if (http->status != 200)
		answer.why = arena_fmt(q->arena, "it answers %d", http->status).p;
	else
		answer.status = json_read(q->arena, http->body, (struct pos){ 0 }, &answer.why);
	if (answer.status && answer.status->kind != NODE_MAP)
		answer = (struct peer_answer){ NULL, "it answers no map" };
	q->done(q->owner, &answer);
	release(q);
}

/* Every member's certificate has the name of the first endpoint; a pooler's that of its pod. */
static void put_address(struct arena *a, const struct peer_place *p, struct http_request *r)
{
	struct str name = orders_host(p->orders), at;

	if (p->pooler)
		name = at =
		    arena_fmt(a, "%s.%s", p->pod.p, orders_text(p->orders, "pooler.headless").p);
	else
		at =
		    arena_fmt(a, "%s.%s.%s.svc", p->pod.p,
			      orders_text(p->orders, "objects.headless").p, p->orders->namespace.p);
	r->url = arena_fmt(a, "https://%s:%d/status", name.p, PORT_AGENT).p;
	r->dial = arena_fmt(a, "%s:%d", at.p, PORT_AGENT).p;
}

struct peer_question *peer_ask(const struct peer_place *place,
			       void (*done)(void *owner, const struct peer_answer *answer),
			       void *owner)
{
	struct peer_question *q = calloc(1, sizeof(*q));
	struct http_request r = { .method = "GET", .deadline_ms = ASK_MS };

	if (!q)
		die_memory();
	q->http = place->http;
	q->arena = arena_new();
	q->done = done;
	q->owner = owner;
	put_address(q->arena, place, &r);
	r.tls.ca = PATH_TRUST;
	http_send(q->http, &r, on_answer, q);
	return q;
}

void peer_stop(struct peer_question *q)
{
	if (!q)
		return;
	http_forget(q->http, q);
	release(q);
}
