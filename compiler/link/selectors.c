/* SPDX-License-Identifier: Apache-2.0 */
/* selectors.c: selectors match pods that exist, workloads exactly their own. */
#include "link/checks.h"
#include "link/objects.h"

static const struct node *labels_of(const struct link_pod *p)
{
	return node_at(node_at(p->pod, "metadata"), "labels");
}

/* Pods of object's namespace that selector matches; *other is one that is not object's own. */
static size_t matched(const struct link_pods *pods, const struct node *object,
		      const struct node *selector, const struct node **other)
{
	size_t n = 0;

	for (size_t i = 0; i < pods->n; i++) {
		const struct link_pod *p = &pods->list[i];

		if (!str_eq(link_namespace(p->owner), link_namespace(object)) ||
		    !link_selects(selector, labels_of(p)))
			continue;
		n++;
		if (p->owner != object)
			*other = p->owner;
	}
	return n;
}

static void workload(const struct link_input *in, const struct link_check *self,
		     const struct link_pods *pods, const struct node *o)
{
	const struct node *selector = node_at(node_at(o, "spec"), "selector"), *other = NULL;

	if (!selector)
		return;
	if (!matched(pods, o, selector, &other))
		link_report(in, self, selector, "the selector of %s does not match its own pods",
			    link_name(in, o).p);
	if (other)
		link_report(in, self, selector, "the selector of %s also matches the pods of %s",
			    link_name(in, o).p, link_name(in, other).p);
}

/* The selector of an object that speaks about pods made by others. */
static const struct node *selector_of(const struct node *o)
{
	struct str kind = node_text(o, "kind");
	const struct node *spec = node_at(o, "spec");

	if (str_is(kind, "NetworkPolicy"))
		return node_at(spec, "podSelector");
	if (str_is(kind, "Service") || str_is(kind, "PodDisruptionBudget") ||
	    str_is(kind, "PodMonitor"))
		return node_at(spec, "selector");
	return NULL;
}

void check_selectors(const struct link_input *in, const struct link_check *self)
{
	struct link_pods pods = link_pods(in);

	for (size_t i = 0; i < in->n; i++) {
		const struct node *o = in->objects[i], *selector = selector_of(o), *other = NULL;
		struct str kind = node_text(o, "kind");

		if (str_is(kind, "StatefulSet") || str_is(kind, "Deployment"))
			workload(in, self, &pods, o);
		else if (selector && !matched(&pods, o, selector, &other))
			link_report(in, self, selector,
				    "the selector of %s matches no pod of this cluster",
				    link_name(in, o).p);
	}
}
