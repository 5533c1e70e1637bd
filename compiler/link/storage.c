/* SPDX-License-Identifier: Apache-2.0 */
/* storage.c: claims, their classes and the StatefulSets that adopt them. */
#include "link/checks.h"
#include "link/objects.h"
#include "tree/number.h"

/* The claim template under check. */
struct claim_walk {
	const struct link_input *in;
	const struct link_check *self;
	const struct node *set, *template;
};

static const struct node *class_of(const struct link_input *in, struct str name)
{
	return node_get(node_at(node_at(in->facts, "destination"), "storageClasses"), name);
}

static void check_class(const struct link_input *in, const struct link_check *self,
			const struct node *object, const struct node *claim_spec)
{
	const struct node *class = node_at(claim_spec, "storageClassName");

	if (!class)
		link_report(in, self, claim_spec ? claim_spec : object,
			    "%s leaves its storage class to chance", link_name(in, object).p);
	else if (!class_of(in, class->text))
		link_report(in, self, class,
			    "%s uses storage class '%s', which the destination does not list",
			    link_name(in, object).p, class->text.p);
}

/* "<template>-<set>-<ordinal>" of a claim belongs to set. */
static bool belongs(struct str claim, struct str template, struct str set)
{
	size_t head = template.n + 1 + set.n + 1;
	int64_t ordinal = 0;

	return claim.n > head && memcmp(claim.p, template.p, template.n) == 0 &&
	       claim.p[template.n] == '-' && memcmp(claim.p + template.n + 1, set.p, set.n) == 0 &&
	       claim.p[head - 1] == '-' && str_int(str_cut(claim, head, claim.n), &ordinal);
}

static const struct node *size_of(const struct node *claim_spec)
{
	return node_at(node_at(node_at(claim_spec, "resources"), "requests"), "storage");
}

/* A claim is never smaller than its template: the StatefulSet's are the least that a class makes.
 */
static void large_enough(const struct claim_walk *w, const struct node *claim)
{
	const struct node *has = size_of(node_at(claim, "spec")),
			  *want = size_of(node_at(w->template, "spec"));
	struct quantity a = { 0 }, b = { 0 };

	if (!has || !want || quantity_parse(has->text, &a) || quantity_parse(want->text, &b))
		return;
	if (quantity_cmp(a, b) < 0)
		link_report(w->in, w->self, has,
			    "%s asks for %s, less than the template of %s (%s)",
			    link_name(w->in, claim).p, has->text.p, link_name(w->in, w->set).p,
			    want->text.p);
}

/* A claim that is made beforehand must be what the StatefulSet would make: same class, same access
 * modes. */
static void adopted(const struct claim_walk *w, const struct node *claim)
{
	const struct node *has = node_at(claim, "spec"), *want = node_at(w->template, "spec");
	const struct node *class = node_at(has, "storageClassName");

	if (!str_eq(node_text(has, "storageClassName"), node_text(want, "storageClassName")))
		link_report(w->in, w->self, class ? class : claim,
			    "%s has another storage class than %s, which adopts it",
			    link_name(w->in, claim).p, link_name(w->in, w->set).p);
	if (!node_eq(node_at(has, "accessModes"), node_at(want, "accessModes")))
		link_report(w->in, w->self, claim,
			    "%s has other access modes than %s, which adopts it",
			    link_name(w->in, claim).p, link_name(w->in, w->set).p);
	large_enough(w, claim);
}

static void check_template(const struct claim_walk *w)
{
	struct str name = link_own_name(w->template), set = link_own_name(w->set);

	check_class(w->in, w->self, w->set, node_at(w->template, "spec"));
	for (size_t i = 0; i < w->in->n; i++) {
		const struct node *o = w->in->objects[i];

		if (str_is(node_text(o, "kind"), "PersistentVolumeClaim") &&
		    str_eq(link_namespace(o), link_namespace(w->set)) &&
		    belongs(link_own_name(o), name, set))
			adopted(w, o);
	}
}

/* A claim that no StatefulSet adopts is paid for and used by nothing. */
static bool is_adopted(const struct link_input *in, const struct node *claim)
{
	for (size_t i = 0; i < in->index->n_pods; i++) {
		const struct link_pod *p = &in->index->pods[i];

		for (const struct node *t = link_first(p->claims); t; t = t->next)
			if (str_eq(p->namespace, link_namespace(claim)) &&
			    belongs(link_own_name(claim), link_own_name(t),
				    link_own_name(p->owner)))
				return true;
	}
	return false;
}

void check_storage(const struct link_input *in, const struct link_check *self)
{
	for (size_t i = 0; i < in->n; i++) {
		const struct node *o = in->objects[i], *spec = node_at(o, "spec");

		if (str_is(node_text(o, "kind"), "PersistentVolumeClaim")) {
			check_class(in, self, o, spec);
			if (!is_adopted(in, o))
				link_report(in, self, o, "%s belongs to no StatefulSet",
					    link_name(in, o).p);
		}
		for (const struct node *t = link_first(node_at(spec, "volumeClaimTemplates")); t;
		     t = t->next) {
			struct claim_walk w = { in, self, o, t };

			check_template(&w);
		}
	}
}
