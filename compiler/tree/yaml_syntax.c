/* SPDX-License-Identifier: Apache-2.0 */
/* yaml_syntax.c: libyaml 0.2.5's problem texts, each with what a newcomer did to get it. */
#include "tree/yaml_syntax.h"

#include "base/utf8.h"
#include "tree/print.h"

/* A broken file as the explanations see it. */
struct broken {
	struct yaml_text *text;
	const struct yaml_problem *problem;
	struct pos at, context; /* places of the problem */
	struct str line;        /* the line of the problem */
	size_t indent;          /* its leading blanks */
	size_t blame;           /* the line to blame */
};

static size_t indent_of(struct str line)
{
	size_t n = 0;

	while (n < line.n && line.p[n] == ' ')
		n++;
	return n;
}

static bool is_text_line(struct str line)
{
	size_t n = indent_of(line);

	return n < line.n && line.p[n] != '#';
}

/* The nearest line above line with text, or 0. */
static size_t text_above(struct yaml_text *t, size_t line)
{
	while (--line > 0)
		if (is_text_line(yaml_text_line(t, line)))
			return line;
	return 0;
}

/* Where in line ": " (or ':' at the end) first stands from a byte on; line.n when nowhere. */
static size_t find_colon(struct str line, size_t from)
{
	for (size_t i = from; i < line.n; i++)
		if (line.p[i] == ':' && (i + 1 == line.n || line.p[i + 1] == ' '))
			return i;
	return line.n;
}

/* A line without its indentation, fit for a message. */
static const char *quote(const struct broken *b, struct str line)
{
	return print_text_inline(b->text->arena, str_cut(line, indent_of(line), line.n)).p;
}

/* The key of a line, or its text, fit for a message. */
static const char *quote_key(const struct broken *b, struct str line)
{
	return quote(b, str_cut(line, 0, find_colon(line, 0)));
}

static struct pos start_of(const struct broken *b, size_t line)
{
	size_t indent = indent_of(yaml_text_line(b->text, line));

	return (struct pos){ b->text->file, (uint32_t)line, (uint32_t)indent + 1 };
}

static void odd_blank(struct broken *b, struct pos pos, uint32_t c)
{
	diag_error(b->text->diags, MSG_yaml_control, pos,
		   "U+%04X looks like a space and is none: type the space anew", c);
}

/* The line is no "key: value": say whether a blank or the whole sign is missing. */
static void no_colon(struct broken *b, size_t line)
{
	struct str text = yaml_text_line(b->text, line);
	size_t colon = str_find(text, ':'), indent = indent_of(text);
	uint32_t c = 0;

	b->blame = line;
	if (colon + 1 < text.n)
		(void)utf8_read(text.p + colon + 1, text.n - colon - 1, &c);
	if (utf8_is_odd_blank(c))
		odd_blank(b, (struct pos){ b->text->file, (uint32_t)line, (uint32_t)colon + 2 }, c);
	else if (indent + 1 < text.n && text.p[indent] == '-' && text.p[indent + 1] != '-')
		diag_error(b->text->diags, MSG_yaml_syntax, start_of(b, line),
			   "'%s' needs a space behind its '-'", quote(b, text));
	else if (colon < text.n)
		diag_error(b->text->diags, MSG_yaml_syntax, start_of(b, line),
			   "'%s' needs a space behind its ':'", quote(b, text));
	else
		diag_error(b->text->diags, MSG_yaml_syntax, start_of(b, line),
			   "'%s' needs a ':' and a space behind its key", quote(b, text));
}

/* "mapping values are not allowed": a second ": " in a line, or a key below a finished value. */
static void stray_colon(struct broken *b)
{
	size_t above = text_above(b->text, b->at.line);
	struct str before = yaml_text_line(b->text, above);

	if (find_colon(b->line, 0) + 1 < b->at.col || !above) {
		diag_error(
		    b->text->diags, MSG_yaml_syntax, b->at,
		    "a second ': ' in one line: put the value in quotes, or begin a new line");
		return;
	}
	if (indent_of(before) >= b->indent && find_colon(before, 0) == before.n) {
		no_colon(b, above);
		return;
	}
	diag_error(b->text->diags, MSG_yaml_indent, start_of(b, b->at.line),
		   "'%s' is indented deeper than '%s', which has a value already: line them up",
		   quote_key(b, b->line), quote_key(b, before));
}

/* The first line above with text that stands further left than indent; 0 when there is none. */
static size_t shallower_above(const struct broken *b, size_t indent)
{
	size_t line = b->at.line;

	do
		line = text_above(b->text, line);
	while (line && indent_of(yaml_text_line(b->text, line)) >= indent);
	return line;
}

/* The outermost of the deeper lines right above: where the block that was left stands. */
static size_t deeper_above(const struct broken *b, size_t indent)
{
	size_t best = 0, least = SIZE_MAX;

	for (size_t line = text_above(b->text, b->at.line); line;
	     line = text_above(b->text, line)) {
		size_t in = indent_of(yaml_text_line(b->text, line));

		if (in <= indent)
			break;
		if (in < least) {
			least = in;
			best = line;
		}
	}
	return best;
}

/* A line below one that has a value already; the key between them may have been forgotten. */
static void no_parent(struct broken *b)
{
	size_t above = text_above(b->text, b->at.line);

	diag_error(b->text->diags, MSG_yaml_indent, b->at,
		   "'%s' is indented deeper than '%s', which has a value already: line them up, or "
		   "write the key it belongs to above it",
		   quote_key(b, b->line), quote_key(b, yaml_text_line(b->text, above)));
}

static void bad_indent(struct broken *b)
{
	size_t above = text_above(b->text, b->at.line);
	size_t left = shallower_above(b, b->indent), right = deeper_above(b, b->indent);
	struct str deep = yaml_text_line(b->text, right), flat = yaml_text_line(b->text, left);

	if (!right && above && b->line.p[b->indent] != ':' &&
	    indent_of(yaml_text_line(b->text, above)) < b->indent)
		no_parent(b);
	else if (!right || b->line.p[b->indent] == ':')
		diag_error(b->text->diags, MSG_yaml_key, b->at, "a key is missing here");
	else if (left)
		diag_error(b->text->diags, MSG_yaml_indent, start_of(b, b->at.line),
			   "'%s' begins in column %zu, but '%s' above it in %zu and '%s' in %zu: "
			   "line it up with one of them",
			   quote_key(b, b->line), b->indent + 1, quote_key(b, deep),
			   indent_of(deep) + 1, quote_key(b, flat), indent_of(flat) + 1);
	else
		diag_error(b->text->diags, MSG_yaml_indent, start_of(b, b->at.line),
			   "'%s' begins in column %zu, but '%s' above it in %zu: line them up",
			   quote_key(b, b->line), b->indent + 1, quote_key(b, deep),
			   indent_of(deep) + 1);
}

static void left_over(struct broken *b)
{
	struct str rest = str_cut(b->line, b->at.col - 1, b->line.n);

	diag_error(b->text->diags, MSG_yaml_syntax, b->at,
		   "'%s' stands behind a finished value: put the whole value in quotes",
		   print_text_inline(b->text->arena, rest).p);
}

/* "did not find expected key": a line at a wrong depth, or something behind a quoted value. */
static void no_key(struct broken *b)
{
	if (b->indent + 1 != b->at.col)
		left_over(b);
	else if (b->line.n > b->indent && b->line.p[b->indent] == '-')
		diag_error(b->text->diags, MSG_yaml_indent, b->at,
			   "a list item stands among keys: indent it under the key it belongs to");
	else
		bad_indent(b);
}

/* "did not find expected '-' indicator": a line among list items. */
static void no_dash(struct broken *b)
{
	bool dash = b->indent < b->line.n && b->line.p[b->indent] == '-';

	if (b->indent + 1 != b->at.col)
		left_over(b);
	else if (dash)
		diag_error(
		    b->text->diags, MSG_yaml_indent, b->at,
		    "'-' begins in column %zu, but the list's items above in %u: line them up",
		    b->indent + 1, b->context.col);
	else
		diag_error(b->text->diags, MSG_yaml_indent, b->at,
			   "'%s' stands among list items: begin it with '- ', or in column %u to "
			   "make it part of the item above",
			   quote(b, b->line), b->context.col + 2);
}

/* "could not find expected ':'": a line that should be "key: value". */
static void no_simple_key(struct broken *b)
{
	no_colon(b, b->context.line);
}

/* A sign that begins no value. */
static void bad_start(struct broken *b)
{
	char sign[2] = "";

	if (b->at.col <= b->line.n)
		sign[0] = b->line.p[b->at.col - 1];
	if (sign[0] == '\t')
		diag_error(b->text->diags, MSG_yaml_tab, b->at,
			   "a tab cannot indent YAML: use spaces");
	else if (sign[0] == ':')
		diag_error(b->text->diags, MSG_yaml_key, b->at, "a key is missing before ':'");
	else if (sign[0])
		diag_error(b->text->diags, MSG_yaml_syntax, b->at,
			   "'%s' cannot stand here: put the value in quotes when it is text", sign);
	else
		diag_error(b->text->diags, MSG_yaml_syntax, b->at,
			   "the file ends where a value is expected");
}

static void bad_name(struct broken *b)
{
	struct str line = yaml_text_line(b->text, b->context.line);
	struct str rest = str_cut(line, b->context.col - 1, line.n);

	b->blame = b->context.line;
	diag_error(b->text->diags, MSG_yaml_alias, b->context,
		   "'%s' begins like an anchor or alias: put the value in quotes",
		   print_text_inline(b->text->arena, rest).p);
}

/* Content behind what libyaml takes for the end of the document. */
static void behind_end(struct broken *b)
{
	size_t above = text_above(b->text, b->at.line);

	if (above && b->indent < indent_of(yaml_text_line(b->text, above)))
		bad_indent(b);
	else
		diag_error(b->text->diags, MSG_yaml_syntax, b->at,
			   "the document has ended before this line: a file holds one map");
}

/* A flow list or map that does not end: its start is to blame when it is in another line. */
static void open_flow(struct broken *b, const char *signs, const char *what)
{
	b->blame = b->context.line;
	if (b->context.line == b->at.line)
		diag_error(b->text->diags, MSG_yaml_syntax, b->at, "%s is missing here in the %s",
			   signs, what);
	else
		diag_error(b->text->diags, MSG_yaml_syntax, b->context,
			   "the %s that begins here has no %s before line %u", what, signs,
			   b->at.line);
}

static void open_list(struct broken *b)
{
	open_flow(b, "',' or ']'", "list");
}

static void open_map(struct broken *b)
{
	open_flow(b, "',' or '}'", "map");
}

static void open_quote(struct broken *b)
{
	b->blame = b->context.line;
	diag_error(b->text->diags, MSG_yaml_syntax, b->context, "this quote is never closed");
}

static void bad_escape(struct broken *b)
{
	diag_error(b->text->diags, MSG_yaml_syntax, b->at,
		   "no such escape in double quotes: write '\\\\' for a backslash, or use single "
		   "quotes");
}

static void stray_dash(struct broken *b)
{
	diag_error(b->text->diags, MSG_yaml_syntax, b->at,
		   "a list begins on the line below its key, each item with '- '");
}

static void stray_question(struct broken *b)
{
	diag_error(b->text->diags, MSG_yaml_key, b->at,
		   "a key cannot begin with '? ': put it in quotes");
}

static void block_header(struct broken *b)
{
	diag_error(b->text->diags, MSG_yaml_syntax, b->at,
		   "the text of a '|' or '>' block begins on the line below it");
}

static void bad_directive(struct broken *b)
{
	diag_error(b->text->diags, MSG_yaml_tag, b->context,
		   "a line that begins with '%%' is a directive, which is not allowed: put text in "
		   "quotes");
}

static void bad_tag(struct broken *b)
{
	diag_error(b->text->diags, MSG_yaml_tag, b->context,
		   "a tag ('!...') is not allowed: put text that begins with '!' in quotes");
}

/* The beginnings of libyaml's problem (and of its context, when that decides). */
struct row {
	const char *problem, *context;
	void (*explain)(struct broken *b);
};

static const struct row rows[] = {
	{ "mapping values are not allowed", NULL, stray_colon },
	{ "mapping keys are not allowed", NULL, stray_question },
	{ "block sequence entries are not allowed", NULL, stray_dash },
	{ "did not find expected key", NULL, no_key },
	{ "did not find expected '-'", NULL, no_dash },
	{ "did not find expected ',' or ']'", NULL, open_list },
	{ "did not find expected ',' or '}'", NULL, open_map },
	{ "could not find expected ':'", NULL, no_simple_key },
	{ "found character that cannot start", NULL, bad_start },
	{ "did not find expected node content", NULL, bad_start },
	{ "did not find expected <document start>", NULL, behind_end },
	{ "did not find expected alphabetic or numeric", "while scanning an", bad_name },
	{ "", "while scanning a directive", bad_directive },
	{ "", "while scanning a %", bad_directive },
	{ "", "while scanning a tag", bad_tag },
	{ "", "while parsing a tag", bad_tag },
	{ "found undefined tag handle", NULL, bad_tag },
	{ "", "while parsing a %", bad_directive },
	{ "found duplicate %", NULL, bad_directive },
	{ "found incompatible YAML", NULL, bad_directive },
	{ "found unexpected end of stream", "while scanning a quoted", open_quote },
	{ "found unexpected document indicator", "while scanning a quoted", open_quote },
	{ "", "while parsing a quoted", bad_escape },
	{ "", "while scanning a block scalar", block_header },
};

/* A tab, or what looks like a space, in the indentation is what is wrong, whatever libyaml says. */
static bool is_bad_blank(struct broken *b, size_t line)
{
	struct str text = yaml_text_line(b->text, line);
	size_t indent = indent_of(text);
	struct pos pos = { b->text->file, (uint32_t)line, (uint32_t)indent + 1 };
	uint32_t c = 0;

	if (indent < text.n)
		(void)utf8_read(text.p + indent, text.n - indent, &c);
	if (c == '\t')
		diag_error(b->text->diags, MSG_yaml_tab, pos,
			   "a tab cannot indent YAML: use spaces");
	else if (utf8_is_odd_blank(c))
		odd_blank(b, pos, c);
	else
		return false;
	b->blame = line;
	return true;
}

static bool fits(const struct row *row, const struct yaml_problem *p)
{
	if (!str_starts(str_of(p->problem), row->problem))
		return false;
	return !row->context || (p->context && str_starts(str_of(p->context), row->context));
}

static void explain(struct broken *b)
{
	if (is_bad_blank(b, b->at.line) || is_bad_blank(b, b->context.line))
		return;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (fits(&rows[i], b->problem)) {
			rows[i].explain(b);
			return;
		}
	diag_error(b->text->diags, MSG_yaml_syntax, b->at, "this is not YAML: %s",
		   b->problem->problem);
}

size_t yaml_syntax_error(struct yaml_text *t, const struct yaml_problem *p)
{
	struct broken b = { .text = t, .problem = p };

	b.at = yaml_text_pos(t, p->at);
	b.context = yaml_text_pos(t, p->context_at);
	b.line = yaml_text_line(t, b.at.line);
	b.indent = indent_of(b.line);
	b.blame = b.at.line;
	explain(&b);
	return b.blame;
}
