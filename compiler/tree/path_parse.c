/* SPDX-License-Identifier: Apache-2.0 */
/* path_parse.c: the text of a field path into steps. */
#include "tree/path.h"
#include "tree/print.h"

enum { STEPS_MOST = 64 };

struct parse {
	struct arena *arena;
	struct str text;
	size_t at;
	struct path_step *steps;
	size_t n;
	const char *why; /* set when it fails */
};

static int refuse(struct parse *p, const char *why)
{
	struct str rest = print_text_inline(p->arena, str_cut(p->text, p->at, p->text.n));

	if (rest.n)
		p->why = arena_fmt(p->arena, "%s at '%s'", why, rest.p).p;
	else
		p->why = arena_fmt(p->arena, "%s at its end", why).p;
	return -1;
}

/* The next byte, NUL at the end. */
static char peek(const struct parse *p)
{
	if (p->at == p->text.n)
		return '\0';
	return p->text.p[p->at];
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static int read_bare(struct parse *p, struct str *key)
{
	size_t from = p->at;

	if (is_digit(peek(p)) || peek(p) == '-')
		return refuse(p,
			      "a key that begins so is written [\"key\"], an item of a list [0]");
	while (p->at < p->text.n && path_is_bare(p->text.p[p->at]))
		p->at++;
	if (p->at == from)
		return refuse(p, "a key is missing");
	*key = arena_str(p->arena, str_cut(p->text, from, p->at));
	return 0;
}

static int hex_digit(char c)
{
	if (is_digit(c))
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

/* Behind a backslash: the quote, the backslash, or xNN. */
static int read_escape(struct parse *p, char *c)
{
	*c = peek(p);
	if (*c == '"' || *c == '\\') {
		p->at++;
		return 0;
	}

	int high = p->at + 2 < p->text.n && *c == 'x' ? hex_digit(p->text.p[p->at + 1]) : -1;
	int low = high >= 0 ? hex_digit(p->text.p[p->at + 2]) : -1;

	if (low < 0 || high * 16 + low == 0)
		return refuse(p,
			      "behind a backslash stands a quote, a backslash or xNN, not what is");
	*c = (char)(high * 16 + low);
	p->at += 3;
	return 0;
}

static int read_quoted(struct parse *p, struct str *text)
{
	size_t n = 0;
	char *copy = arena_alloc(p->arena, p->text.n - p->at + 1, 1);

	p->at++;
	while (peek(p) != '"') {
		if (p->at == p->text.n)
			return refuse(p, "a closing '\"' is missing");

		char c = p->text.p[p->at++];

		if (c == '\\' && read_escape(p, &c) < 0)
			return -1;
		copy[n++] = c;
	}
	p->at++;
	*text = (struct str){ copy, n };
	return 0;
}

static int read_index(struct parse *p, struct path_step *step)
{
	size_t from = p->at;
	int64_t index;

	while (is_digit(peek(p)))
		p->at++;
	if (!str_int(str_cut(p->text, from, p->at), &index)) {
		p->at = from;
		return refuse(p,
			      "an index is 0 or a number without leading zeros, not what stands");
	}
	step->kind = PATH_INDEX;
	step->index = (size_t)index;
	return 0;
}

/* What stands behind "[field=". */
static int read_value(struct parse *p, struct str *value)
{
	size_t from = p->at;

	if (peek(p) == '"')
		return read_quoted(p, value);
	while (p->at < p->text.n && p->text.p[p->at] != ']')
		p->at++;
	if (p->at == from)
		return refuse(p, "a value is missing");
	*value = arena_str(p->arena, str_cut(p->text, from, p->at));
	return 0;
}

/* Behind the '[': an index, a quoted key, or field=value. */
static int read_inner(struct parse *p, struct path_step *step)
{
	bool quoted = peek(p) == '"';

	if (is_digit(peek(p)))
		return read_index(p, step);
	step->kind = PATH_KEY;
	if ((quoted ? read_quoted(p, &step->key) : read_bare(p, &step->key)) < 0)
		return -1;
	if (peek(p) != '=')
		return quoted ? 0 : refuse(p, "'=' and a value are missing");
	p->at++;
	step->kind = PATH_ITEM;
	return read_value(p, &step->value);
}

static int read_step(struct parse *p)
{
	struct path_step *step = &p->steps[p->n];

	if (peek(p) == '[') {
		p->at++;
		if (read_inner(p, step) < 0)
			return -1;
		if (peek(p) != ']')
			return refuse(p, "a closing ']' is missing");
		p->at++;
		return 0;
	}
	if (p->n) {
		if (peek(p) != '.')
			return refuse(p, "'.' or '[' is expected");
		p->at++;
	}
	step->kind = PATH_KEY;
	return read_bare(p, &step->key);
}

const char *path_parse(struct arena *a, struct str text, struct path *path)
{
	struct parse p = { .arena = a, .text = text };

	*path = (struct path){ 0 };
	if (str_find(text, '\0') < text.n)
		return "a path holds no NUL";
	p.steps = NEW_ARRAY(a, STEPS_MOST, struct path_step);
	while (p.at < text.n) {
		if (p.n == STEPS_MOST) {
			(void)refuse(&p, "a path has at most 64 steps, too many");
			break;
		}
		if (read_step(&p) < 0)
			break;
		p.n++;
	}
	*path = (struct path){ p.n, p.steps };
	return p.why;
}
