/* SPDX-License-Identifier: Apache-2.0 */
/* scaler.c: may read replicas be added? */
#include "facts/scaler.h"

#include "watch/watch.h"

enum { ASK_MS = 10000 };

static void on_scaler(void *owner, const struct api_answer *answer)
{
	struct look *look = owner;
	struct fact_scaler *fact = NEW(look->arena, struct fact_scaler);
	const struct node *meta = node_at(answer->body, "metadata");
	const struct node *notes = node_at(meta, "annotations");

	if (answer->outcome != API_FINE && answer->outcome != API_MISSING) {
		look_failed(look, answer->message);
		return;
	}
	fact->there = answer->outcome == API_FINE;
	fact->version = arena_str(look->arena, node_text(meta, "resourceVersion"));
	fact->paused = str_is(node_text(notes, SCALER_PAUSED), "true");
	fact->ours = node_at(notes, SCALER_OURS) != NULL;
	look_done(look, fact);
}

static void start(struct look *look)
{
	struct str name = orders_text(look->hands->orders, "objects.scaledObject");
	struct str path =
	    arena_fmt(look->arena, "/apis/keda.sh/v1alpha1/namespaces/%s/scaledobjects/%s",
		      look->hands->orders->namespace.p, name.p);

	if (name.n == 0)
		look_done(look, NEW(look->arena, struct fact_scaler));
	else
		api_send(look->hands->api,
			 &(struct api_call){ "GET", path.p, API_JSON, NULL, ASK_MS, false },
			 on_scaler, look);
}

const struct observer watch_scaler = {
	.fact = FACT_scaler,
	.size = sizeof(struct fact_scaler),
	.every_ms = 60000,
	.ms = 15000,
	.leader = true,
	.start = start,
};
