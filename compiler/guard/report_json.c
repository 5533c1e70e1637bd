/* SPDX-License-Identifier: Apache-2.0 */
/* report_json.c: verdicts for programs (schema/verdict.json). */
#include "guard/report.h"
#include "tree/map.h"
#include "tree/print.h"

#define NOT_JUDGED "not-judged" /* beside the names of the classes */

struct node *report_list(struct arena *a, const struct node_list *items)
{
	struct node *n = node_new(a, NODE_LIST, (struct pos){ 0 });

	n->kids = items->first;
	return n;
}

void report_put(const struct node *n, struct buf *out)
{
	struct err err = { 0 };

	(void)print_json(out, n, &err); /* all texts are UTF-8: they were read or printed by us */
	buf_char(out, '\n');
}

static struct node *place(struct arena *a, struct pos pos)
{
	struct map m = { .arena = a };

	map_text(&m, "file", diag_clean(a, pos.file->name));
	map_int(&m, "line", pos.line ? pos.line : 1);
	map_int(&m, "column", pos.col ? pos.col : 1);
	return map_done(&m);
}

static struct node *line_node(struct arena *a, const struct verdict_line *l)
{
	struct map m = { .arena = a };

	map_text(&m, "field", l->field);
	map_text(&m, "old", l->was);
	map_text(&m, "new", l->is);
	map_flag(&m, "likely", l->likely);
	if (l->pos.file)
		map_node(&m, "at", place(a, l->pos));
	if (l->old.file)
		map_node(&m, "gone", place(a, l->old));
	return map_done(&m);
}

static struct node *cause_node(struct arena *a, const struct verdict_cause *c)
{
	struct map m = { .arena = a };

	map_text(&m, "class", str_of(verdict_name(c->class)));
	map_text(&m, "object", c->object);
	map_text(&m, "file", c->file);
	map_text(&m, "path", c->path);
	map_text(&m, "old", c->was);
	map_text(&m, "new", c->is);
	map_text(&m, "why", c->why);
	map_text(&m, "basis", c->basis);
	map_flag(&m, "derived", c->quiet);
	map_node(&m, "cause", line_node(a, &c->line));
	return map_done(&m);
}

static struct node *refusal_node(struct arena *a, const struct verdict_refusal *r)
{
	struct map m = { .arena = a };
	struct node_list plan = { 0 };

	for (size_t i = 0; i < r->n_plan; i++)
		node_add(&plan, node_str(a, (struct pos){ 0 }, r->plan[i]));
	map_text(&m, "id", r->id);
	map_text(&m, "text", r->text);
	if (r->pos.file)
		map_node(&m, "at", place(a, r->pos));
	map_node(&m, "plan", report_list(a, &plan));
	return map_done(&m);
}

static struct node *outage_node(struct arena *a, const struct verdict *v)
{
	struct map m = { .arena = a };

	map_flag(&m, "bounded", v->outage != VERDICT_UNBOUNDED);
	if (v->outage != VERDICT_UNBOUNDED)
		map_int(&m, "seconds", v->outage);
	map_text(&m, "basis", v->outage_basis);
	return map_done(&m);
}

static struct node *exposure_node(struct arena *a, const struct verdict *v, bool opens)
{
	struct node_list items = { 0 };

	for (const struct verdict_exposure *e = v->exposure; e; e = e->next)
		if (e->opens == opens)
			node_add(&items, node_str(a, (struct pos){ 0 }, e->text));
	return report_list(a, &items);
}

/* What is not judged is not "none". */
static struct str class_name(const struct verdict *v)
{
	return str_of(report_blind(v) ? NOT_JUDGED : verdict_name(v->class));
}

static struct node *verdict_node(struct arena *a, const struct verdict *v)
{
	struct map m = { .arena = a };
	struct node_list causes = { 0 }, refusals = { 0 };

	for (const struct verdict_cause *c = v->causes; c; c = c->next)
		node_add(&causes, cause_node(a, c));
	for (const struct verdict_refusal *r = v->refusals; r; r = r->next)
		node_add(&refusals, refusal_node(a, r));
	map_text(&m, v->is_place ? "destination" : "cluster", v->owner);
	map_text(&m, "team", v->team);
	map_text(&m, "class", class_name(v));
	map_flag(&m, "new", v->is_new);
	map_flag(&m, "gone", v->is_gone);
	map_text(&m, "twin", v->twin);
	map_node(&m, "outage", outage_node(a, v));
	map_text(&m, "window", v->window);
	map_flag(&m, "windowCovers", v->covered);
	map_text(&m, "order", v->order);
	map_text(&m, "notJudged", v->unjudged);
	map_node(&m, "opens", exposure_node(a, v, true));
	map_node(&m, "closes", exposure_node(a, v, false));
	map_node(&m, "causes", report_list(a, &causes));
	map_node(&m, "refusals", report_list(a, &refusals));
	return map_done(&m);
}

/* One finding: a denial or an error of the input, or a warning. */
static struct node *finding_node(struct arena *a, const struct diag *g)
{
	struct map m = { .arena = a };
	struct node_list notes = { 0 };

	for (const struct diag_note *n = g->notes; n; n = n->next) {
		struct map note = { .arena = a };

		map_text(&note, "message", diag_clean(a, n->text));
		if (n->pos.file)
			map_node(&note, "at", place(a, n->pos));
		node_add(&notes, map_done(&note));
	}
	map_text(&m, "severity", str_of(g->severity == SEV_ERROR ? "error" : "warning"));
	map_text(&m, "id", str_of(diag_name(g)));
	map_text(&m, "message", diag_clean(a, g->text));
	if (g->pos.file)
		map_node(&m, "at", place(a, g->pos));
	map_node(&m, "notes", report_list(a, &notes));
	return map_done(&m);
}

static struct node *findings_node(const struct report *r)
{
	struct node_list items = { 0 };

	for (int s = SEV_ERROR; s <= SEV_WARNING; s++) {
		size_t n = 0;
		const struct diag **list = report_findings(r, (enum severity)s, &n);

		for (size_t i = 0; i < n; i++)
			node_add(&items, finding_node(r->arena, list[i]));
	}
	return report_list(r->arena, &items);
}

static struct node *counts_node(const struct report *r)
{
	struct map m = { .arena = r->arena };
	int64_t blind = 0;

	for (int c = 0; c < VERDICT_CLASSES; c++) {
		int64_t n = 0;

		for (size_t i = 0; i < r->n; i++)
			n += r->list[i]->class == (enum verdict_class)c && !r->list[i]->is_new &&
			     !r->list[i]->is_place && !report_blind(r->list[i]);
		map_int(&m, verdict_name((enum verdict_class)c), n);
	}
	for (size_t i = 0; i < r->n; i++)
		blind += !r->list[i]->is_place && report_blind(r->list[i]);
	map_int(&m, NOT_JUDGED, blind);
	return map_done(&m);
}

static struct node *limits_node(const struct report *r)
{
	struct node_list items = { 0 };

	for (size_t i = 0; i < r->n_limits; i++) {
		struct map m = { .arena = r->arena };

		map_text(&m, "limit", r->limits[i].text);
		map_text(
		    &m, "class",
		    str_of(r->limits[i].blind ? NOT_JUDGED : verdict_name(r->limits[i].class)));
		map_int(&m, "found", (int64_t)r->limits[i].found);
		node_add(&items, map_done(&m));
	}
	return report_list(r->arena, &items);
}

struct node *report_costs_node(const struct report *r)
{
	struct node_list items = { 0 };
	struct map all = { .arena = r->arena };

	for (size_t i = 0; i < r->costs->n; i++) {
		struct map m = { .arena = r->arena };

		map_text(&m, "team", r->costs->list[i].team);
		map_int(&m, "old", r->costs->list[i].was);
		map_int(&m, "new", r->costs->list[i].is);
		node_add(&items, map_done(&m));
	}
	map_text(&all, "currency", r->costs->currency);
	map_node(&all, "teams", report_list(r->arena, &items));
	return map_done(&all);
}

void report_json(const struct report *r, struct buf *out)
{
	struct map m = { .arena = r->arena };
	struct node_list list = { 0 }, places = { 0 };

	for (size_t i = 0; i < r->n; i++)
		node_add(r->list[i]->is_place ? &places : &list,
			 verdict_node(r->arena, r->list[i]));
	map_text(&m, "format", str_of("howdah.dev/verdict/v1"));
	map_text(&m, "old", r->was);
	map_text(&m, "new", r->is);
	map_text(&m, "note", r->note);
	map_flag(&m, "broken", r->broken);
	map_int(&m, "unchanged", (int64_t)r->unchanged);
	map_int(&m, "failed", (int64_t)r->failed);
	map_node(&m, "counts", counts_node(r));
	map_node(&m, "exceeded", limits_node(r));
	if (r->costs)
		map_node(&m, "costs", report_costs_node(r));
	map_node(&m, "findings", findings_node(r));
	map_node(&m, "clusters", report_list(r->arena, &list));
	map_node(&m, "destinations", report_list(r->arena, &places));
	report_put(map_done(&m), out);
}
