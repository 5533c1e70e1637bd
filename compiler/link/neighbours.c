/* SPDX-License-Identifier: Apache-2.0 */
/* neighbours.c: names by which objects other than pods call each other. */
#include "link/checks.h"
#include "link/objects.h"

/* object's field at names an object of kind in its own namespace. */
static void needs(const struct link_input *in, const struct link_check *self,
		  const struct node *object, const struct node *at, const char *kind)
{
	if (at && !link_find(in, kind, link_namespace(object), at->text))
		link_report(in, self, at, "%s names %s '%s', which nothing makes",
			    link_name(in, object).p, kind, at->text.p);
}

/* A reference {kind, name} within the namespace. */
static void refers(const struct link_input *in, const struct link_check *self,
		   const struct node *object, const struct node *ref)
{
	struct str kind = node_text(ref, "kind");

	if (ref)
		needs(in, self, object, node_at(ref, "name"), kind.p);
}

/* Pods of a StatefulSet have DNS names only through a Service that selects them. */
static void stateful_set(const struct link_input *in, const struct link_check *self,
			 const struct node *o)
{
	const struct node *name = node_at(node_at(o, "spec"), "serviceName"), *service = NULL;
	const struct node *labels =
	    node_at(node_at(node_at(node_at(o, "spec"), "template"), "metadata"), "labels");

	if (!name)
		return;
	service = link_find(in, "Service", link_namespace(o), name->text);
	if (!service)
		needs(in, self, o, name, "Service");
	else if (!link_selects(link_selector(service), labels))
		link_report(in, self, name,
			    "%s names Service '%s', which does not select its pods: they would "
			    "have no DNS names",
			    link_name(in, o).p, name->text.p);
}

static void certificate(const struct link_input *in, const struct link_check *self,
			const struct node *o)
{
	const struct node *ref = node_at(node_at(o, "spec"), "issuerRef"),
			  *name = node_at(ref, "name");
	const struct node *declared = node_at(node_at(in->facts, "destination"), "issuer");
	bool outside = name && str_eq(node_text(declared, "name"), name->text);

	if (!outside)
		needs(in, self, o, name, "Issuer");
	else if (node_at(declared, "kind") && node_at(ref, "kind") &&
		 !node_eq(node_at(declared, "kind"), node_at(ref, "kind")))
		link_report(in, self, node_at(ref, "kind"),
			    "%s names %s '%s'; the destination declares it as %s",
			    link_name(in, o).p, node_text(ref, "kind").p, name->text.p,
			    node_text(declared, "kind").p);
}

static bool has_container(const struct link_index *x, const struct node *owner, struct str name)
{
	for (size_t i = 0; i < x->n_containers; i++)
		if (x->containers[i].pod->owner == owner &&
		    str_eq(node_text(x->containers[i].node, "name"), name))
			return true;
	return false;
}

/* A trigger that measures one container: without it KEDA's target has no value, and nothing scales.
 */
static void measured(const struct link_input *in, const struct link_check *self,
		     const struct node *target, const struct node *trigger)
{
	const struct node *name = node_at(node_at(trigger, "metadata"), "containerName");

	if (name && target && !has_container(in->index, target, name->text))
		link_report(in, self, name, "the trigger measures container '%s', which %s has not",
			    name->text.p, link_name(in, target).p);
}

static void scaled_object(const struct link_input *in, const struct link_check *self,
			  const struct node *o)
{
	const struct node *spec = node_at(o, "spec");
	const struct node *name = node_at(node_at(spec, "scaleTargetRef"), "name"), *target = NULL;

	needs(in, self, o, name, "StatefulSet");
	if (name)
		target = link_find(in, "StatefulSet", link_namespace(o), name->text);
	for (const struct node *t = link_first(node_at(spec, "triggers")); t; t = t->next) {
		needs(in, self, o, node_at(node_at(t, "authenticationRef"), "name"),
		      "TriggerAuthentication");
		measured(in, self, target, t);
	}
}

/* The store of the destination, and the generators beside it. */
static void external_secret(const struct link_input *in, const struct link_check *self,
			    const struct node *o)
{
	const struct node *spec = node_at(o, "spec");
	const struct node *name = node_at(node_at(spec, "secretStoreRef"), "name");
	const struct node *declared =
	    node_at(node_at(node_at(in->facts, "destination"), "secrets"), "store");

	if (name && !str_eq(node_text(declared, "name"), name->text))
		link_report(in, self, name,
			    "%s reads store '%s', which the destination does not declare",
			    link_name(in, o).p, name->text.p);
	for (const struct node *d = link_first(node_at(spec, "dataFrom")); d; d = d->next)
		refers(in, self, o, node_at(node_at(d, "sourceRef"), "generatorRef"));
}

static void push_secret(const struct link_input *in, const struct link_check *self,
			const struct node *o)
{
	const struct node *secret = node_at(node_at(node_at(o, "spec"), "selector"), "secret");
	const struct node *name = node_at(secret, "name");

	if (name && !link_secret(in, link_namespace(o), name->text))
		link_report(in, self, name, "%s pushes Secret '%s', which nothing makes",
			    link_name(in, o).p, name->text.p);
}

/* Who looks at the names in a kind of object. */
static const struct {
	const char *kind;
	void (*look)(const struct link_input *in, const struct link_check *self,
		     const struct node *object);
} looks[] = {
	{ "StatefulSet", stateful_set },   { "Certificate", certificate },
	{ "ScaledObject", scaled_object }, { "ExternalSecret", external_secret },
	{ "PushSecret", push_secret },
};

void check_objects(const struct link_input *in, const struct link_check *self)
{
	for (size_t i = 0; i < in->n; i++) {
		const struct node *o = in->objects[i];
		struct str kind = node_text(o, "kind");

		if (node_at(o, "roleRef"))
			refers(in, self, o, node_at(o, "roleRef"));
		for (size_t k = 0; k < sizeof(looks) / sizeof(*looks); k++)
			if (str_is(kind, looks[k].kind))
				looks[k].look(in, self, o);
	}
}

/* A cluster's objects lie in its own namespace or in one that it gives access to: GitOps tools are
 * told these, and nothing else may be written. */
void check_placement(const struct link_input *in, const struct link_check *self)
{
	struct str own = node_text(node_at(in->facts, "meta"), "namespace");
	const struct node *grantees = node_at(node_at(in->facts, "access"), "grantees");

	for (size_t i = 0; i < in->n; i++) {
		const struct node *o = in->objects[i];
		struct str namespace = link_namespace(o);
		bool known = str_eq(namespace, own);

		for (const struct node *g = link_first(grantees); g && !known; g = g->next)
			known = str_eq(node_text(g, "namespace"), namespace);
		if (!known && !namespace.n)
			link_report(in, self, o,
				    "%s has no namespace; a cluster's objects lie in '%s'",
				    link_name(in, o).p, own.p);
		else if (!known)
			link_report(in, self, node_at(node_at(o, "metadata"), "namespace"),
				    "%s lies in namespace '%s', to which the cluster gives no "
				    "access",
				    link_name(in, o).p, namespace.p);
	}
}
