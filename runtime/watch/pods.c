/* SPDX-License-Identifier: Apache-2.0 */
/* pods.c: pods, the StatefulSet while a pod is outdated, the lock while two claim to lead or this
 * member does not. */
#include "facts/pods.h"

#include "tree/json_in.h"
#include "tree/number.h"
#include "watch/watch.h"

enum { ASK_MS = 10000, LAPSE_MS = 60000 };

static int64_t seconds_of(struct str time)
{
	struct instant at;

	return time_parse(time, &at) ? 0 : at.seconds;
}

/* The item of list whose key is value, or NULL. */
static const struct node *item(const struct node *list, const char *key, const char *value)
{
	if (list)
		node_each(n, list) if (str_is(node_text(n, key), value)) return n;
	return NULL;
}

static int ordinal_of(struct str name)
{
	size_t dash = name.n;
	int64_t v;

	while (dash > 0 && name.p[dash - 1] != '-')
		dash--;
	return str_int(str_cut(name, dash, name.n), &v) && v >= 0 && v < 1000 ? (int)v : -1;
}

/* A native sidecar is an init container that is restarted always. */
static void fill_sidecars(struct arena *a, struct fact_pod *p, const struct node *pod)
{
	const struct node *list = node_at(node_at(pod, "spec"), "initContainers");
	const struct node *states = node_at(node_at(pod, "status"), "initContainerStatuses");
	struct fact_sidecar *s = NEW_ARRAY(a, node_count(list) + 1, struct fact_sidecar);

	p->sidecars = s;
	for (const struct node *n = list ? list->kids : NULL; n; n = n->next) {
		const struct node *is = item(states, "name", node_text(n, "name").p);
		const struct node *runs = node_at(node_at(is, "state"), "running");

		if (!str_is(node_text(n, "restartPolicy"), "Always"))
			continue;
		s[p->n_sidecars].container = arena_str(a, node_text(n, "name"));
		s[p->n_sidecars].image = arena_str(a, node_text(n, "image"));
		s[p->n_sidecars].id =
		    runs ? arena_str(a, node_text(is, "containerID")) : str_of("");
		s[p->n_sidecars].since = seconds_of(node_text(runs, "startedAt"));
		p->n_sidecars++;
	}
}

/* What an agent noted on the pod; a note that is none counts as none. */
static void fill_update(struct arena *a, struct fact_update *u, const struct node *notes)
{
	const char *why = "";
	const struct node *n =
	    json_read(a, node_text(notes, SIDECAR_UPDATE), (struct pos){ 0 }, &why);

	u->container = arena_str(a, node_text(n, "container"));
	u->image = arena_str(a, node_text(n, "image"));
	u->was = arena_str(a, node_text(n, "was"));
	u->id = arena_str(a, node_text(n, "id"));
	u->at = seconds_of(node_text(n, "at"));
	u->refused = arena_str(a, node_text(notes, SIDECAR_REFUSED));
}

static void fill_pod(struct arena *a, struct fact_pod *p, const struct node *n)
{
	const struct node *meta = node_at(n, "metadata"), *labels = node_at(meta, "labels");
	const struct node *status = node_at(n, "status");
	const struct node *ready = item(node_at(status, "conditions"), "type", "Ready");
	const struct node *agent = item(node_at(status, "initContainerStatuses"), "name", "agent");

	p->name = arena_str(a, node_text(meta, "name"));
	p->uid = arena_str(a, node_text(meta, "uid"));
	p->version = arena_str(a, node_text(meta, "resourceVersion"));
	p->set = arena_str(a, node_text(labels, "howdah.dev/set"));
	p->role = arena_str(a, node_text(labels, "howdah.dev/role"));
	p->hash = arena_str(a, node_text(node_at(meta, "annotations"), "howdah.dev/template-hash"));
	p->ordinal = ordinal_of(p->name);
	p->ready = str_is(node_text(ready, "status"), "True");
	p->ready_changed = seconds_of(node_text(ready, "lastTransitionTime"));
	if (!p->ready_changed)
		p->ready_changed = seconds_of(node_text(meta, "creationTimestamp"));
	p->deleting = node_text(meta, "deletionTimestamp").n > 0;
	p->agent_ready = node_flag(agent, "ready", false);
	fill_sidecars(a, p, n);
	fill_update(a, &p->update, node_at(meta, "annotations"));
}

/* The list is sorted by name, as the API server sorts it. Pods of no set are poolers and jobs. */
static void fill(struct look *look, struct fact_pods *fact, const struct node *items)
{
	struct fact_pod *p = NEW_ARRAY(look->arena, node_count(items) + 1, struct fact_pod);

	fact->pods = p;
	if (items)
		node_each(n, items)
		{
			fill_pod(look->arena, &p[fact->n], n);
			if (p[fact->n].set.n > 0)
				fact->n++;
		}
}

static void on_lock(void *owner, const struct api_answer *answer)
{
	struct look *look = owner;
	struct fact_pods *fact = look->work;
	const struct fact_pods *old = facts_pods(look->facts);
	const struct node *notes = node_at(node_at(answer->body, "metadata"), "annotations");
	struct moment now = clock_now();

	if (answer->outcome != API_FINE && answer->outcome != API_MISSING) {
		look_failed(look, answer->message);
		return;
	}
	fact->holder = arena_str(look->arena, node_text(notes, "leader"));
	fact->renewed = arena_str(look->arena, node_text(notes, "renewTime"));
	/* by no clock but ours; while nobody looked, it may have been renewed, or could not be */
	if (str_eq(fact->renewed, old->renewed) &&
	    facts_fresh(look->facts, FACT_pods, now, LAPSE_MS))
		fact->renewed_ms = old->renewed_ms;
	else
		fact->renewed_ms = now.ms;
	look_done(look, fact);
}

/* Two pods with the primary's label: who is the real one? And who does not lead learns from the
 * lock that somebody does, when its Patroni does not tell. */
static void ask_lock(struct look *look)
{
	struct fact_pods *fact = look->work;
	struct str path = arena_fmt(look->arena, "/api/v1/namespaces/%s/configmaps/%s",
				    look->facts->self.namespace.p,
				    orders_text(look->hands->orders, "objects.leaderLock").p);
	const struct round *r = engine_round(look->engine);
	size_t leaders = 0;

	for (size_t i = 0; i < fact->n; i++)
		leaders += str_is(fact->pods[i].role, "primary");
	if (leaders < 2 && r && r->leads) {
		fact->renewed_ms = clock_now().ms;
		look_done(look, fact);
		return;
	}
	api_send(look->hands->api,
		 &(struct api_call){ "GET", path.p, API_JSON, NULL, ASK_MS, false }, on_lock, look);
}

static void on_set(void *owner, const struct api_answer *answer)
{
	struct look *look = owner;
	struct fact_pods *fact = look->work;
	const struct node *template = node_at(node_at(answer->body, "spec"), "template");
	const struct node *notes = node_at(node_at(template, "metadata"), "annotations");

	if (answer->outcome != API_FINE && answer->outcome != API_MISSING) {
		look_failed(look, answer->message);
		return;
	}
	fact->set_hash = arena_str(look->arena, node_text(notes, "howdah.dev/template-hash"));
	ask_lock(look);
}

static bool is_outdated(const struct fact_pods *fact, const struct orders *orders)
{
	struct str set = orders_text(orders, "objects.statefulSet");
	struct str hash = orders_text(orders, "template.hash");

	for (size_t i = 0; i < fact->n; i++)
		if (str_eq(fact->pods[i].set, set) && !str_eq(fact->pods[i].hash, hash))
			return true;
	return false;
}

static void on_pods(void *owner, const struct api_answer *answer)
{
	struct look *look = owner;
	struct fact_pods *fact = look->work;
	struct str path = arena_fmt(look->arena, "/apis/apps/v1/namespaces/%s/statefulsets/%s",
				    look->facts->self.namespace.p,
				    orders_text(look->hands->orders, "objects.statefulSet").p);

	if (answer->outcome != API_FINE) {
		look_failed(look, answer->message);
		return;
	}
	fill(look, fact, node_at(answer->body, "items"));
	if (!is_outdated(fact, look->hands->orders)) {
		fact->set_hash =
		    arena_str(look->arena, orders_text(look->hands->orders, "template.hash"));
		ask_lock(look);
		return;
	}
	api_send(look->hands->api,
		 &(struct api_call){ "GET", path.p, API_JSON, NULL, ASK_MS, false }, on_set, look);
}

static void start(struct look *look)
{
	struct fact_pods *fact = NEW(look->arena, struct fact_pods);
	struct str path = arena_fmt(look->arena,
				    "/api/v1/namespaces/%s/pods?labelSelector=howdah.dev%%2F"
				    "cluster%%3D%s",
				    look->facts->self.namespace.p, look->hands->orders->name.p);

	fact->set_hash = fact->holder = fact->renewed = str_of("");
	look->work = fact;
	api_send(look->hands->api,
		 &(struct api_call){ "GET", path.p, API_JSON, NULL, ASK_MS, false }, on_pods, look);
}

const struct observer watch_pods = {
	.fact = FACT_pods,
	.size = sizeof(struct fact_pods),
	.every_ms = 15000,
	.ms = 30000,
	.leader = true,
	.start = start,
};
