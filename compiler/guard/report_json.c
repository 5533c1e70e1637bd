/* SPDX-License-Identifier: Apache-2.0 */
/* report_json.c: verdicts for programs (schema/verdict.json), and as SARIF for code scanning. */
#include "guard/report.h"
#include "tree/print.h"

/* A map that is being written. */
struct map {
	struct arena *arena;
	struct node_list list;
};

static void put(struct map *m, const char *key, struct node *value)
{
	node_put(&m->list, str_of(key), value);
}

static void put_text(struct map *m, const char *key, struct str text)
{
	if (text.n)
		put(m, key, node_str(m->arena, (struct pos){ 0 }, text));
}

static void put_int(struct map *m, const char *key, int64_t v)
{
	put(m, key, node_int(m->arena, (struct pos){ 0 }, v));
}

static void put_flag(struct map *m, const char *key, bool flag)
{
	put(m, key, node_bool(m->arena, (struct pos){ 0 }, flag));
}

static struct node *done(const struct map *m)
{
	struct node *n = node_new(m->arena, NODE_MAP, (struct pos){ 0 });

	n->kids = m->list.first;
	return n;
}

static struct node *list_of(struct arena *a, const struct node_list *items)
{
	struct node *n = node_new(a, NODE_LIST, (struct pos){ 0 });

	n->kids = items->first;
	return n;
}

static struct node *place(struct arena *a, struct pos pos)
{
	struct map m = { .arena = a };

	put_text(&m, "file", pos.file->name);
	put_int(&m, "line", pos.line ? pos.line : 1);
	put_int(&m, "column", pos.col ? pos.col : 1);
	return done(&m);
}

static struct node *line_node(struct arena *a, const struct verdict_line *l)
{
	struct map m = { .arena = a };

	put_text(&m, "field", l->field);
	put_text(&m, "old", l->was);
	put_text(&m, "new", l->is);
	put_flag(&m, "likely", l->likely);
	if (l->pos.file)
		put(&m, "at", place(a, l->pos));
	if (l->old.file)
		put(&m, "gone", place(a, l->old));
	return done(&m);
}

static struct node *cause_node(struct arena *a, const struct verdict_cause *c)
{
	struct map m = { .arena = a };

	put_text(&m, "class", str_of(verdict_name(c->class)));
	put_text(&m, "object", c->object);
	put_text(&m, "file", c->file);
	put_text(&m, "path", c->path);
	put_text(&m, "old", c->was);
	put_text(&m, "new", c->is);
	put_text(&m, "why", c->why);
	put_text(&m, "basis", c->basis);
	put_flag(&m, "derived", c->quiet);
	put(&m, "cause", line_node(a, &c->line));
	return done(&m);
}

static struct node *refusal_node(struct arena *a, const struct verdict_refusal *r)
{
	struct map m = { .arena = a };
	struct node_list plan = { 0 };

	for (size_t i = 0; i < r->n_plan; i++)
		node_add(&plan, node_str(a, (struct pos){ 0 }, r->plan[i]));
	put_text(&m, "id", r->id);
	put_text(&m, "text", r->text);
	if (r->pos.file)
		put(&m, "at", place(a, r->pos));
	put(&m, "plan", list_of(a, &plan));
	return done(&m);
}

static struct node *outage_node(struct arena *a, const struct verdict *v)
{
	struct map m = { .arena = a };

	put_flag(&m, "bounded", v->outage != VERDICT_UNBOUNDED);
	if (v->outage != VERDICT_UNBOUNDED)
		put_int(&m, "seconds", v->outage);
	put_text(&m, "basis", v->outage_basis);
	return done(&m);
}

static struct node *exposure_node(struct arena *a, const struct verdict *v, bool opens)
{
	struct node_list items = { 0 };

	for (const struct verdict_exposure *e = v->exposure; e; e = e->next)
		if (e->opens == opens)
			node_add(&items, node_str(a, (struct pos){ 0 }, e->text));
	return list_of(a, &items);
}

static struct node *verdict_node(struct arena *a, const struct verdict *v)
{
	struct map m = { .arena = a };
	struct node_list causes = { 0 }, refusals = { 0 };

	for (const struct verdict_cause *c = v->causes; c; c = c->next)
		node_add(&causes, cause_node(a, c));
	for (const struct verdict_refusal *r = v->refusals; r; r = r->next)
		node_add(&refusals, refusal_node(a, r));
	put_text(&m, v->is_place ? "destination" : "cluster", v->owner);
	put_text(&m, "team", v->team);
	put_text(&m, "class", str_of(verdict_name(v->class)));
	put_flag(&m, "new", v->is_new);
	put_flag(&m, "gone", v->is_gone);
	put(&m, "outage", outage_node(a, v));
	put_text(&m, "window", v->window);
	put_flag(&m, "windowCovers", v->covered);
	put_text(&m, "order", v->order);
	put_text(&m, "notJudged", v->unjudged);
	put(&m, "opens", exposure_node(a, v, true));
	put(&m, "closes", exposure_node(a, v, false));
	put(&m, "causes", list_of(a, &causes));
	put(&m, "refusals", list_of(a, &refusals));
	return done(&m);
}

static struct node *counts_node(const struct report *r)
{
	struct map m = { .arena = r->arena };

	for (int c = 0; c < VERDICT_CLASSES; c++) {
		int64_t n = 0;

		for (size_t i = 0; i < r->n; i++)
			n += r->list[i]->class == (enum verdict_class)c && !r->list[i]->is_new &&
			     !r->list[i]->is_place;
		put_int(&m, verdict_name((enum verdict_class)c), n);
	}
	return done(&m);
}

static struct node *limits_node(const struct report *r)
{
	struct node_list items = { 0 };

	for (size_t i = 0; i < r->n_limits; i++) {
		struct map m = { .arena = r->arena };

		put_text(&m, "limit", r->limits[i].text);
		put_text(&m, "class", str_of(verdict_name(r->limits[i].class)));
		put_int(&m, "found", (int64_t)r->limits[i].found);
		node_add(&items, done(&m));
	}
	return list_of(r->arena, &items);
}

static struct node *costs_node(const struct report *r)
{
	struct node_list items = { 0 };
	struct map all = { .arena = r->arena };

	for (size_t i = 0; i < r->costs->n; i++) {
		struct map m = { .arena = r->arena };

		put_text(&m, "team", r->costs->list[i].team);
		put_int(&m, "old", r->costs->list[i].was);
		put_int(&m, "new", r->costs->list[i].is);
		node_add(&items, done(&m));
	}
	put_text(&all, "currency", r->costs->currency);
	put(&all, "teams", list_of(r->arena, &items));
	return done(&all);
}

static void print(const struct node *n, struct buf *out)
{
	struct err err = { 0 };

	(void)print_json(out, n, &err); /* all texts are UTF-8: they were read or printed by us */
	buf_char(out, '\n');
}

void report_json(const struct report *r, struct buf *out)
{
	struct map m = { .arena = r->arena };
	struct node_list list = { 0 }, places = { 0 };

	for (size_t i = 0; i < r->n; i++)
		node_add(r->list[i]->is_place ? &places : &list,
			 verdict_node(r->arena, r->list[i]));
	put_text(&m, "format", str_of("howdah.dev/verdict/v1"));
	put_text(&m, "old", r->was);
	put_text(&m, "new", r->is);
	put_text(&m, "note", r->note);
	put_int(&m, "unchanged", (int64_t)r->unchanged);
	put_int(&m, "failed", (int64_t)r->failed);
	put(&m, "counts", counts_node(r));
	put(&m, "exceeded", limits_node(r));
	if (r->costs)
		put(&m, "costs", costs_node(r));
	put(&m, "clusters", list_of(r->arena, &list));
	put(&m, "destinations", list_of(r->arena, &places));
	print(done(&m), out);
}

/* ------------------------------------------------------------------------------------- SARIF */

static struct node *text_node(struct arena *a, struct str text)
{
	struct map m = { .arena = a };

	put_text(&m, "text", text);
	return done(&m);
}

static struct node *location(struct arena *a, struct pos pos)
{
	struct map uri = { .arena = a }, region = uri, physical = uri, m = uri;
	struct node_list one = { 0 };

	if (!pos.file)
		return list_of(a, &one);
	put_text(&uri, "uri", pos.file->name);
	put_int(&region, "startLine", pos.line ? pos.line : 1);
	put_int(&region, "startColumn", pos.col ? pos.col : 1);
	put(&physical, "artifactLocation", done(&uri));
	put(&physical, "region", done(&region));
	put(&m, "physicalLocation", done(&physical));
	node_add(&one, done(&m));
	return list_of(a, &one);
}

/* A finding: level "error" for what is refused, "note" for what a line does. */
static struct node *result(struct arena *a, const char *level, struct str rule, struct str text,
			   struct pos pos)
{
	struct map m = { .arena = a };

	put_text(&m, "ruleId", rule);
	put_text(&m, "level", str_of(level));
	put(&m, "message", text_node(a, text));
	put(&m, "locations", location(a, pos));
	return done(&m);
}

static void results(struct arena *a, const struct verdict *v, struct node_list *list)
{
	size_t n = 0;
	const struct report_group *groups = report_groups(a, v, &n);

	for (const struct verdict_refusal *r = v->refusals; r; r = r->next)
		node_add(list, result(a, "error", r->id,
				      arena_fmt(a, "%s: %s", v->owner.p, r->text.p), r->pos));
	for (size_t i = 0; i < n; i++) {
		const struct verdict_cause *c = groups[i].first;

		node_add(list, result(a, c->class >= VERDICT_ROLLING_RESTART ? "warning" : "note",
				      arena_fmt(a, "verdict-%s", verdict_name(c->class)),
				      arena_fmt(a, "%s: %s: %s (%s)", v->owner.p,
						verdict_name(c->class), c->why.p, c->object.p),
				      c->line.pos));
	}
}

void report_sarif(const struct report *r, struct buf *out)
{
	struct arena *a = r->arena;
	struct map root = { .arena = a }, run = root, tool = root, driver = root, bag = root;
	struct node_list list = { 0 }, runs = { 0 };

	for (size_t i = 0; i < r->n; i++)
		results(a, r->list[i], &list);
	put_text(&driver, "name", str_of("howdah"));
	put_text(&driver, "informationUri", str_of("https://howdah.dev"));
	put(&tool, "driver", done(&driver));
	put(&run, "tool", done(&tool));
	if (r->costs) {
		put(&bag, "costs", costs_node(r));
		put(&run, "properties", done(&bag));
	}
	put(&run, "results", list_of(a, &list));
	node_add(&runs, done(&run));
	put_text(&root, "$schema", str_of("https://json.schemastore.org/sarif-2.1.0.json"));
	put_text(&root, "version", str_of("2.1.0"));
	put(&root, "runs", list_of(a, &runs));
	print(done(&root), out);
}
