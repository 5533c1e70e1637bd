/* SPDX-License-Identifier: Apache-2.0 */
/* rule.c: judging cross-field rules; reading them from schema files is rule_load.c. */
#include "schema/rule.h"

#include "schema/check.h"
#include "tree/print.h"

struct judge {
	struct arena *arena;
	struct diags *diags;
};

const struct node *rule_follow(const struct rule_path *path, const struct node *n)
{
	for (size_t i = 0; i < path->n && n; i++)
		n = node_get(n, path->keys[i]);
	return n;
}

bool rule_compare(const struct schema *s, const struct node *a, const struct node *b, int *sign)
{
	if (a->kind != b->kind)
		return false;
	if (a->kind == NODE_INT) {
		*sign = (a->num > b->num) - (a->num < b->num);
		return true;
	}
	return a->kind == NODE_STR && s && format_compare(s->format, a->text, b->text, sign);
}

static bool find_in(const struct schema *s, struct str id, struct rule_found *found)
{
	for (size_t i = 0; i < s->n_rules; i++) {
		if (str_eq(s->rules[i].id, id)) {
			found->rule = &s->rules[i];
			found->object = s;
			return true;
		}
	}
	for (size_t i = 0; i < s->n_props; i++)
		if (find_in(s->props[i].schema, id, found))
			return true;
	return (s->items && find_in(s->items, id, found)) ||
	       (s->extra && find_in(s->extra, id, found));
}

struct rule_found rule_find(const struct schema_set *set, struct str id)
{
	struct rule_found found = { 0 };
	const struct schema_kind *k;

	for (size_t i = 0; (k = schema_nth(set, i)); i++) {
		found.kind = k;
		if (find_in(k->root, id, &found))
			return found;
	}
	return found;
}

static bool is_among(const struct node *first, const struct node *n)
{
	for (const struct node *v = first; v; v = v->next)
		if (node_eq(v, n))
			return true;
	return false;
}

/* What is not set makes every test but `set: false` false. */
static bool holds(const struct rule_condition *c, const struct node *object)
{
	const struct node *n = rule_follow(&c->path, object);
	int sign;

	if (c->test == TEST_SET)
		return c->set == (n != NULL);
	if (!n)
		return false;
	if (c->test == TEST_EQUALS)
		return node_eq(n, c->value);
	if (c->test == TEST_IN)
		return is_among(c->value, n);
	if (!rule_compare(c->path.schema, n, c->value, &sign))
		return false;
	switch (c->test) {
	case TEST_AT_LEAST:
		return sign >= 0;
	case TEST_ABOVE:
		return sign > 0;
	case TEST_AT_MOST:
		return sign <= 0;
	default:
		return sign < 0;
	}
}

static void broken(const struct judge *j, const struct schema_rule *rule, struct pos pos)
{
	diag_error(j->diags, MSG_rule_broken, pos, "%s", rule->message.p);
	diag_rule(j->diags, rule->id);
}

/* A note with the place and value of one field that the rule looks at. */
static void show(const struct judge *j, const struct rule_path *path, const struct node *object)
{
	const struct node *n = rule_follow(path, object);

	if (n)
		diag_note(j->diags, n->pos, "'%s' is %s here", path->text.p,
			  print_node_inline(j->arena, n).p);
	else
		diag_note(j->diags, object->pos, "'%s' is not set", path->text.p);
}

/* A line that the user can't change. */
static bool is_built_in(const struct node *n)
{
	return n->pos.file && str_starts(n->pos.file->name, "built-in:");
}

static void judge_pair(const struct judge *j, const struct schema_rule *rule,
		       const struct node *object)
{
	bool then = holds(&rule->then, object);

	if (!holds(&rule->when, object) || then == (rule->form == RULE_REQUIRES))
		return;

	const struct node *at = rule_follow(&rule->then.path, object);
	const struct node *when = rule_follow(&rule->when.path, object);

	if (when && (!at || (is_built_in(at) && !is_built_in(when))))
		at = when;
	broken(j, rule, at ? at->pos : object->pos);
	show(j, &rule->when.path, object);
	show(j, &rule->then.path, object);
}

static void judge_one_of(const struct judge *j, const struct schema_rule *rule,
			 const struct node *object)
{
	const struct node *last = NULL;
	size_t set = 0;

	for (size_t i = 0; i < rule->n_paths; i++) {
		const struct node *n = rule_follow(&rule->paths[i], object);

		last = n ? n : last;
		set += n != NULL;
	}
	if (set == 1)
		return;
	broken(j, rule, last ? last->pos : object->pos);
	for (size_t i = 0; i < rule->n_paths; i++)
		show(j, &rule->paths[i], object);
}

/* Two values that are set, against the order that the form asks for. */
static bool fits(const struct schema_rule *rule, const struct node *low, const struct node *high)
{
	int sign;

	if (rule->form == RULE_DIFFER)
		return !node_eq(low, high);
	if (!rule_compare(rule->paths[0].schema, low, high, &sign))
		return true;
	return rule->form == RULE_LESS ? sign < 0 : sign <= 0;
}

static void judge_order(const struct judge *j, const struct schema_rule *rule,
			const struct node *object)
{
	const struct node *low = rule_follow(&rule->paths[0], object);
	const struct node *high = rule_follow(&rule->paths[1], object);

	if (!low || !high || fits(rule, low, high))
		return;
	broken(j, rule, is_built_in(low) && !is_built_in(high) ? high->pos : low->pos);
	show(j, &rule->paths[0], object);
	show(j, &rule->paths[1], object);
}

static bool same(const struct rule_path *path, const struct node *a, const struct node *b)
{
	const struct node *x = rule_follow(path, a), *y = rule_follow(path, b);

	return (!x && !y) || (x && y && node_eq(x, y));
}

static void judge_change(const struct judge *j, const struct schema_rule *rule,
			 const struct node *object, const struct node *old)
{
	const struct node *now = rule_follow(&rule->paths[0], object);
	const struct node *was = rule_follow(&rule->paths[0], old);
	int sign = 0;

	if (rule->within.n && !same(&rule->within, object, old))
		return;
	if (rule->form == RULE_IMMUTABLE && same(&rule->paths[0], object, old))
		return;
	if (rule->form == RULE_GROWS_ONLY &&
	    (!now || !was || !rule_compare(rule->paths[0].schema, now, was, &sign) || sign >= 0))
		return;
	broken(j, rule, now ? now->pos : object->pos);
	show(j, &rule->paths[0], object);
	if (was)
		diag_note(j->diags, was->pos, "'%s' was %s before", rule->paths[0].text.p,
			  print_node_inline(j->arena, was).p);
	else
		diag_note(j->diags, old->pos, "'%s' was not set before", rule->paths[0].text.p);
}

static void judge_rule(const struct judge *j, const struct schema_rule *rule,
		       const struct node *object, const struct node *old)
{
	if (rule->unless.n && rule_follow(&rule->unless, object))
		return;
	switch (rule->form) {
	case RULE_REQUIRES:
	case RULE_FORBIDS:
		judge_pair(j, rule, object);
		return;
	case RULE_ONE_OF:
		judge_one_of(j, rule, object);
		return;
	case RULE_LESS_OR_EQUAL:
	case RULE_LESS:
	case RULE_DIFFER:
		judge_order(j, rule, object);
		return;
	case RULE_IMMUTABLE:
	case RULE_GROWS_ONLY:
		if (old)
			judge_change(j, rule, object, old);
		return;
	}
}

/* What stood in old where kid stands in n: by key, or by list key. */
static const struct node *counterpart(const struct schema *s, const struct node *old,
				      const struct node *kid)
{
	const struct node *mark = s->merge.n ? node_get(kid, s->merge) : NULL;

	if (!old || kid->key.n)
		return old ? node_get(old, kid->key) : NULL;
	if (!mark || old->kind != NODE_LIST)
		return NULL;
	node_each(item, old)
	{
		const struct node *other = node_get(item, s->merge);

		if (other && node_eq(other, mark))
			return item;
	}
	return NULL;
}

static void judge_at(const struct judge *j, const struct schema *s, const struct node *n,
		     const struct node *old)
{
	if (n->kind != NODE_MAP && n->kind != NODE_LIST)
		return;
	if (n->kind == NODE_MAP)
		for (size_t i = 0; i < s->n_rules; i++)
			judge_rule(j, &s->rules[i], n, old);
	node_each(kid, n)
	{
		const struct schema *below =
		    n->kind == NODE_LIST ? s->items : schema_step(s, kid->key);

		if (below)
			judge_at(j, below, kid, counterpart(s, old, kid));
	}
}

void schema_rules_check(struct arena *a, struct diags *d, const struct schema *s,
			const struct node *tree, const struct node *previous)
{
	struct judge j = { a, d };

	judge_at(&j, s, tree, previous);
}
