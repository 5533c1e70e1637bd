/* SPDX-License-Identifier: Apache-2.0 */
/* served.c: a handshake with each endpoint of this member, for the serial that it really serves. */
#include "facts/served.h"

#include "ground/paths.h"
#include "tls/probe.h"
#include "watch/watch.h"

enum { PROBE_MS = 4000, ENDPOINTS_MOST = 20 };

/* One endpoint that is being asked. */
struct asked {
	struct look *look;
	struct probe *probe;
	struct fact_endpoint *endpoint;
};

struct work {
	struct asked asked[ENDPOINTS_MOST];
	struct fact_endpoint *endpoints;
	size_t n, left;
};

static void on_answer(void *owner, const struct probe_answer *answer)
{
	struct asked *q = owner;
	struct work *w = q->look->work;
	struct fact_served *fact;

	q->probe = NULL;
	q->endpoint->serial = arena_str(q->look->arena, answer->cert.serial);
	q->endpoint->error = arena_fmt(q->look->arena, "%s", answer->error);
	if (--w->left > 0)
		return;
	fact = NEW(q->look->arena, struct fact_served);
	fact->endpoints = w->endpoints;
	fact->n = w->n;
	look_done(q->look, fact);
}

/* Poolers have an agent of their own, and the orders name no folder for them: members alone. */
static void ask(struct look *look, struct work *w, const struct node *endpoint)
{
	struct asked *q = &w->asked[w->n];
	bool https = str_is(node_text(endpoint, "protocol"), "https");

	if (w->n == ENDPOINTS_MOST || node_text(endpoint, "directory").n == 0)
		return;
	q->look = look;
	q->endpoint = &w->endpoints[w->n++];
	q->endpoint->name = arena_str(look->arena, node_text(endpoint, "name"));
	q->endpoint->folder = arena_str(look->arena, node_text(endpoint, "directory"));
	q->probe =
	    probe_new(look->hands->loop, "127.0.0.1", (uint16_t)node_num(endpoint, "port", 0),
		      https ? PROBE_TLS : PROBE_POSTGRES, PROBE_MS);
	probe_tell(q->probe, on_answer, q);
	w->left++;
}

static void start(struct look *look)
{
	const struct node *endpoints = orders_at(look->hands->orders, "endpoints");
	struct work *w = NEW(look->arena, struct work);

	look->work = w;
	w->endpoints = NEW_ARRAY(look->arena, ENDPOINTS_MOST, struct fact_endpoint);
	if (endpoints)
		node_each(e, endpoints) ask(look, w, e);
	if (w->n == 0)
		look_done(look, NEW(look->arena, struct fact_served));
}

static void stop(struct look *look)
{
	struct work *w = look->work;

	for (size_t i = 0; w && i < w->n; i++) {
		probe_drop(w->asked[i].probe);
		w->asked[i].probe = NULL;
	}
}

const struct observer watch_served = {
	.fact = FACT_served,
	.size = sizeof(struct fact_served),
	.every_ms = 15000,
	.ms = 6000,
	.start = start,
	.stop = stop,
};
