/* SPDX-License-Identifier: Apache-2.0 */
/* chain.c: following origins and overridden values back to the lines that people wrote. */
#include "unit/chain.h"

#include <stdlib.h>

#include "tree/print.h"
#include "tree/source.h"

enum { DEEPEST = 12, ROWS_MOST = 64, READ_MOST = 512, BRANCHES = 6 };

struct row {
	size_t indent;
	struct str label, place, text;
};

/* A chain under work. */
struct chain {
	struct arena *arena;
	const struct node *platform;
	struct str value; /* of the scalar that is explained */
	struct row rows[ROWS_MOST];
	const struct node *shown[ROWS_MOST]; /* node of each row */
	size_t n;
	const struct node *read[READ_MOST]; /* lines that were read besides */
	size_t n_read;
};

struct str explain_chain_text(struct arena *a, const struct node *n)
{
	switch (n->kind) {
	case NODE_STR:
		return n->text;
	case NODE_INT:
		return arena_fmt(a, "%lld", (long long)n->num);
	case NODE_BOOL:
		return str_of(n->flag ? "true" : "false");
	default:
		return (struct str){ "", 0 };
	}
}

static bool is_at(struct pos a, struct pos b)
{
	return a.file == b.file && a.line == b.line && a.col == b.col;
}

/* The keys of the first two steps down to the value written at pos; false when it is not below n.
 */
static bool keys_to(const struct node *n, struct pos pos, size_t depth, struct str keys[2])
{
	if (is_at(n->pos, pos))
		return true;
	if (n->kind != NODE_MAP && n->kind != NODE_LIST)
		return false;
	node_each(kid, n)
	{
		if (!keys_to(kid, pos, depth + 1, keys))
			continue;
		if (depth < 2)
			keys[depth] = kid->key;
		return true;
	}
	return false;
}

/* Entries of platform.yaml by what people call them. */
static struct str platform_layer(struct arena *a, const struct node *platform, struct pos pos)
{
	static const char *const names[][2] = { { "environments", "environment" },
						{ "teams", "team" },
						{ "destinations", "destination" },
						{ "namespaces", "namespace" },
						{ "objectStores", "object store" } };
	struct str keys[2] = { { "", 0 }, { "", 0 } };

	if (platform && keys_to(platform, pos, 0, keys))
		for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
			if (str_is(keys[0], names[i][0]))
				return arena_fmt(a, "%s %s", names[i][1], keys[1].p);
	return str_of("platform");
}

/* "medium" of ".../tiers/medium.yaml". */
static struct str stem(struct arena *a, struct str name)
{
	size_t at = name.n;

	while (at > 0 && name.p[at - 1] != '/')
		at--;
	return arena_str(a, str_cut(name, at, name.n - strlen(".yaml")));
}

/* The line that pos stands in. */
static struct str whole_line(struct pos pos)
{
	struct str text = pos.file->text;

	for (uint32_t line = 1; line < pos.line && text.n; line++)
		text = str_cut(text, str_find(text, '\n') + 1, text.n);
	return str_cut(text, 0, str_find(text, '\n'));
}

/* A line of a schema writes a default left of pos; other lines describe. */
static bool is_default(struct pos pos)
{
	return str_holds(str_cut(whole_line(pos), 0, pos.col), str_of("default:"));
}

struct str chain_layer(struct arena *a, const struct node *platform, struct pos pos)
{
	struct str name = pos.file->name;
	const char *p = strncmp(name.p, "built-in:", 9) == 0 ? name.p + 9 : name.p;

	if (strncmp(p, "intents/", 8) == 0)
		return str_of("intent");
	if (strcmp(p, "presets/images.yaml") == 0)
		return str_of("image set");
	if (strcmp(p, "presets/platform.yaml") == 0)
		return str_of("default");
	if (strncmp(p, "schema/", 7) == 0)
		return str_of(is_default(pos) ? "default" : "schema");
	if (strstr(p, "/tiers/") || strncmp(p, "presets/", 8) == 0)
		return arena_fmt(a, "tier %s", stem(a, name).p);
	if (strncmp(p, "templates/model/", 16) == 0)
		return str_of("fact");
	if (strncmp(p, "templates/", 10) == 0 || strstr(p, "/pods/"))
		return str_of("template");
	if (str_ends(name, ".lua"))
		return str_of("policy");
	return platform_layer(a, platform, pos);
}

/* The line that pos stands in, without its indentation, cut to a width. */
static struct str line_text(struct arena *a, struct pos pos)
{
	struct str text = whole_line(pos);

	while (text.n && (*text.p == ' ' || *text.p == '-'))
		text = str_cut(text, 1, text.n);
	return print_text_inline(a, text);
}

static bool is_shown(const struct chain *c, const struct node *n)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->shown[i] == n ||
		    (is_at(c->shown[i]->pos, n->pos) && node_eq(c->shown[i], n)))
			return true;
	return false;
}

static void add_row(struct chain *c, size_t indent, const char *prefix, const struct node *n)
{
	struct str layer = chain_layer(c->arena, c->platform, n->pos);
	struct str text = line_text(c->arena, n->pos), value = explain_chain_text(c->arena, n);

	if (c->n == ROWS_MOST)
		return;
	if (n->from && value.n && !str_eq(value, c->value))
		text =
		    arena_fmt(c->arena, "%s  -> %s", text.p, print_text_inline(c->arena, value).p);
	c->shown[c->n] = n;
	c->rows[c->n++] = (struct row){
		.indent = indent,
		.label = arena_fmt(c->arena, "%s%s", prefix, layer.p),
		.place = arena_fmt(c->arena, "%.*s:%u", (int)n->pos.file->name.n,
				   n->pos.file->name.p, (unsigned)n->pos.line),
		.text = text,
	};
}

/* Lines below n that people wrote, with what they stand in: for "also read". */
static void add_read(struct chain *c, const struct node *n, size_t depth)
{
	for (size_t i = 0; i < c->n_read; i++)
		if (c->read[i]->pos.file == n->pos.file && c->read[i]->pos.line == n->pos.line)
			return;
	if (!n->from && c->n_read < READ_MOST)
		c->read[c->n_read++] = n;
	for (size_t i = 0; n->from && depth < DEEPEST && i < n->from->n; i++)
		if (n->from->nodes[i]->pos.file)
			add_read(c, n->from->nodes[i], depth + 1);
}

/* A value with parts, each of which has a chain of its own: that of the whole is kept short. */
static bool is_whole(const struct node *n)
{
	return n->kind == NODE_MAP || n->kind == NODE_LIST ||
	       (n->kind == NODE_STR && str_find(n->text, '\n') < n->text.n);
}

static void visit(struct chain *c, const struct node *n, size_t indent);

/* The sources of n that are worth most, each with its own; the others as lines that were read. */
static void visit_best(struct chain *c, const struct node *n, size_t indent, enum source_shows best)
{
	size_t branches = 0;

	for (size_t i = 0; i < n->from->n; i++)
		branches +=
		    n->from->nodes[i]->pos.file && source_shows(n, n->from->nodes[i]) == best;
	for (size_t i = 0; i < n->from->n; i++) {
		const struct node *f = n->from->nodes[i];

		if (!f->pos.file)
			continue;
		if (source_shows(n, f) == best && (best || branches <= BRANCHES))
			visit(c, f, indent + (branches > 1 || indent > 0));
		else
			add_read(c, f, 0);
	}
}

static void visit(struct chain *c, const struct node *n, size_t indent)
{
	enum source_shows best = SHOWS_NOT;

	if (indent > DEEPEST || is_shown(c, n))
		return;
	add_row(c, indent, "", n);
	for (const struct node *h = n->hid; h; h = h->hid)
		if (h->pos.file && !is_shown(c, h))
			add_row(c, indent, "over ", h);
	for (size_t i = 0; n->from && i < n->from->n; i++) {
		enum source_shows t = source_shows(n, n->from->nodes[i]);

		best = t > best ? t : best;
	}
	if (n->from && (best || !is_whole(n)))
		visit_best(c, n, indent, best);
}

static int by_line(const void *a, const void *b)
{
	const struct node *x = *(const struct node *const *)a, *y = *(const struct node *const *)b;
	int by_file = str_cmp(x->pos.file->name, y->pos.file->name);

	return by_file ? by_file : x->pos.line < y->pos.line ? -1 : x->pos.line > y->pos.line;
}

static bool has_row(const struct chain *c, size_t rows, struct pos pos)
{
	for (size_t i = 0; i < rows; i++)
		if (c->shown[i]->pos.file == pos.file && c->shown[i]->pos.line == pos.line)
			return true;
	return false;
}

/* A row for each file: its lines, and no line that has a row already. */
static void rows_of_read(struct chain *c, struct buf *scratch)
{
	const char *label = "also read";
	size_t rows = c->n, n = 0;

	for (size_t i = 0; i < c->n_read; i++)
		if (!has_row(c, rows, c->read[i]->pos))
			c->read[n++] = c->read[i];
	qsort(c->read, n, sizeof(*c->read), by_line);
	for (size_t i = 0; i < n && c->n < ROWS_MOST;) {
		const struct file *file = c->read[i]->pos.file;

		scratch->n = 0;
		buf_fmt(scratch, "%.*s", (int)file->name.n, file->name.p);
		for (char sep = ':'; i < n && c->read[i]->pos.file == file; sep = ',')
			buf_fmt(scratch, "%c%u", sep, (unsigned)c->read[i++]->pos.line);
		c->rows[c->n++] = (struct row){ .label = str_of(label),
						.place = arena_str(c->arena, buf_view(scratch)) };
		label = "";
	}
}

static void print(const struct chain *c, struct buf *out)
{
	size_t labels = 0, places = 0;

	for (size_t i = 0; i < c->n; i++) {
		size_t n = 2 * c->rows[i].indent + c->rows[i].label.n;

		labels = n > labels ? n : labels;
		if (c->rows[i].text.n && c->rows[i].place.n > places)
			places = c->rows[i].place.n;
	}
	for (size_t i = 0; i < c->n; i++) {
		const struct row *r = &c->rows[i];

		buf_pad(out, 2 + 2 * r->indent);
		buf_str(out, r->label);
		buf_pad(out, labels - 2 * r->indent - r->label.n + 2);
		buf_str(out, r->place);
		if (r->text.n)
			buf_pad(out, places - r->place.n + 2);
		buf_str(out, r->text);
		buf_char(out, '\n');
	}
}

void chain_print(struct arena *a, const struct node *platform, const struct node *n,
		 struct buf *out)
{
	struct chain *c = NEW(a, struct chain);
	struct buf scratch = { 0 };

	c->arena = a;
	c->platform = platform;
	c->value = explain_chain_text(a, n);
	if (!n->pos.file) {
		buf_text(out,
			 "  howdah writes this by itself: it is the same in every such file\n");
		return;
	}
	visit(c, n, 0);
	rows_of_read(c, &scratch);
	buf_release(&scratch);
	print(c, out);
}
