/* SPDX-License-Identifier: Apache-2.0 */
/* compile.c: from a template's tree to steps. */
#include <stdlib.h>

#include "expand/program.h"
#include "tree/yaml.h"

const struct step *compile_keep(struct compile *c, const struct step *s)
{
	struct step *copy = NEW(c->arena, struct step);

	*copy = *s;
	return copy;
}

bool compile_all_fixed(const struct step *at, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (at[i].op != OP_FIXED)
			return false;
	return true;
}

/* Links the fixed values of steps as the kids of one node. */
static const struct node *link_fixed(struct compile *c, const struct step *at, size_t n)
{
	struct node_list kids = { 0 };

	for (size_t i = 0; i < n; i++) {
		struct node *kid = node_loose(c->arena, at[i].fixed);

		kid->key = at[i].key;
		kid->key_pos = at[i].key_pos;
		node_add(&kids, kid);
	}
	return kids.first;
}

static struct step fixed_container(struct compile *c, const struct node *n, const struct step *at,
				   size_t count)
{
	struct node *node = node_new(c->arena, n->kind, n->pos);

	node->fixed = true;
	node->kids = link_fixed(c, at, count);
	return (struct step){ .op = OP_FIXED, .pos = n->pos, .fixed = node };
}

static struct step compile_list(struct compile *c, const struct node *n)
{
	size_t count = node_count(n), i = 0;
	struct step *at = NEW_ARRAY(c->arena, count + 1, struct step);
	const struct schema *want = c->want;

	c->want = want && want->type == SCHEMA_ARRAY ? want->items : NULL;
	node_each(kid, n) at[i++] = compile_node(c, kid, true);
	c->want = want;
	if (compile_all_fixed(at, count))
		return fixed_container(c, n, at, count);
	return (struct step){ .op = OP_LIST, .pos = n->pos, .steps = { at, count, NULL } };
}

static int by_key(const void *a, const void *b)
{
	return str_cmp(((const struct step *)a)->key, ((const struct step *)b)->key);
}

static bool check_key(struct compile *c, const struct node *kid)
{
	if (!compile_is_computed(kid->key))
		return true;
	diag_error(c->d, MSG_template_syntax, kid->key_pos,
		   "'%.*s': a key is fixed text; a map with computed keys comes from $merge",
		   (int)kid->key.n, kid->key.p);
	return false;
}

static struct step compile_map(struct compile *c, const struct node *n)
{
	size_t count = node_count(n), i = 0, last;
	struct step *at = NEW_ARRAY(c->arena, count + 1, struct step);
	struct step map = { .op = OP_MAP, .pos = n->pos };
	const struct schema *want = c->want;

	node_each(kid, n)
	{
		if (!check_key(c, kid))
			continue;
		c->want = want && want->type == SCHEMA_OBJECT ? schema_step(want, kid->key) : NULL;
		at[i] = compile_node(c, kid, false);
		at[i].key = kid->key;
		at[i++].key_pos = kid->key_pos;
	}
	c->want = want;
	count = last = i;
	qsort(at, count, sizeof(*at), by_key);
	if (compile_all_fixed(at, count))
		return fixed_container(c, n, at, count);
	while (last && at[last - 1].op == OP_FIXED)
		last--;
	map.steps = (struct steps){ at, last, link_fixed(c, at + last, count - last) };
	return map;
}

bool compile_is_special(struct str key)
{
	return str_starts(key, "$") && !compile_is_computed(key);
}

static bool has_directive(const struct node *n)
{
	node_each(kid, n) if (compile_is_special(kid->key)) return true;
	return false;
}

struct step compile_node(struct compile *c, const struct node *n, bool item)
{
	struct node *copy;

	switch (n->kind) {
	case NODE_STR:
		return compile_text(c, n);
	case NODE_LIST:
		return compile_list(c, n);
	case NODE_MAP:
		return has_directive(n) ? compile_special(c, n, item) : compile_map(c, n);
	default:
		copy = node_loose(c->arena, n);
		copy->fixed = true;
		return (struct step){ .op = OP_FIXED, .pos = n->pos, .fixed = copy };
	}
}

static void find_lines(struct compile *c)
{
	struct str text = c->file->text;
	size_t n = 1;
	uint32_t *lines;

	for (size_t i = 0; i < text.n; i++)
		n += text.p[i] == '\n';
	lines = NEW_ARRAY(c->arena, n, uint32_t);
	c->n_lines = 1;
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] == '\n')
			lines[c->n_lines++] = (uint32_t)i + 1;
	c->lines = lines;
}

static struct compile compile_begin(struct scope *s, const struct node *root, struct diags *d)
{
	struct compile c = { .scope = s, .arena = s->arena, .d = d, .file = root->pos.file };

	c.visible = s->n_names - 1;
	c.sees_pods = true;
	find_lines(&c);
	return c;
}

const struct template *template_compile(struct scope *s, const struct node *root, struct diags *d)
{
	struct compile c = compile_begin(s, root, d);
	struct template *t = NEW(s->arena, struct template);
	size_t errors = diags_errors(d);
	struct step step;

	root = yaml_resolve(s->arena, d, root, false);
	if (root->kind != NODE_LIST && root->kind != NODE_MAP)
		diag_error(d, MSG_template_syntax, root->pos,
			   "a template is a map or a list of maps, not a %s", node_kind(root));
	step = compile_node(&c, root, false);
	t->scope = s;
	t->group = s->n_names;
	t->root = compile_keep(&c, &step);
	return diags_errors(d) == errors ? t : NULL;
}

static int by_place(const void *a, const void *b)
{
	const struct schema_prop *x = *(const struct schema_prop *const *)a;
	const struct schema_prop *y = *(const struct schema_prop *const *)b;

	return (x->place > y->place) - (x->place < y->place);
}

/* Facts that the record does not declare. */
static void check_facts(struct compile *c, const struct node *root, const struct schema *type)
{
	node_each(kid, root)
	{
		if (schema_prop(type, kid->key) || str_is(kid->key, "$let"))
			continue;
		diag_error(c->d, MSG_template_name, kid->key_pos,
			   "the record declares no fact '%.*s' in '%.*s'", (int)kid->key.n,
			   kid->key.p, (int)type->name.n, type->name.p);
		diag_note(c->d, type->pos, "declared here");
	}
}

/* Facts in declared order; each sees those before it. */
static void compile_facts(struct compile *c, struct template *t, const struct node *root,
			  const struct schema *type)
{
	const struct schema_prop **props =
	    NEW_ARRAY(c->arena, type->n_props + 1, const struct schema_prop *);
	struct step *at = NEW_ARRAY(c->arena, type->n_props + 1, struct step);
	size_t n = 0;

	for (size_t i = 0; i < type->n_props; i++)
		props[i] = &type->props[i];
	qsort(props, type->n_props, sizeof(*props), by_place);
	for (size_t i = 0; i < type->n_props; i++) {
		const struct node *kid = node_get(root, props[i]->key);

		if (!kid)
			continue;
		c->self_place = props[i]->place;
		c->want = props[i]->schema;
		at[n] = compile_node(c, kid, false);
		at[n].want = props[i]->schema;
		at[n].key = kid->key;
		at[n++].key_pos = kid->key_pos;
	}
	t->facts = (struct steps){ at, n, NULL };
	t->by_fact = true;
}

const struct template *template_compile_group(struct scope *s, size_t name, const struct node *root,
					      struct diags *d)
{
	struct compile c = compile_begin(s, root, d);
	struct template *t = NEW(s->arena, struct template);
	const struct schema *type = s->names[name].type;
	size_t errors = diags_errors(d);

	c.visible = name;
	c.sees_pods = false;
	t->scope = s;
	t->group = name;
	s->names[name].computed = true;
	root = yaml_resolve(s->arena, d, root, false);
	if (root->kind == NODE_MAP && type && type->type == SCHEMA_OBJECT && !type->extra) {
		c.self = type;
		(void)names_add_local(&c, str_of("self"), root->pos, type);
		check_facts(&c, root, type);
		t->lets = compile_lets(&c, node_at(root, "$let"));
		compile_facts(&c, t, root, type);
	} else {
		struct step step;

		c.want = type;
		step = compile_node(&c, root, false);
		t->root = compile_keep(&c, &step);
	}
	return diags_errors(d) == errors ? t : NULL;
}
