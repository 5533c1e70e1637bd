/* SPDX-License-Identifier: Apache-2.0 */
/* diag.c: collecting findings; printing them is diag_print.c. */
#include "base/diag.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/diag_list.h"

static const struct message_row rows[MSG_count] = {
	[MSG_none] = { "", "", "" },
#define MESSAGE(id, name, means, mend) [MSG_##id] = { name, means, mend },
#include "base/messages.def"
#undef MESSAGE
};

const struct message_row *message_row(enum message id)
{
	return &rows[id];
}

enum message message_find(struct str name)
{
	for (int i = 1; i < MSG_count; i++)
		if (str_is(name, rows[i].name))
			return (enum message)i;
	return MSG_none;
}

struct diags *diags_new(struct arena *a)
{
	struct diags *d = NEW(a, struct diags);

	d->arena = a;
	d->tail = &d->first;
	return d;
}

__attribute__((format(printf, 2, 0))) static struct str format(struct arena *a, const char *fmt,
							       va_list ap)
{
	va_list again;

	va_copy(again, ap);
	int n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);

	char *text = arena_alloc(a, (size_t)n + 1, 1);

	(void)vsnprintf(text, (size_t)n + 1, fmt, ap);
	return (struct str){ text, (size_t)n };
}

static void append(struct diags *d, struct diag *g)
{
	*d->tail = g;
	d->tail = &g->next;
	d->last = g;
	d->count[g->severity]++;
}

static struct diag *make(struct diags *d, enum severity severity, enum message id, struct pos pos)
{
	struct diag *g = NEW(d->arena, struct diag);

	g->severity = severity;
	g->id = id;
	g->pos = pos;
	return g;
}

void diag_error(struct diags *d, enum message id, struct pos pos, const char *fmt, ...)
{
	struct diag *g = make(d, SEV_ERROR, id, pos);
	va_list ap;

	va_start(ap, fmt);
	g->text = format(d->arena, fmt, ap);
	va_end(ap);
	append(d, g);
}

void diag_warn(struct diags *d, enum message id, struct pos pos, const char *fmt, ...)
{
	struct diag *g = make(d, SEV_WARNING, id, pos);
	va_list ap;

	va_start(ap, fmt);
	g->text = format(d->arena, fmt, ap);
	va_end(ap);
	append(d, g);
}

static void add_note(struct diags *d, struct pos pos, struct str text)
{
	struct diag_note *note = NEW(d->arena, struct diag_note);
	struct diag_note **at = &d->last->notes;

	while (*at)
		at = &(*at)->next;
	note->pos = pos;
	note->text = text;
	*at = note;
}

void diag_note(struct diags *d, struct pos pos, const char *fmt, ...)
{
	va_list ap;

	if (!d->last)
		return;
	va_start(ap, fmt);
	struct str text = format(d->arena, fmt, ap);
	va_end(ap);
	add_note(d, pos, text);
}

void diag_rule(struct diags *d, struct str rule)
{
	if (d->last)
		d->last->rule = arena_str(d->arena, rule);
}

size_t diags_errors(const struct diags *d)
{
	return d->count[SEV_ERROR];
}

size_t diags_warnings(const struct diags *d)
{
	return d->count[SEV_WARNING];
}

const struct diag *diags_first(const struct diags *d)
{
	return d->first;
}

void diags_take(struct diags *d, const struct diags *from)
{
	for (const struct diag *f = from->first; f; f = f->next) {
		struct diag *g = make(d, f->severity, f->id, f->pos);

		g->text = arena_str(d->arena, f->text);
		if (f->rule.n)
			g->rule = arena_str(d->arena, f->rule);
		append(d, g);
		for (const struct diag_note *n = f->notes; n; n = n->next)
			add_note(d, n->pos, arena_str(d->arena, n->text));
	}
}

struct str pos_text(struct arena *a, struct pos pos)
{
	if (!pos.file)
		return str_of("");
	if (!pos.line)
		return pos.file->name;
	return arena_fmt(a, "%s:%u:%u", pos.file->name.p, pos.line, pos.col);
}
