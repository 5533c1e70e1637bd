/* SPDX-License-Identifier: Apache-2.0 */
/* expand.c: units, object templates, groups of facts. */
#include "expand/expand.h"

#include "expand/run.h"

struct expand *expand_new(struct arena *a, const struct scope *s, struct lua_worker *w)
{
	struct expand *x = NEW(a, struct expand);

	x->arena = a;
	x->scope = s;
	x->lua = w;
	x->values = NEW_ARRAY(a, s->n_names, const struct node *);
	x->slots = NEW_ARRAY(a, s->n_slots + 1, struct slot_value);
	return x;
}

void expand_begin(struct expand *x, const struct lua_job *job)
{
	x->job = job;
	x->turn++;
	x->reads = (struct reads){ .arena = job->arena };
	x->parts = (struct reads){ .arena = job->arena };
	for (size_t i = 0; i < x->scope->n_names; i++)
		x->values[i] = NULL;
}

/* A path below a name that changes its value is looked up anew. */
void expand_set(struct expand *x, size_t name, const struct node *value)
{
	if (x->values[name])
		x->turn++;
	x->values[name] = value;
}

const struct node *expand_get(const struct expand *x, size_t name)
{
	return x->values[name];
}

int expand_template(struct expand *x, const struct template *t, struct node_list *out)
{
	const struct step *root = t->root;
	int result = 0;

	if (root->op == OP_FIXED && root->fixed->kind == NODE_LIST) {
		node_each(kid, root->fixed) node_add(out, node_loose(x->job->arena, kid));
		return 0;
	}
	if (root->op != OP_LIST)
		return run_item(x, root, out);
	for (size_t i = 0; i < root->steps.n; i++)
		if (run_item(x, &root->steps.at[i], out))
			result = -1;
	return result;
}

int expand_each(struct expand *x, const struct template *t, const struct expand_sink *sink)
{
	const struct step *root = t->root;
	size_t n = root->op == OP_LIST ? root->steps.n : 1;
	int result = 0;

	for (size_t i = 0; i < n; i++) {
		struct node_list made = { 0 };

		x->sink = sink;
		if (root->op == OP_LIST ? run_item(x, &root->steps.at[i], &made)
					: expand_template(x, t, &made))
			result = -1;
		x->sink = NULL;
		if (made.first)
			sink->take(sink->context, made.first);
	}
	return result;
}

const struct node *expand_value(struct expand *x, const struct template *t, bool *ok)
{
	struct node *n = NULL;

	*ok = run_step(x, t->root, &n) == 0;
	return n;
}

/* Computes the facts one by one below map self, which grows. */
static int run_facts(struct expand *x, const struct template *t, struct node *self)
{
	struct node_list facts = { 0 };
	int result = 0;

	x->locals[0] = self;
	if (run_lets(x, &t->lets, 1))
		return -1;
	for (size_t i = 0; i < t->facts.n; i++) {
		const struct step *fact = &t->facts.at[i];
		struct node *n = NULL;

		if (run_step(x, fact, &n)) {
			result = -1;
			continue;
		}
		if (!n)
			continue;
		if (fact_check(x, fact->want, n))
			result = -1;
		n->key_pos = fact->key_pos;
		node_put(&facts, fact->key, n);
		self->kids = facts.first;
	}
	return result;
}

int expand_group(struct expand *x, const struct template *t)
{
	const struct scope_name *name = &t->scope->names[t->group];
	struct node *n = NULL;
	int result;

	if (!t->by_fact) {
		result = run_step(x, t->root, &n);
		if (!result && n && name->type)
			result = fact_check(x, name->type, n);
		expand_set(x, t->group, n);
		return result;
	}
	n = node_new(x->job->arena, NODE_MAP, t->facts.n ? t->facts.at[0].pos : (struct pos){ 0 });
	result = run_facts(x, t, n);
	for (size_t i = 0; !result && i < name->type->n_props; i++)
		if (name->type->props[i].required && !node_get(n, name->type->props[i].key))
			result =
			    run_fail(x, MSG_template_type, n->pos, "'%.*s.%.*s' is not set",
				     (int)name->name.n, name->name.p,
				     (int)name->type->props[i].key.n, name->type->props[i].key.p);
	expand_set(x, t->group, n);
	return result;
}
