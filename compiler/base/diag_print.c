/* SPDX-License-Identifier: Apache-2.0 */
/* diag_print.c: findings as text with excerpt and caret, as JSON lines, as GitHub annotations. */
#include <stdlib.h>

#include "base/diag_list.h"
#include "base/secret.h"
#include "base/utf8.h"

enum { EXCERPT_MOST = 100, EXCERPT_REST = 30, QUOTE_MOST = 400, TEXT_MOST = 4 * QUOTE_MOST };

static const char *const severity_names[] = { "error", "warning" };
static const char *const severity_colours[] = { "\033[1;31m", "\033[1;33m" };

/* Appends the first character of s as it may be shown on a terminal or in a CI log: neither control
 * characters, nor bytes that are no text, nor what hides or turns other text. *columns grows by
 * what was put. Returns how many bytes were read. */
static size_t put_char(struct buf *out, struct str s, size_t *columns)
{
	uint32_t c = 0;
	size_t n = utf8_read(s.p, s.n, &c), before = out->n;

	if (!n || c < 0x20 || c == 0x7f) {
		if (c == '\t')
			buf_char(out, ' ');
		else
			buf_fmt(out, "\\x%02x", (unsigned)(unsigned char)*s.p);
	} else if (utf8_is_control(c) || utf8_is_hidden(c)) {
		buf_fmt(out, "\\u%04x", (unsigned)c);
	} else {
		buf_str(out, str_cut(s, 0, n));
		++*columns;
		return n;
	}
	*columns += out->n - before;
	return n ? n : 1;
}

/* At most most bytes of s, cut between characters. Returns the columns it takes. */
static size_t put_clean(struct buf *out, struct str s, size_t most)
{
	size_t columns = 0;

	for (size_t i = 0; i < s.n && i < most;)
		i += put_char(out, str_cut(s, i, s.n), &columns);
	return columns;
}

struct str diag_clean(struct arena *a, struct str s)
{
	struct buf out = { 0 };

	(void)put_clean(&out, s, s.n);
	return buf_take(&out, a);
}

static void put_place(struct buf *out, struct pos pos)
{
	if (!pos.file)
		return;
	(void)put_clean(out, pos.file->name, QUOTE_MOST);
	if (pos.line)
		buf_fmt(out, ":%u:%u", pos.line, pos.col);
	buf_text(out, ": ");
}

/* The line of pos, without its newline; empty when there is none to show. */
static struct str line_of(struct pos pos)
{
	struct str text = pos.file ? pos.file->text : (struct str){ "", 0 };
	size_t at = 0;

	if (!pos.line)
		return (struct str){ "", 0 };
	for (uint32_t line = 1; line < pos.line && at < text.n; line++)
		at += str_find(str_cut(text, at, text.n), '\n') + 1;
	text = str_cut(text, at, text.n);
	return str_cut(text, 0, str_find(text, '\n'));
}

/* Where the excerpt of a long line begins so that column col, from 0, is seen in it. */
static size_t window(struct str line, size_t col)
{
	size_t from = col < EXCERPT_MOST ? 0 : col - (EXCERPT_MOST - EXCERPT_REST);

	while (from && from < line.n && ((unsigned char)line.p[from] & 0xc0) == 0x80)
		from++;
	return from;
}

static void put_excerpt(struct buf *out, struct pos pos)
{
	struct str line = line_of(pos);
	size_t col = pos.col ? pos.col - 1 : 0, from = window(line, col), columns = 0;

	/* a secret that somebody wrote by mistake is not copied into logs */
	if (!line.n || col > line.n || secret_like(line))
		return;
	buf_fmt(out, "%6u | %s", pos.line, from ? "..." : "");
	columns = (from ? 3 : 0) + put_clean(out, str_cut(line, from, col), EXCERPT_MOST);
	(void)put_clean(out, str_cut(line, col, line.n), EXCERPT_MOST - (col - from));
	buf_text(out, "\n       | ");
	buf_pad(out, columns);
	buf_text(out, "^\n");
}

const char *diag_name(const struct diag *g)
{
	return g->rule.n ? g->rule.p : message_row(g->id)->name;
}

static void print_text(struct buf *out, const struct diag *g, bool colour)
{
	put_place(out, g->pos);
	if (colour)
		buf_text(out, severity_colours[g->severity]);
	buf_text(out, severity_names[g->severity]);
	buf_text(out, colour ? ":\033[0m " : ": ");
	(void)put_clean(out, g->text, TEXT_MOST);
	buf_fmt(out, " [%s]\n", diag_name(g));
	put_excerpt(out, g->pos);
	for (const struct diag_note *n = g->notes; n; n = n->next) {
		put_place(out, n->pos);
		buf_text(out, "note: ");
		(void)put_clean(out, n->text, TEXT_MOST);
		buf_char(out, '\n');
	}
}

void diag_json_string(struct buf *out, struct str s)
{
	buf_char(out, '"');
	for (size_t i = 0; i < s.n;) {
		uint32_t c = 0;
		size_t n = utf8_read(s.p + i, s.n - i, &c);

		if (!n)
			buf_fmt(out, "\\\\x%02x", (unsigned)(unsigned char)s.p[i]);
		else if (c == '"' || c == '\\')
			buf_fmt(out, "\\%c", (int)c);
		else if (utf8_is_control(c) || utf8_is_hidden(c))
			buf_fmt(out, "\\u%04x", (unsigned)c);
		else
			buf_str(out, str_cut(s, i, i + n));
		i += n ? n : 1;
	}
	buf_char(out, '"');
}

static void json_place(struct buf *out, struct pos pos)
{
	buf_text(out, "\"file\":");
	diag_json_string(out, pos.file ? pos.file->name : (struct str){ "", 0 });
	buf_fmt(out, ",\"line\":%u,\"column\":%u,", pos.line, pos.col);
}

/* One object per line. */
static void print_json(struct buf *out, const struct diag *g)
{
	buf_char(out, '{');
	json_place(out, g->pos);
	buf_fmt(out, "\"severity\":\"%s\",\"id\":\"%s\",\"message\":", severity_names[g->severity],
		diag_name(g));
	diag_json_string(out, g->text);
	buf_text(out, ",\"notes\":[");
	for (const struct diag_note *n = g->notes; n; n = n->next) {
		buf_char(out, '{');
		json_place(out, n->pos);
		buf_text(out, "\"message\":");
		diag_json_string(out, n->text);
		buf_text(out, n->next ? "}," : "}");
	}
	buf_text(out, "]}\n");
}

/* Workflow commands escape %, CR and LF, in properties also : and , (GitHub, "Workflow commands").
 */
void diag_github_string(struct buf *out, struct str s, bool property)
{
	size_t columns = 0;

	for (size_t i = 0; i < s.n;) {
		char c = s.p[i];

		if (c == '%' || c == '\r' || c == '\n' || (property && (c == ':' || c == ','))) {
			buf_fmt(out, "%%%02X", (unsigned)(unsigned char)c);
			i++;
		} else {
			i += put_char(out, str_cut(s, i, s.n), &columns);
		}
	}
}

void diag_github(struct buf *out, const struct diag *g)
{
	buf_fmt(out, "::%s ", severity_names[g->severity]);
	if (g->pos.file) {
		buf_text(out, "file=");
		diag_github_string(out, g->pos.file->name, true);
		buf_fmt(out, ",line=%u,col=%u,", g->pos.line ? g->pos.line : 1,
			g->pos.col ? g->pos.col : 1);
	}
	buf_fmt(out, "title=%s::", diag_name(g));
	diag_github_string(out, g->text, false);
	for (const struct diag_note *n = g->notes; n; n = n->next) {
		buf_text(out, "%0A");
		diag_github_string(out, n->text, false);
	}
	buf_char(out, '\n');
}

static int by_place(const struct diag *x, const struct diag *y)
{
	struct str none = { "", 0 };
	int c =
	    str_cmp(x->pos.file ? x->pos.file->name : none, y->pos.file ? y->pos.file->name : none);

	if (!c)
		c = (x->pos.line > y->pos.line) - (x->pos.line < y->pos.line);
	if (!c)
		c = (x->pos.col > y->pos.col) - (x->pos.col < y->pos.col);
	return c;
}

/* What says most stands first: a key that merges maps is no misspelt one; but how a key reads to
 * others matters only when it belongs there. */
static int weight(const struct diag *g)
{
	return g->id == MSG_yaml_alias ? 0 : g->id == MSG_yaml_key ? 2 : 1;
}

static int in_order(const void *a, const void *b)
{
	const struct diag *x = *(const struct diag *const *)a;
	const struct diag *y = *(const struct diag *const *)b;
	int c = by_place(x, y);

	if (!c)
		c = weight(x) - weight(y);
	return c ? c : str_cmp(x->text, y->text);
}

/* The same finding of two units (a line of the platform that concerns both), or one that says less
 * of the same place than x does. */
static bool is_told(const struct diag *x, const struct diag *y)
{
	if (!y->pos.line || x->pos.file != y->pos.file || by_place(x, y))
		return !y->pos.line && x->id == y->id && x->pos.file == y->pos.file &&
		       str_eq(x->text, y->text);
	return weight(x) < weight(y) || (x->id == y->id && str_eq(x->text, y->text));
}

/* The line of g, or what is said of it (a value may stand in lines below), looks like a secret.
 * What is about no line of a file holds nothing from one, but paths, which may look like anything.
 */
static bool is_secret(const struct diag *g)
{
	bool found = g->pos.file && (secret_like(line_of(g->pos)) || secret_like(g->text));

	for (const struct diag_note *n = g->notes; n && g->pos.file && !found; n = n->next)
		found = secret_like(n->text);
	return found;
}

/* g, or, where it holds what looks like a secret, a copy whose texts do not. */
static const struct diag *veiled(struct arena *a, const struct diag *g)
{
	struct diag *copy = NULL;
	struct diag_note **notes = NULL;

	if (!is_secret(g))
		return g;
	copy = NEW(a, struct diag);
	*copy = *g;
	copy->text = secret_veiled(a, g->text);
	notes = &copy->notes;
	for (const struct diag_note *n = g->notes; n; n = n->next) {
		struct diag_note *note = NEW(a, struct diag_note);

		*note = *n;
		note->text = secret_veiled(a, n->text);
		*notes = note;
		notes = &note->next;
	}
	return copy;
}

const struct diag **diags_sorted(const struct diags *d, size_t *n)
{
	size_t all = d->count[SEV_ERROR] + d->count[SEV_WARNING], i = 0;
	const struct diag **list = NEW_ARRAY(d->arena, all + 1, const struct diag *);

	for (const struct diag *g = d->first; g; g = g->next)
		list[i++] = g;
	if (all)
		qsort(list, all, sizeof(*list), in_order);
	*n = 0;
	for (i = 0; i < all; i++)
		if (!*n || !is_told(list[*n - 1], list[i]))
			list[(*n)++] = list[i];
	for (i = 0; i < *n; i++)
		list[i] = veiled(d->arena, list[i]);
	return list;
}

size_t diags_shown(const struct diags *d, enum severity severity)
{
	size_t n = 0, count = 0;
	const struct diag **list = diags_sorted(d, &n);

	for (size_t i = 0; i < n; i++)
		count += list[i]->severity == severity;
	return count;
}

void diags_print(const struct diags *d, struct buf *out, enum diag_format format, bool colour)
{
	size_t n = 0;
	const struct diag **list = diags_sorted(d, &n);

	/* what stops the run is read first, not behind what does not */
	for (int s = SEV_ERROR; format == DIAG_TEXT && s <= SEV_WARNING; s++)
		for (size_t i = 0; i < n; i++)
			if ((int)list[i]->severity == s)
				print_text(out, list[i], colour);
	for (size_t i = 0; format != DIAG_TEXT && i < n; i++) {
		if (format == DIAG_JSON)
			print_json(out, list[i]);
		else
			diag_github(out, list[i]);
	}
}
