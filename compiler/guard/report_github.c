/* SPDX-License-Identifier: Apache-2.0 */
/* report_github.c: verdicts as annotations that GitHub shows at the lines of a pull request. */
#include "guard/report.h"

static void put_command(struct buf *out, const char *level, struct pos pos, struct str title)
{
	buf_fmt(out, "::%s title=", level);
	diag_github_string(out, title, true);
	if (pos.file) {
		buf_text(out, ",file=");
		diag_github_string(out, pos.file->name, true);
		buf_fmt(out, ",line=%u,col=%u", pos.line ? pos.line : 1, pos.col ? pos.col : 1);
	}
	buf_text(out, "::");
}

static void put_refusal(struct arena *a, const struct verdict *v, const struct verdict_refusal *r,
			struct buf *out)
{
	put_command(out, "error", r->pos, arena_fmt(a, "%s refused [%s]", v->owner.p, r->id.p));
	diag_github_string(out, r->text, false);
	for (size_t i = 0; i < r->n_plan; i++)
		diag_github_string(out, arena_fmt(a, "\n%zu. %s", i + 1, r->plan[i].p), false);
	buf_char(out, '\n');
}

static void put_group(struct arena *a, const struct verdict *v, const struct report_group *g,
		      struct buf *out)
{
	const struct verdict_cause *c = g->first;
	struct str change = report_change(a, c->line.field, c->line.was, c->line.is);

	put_command(out, c->class >= VERDICT_ROLLING_RESTART ? "warning" : "notice", c->line.pos,
		    arena_fmt(a, "%s %s", v->owner.p, verdict_name(c->class)));
	diag_github_string(
	    out, arena_fmt(a, "%s%s%s: %s", change.p, change.n ? ": " : "", c->object.p, c->why.p),
	    false);
	buf_char(out, '\n');
}

static void put_whole(const struct verdict *v, struct buf *out)
{
	put_command(out, "notice", (struct pos){ 0 }, v->owner);
	diag_github_string(out, str_of(report_whole(v)), false);
	buf_char(out, '\n');
}

/* "; team shop +190.80 EUR a month" */
static void put_costs(const struct report *r, struct buf *out)
{
	for (size_t i = 0; r->costs && i < r->costs->n; i++) {
		const struct report_cost *c = &r->costs->list[i];

		buf_text(out, "; team ");
		diag_github_string(out, c->team, false);
		buf_char(out, ' ');
		report_amount(out, c->is - c->was, true);
		buf_char(out, ' ');
		diag_github_string(out, r->costs->currency, false);
		buf_text(out, " a month");
	}
}

/* GitHub shows ten annotations of a level: what all comes to is first. */
static void put_summary(const struct report *r, struct buf *out)
{
	put_command(out, "notice", (struct pos){ 0 }, str_of("howdah"));
	diag_github_string(
	    out, r->broken ? str_of("not judged, nothing could be compiled") : report_radius(r),
	    false);
	put_costs(r, out);
	buf_char(out, '\n');
	for (size_t i = 0; i < r->n_limits; i++) {
		const struct report_limit *l = &r->limits[i];

		put_command(out, "error", (struct pos){ 0 }, str_of("howdah"));
		diag_github_string(out,
				   arena_fmt(r->arena, "over the limit %s: %zu %s", l->text.p,
					     l->found, report_over(l)),
				   false);
		buf_char(out, '\n');
	}
}

static void put_findings(const struct report *r, enum severity severity, struct buf *out)
{
	size_t n = 0;
	const struct diag **list = report_findings(r, severity, &n);

	for (size_t i = 0; i < n; i++)
		diag_github(out, list[i]);
}

void report_github(const struct report *r, struct buf *out)
{
	put_summary(r, out);
	for (size_t i = 0; i < r->n; i++) {
		const struct verdict *v = r->list[i];
		size_t n = 0;
		const struct report_group *groups = report_groups(r->arena, v, &n);

		for (const struct verdict_refusal *f = v->refusals; f; f = f->next)
			put_refusal(r->arena, v, f, out);
		for (size_t k = 0; k < n; k++)
			put_group(r->arena, v, &groups[k], out);
		if (!n && !v->refusals && *report_whole(v))
			put_whole(v, out);
	}
	put_findings(r, SEV_ERROR, out);
	put_findings(r, SEV_WARNING, out);
}
