/* SPDX-License-Identifier: Apache-2.0 */
/* limit.c: locks and bounds of layers: reading them, holding them, judging by them. */
#include "schema/limit.h"

#include "schema/check.h"
#include "schema/mend.h"
#include "schema/near.h"
#include "schema/rule.h"
#include "tree/print.h"

/* Where findings go. */
struct court {
	struct arena *arena;
	struct diags *diags;
};

static const char *show(const struct court *c, const struct node *n)
{
	return print_node_inline(c->arena, n).p;
}

/* ---- reading ------------------------------------------------------------------------------- */

/* The path that was probably meant, as far as its wrong name, where path leaves s, or "". */
static struct str nearest(struct arena *a, const struct schema *s, const struct path *path)
{
	const struct schema *at = s;
	size_t i = 0;

	for (; i < path->n; i++) {
		struct path head = { i + 1, path->steps };
		const struct schema *next = schema_at_path(s, &head);

		if (!next)
			break;
		at = next;
	}

	struct near near = near_to(i < path->n ? path->steps[i].key : (struct str){ "", 0 });

	for (size_t j = 0; j < at->n_props; j++)
		near_try(&near, at->props[j].key);
	if (!near.best.n && i < path->n && at->extra)
		near.best = mend_form(a, at->key_format, path->steps[i].key);
	if (!near.best.n || !i)
		return near.best;

	struct path head = { i, path->steps };
	struct buf text = { 0 };

	path_print(&text, &head);
	buf_str(&text, str_of("."));
	buf_str(&text, near.best);

	struct str whole = arena_str(a, buf_view(&text));

	buf_release(&text);
	return whole;
}

static bool find_field(const struct court *c, struct limit *l, const struct schema *s)
{
	const char *why = path_parse(c->arena, l->text, &l->path);
	const char *shown = print_text_inline(c->arena, l->text).p;

	if (why) {
		diag_error(c->diags, MSG_limit_path, l->pos, "'%s' is not the path of a field: %s",
			   shown, why);
		return false;
	}
	l->schema = schema_at_path(s, &l->path);
	if (l->schema)
		return true;

	struct str near = nearest(c->arena, s, &l->path);

	if (near.n)
		diag_error(c->diags, MSG_limit_path, l->pos,
			   "'%s' is not a field of spec; did you mean '%s'?", shown, near.p);
	else
		diag_error(c->diags, MSG_limit_path, l->pos, "'%s' is not a field of spec", shown);
	return false;
}

/* A bound is written as text and means what its field would: an integer, a size. */
static const struct node *read_value(const struct court *c, const struct schema *s,
				     const struct node *n)
{
	struct node *plain = node_loose(c->arena, n);
	struct diags *found = diags_new(c->arena);
	const struct node *typed;

	plain->plain = n->kind == NODE_STR;
	typed = schema_check_value(c->arena, found, s, plain);
	for (const struct diag *g = diags_first(found); g; g = g->next)
		diag_error(c->diags, MSG_limit_value, n->pos,
			   "this bound does not fit its field: %s", g->text.p);
	return typed;
}

static const struct node *read_end(const struct court *c, const struct limit *l,
				   const struct node *n)
{
	if (!n)
		return NULL;
	if (l->schema->type == SCHEMA_INTEGER || format_row(l->schema->format)->order != ORDER_NONE)
		return read_value(c, l->schema, n);
	diag_error(c->diags, MSG_limit_value, n->pos,
		   "'%s' cannot have '%s': its values are not more or less; use `allowed`",
		   l->text.p, n->key.p);
	return NULL;
}

/* What `allowed` lists: values of a scalar, of a list's items or of their list key, keys of a map
 * (then NULL: any text). */
static const struct schema *allowed_schema(const struct schema *s)
{
	if (s->type == SCHEMA_OBJECT)
		return NULL;
	if (s->type != SCHEMA_ARRAY)
		return s;
	return s->merge.n ? schema_step(s->items, s->merge) : s->items;
}

static const struct node *read_allowed(const struct court *c, const struct limit *l,
				       const struct node *list)
{
	const struct schema *s = allowed_schema(l->schema);
	struct node_list values = { 0 };

	if (!list)
		return NULL;
	node_each(kid, list)
	{
		const struct node *typed = s ? read_value(c, s, kid) : kid;

		if (typed)
			node_add(&values, node_loose(c->arena, typed));
	}

	struct node *all = node_loose(c->arena, list);

	all->kids = values.first;
	return all;
}

void limits_collect(struct limits *all, const struct schema *s, const struct layer *layer)
{
	struct court c = { all->arena, all->diags };

	if (!layer->limits)
		return;
	node_each(kid, layer->limits)
	{
		struct limit *l = NEW(all->arena, struct limit);

		l->layer = layer;
		l->pos = kid->key_pos;
		l->text = kid->key;
		if (!find_field(&c, l, s))
			continue;
		l->locked = node_flag(kid, "locked", false);
		l->min = read_end(&c, l, node_at(kid, "min"));
		l->max = read_end(&c, l, node_at(kid, "max"));
		l->allowed = read_allowed(&c, l, node_at(kid, "allowed"));
		*all->tail = l;
		all->tail = &l->next;
	}
}

/* ---- locks --------------------------------------------------------------------------------- */

/* A place that is not as it was; was is NULL where nothing stood. */
struct change {
	const struct node *was, *now;
};

/* The first and deepest place of now that is not as in was. */
static struct change changed(const struct node *was, const struct node *now)
{
	if (was && was->kind == NODE_MAP && now->kind == NODE_MAP)
		node_each(kid, now)
		{
			const struct node *before = node_get(was, kid->key);

			if (!before || !node_eq(before, kid))
				return changed(before, kid);
		}
	return (struct change){ was, now };
}

static const struct node *step_of(const struct node *n, const struct path_step *step)
{
	struct path one = { 1, step };

	return path_find(n, &one);
}

/* A copy of n in which value stands at path (NULL: nothing does). Where the path breaks off in n, n
 * stays as it is. */
static struct node *put_at(struct arena *a, const struct node *n, const struct path *path,
			   const struct node *value)
{
	struct path rest = { path->n - 1, path->steps + 1 };
	const struct node *target = step_of(n, path->steps);
	struct node *copy = node_loose(a, n);
	struct node_list kids = { 0 };

	if (!target && (rest.n || !value))
		return copy;
	if (n->kind != NODE_MAP && n->kind != NODE_LIST)
		return copy;
	node_each(kid, n)
	{
		if (kid != target)
			node_add(&kids, node_loose(a, kid));
		else if (rest.n)
			node_add(&kids, put_at(a, kid, &rest, value));
		else if (value)
			node_add(&kids, node_loose(a, value));
	}
	if (!target)
		node_add(&kids, node_loose(a, value));
	copy->kids = kids.first;
	return copy;
}

/* As put_at for a lost branch: the longest part of path that both trees have is put back whole. */
static const struct node *restore(struct arena *a, const struct node *after,
				  const struct node *before, const struct path *path)
{
	struct path part = *path;

	while (part.n > 1) {
		struct path above = { part.n - 1, part.steps };

		if (path_find(after, &above))
			break;
		part.n--;
	}
	return put_at(a, after, &part, path_find(before, &part));
}

/* What took the place of a locked value that is gone. */
static struct pos culprit(const struct limit *l, const struct node *after)
{
	const struct node *now = NULL;

	for (struct path part = l->path; !now && part.n; part.n--) {
		struct path above = { part.n - 1, part.steps };

		now = path_find(after, &above);
	}
	return now ? now->pos : l->pos;
}

static void report_lock(const struct court *c, const struct limit *l, const struct layer *top,
			const struct node *was, const struct node *after)
{
	const struct node *now = path_find(after, &l->path);
	struct change at = { was, NULL };
	struct str name = l->text;

	if (now) {
		at = changed(was, now);
		name = path_of(c->arena, after, at.now);
	}

	struct pos pos = now ? at.now->pos : culprit(l, after);

	if (at.was)
		diag_error(c->diags, MSG_locked, pos,
			   "'%s' is locked to %s by %s; %s cannot change it", name.p,
			   show(c, at.was), l->layer->name.p, top->name.p);
	else
		diag_error(c->diags, MSG_locked, pos, "'%s' is locked by %s; %s cannot set it",
			   name.p, l->layer->name.p, top->name.p);
	diag_note(c->diags, l->pos, "%s locks it here", l->layer->name.p);
	if (at.was && at.was->pos.file)
		diag_note(c->diags, at.was->pos, "its value is set here");
}

const struct node *locks_hold(const struct limits *all, const struct layer *top,
			      const struct node *before, const struct node *after)
{
	struct court c = { all->arena, all->diags };

	for (const struct limit *l = all->first; l; l = l->next) {
		const struct node *was, *now;

		if (!l->locked)
			continue;
		was = path_find(before, &l->path);
		now = path_find(after, &l->path);
		if ((!was && !now) || (was && now && node_eq(was, now)))
			continue;
		report_lock(&c, l, top, was, after);
		after = restore(all->arena, after, before, &l->path);
	}
	return after;
}

/* ---- bounds -------------------------------------------------------------------------------- */

static void report_bound(const struct court *c, const struct limit *l, const struct node *n,
			 const char *what)
{
	diag_error(c->diags, MSG_out_of_bounds, n->pos, "'%s' is %s, but %s allows %s", l->text.p,
		   show(c, n), l->layer->name.p, what);
	diag_note(c->diags, l->pos, "%s sets the bound here", l->layer->name.p);
}

static void judge_ends(const struct court *c, const struct limit *l, const struct node *n)
{
	int sign;

	if (l->min && rule_compare(l->schema, n, l->min, &sign) && sign < 0)
		report_bound(c, l, n, arena_fmt(c->arena, "at least %s", show(c, l->min)).p);
	if (l->max && rule_compare(l->schema, n, l->max, &sign) && sign > 0)
		report_bound(c, l, n, arena_fmt(c->arena, "at most %s", show(c, l->max)).p);
}

static bool is_allowed(const struct limit *l, const struct node *mark)
{
	node_each(v, l->allowed) if (node_eq(v, mark)) return true;
	return false;
}

static void judge_value(const struct court *c, const struct limit *l, const struct node *at,
			const struct node *mark)
{
	struct node *shown = node_loose(c->arena, mark);

	shown->pos = at->pos;
	if (!is_allowed(l, mark))
		report_bound(c, l, shown, arena_fmt(c->arena, "only %s", show(c, l->allowed)).p);
}

static void judge_allowed(const struct court *c, const struct limit *l, const struct node *n)
{
	if (n->kind != NODE_LIST && n->kind != NODE_MAP) {
		judge_value(c, l, n, n);
		return;
	}
	node_each(kid, n)
	{
		const struct node *mark = kid;

		if (n->kind == NODE_MAP)
			mark = node_str(c->arena, kid->key_pos, kid->key);
		else if (l->schema->merge.n)
			mark = node_get(kid, l->schema->merge);
		if (mark)
			judge_value(c, l, mark, mark);
	}
}

/* Two layers whose bounds leave no value: told even where no value is set yet. */
static void judge_pair(const struct court *c, const struct limit *low, const struct limit *high)
{
	int sign;

	if (!low->min || !high->max || !path_eq(&low->path, &high->path) ||
	    !rule_compare(low->schema, low->min, high->max, &sign) || sign <= 0)
		return;
	diag_error(c->diags, MSG_limits_conflict, low->pos,
		   "no value of '%s' is left: %s asks for at least %s, %s allows at most %s",
		   low->text.p, low->layer->name.p, show(c, low->min), high->layer->name.p,
		   show(c, high->max));
	diag_note(c->diags, high->pos, "%s sets its bound here", high->layer->name.p);
}

void limits_judge(struct arena *a, struct diags *d, const struct limits *limits,
		  const struct node *spec)
{
	struct court c = { a, d };

	for (const struct limit *l = limits->first; l; l = l->next) {
		const struct node *n = path_find(spec, &l->path);

		if (n)
			judge_ends(&c, l, n);
		if (n && l->allowed)
			judge_allowed(&c, l, n);
		for (const struct limit *other = limits->first; other; other = other->next)
			judge_pair(&c, l, other);
	}
}
