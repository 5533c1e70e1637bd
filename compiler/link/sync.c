/* SPDX-License-Identifier: Apache-2.0 */
/* sync.c: what a GitOps tool does with the objects, what the agent is told of them, what scalers
 * ask. */
#include "link/checks.h"
#include "link/objects.h"
#include "tree/map.h"
#include "tree/print.h"
#include "tree/yaml.h"

void check_sync(const struct link_input *in, const struct link_check *self)
{
	static const char *const order[] = { "argocd.argoproj.io/sync-wave",
					     "argocd.argoproj.io/hook", "helm.sh/hook",
					     "helm.sh/hook-weight" };

	for (size_t i = 0; i < in->n; i++) {
		const struct node *all =
		    node_at(node_at(in->objects[i], "metadata"), "annotations");

		for (size_t k = 0; all && k < sizeof(order) / sizeof(*order); k++)
			if (node_at(all, order[k]))
				link_report(in, self, node_at(all, order[k]),
					    "%s has annotation '%s': inside a cluster everything "
					    "is applied at once, because a wave that waits keeps "
					    "the correcting commit out",
					    link_name(in, in->objects[i]).p, order[k]);
	}
}

static bool has_file(const struct link_folder *f, struct str name)
{
	for (size_t i = 0; i < f->n; i++)
		if (str_eq(f->files[i], name))
			return true;
	return false;
}

/* Everything else that kustomize could do to the objects would be seen by no check. */
static void only_lists(const struct link_input *in, const struct link_check *self,
		       const struct link_folder *f)
{
	static const char *const keys[] = { "apiVersion", "kind", "resources", "sortOptions" };

	node_each(k, f->kustomization)
	{
		bool known = false;

		for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
			known = known || str_is(k->key, keys[i]);
		if (!known)
			link_report(in, self, k, "%s/kustomization.yaml has '%s': it lists files",
				    f->path.p, k->key.p);
	}
	if (!str_is(node_text(node_at(f->kustomization, "sortOptions"), "order"), "fifo") ||
	    !str_is(node_text(f->kustomization, "kind"), "Kustomization") ||
	    !str_is(node_text(f->kustomization, "apiVersion"), "kustomize.config.k8s.io/v1beta1"))
		link_report(in, self, f->kustomization,
			    "%s/kustomization.yaml is no Kustomization of "
			    "kustomize.config.k8s.io/v1beta1 with sortOptions.order fifo",
			    f->path.p);
}

static void check_folder(const struct link_input *in, const struct link_check *self,
			 const struct link_folder *f)
{
	const struct node *resources = node_at(f->kustomization, "resources");
	const struct node *place = resources ? resources : f->kustomization;

	if (!f->kustomization || f->kustomization->kind != NODE_MAP) {
		if (in->n)
			link_report(in, self, in->objects[0],
				    "%s has no kustomization.yaml: nothing of it is synced",
				    f->path.p);
		return;
	}
	only_lists(in, self, f);
	for (size_t i = 0; i < f->n; i++)
		if (!node_lists(resources, f->files[i]))
			link_report(in, self, place, "%s/kustomization.yaml leaves out '%s'",
				    f->path.p, f->files[i].p);
	for (const struct node *r = link_first(resources); r; r = r->next)
		if (r->kind == NODE_STR && !has_file(f, r->text))
			link_report(in, self, r,
				    "%s/kustomization.yaml lists '%s', which is no file", f->path.p,
				    r->text.p);
}

void check_kustomization(const struct link_input *in, const struct link_check *self)
{
	for (size_t i = 0; i < in->n_folders; i++)
		check_folder(in, self, &in->folders[i]);
}

/* The hash that the pods of StatefulSet name carry, or NULL. */
static const struct node *hash_of(const struct link_input *in, struct str name)
{
	for (size_t i = 0; i < in->index->n_pods; i++) {
		const struct link_pod *p = &in->index->pods[i];

		if (name.n && str_eq(link_own_name(p->owner), name))
			return node_at(node_at(node_at(p->pod, "metadata"), "annotations"),
				       "howdah.dev/template-hash");
	}
	return NULL;
}

/* {spec} that the AgentConfig must have: the facts, and what the sealed pods carry. */
static const struct node *wanted_orders(const struct link_input *in)
{
	const struct node *agent = node_at(in->facts, "agent"), *orders = node_at(agent, "orders");
	struct str readers = node_text(node_at(in->facts, "members"), "readReplicas");
	const struct node *scaled = node_at(node_at(in->facts, "autoscale"), "readers");
	struct map template = { .arena = in->arena }, spec = template, root = template;
	struct str scope = node_text(node_at(in->facts, "names"), "scope");

	map_node(&template, "hash", hash_of(in, scope));
	if (scaled && scaled->kind == NODE_BOOL && scaled->flag)
		map_node(&template, "readersHash", hash_of(in, readers));
	map_node(&template, "replicas", node_at(agent, "replicas"));
	for (const struct node *o = link_first(orders); o; o = o->next)
		map_node(&spec, o->key.p, o);
	map_node(&spec, "template", map_done(&template));
	map_node(&root, "spec", map_done(&spec));
	return map_done(&root);
}

static const struct node *read_orders(const struct link_input *in, const struct node *text)
{
	struct diags *quiet = diags_new(in->arena);
	struct file *file = NEW(in->arena, struct file);
	const struct node *root = NULL;

	*file = (struct file){ .name = str_of("orders.yaml"), .text = text->text };
	root = yaml_read(in->arena, quiet, file, &YAML_WORLD);
	root = root ? yaml_resolve(in->arena, quiet, root, false) : NULL;
	return diags_errors(quiet) ? NULL : root;
}

enum { APART_DEEPEST = 32 };

/* The first place where two trees differ. */
struct apart {
	struct path_step steps[APART_DEEPEST];
	size_t n;
	const struct node *has, *want; /* what stands there, or NULL */
};

static void down(struct apart *at, struct str key)
{
	at->steps[at->n++] = (struct path_step){ .key = key };
	at->has = node_get(at->has, key);
	at->want = node_get(at->want, key);
}

/* The first key that only one of both maps has, or has another value in each; NULL: none. */
static const struct node *other_key(const struct apart *at)
{
	node_each(k, at->want)
	{
		const struct node *has = node_get(at->has, k->key);

		if (!has || !node_eq(has, k))
			return k;
	}
	node_each(k, at->has) if (!node_get(at->want, k->key)) return k;
	return NULL;
}

static struct apart find_apart(const struct node *has, const struct node *want)
{
	struct apart at = { .has = has, .want = want };
	const struct node *key = NULL;

	while (at.has && at.want && at.has->kind == NODE_MAP && at.want->kind == NODE_MAP &&
	       at.n < APART_DEEPEST && (key = other_key(&at)) != NULL)
		down(&at, key->key);
	return at;
}

/* The orders of root are not those of want, spec against spec. */
static void report_apart(const struct link_input *in, const struct link_check *self,
			 const struct node *object, const struct node *text, struct apart at)
{
	struct path path = { at.n, at.steps };
	const struct sources *s = text->from ? sources_of(in->arena, text) : NULL;
	struct buf where = { 0 };

	path_print(&where, &path);
	link_report(in, self, s && at.has ? sources_match(s, &path, at.has) : text,
		    "%s: the orders are not what follows from the intent and the objects: "
		    "they differ at %s",
		    link_name(in, object).p, buf_z(&where));
	if (at.want)
		source_other(in->diags, at.want, "the other value comes from here");
	buf_release(&where);
}

/* The head of the text, up to its spec. */
static struct str head_of(const struct link_input *in)
{
	const struct node *meta = node_at(in->facts, "meta");

	return arena_fmt(in->arena,
			 "apiVersion: howdah.dev/v1alpha1\nkind: AgentConfig\nmetadata:\n  name: "
			 "%s\n  namespace: %s\nspec:\n",
			 node_text(meta, "name").p, node_text(meta, "namespace").p);
}

static void judge_orders(const struct link_input *in, const struct link_check *self,
			 const struct node *object, const struct node *text)
{
	const struct node *root = read_orders(in, text), *meta = node_at(root, "metadata");
	const struct node *facts = node_at(in->facts, "meta"), *want = wanted_orders(in);

	if (!root || !str_is(node_text(root, "kind"), "AgentConfig") ||
	    !str_is(node_text(root, "apiVersion"), "howdah.dev/v1alpha1") ||
	    !str_eq(node_text(meta, "name"), node_text(facts, "name")) ||
	    !str_eq(node_text(meta, "namespace"), node_text(facts, "namespace")))
		link_report(in, self, text, "%s holds no AgentConfig of this cluster",
			    link_name(in, object).p);
	else if (!node_eq(node_at(root, "spec"), node_at(want, "spec")))
		report_apart(in, self, object, text, find_apart(root, want));
}

bool link_orders_printed(const struct link_input *in, struct str text)
{
	struct str head = head_of(in);
	struct buf out = { 0 };
	bool same = false;

	if (text.n < head.n || memcmp(text.p, head.p, head.n) != 0)
		return false;
	print_yaml(&out, node_sorted(in->arena, wanted_orders(in)));
	same = str_eq(str_cut(text, head.n - strlen("spec:\n"), text.n), buf_view(&out));
	buf_release(&out);
	return same;
}

void check_orders(const struct link_input *in, const struct link_check *self)
{
	const struct node *meta = node_at(in->facts, "meta");
	const struct node *object =
	    link_find(in, "ConfigMap", node_text(meta, "namespace"),
		      arena_fmt(in->arena, "%s-agent", node_text(meta, "name").p));
	const struct node *text = node_at(node_at(object, "data"), "orders.yaml");

	if (!object)
		return;
	if (!text || text->kind != NODE_STR)
		link_report(in, self, object, "%s has no key 'orders.yaml', which the agent reads",
			    link_name(in, object).p);
	else if (!in->index->printed)
		judge_orders(in, self, object, text);
}

/* A metric that is only assumed is none: what asks for it would wait in silence. */
static bool is_metric(const struct link_input *in, struct str name)
{
	node_each(c, in->world->contracts)
	{
		const struct node *row = node_get(node_at(c, "rows"), name);

		if (row && str_starts(c->key, "metrics-") &&
		    !str_is(node_text(row, "status"), "assumed"))
			return true;
	}
	return false;
}

/* Names in front of a brace are those of metrics. */
static void query(const struct link_input *in, const struct link_check *self,
		  const struct node *object, const struct node *text)
{
	size_t from = 0;

	for (size_t i = 0; i < text->text.n; i++) {
		char c = text->text.p[i];

		if (c == '{' && i > from) {
			struct str name = arena_str(in->arena, str_cut(text->text, from, i));

			if (!is_metric(in, name))
				link_report(in, self, text,
					    "%s asks for '%s', which nothing exports",
					    link_name(in, object).p, name.p);
		}
		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		      c == '_' || c == ':'))
			from = i + 1;
	}
}

void check_metrics(const struct link_input *in, const struct link_check *self)
{
	for (size_t i = 0; i < in->n; i++) {
		const struct node *o = in->objects[i], *list = NULL;

		if (!str_is(node_text(o, "kind"), "ScaledObject"))
			continue;
		list = node_at(node_at(o, "spec"), "triggers");
		for (const struct node *t = link_first(list); t; t = t->next) {
			const struct node *q = node_at(node_at(t, "metadata"), "query");

			if (q && q->kind == NODE_STR && str_is(node_text(t, "type"), "prometheus"))
				query(in, self, o, q);
		}
	}
}
