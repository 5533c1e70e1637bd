/* SPDX-License-Identifier: Apache-2.0 */
/* origin.c: from a changed value of the output to the changed line of the input. */
#include "guard/origin.h"

#include "guard/source.h"
#include "tree/print.h"

struct origins {
	const struct guard_input *in;
	const struct guard_line *lines; /* of the spec, then those of the world */
	const struct node *text;        /* what sources were collected from last */
	const struct sources *sources;
};

/* Differences of the resolved specs as lines, in front of rest. */
static const struct guard_line *lines_of(const struct guard_input *in)
{
	const struct guard_line *rest = in->lines;
	struct guard_line *first = NULL, *last = NULL;

	if (!in->was.spec || !in->is.spec)
		return rest;
	for (struct difference *d = differ(in->arena, in->was.spec, in->is.spec); d; d = d->next) {
		struct guard_line *l = NEW(in->arena, struct guard_line);

		*l = (struct guard_line){ .pos = d->at ? d->at->pos : (struct pos){ 0 },
					  .field = d->path,
					  .was = d->was,
					  .is = d->is };
		if (last)
			last->next = l;
		else
			first = l;
		last = l;
	}
	if (last)
		last->next = NULL;
	for (const struct guard_line *l = rest; l; l = l->next) {
		struct guard_line *copy = NEW(in->arena, struct guard_line);

		*copy = *l;
		copy->next = NULL;
		if (last)
			last->next = copy;
		else
			first = copy;
		last = copy;
	}
	return first;
}

struct origins *origins_new(const struct guard_input *in)
{
	struct origins *o = NEW(in->arena, struct origins);

	o->in = in;
	o->lines = lines_of(in);
	return o;
}

static struct str shown(struct arena *a, const struct node *n)
{
	return n ? print_node_inline(a, n) : (struct str){ "", 0 };
}

static struct verdict_line line_of(const struct origins *o, const struct guard_line *l)
{
	return (struct verdict_line){
		.pos = l->pos,
		.field = l->field,
		.was = shown(o->in->arena, l->was),
		.is = shown(o->in->arena, l->is),
	};
}

static bool is_at(const struct guard_line *l, struct pos b)
{
	return l->pos.file && b.file && (l->whole || l->pos.line == b.line) &&
	       str_eq(l->pos.file->name, b.file->name);
}

/* Of several on one line, the one in the very place. */
static const struct guard_line *line_at(const struct origins *o, struct pos pos)
{
	const struct guard_line *found = NULL;

	for (const struct guard_line *l = o->lines; l; l = l->next) {
		if (!is_at(l, pos))
			continue;
		if (!l->whole && l->pos.col == pos.col)
			return l;
		found = found ? found : l;
	}
	return found;
}

static const struct sources *collect(struct origins *o, const struct node *n)
{
	if (o->text != n) {
		o->text = n;
		o->sources = sources_of(o->in->arena, n);
	}
	return o->sources;
}

/* Where the questions begin: the value, what became this part of a text, or what stands around. */
static const struct node *start_of(struct origins *o, const struct difference *d)
{
	struct path path = { 0 };

	if (!d->text)
		return d->at;
	if (!d->is || !d->inner.n || path_parse(o->in->arena, d->inner, &path))
		return d->text;
	return sources_match(collect(o, d->text), &path, d->is);
}

/* The changed line among what s was made from: one with the value itself, else the nearest. */
static const struct guard_line *changed(const struct origins *o, const struct sources *s,
					const struct difference *d)
{
	const struct node *value = d->is ? d->is : d->was;
	const struct guard_line *best = NULL;

	for (size_t i = 0; i < s->n; i++) {
		const struct guard_line *l = line_at(o, s->list[i]->pos);
		const struct node *mine = l ? (d->is ? l->is : l->was) : NULL;

		if (mine && mine->kind == value->kind && source_same(mine, value))
			return l;
		if (l && !best)
			best = l;
	}
	return best;
}

/* The position is in a file that people of this repository write. */
static bool is_input(struct pos pos)
{
	struct str name = pos.file ? pos.file->name : (struct str){ "", 0 };

	return name.n && !str_starts(name, "built-in:") && !str_starts(name, "templates/") &&
	       !str_ends(name, ".lua");
}

/* Without the old input: the line with the value itself, else the nearest of the repository. */
static struct verdict_line likely(const struct sources *s, const struct difference *d)
{
	const struct node *best = NULL;

	for (size_t i = 0; i < s->n && d->is; i++) {
		const struct node *n = s->list[i];

		if (!is_input(n->pos))
			continue;
		if (n->kind == d->is->kind && source_same(n, d->is))
			return (struct verdict_line){ .pos = n->pos, .likely = true };
		best = best ? best : n;
	}
	return best ? (struct verdict_line){ .pos = best->pos, .likely = true }
		    : (struct verdict_line){ 0 };
}

struct verdict_line origin_of(struct origins *o, const struct difference *d)
{
	const struct node *start = start_of(o, d);
	const struct sources *s = NULL;
	const struct guard_line *l = NULL;

	if (start) {
		s = start == o->text ? o->sources : sources_of(o->in->arena, start);
		l = changed(o, s, d);
	}
	if (!l && d->text && d->text != start)
		l = changed(o, collect(o, d->text), d);
	if (!l && o->lines && !o->lines->next)
		l = o->lines;
	if (l)
		return line_of(o, l);
	return s && !o->in->exact ? likely(s, d) : (struct verdict_line){ 0 };
}
