/* SPDX-License-Identifier: Apache-2.0 */
/* forms.c: rows of the contracts schema/contracts/objects/ and the objects they speak about. */
#include "link/forms.h"

/* The part of an object that rows with `part` speak about. */
static const struct node *pod_part(const struct node *object, struct str *path)
{
	const struct node *spec = node_at(object, "spec");

	*path = str_of("spec.template.");
	if (str_is(node_text(object, "kind"), "CronJob")) {
		spec = node_at(node_at(spec, "jobTemplate"), "spec");
		*path = str_of("spec.jobTemplate.spec.template.");
	}
	return node_at(spec, "template");
}

static const struct node *container_part(const struct node *pod, struct str name)
{
	static const char *const lists[] = { "containers", "initContainers" };

	for (size_t i = 0; i < 2; i++)
		for (const struct node *c = link_first(node_at(node_at(pod, "spec"), lists[i])); c;
		     c = c->next)
			if (str_eq(node_text(c, "name"), name))
				return c;
	return NULL;
}

/* What the row says of has: its own tree, and the parts of the contract that it uses. */
static void hold(const struct form_walk *w, const struct node *has)
{
	const struct node *must = node_at(w->row, "must");

	for (const struct node *u = link_first(node_at(w->row, "use")); u; u = u->next)
		form_match(w, node_get(w->parts, u->text), has);
	if (must)
		form_match(w, must, has);
}

/* Holds one object against the row; a container or pod that is missing is another row's business.
 */
static void judge(struct form_walk *w)
{
	struct str part = node_text(w->row, "part"), container = node_text(w->row, "container");
	const struct node *has = w->object;

	w->part = (struct str){ "", 0 };
	if (str_is(part, "pod") || container.n)
		has = pod_part(w->object, &w->part);
	if (has && container.n) {
		has = container_part(has, container);
		w->part = (struct str){ "", 0 };
		w->container = container;
	}
	if (has)
		hold(w, has);
	w->container = (struct str){ "", 0 };
}

/* The record, as if it were an object. */
static const struct node *record_object(const struct link_input *in)
{
	return link_find(in, "PostgresCluster", node_text(node_at(in->facts, "meta"), "namespace"),
			 node_text(node_at(in->facts, "meta"), "name"));
}

/* What the facts say against what they follow from. */
static void judge_facts(struct form_walk *w)
{
	w->object = record_object(w->scope.in);
	w->part = str_of("facts.");
	if (w->object)
		hold(w, w->scope.in->facts);
}

static void judge_configs(struct form_walk *w, bool dynamic)
{
	const struct link_index *x = w->scope.in->index;

	for (size_t i = 0; i < x->n_configs; i++) {
		if (x->configs[i].dynamic != dynamic || !x->configs[i].tree)
			continue;
		w->object = x->configs[i].owner;
		w->config = &x->configs[i];
		w->part = str_of(dynamic ? "patroni.dynamic." : "SPILO_CONFIGURATION.");
		hold(w, x->configs[i].tree);
	}
}

static void missing(struct form_walk *w, struct str kind, struct str name)
{
	const struct node *why = node_at(w->row, "why");

	if (!node_at(w->row, "needed") || !record_object(w->scope.in))
		return;
	link_report(w->scope.in, w->self, record_object(w->scope.in), "there is no %s '%s'%s%s",
		    kind.p, name.p, why ? ": " : "", why ? why->text.p : "");
}

static void named(struct form_walk *w, struct str kind)
{
	const struct link_input *in = w->scope.in;
	struct filled name = slots_fill(&w->scope, node_text(w->row, "name"));
	struct str space = node_text(w->row, "namespace");
	struct filled namespace =
	    slots_fill(&w->scope, space.n ? space : str_of("{meta.namespace}"));

	if (!name.set || !namespace.set)
		return;
	name.text = name.node ? name.node->text : name.text;
	namespace.text = namespace.node ? namespace.node->text : namespace.text;
	w->object = link_find(in, kind.p, namespace.text, name.text);
	if (!w->object) {
		missing(w, kind, name.text);
		return;
	}
	w->scope.names[w->scope.n] = (struct slot_name){ str_of("object"), w->object };
	w->scope.n++;
	judge(w);
	w->scope.n--;
}

/* One row in the scope of its loop. */
static void once(struct form_walk *w)
{
	struct str kind = node_text(w->row, "kind");

	if (!slots_hold(&w->scope, node_at(w->row, "when")))
		return;
	if (str_is(kind, "Facts"))
		judge_facts(w);
	else if (str_is(kind, "Local") || str_is(kind, "Dynamic"))
		judge_configs(w, str_is(kind, "Dynamic"));
	else
		named(w, kind);
}

static void row(struct form_walk w)
{
	struct str each = node_text(w.row, "each");

	if (!each.n) {
		once(&w);
		return;
	}
	w.scope.n = 1;
	w.scope.names[0].name = node_text(w.row, "as");
	for (const struct node *e = link_first(slot_find(&w.scope, each)); e; e = e->next) {
		w.scope.names[0].value = e;
		once(&w);
	}
}

/* The contract objects/<id>, or NULL. */
static const struct node *contract_of(const struct link_input *in, const char *id)
{
	node_each(c, in->world->contracts) if (str_starts(c->key, "objects/") &&
					       strcmp(c->key.p + strlen("objects/"), id) ==
						   0) return c;
	return NULL;
}

void forms_check(const struct link_input *in, const struct link_check *self)
{
	const struct node *contract = contract_of(in, self->id);

	for (const struct node *r = link_first(node_at(contract, "rows")); r; r = r->next)
		row((struct form_walk){ .scope = { .in = in },
					.self = self,
					.row = r,
					.parts = node_at(contract, "parts") });
}
