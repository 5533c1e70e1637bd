/* SPDX-License-Identifier: Apache-2.0 */
/* rule_load.c: x-howdah-rules from schema files into struct schema_rule. */
#include "schema/check.h"
#include "schema/load.h"
#include "tree/print.h"

static const char *const form_names[] = { "requires", "forbids", "oneOf",     "lessOrEqual",
					  "less",     "differ",  "immutable", "growsOnly" };
static const char *const test_names[] = { "set",   "equals", "in",   "atLeast",
					  "above", "atMost", "below" };

enum {
	FORMS = sizeof(form_names) / sizeof(form_names[0]),
	TESTS = sizeof(test_names) / sizeof(test_names[0])
};

const char *rule_form_name(enum rule_form form)
{
	return form_names[form];
}

bool rule_is_ordered(enum rule_form form)
{
	return form == RULE_LESS_OR_EQUAL || form == RULE_LESS || form == RULE_GROWS_ONLY;
}

static bool is_pair(enum rule_form form)
{
	return form == RULE_LESS_OR_EQUAL || form == RULE_LESS || form == RULE_DIFFER;
}

/* The object that carries the rules, and where to report. */
struct reader {
	struct loader *l;
	const struct schema *s;
};

/* Plain keys joined by dots, each a declared property. */
static struct rule_path read_path(const struct reader *r, const struct node *n)
{
	struct rule_path path = { 0 };
	const struct schema *at = r->s;
	struct str text = n && n->kind == NODE_STR ? n->text : (struct str){ "", 0 };
	struct str *keys = NEW_ARRAY(r->l->arena, text.n + 1, struct str);
	struct pos pos = n ? n->pos : at->pos;

	path.text = text;
	path.keys = keys;
	for (size_t from = 0; at && from <= text.n; from++) {
		size_t dot = from + str_find(str_cut(text, from, text.n), '.');
		const struct schema_prop *prop = NULL;

		keys[path.n] = arena_str(r->l->arena, str_cut(text, from, dot));
		prop = schema_prop(at, keys[path.n++]);
		at = prop ? prop->schema : NULL;
		from = dot;
	}
	path.schema = at;
	if (!at)
		load_error(r->l, pos, "a rule names '%s', which is no field here",
			   print_text_inline(r->l->arena, text).p);
	return path;
}

/* Types one value by the field that it is compared with. */
static const struct node *read_value(const struct reader *r, const struct rule_condition *c,
				     const struct node *v)
{
	struct diags *found = diags_new(r->l->arena);
	const struct node *typed = schema_check_value(r->l->arena, found, c->path.schema, v);

	/* A bound may lie just outside the field's own range: `above: 0`. */
	if (!typed && c->test >= TEST_AT_LEAST && c->path.schema->type == SCHEMA_INTEGER) {
		int64_t num;

		if (v->kind == NODE_STR && str_int(v->text, &num))
			return node_int(r->l->arena, v->pos, num);
	}
	if (!typed)
		load_error(r->l, v->pos, "this value does not fit '%s'", c->path.text.p);
	return typed;
}

static void read_values(const struct reader *r, struct rule_condition *c, const struct node *v)
{
	struct node_list values = { 0 };

	if (c->test == TEST_IN && v->kind != NODE_LIST) {
		load_error(r->l, v->pos, "'in' must be a list of values");
		return;
	}
	if (c->test != TEST_IN) {
		c->value = read_value(r, c, v);
		return;
	}
	node_each(kid, v)
	{
		const struct node *typed = read_value(r, c, kid);

		if (typed)
			node_add(&values, node_loose(r->l->arena, typed));
	}
	c->value = values.first;
}

/* `{path: a.b, equals: x}`: exactly one test beside the path. */
static struct rule_condition read_condition(const struct reader *r, const struct node *n)
{
	struct rule_condition c = { 0 };
	size_t tests = 0;

	c.path = read_path(r, node_at(n, "path"));
	for (int i = 0; i < TESTS && c.path.schema; i++) {
		const struct node *v = node_at(n, test_names[i]);

		if (!v)
			continue;
		tests++;
		c.test = (enum rule_test)i;
		if (c.test == TEST_SET)
			c.set = str_is(v->text, "true");
		else
			read_values(r, &c, v);
	}
	if (tests != 1 || node_count(n) != 2)
		load_error(r->l, n->pos, "a condition is {path: FIELD, TEST: VALUE} with one test");
	return c;
}

static void read_pair(const struct reader *r, struct schema_rule *rule, const struct node *v)
{
	const struct node *when = node_at(v, "when"), *then = node_at(v, "then");

	if (!when || !then || node_count(v) != 2) {
		load_error(r->l, v->pos, "'%s' needs `when` and `then`", v->key.p);
		return;
	}
	rule->when = read_condition(r, when);
	rule->then = read_condition(r, then);
}

static void read_paths(const struct reader *r, struct schema_rule *rule, const struct node *v)
{
	struct rule_path *paths = NEW_ARRAY(r->l->arena, node_count(v) + 1, struct rule_path);
	bool one = rule->form == RULE_IMMUTABLE || rule->form == RULE_GROWS_ONLY;

	rule->paths = paths;
	if (one && v->kind == NODE_STR)
		paths[rule->n_paths++] = read_path(r, v);
	else if (!one && v->kind == NODE_LIST)
		node_each(kid, v) paths[rule->n_paths++] = read_path(r, kid);
	if (rule->n_paths < (one ? 1U : 2U) || (is_pair(rule->form) && rule->n_paths != 2))
		load_error(r->l, v->pos, "'%s' needs %s", v->key.p,
			   one ? "a field" : "a list of fields");
}

static bool has_order(const struct schema *s)
{
	return !s || s->type == SCHEMA_INTEGER || format_row(s->format)->order != ORDER_NONE;
}

static void check_order(const struct reader *r, const struct schema_rule *rule)
{
	bool ordered = true;

	if (rule_is_ordered(rule->form))
		for (size_t i = 0; i < rule->n_paths; i++)
			ordered = ordered && has_order(rule->paths[i].schema);
	if (rule->form == RULE_REQUIRES || rule->form == RULE_FORBIDS)
		ordered = (rule->when.test < TEST_AT_LEAST || has_order(rule->when.path.schema)) &&
			  (rule->then.test < TEST_AT_LEAST || has_order(rule->then.path.schema));
	if (!ordered)
		load_error(r->l, rule->pos, "rule '%s' compares a field whose values have no order",
			   rule->id.p);
}

static bool is_rule_key(struct str key)
{
	for (size_t i = 0; i < FORMS; i++)
		if (str_is(key, form_names[i]))
			return true;
	return str_is(key, "id") || str_is(key, "message") || str_is(key, "within") ||
	       str_is(key, "unless");
}

static void read_rule(const struct reader *r, struct schema_rule *rule, const struct node *n)
{
	size_t forms = 0;

	rule->pos = n->pos;
	rule->id = node_text(n, "id");
	rule->message = node_text(n, "message");
	for (size_t i = 0; i < FORMS; i++) {
		const struct node *v = node_at(n, form_names[i]);

		if (!v)
			continue;
		forms++;
		rule->form = (enum rule_form)i;
		if (rule->form == RULE_REQUIRES || rule->form == RULE_FORBIDS)
			read_pair(r, rule, v);
		else
			read_paths(r, rule, v);
	}
	if (node_at(n, "within"))
		rule->within = read_path(r, node_at(n, "within"));
	if (node_at(n, "unless"))
		rule->unless = read_path(r, node_at(n, "unless"));
	if (forms != 1 || !rule->id.n || !rule->message.n)
		load_error(r->l, n->pos,
			   "a rule has an id, a message and one of requires, forbids, "
			   "oneOf, lessOrEqual, less, differ, immutable, growsOnly");
	if (n->kind == NODE_MAP)
		node_each(kid, n) if (!is_rule_key(kid->key))
		    load_error(r->l, kid->key_pos, "'%s' is not a key of a rule",
			       print_text_inline(r->l->arena, kid->key).p);
	check_order(r, rule);
}

void rules_read(struct loader *l, struct schema *s, const struct node *list)
{
	struct schema_rule *rules = NEW_ARRAY(l->arena, node_count(list) + 1, struct schema_rule);
	struct reader r = { l, s };
	size_t n = 0;

	if (list->kind != NODE_LIST) {
		load_error(l, list->pos, "'x-howdah-rules' must be a list");
		return;
	}
	node_each(kid, list) read_rule(&r, &rules[n++], kid);
	s->rules = rules;
	s->n_rules = n;
}
