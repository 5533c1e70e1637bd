/* SPDX-License-Identifier: Apache-2.0 */
/* refs.c: names that objects call each other by. */
#include "link/checks.h"
#include "link/objects.h"

/* One reference check under way. */
struct ref_walk {
	const struct link_input *in;
	const struct link_check *self;
	const struct link_pod *pod;
	bool keys; /* look at keys instead of objects */
};

static const struct node *first(const struct node *list)
{
	return list ? list->kids : NULL;
}

/* Secrets come also from Certificates and ExternalSecrets, under the names these say. */
static bool makes_secret(const struct link_input *in, struct str namespace, struct str name)
{
	for (size_t i = 0; i < in->n; i++) {
		const struct node *o = in->objects[i], *spec = node_at(o, "spec");
		struct str kind = node_text(o, "kind");

		if (!str_eq(link_namespace(o), namespace))
			continue;
		if (str_is(kind, "Certificate") && str_eq(node_text(spec, "secretName"), name))
			return true;
		if (str_is(kind, "ExternalSecret") &&
		    str_eq(node_text(node_at(spec, "target"), "name"), name))
			return true;
	}
	return link_find(in, "Secret", namespace, name) != NULL;
}

/* Kubernetes puts it into every namespace (RootCAConfigMap, stable since 1.21). */
#define CLUSTER_CA "kube-root-ca.crt"

/* What the platform says that it makes itself: keys and CAs of object stores, pull secrets. */
static bool is_declared(const struct link_input *in, struct str name)
{
	if (str_is(name, CLUSTER_CA))
		return true;

	const struct node *platform = node_at(in->facts, "platform");
	const struct node *pulls = node_at(node_at(platform, "images"), "pullSecrets");

	for (const struct node *s = first(node_at(platform, "objectStores")); s; s = s->next)
		if (str_eq(node_text(node_at(s, "keys"), "secret"), name) ||
		    str_eq(node_text(s, "caConfigMap"), name))
			return true;
	for (const struct node *p = first(pulls); p; p = p->next)
		if (str_eq(p->text, name))
			return true;
	return false;
}

/* A reference {name or name_key, optional} to a Secret or ConfigMap. */
static void one_object(struct ref_walk *w, const char *kind, const struct node *ref,
		       const char *name_key)
{
	const struct node *name = node_at(ref, name_key);
	struct str namespace = link_namespace(w->pod->owner);
	bool there = false;

	if (!name || w->keys)
		return;
	if (strcmp(kind, "Secret") == 0)
		there = makes_secret(w->in, namespace, name->text);
	else
		there = link_find(w->in, kind, namespace, name->text) != NULL;
	if (!there && !is_declared(w->in, name->text))
		link_report(w->in, w->self, name, "%s uses %s '%s', which nothing makes",
			    link_name(w->in, w->pod->owner).p, kind, name->text.p);
}

/* key of ConfigMap name is in its data; a ConfigMap without data is filled in the cluster. */
static void one_key(struct ref_walk *w, const struct node *name, const struct node *key)
{
	const struct node *map = NULL, *data = NULL;

	if (!w->keys || !name || !key)
		return;
	map = link_find(w->in, "ConfigMap", link_namespace(w->pod->owner), name->text);
	data = node_at(map, "data");
	if (data && !node_get(data, key->text))
		link_report(w->in, w->self, key,
			    "%s uses key '%s' of ConfigMap '%s', which has no such key",
			    link_name(w->in, w->pod->owner).p, key->text.p, name->text.p);
}

static void config_map(struct ref_walk *w, const struct node *source)
{
	one_object(w, "ConfigMap", source, "name");
	for (const struct node *i = first(node_at(source, "items")); i; i = i->next)
		one_key(w, node_at(source, "name"), node_at(i, "key"));
}

static void container(void *arg, const struct node *c)
{
	struct ref_walk *w = arg;

	for (const struct node *e = first(node_at(c, "env")); e; e = e->next) {
		const struct node *from = node_at(e, "valueFrom"),
				  *map = node_at(from, "configMapKeyRef");

		one_object(w, "Secret", node_at(from, "secretKeyRef"), "name");
		one_object(w, "ConfigMap", map, "name");
		one_key(w, node_at(map, "name"), node_at(map, "key"));
	}
	for (const struct node *e = first(node_at(c, "envFrom")); e; e = e->next) {
		one_object(w, "Secret", node_at(e, "secretRef"), "name");
		one_object(w, "ConfigMap", node_at(e, "configMapRef"), "name");
	}
}

static void volume(struct ref_walk *w, const struct node *v)
{
	one_object(w, "Secret", node_at(v, "secret"), "secretName");
	if (node_at(v, "configMap"))
		config_map(w, node_at(v, "configMap"));
	for (const struct node *s = first(node_at(node_at(v, "projected"), "sources")); s;
	     s = s->next) {
		one_object(w, "Secret", node_at(s, "secret"), "name");
		if (node_at(s, "configMap"))
			config_map(w, node_at(s, "configMap"));
	}
}

static void walk_pods(const struct link_input *in, const struct link_check *self, bool keys)
{
	struct link_pods pods = link_pods(in);

	for (size_t i = 0; i < pods.n; i++) {
		struct ref_walk w = { in, self, &pods.list[i], keys };
		const struct node *spec = node_at(pods.list[i].pod, "spec");

		link_containers(spec, container, &w);
		for (const struct node *v = first(node_at(spec, "volumes")); v; v = v->next)
			volume(&w, v);
		for (const struct node *p = first(node_at(spec, "imagePullSecrets")); p;
		     p = p->next)
			one_object(&w, "Secret", p, "name");
	}
}

void check_pod_objects(const struct link_input *in, const struct link_check *self)
{
	walk_pods(in, self, false);
}

void check_pod_keys(const struct link_input *in, const struct link_check *self)
{
	walk_pods(in, self, true);
}

static bool is_named(const struct node *list, struct str name)
{
	for (const struct node *v = first(list); v; v = v->next)
		if (str_eq(node_text(v, "name"), name) ||
		    str_eq(node_text(node_at(v, "metadata"), "name"), name))
			return true;
	return false;
}

static void mounts_of(void *arg, const struct node *c)
{
	const struct ref_walk *w = arg;
	const struct node *volumes = node_at(node_at(w->pod->pod, "spec"), "volumes");

	for (const struct node *m = first(node_at(c, "volumeMounts")); m; m = m->next) {
		const struct node *name = node_at(m, "name");

		if (name && !is_named(volumes, name->text) && !is_named(w->pod->claims, name->text))
			link_report(
			    w->in, w->self, name,
			    "container '%s' of %s mounts volume '%s', which its pod does not have",
			    node_text(c, "name").p, link_name(w->in, w->pod->owner).p,
			    name->text.p);
	}
}

void check_mounts(const struct link_input *in, const struct link_check *self)
{
	struct link_pods pods = link_pods(in);

	for (size_t i = 0; i < pods.n; i++) {
		struct ref_walk w = { in, self, &pods.list[i], false };

		link_containers(node_at(pods.list[i].pod, "spec"), mounts_of, &w);
	}
}

static void account(const struct link_input *in, const struct link_check *self,
		    const struct node *owner, const struct node *name, struct str namespace)
{
	if (name && !link_find(in, "ServiceAccount", namespace, name->text))
		link_report(in, self, name,
			    "%s uses ServiceAccount '%s' of namespace '%s', which nothing makes",
			    link_name(in, owner).p, name->text.p, namespace.p);
}

void check_accounts(const struct link_input *in, const struct link_check *self)
{
	struct link_pods pods = link_pods(in);

	for (size_t i = 0; i < pods.n; i++)
		account(in, self, pods.list[i].owner,
			node_at(node_at(pods.list[i].pod, "spec"), "serviceAccountName"),
			link_namespace(pods.list[i].owner));
	for (size_t i = 0; i < in->n; i++)
		for (const struct node *s = first(node_at(in->objects[i], "subjects")); s;
		     s = s->next)
			if (str_is(node_text(s, "kind"), "ServiceAccount"))
				account(in, self, in->objects[i], node_at(s, "name"),
					node_text(s, "namespace"));
}

/* object's field at names an object of kind in its own namespace. */
static void needs(const struct link_input *in, const struct link_check *self,
		  const struct node *object, const struct node *at, const char *kind)
{
	if (at && !link_find(in, kind, link_namespace(object), at->text))
		link_report(in, self, at, "%s names %s '%s', which nothing makes",
			    link_name(in, object).p, kind, at->text.p);
}

static void issuer(const struct link_input *in, const struct link_check *self,
		   const struct node *object)
{
	const struct node *ref = node_at(node_at(object, "spec"), "issuerRef"),
			  *name = node_at(ref, "name");
	const struct node *declared = node_at(node_at(in->facts, "destination"), "issuer");

	if (!name || str_eq(node_text(declared, "name"), name->text))
		return;
	needs(in, self, object, name, "Issuer");
}

static void scaled(const struct link_input *in, const struct link_check *self,
		   const struct node *object)
{
	const struct node *spec = node_at(object, "spec");

	needs(in, self, object, node_at(node_at(spec, "scaleTargetRef"), "name"), "StatefulSet");
	for (const struct node *t = first(node_at(spec, "triggers")); t; t = t->next)
		needs(in, self, object, node_at(node_at(t, "authenticationRef"), "name"),
		      "TriggerAuthentication");
}

void check_objects(const struct link_input *in, const struct link_check *self)
{
	for (size_t i = 0; i < in->n; i++) {
		const struct node *o = in->objects[i];
		struct str kind = node_text(o, "kind");

		if (str_is(kind, "StatefulSet"))
			needs(in, self, o, node_at(node_at(o, "spec"), "serviceName"), "Service");
		else if (str_is(kind, "RoleBinding"))
			needs(in, self, o, node_at(node_at(o, "roleRef"), "name"), "Role");
		else if (str_is(kind, "Certificate"))
			issuer(in, self, o);
		else if (str_is(kind, "ScaledObject"))
			scaled(in, self, o);
	}
}
