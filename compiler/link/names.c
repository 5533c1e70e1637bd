/* SPDX-License-Identifier: Apache-2.0 */
/* names.c: limits of names, from the Kubernetes contract. */
#include "link/checks.h"
#include "link/objects.h"

static void check_limit(const struct link_input *in, const struct link_check *self,
			const struct node *object, const struct node *rows)
{
	const struct node *name = node_at(node_at(object, "metadata"), "name");
	struct str kind = node_text(object, "kind");
	const struct node *row = node_get(rows, arena_fmt(in->arena, "name.%s", kind.p));
	int64_t most = 0;

	if (!name || !str_int(node_text(row, "max"), &most) || (int64_t)name->text.n <= most)
		return;
	link_report(in, self, name,
		    "the name of %s has %zu characters; the longest that works is %lld",
		    link_name(in, object).p, name->text.n, (long long)most);
}

/* Pods of a StatefulSet are host names: <name>-<ordinal>. */
static void check_pods(const struct link_input *in, const struct link_check *self,
		       const struct node *object)
{
	const struct node *name = node_at(node_at(object, "metadata"), "name");
	int64_t replicas = node_num(node_at(object, "spec"), "replicas", 1);
	struct str last = arena_fmt(in->arena, "%s-%lld", name ? name->text.p : "",
				    (long long)(replicas > 0 ? replicas - 1 : 0));

	if (name && last.n > 63)
		link_report(in, self, name,
			    "the pods of %s would be called '%s': more than 63 characters",
			    link_name(in, object).p, last.p);
}

void check_names(const struct link_input *in, const struct link_check *self)
{
	const struct node *rows = node_at(node_at(in->world->contracts, "kubernetes"), "rows");

	for (size_t i = 0; i < in->n; i++) {
		check_limit(in, self, in->objects[i], rows);
		if (str_is(node_text(in->objects[i], "kind"), "StatefulSet"))
			check_pods(in, self, in->objects[i]);
	}
}
