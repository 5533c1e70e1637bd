/* SPDX-License-Identifier: Apache-2.0 */
/* storage.c: claims, their classes and the StatefulSets that adopt them. */
#include "link/checks.h"
#include "link/objects.h"

static void check_class(const struct link_input *in, const struct link_check *self,
			const struct node *object, const struct node *claim_spec)
{
	const struct node *class = node_at(claim_spec, "storageClassName");
	const struct node *classes = node_at(node_at(in->facts, "destination"), "storageClasses");

	if (!class)
		link_report(in, self, claim_spec ? claim_spec : object,
			    "%s leaves its storage class to chance", link_name(in, object).p);
	else if (!node_get(classes, class->text))
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

/* A claim that is made beforehand must be what the StatefulSet would make: same class, same access
 * modes. */
static void check_adopted(const struct link_input *in, const struct link_check *self,
			  const struct node *set, const struct node *template)
{
	struct str name = node_text(node_at(template, "metadata"), "name");
	struct str owner = node_text(node_at(set, "metadata"), "name");
	const struct node *want = node_at(template, "spec");

	for (size_t i = 0; i < in->n; i++) {
		const struct node *o = in->objects[i], *has = node_at(o, "spec");

		if (!str_is(node_text(o, "kind"), "PersistentVolumeClaim") ||
		    !belongs(node_text(node_at(o, "metadata"), "name"), name, owner))
			continue;
		if (!str_eq(node_text(has, "storageClassName"),
			    node_text(want, "storageClassName")))
			link_report(
			    in, self,
			    node_at(has, "storageClassName") ? node_at(has, "storageClassName") : o,
			    "%s has another storage class than %s, which adopts it",
			    link_name(in, o).p, link_name(in, set).p);
		if (!node_eq(node_at(has, "accessModes"), node_at(want, "accessModes")))
			link_report(in, self, o,
				    "%s has other access modes than %s, which adopts it",
				    link_name(in, o).p, link_name(in, set).p);
	}
}

void check_storage(const struct link_input *in, const struct link_check *self)
{
	for (size_t i = 0; i < in->n; i++) {
		const struct node *o = in->objects[i], *spec = node_at(o, "spec");
		const struct node *templates = node_at(spec, "volumeClaimTemplates");

		if (str_is(node_text(o, "kind"), "PersistentVolumeClaim"))
			check_class(in, self, o, spec);
		for (const struct node *t = templates ? templates->kids : NULL; t; t = t->next) {
			check_class(in, self, o, node_at(t, "spec"));
			check_adopted(in, self, o, t);
		}
	}
}
