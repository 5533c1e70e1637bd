/* SPDX-License-Identifier: Apache-2.0 */
/* run_special.c: directives in their order: $let, $if, $for, $merge, $do. */
#include "expand/run.h"

void run_add_origin(struct expand *x, struct node *n, const struct origin *more)
{
	struct arena *a = x->job->arena;
	struct reads all = { .arena = a };

	if (!more)
		return;
	if (!n->from) {
		n->from = more;
		return;
	}
	for (size_t i = 0; i < n->from->n; i++)
		reads_add(&all, n->from->nodes[i]);
	for (size_t i = 0; i < more->n; i++)
		reads_add(&all, more->nodes[i]);
	n->from = reads_origin(&all, 0, a);
}

int run_lets(struct expand *x, const struct steps *lets, size_t first)
{
	for (size_t i = 0; i < lets->n; i++) {
		struct node *n = NULL;

		if (run_step(x, &lets->at[i], &n))
			return -1;
		x->locals[first + i] = n;
	}
	return 0;
}

/* $merge and the fields beside it, which win. */
static int run_merge(struct expand *x, const struct step *s, struct node **out)
{
	const struct special *special = s->special;
	struct node *all = node_new(x->job->arena, NODE_MAP, s->pos), *n = NULL;
	int result = 0;

	for (size_t i = 0; i < special->merge->n; i++) {
		const struct step *item = &special->merge->at[i];

		if (run_container(x, item, &n)) {
			result = -1;
			continue;
		}
		if (!n || !n->kids) /* an empty table may have come as a list */
			continue;
		if (n->kind != NODE_MAP) {
			result = run_fail(x, MSG_template_type, item->pos,
					  "$merge takes maps, not %s", run_kind(n));
			continue;
		}
		all = merge_maps(x->job->arena, all, n);
	}
	if (run_step(x, special->body, &n))
		return -1;
	if (n && n->kids)
		all = merge_maps(x->job->arena, all, n);
	all->pos = s->pos;
	*out = all;
	return result;
}

/* The body once, its values appended. */
static int run_body(struct expand *x, const struct step *s, const struct origin *why,
		    struct node_list *out)
{
	const struct special *special = s->special;
	struct node_list made = { 0 };
	struct node *n = NULL;

	if (special->merge) {
		if (run_merge(x, s, &n))
			return -1;
		node_add(&made, n);
	} else if (special->item) {
		if (run_item(x, special->body, &made))
			return -1;
	} else {
		if (run_step(x, special->body, &n))
			return -1;
		if (n)
			node_add(&made, n);
	}
	for (const struct node *at = made.first; at;) {
		struct node *kid = node_loose(x->job->arena, at);

		at = at->next;
		run_add_origin(x, kid, why);
		node_add(out, kid);
	}
	return 0;
}

/* What the fields of a map are called in [key, value]. */
static const struct node *key_node(struct expand *x, const struct node *kid)
{
	struct pos pos = kid->key_pos.file ? kid->key_pos : kid->pos;

	return node_str(x->job->arena, pos, kid->key);
}

static int check_each(struct expand *x, const struct special *s, const struct node *n)
{
	if (n->kind != NODE_LIST && n->kind != NODE_MAP)
		return run_fail(x, MSG_template_type, s->each->pos,
				"$for takes a list or a map, not %s", run_kind(n));
	if (n->kind == NODE_LIST && n->kids && s->key_local < LOCALS_MOST)
		return run_fail(x, MSG_template_type, s->each->pos,
				"$as: [key, value] is for maps; this is a list");
	return 0;
}

/* One round of a $for. With a sink its values are handed on, and their memory is used again. */
static int run_round(struct expand *x, const struct step *s, const struct origin *why,
		     const struct expand_sink *sink, struct node_list *out)
{
	struct arena *a = x->job->arena;
	struct node_list made = { 0 };
	int result = 0;

	if (!sink)
		return run_body(x, s, why, out);
	sink->job->arena = sink->scratch;
	result = run_body(x, s, why, &made);
	sink->job->arena = a;
	if (made.first)
		sink->take(sink->context, made.first);
	arena_reset(sink->scratch);
	lua_worker_forget(x->lua);
	return result;
}

static int run_each(struct expand *x, const struct step *s, const struct origin *why,
		    struct node_list *out)
{
	const struct special *special = s->special;
	const struct expand_sink *sink = x->sink;
	struct node *source = NULL;
	int result = 0;

	x->sink = NULL; /* what lies deeper belongs to a round of this one */
	if (run_container(x, special->each, &source))
		return -1;
	if (!source) /* not set: no items */
		return 0;
	if (check_each(x, special, source))
		return -1;
	if (source->kind == NODE_MAP)
		source = node_sorted(x->job->arena, source);
	node_each(kid, source)
	{
		x->locals[special->value_local] = kid;
		if (special->key_local < LOCALS_MOST)
			x->locals[special->key_local] = key_node(x, kid);
		if (run_round(x, s, why, sink, out))
			result = -1;
	}
	return result;
}

/* 1: go on, 0: the value is nil, -1: reported. */
static int run_test(struct expand *x, const struct special *s, const struct origin **why)
{
	struct node *n = NULL;

	if (run_step(x, s->test, &n))
		return -1;
	if (!n || n->kind != NODE_BOOL)
		return run_fail(x, MSG_template_type, s->test->pos, "$if takes a boolean, not %s",
				run_kind(n));
	*why = n->from;
	return n->flag;
}

int run_special(struct expand *x, const struct step *s, struct node_list *out)
{
	const struct special *special = s->special;
	const struct origin *why = NULL;

	if (run_lets(x, &special->lets, special->first_local))
		return -1;
	if (special->test) {
		int passed = run_test(x, special, &why);

		if (passed <= 0)
			return passed;
	}
	return special->each ? run_each(x, s, why, out) : run_body(x, s, why, out);
}
