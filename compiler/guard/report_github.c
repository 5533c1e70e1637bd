/* SPDX-License-Identifier: Apache-2.0 */
/* report_github.c: verdicts as annotations that GitHub shows at the lines of a pull request. */
#include "guard/report.h"

/* Signs that a workflow command keeps for itself. */
static void put_value(struct buf *out, struct str s, bool property)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (c == '%' || c == '\r' || c == '\n' || (property && (c == ':' || c == ',')))
			buf_fmt(out, "%%%02X", (unsigned)(unsigned char)c);
		else
			buf_char(out, c);
	}
}

static void put_command(struct buf *out, const char *level, struct pos pos, struct str title)
{
	buf_fmt(out, "::%s title=", level);
	put_value(out, title, true);
	if (pos.file) {
		buf_text(out, ",file=");
		put_value(out, pos.file->name, true);
		buf_fmt(out, ",line=%u,col=%u", pos.line ? pos.line : 1, pos.col ? pos.col : 1);
	}
	buf_text(out, "::");
}

static void put_refusal(struct arena *a, const struct verdict *v, const struct verdict_refusal *r,
			struct buf *out)
{
	put_command(out, "error", r->pos, arena_fmt(a, "%s refused [%s]", v->owner.p, r->id.p));
	put_value(out, r->text, false);
	for (size_t i = 0; i < r->n_plan; i++) {
		put_value(out, arena_fmt(a, "\n%zu. %s", i + 1, r->plan[i].p), false);
	}
	buf_char(out, '\n');
}

static void put_group(struct arena *a, const struct verdict *v, const struct report_group *g,
		      struct buf *out)
{
	const struct verdict_cause *c = g->first;

	put_command(out, c->class >= VERDICT_ROLLING_RESTART ? "warning" : "notice", c->line.pos,
		    arena_fmt(a, "%s %s", v->owner.p, verdict_name(c->class)));
	put_value(out, arena_fmt(a, "%s: %s", c->object.p, c->why.p), false);
	buf_char(out, '\n');
}

/* "; team shop +190.80 EUR a month" */
static void put_costs(const struct report *r, struct buf *out)
{
	for (size_t i = 0; r->costs && i < r->costs->n; i++) {
		const struct report_cost *c = &r->costs->list[i];

		buf_text(out, "; team ");
		put_value(out, c->team, false);
		buf_char(out, ' ');
		report_amount(out, c->is - c->was, true);
		buf_char(out, ' ');
		put_value(out, r->costs->currency, false);
		buf_text(out, " a month");
	}
}

void report_github(const struct report *r, struct buf *out)
{
	for (size_t i = 0; i < r->n; i++) {
		const struct verdict *v = r->list[i];
		size_t n = 0;
		const struct report_group *groups = report_groups(r->arena, v, &n);

		for (const struct verdict_refusal *f = v->refusals; f; f = f->next)
			put_refusal(r->arena, v, f, out);
		for (size_t k = 0; k < n; k++)
			put_group(r->arena, v, &groups[k], out);
	}
	put_command(out, "notice", (struct pos){ 0 }, str_of("howdah"));
	put_value(out, report_radius(r), false);
	put_costs(r, out);
	buf_char(out, '\n');
}
