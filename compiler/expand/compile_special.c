/* SPDX-License-Identifier: Apache-2.0 */
/* compile_special.c: maps with directives: $let, $if, $for, $as, $merge, $do. */
#include "expand/program.h"

static const char *const directives[] = { "$let", "$if", "$for", "$as", "$merge", "$do" };

enum { TYPO_MOST = 2 };

static bool is_directive(struct str key)
{
	for (size_t i = 0; i < sizeof(directives) / sizeof(*directives); i++)
		if (str_is(key, directives[i]))
			return true;
	return false;
}

static void report_unknown(struct compile *c, const struct node *kid)
{
	const char *best = NULL;
	int least = TYPO_MOST + 1;

	for (size_t i = 0; i < sizeof(directives) / sizeof(*directives); i++) {
		int distance = str_distance(kid->key, str_of(directives[i]), TYPO_MOST);

		if (distance < least)
			best = directives[i];
		least = distance < least ? distance : least;
	}
	diag_error(c->d, MSG_template_directive, kid->key_pos,
		   "'%.*s' is no directive; there are $let, $if, $for, $as, $merge, $do",
		   (int)kid->key.n, kid->key.p);
	if (best)
		diag_note(c->d, (struct pos){ 0 }, "did you mean '%s'?", best);
}

static void wrong(struct compile *c, struct pos pos, const char *what)
{
	diag_error(c->d, MSG_template_directive, pos, "%s", what);
}

struct steps compile_lets(struct compile *c, const struct node *lets)
{
	struct steps steps = { 0 };
	struct step *at;

	if (!lets)
		return steps;
	if (lets->kind != NODE_MAP) {
		wrong(c, lets->pos, "$let is a map of names and values");
		return steps;
	}
	at = NEW_ARRAY(c->arena, node_count(lets) + 1, struct step);
	node_each(kid, lets)
	{
		struct step step = compile_node(c, kid, false);

		if (names_add_local(c, kid->key, kid->key_pos, step.type) == LOCALS_MOST)
			continue;
		at[steps.n] = step;
		at[steps.n++].key = kid->key;
	}
	steps.at = at;
	return steps;
}

/* The type of what $for yields, when that of its source is known. */
static const struct schema *item_type(const struct step *each)
{
	if (!each->type)
		return NULL;
	return each->type->type == SCHEMA_ARRAY ? each->type->items : each->type->extra;
}

/* "$as: x" or "$as: [key, x]". */
static void compile_as(struct compile *c, struct special *s, const struct node *as)
{
	const struct node *value = as, *key = NULL;
	const struct schema *type = item_type(s->each);

	if (as->kind == NODE_LIST && node_count(as) == 2) {
		key = as->kids;
		value = key->next;
	}
	if (value->kind != NODE_STR || (key && key->kind != NODE_STR)) {
		wrong(c, as->pos, "$as is a name, or [key, value] for the fields of a map");
		return;
	}
	if (key)
		s->key_local = names_add_local(c, key->text, key->pos, NULL);
	s->value_local = names_add_local(c, value->text, value->pos,
					 type && type->type == SCHEMA_ANY ? NULL : type);
}

static void compile_for(struct compile *c, struct special *s, const struct node *n, bool item)
{
	const struct node *each = node_at(n, "$for"), *as = node_at(n, "$as");
	struct step step;

	s->key_local = s->value_local = LOCALS_MOST;
	if (!each && as)
		wrong(c, as->key_pos, "$as stands beside $for");
	if (!each)
		return;
	if (!item)
		wrong(c, each->key_pos, "$for stands in a list item: its results are items");
	step = compile_node(c, each, false);
	s->each = compile_keep(c, &step);
	if (as)
		compile_as(c, s, as);
	else
		wrong(c, each->key_pos, "$for needs $as: the name of the item");
}

static void compile_merge(struct compile *c, struct special *s, const struct node *merge)
{
	struct steps *steps;
	struct step *at;

	if (!merge)
		return;
	if (merge->kind != NODE_LIST) {
		wrong(c, merge->pos, "$merge is a list of maps");
		return;
	}
	steps = NEW(c->arena, struct steps);
	at = NEW_ARRAY(c->arena, node_count(merge) + 1, struct step);
	node_each(kid, merge) at[steps->n++] = compile_node(c, kid, false);
	steps->at = at;
	s->merge = steps;
}

/* The fields that are no directives, as a map of their own. */
static const struct node *plain_fields(struct compile *c, const struct node *n)
{
	struct node *rest = node_loose(c->arena, n);
	struct node_list kids = { 0 };

	node_each(kid, n)
	{
		if (!compile_is_special(kid->key))
			node_add(&kids, node_loose(c->arena, kid));
		else if (!is_directive(kid->key))
			report_unknown(c, kid);
	}
	rest->kids = kids.first;
	return rest;
}

static void compile_body(struct compile *c, struct special *s, const struct node *n)
{
	const struct node *fields = plain_fields(c, n), *body = node_at(n, "$do");
	struct step step;

	if (body && fields->kids)
		wrong(c, fields->kids->key_pos, "a field beside $do: $do is the whole value");
	if (body && s->merge)
		wrong(c, body->key_pos, "$do beside $merge: $merge makes a map");
	step = compile_node(c, body ? body : fields, body && s->item);
	s->body = compile_keep(c, &step);
}

struct step compile_special(struct compile *c, const struct node *n, bool item)
{
	struct special *s = NEW(c->arena, struct special);
	size_t outer = c->n_locals;
	const struct schema *want = c->want;
	const struct node *test = node_at(n, "$if");
	struct step step = { .op = OP_SPECIAL, .pos = n->pos, .special = s };

	c->want = NULL;
	s->item = item;
	s->first_local = outer;
	s->lets = compile_lets(c, node_at(n, "$let"));
	if (test) {
		struct step condition = compile_node(c, test, false);

		s->test = compile_keep(c, &condition);
	}
	compile_for(c, s, n, item);
	c->want = want;
	compile_merge(c, s, node_at(n, "$merge"));
	compile_body(c, s, n);
	c->n_locals = outer;
	return step;
}
