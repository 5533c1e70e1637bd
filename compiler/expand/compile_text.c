/* SPDX-License-Identifier: Apache-2.0 */
/* compile_text.c: scalars with ${...} in them. */
#include "expand/program.h"
#include "lua/scan.h"

bool compile_is_computed(struct str text)
{
	for (size_t i = str_find(text, '$'); i + 1 < text.n; i++)
		if (text.p[i] == '$' && text.p[i + 1] == '{')
			return true;
	return false;
}

/* A walk through the raw file, to find where each ${ of a scalar stands. */
struct raw {
	struct str text;
	size_t at;
	struct pos pos; /* of at */
};

static struct raw raw_at(const struct compile *c, struct pos pos)
{
	struct raw r = { c->file->text, 0, pos };

	if (pos.line && pos.line <= c->n_lines)
		r.at = c->lines[pos.line - 1] + pos.col - 1;
	return r;
}

static void raw_skip(struct raw *r, size_t n)
{
	for (; n && r->at < r->text.n; n--) {
		r->pos.col++;
		if (r->text.p[r->at++] == '\n') {
			r->pos.line++;
			r->pos.col = 1;
		}
	}
}

/* Behind the next ${ that is not escaped. */
static struct pos raw_open(struct raw *r)
{
	while (r->at < r->text.n) {
		struct str rest = str_cut(r->text, r->at, r->text.n);

		if (*rest.p != '$') {
			raw_skip(r, str_find(rest, '$'));
		} else if (str_starts(rest, "$${")) {
			raw_skip(r, 3);
		} else if (str_starts(rest, "${")) {
			raw_skip(r, 2);
			return r->pos;
		} else {
			raw_skip(r, 1);
		}
	}
	return r->pos;
}

static struct step fixed_text(struct compile *c, struct pos pos, struct str text)
{
	struct node *n = node_str(c->arena, pos, text);

	n->fixed = true;
	return (struct step){ .op = OP_FIXED, .pos = pos, .fixed = n };
}

/* Blanks at both ends do not count. */
static struct str trimmed(struct str s)
{
	while (s.n && (s.p[0] == ' ' || s.p[0] == '\n'))
		s = str_cut(s, 1, s.n);
	while (s.n && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\n'))
		s.n--;
	return s;
}

/* The expression text, which begins at pos. */
static struct step compile_expression(struct compile *c, struct str text, struct pos pos)
{
	struct step step = { .op = OP_EXPRESSION, .pos = pos };
	struct lua_expression e;
	const struct argument *args;
	bool bad;

	if (!trimmed(text).n) {
		diag_error(c->d, MSG_template_syntax, pos, "'${}' is empty; '$${' writes '${'");
		return fixed_text(c, pos, text);
	}
	if (names_path(c, trimmed(text), pos, &step, &bad))
		return step;
	if (bad)
		return fixed_text(c, pos, text);
	args = names_expression(c, text, pos, &e);
	if (!args)
		return fixed_text(c, pos, text);
	step.op = OP_EXPRESSION;
	step.want = c->want && c->want->type != SCHEMA_ANY ? c->want : NULL;
	step.expression.number = lua_library_expression(c->scope->lib, &e);
	step.expression.args = args;
	step.expression.n_args = e.n_names;
	return step;
}

/* The parts of one scalar. */
struct parts {
	struct step *at;
	size_t n;
	struct buf literal; /* text that is not yet a part */
};

static void end_literal(struct compile *c, struct parts *p, struct pos pos)
{
	if (!p->literal.n)
		return;
	p->at[p->n++] = fixed_text(c, pos, arena_str(c->arena, buf_view(&p->literal)));
	p->literal.n = 0;
}

static size_t count_dollars(struct str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += s.p[i] == '$';
	return n;
}

/* Splits text into parts; false after reporting that a } is missing. */
static bool split(struct compile *c, const struct node *n, struct parts *p)
{
	struct str text = n->text;
	struct raw raw = raw_at(c, n->pos);
	size_t i = 0;

	while (i < text.n) {
		struct str rest = str_cut(text, i, text.n);

		if (*rest.p != '$') {
			size_t plain = str_find(rest, '$');

			buf_str(&p->literal, str_cut(rest, 0, plain));
			i += plain;
		} else if (str_starts(rest, "$${")) {
			buf_text(&p->literal, "${");
			i += 3;
		} else if (str_starts(rest, "${")) {
			size_t end = scan_close(text, i + 2);
			struct pos pos = raw_open(&raw);

			if (end == text.n) {
				diag_error(c->d, MSG_template_syntax, pos,
					   "'${' has no '}'; '$${' writes '${'");
				if (n->plain)
					diag_note(c->d, (struct pos){ 0 },
						  "without quotes, ' #' begins a comment in YAML");
				return false;
			}
			end_literal(c, p, n->pos);
			p->at[p->n++] = compile_expression(
			    c, arena_str(c->arena, str_cut(text, i + 2, end)), pos);
			i = end + 1;
		} else {
			buf_char(&p->literal, text.p[i++]);
		}
	}
	end_literal(c, p, n->pos);
	return true;
}

struct step compile_text(struct compile *c, const struct node *n)
{
	struct parts p = { .n = 0 };
	struct step step = { .op = OP_TEXT, .pos = n->pos };
	bool ok;

	if (!compile_is_computed(n->text))
		return fixed_text(c, n->pos, n->text);
	p.at = NEW_ARRAY(c->arena, 2 * count_dollars(n->text) + 1, struct step);
	ok = split(c, n, &p);
	buf_release(&p.literal);
	if (!ok || p.n == 0)
		return fixed_text(c, n->pos, n->text);
	if (p.n == 1)
		return p.at[0];
	step.steps = (struct steps){ p.at, p.n, NULL };
	return step;
}
