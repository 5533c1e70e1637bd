/* SPDX-License-Identifier: Apache-2.0 */
/* refs.c: Secrets, ConfigMaps, keys, volumes and accounts that pods name. */
#include "link/checks.h"
#include "link/objects.h"

/* Made in every namespace by kube-controller-manager (RootCACertPublisher), with this one key. */
#define ROOT_CA "kube-root-ca.crt"
#define ROOT_CA_KEY "ca.crt"

/* One reference check under way. */
struct ref_walk {
	const struct link_input *in;
	const struct link_check *self;
	const struct link_pod *pod;
	bool keys; /* look at keys instead of objects */
};

/* What the platform says that it makes itself: keys and CAs of object stores, pull secrets. */
static bool is_declared(const struct link_input *in, struct str name)
{
	const struct node *platform = node_at(in->facts, "platform");
	const struct node *pulls = node_at(node_at(platform, "images"), "pullSecrets");

	for (const struct node *s = link_first(node_at(platform, "objectStores")); s; s = s->next)
		if (str_eq(node_text(node_at(s, "keys"), "secret"), name) ||
		    str_eq(node_text(s, "caConfigMap"), name))
			return true;
	for (const struct node *p = link_first(pulls); p; p = p->next)
		if (str_eq(p->text, name))
			return true;
	return str_is(name, ROOT_CA);
}

/* name, which a reference to a Secret or ConfigMap holds, or NULL. */
static void one_object(const struct ref_walk *w, const char *kind, const struct node *name)
{
	bool there = false;

	if (!name || w->keys)
		return;
	if (strcmp(kind, "Secret") == 0)
		there = link_secret(w->in, w->pod->namespace, name->text) != NULL;
	else
		there = link_find(w->in, kind, w->pod->namespace, name->text) != NULL;
	if (!there && !is_declared(w->in, name->text))
		link_report(w->in, w->self, name, "%s uses %s '%s', which nothing makes",
			    link_name(w->in, w->pod->owner).p, kind, name->text.p);
}

static bool map_has_key(const struct link_input *in, struct str namespace, struct str name,
			struct str key)
{
	const struct node *data = node_at(link_find(in, "ConfigMap", namespace, name), "data");
	const struct node *trust = node_at(node_at(in->facts, "names"), "trust");

	if (str_is(name, ROOT_CA) || (trust && str_eq(name, trust->text)))
		return str_is(key, ROOT_CA_KEY); /* the agent fills the bundle under the same */
	return !link_first(data) || node_get(data, key); /* without data: filled in the cluster */
}

static bool list_has(const struct node *list, const char *field, struct str key)
{
	for (const struct node *e = link_first(list); e; e = e->next)
		if (str_eq(node_text(e, field), key))
			return true;
	return false;
}

/* The keys that the record says are filled into the shell called name, or NULL. */
static const struct node *shell_keys(const struct link_input *in, struct str name)
{
	const struct node *shells = node_at(node_at(in->facts, "secrets"), "shells");

	for (const struct node *s = link_first(shells); s; s = s->next)
		if (str_eq(node_text(s, "name"), name))
			return node_at(s, "keys");
	return NULL;
}

/* cert-manager's keys of a Certificate's Secret (usage/certificate: target secret). */
static bool certificate_has_key(const struct node *certificate, struct str key)
{
	const struct node *spec = node_at(certificate, "spec");

	if (str_is(key, "tls.crt") || str_is(key, "tls.key") || str_is(key, "ca.crt"))
		return true;
	return node_at(spec, "additionalOutputFormats") || node_at(spec, "keystores");
}

static bool external_has_key(const struct node *external, struct str key)
{
	const struct node *spec = node_at(external, "spec");
	const struct node *template = node_at(node_at(spec, "target"), "template");
	const struct node *data = node_at(template, "data");

	if (node_get(data, key) || list_has(node_at(spec, "data"), "secretKey", key))
		return true;
	return node_at(spec, "dataFrom") && !data; /* whatever the outside store has */
}

static bool secret_has_key(const struct link_input *in, struct str namespace, struct str name,
			   struct str key)
{
	const struct link_secret *s = link_secret(in, namespace, name);
	const struct node *keys = NULL, *data = NULL;
	struct str kind = node_text(s ? s->maker : NULL, "kind");

	if (!s)
		return true; /* reported as missing, or declared by the platform */
	if (str_is(kind, "Certificate"))
		return certificate_has_key(s->maker, key);
	if (str_is(kind, "ExternalSecret"))
		return external_has_key(s->maker, key);
	data = node_at(s->maker, "data");
	keys = shell_keys(in, name);
	if (node_get(data, key) || node_get(node_at(s->maker, "stringData"), key))
		return true;
	return keys ? list_has(keys, "name", key) : !link_first(data);
}

static void one_key(const struct ref_walk *w, const char *kind, const struct node *name,
		    const struct node *key)
{
	bool secret = strcmp(kind, "Secret") == 0;

	if (!w->keys || !name || !key)
		return;
	if (secret ? secret_has_key(w->in, w->pod->namespace, name->text, key->text)
		   : map_has_key(w->in, w->pod->namespace, name->text, key->text))
		return;
	link_report(w->in, w->self, key, "%s uses key '%s' of %s '%s', which has no such key",
		    link_name(w->in, w->pod->owner).p, key->text.p, kind, name->text.p);
}

/* A volume's or projection's source: its object and the keys it takes. */
static void source(const struct ref_walk *w, const char *kind, const struct node *s,
		   const char *name_key)
{
	const struct node *name = node_at(s, name_key);

	one_object(w, kind, name);
	for (const struct node *i = link_first(node_at(s, "items")); i; i = i->next)
		one_key(w, kind, name, node_at(i, "key"));
}

static void selected(const struct ref_walk *w, const char *kind, const struct node *ref)
{
	one_object(w, kind, node_at(ref, "name"));
	one_key(w, kind, node_at(ref, "name"), node_at(ref, "key"));
}

static void variables(const struct ref_walk *w, const struct node *c)
{
	for (const struct node *e = link_first(node_at(c, "env")); e; e = e->next) {
		const struct node *from = node_at(e, "valueFrom");

		if (!from)
			continue;
		selected(w, "Secret", node_at(from, "secretKeyRef"));
		selected(w, "ConfigMap", node_at(from, "configMapKeyRef"));
	}
	for (const struct node *e = link_first(node_at(c, "envFrom")); e; e = e->next) {
		one_object(w, "Secret", node_at(node_at(e, "secretRef"), "name"));
		one_object(w, "ConfigMap", node_at(node_at(e, "configMapRef"), "name"));
	}
}

static void volume(const struct ref_walk *w, const struct node *v)
{
	source(w, "Secret", node_at(v, "secret"), "secretName");
	source(w, "ConfigMap", node_at(v, "configMap"), "name");
	for (const struct node *s = link_first(node_at(node_at(v, "projected"), "sources")); s;
	     s = s->next) {
		source(w, "Secret", node_at(s, "secret"), "name");
		source(w, "ConfigMap", node_at(s, "configMap"), "name");
	}
}

static void walk_pods(const struct link_input *in, const struct link_check *self, bool keys)
{
	const struct link_index *x = in->index;

	for (size_t i = 0; i < x->n_containers; i++) {
		struct ref_walk w = { in, self, x->containers[i].pod, keys };

		variables(&w, x->containers[i].node);
	}
	for (size_t i = 0; i < x->n_pods; i++) {
		struct ref_walk w = { in, self, &x->pods[i], keys };
		const struct node *spec = node_at(x->pods[i].pod, "spec");

		for (const struct node *v = link_first(node_at(spec, "volumes")); v; v = v->next)
			volume(&w, v);
		for (const struct node *p = link_first(node_at(spec, "imagePullSecrets")); p;
		     p = p->next)
			one_object(&w, "Secret", node_at(p, "name"));
	}
}

/* What is no pod but names Secrets and ConfigMaps all the same. */
static void walk_others(const struct link_input *in, const struct link_check *self, bool keys)
{
	for (size_t i = 0; i < in->n; i++) {
		const struct node *o = in->objects[i], *spec = node_at(o, "spec");
		struct link_pod self_pod = { .owner = o, .namespace = link_namespace(o) };
		struct ref_walk w = { in, self, &self_pod, keys };
		struct str kind = node_text(o, "kind");

		if (str_is(kind, "TriggerAuthentication"))
			for (const struct node *t = link_first(node_at(spec, "secretTargetRef")); t;
			     t = t->next)
				selected(&w, "Secret", t);
		else if (str_is(kind, "Issuer"))
			one_object(&w, "Secret", node_at(node_at(spec, "ca"), "secretName"));
		if (!str_is(kind, "PodMonitor"))
			continue;
		for (const struct node *e = link_first(node_at(spec, "podMetricsEndpoints")); e;
		     e = e->next) {
			const struct node *ca = node_at(node_at(e, "tlsConfig"), "ca");

			selected(&w, "ConfigMap", node_at(ca, "configMap"));
			selected(&w, "Secret", node_at(ca, "secret"));
		}
	}
}

void check_pod_objects(const struct link_input *in, const struct link_check *self)
{
	walk_pods(in, self, false);
	walk_others(in, self, false);
}

void check_pod_keys(const struct link_input *in, const struct link_check *self)
{
	walk_pods(in, self, true);
	walk_others(in, self, true);
}

static bool is_named(const struct node *list, struct str name)
{
	for (const struct node *v = link_first(list); v; v = v->next)
		if (str_eq(node_text(v, "name"), name) || str_eq(link_own_name(v), name))
			return true;
	return false;
}

static bool is_mounted(const struct link_index *x, const struct link_pod *pod, struct str name)
{
	for (size_t i = 0; i < x->n_containers; i++) {
		const struct link_container *c = &x->containers[i];

		if (c->pod == pod && (is_named(node_at(c->node, "volumeMounts"), name) ||
				      is_named(node_at(c->node, "volumeDevices"), name)))
			return true;
	}
	return false;
}

static void unused(const struct link_input *in, const struct link_check *self,
		   const struct link_pod *pod)
{
	const struct node *volumes = node_at(node_at(pod->pod, "spec"), "volumes");

	for (const struct node *v = link_first(volumes); v; v = v->next)
		if (!is_mounted(in->index, pod, node_text(v, "name")))
			link_report(in, self, v, "no container of %s mounts its volume '%s'",
				    link_name(in, pod->owner).p, node_text(v, "name").p);
	for (const struct node *v = link_first(pod->claims); v; v = v->next)
		if (!is_mounted(in->index, pod, link_own_name(v)))
			link_report(in, self, v, "no container of %s mounts its claim '%s'",
				    link_name(in, pod->owner).p, link_own_name(v).p);
}

void check_mounts(const struct link_input *in, const struct link_check *self)
{
	const struct link_index *x = in->index;

	for (size_t i = 0; i < x->n_containers; i++) {
		const struct link_container *c = &x->containers[i];
		const struct node *volumes = node_at(node_at(c->pod->pod, "spec"), "volumes");

		for (const struct node *m = link_first(node_at(c->node, "volumeMounts")); m;
		     m = m->next) {
			const struct node *name = node_at(m, "name");

			if (!name || is_named(volumes, name->text) ||
			    is_named(c->pod->claims, name->text))
				continue;
			link_report(in, self, name,
				    "container '%s' of %s mounts volume '%s', which its pod does "
				    "not have",
				    node_text(c->node, "name").p, link_name(in, c->pod->owner).p,
				    name->text.p);
		}
	}
	for (size_t i = 0; i < x->n_pods; i++)
		unused(in, self, &x->pods[i]);
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
	for (size_t i = 0; i < in->index->n_pods; i++) {
		const struct link_pod *p = &in->index->pods[i];

		account(in, self, p->owner, node_at(node_at(p->pod, "spec"), "serviceAccountName"),
			p->namespace);
	}
	for (size_t i = 0; i < in->n; i++)
		for (const struct node *s = link_first(node_at(in->objects[i], "subjects")); s;
		     s = s->next)
			if (str_is(node_text(s, "kind"), "ServiceAccount"))
				account(in, self, in->objects[i], node_at(s, "name"),
					node_text(s, "namespace"));
}
