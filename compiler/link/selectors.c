/* SPDX-License-Identifier: Apache-2.0 */
/* selectors.c: selectors match the pods meant, by labels that never change. */
#include "link/checks.h"
#include "link/objects.h"

/* Labels that tell a cluster and its parts apart for all of its life: each value holds the
 * cluster's name. */
static const char *const identities[] = { "howdah.dev/cluster", "howdah.dev/scope",
					  "howdah.dev/set", "howdah.dev/workload" };

/* Labels that may stand beside these: written by Patroni, or constant for a kind of pod. */
static const char *const constants[] = { "howdah.dev/role", "app.kubernetes.io/component",
					 "app.kubernetes.io/managed-by",
					 "app.kubernetes.io/part-of" };

static bool in_table(const char *const *table, size_t n, struct str key)
{
	for (size_t i = 0; i < n; i++)
		if (str_is(key, table[i]))
			return true;
	return false;
}

static bool is_identity(struct str key)
{
	return in_table(identities, sizeof(identities) / sizeof(*identities), key);
}

static bool is_constant(struct str key)
{
	return in_table(constants, sizeof(constants) / sizeof(*constants), key);
}

static struct str component(const struct node *labels)
{
	return node_text(labels, "app.kubernetes.io/component");
}

/* Members of every sort are one: Services of the cluster reach all of them. */
static bool are_members(struct str component)
{
	return str_is(component, "database") || str_is(component, "read-replica") ||
	       str_is(component, "cluster");
}

/* An object that speaks about pods of one component should reach these alone. */
static bool is_meant(const struct node *object, const struct link_pod *pod)
{
	struct str ours = component(node_at(node_at(object, "metadata"), "labels"));
	struct str theirs = component(pod->labels);

	return !ours.n || !theirs.n || str_eq(ours, theirs) ||
	       (are_members(ours) && are_members(theirs));
}

/* The selector of a Service, policy, budget or monitor. */
static void reaches(const struct link_input *in, const struct link_check *self,
		    const struct node *o, const struct node *selector)
{
	size_t n = 0;

	for (size_t i = 0; i < in->index->n_pods; i++) {
		const struct link_pod *p = &in->index->pods[i];

		if (!str_eq(p->namespace, link_namespace(o)) || !link_selects(selector, p->labels))
			continue;
		n++;
		if (!is_meant(o, p))
			link_report(in, self, selector,
				    "the selector of %s also matches the pods of %s",
				    link_name(in, o).p, link_name(in, p->owner).p);
	}
	if (!n)
		link_report(in, self, selector, "the selector of %s matches no pod of this cluster",
			    link_name(in, o).p);
}

/* A workload's selector matches its own pods and no others. */
static void workload(const struct link_input *in, const struct link_check *self,
		     const struct node *o, const struct node *selector)
{
	for (size_t i = 0; i < in->index->n_pods; i++) {
		const struct link_pod *p = &in->index->pods[i];
		bool matches =
		    str_eq(p->namespace, link_namespace(o)) && link_selects(selector, p->labels);

		if (p->owner == o && !matches)
			link_report(in, self, selector,
				    "the selector of %s does not match its own pods",
				    link_name(in, o).p);
		else if (p->owner != o && matches)
			link_report(in, self, selector,
				    "the selector of %s also matches the pods of %s",
				    link_name(in, o).p, link_name(in, p->owner).p);
	}
}

/* Spread and distance that are kept from pods which are not there do nothing. */
static void spread(const struct link_input *in, const struct link_check *self,
		   const struct link_pod *p)
{
	const struct node *list = node_at(node_at(p->pod, "spec"), "topologySpreadConstraints");

	for (const struct node *t = link_first(list); t; t = t->next) {
		const struct node *selector = node_at(t, "labelSelector");

		if (selector && !link_selects(selector, p->labels))
			link_report(in, self, selector,
				    "a spread constraint of %s does not match its own pods",
				    link_name(in, p->owner).p);
	}
}

void check_selectors(const struct link_input *in, const struct link_check *self)
{
	for (size_t i = 0; i < in->n; i++) {
		const struct node *o = in->objects[i], *selector = link_selector(o);
		const struct node *own = node_at(node_at(o, "spec"), "selector");
		struct str kind = node_text(o, "kind");

		if (str_is(kind, "StatefulSet") || str_is(kind, "Deployment"))
			workload(in, self, o, own);
		else if (selector)
			reaches(in, self, o, selector);
	}
	for (size_t i = 0; i < in->index->n_pods; i++)
		spread(in, self, &in->index->pods[i]);
}

/* Keys of selector: matchLabels, matchExpressions, or a Service's plain map. */
static void judge_keys(const struct link_input *in, const struct link_check *self,
		       const struct node *o, const struct node *selector)
{
	const struct node *labels = node_at(selector, "matchLabels"),
			  *expressions = node_at(selector, "matchExpressions");
	const struct node *map = labels || expressions ? labels : selector;
	bool own = false;

	for (const struct node *l = link_first(map); l; l = l->next) {
		own = own || is_identity(l->key);
		if (!is_identity(l->key) && !is_constant(l->key))
			link_report(in, self, l,
				    "the selector of %s asks for label '%s', which may change "
				    "while pods run",
				    link_name(in, o).p, l->key.p);
	}
	for (const struct node *e = link_first(expressions); e; e = e->next) {
		struct str key = node_text(e, "key");

		own = own || is_identity(key);
		if (!is_identity(key) && !is_constant(key))
			link_report(in, self, e,
				    "the selector of %s asks for label '%s', which may change "
				    "while pods run",
				    link_name(in, o).p, key.p);
	}
	if (!own)
		link_report(in, self, selector,
			    "the selector of %s has no label that names this cluster: it would "
			    "take the pods of others in the namespace",
			    link_name(in, o).p);
}

void check_selector_labels(const struct link_input *in, const struct link_check *self)
{
	for (size_t i = 0; i < in->n; i++) {
		const struct node *o = in->objects[i], *selector = link_selector(o);
		struct str kind = node_text(o, "kind");

		if (str_is(kind, "StatefulSet") || str_is(kind, "Deployment"))
			selector = node_at(node_at(o, "spec"), "selector");
		if (selector)
			judge_keys(in, self, o, selector);
	}
}
