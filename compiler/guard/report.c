/* SPDX-License-Identifier: Apache-2.0 */
/* report.c: what all formats share: order, groups by line, phrases. */
#include "guard/report.h"

#include <stdlib.h>

static int by_class(const void *x, const void *y)
{
	const struct verdict *a = *(const struct verdict *const *)x,
			     *b = *(const struct verdict *const *)y;

	return a->class == b->class ? str_cmp(a->owner, b->owner) : (int)b->class - (int)a->class;
}

void report_sort(const struct verdict **list, size_t n)
{
	if (n)
		qsort(list, n, sizeof(*list), by_class);
}

static bool same_line(const struct verdict_line *a, const struct verdict_line *b)
{
	if (!a->pos.file || !b->pos.file)
		return a->pos.file == b->pos.file && str_eq(a->field, b->field);
	return a->pos.line == b->pos.line && str_eq(a->pos.file->name, b->pos.file->name) &&
	       str_eq(a->field, b->field);
}

static struct report_group *group_at(struct report_group *list, size_t n,
				     const struct verdict_line *line)
{
	for (size_t i = 0; i < n; i++)
		if (same_line(&list[i].first->line, line))
			return &list[i];
	return NULL;
}

/* What follows from other changes and has no line is told only when there is nothing else. */
static const struct report_group *finish(struct report_group *list, size_t *n)
{
	size_t kept = 0;

	for (size_t i = 0; i < *n; i++) {
		bool idle = !list[i].told && !list[i].first->line.pos.file;

		if (idle && *n > 1)
			continue;
		if (!list[i].told)
			list[i].told = list[i].n;
		list[kept++] = list[i];
	}
	*n = kept;
	return list;
}

const struct report_group *report_groups(struct arena *a, const struct verdict *v, size_t *n)
{
	struct report_group *list = NEW_ARRAY(a, v->n_causes + 1, struct report_group);

	*n = 0;
	for (const struct verdict_cause *c = v->causes; c; c = c->next) {
		struct report_group *g = group_at(list, *n, &c->line);

		if (!g) {
			g = &list[(*n)++];
			g->first = c;
		}
		g->n++;
		g->told += !c->quiet;
	}
	return finish(list, n);
}

/* Quiet causes are told only when there is no other. */
static bool is_told(const struct report_group *g, const struct verdict_cause *c)
{
	return same_line(&g->first->line, &c->line) && (!c->quiet || g->told == g->n);
}

const struct verdict_cause *report_next(const struct report_group *g, const struct verdict_cause *c)
{
	c = c ? c->next : g->first;
	while (c && !is_told(g, c))
		c = c->next;
	return c;
}

struct str report_place(struct arena *a, const struct verdict_line *line)
{
	if (!line->pos.file)
		return str_of("");
	if (!line->pos.line)
		return line->pos.file->name;
	return arena_fmt(a, "%s:%u", line->pos.file->name.p, line->pos.line);
}

struct str report_old_place(struct arena *a, const struct verdict_line *line)
{
	const struct verdict_line old = { .pos = line->old };

	return report_place(a, &old);
}

struct str report_change(struct arena *a, struct str field, struct str was, struct str is)
{
	if (!field.n)
		return str_of("");
	if (!was.n && !is.n)
		return field;
	if (!was.n)
		return arena_fmt(a, "%s: %s (new)", field.p, is.p);
	if (!is.n)
		return arena_fmt(a, "%s: %s (gone)", field.p, was.p);
	return arena_fmt(a, "%s: %s -> %s", field.p, was.p, is.p);
}

const char *report_come(const struct verdict_cause *c)
{
	return c->appears ? " (new)" : c->goes ? " (gone)" : "";
}

struct str report_outage(struct arena *a, const struct verdict *v)
{
	if (!v->outage)
		return str_of("");
	if (v->outage == VERDICT_UNBOUNDED)
		return str_of("no end known beforehand");
	return arena_fmt(a, "%lld s", (long long)v->outage);
}

const char *report_class(const struct verdict *v)
{
	if (v->is_new)
		return "new";
	return report_blind(v) ? "not judged" : verdict_name(v->class);
}

bool report_blind(const struct verdict *v)
{
	return v->unjudged.n && !v->n_causes && !v->refusals && !v->is_new && !v->is_gone;
}

const char *report_whole(const struct verdict *v)
{
	if (v->is_gone)
		return v->is_place ? "the destination is gone" : "the intent is gone";
	if (v->is_new && v->twin.n)
		return "a new, empty cluster: no data move";
	if (v->is_new)
		return v->is_place ? "a new destination" : "a new cluster";
	return "";
}

const char *report_over(const struct report_limit *l)
{
	return l->blind ? "not judged" : verdict_name(l->class);
}

/* A refusal stands at its cluster, with its plan, and is not told twice. */
static bool is_refusal(const struct report *r, const struct diag *g)
{
	for (size_t i = 0; i < r->n; i++)
		for (const struct verdict_refusal *f = r->list[i]->refusals; f; f = f->next)
			if (f->message == g->id && str_eq(f->text, g->text))
				return true;
	return false;
}

const struct diag **report_findings(const struct report *r, enum severity severity, size_t *n)
{
	size_t all = 0;
	const struct diag **list = r->findings ? diags_sorted(r->findings, &all) : NULL;

	*n = 0;
	for (size_t i = 0; i < all; i++)
		if (list[i]->severity == severity && !is_refusal(r, list[i]))
			list[(*n)++] = list[i];
	return list;
}

static size_t count(const struct report *r, enum verdict_class c)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n; i++)
		n += r->list[i]->class == c && !r->list[i]->is_new && !r->list[i]->is_place &&
		     !report_blind(r->list[i]);
	return n;
}

/* Clusters that change in several steps, none of which stops writes. */
static size_t count_steps(const struct report *r)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n; i++) {
		const struct verdict *v = r->list[i];

		n += v->class == VERDICT_MULTI_STEP && !v->outage && !v->is_new && !v->is_place;
	}
	return n;
}

static size_t count_blind(const struct report *r)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n; i++)
		n += report_blind(r->list[i]) && !r->list[i]->is_place;
	return n;
}

static size_t count_new(const struct report *r)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n; i++)
		n += r->list[i]->is_new && !r->list[i]->is_place;
	return n;
}

static size_t count_places(const struct report *r, bool refused)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n; i++)
		n += r->list[i]->is_place && (r->list[i]->class == VERDICT_REFUSED) == refused;
	return n;
}

static void put_places(const struct report *r, struct buf *out)
{
	size_t refused = count_places(r, true), rest = count_places(r, false);

	if (refused)
		buf_fmt(out, ", %zu destination%s refused", refused, refused == 1 ? "" : "s");
	if (rest)
		buf_fmt(out, ", %zu destination%s", rest, rest == 1 ? " changes" : "s change");
}

/* Appends one of the counts, behind a comma when there is one before. */
static void put_count(struct buf *out, size_t n, const char *what)
{
	if (n)
		buf_fmt(out, "%s%zu %s", out->n ? ", " : "", n, what);
}

struct str report_counts(const struct report *r)
{
	struct buf out = { 0 };

	for (int c = VERDICT_CLASSES - 1; c >= 0; c--)
		put_count(&out, count(r, (enum verdict_class)c),
			  verdict_name((enum verdict_class)c));
	put_count(&out, count_blind(r), "not judged");
	put_count(&out, count_new(r), "new");
	put_count(&out, r->failed, "with errors");
	for (size_t i = 0; i < r->n; i++)
		if (r->list[i]->is_place)
			buf_fmt(&out, "%s%s %s", out.n ? ", " : "", r->list[i]->owner.p,
				report_class(r->list[i]));
	return buf_take(&out, r->arena);
}

static const char *clusters(size_t n)
{
	return n == 1 ? "cluster" : "clusters";
}

struct str report_radius(const struct report *r)
{
	size_t steps = count_steps(r);
	size_t restart = count(r, VERDICT_ROLLING_RESTART) + count(r, VERDICT_FAILOVER) +
			 count(r, VERDICT_MULTI_STEP) - steps;
	size_t refused = count(r, VERDICT_REFUSED), made = count_new(r);
	size_t places = count_places(r, true) + count_places(r, false);
	size_t blind = count_blind(r),
	       rest = r->n - restart - steps - refused - made - places - blind;
	struct buf out = { 0 };

	if (refused)
		buf_fmt(&out, "%zu %s refused, ", refused, clusters(refused));
	buf_fmt(&out, "%zu %s restart%s", restart, clusters(restart), restart == 1 ? "s" : "");
	if (steps)
		buf_fmt(&out, ", %zu change%s in steps", steps, steps == 1 ? "s" : "");
	if (rest)
		buf_fmt(&out, ", %zu change%s without a restart", rest, rest == 1 ? "s" : "");
	if (made)
		buf_fmt(&out, ", %zu new", made);
	if (blind)
		buf_fmt(&out, ", %zu not judged", blind);
	if (r->failed)
		buf_fmt(&out, ", %zu with errors", r->failed);
	buf_fmt(&out, ", %zu unchanged", r->unchanged);
	put_places(r, &out);
	return buf_take(&out, r->arena);
}

void report_print(const struct report *r, struct buf *out, enum report_format format, bool colour)
{
	switch (format) {
	case REPORT_TEXT:
		report_text(r, out, colour);
		return;
	case REPORT_MARKDOWN:
		report_markdown(r, out);
		return;
	case REPORT_JSON:
		report_json(r, out);
		return;
	case REPORT_SARIF:
		report_sarif(r, out);
		return;
	case REPORT_GITHUB:
		report_github(r, out);
		return;
	}
}
