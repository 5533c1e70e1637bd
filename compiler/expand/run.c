/* SPDX-License-Identifier: Apache-2.0 */
/* run.c: steps over a record: slots, locals, expressions, texts, lists, maps. */
#include "expand/run.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

enum { TEXT_LONGEST = 1024 };

int run_fail(struct expand *x, enum message id, struct pos pos, const char *fmt, ...)
{
	char text[TEXT_LONGEST];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	diag_error(x->job->diags, id, pos, "%s", text);
	if (x->job->what.n)
		diag_note(x->job->diags, x->job->intent, "while compiling %s", x->job->what.p);
	return -1;
}

const char *run_kind(const struct node *n)
{
	static const char *const names[] = { "nothing",  "a boolean", "an integer",
					     "a string", "a list",    "a map" };

	return names[n ? n->kind : NODE_NULL];
}

/* Follows the chain below its root's *value. */
static int follow(struct expand *x, struct pos pos, const struct chain *chain,
		  const struct node **value)
{
	for (size_t i = 0; i < chain->n; i++) {
		struct str key = chain->keys[i];
		const char *path;

		if (*value && (*value)->kind == NODE_MAP) {
			*value = node_get(*value, key);
			continue;
		}
		path = chain_text(x->job->arena, chain, i).p;
		if (!*value)
			return run_fail(x, MSG_template_unset, pos,
					"'%s' is not set, so it has no field '%.*s'", path,
					(int)key.n, key.p);
		return run_fail(x, MSG_template_type, pos, "'%s' is %s and has no field '%.*s'",
				path, run_kind(*value), (int)key.n, key.p);
	}
	return 0;
}

static int find_slot(struct expand *x, const struct step *s, const struct node **value)
{
	const struct scope_slot *slot = &x->scope->slots[s->slot];
	struct slot_value *known = &x->slots[s->slot];
	struct chain chain;

	if (known->turn == x->turn) {
		*value = known->node;
		return 0;
	}
	chain = (struct chain){ x->scope->names[slot->name].name, slot->keys, slot->n_keys };
	*value = x->values[slot->name];
	if (follow(x, s->pos, &chain, value))
		return -1;
	*known = (struct slot_value){ x->turn, *value };
	return 0;
}

static int find_local(struct expand *x, const struct step *s, const struct node **value)
{
	*value = x->locals[s->local.number];
	return follow(x, s->pos, &s->local.path, value);
}

static const struct origin *origin_of(struct arena *a, const struct node *n)
{
	struct origin *from = NEW(a, struct origin);
	const struct node **one = NEW(a, const struct node *);

	*one = n;
	from->n = 1;
	from->nodes = one;
	return from;
}

/* A value that is handed on: at the template's line, made from itself. */
static struct node *hand_on(struct expand *x, struct pos pos, const struct node *value)
{
	struct node *n;

	if (!value || value->kind == NODE_NULL)
		return NULL;
	n = node_loose(x->job->arena, value);
	n->pos = pos;
	n->hid = NULL;
	n->fixed = false;
	n->plain = false;
	n->key = (struct str){ 0 };
	n->key_pos = (struct pos){ 0 };
	n->from = origin_of(x->job->arena, value);
	return n;
}

static int run_expression(struct expand *x, const struct step *s, bool container, struct node **out)
{
	const struct node *args[ARGUMENTS_MOST];
	const struct lua_result how = {
		.pos = s->pos, .type = s->want, .container = container, .reads = &x->reads
	};

	for (size_t i = 0; i < s->expression.n_args; i++) {
		const struct argument *arg = &s->expression.args[i];

		args[i] = arg->local ? x->locals[arg->number] : x->values[arg->number];
	}
	reads_clear(&x->reads);
	return lua_worker_eval(x->lua, s->expression.number, args, &how, out);
}

/* The value of one part as text in *piece; reads go on collecting. */
static int take_part(struct expand *x, const struct step *s, struct str *piece)
{
	struct node *n = NULL;

	if (run_step(x, s, &n))
		return -1;
	if (!n)
		return run_fail(x, MSG_template_type, s->pos,
				"nothing to write here: the value is not set");
	for (size_t i = 0; n->from && i < n->from->n; i++)
		reads_add(&x->parts, n->from->nodes[i]);
	if (n->kind == NODE_STR)
		*piece = n->text;
	else if (n->kind == NODE_INT)
		*piece = arena_fmt(x->job->arena, "%" PRId64, n->num);
	else if (n->kind == NODE_BOOL)
		*piece = str_of(n->flag ? "true" : "false");
	else
		return run_fail(x, MSG_template_type, s->pos, "%s cannot stand inside a text",
				run_kind(n));
	return 0;
}

static struct str join(struct arena *a, const struct str *pieces, size_t n)
{
	size_t length = 0, at = 0;
	char *text;

	for (size_t i = 0; i < n; i++)
		length += pieces[i].n;
	text = arena_alloc(a, length + 1, 1);
	for (size_t i = 0; i < n; i++) {
		if (pieces[i].n)
			memcpy(text + at, pieces[i].p, pieces[i].n);
		at += pieces[i].n;
	}
	return (struct str){ text, length };
}

static int run_text(struct expand *x, const struct step *s, struct node **out)
{
	struct arena *a = x->job->arena;
	struct str *pieces = NEW_ARRAY(a, s->steps.n, struct str);
	int result = 0;

	reads_clear(&x->parts);
	for (size_t i = 0; i < s->steps.n; i++) {
		const struct step *part = &s->steps.at[i];

		if (part->op == OP_FIXED)
			pieces[i] = part->fixed->text;
		else if (take_part(x, part, &pieces[i]))
			result = -1;
	}
	if (result)
		return -1;
	*out = node_str(a, s->pos, join(a, pieces, s->steps.n));
	(*out)->from = reads_origin(&x->parts, 0, a);
	return 0;
}

int run_item(struct expand *x, const struct step *s, struct node_list *out)
{
	struct node *n = NULL;

	if (s->op == OP_SPECIAL)
		return run_special(x, s, out);
	if (run_step(x, s, &n))
		return -1;
	if (n)
		node_add(out, n);
	return 0;
}

static int run_list(struct expand *x, const struct step *s, struct node **out)
{
	struct node_list kids = { 0 };
	int result = 0;

	for (size_t i = 0; i < s->steps.n; i++)
		if (run_item(x, &s->steps.at[i], &kids))
			result = -1;
	*out = node_new(x->job->arena, NODE_LIST, s->pos);
	(*out)->kids = kids.first;
	return result;
}

static int run_map(struct expand *x, const struct step *s, struct node **out)
{
	struct node_list kids = { 0 };
	int result = 0;

	for (size_t i = 0; i < s->steps.n; i++) {
		const struct step *field = &s->steps.at[i];
		struct node *n = NULL;

		if (run_step(x, field, &n))
			result = -1;
		if (!n)
			continue;
		n->key_pos = field->key_pos;
		node_put(&kids, field->key, n);
	}
	*out = node_new(x->job->arena, NODE_MAP, s->pos);
	if (kids.last)
		kids.last->next = s->steps.tail;
	(*out)->kids = kids.last ? kids.first : s->steps.tail;
	return result;
}

static int run_one_special(struct expand *x, const struct step *s, struct node **out)
{
	struct node_list one = { 0 };

	if (run_special(x, s, &one))
		return -1;
	*out = one.last;
	return 0;
}

static int run_value(struct expand *x, const struct step *s, bool container, struct node **out)
{
	const struct node *value = NULL;

	switch (s->op) {
	case OP_FIXED:
		*out = node_loose(x->job->arena, s->fixed);
		return 0;
	case OP_SLOT:
	case OP_LOCAL:
		if (s->op == OP_SLOT ? find_slot(x, s, &value) : find_local(x, s, &value))
			return -1;
		*out = hand_on(x, s->pos, value);
		return 0;
	case OP_EXPRESSION:
		return run_expression(x, s, container, out);
	case OP_TEXT:
		return run_text(x, s, out);
	case OP_LIST:
		return run_list(x, s, out);
	case OP_MAP:
		return run_map(x, s, out);
	case OP_SPECIAL:
		return run_one_special(x, s, out);
	}
	return -1;
}

int run_step(struct expand *x, const struct step *s, struct node **out)
{
	*out = NULL;
	return run_value(x, s, false, out);
}

int run_container(struct expand *x, const struct step *s, struct node **out)
{
	*out = NULL;
	return run_value(x, s, true, out);
}
