/* SPDX-License-Identifier: Apache-2.0 */
/* print_read.c: a reader that guesses and is then held to its word: it takes the text for
 * canonical, and print_check_quick says whether the tree's own text is that very text. So it need
 * not refuse anything itself, only never run out of the text. */
#include "tree/print_read.h"

#include "tree/print.h"

enum { INDENT = 2, DEPTH_MOST = 32 };

struct reading {
	struct arena *arena;
	const struct file *file;
	struct str text;
	size_t at, line_start;
	uint32_t line;
	int depth;
	bool bad; /* it is not canonical */
};

static struct pos here(const struct reading *r)
{
	return (struct pos){ r->file, r->line, (uint32_t)(r->at - r->line_start + 1) };
}

/* The byte n behind the next one, or NUL behind the end. */
static char peek(const struct reading *r, size_t n)
{
	char c = '\0';

	if (r->at + n < r->text.n)
		c = r->text.p[r->at + n];
	return c;
}

static void eat(struct reading *r, char c)
{
	if (peek(r, 0) != c || r->at == r->text.n) {
		r->bad = true;
		return;
	}
	r->at++;
	if (c == '\n') {
		r->line++;
		r->line_start = r->at;
	}
}

/* The next line begins with exactly indent blanks, which are eaten. */
static bool eat_indent(struct reading *r, size_t indent)
{
	for (size_t i = 0; i < indent; i++)
		if (peek(r, i) != ' ')
			return false;
	if (r->at + indent >= r->text.n || peek(r, indent) == ' ')
		return false;
	r->at += indent;
	return true;
}

/* The length of the line that begins here. */
static size_t line_length(const struct reading *r)
{
	return str_find(str_cut(r->text, r->at, r->text.n), '\n');
}

static void put_escape(struct reading *r, struct buf *out)
{
	static const char letters[] = "\"\\bfnrt", means[] = "\"\\\b\f\n\r\t";
	char c = peek(r, 0);
	const char *letter = c ? strchr(letters, c) : NULL;
	unsigned code = 0;

	if (letter) {
		buf_char(out, means[letter - letters]);
		r->at++;
		return;
	}
	for (size_t i = 1; i <= 4; i++) {
		char h = peek(r, i);
		bool digit = h >= '0' && h <= '9';

		r->bad = r->bad || c != 'u' || (!digit && (h < 'a' || h > 'f'));
		code = code * 16 + (unsigned)(digit ? h - '0' : h - 'a' + 10);
	}
	if (r->bad)
		return;
	r->at += 5;
	if (code < 0x80) {
		buf_char(out, (char)code);
	} else if (code < 0x800) {
		buf_char(out, (char)(0xc0 | code >> 6));
		buf_char(out, (char)(0x80 | (code & 0x3f)));
	} else {
		buf_char(out, (char)(0xe0 | code >> 12));
		buf_char(out, (char)(0x80 | (code >> 6 & 0x3f)));
		buf_char(out, (char)(0x80 | (code & 0x3f)));
	}
}

/* A text in double quotes, the first of which is next. */
static struct str read_quoted(struct reading *r)
{
	struct buf out = { 0 };

	eat(r, '"');
	while (!r->bad && peek(r, 0) != '"') {
		struct str rest = str_cut(r->text, r->at, r->text.n);
		size_t n = 0;

		while (n < rest.n && rest.p[n] != '"' && rest.p[n] != '\\' && rest.p[n] != '\n')
			n++;
		buf_put(&out, rest.p, n);
		r->at += n;
		if (peek(r, 0) == '\\') {
			r->at++;
			put_escape(r, &out);
		} else if (peek(r, 0) != '"') {
			r->bad = true;
		}
	}
	r->at += !r->bad;
	return buf_take(&out, r->arena);
}

/* The lines of a literal block, whose '|' is next, without their indent. */
static struct str read_block(struct reading *r, size_t indent)
{
	struct buf out = { 0 };

	eat(r, '|');
	eat(r, '\n');
	for (;;) {
		size_t n = line_length(r), blank = 0;

		while (blank < indent && blank < n && peek(r, blank) == ' ')
			blank++;
		if (r->at == r->text.n || (n && blank < indent))
			return buf_take(&out, r->arena);
		buf_str(&out, str_cut(r->text, r->at + blank, r->at + n));
		buf_char(&out, '\n');
		r->at += n;
		eat(r, '\n');
		if (r->bad)
			return buf_take(&out, r->arena);
	}
}

/* Where the plain key that may begin here ends: at its ':', or n when there is none in the line. */
static size_t plain_key(const struct reading *r, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (peek(r, i) == ':' && (i + 1 == n || peek(r, i + 1) == ' '))
			return i;
	return n;
}

/* Where the quoted text that begins here ends, behind its quote. */
static size_t quoted_end(const struct reading *r)
{
	size_t i = 1;

	while (peek(r, i) && peek(r, i) != '"' && peek(r, i) != '\n')
		i += peek(r, i) == '\\' ? 2 : 1;
	return i + 1;
}

/* A map begins here: with a key. */
static bool is_map(const struct reading *r)
{
	size_t n = line_length(r);

	if (peek(r, 0) == '"')
		return peek(r, quoted_end(r)) == ':';
	return plain_key(r, n) < n;
}

static bool is_list(const struct reading *r)
{
	return peek(r, 0) == '-' && peek(r, 1) == ' ';
}

/* A scalar, or an empty map or list, behind "key: " or "- ", with the end of its line. */
static struct node *read_leaf(struct reading *r, size_t indent)
{
	struct node *n = node_new(r->arena, NODE_STR, here(r));
	struct str word = str_cut(r->text, r->at, r->at + line_length(r));

	if (peek(r, 0) == '|') {
		n->text = read_block(r, indent);
		return n;
	}
	if (peek(r, 0) == '"') {
		n->text = read_quoted(r);
		eat(r, '\n');
		return n;
	}
	r->at += word.n;
	eat(r, '\n');
	if (str_is(word, "{}") || str_is(word, "[]")) {
		n->kind = *word.p == '{' ? NODE_MAP : NODE_LIST;
		n->kids = NULL;
	} else if (str_is(word, "true") || str_is(word, "false")) {
		n->kind = NODE_BOOL;
		n->flag = *word.p == 't';
	} else if (str_int(word, &n->num)) {
		n->kind = NODE_INT;
	} else {
		n->text = arena_str(r->arena, word);
	}
	return n;
}

static struct node *read_nest(struct reading *r, size_t indent);

/* What stands behind a key's ':' or a dash; list is the indent of a list that begins on the next
 * line, which may stand under its key. */
static struct node *read_value(struct reading *r, size_t indent)
{
	if (peek(r, 0) == ' ') {
		eat(r, ' ');
		return read_leaf(r, indent + INDENT);
	}
	eat(r, '\n');
	if (eat_indent(r, indent)) {
		if (!is_list(r))
			r->bad = true;
		return read_nest(r, indent);
	}
	if (!eat_indent(r, indent + INDENT))
		r->bad = true;
	return read_nest(r, indent + INDENT);
}

static struct node *read_pair(struct reading *r, size_t indent)
{
	struct pos pos = here(r);
	struct node *n = NULL;
	struct str key;

	if (peek(r, 0) == '"') {
		key = read_quoted(r);
	} else {
		size_t end = plain_key(r, line_length(r));

		key = arena_str(r->arena, str_cut(r->text, r->at, r->at + end));
		r->at += end;
	}
	eat(r, ':');
	n = read_value(r, indent);
	n->key = key;
	n->key_pos = pos;
	return n;
}

static struct node *read_item(struct reading *r, size_t indent)
{
	eat(r, '-');
	eat(r, ' ');
	if (is_list(r) || is_map(r))
		return read_nest(r, indent + INDENT);
	return read_leaf(r, indent + INDENT);
}

/* A map or list that begins here; its next lines have this indent. */
static struct node *read_nest(struct reading *r, size_t indent)
{
	bool list = is_list(r);
	struct node *n = node_new(r->arena, list ? NODE_LIST : NODE_MAP, here(r));
	struct node_list kids = { 0 };

	if (++r->depth > DEPTH_MOST || (!list && !is_map(r)))
		r->bad = true;
	while (!r->bad) {
		node_add(&kids, list ? read_item(r, indent) : read_pair(r, indent));
		/* a list may end where the map around it goes on */
		if (!eat_indent(r, indent))
			break;
		if (list && !is_list(r)) {
			r->at -= indent;
			break;
		}
	}
	r->depth--;
	n->kids = kids.first;
	return n;
}

const struct node *print_read(struct arena *a, const struct file *file)
{
	struct reading r = { .arena = a, .file = file, .text = file->text, .line = 1 };
	struct err differs = { 0 };
	const struct node *root = NULL;

	if (!file->text.n || file->frozen)
		return NULL;
	root = read_nest(&r, 0);
	if (r.bad || r.at != r.text.n || print_check_quick(file->text, root, &differs))
		return NULL;
	return root;
}
