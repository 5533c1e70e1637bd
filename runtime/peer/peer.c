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
	/* every member's certificate has the name of the first endpoint */
	r.url =
	    arena_fmt(q->arena, "https://%s:%d/status", orders_host(place->orders).p, PORT_AGENT).p;
	r.dial = arena_fmt(q->arena, "%s.%s.%s.svc:%d", place->member.p,
			   orders_text(place->orders, "objects.headless").p,
			   place->orders->namespace.p, PORT_AGENT)
		     .p;
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
