/* SPDX-License-Identifier: Apache-2.0 */
/* report_markdown.c: verdicts as a comment on a pull request, read in twenty seconds. */
#include "guard/report.h"

enum {
	ROWS_MOST = 30,
	LINES_SHOWN = 3,
	NAMES_SHOWN = 3,
	EXPOSURE_SHOWN = 20,
	FIELDS_SHOWN = 40,
	FINDINGS_SHOWN = 20
};

/* Text that a cell of a table, a list or a heading may hold: no sign of markdown or HTML works. */
static void put_plain(struct buf *out, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '<')
			buf_text(out, "&lt;");
		else if (s.p[i] == '\n')
			buf_char(out, ' ');
		else {
			if (strchr("|`*_[]\\", s.p[i]))
				buf_char(out, '\\');
			buf_char(out, s.p[i]);
		}
	}
}

static void put_line(const struct report_group *g, struct arena *a, struct buf *out)
{
	const struct verdict_line *line = &g->first->line;
	struct str change = report_change(a, line->field, line->was, line->is);
	struct str place = report_place(a, line), old = report_old_place(a, line);

	put_plain(out, change.n ? change : g->first->object);
	buf_text(out, change.n ? "" : report_come(g->first));
	if (place.n) {
		buf_text(out, " (");
		put_plain(out, place);
		buf_char(out, ')');
	}
	if (old.n) {
		buf_text(out, ", without ");
		put_plain(out, old);
	}
}

static void put_lines(const struct verdict *v, struct arena *a, struct buf *out)
{
	size_t n = 0;
	const struct report_group *groups = report_groups(a, v, &n);

	for (size_t i = 0; i < n && i < LINES_SHOWN; i++) {
		buf_text(out, i ? "<br>" : "");
		put_line(&groups[i], a, out);
	}
	if (n > LINES_SHOWN)
		buf_fmt(out, "<br>and %zu more lines", n - LINES_SHOWN);
	if (!n)
		buf_text(out, report_whole(v));
	if (v->unjudged.n) {
		buf_text(out, n || *report_whole(v) ? "<br>not judged: " : "not judged: ");
		put_plain(out, v->unjudged);
	}
}

/* What a row says behind the names; clusters that say the same share a row. */
static struct str row_text(const struct verdict *v, struct arena *a)
{
	struct buf out = { 0 };
	struct str outage = report_outage(a, v);

	buf_text(&out, "| **");
	buf_text(&out, report_class(v));
	buf_text(&out, "**");
	for (const struct verdict_refusal *r = v->refusals; r; r = r->next)
		buf_fmt(&out, "<br>%s", r->id.p);
	buf_text(&out, " | ");
	put_lines(v, a, &out);
	buf_text(&out, " | ");
	buf_str(&out, outage);
	buf_text(&out, " | ");
	put_plain(&out, v->window);
	buf_text(&out, " |\n");
	return buf_take(&out, a);
}

/* Clusters that share a row. */
struct row {
	struct str text;
	struct buf names;
	size_t n;
};

/* The clusters of R by what they say, in order; COUNT rows. */
static struct row *rows_of(const struct report *r, size_t *count)
{
	struct row *rows = NEW_ARRAY(r->arena, r->n + 1, struct row);
	size_t n = 0;

	for (size_t i = 0; i < r->n; i++) {
		struct str text = row_text(r->list[i], r->arena);
		size_t at = 0;

		while (at < n && !str_eq(rows[at].text, text))
			at++;
		rows[at].text = text;
		n += at == n;
		if (rows[at].n++ < NAMES_SHOWN) {
			buf_text(&rows[at].names, rows[at].names.n ? "<br>" : "");
			put_plain(&rows[at].names, r->list[i]->owner);
		}
	}
	*count = n;
	return rows;
}

static void put_row(struct row *row, struct buf *out)
{
	buf_fmt(out, "| %s", buf_z(&row->names));
	if (row->n > NAMES_SHOWN)
		buf_fmt(out, "<br>and %zu more", row->n - NAMES_SHOWN);
	buf_fmt(out, " %s", row->text.p);
}

static void put_table(const struct report *r, struct buf *out)
{
	size_t n = 0, left = 0;
	struct row *rows = rows_of(r, &n);

	buf_text(out, "| cluster | verdict | cause | without writes | when |\n"
		      "|---|---|---|---|---|\n");
	for (size_t i = 0; i < n; i++) {
		if (i < ROWS_MOST)
			put_row(&rows[i], out);
		else
			left += rows[i].n;
		buf_release(&rows[i].names);
	}
	if (left)
		buf_fmt(out, "\nand %zu more clusters\n", left);
}

static void put_refusals(const struct report *r, struct buf *out)
{
	bool any = false;

	for (size_t i = 0; i < r->n; i++) {
		for (const struct verdict_refusal *f = r->list[i]->refusals; f; f = f->next) {
			if (!any)
				buf_text(out, "\n#### Refused, and the safe way\n");
			any = true;
			buf_text(out, "\n**");
			put_plain(out, r->list[i]->owner);
			buf_fmt(out, "** (%s): ", f->id.p);
			put_plain(out, f->text);
			buf_text(out, "\n\n");
			for (size_t k = 0; k < f->n_plan; k++) {
				buf_fmt(out, "%zu. ", k + 1);
				put_plain(out, f->plan[k]);
				buf_char(out, '\n');
			}
		}
	}
}

/* Notes without a place say what would mend it. */
static void put_fix(const struct diag *g, struct buf *out)
{
	for (const struct diag_note *n = g->notes; n; n = n->next) {
		if (n->pos.file)
			continue;
		buf_text(out, "; ");
		put_plain(out, n->text);
	}
}

/* A list of the findings of one severity; how many there are. */
static size_t put_severity(const struct report *r, enum severity severity, struct buf *out)
{
	size_t n = 0;
	const struct diag **list = report_findings(r, severity, &n);

	for (size_t i = 0; i < n && i < FINDINGS_SHOWN; i++) {
		buf_text(out, "- ");
		put_plain(out, list[i]->text);
		buf_fmt(out, " (%s", diag_name(list[i]));
		if (list[i]->pos.file) {
			buf_text(out, ", ");
			put_plain(out, pos_text(r->arena, list[i]->pos));
		}
		buf_char(out, ')');
		put_fix(list[i], out);
		buf_char(out, '\n');
	}
	if (n > FINDINGS_SHOWN)
		buf_fmt(out, "- and %zu more\n", n - FINDINGS_SHOWN);
	return n;
}

static void put_findings(const struct report *r, struct buf *out)
{
	struct buf errors = { 0 }, warnings = { 0 };
	size_t bad = put_severity(r, SEV_ERROR, &errors);
	size_t n = put_severity(r, SEV_WARNING, &warnings);

	if (bad)
		buf_fmt(out, "\n#### Errors and denials\n\n%s", buf_z(&errors));
	if (n)
		buf_fmt(out, "\n<details><summary>%zu warning%s</summary>\n\n%s\n</details>\n", n,
			n == 1 ? "" : "s", buf_z(&warnings));
	buf_release(&errors);
	buf_release(&warnings);
}

static void put_edge(const struct verdict *v, const struct verdict_exposure *e, struct buf *out)
{
	buf_fmt(out, "- %s ", e->opens ? "opens" : "closes");
	put_plain(out, e->text);
	buf_text(out, " (");
	put_plain(out, v->owner);
	buf_text(out, ")\n");
}

static void put_exposure(const struct report *r, struct buf *out)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n; i++) {
		const struct verdict *v = r->list[i];
		const struct verdict_exposure *e = v->is_new || v->is_gone ? NULL : v->exposure;

		for (; e; e = e->next) {
			if (!n)
				buf_text(out, "\n#### Exposure\n\n");
			if (n++ < EXPOSURE_SHOWN)
				put_edge(v, e, out);
		}
	}
	if (n > EXPOSURE_SHOWN)
		buf_fmt(out, "- and %zu more\n", n - EXPOSURE_SHOWN);
}

static void put_costs(const struct report *r, struct buf *out)
{
	if (r->costs)
		buf_fmt(out,
			"\n#### Cost of the clusters that change, %s a month\n\n"
			"| team | before | now | change |\n|---|---:|---:|---:|\n",
			r->costs->currency.p);
	for (size_t i = 0; r->costs && i < r->costs->n; i++) {
		const struct report_cost *c = &r->costs->list[i];

		buf_text(out, "| ");
		put_plain(out, c->team);
		buf_text(out, " | ");
		report_amount(out, c->was, false);
		buf_text(out, " | ");
		report_amount(out, c->is, false);
		buf_text(out, " | ");
		report_amount(out, c->is - c->was, true);
		buf_text(out, " |\n");
	}
}

static void put_details(const struct report *r, struct buf *out)
{
	struct report few = *r;
	struct buf text = { 0 };

	if (!r->n)
		return;
	few.n = r->n < FIELDS_SHOWN ? r->n : FIELDS_SHOWN;
	report_text(&few, &text, false);
	buf_text(out, "\n<details><summary>Every change</summary>\n\n~~~~~~\n");
	buf_str(out, buf_view(&text));
	if (r->n > few.n)
		buf_fmt(out, "\nand %zu more clusters\n", r->n - few.n);
	buf_text(out, "~~~~~~\n\n</details>\n");
	buf_release(&text);
}

void report_markdown(const struct report *r, struct buf *out)
{
	struct str counts = report_counts(r);

	buf_text(out, "### Verdict: ");
	if (r->broken)
		put_plain(out, str_of("not judged, nothing could be compiled"));
	else
		put_plain(out, counts.n ? counts : str_of("nothing changes"));
	buf_text(out, "\n\n");
	if (!r->broken)
		put_plain(out, report_radius(r));
	buf_text(out, r->broken ? "(" : " (");
	put_plain(out, r->was);
	buf_text(out, " to ");
	put_plain(out, r->is);
	buf_text(out, ")\n\n");
	for (size_t i = 0; i < r->n_limits; i++)
		buf_fmt(out, "**Over the limit** %s: %zu %s\n\n", r->limits[i].text.p,
			r->limits[i].found, report_over(&r->limits[i]));
	if (r->note.n) {
		buf_text(out, "Note: ");
		put_plain(out, r->note);
		buf_text(out, "\n\n");
	}
	if (r->n)
		put_table(r, out);
	put_refusals(r, out);
	put_findings(r, out);
	put_exposure(r, out);
	put_costs(r, out);
	put_details(r, out);
}
