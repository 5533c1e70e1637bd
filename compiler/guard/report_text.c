/* SPDX-License-Identifier: Apache-2.0 */
/* report_text.c: verdicts for a terminal. */
#include "guard/report.h"

/* Fields of one line that are shown; a memory edit changes thirty. */
enum { FIELDS_SHOWN = 6 };

static const char *const colours[VERDICT_CLASSES] = { "32", "32", "36", "36",  "33",
						      "33", "31", "31", "1;31" };

static void put_class(struct buf *out, enum verdict_class c, bool colour)
{
	if (colour)
		buf_fmt(out, "\033[%sm%s\033[0m", colours[c], verdict_name(c));
	else
		buf_text(out, verdict_name(c));
}

static void put_refusals(const struct verdict *v, struct arena *a, struct buf *out)
{
	for (const struct verdict_refusal *r = v->refusals; r; r = r->next) {
		struct str place = pos_text(a, r->pos);

		buf_fmt(out, "  refused: %s [%s]\n", r->text.p, r->id.p);
		if (place.n)
			buf_fmt(out, "    at %s\n", place.p);
		if (r->n_plan)
			buf_text(out, "    the safe way:\n");
		for (size_t i = 0; i < r->n_plan; i++)
			buf_fmt(out, "      %zu. %s\n", i + 1, r->plan[i].p);
	}
}

static void put_line(const struct verdict_line *line, struct arena *a, struct buf *out)
{
	struct str place = report_place(a, line);
	struct str change = report_change(a, line->field, line->was, line->is);
	struct str old = report_old_place(a, line);

	if (!place.n && !change.n)
		buf_text(out, "  (the line that changed it is not known)\n");
	else
		buf_fmt(out, "  %s%s%s%s%s%s%s\n", place.p, place.n && change.n ? "  " : "",
			change.p, old.n ? " (the line " : "", old.p, old.n ? " is gone)" : "",
			line->likely ? " (likely: the old input is not at hand)" : "");
}

static void put_cause(const struct verdict_cause *c, struct arena *a, struct buf *out, bool colour)
{
	struct str change = report_change(a, c->path, c->was, c->is);

	buf_text(out, "    ");
	put_class(out, c->class, colour);
	buf_fmt(out, "  %s%s%s%s\n", c->object.p, change.n ? "  " : "", change.p, report_come(c));
}

/* Causes of one line: each reason once, with the fields it stands for. */
static void put_group(const struct report_group *g, struct arena *a, struct buf *out, bool colour)
{
	const struct verdict_cause *last = NULL;
	size_t shown = 0;

	put_line(&g->first->line, a, out);
	for (const struct verdict_cause *c = report_next(g, NULL); c; c = report_next(g, c)) {
		if (shown++ == FIELDS_SHOWN)
			break;
		if (last && !str_eq(last->why, c->why))
			buf_fmt(out, "      %s\n", last->why.p);
		put_cause(c, a, out, colour);
		last = c;
	}
	if (last)
		buf_fmt(out, "      %s\n", last->why.p);
	if (g->told > FIELDS_SHOWN)
		buf_fmt(out, "    and %zu more field%s by the same line\n", g->told - FIELDS_SHOWN,
			g->told - FIELDS_SHOWN == 1 ? "" : "s");
}

static void put_effect(const struct verdict *v, struct arena *a, struct buf *out)
{
	struct str outage = report_outage(a, v);

	if (outage.n)
		buf_fmt(out, "  without writes: %s (%s)\n", outage.p, v->outage_basis.p);
	if (v->window.n)
		buf_fmt(out, "  when: %s\n", v->window.p);
	if (v->order.n)
		buf_fmt(out, "  order: %s\n", v->order.p);
	for (const struct verdict_exposure *e = v->exposure; e; e = e->next)
		buf_fmt(out, "  %s %s\n", e->opens ? "opens" : "closes", e->text.p);
	if (v->unjudged.n)
		buf_fmt(out, "  not judged: %s\n", v->unjudged.p);
}

static void put_verdict(const struct verdict *v, struct arena *a, struct buf *out, bool colour)
{
	size_t n = 0;
	const struct report_group *groups = report_groups(a, v, &n);

	buf_char(out, '\n');
	if (v->is_new || report_blind(v))
		buf_text(out, report_class(v));
	else
		put_class(out, v->class, colour);
	buf_fmt(out, "  %s\n", v->owner.p);
	if (v->is_new && v->twin.n)
		buf_fmt(out, "  begins empty: it is much the same as %s, whose data stay there\n",
			v->twin.p);
	put_refusals(v, a, out);
	put_effect(v, a, out);
	for (size_t i = 0; i < n; i++)
		put_group(&groups[i], a, out, colour);
}

static void put_costs(const struct report *r, struct buf *out)
{
	for (size_t i = 0; r->costs && i < r->costs->n; i++) {
		const struct report_cost *c = &r->costs->list[i];

		buf_fmt(out, "team %s pays ", c->team.p);
		report_amount(out, c->is - c->was, true);
		buf_fmt(out, " %s a month (", r->costs->currency.p);
		report_amount(out, c->was, false);
		buf_text(out, " before, ");
		report_amount(out, c->is, false);
		buf_text(out, " now, for the clusters that change)\n");
	}
}

void report_text(const struct report *r, struct buf *out, bool colour)
{
	struct str counts = report_counts(r);

	buf_fmt(out, "%s -> %s: %s\n", r->was.p, r->is.p, report_radius(r).p);
	if (counts.n)
		buf_fmt(out, "%s\n", counts.p);
	if (r->note.n)
		buf_fmt(out, "%s\n", r->note.p);
	put_costs(r, out);
	for (size_t i = 0; i < r->n_limits; i++)
		buf_fmt(out, "over the limit: %s, but %zu %s %s\n", r->limits[i].text.p,
			r->limits[i].found, r->limits[i].found == 1 ? "cluster is" : "clusters are",
			report_over(&r->limits[i]));
	for (size_t i = 0; i < r->n; i++)
		put_verdict(r->list[i], r->arena, out, colour);
}
