/* SPDX-License-Identifier: Apache-2.0 */
/* export_markdown.c: the reference page of a kind: one table for each object. */
#include "schema/export_in.h"
#include "tree/print.h"

/* A page that is being written. */
struct page {
	struct arena *arena;
	struct buf *out;
};

/* Prose for a table cell: '|' would end it, a line break too, and outside of code '<' begins HTML.
 */
static void put_cell(struct page *p, struct str s)
{
	bool code = false;

	for (size_t i = 0; i < s.n; i++) {
		code = code != (s.p[i] == '`');
		if (s.p[i] == '|')
			buf_text(p->out, "\\|");
		else if (s.p[i] == '\n')
			buf_char(p->out, ' ');
		else if (s.p[i] == '<' && !code)
			buf_text(p->out, "&lt;");
		else
			buf_char(p->out, s.p[i]);
	}
}

/* A value in code quotes. */
static void put_code(struct page *p, const struct node *n)
{
	struct str text = n->kind == NODE_STR ? n->text : str_of(print_node_inline(p->arena, n).p);

	if (!text.n) {
		buf_text(p->out, "empty");
		return;
	}
	put_cell(p, arena_fmt(p->arena, "`%s`", text.p));
}

static void put_range(struct page *p, const struct schema *s)
{
	const char *unit = s->type == SCHEMA_STRING   ? " characters"
			   : s->type == SCHEMA_ARRAY  ? " items"
			   : s->type == SCHEMA_OBJECT ? " fields"
						      : "";

	if (s->least.set && s->most.set)
		buf_fmt(p->out, ", %lld to %lld%s", (long long)s->least.v, (long long)s->most.v,
			unit);
	else if (s->least.set)
		buf_fmt(p->out, ", at least %lld%s", (long long)s->least.v, unit);
	else if (s->most.set)
		buf_fmt(p->out, ", at most %lld%s", (long long)s->most.v, unit);
}

/* A map with fields of its own has a section of its own, named after its path; what a heading's
 * anchor leaves out is GitHub's rule. */
static void put_link(struct page *p, const struct schema *s)
{
	struct str path = schema_path(p->arena, s);

	buf_text(p->out, "[map](#");
	for (size_t i = 0; i < path.n; i++) {
		char c = path.p[i];

		if (c >= 'A' && c <= 'Z')
			buf_char(p->out, (char)(c + 32));
		else if (!strchr(".[]*", c))
			buf_char(p->out, c);
	}
	buf_char(p->out, ')');
}

static void put_type(struct page *p, const struct schema *s)
{
	const struct schema *inner = s->type == SCHEMA_ARRAY ? s->items : s->extra;

	if (s->layer_of.n) {
		buf_fmt(p->out, "part of a %s's spec", s->layer_of.p);
		return;
	}
	if (s->n_values)
		buf_text(p->out, "one of these values");
	else if (s->n_props)
		put_link(p, s);
	else if (s->format)
		put_cell(p, str_of(format_row(s->format)->what));
	else
		buf_text(p->out, schema_type_name(s));
	if (inner) {
		buf_text(p->out, " of ");
		put_type(p, inner);
	}
	put_range(p, s);
	if (s->lowest.n)
		buf_fmt(p->out, ", at least %s", s->lowest.p);
	if (s->highest.n)
		buf_fmt(p->out, ", at most %s", s->highest.p);
	if (s->unit.n)
		buf_fmt(p->out, " (%s)", s->unit.p);
	if (s->merge.n)
		buf_fmt(p->out, ", merged by `%s`", s->merge.p);
}

static void put_values(struct page *p, const struct schema *s)
{
	for (size_t i = 0; i < s->n_values; i++) {
		buf_fmt(p->out, "<br>`%s`", s->values[i].text.p);
		if (s->values[i].means.n) {
			buf_text(p->out, ": ");
			put_cell(p, s->values[i].means);
		}
	}
}

static void put_description(struct page *p, const struct schema *s)
{
	put_cell(p, s->description);
	if (s->docs.n) {
		buf_char(p->out, ' ');
		put_cell(p, s->docs);
	}
	if (s->intent_only)
		buf_text(p->out, " Only in an intent.");
	if (s->pending.n) {
		buf_text(p->out, " **Not yet:** ");
		put_cell(p, s->pending);
	}
	put_values(p, s);
	if (s->type == SCHEMA_ARRAY && s->items->n_values)
		put_values(p, s->items);
}

static void put_default(struct page *p, const struct schema *parent, const struct schema_prop *prop)
{
	if (prop->schema->dflt)
		put_code(p, prop->schema->dflt);
	else if (prop->required)
		buf_text(p->out, "**must be set**");
	else if (export_is_complete(parent, prop->key))
		buf_text(p->out, "by tier or platform");
}

static void put_row(struct page *p, const struct schema *parent, const struct schema_prop *prop)
{
	const struct schema *s = prop->schema;
	const struct node *example = s->example;

	if (!example && s->type == SCHEMA_ARRAY)
		example = s->items->example;
	buf_fmt(p->out, "| `%s` | ", prop->key.p);
	put_type(p, s);
	buf_text(p->out, " | ");
	put_default(p, parent, prop);
	buf_text(p->out, " | ");
	put_description(p, s);
	buf_text(p->out, " | ");
	if (example)
		put_code(p, example);
	buf_text(p->out, " |\n");
}

static bool has_audience(const struct schema *s, bool platform)
{
	for (size_t i = 0; i < s->n_props; i++)
		if (s->props[i].schema->for_platform == platform)
			return true;
	return false;
}

static void put_table(struct page *p, const struct schema *s, bool platform)
{
	if (!has_audience(s, platform))
		return;
	if (platform && has_audience(s, false))
		buf_text(p->out, "\nUsually set by tiers and the platform:\n");
	buf_text(p->out, "\n| field | type | default | what it is | example |\n"
			 "|---|---|---|---|---|\n");
	for (size_t i = 0; i < s->n_props; i++)
		if (s->in_order[i]->schema->for_platform == platform)
			put_row(p, s, s->in_order[i]);
}

static void put_rules(struct page *p, const struct schema *s)
{
	if (s->n_rules)
		buf_text(p->out, "\nRules between fields:\n\n");
	for (size_t i = 0; i < s->n_rules; i++) {
		buf_text(p->out, "- ");
		buf_str(p->out, s->rules[i].message);
		buf_fmt(p->out, " (`%s`)\n", s->rules[i].id.p);
	}
}

static void put_object(struct page *p, const struct schema *s, struct str path);

/* The objects behind a field: itself, the items of a list, the values of a map. */
static void put_below(struct page *p, const struct schema *s, struct str path)
{
	if (s->type == SCHEMA_ARRAY)
		put_below(p, s->items, arena_fmt(p->arena, "%s[]", path.p));
	else if (s->extra)
		put_below(p, s->extra, arena_fmt(p->arena, "%s.*", path.p));
	else if (s->type == SCHEMA_OBJECT && !s->layer_of.n)
		put_object(p, s, path);
}

static void put_object(struct page *p, const struct schema *s, struct str path)
{
	if (path.n) {
		buf_fmt(p->out, "\n## `%s`\n\n", path.p);
		buf_str(p->out, s->description);
		buf_char(p->out, '\n');
	}
	if (s->shorthand.n)
		buf_fmt(p->out, "\nA plain value in its place is `%s`.\n", s->shorthand.p);
	put_table(p, s, false);
	put_table(p, s, true);
	put_rules(p, s);
	for (size_t i = 0; i < s->n_props; i++) {
		const struct schema_prop *prop = s->in_order[i];

		put_below(p, prop->schema,
			  arena_fmt(p->arena, "%s%s%s", path.p, path.n ? "." : "", prop->key.p));
	}
}

void export_markdown(struct buf *out, const struct schema_kind *kind)
{
	struct page p = { arena_new(), out };

	buf_fmt(
	    out,
	    "<!-- Generated by `howdah schema %s --format markdown`: edit schema/%s.yaml. -->\n",
	    kind->name.p, kind->name.p);
	buf_fmt(out, "# %s\n\n", kind->name.p);
	buf_str(out, kind->description);
	buf_char(out, '\n');
	if (kind->docs.n) {
		buf_char(out, '\n');
		buf_str(out, kind->docs);
		buf_char(out, '\n');
	}
	put_object(&p, kind->root, str_of(""));
	if (kind->status) {
		buf_text(out, "\n# Status\n\n");
		put_object(&p, kind->status, str_of("status"));
	}
	arena_free(p.arena);
}
