/* SPDX-License-Identifier: Apache-2.0 */
/* scan.c: the lexical grammar of Lua 5.4 (reference manual 3.1) and just enough syntax to tell free
 * names from others. */
#include "lua/scan.h"

#include <stdint.h>

static const char *const keywords[] = {
	"and",      "break",  "do",   "else", "elseif", "end",   "false", "for",
	"function", "goto",   "if",   "in",   "local",  "nil",   "not",   "or",
	"repeat",   "return", "then", "true", "until",  "while",
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static char at(struct str s, size_t i)
{
	char c = '\0';

	if (i < s.n)
		c = s.p[i];
	return c;
}

static bool is_keyword(struct str s)
{
	for (size_t i = 0; i < sizeof(keywords) / sizeof(*keywords); i++)
		if (s.p[0] == keywords[i][0] && str_is(s, keywords[i]))
			return true;
	return false;
}

/* The level of the long bracket that opens at i, or -1: [[ is 0, [=[ is 1. */
static int long_bracket(struct str s, size_t i)
{
	size_t j = i + 1;

	if (at(s, i) != '[')
		return -1;
	while (at(s, j) == '=')
		j++;
	return at(s, j) == '[' ? (int)(j - i - 1) : -1;
}

/* Behind the long bracket of this level that closes, or the end. */
static size_t skip_long(struct str s, size_t i, int level)
{
	for (i += (size_t)level + 2; i < s.n; i++) {
		size_t j = i + 1;

		if (s.p[i] != ']')
			continue;
		while (at(s, j) == '=')
			j++;
		if (at(s, j) == ']' && j - i - 1 == (size_t)level)
			return j + 1;
	}
	return s.n;
}

static size_t skip_quoted(struct str s, size_t i)
{
	char quote = s.p[i++];

	while (i < s.n && s.p[i] != quote)
		i += s.p[i] == '\\' ? 2 : 1;
	return i < s.n ? i + 1 : s.n;
}

static size_t skip_comment(struct str s, size_t i)
{
	int level = long_bracket(s, i + 2);

	if (level >= 0)
		return skip_long(s, i + 2, level);
	while (i < s.n && s.p[i] != '\n')
		i++;
	return i;
}

static size_t skip_blank(struct str s, size_t i)
{
	for (;;) {
		char c = at(s, i);

		if (i < s.n && (c == ' ' || (c >= '\t' && c <= '\r')))
			i++;
		else if (c == '-' && at(s, i + 1) == '-')
			i = skip_comment(s, i);
		else
			return i < s.n ? i : s.n;
	}
}

static size_t skip_number(struct str s, size_t i)
{
	while (is_letter(at(s, i)) || is_digit(at(s, i)) || at(s, i) == '.')
		i++;
	return i;
}

static size_t skip_name(struct str s, size_t i)
{
	while (is_letter(at(s, i)) || is_digit(at(s, i)))
		i++;
	return i;
}

static size_t skip_sign(struct str s, size_t i)
{
	static const char *const signs[] = { "...", "..", "==", "~=", "<=",
					     ">=",  "//", "::", "<<", ">>" };
	struct str rest = str_cut(s, i, s.n);

	if (!strchr(".=~<>/:", s.p[i]))
		return i + 1;
	for (size_t k = 0; k < sizeof(signs) / sizeof(*signs); k++)
		if (str_starts(rest, signs[k]))
			return i + strlen(signs[k]);
	return i + 1;
}

struct scan_token scan_next(struct str source, size_t *pos)
{
	size_t i = skip_blank(source, *pos);
	struct scan_token t = { SCAN_SIGN, i, { "", 0 } };
	char c = at(source, i);
	int level = long_bracket(source, i);

	if (i >= source.n) {
		t.kind = SCAN_END;
		*pos = source.n;
		return t;
	}
	if (is_letter(c)) {
		*pos = skip_name(source, i);
		t.kind = SCAN_NAME;
	} else if (is_digit(c) || (c == '.' && is_digit(at(source, i + 1)))) {
		*pos = skip_number(source, i);
		t.kind = SCAN_NUMBER;
	} else if (c == '"' || c == '\'' || level >= 0) {
		*pos = level >= 0 ? skip_long(source, i, level) : skip_quoted(source, i);
		t.kind = SCAN_TEXT;
	} else {
		*pos = skip_sign(source, i);
	}
	t.text = str_cut(source, i, *pos);
	if (t.kind == SCAN_NAME && is_keyword(t.text))
		t.kind = SCAN_KEYWORD;
	return t;
}

/* Behind the names and dots that stand at i. */
static size_t skip_path(struct str s, size_t i)
{
	while (i < s.n && (is_letter(s.p[i]) || is_digit(s.p[i]) || s.p[i] == '.'))
		i++;
	return i;
}

size_t scan_close(struct str source, size_t from)
{
	size_t depth = 0;

	from =
	    skip_path(source, from); /* nearly all that is asked for, and no token of it counts */
	for (;;) {
		struct scan_token t = scan_next(source, &from);

		if (t.kind == SCAN_END)
			return source.n;
		if (t.kind != SCAN_SIGN)
			continue;
		if (t.text.p[0] == '{')
			depth++;
		else if (t.text.p[0] == '}' && depth-- == 0)
			return t.at;
	}
}

/* Looks at bytes only: what stands behind the first names could be a blank or a comment. */
static bool may_be_path(struct str s)
{
	size_t end = skip_path(s, 0);

	return end == s.n || strchr(" \t\n\v\f\r-", s.p[end]);
}

size_t scan_path(struct arena *a, struct str source, const struct str **steps)
{
	size_t most = 1, n = 0, i = 0;
	struct str *list = NULL;

	if (!may_be_path(source))
		return 0;
	for (size_t k = 0; k < source.n; k++)
		most += source.p[k] == '.';
	list = NEW_ARRAY(a, most, struct str);

	for (;;) {
		struct scan_token t = scan_next(source, &i);

		if (t.kind != SCAN_NAME || n == most)
			return 0;
		list[n++] = t.text;
		t = scan_next(source, &i);
		if (t.kind == SCAN_END) {
			*steps = list;
			return n;
		}
		if (t.kind != SCAN_SIGN || !str_is(t.text, "."))
			return 0;
	}
}

enum { DEPTH_MOST = 256 };

/* A walk over all tokens. */
struct walk {
	struct arena *arena;
	struct str source;
	size_t at; /* behind token now */
	struct scan_token before, now;
	char open[DEPTH_MOST]; /* brackets that are open */
	size_t depth;
	struct scan_use *uses;
	size_t n_uses, cap_uses;
	struct str *bound;
	size_t n_bound, cap_bound;
};

static void step(struct walk *w)
{
	w->before = w->now;
	w->now = scan_next(w->source, &w->at);
}

static bool is_sign(const struct scan_token *t, const char *sign)
{
	return t->kind == SCAN_SIGN && str_is(t->text, sign);
}

static bool is_bound(const struct walk *w, struct str name)
{
	for (size_t i = 0; i < w->n_bound; i++)
		if (str_eq(w->bound[i], name))
			return true;
	return false;
}

static void bind(struct walk *w, struct str name)
{
	if (is_bound(w, name))
		return;
	if (w->n_bound == w->cap_bound) {
		size_t cap = w->cap_bound ? w->cap_bound * 2 : 8;
		struct str *list = NEW_ARRAY(w->arena, cap, struct str);

		for (size_t i = 0; i < w->n_bound; i++)
			list[i] = w->bound[i];
		w->bound = list;
		w->cap_bound = cap;
	}
	w->bound[w->n_bound++] = name;
}

/* Binds "a, b <const>, c"; the token now is the first one. */
static void bind_list(struct walk *w)
{
	while (w->now.kind == SCAN_NAME) {
		bind(w, w->now.text);
		step(w);
		if (is_sign(&w->now, "<")) {
			step(w);
			step(w);
			step(w);
		}
		if (!is_sign(&w->now, ","))
			return;
		step(w);
	}
}

/* "function name (a, b)": the name of a global function is a use, which the sandbox refuses. */
static void bind_function(struct walk *w)
{
	step(w);
	while (!is_sign(&w->now, "(") && w->now.kind != SCAN_END)
		step(w);
	if (w->depth < DEPTH_MOST)
		w->open[w->depth++] = '(';
	step(w);
	bind_list(w);
}

static void bind_local(struct walk *w)
{
	step(w);
	if (w->now.kind == SCAN_KEYWORD && str_is(w->now.text, "function")) {
		step(w);
		if (w->now.kind == SCAN_NAME)
			bind(w, w->now.text);
		bind_function(w);
		return;
	}
	bind_list(w);
}

static void take_keyword(struct walk *w)
{
	struct str word = w->now.text;

	if (str_is(word, "local")) {
		bind_local(w);
	} else if (str_is(word, "function")) {
		bind_function(w);
	} else if (str_is(word, "for")) {
		step(w);
		bind_list(w);
	} else if (str_is(word, "goto")) {
		step(w);
		step(w);
	} else {
		step(w);
	}
}

static void take_sign(struct walk *w)
{
	char c = w->now.text.p[0];

	if ((c == '(' || c == '{' || (c == '[' && w->now.text.n == 1)) && w->depth < DEPTH_MOST)
		w->open[w->depth++] = c;
	else if ((c == ')' || c == '}' || c == ']') && w->depth)
		w->depth--;
	step(w);
}

/* The name now is a key of a table constructor: { name = ... }. */
static bool is_table_key(const struct walk *w)
{
	size_t ahead = w->at;
	struct scan_token next = scan_next(w->source, &ahead);

	return w->depth && w->open[w->depth - 1] == '{' && is_sign(&next, "=") &&
	       (is_sign(&w->before, "{") || is_sign(&w->before, ",") || is_sign(&w->before, ";"));
}

static struct scan_use *add_use(struct walk *w)
{
	if (w->n_uses == w->cap_uses) {
		size_t cap = w->cap_uses ? w->cap_uses * 2 : 8;
		struct scan_use *list = NEW_ARRAY(w->arena, cap, struct scan_use);

		for (size_t i = 0; i < w->n_uses; i++)
			list[i] = w->uses[i];
		w->uses = list;
		w->cap_uses = cap;
	}
	return &w->uses[w->n_uses++];
}

enum { FIELDS_MOST = 16 };

static void take_use(struct walk *w)
{
	struct scan_use *use = add_use(w);
	struct str fields[FIELDS_MOST];
	size_t n = 0;

	use->at = w->now.at;
	use->name = w->now.text;
	step(w);
	while (is_sign(&w->now, ".") && n < FIELDS_MOST) {
		step(w);
		if (w->now.kind != SCAN_NAME)
			break;
		fields[n++] = w->now.text;
		step(w);
	}

	struct str *list = NEW_ARRAY(w->arena, n + 1, struct str);

	memcpy(list, fields, n * sizeof(struct str));
	use->fields = list;
	use->n_fields = n;
}

static void take_name(struct walk *w)
{
	bool field =
	    is_sign(&w->before, ".") || is_sign(&w->before, ":") || is_sign(&w->before, "::");

	if (field || is_table_key(w))
		step(w);
	else
		take_use(w);
}

void scan_names(struct arena *a, struct str source, struct scan_names *out)
{
	struct walk w = { .arena = a, .source = source };
	size_t kept = 0;

	step(&w);
	while (w.now.kind != SCAN_END) {
		if (w.now.kind == SCAN_KEYWORD)
			take_keyword(&w);
		else if (w.now.kind == SCAN_NAME)
			take_name(&w);
		else if (w.now.kind == SCAN_SIGN)
			take_sign(&w);
		else
			step(&w);
	}
	for (size_t i = 0; i < w.n_uses; i++)
		if (!is_bound(&w, w.uses[i].name))
			w.uses[kept++] = w.uses[i];
	*out = (struct scan_names){ w.uses, kept, w.bound, w.n_bound };
}
