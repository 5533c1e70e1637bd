/* SPDX-License-Identifier: Apache-2.0 */
/* guests.c: the record of each guest, one after the other. One that is not there is left out. */
#include "facts/guests.h"

#include "watch/watch.h"

enum { ASK_MS = 10000 };

struct work {
	struct fact_guest *items; /* found, then to be asked for */
	size_t n, at, all;
};

static void ask(struct look *look);

static void on_record(void *owner, const struct api_answer *answer)
{
	struct look *look = owner;
	struct work *w = look->work;
	struct fact_guest *g = &w->items[w->n];
	const struct node *meta = node_at(answer->body, "metadata");
	const struct node *status = node_at(answer->body, "status");

	if (answer->outcome != API_FINE && answer->outcome != API_MISSING) {
		look_failed(look, answer->message);
		return;
	}
	if (answer->outcome == API_FINE) {
		*g = w->items[w->at];
		g->version = arena_str(look->arena, node_text(meta, "resourceVersion"));
		g->generation = node_num(meta, "generation", 0);
		g->status = status ? node_deep(look->arena, status) : NULL;
		w->n++;
	}
	w->at++;
	ask(look);
}

static void ask(struct look *look)
{
	struct work *w = look->work;
	struct fact_guests *fact;
	struct str path;

	if (w->at < w->all) {
		path = arena_fmt(look->arena,
				 "/apis/howdah.dev/v1alpha1/namespaces/%s/postgresdatabases/%s",
				 w->items[w->at].namespace.p, w->items[w->at].name.p);
		api_send(look->hands->api,
			 &(struct api_call){ "GET", path.p, API_JSON, NULL, ASK_MS, false },
			 on_record, look);
		return;
	}
	fact = NEW(look->arena, struct fact_guests);
	*fact = (struct fact_guests){ w->items, w->n };
	look_done(look, fact);
}

/* A copy of the names: the orders may change while the look is under way. */
static void start(struct look *look)
{
	const struct node *list = orders_at(look->hands->orders, "databases");
	struct work *w = NEW(look->arena, struct work);

	look->work = w;
	w->items = NEW_ARRAY(look->arena, node_count(list) + 1, struct fact_guest);
	for (const struct node *d = list ? list->kids : NULL; d; d = d->next) {
		const struct node *guest = node_at(d, "guest");

		if (guest)
			w->items[w->all++] = (struct fact_guest){
				.namespace = arena_str(look->arena, node_text(guest, "namespace")),
				.name = arena_str(look->arena, node_text(guest, "name")),
			};
	}
	ask(look);
}

const struct observer watch_guests = {
	.fact = FACT_guests,
	.size = sizeof(struct fact_guests),
	.every_ms = 60000,
	.ms = 120000,
	.leader = true,
	.start = start,
};
