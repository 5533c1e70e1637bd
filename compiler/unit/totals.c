/* SPDX-License-Identifier: Apache-2.0 */
/* totals.c: pods, their resources, their claims. */
#include "unit/totals.h"

#include "tree/number.h"

struct amount amount_sum(struct amount a, struct amount b)
{
	return (struct amount){ a.cpu + b.cpu, a.memory + b.memory, a.storage + b.storage,
				a.claims + b.claims, a.pods + b.pods };
}

static int64_t larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

struct amount amount_max(struct amount a, struct amount b)
{
	return (struct amount){ larger(a.cpu, b.cpu), larger(a.memory, b.memory),
				larger(a.storage, b.storage), larger(a.claims, b.claims),
				larger(a.pods, b.pods) };
}

static struct amount times(struct amount a, int64_t n)
{
	return (struct amount){ a.cpu * n, a.memory * n, a.storage * n, a.claims * n, a.pods * n };
}

int64_t totals_milli(const struct node *map, const char *key)
{
	const struct node *n = node_at(map, key);
	struct quantity q = { 0 };

	if (n && n->kind == NODE_INT)
		return n->num * 1000;
	return n && n->kind == NODE_STR && !quantity_parse(n->text, &q) ? q.milli : 0;
}

static struct amount container(const struct node *c)
{
	const struct node *resources = node_at(c, "resources");
	const struct node *limits = node_at(resources, "limits"),
			  *requests = node_at(resources, "requests");

	return (struct amount){
		.cpu = larger(totals_milli(limits, "cpu"), totals_milli(requests, "cpu")),
		.memory =
		    larger(totals_milli(limits, "memory"), totals_milli(requests, "memory")) / 1000
	};
}

static const struct node *first(const struct node *parent, const char *key)
{
	const struct node *list = node_at(parent, key);

	return list && list->kind == NODE_LIST ? list->kids : NULL;
}

static struct amount claim(const struct node *spec)
{
	const struct node *requests = node_at(node_at(spec, "resources"), "requests");

	return (struct amount){ .storage = totals_milli(requests, "storage") / 1000, .claims = 1 };
}

/* As the scheduler counts: sidecars run beside all that starts after them, other init containers
 * one at a time before the rest. */
static struct amount pod(const struct node *template)
{
	const struct node *spec = node_at(template, "spec");
	struct amount peak = { 0 }, running = { .pods = 1 };

	for (const struct node *c = first(spec, "initContainers"); c; c = c->next) {
		struct amount with = amount_sum(running, container(c));

		if (str_is(node_text(c, "restartPolicy"), "Always"))
			running = with;
		else
			peak = amount_max(peak, with);
	}
	for (const struct node *c = first(spec, "containers"); c; c = c->next)
		running = amount_sum(running, container(c));
	peak = amount_max(peak, running);
	for (const struct node *v = first(spec, "volumes"); v; v = v->next) {
		const struct node *own = node_at(node_at(v, "ephemeral"), "volumeClaimTemplate");

		if (own)
			peak = amount_sum(peak, claim(node_at(own, "spec")));
	}
	return peak;
}

static struct str name_of(const struct node *object)
{
	return node_text(node_at(object, "metadata"), "name");
}

static bool is_kind(const struct object *o, const char *kind)
{
	return str_is(node_text(o->node, "kind"), kind);
}

/* Most pods that set ever has: what it asks for, what a scaler may make of it, what the record
 * plans. */
static int64_t most_pods(const struct compiled *made, const struct node *set)
{
	const struct node *sets = node_at(node_at(made->facts, "members"), "sets");
	int64_t most = node_num(node_at(set, "spec"), "replicas", 0);

	for (size_t i = 0; i < made->n; i++) {
		const struct node *spec = node_at(made->objects[i].node, "spec");

		if (is_kind(&made->objects[i], "ScaledObject") &&
		    str_eq(node_text(node_at(spec, "scaleTargetRef"), "name"), name_of(set)))
			most = larger(most, node_num(spec, "maxReplicaCount", 0));
	}
	for (const struct node *s = sets ? sets->kids : NULL; s; s = s->next)
		if (str_eq(node_text(s, "name"), name_of(set)) && node_flag(s, "current", false))
			most = larger(most, node_num(s, "pods", 0));
	return most;
}

/* The claim of set's pod number ordinal, where it is an object of its own, or NULL. */
static const struct node *own_claim(const struct compiled *made, const struct node *template,
				    const struct node *set, int64_t ordinal)
{
	struct buf name = { 0 };
	const struct node *found = NULL;

	buf_fmt(&name, "%s-%s-%lld", name_of(template).p, name_of(set).p, (long long)ordinal);
	for (size_t i = 0; i < made->n && !found; i++)
		if (is_kind(&made->objects[i], "PersistentVolumeClaim") &&
		    str_eq(name_of(made->objects[i].node), buf_view(&name)))
			found = made->objects[i].node;
	buf_release(&name);
	return found;
}

/* The claims that one pod of set brings with it: as large as those that stand. */
static struct amount pod_claims(const struct compiled *made, const struct node *set)
{
	struct amount sum = { 0 };

	for (const struct node *t = first(node_at(set, "spec"), "volumeClaimTemplates"); t;
	     t = t->next) {
		const struct node *own = own_claim(made, t, set, 0);

		sum = amount_sum(sum, claim(node_at(own ? own : t, "spec")));
	}
	return sum;
}

static struct amount set_claims(const struct compiled *made, const struct node *set, int64_t pods)
{
	struct amount sum = { 0 };

	for (const struct node *t = first(node_at(set, "spec"), "volumeClaimTemplates"); t;
	     t = t->next)
		for (int64_t n = 0; n < pods; n++)
			if (!own_claim(made, t, set, n))
				sum = amount_sum(sum, claim(node_at(t, "spec")));
	return sum;
}

/* The claims that a restore makes anew: those of members of the running incarnation as they are
 * now. */
static bool is_restored(const struct compiled *made, struct str claim_name)
{
	const struct node *claims = node_at(node_at(made->facts, "members"), "claims");

	for (const struct node *c = claims ? claims->kids : NULL; c; c = c->next)
		if (str_eq(node_text(c, "name"), claim_name))
			return node_flag(c, "current", false);
	return false;
}

static void add_set(const struct compiled *made, const struct node *set, struct totals *t)
{
	int64_t pods = most_pods(made, set);
	struct amount one = pod(node_at(node_at(set, "spec"), "template"));

	t->most = amount_sum(t->most, times(one, pods));
	t->most = amount_sum(t->most, set_claims(made, set, pods));
	if (pods)
		t->instance = amount_max(t->instance, amount_sum(one, pod_claims(made, set)));
}

static void add(const struct compiled *made, const struct object *o, struct totals *t)
{
	const struct node *spec = node_at(o->node, "spec");

	if (is_kind(o, "StatefulSet") || is_kind(o, "Deployment"))
		add_set(made, o->node, t);
	if (is_kind(o, "CronJob"))
		t->drill = amount_max(
		    t->drill,
		    pod(node_at(node_at(node_at(spec, "jobTemplate"), "spec"), "template")));
	if (!is_kind(o, "PersistentVolumeClaim"))
		return;
	t->most = amount_sum(t->most, claim(spec));
	if (is_restored(made, name_of(o->node)))
		t->restore = amount_sum(t->restore, claim(spec));
}

struct totals totals_of(const struct compiled *made)
{
	struct str own = made->resolved.place.namespace;
	struct totals t = { 0 };

	for (size_t i = 0; i < made->n; i++)
		if (str_eq(node_text(node_at(made->objects[i].node, "metadata"), "namespace"), own))
			add(made, &made->objects[i], &t);
	return t;
}
