/* SPDX-License-Identifier: Apache-2.0 */
/* objects.c: looking objects up and matching selectors. */
#include "link/objects.h"

#include <stdarg.h>
#include <stdio.h>

/* Written by Patroni into its own pod's labels; no template carries it (spilo-patroni contract,
 * KUBERNETES_ROLE_LABEL). */
#define ROLE_LABEL "howdah.dev/role"

enum { REPORT_MOST = 600, NOTES_MOST = 3 };

struct str link_namespace(const struct node *object)
{
	return node_text(node_at(object, "metadata"), "namespace");
}

struct str link_name(const struct link_input *in, const struct node *object)
{
	return arena_fmt(in->arena, "%s %s", node_text(object, "kind").p,
			 node_text(node_at(object, "metadata"), "name").p);
}

const struct node *link_find(const struct link_input *in, const char *kind, struct str namespace,
			     struct str name)
{
	for (size_t i = 0; i < in->n; i++) {
		const struct node *o = in->objects[i];

		if (str_is(node_text(o, "kind"), kind) && str_eq(link_namespace(o), namespace) &&
		    str_eq(node_text(node_at(o, "metadata"), "name"), name))
			return o;
	}
	return NULL;
}

static const struct node *pod_of(const struct node *object)
{
	const struct node *spec = node_at(object, "spec");

	if (str_is(node_text(object, "kind"), "CronJob"))
		spec = node_at(node_at(spec, "jobTemplate"), "spec");
	return node_at(spec, "template");
}

struct link_pods link_pods(const struct link_input *in)
{
	struct link_pods pods = { .list = NEW_ARRAY(in->arena, in->n + 1, struct link_pod) };

	for (size_t i = 0; i < in->n; i++) {
		const struct node *o = in->objects[i], *pod = pod_of(o);

		if (pod)
			pods.list[pods.n++] = (struct link_pod){
				o, pod, node_at(node_at(o, "spec"), "volumeClaimTemplates")
			};
	}
	return pods;
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
	for (const struct node *e = expressions ? expressions->kids : NULL; e; e = e->next)
		if (!matches_expression(e, labels))
			return false;
	return true;
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
	for (size_t i = 0; at->from && i < at->from->n && i < NOTES_MOST; i++)
		if (at->from->nodes[i]->pos.file)
			diag_note(in->diags, at->from->nodes[i]->pos, "the value comes from here");
}

void link_containers(const struct node *pod_spec,
		     void (*f)(void *arg, const struct node *container), void *arg)
{
	static const char *const lists[] = { "initContainers", "containers" };

	for (size_t i = 0; i < 2; i++) {
		const struct node *list = node_at(pod_spec, lists[i]);

		for (const struct node *c = list ? list->kids : NULL; c; c = c->next)
			f(arg, c);
	}
}
