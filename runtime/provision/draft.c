/* SPDX-License-Identifier: Apache-2.0 */
/* draft.c: statements and their reasons. */
#include "provision/draft.h"

#include <stdarg.h>

enum { WHY_MOST = 300 };

/* text in quote, quotes inside doubled: what PostgreSQL reads as one name ("), or, with
 * standard_conforming_strings, one literal ('). */
static void put_quoted(struct buf *out, struct str text, char quote)
{
	buf_char(out, quote);
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == quote)
			buf_char(out, quote);
		buf_char(out, text.p[i]);
	}
	buf_char(out, quote);
}

static void put_form(struct buf *out, const char *form, bool quotes, va_list args)
{
	for (; *form; form++) {
		struct str text;

		if (form[0] != '%' || !form[1]) {
			buf_char(out, *form);
			continue;
		}
		form++;
		text = va_arg(args, struct str);
		if (*form == 'I' && quotes)
			put_quoted(out, text, '"');
		else if (*form == 'L' && quotes)
			put_quoted(out, text, '\'');
		else
			buf_str(out, text);
	}
}

struct draft draft_begin(struct planner *p, struct str subject, struct str database)
{
	return (struct draft){ .planner = p, .subject = subject, .database = database };
}

void draft_put(struct draft *d, const char *form, ...)
{
	va_list args;

	va_start(args, form);
	put_form(&d->text, form, true, args);
	va_end(args);
	buf_text(&d->text, ";\n");
	d->n++;
}

void draft_why(struct draft *d, const char *form, ...)
{
	va_list args;

	if (d->why.n > WHY_MOST)
		return;
	if (d->why.n > 0)
		buf_text(&d->why, "; ");
	va_start(args, form);
	put_form(&d->why, form, false, args);
	va_end(args);
}

void draft_drop(struct draft *d)
{
	buf_release(&d->text);
	buf_release(&d->why);
	d->n = 0;
}

void draft_end(struct draft *d, bool alone)
{
	struct planner *p = d->planner;
	struct change *c;

	if (d->n == 0) {
		draft_drop(d);
		return;
	}
	c = NEW(p->arena, struct change);
	*c = (struct change){
		.subject = d->subject, .database = d->database, .n = d->n, .alone = alone
	};
	c->text = buf_take(&d->text, p->arena);
	c->why = buf_take(&d->why, p->arena);
	*p->last_change = c;
	p->last_change = &c->next;
	d->n = 0;
}

struct str draft_text(struct arena *a, const char *form, ...)
{
	struct buf out = { 0 };
	va_list args;

	va_start(args, form);
	put_form(&out, form, true, args);
	va_end(args);
	return buf_take(&out, a);
}

void planner_say(struct planner *p, bool waits, struct str subject, const char *form, ...)
{
	struct trouble *t = NEW(p->arena, struct trouble);
	struct buf out = { 0 };
	va_list args;

	va_start(args, form);
	put_form(&out, form, false, args);
	va_end(args);
	*t = (struct trouble){ .subject = subject, .waits = waits };
	t->text = buf_take(&out, p->arena);
	*p->last_trouble = t;
	p->last_trouble = &t->next;
}

bool planner_may_drop(struct planner *p, struct str subject, struct str it, int64_t since)
{
	if (p->in->backup > since)
		return true;
	planner_say(p, true, subject, "%S is dropped when a newer base backup is verified", it);
	return false;
}

bool is_wanted(const struct node *n)
{
	return !str_is(node_text(n, "ensure"), "absent");
}
