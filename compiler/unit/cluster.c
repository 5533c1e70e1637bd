/* SPDX-License-Identifier: Apache-2.0 */
/* cluster.c: the passes of one cluster behind its resolved spec. */
#include "unit/cluster.h"

#include "link/link.h"
#include "schema/near.h"
#include "unit/record.h"
#include "unit/seal.h"

void cluster_worker_init(struct cluster_worker *cw, struct arena *a, const struct world *w,
			 struct lua_worker *lua)
{
	cw->expand = expand_new(a, w->units[UNIT_CLUSTER].scope, lua);
}

struct str object_file(struct arena *a, const struct node *object, bool with_namespace)
{
	struct str namespace = node_text(node_at(object, "metadata"), "namespace");
	struct str kind = node_text(object, "kind");
	struct str name = node_text(node_at(object, "metadata"), "name");
	char *lower = arena_alloc(a, kind.n + 1, 1);

	for (size_t i = 0; i < kind.n; i++)
		lower[i] = (char)(kind.p[i] >= 'A' && kind.p[i] <= 'Z' ? kind.p[i] + ('a' - 'A')
								       : kind.p[i]);
	if (with_namespace && namespace.n)
		return arena_fmt(a, "%s-%s-%s.yaml", lower, namespace.p, name.p);
	return arena_fmt(a, "%s-%s.yaml", lower, name.p);
}

/* Inputs, then groups in the order of the record. */
static bool model(const struct job *j, struct cluster_worker *cw, const struct node *inputs)
{
	const struct unit_templates *u = &j->world->units[UNIT_CLUSTER];

	for (size_t i = 0; i < u->scope->n_names; i++) {
		if (u->groups[i]) {
			if (expand_group(cw->expand, u->groups[i]))
				return false;
		} else {
			expand_set(cw->expand, i, node_get(inputs, u->scope->names[i].name));
		}
	}
	return true;
}

static const struct node *facts(const struct job *j, const struct cluster_worker *cw)
{
	const struct scope *s = j->world->units[UNIT_CLUSTER].scope;
	struct node *map = node_new(j->arena, NODE_MAP, (struct pos){ 0 });
	struct node_list list = { 0 };

	for (size_t i = 0; i < s->n_names; i++) {
		const struct node *value = expand_get(cw->expand, i);

		if (value)
			node_put(&list, s->names[i].name, node_loose(j->arena, value));
	}
	map->kids = list.first;
	return map;
}

static struct node *seal(const struct job *j, const struct node *pod, const struct node *owner)
{
	struct err err = { 0 };
	const struct node *sealed = seal_pod(j->arena, pod, owner, &err);

	if (!sealed)
		diag_error(j->diags, MSG_object_invalid, pod->pos,
			   "the pod template cannot be sealed: %s", err.text);
	return node_loose(j->arena, sealed ? sealed : pod);
}

/* A pod template, or a list of them, sealed. */
static struct node *seal_all(const struct job *j, const struct node *pods, const struct node *owner)
{
	struct node_list items = { 0 };
	struct node *list = NULL;

	if (pods->kind != NODE_LIST)
		return seal(j, pods, owner);
	list = node_loose(j->arena, pods);
	node_each(pod, pods) node_add(&items, seal(j, pod, owner));
	list->kids = items.first;
	return list;
}

static bool pods(const struct job *j, struct cluster_worker *cw, const struct resolved *r)
{
	const struct scope *s = j->world->units[UNIT_CLUSTER].scope;
	const struct node *owner =
	    node_at(expand_get(cw->expand, (size_t)scope_find(s, str_of("labels"))), "owner");
	struct node *map = node_new(j->arena, NODE_MAP, r->doc->pos);
	struct node_list list = { 0 };

	for (size_t i = 0; i < r->revision->n_pods; i++) {
		bool ok = true;
		const struct node *one = expand_value(cw->expand, r->revision->pods[i].t, &ok);

		if (!ok)
			return false;
		if (one)
			node_put(&list, r->revision->pods[i].name, seal_all(j, one, owner));
	}
	map->kids = list.first;
	expand_set(cw->expand, (size_t)scope_find(s, str_of("pods")), map);
	return true;
}

/* The directory of an object of template t. */
static struct str unit_of(const struct job *j, const struct resolved *r, struct str template,
			  const struct node *object)
{
	struct str namespace = node_text(node_at(object, "metadata"), "namespace");

	if (str_starts(template, "templates/access/"))
		return arena_fmt(j->arena, "%s/%s/%s.access", r->place.environment.p, namespace.p,
				 r->place.name.p);
	return arena_fmt(j->arena, "%s/%s/%s", r->place.environment.p, r->place.namespace.p,
			 r->place.name.p);
}

static void take(const struct job *j, struct compiled *out, const struct object_template *t,
		 const struct node_list *made)
{
	struct object *grown = NEW_ARRAY(j->arena, out->n + made->n, struct object);

	if (out->n)
		memcpy(grown, out->objects, out->n * sizeof(*grown));
	out->objects = grown;
	for (const struct node *o = made->first; o; o = o->next)
		out->objects[out->n++] = (struct object){ o, unit_of(j, &out->resolved, t->path, o),
							  object_file(j->arena, o, false) };
}

static bool expand(const struct job *j, struct cluster_worker *cw, struct compiled *out)
{
	const struct unit_templates *u = &j->world->units[UNIT_CLUSTER];
	bool ok = true;

	for (size_t i = 0; i < u->n_objects; i++) {
		struct node_list made = { 0 };

		if (expand_template(cw->expand, u->objects[i].t, &made))
			ok = false;
		take(j, out, &u->objects[i], &made);
	}
	return ok;
}

static const struct node *object_list(const struct job *j, const struct compiled *out)
{
	struct node *list = node_new(j->arena, NODE_LIST, (struct pos){ 0 });
	struct node_list items = { 0 };

	for (size_t i = 0; i < out->n; i++)
		node_add(&items, node_loose(j->arena, out->objects[i].node));
	list->kids = items.first;
	return list;
}

static const struct node **object_nodes(const struct job *j, const struct compiled *out)
{
	const struct node **nodes = NEW_ARRAY(j->arena, out->n + 1, const struct node *);

	for (size_t i = 0; i < out->n; i++)
		nodes[i] = out->objects[i].node;
	return nodes;
}

static void judge(const struct job *j, struct compiled *out, const struct node *const *objects)
{
	const struct place *p = &out->resolved.place;
	const struct judge_case c = {
		.world = j->world,
		.arena = j->arena,
		.diags = j->diags,
		.lua = j->lua,
		.as_of = j->as_of,
		.owner =
		    arena_fmt(j->arena, "%s/%s/%s", p->environment.p, p->namespace.p, p->name.p),
		.doc = out->resolved.doc,
		.spec = out->resolved.spec,
		.facts = out->facts,
		.objects = objects,
		.n = out->n,
	};

	judge_cluster(&c, &out->judged);
}

static struct link_input linked(const struct job *j, const struct compiled *out,
				const struct node *const *objects)
{
	return (struct link_input){ .world = j->world,
				    .arena = j->arena,
				    .diags = j->diags,
				    .facts = out->facts,
				    .objects = objects,
				    .n = out->n,
				    .folders = out->folders,
				    .n_folders = out->n_folders };
}

/* Proves and judges; the proofs run on when there is a core for them. */
static void weigh(const struct job *j, struct compiled *out, const struct node *const *objects)
{
	const struct link_input in = linked(j, out, objects);

	if (j->spare) {
		out->early = diags_new(j->arena);
		diags_take(out->early, j->diags);
		out->proving = proving_start(j->arena, &in);
	} else {
		link_check(&in);
	}
	/* what rules would say of objects that contradict each other only follows from that */
	if (diags_errors(j->diags) == 0)
		judge(j, out, objects);
}

bool cluster_proved(struct job *j, struct compiled *out)
{
	struct diags *proofs = diags_new(j->arena);
	size_t errors = proving_end(out->proving, j->arena, proofs);

	if (errors) {
		j->diags = out->early;
		out->judged = (struct judged){ 0 };
	}
	diags_take(j->diags, proofs);
	out->proving = NULL;
	return errors == 0;
}

static bool run(const struct job *j, struct cluster_worker *cw, struct compiled *out)
{
	const struct node *inputs = record_inputs(j, &out->resolved);

	if (diags_errors(j->diags) || !model(j, cw, inputs))
		return false;
	if (j->dump && j->dump->after == PASS_MODEL) {
		j->dump->tree = facts(j, cw);
		return false;
	}
	if (!pods(j, cw, &out->resolved) || !expand(j, cw, out))
		return false;
	out->facts = facts(j, cw);
	if (j->dump) {
		j->dump->tree = object_list(j, out);
		return false;
	}

	weigh(j, out, object_nodes(j, out));
	return diags_errors(j->diags) == 0;
}

/* What was probably meant: a cluster of that namespace in the environment of i, or the same one of
 * another environment. */
static struct str host_hint(const struct job *j, const struct intent *i, const struct node *host)
{
	struct near near = near_to(node_text(host, "name"));
	struct str elsewhere = { "", 0 };

	for (size_t k = 0; k < j->intents->n; k++) {
		const struct intent *one = &j->intents->list[k];

		if (one->kind != INTENT_CLUSTER ||
		    !str_eq(one->namespace, node_text(host, "namespace")))
			continue;
		if (str_eq(one->environment, i->environment))
			near_try(&near, one->name);
		else if (str_eq(one->name, near.want))
			elsewhere = one->environment;
	}
	if (near.best.n)
		return arena_fmt(j->arena, "; did you mean '%s'?", near.best.p);
	if (elsewhere.n)
		return arena_fmt(j->arena,
				 "; environment '%s' has it, and a guest is where its host is",
				 elsewhere.p);
	return elsewhere;
}

/* A database that no cluster is host to: what is wrong with it is told, and nothing comes of it. */
static void without_host(const struct job *j, const struct intent *i)
{
	const struct node *host = NULL, *name = NULL;
	struct resolved g;

	(void)resolve_database(j, i, &g);
	host = node_at(node_at(g.doc, "spec"), "cluster");
	name = node_at(host, "name");
	if (!name || !node_at(host, "namespace"))
		return;
	diag_error(j->diags, MSG_host_unknown, name->pos,
		   "there is no cluster '%s' in namespace '%s' of environment '%s'%s", name->text.p,
		   node_text(host, "namespace").p, i->environment.p, host_hint(j, i, host).p);
}

/* Guests of a cluster that cannot be looked at with it: their own mistakes are told all the same.
 */
static void guests_alone(const struct job *j, const struct intent *i)
{
	struct resolved g;

	for (size_t k = 0; !j->dump && k < i->guests.n; k++)
		(void)resolve_database(j, i->guests.list[k], &g);
}

bool cluster_compile(const struct job *j, struct cluster_worker *cw, const struct intent *i,
		     struct compiled *out)
{
	struct lua_job lua = { .arena = j->arena, .diags = j->diags, .intent = { i->file, 1, 1 } };
	bool ok = false;

	*out = (struct compiled){ 0 };
	lua.as_of = j->as_of;
	lua.what = arena_fmt(j->arena, "cluster %s/%s", i->namespace.p, i->name.p);
	lua.revision = 1;
	lua_worker_begin(j->lua, &lua);
	if (i->kind == INTENT_DATABASE) {
		without_host(j, i);
	} else if (resolve_cluster(j, i, &out->resolved)) {
		lua.revision = out->resolved.revision->number;
		expand_begin(cw->expand, &lua);
		ok = run(j, cw, out);
	} else {
		guests_alone(j, i);
	}
	return lua_worker_end(j->lua) == 0 && ok;
}

bool cluster_prove(const struct job *j, struct cluster_worker *cw, struct compiled *given)
{
	struct lua_job lua = { .arena = j->arena, .diags = j->diags };
	size_t errors = diags_errors(j->diags);
	bool ok = false;

	lua.intent = (struct pos){ given->resolved.intent->file, 1, 1 };
	lua.what = arena_fmt(j->arena, "cluster %s/%s", given->resolved.place.namespace.p,
			     given->resolved.place.name.p);
	lua.revision = given->resolved.revision->number;
	lua_worker_begin(j->lua, &lua);
	expand_begin(cw->expand, &lua);
	ok = model(j, cw, record_inputs(j, &given->resolved));
	if (ok) {
		given->facts = facts(j, cw);
		const struct link_input in = linked(j, given, object_nodes(j, given));

		link_check(&in);
		ok = diags_errors(j->diags) == errors;
	}
	return lua_worker_end(j->lua) == 0 && ok;
}
