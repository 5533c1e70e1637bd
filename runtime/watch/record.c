/* SPDX-License-Identifier: Apache-2.0 */
/* record.c: the cluster's record: its generation, and what its status says now. */
#include "facts/record.h"

#include "watch/watch.h"

enum { ASK_MS = 10000 };

static void on_record(void *owner, const struct api_answer *answer)
{
	struct look *look = owner;
	struct fact_record *fact = NEW(look->arena, struct fact_record);
	const struct node *meta = node_at(answer->body, "metadata");
	const struct node *status = node_at(answer->body, "status");

	if (answer->outcome != API_FINE) {
		look_failed(look, answer->message);
		return;
	}
	fact->uid = arena_str(look->arena, node_text(meta, "uid"));
	fact->version = arena_str(look->arena, node_text(meta, "resourceVersion"));
	fact->generation = node_num(meta, "generation", 0);
	fact->status = status ? node_deep(look->arena, status) : NULL;
	look_done(look, fact);
}

static void start(struct look *look)
{
	struct str path =
	    arena_fmt(look->arena, "/apis/howdah.dev/v1alpha1/namespaces/%s/postgresclusters/%s",
		      look->hands->orders->namespace.p, look->hands->orders->name.p);

	api_send(look->hands->api,
		 &(struct api_call){ "GET", path.p, API_JSON, NULL, ASK_MS, false }, on_record,
		 look);
}

const struct observer watch_record = {
	.fact = FACT_record,
	.size = sizeof(struct fact_record),
	.every_ms = 60000,
	.ms = 15000,
	.leader = true,
	.start = start,
};
