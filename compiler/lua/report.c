/* SPDX-License-Identifier: Apache-2.0 */
/* report.c: from an error in Lua to a finding at a place that the user wrote. */
#include <stdarg.h>
#include <stdio.h>

#include "lua/state.h"

enum { TEXT_LONGEST = 1024 };

int script_error(lua_State *L, enum message id, const char *fmt, ...)
{
	struct lua_worker *w = worker_of(L);
	char text[TEXT_LONGEST];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	w->id = id;
	return luaL_error(L, "%s", text);
}

struct pos line_pos(const struct file *file, uint32_t line)
{
	struct str rest = file ? file->text : (struct str){ "", 0 };
	struct pos pos = { file, line, 1 };

	for (uint32_t i = 1; i < line && rest.n; i++)
		rest = str_cut(rest, str_find(rest, '\n') + 1, rest.n);
	while (rest.n && (rest.p[0] == ' ' || rest.p[0] == '\t')) {
		rest = str_cut(rest, 1, rest.n);
		pos.col++;
	}
	return pos;
}

/* The text with what Lua calls a userdata in the words of the user, in the scratch buffer. */
static const char *plain_words(struct lua_worker *w, const char *text)
{
	struct buf *b = &w->scratch;
	const char *at;

	b->n = 0;
	while ((at = strstr(text, "userdata"))) {
		struct str before = { text, (size_t)(at - text) };

		if (str_ends(before, "light "))
			before.n -= strlen("light ");
		buf_str(b, before);
		buf_text(b, "map or list");
		text = at + strlen("userdata");
	}
	buf_text(b, text);
	return buf_z(b);
}

/* The text of the error value, without the place that Lua put in front of it. */
static const char *fault_text(struct lua_worker *w, int status)
{
	if (w->memory.too_long)
		return "makes a text of more than 256 KiB";
	if (status == LUA_ERRMEM || w->trip == TRIP_MEMORY)
		return "needs more than 32 MiB of memory";
	if (lua_type(w->L, -1) != LUA_TSTRING)
		return "raises an error that is no text";

	const char *text = lua_tostring(w->L, -1);
	size_t n = strlen(w->fault.prefix);

	return plain_words(w, n && strncmp(text, w->fault.prefix, n) == 0 ? text + n : text);
}

static enum message fault_id(const struct lua_worker *w, int status)
{
	if (status == LUA_ERRMEM || w->trip == TRIP_MEMORY)
		return MSG_lua_memory;
	if (w->trip == TRIP_FUEL)
		return MSG_lua_fuel;
	return w->id == MSG_none ? MSG_lua_error : w->id;
}

int report_fault(struct lua_worker *w, int status, struct diags *d, struct pos pos)
{
	const struct lua_fault *f = &w->fault;
	bool here = !pos.file && f->file;

	if (here)
		pos = line_pos(f->file, f->line);
	else if (f->expression_line > 1)
		pos = line_pos(pos.file, pos.line + f->expression_line - 1);
	diag_error(d, fault_id(w, status), pos, "%s", fault_text(w, status));
	if (f->file && !here)
		diag_note(d, line_pos(f->file, f->line), "raised here");
	if (w->job && w->job->what.n)
		diag_note(d, w->job->intent, "while compiling %s", w->job->what.p);
	return -1;
}
