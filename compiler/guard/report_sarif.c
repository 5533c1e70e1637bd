/* SPDX-License-Identifier: Apache-2.0 */
/* report_sarif.c: verdicts as SARIF 2.1.0, for code scanning. */
#include "guard/report.h"
#include "tree/map.h"

/* What a result says, and where: code scanning takes none without a place. */
struct result {
	const char *level;
	struct str rule, text;
	struct pos pos;
	struct str instead; /* the file that is shown when no line is known */
};

static struct node *text_node(struct arena *a, struct str text)
{
	struct map m = { .arena = a };

	map_text(&m, "text", text);
	return map_done(&m);
}

/* A path as the reference that a URI is: RFC 3986 leaves these signs alone. */
static struct str uri_of(struct arena *a, struct str path)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789-._~/";
	struct buf out = { 0 };

	for (size_t i = 0; i < path.n; i++)
		if (path.p[i] && strchr(plain, path.p[i]))
			buf_char(&out, path.p[i]);
		else
			buf_fmt(&out, "%%%02X", (unsigned)(unsigned char)path.p[i]);
	return buf_take(&out, a);
}

/* Files that howdah carries are none of the repository. */
static bool is_shown(struct pos pos)
{
	return pos.file && !str_starts(pos.file->name, "built-in:");
}

static struct node *location(struct arena *a, const struct result *r)
{
	struct map uri = { .arena = a }, region = uri, physical = uri, m = uri;
	struct node_list one = { 0 };
	bool known = is_shown(r->pos);

	map_text(&uri, "uri", uri_of(a, known ? r->pos.file->name : r->instead));
	map_int(&region, "startLine", known && r->pos.line ? r->pos.line : 1);
	map_int(&region, "startColumn", known && r->pos.col ? r->pos.col : 1);
	map_node(&physical, "artifactLocation", map_done(&uri));
	map_node(&physical, "region", map_done(&region));
	map_node(&m, "physicalLocation", map_done(&physical));
	node_add(&one, map_done(&m));
	return report_list(a, &one);
}

static void add(struct arena *a, struct node_list *list, struct result r)
{
	struct map m = { .arena = a };

	map_text(&m, "ruleId", r.rule);
	map_text(&m, "level", str_of(r.level));
	map_node(&m, "message", text_node(a, r.text));
	map_node(&m, "locations", location(a, &r));
	node_add(list, map_done(&m));
}

/* What is refused, and the safe way. */
static struct str refusal_text(struct arena *a, const struct verdict *v,
			       const struct verdict_refusal *r)
{
	struct buf out = { 0 };

	buf_fmt(&out, "%s: %s", v->owner.p, r->text.p);
	for (size_t i = 0; i < r->n_plan; i++)
		buf_fmt(&out, "\n%zu. %s", i + 1, r->plan[i].p);
	return buf_take(&out, a);
}

/* What a line does. */
static struct str cause_text(struct arena *a, const struct verdict *v,
			     const struct verdict_cause *c)
{
	struct str change = report_change(a, c->line.field, c->line.was, c->line.is);

	return arena_fmt(a, "%s: %s: %s%s%s (%s)", v->owner.p, verdict_name(c->class), change.p,
			 change.n ? ": " : "", c->why.p, c->object.p);
}

static void add_verdict(struct arena *a, struct node_list *list, const struct verdict *v)
{
	struct str instead =
	    v->is_place ? str_of("platform.yaml") : arena_fmt(a, "intents/%s.yaml", v->owner.p);
	size_t n = 0;
	const struct report_group *groups = report_groups(a, v, &n);

	for (const struct verdict_refusal *r = v->refusals; r; r = r->next)
		add(a, list,
		    (struct result){ "error", r->id, refusal_text(a, v, r), r->pos, instead });
	for (size_t i = 0; i < n; i++) {
		const struct verdict_cause *c = groups[i].first;

		add(a, list,
		    (struct result){ c->class >= VERDICT_ROLLING_RESTART ? "warning" : "note",
				     arena_fmt(a, "verdict-%s", verdict_name(c->class)),
				     cause_text(a, v, c), c->line.pos, instead });
	}
	if (!n && !v->refusals && *report_whole(v))
		add(a, list,
		    (struct result){ "note",
				     str_of("verdict-whole"),
				     arena_fmt(a, "%s: %s", v->owner.p, report_whole(v)),
				     { 0 },
				     instead });
}

static struct str finding_text(struct arena *a, const struct diag *g)
{
	struct buf out = { 0 };

	buf_str(&out, diag_clean(a, g->text));
	for (const struct diag_note *n = g->notes; n; n = n->next) {
		buf_char(&out, '\n');
		if (n->pos.file)
			buf_fmt(&out, "%s: ", diag_clean(a, pos_text(a, n->pos)).p);
		buf_str(&out, diag_clean(a, n->text));
	}
	return buf_take(&out, a);
}

static void add_findings(const struct report *r, struct node_list *list, enum severity severity)
{
	size_t n = 0;
	const struct diag **findings = report_findings(r, severity, &n);

	for (size_t i = 0; i < n; i++)
		add(r->arena, list,
		    (struct result){ severity == SEV_ERROR ? "error" : "warning",
				     str_of(diag_name(findings[i])),
				     finding_text(r->arena, findings[i]), findings[i]->pos,
				     str_of("platform.yaml") });
}

static void add_limits(const struct report *r, struct node_list *list)
{
	for (size_t i = 0; i < r->n_limits; i++) {
		const struct report_limit *l = &r->limits[i];

		add(r->arena, list,
		    (struct result){ "error",
				     str_of("verdict-limit"),
				     arena_fmt(r->arena, "over the limit %s: %zu %s", l->text.p,
					       l->found, report_over(l)),
				     { 0 },
				     str_of("platform.yaml") });
	}
}

void report_sarif(const struct report *r, struct buf *out)
{
	struct arena *a = r->arena;
	struct map root = { .arena = a }, run = root, tool = root, driver = root, bag = root;
	struct node_list list = { 0 }, runs = { 0 };

	for (size_t i = 0; i < r->n; i++)
		add_verdict(a, &list, r->list[i]);
	add_limits(r, &list);
	add_findings(r, &list, SEV_ERROR);
	add_findings(r, &list, SEV_WARNING);
	map_text(&driver, "name", str_of("howdah"));
	map_text(&driver, "informationUri", str_of("https://howdah.dev"));
	map_node(&tool, "driver", map_done(&driver));
	map_node(&run, "tool", map_done(&tool));
	if (r->costs) {
		map_node(&bag, "costs", report_costs_node(r));
		map_node(&run, "properties", map_done(&bag));
	}
	map_node(&run, "results", report_list(a, &list));
	node_add(&runs, map_done(&run));
	map_text(&root, "$schema", str_of("https://json.schemastore.org/sarif-2.1.0.json"));
	map_text(&root, "version", str_of("2.1.0"));
	map_node(&root, "runs", report_list(a, &runs));
	report_put(map_done(&root), out);
}
