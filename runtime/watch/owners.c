/* SPDX-License-Identifier: Apache-2.0 */
/* owners.c: the StatefulSet's uid, then the owners of each of Patroni's ConfigMaps. */
#include "facts/owners.h"

#include "watch/watch.h"

enum { ASK_MS = 10000, ORPHANS_MOST = 8 };

struct work {
	struct fact_owners fact;
	struct fact_orphan orphans[ORPHANS_MOST];
	const struct node *next; /* of the orders' list of ConfigMaps */
	struct str name;         /* that is being asked for */
};

static void ask_next(struct look *look);

static bool is_owned(const struct node *meta, struct str uid)
{
	const struct node *owners = node_at(meta, "ownerReferences");

	if (owners)
		node_each(o, owners) if (str_eq(node_text(o, "uid"), uid)) return true;
	return false;
}

static void on_map(void *owner, const struct api_answer *answer)
{
	struct look *look = owner;
	struct work *w = look->work;
	const struct node *meta = node_at(answer->body, "metadata");

	/* Patroni makes some of them only when they are needed */
	if (answer->outcome != API_FINE && answer->outcome != API_MISSING) {
		look_failed(look, answer->message);
		return;
	}
	if (meta && !is_owned(meta, w->fact.uid) && w->fact.n < ORPHANS_MOST)
		w->orphans[w->fact.n++] = (struct fact_orphan){
			w->name,
			arena_str(look->arena, node_text(meta, "resourceVersion")),
		};
	ask_next(look);
}

static void ask_next(struct look *look)
{
	struct work *w = look->work;
	struct str path;

	if (!w->next) {
		look_done(look, &w->fact);
		return;
	}
	w->name = w->next->text;
	w->next = w->next->next;
	path = arena_fmt(look->arena, "/api/v1/namespaces/%s/configmaps/%s",
			 look->facts->self.namespace.p, w->name.p);
	api_send(look->hands->api,
		 &(struct api_call){ "GET", path.p, API_JSON, NULL, ASK_MS, false }, on_map, look);
}

static void on_set(void *owner, const struct api_answer *answer)
{
	struct look *look = owner;
	struct work *w = look->work;

	if (answer->outcome != API_FINE) {
		look_failed(look, answer->message);
		return;
	}
	w->fact.uid = arena_str(look->arena, node_text(node_at(answer->body, "metadata"), "uid"));
	ask_next(look);
}

/* A copy of the names: the orders may change while the look is under way. */
static void start(struct look *look)
{
	struct work *w = NEW(look->arena, struct work);
	const struct node *maps = orders_at(look->hands->orders, "objects.patroni");
	struct str path;

	look->work = w;
	w->fact.set =
	    arena_str(look->arena, orders_text(look->hands->orders, "objects.statefulSet"));
	w->fact.orphans = w->orphans;
	w->next = maps ? node_deep(look->arena, maps)->kids : NULL;
	path = arena_fmt(look->arena, "/apis/apps/v1/namespaces/%s/statefulsets/%s",
			 look->facts->self.namespace.p, w->fact.set.p);
	api_send(look->hands->api,
		 &(struct api_call){ "GET", path.p, API_JSON, NULL, ASK_MS, false }, on_set, look);
}

const struct observer watch_owners = {
	.fact = FACT_owners,
	.size = sizeof(struct fact_owners),
	.every_ms = 600000,
	.ms = 60000,
	.leader = true,
	.start = start,
};
