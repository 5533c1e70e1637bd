/* SPDX-License-Identifier: Apache-2.0 */
/* origin.c: from a changed value of the output to the changed line of the input. */
#include "guard/origin.h"

#include "base/secret.h"
#include "tree/print.h"
#include "tree/source.h"

struct origins {
	const struct guard_input *in;
	const struct guard_line *lines; /* of the spec, then those of the world */
	const struct node *text;        /* what sources were collected from last */
	const struct sources *sources;
};

/* Lines as they are collected. */
struct lines {
	struct arena *arena;
	struct guard_line *first, **end;
};

static void add(struct lines *all, struct guard_line line)
{
	line.next = NULL;
	*all->end = NEW(all->arena, struct guard_line);
	**all->end = line;
	all->end = &(*all->end)->next;
}

static bool is_tier_file(struct pos pos)
{
	const char *name = pos.file ? pos.file->name.p : "";

	return strstr(name, "/tiers/") || strncmp(name, "presets/", 8) == 0;
}

/* Another tier brings its lines along: none of them was edited. */
static void through_tier(struct guard_line *first)
{
	const struct guard_line *tier = first;

	while (tier && !str_is(tier->field, "tier"))
		tier = tier->next;
	for (struct guard_line *l = first; tier && l; l = l->next)
		if (is_tier_file(l->pos))
			l->via = tier;
}

/* Where a field of the old spec stood in the old intent. */
static struct pos old_place(const struct guard_input *in, struct str field)
{
	struct path path = { 0 };
	const struct node *n = NULL;

	if (in->was.doc && !path_parse(in->arena, field, &path))
		n = path_find(node_at(in->was.doc, "spec"), &path);
	return n ? n->pos : (struct pos){ 0 };
}

/* Differences of the resolved specs as lines, in front of those of the world. */
static const struct guard_line *lines_of(const struct guard_input *in)
{
	struct lines all = { .arena = in->arena };

	all.end = &all.first;
	if (!in->was.spec || !in->is.spec)
		return in->lines;
	for (struct difference *d = differ(in->arena, in->was.spec, in->is.spec); d; d = d->next)
		add(&all, (struct guard_line){ .pos = d->at ? d->at->pos : (struct pos){ 0 },
					       .old = old_place(in, d->path),
					       .field = d->path,
					       .was = d->was,
					       .is = d->is });
	through_tier(all.first);
	for (const struct guard_line *l = in->lines; l; l = l->next)
		add(&all, *l);
	return all.first;
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
	return n ? secret_veiled(a, print_node_inline(a, n)) : (struct str){ "", 0 };
}

/* The old value stood in a line that is gone: the new one comes from another file, or there is
 * none. */
static bool is_gone(const struct guard_line *l)
{
	return l->old.file &&
	       (!l->is || !l->pos.file || !str_eq(l->pos.file->name, l->old.file->name));
}

static struct verdict_line line_of(const struct origins *o, const struct guard_line *l)
{
	l = l->via ? l->via : l;
	return (struct verdict_line){
		.pos = l->pos,
		.old = is_gone(l) ? l->old : (struct pos){ 0 },
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

static struct str last_step(struct str field)
{
	size_t at = field.n;

	while (at && field.p[at - 1] != '.')
		at--;
	return str_cut(field, at, field.n);
}

/* How well l explains d: the same value, the same name, a size that much is computed from. */
static int telling(const struct guard_line *l, const struct difference *d)
{
	const struct node *value = d->is ? d->is : d->was, *mine = d->is ? l->is : l->was;

	if (mine && mine->kind == value->kind && source_same(mine, value))
		return 4;
	if (value->key.n && str_eq(value->key, last_step(l->field)))
		return 3;
	return source_is_size(last_step(l->field)) ? 2 : 1;
}

/* The changed line among what s was made from that explains most; of equals, the nearest. */
static const struct guard_line *changed(const struct origins *o, const struct sources *s,
					const struct difference *d)
{
	const struct guard_line *best = NULL;
	int most = 0;

	for (size_t i = 0; i < s->n; i++) {
		const struct guard_line *l = line_at(o, s->list[i]->pos);
		int t = l ? telling(l, d) : 0;

		if (t > most) {
			best = l;
			most = t;
		}
	}
	return best;
}

/* What is gone was made from nothing that is still there: the line that is gone with it, and had
 * this very value. */
static const struct guard_line *gone_with(const struct origins *o, const struct difference *d)
{
	for (const struct guard_line *l = o->lines; l && !d->is; l = l->next)
		if (!l->is && l->was && telling(l, d) == 4)
			return l;
	return NULL;
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
	if (!l)
		l = gone_with(o, d);
	if (!l && o->lines && !o->lines->next)
		l = o->lines;
	if (l)
		return line_of(o, l);
	return s && !o->in->exact ? likely(s, d) : (struct verdict_line){ 0 };
}
