/* SPDX-License-Identifier: Apache-2.0 */
/* objects.c: looking objects up and matching selectors. */
#include "link/objects.h"

#include <stdarg.h>
#include <stdio.h>

/* Written by Patroni into its own pod's labels; no template carries it (spilo-patroni contract,
 * KUBERNETES_ROLE_LABEL). */
#define ROLE_LABEL "howdah.dev/role"

enum { REPORT_MOST = 600 };

struct str link_own_name(const struct node *object)
{
	return node_text(node_at(object, "metadata"), "name");
}

struct str link_namespace(const struct node *object)
{
	return node_text(node_at(object, "metadata"), "namespace");
}

struct str link_name(const struct link_input *in, const struct node *object)
{
	struct str name = link_own_name(object);

	return arena_fmt(in->arena, "%s %s", node_text(object, "kind").p,
			 name.n ? name.p : "without a name");
}

static size_t slot_of(const struct link_index *x, struct str kind, struct str namespace,
		      struct str name)
{
	size_t at =
	    (str_hash(kind) ^ (str_hash(namespace) * 31) ^ (str_hash(name) * 131)) & x->mask;

	while (x->table[at] && !(str_eq(node_text(x->table[at], "kind"), kind) &&
				 str_eq(link_own_name(x->table[at]), name) &&
				 str_eq(link_namespace(x->table[at]), namespace)))
		at = (at + 1) & x->mask;
	return at;
}

const struct node *link_find(const struct link_input *in, const char *kind, struct str namespace,
			     struct str name)
{
	return in->index->table[slot_of(in->index, str_of(kind), namespace, name)];
}

static void hash_objects(const struct link_input *in, struct link_index *x)
{
	size_t size = 16;

	while (size < 2 * in->n)
		size *= 2;
	x->table = NEW_ARRAY(in->arena, size, const struct node *);
	x->mask = size - 1;
	for (size_t i = 0; i < in->n; i++) {
		const struct node *o = in->objects[i];

		x->table[slot_of(x, node_text(o, "kind"), link_namespace(o), link_own_name(o))] = o;
	}
}

static const struct node *pod_of(const struct node *object)
{
	const struct node *spec = node_at(object, "spec");

	if (str_is(node_text(object, "kind"), "CronJob"))
		spec = node_at(node_at(spec, "jobTemplate"), "spec");
	return node_at(spec, "template");
}

static const char *const container_lists[] = { "initContainers", "containers" };

static void index_pods(const struct link_input *in, struct link_index *x)
{
	size_t n = 0, at = 0;

	x->pods = NEW_ARRAY(in->arena, in->n + 1, struct link_pod);
	for (size_t i = 0; i < in->n; i++) {
		const struct node *o = in->objects[i], *pod = pod_of(o);

		if (!pod)
			continue;
		x->pods[x->n_pods++] =
		    (struct link_pod){ o, pod, node_at(node_at(pod, "metadata"), "labels"),
				       node_at(node_at(o, "spec"), "volumeClaimTemplates"),
				       link_namespace(o) };
		for (size_t k = 0; k < 2; k++)
			n += node_count(node_at(node_at(pod, "spec"), container_lists[k]));
	}
	x->containers = NEW_ARRAY(in->arena, n + 1, struct link_container);
	for (size_t i = 0; i < 2 * x->n_pods; i++) {
		const struct link_pod *p = &x->pods[i / 2];
		const struct node *list = node_at(node_at(p->pod, "spec"), container_lists[i % 2]);

		for (const struct node *c = link_first(list); c; c = c->next)
			x->containers[at++] = (struct link_container){ p, c };
	}
	x->n_containers = at;
}

/* The name of the Secret that object makes, or an empty slice. */
static struct str secret_of(const struct node *object)
{
	struct str kind = node_text(object, "kind");
	const struct node *spec = node_at(object, "spec"), *target = node_at(spec, "target");

	if (str_is(kind, "Secret"))
		return link_own_name(object);
	if (str_is(kind, "Certificate"))
		return node_text(spec, "secretName");
	if (!str_is(kind, "ExternalSecret"))
		return (struct str){ "", 0 };
	return node_at(target, "name") ? node_text(target, "name") : link_own_name(object);
}

static void index_secrets(const struct link_input *in, struct link_index *x)
{
	x->secrets = NEW_ARRAY(in->arena, in->n + 1, struct link_secret);
	for (size_t i = 0; i < in->n; i++) {
		const struct node *o = in->objects[i];
		struct str name = secret_of(o);

		if (name.n)
			x->secrets[x->n_secrets++] =
			    (struct link_secret){ link_namespace(o), name, o };
	}
}

const struct link_index *link_index(const struct link_input *in)
{
	struct link_index *x = NEW(in->arena, struct link_index);

	x->memo = NEW_ARRAY(in->arena, LINK_MEMO, struct slot_memo);
	hash_objects(in, x);
	index_pods(in, x);
	index_secrets(in, x);
	link_configs(in, x);
	return x;
}

const struct link_secret *link_secret(const struct link_input *in, struct str namespace,
				      struct str name)
{
	for (size_t i = 0; i < in->index->n_secrets; i++) {
		const struct link_secret *s = &in->index->secrets[i];

		if (str_eq(s->name, name) && str_eq(s->namespace, namespace))
			return s;
	}
	return NULL;
}

static bool matches_labels(const struct node *want, const struct node *labels)
{
	node_each(w, want)
	{
		const struct node *has = node_get(labels, w->key);

		if (str_is(w->key, ROLE_LABEL))
			continue;
		if (!has || !node_eq(has, w))
			return false;
	}
	return true;
}

static bool in_values(const struct node *values, const struct node *has)
{
	if (values && has)
		node_each(v, values) if (str_eq(v->text, has->text)) return true;
	return false;
}

static bool matches_expression(const struct node *e, const struct node *labels)
{
	struct str op = node_text(e, "operator"), key = node_text(e, "key");
	const struct node *has = node_get(labels, key), *values = node_at(e, "values");

	if (str_is(key, ROLE_LABEL))
		return true;
	if (str_is(op, "In"))
		return in_values(values, has);
	if (str_is(op, "NotIn"))
		return !in_values(values, has);
	return str_is(op, "Exists") ? has != NULL : has == NULL;
}

bool link_selects(const struct node *selector, const struct node *labels)
{
	const struct node *want = node_at(selector, "matchLabels");
	const struct node *expressions = node_at(selector, "matchExpressions");

	if (!selector)
		return false;
	if (!want && !expressions)
		return matches_labels(selector, labels);
	if (want && !matches_labels(want, labels))
		return false;
	for (const struct node *e = link_first(expressions); e; e = e->next)
		if (!matches_expression(e, labels))
			return false;
	return true;
}

const struct node *link_selector(const struct node *object)
{
	struct str kind = node_text(object, "kind");
	const struct node *spec = node_at(object, "spec");

	if (str_is(kind, "NetworkPolicy"))
		return node_at(spec, "podSelector");
	if (str_is(kind, "Service") || str_is(kind, "PodDisruptionBudget") ||
	    str_is(kind, "PodMonitor"))
		return node_at(spec, "selector");
	return NULL;
}

int64_t link_most_pods(const struct link_input *in, const struct node *set)
{
	int64_t most = node_num(node_at(set, "spec"), "replicas", 0);

	for (size_t i = 0; i < in->n; i++) {
		const struct node *o = in->objects[i], *spec = node_at(o, "spec");
		const struct node *target = node_at(spec, "scaleTargetRef");

		if (str_is(node_text(o, "kind"), "ScaledObject") &&
		    str_eq(node_text(target, "name"), link_own_name(set)) &&
		    str_eq(link_namespace(o), link_namespace(set)) &&
		    node_num(spec, "maxReplicaCount", 0) > most)
			most = node_num(spec, "maxReplicaCount", 0);
	}
	return most;
}

void link_report(const struct link_input *in, const struct link_check *self, const struct node *at,
		 const char *fmt, ...)
{
	char text[REPORT_MOST];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	diag_error(in->diags, MSG_link, at->pos, "%s", text);
	diag_rule(in->diags, arena_fmt(in->arena, "link-%s", self->id));
	source_notes(in->diags, at, "the value comes from here");
}

const struct node *link_written(const struct link_input *in, const struct link_config *c,
				const struct path *path, const struct node *value)
{
	static const char *const above[] = { "spec", "patroni", "dynamic" };
	struct path_step *steps = NEW_ARRAY(in->arena, path->n + 3, struct path_step);
	struct path all = { 0, steps };

	if (!value || !c->at->from)
		return c->at;
	for (size_t i = 0; i < 3 && c->dynamic; i++)
		steps[all.n++] = (struct path_step){ .key = str_of(above[i]) };
	for (size_t i = 0; i < path->n; i++)
		steps[all.n++] = path->steps[i];
	return sources_match(sources_of(in->arena, c->at), &all, value);
}

const struct node *link_parameter_written(const struct link_input *in, const struct link_config *c,
					  const struct node *parameter)
{
	const struct path_step steps[] = { { .key = str_of("postgresql") },
					   { .key = str_of("parameters") },
					   { .key = parameter->key } };

	return link_written(in, c, &(struct path){ 3, steps }, parameter);
}
