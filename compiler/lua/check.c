/* SPDX-License-Identifier: Apache-2.0 */
/* check.c: everything that can be known about a world's Lua code before the first unit. */
#include "base/die.h"
#include "lua/scan.h"
#include "lua/state.h"

/* The nearest known name while names go by. */
struct nearest {
	struct str name, best;
	int distance;
};

enum { TYPO_MOST = 2 };

static void try_name(void *arg, struct str name)
{
	struct nearest *n = arg;
	int d = str_distance(name, n->name, TYPO_MOST);

	if (d < n->distance || (d == n->distance && str_cmp(name, n->best) < 0)) {
		n->distance = d;
		n->best = name;
	}
}

static struct pos offset_pos(const struct file *file, size_t offset)
{
	struct pos pos = { file, 1, 1 };

	for (size_t i = 0; i < offset && i < file->text.n; i++) {
		pos.col++;
		if (file->text.p[i] == '\n') {
			pos.line++;
			pos.col = 1;
		}
	}
	return pos;
}

static void report_name(struct lua_library *lib, struct diags *d, struct pos pos, struct str name)
{
	struct nearest n = { name, { "", 0 }, TYPO_MOST };

	diag_error(d, MSG_lua_name, pos, "undeclared name '%.*s'", (int)name.n, name.p);
	lua_library_names(lib, try_name, &n);
	if (n.best.n)
		diag_note(d, (struct pos){ 0 }, "did you mean '%.*s'?", (int)n.best.n, n.best.p);
}

static bool uses_env(const struct scan_names *names)
{
	for (size_t i = 0; i < names->n_bound; i++)
		if (str_is(names->bound[i], "_ENV"))
			return true;
	for (size_t i = 0; i < names->n_uses; i++)
		if (str_is(names->uses[i].name, "_ENV"))
			return true;
	return false;
}

/* Names that no code binds and nothing declares; _ENV, which would be a way around that. */
static void check_names(struct lua_library *lib, const struct file *file, struct diags *d)
{
	struct scan_names names;

	if (file->text.n > SOURCE_MOST || (file->text.n && file->text.p[0] == '\033'))
		return;
	scan_names(library_arena(lib), file->text, &names);
	if (uses_env(&names))
		diag_error(d, MSG_lua_source, (struct pos){ file, 1, 1 }, "'_ENV' may not be used");
	for (size_t i = 0; i < names.n_uses; i++) {
		struct pos pos = offset_pos(file, names.uses[i].at);

		if (!str_is(names.uses[i].name, "_ENV") &&
		    !lua_library_has(lib, names.uses[i].name))
			report_name(lib, d, pos, names.uses[i].name);
	}
}

/* An expression that is being compiled. */
struct compiling {
	size_t number;
	const struct lua_expression *expression;
	size_t offset;
};

static int compile_one(lua_State *L)
{
	struct compiling *c;

	memcpy(&c, &worker_of(L)->call, sizeof(struct compiling *));
	lua_rawgeti(L, LUA_REGISTRYINDEX, KEY_EXPRESSIONS);
	(void)expression_load(L, c->expression, &c->offset);
	lua_rawseti(L, -2, (lua_Integer)c->number + 1);
	return 0;
}

/* Places behind a line break in the expression are those of the template's lines only for block
 * scalars; the start of the expression is always right. */
static struct pos expression_pos(const struct lua_expression *e, size_t offset)
{
	struct pos pos = e->pos;

	if (str_find(e->text, '\n') >= offset)
		pos.col += (uint32_t)offset;
	return pos;
}

static void check_expression(struct lua_worker *w, size_t number)
{
	const struct lua_expression *e = library_expression(w->lib, number);
	struct compiling c = { number, e, 0 };
	struct scan_names names;
	int status = state_call(w, compile_one, &c, FUEL_CALL);
	const char *text, *place;

	scan_names(library_arena(w->checking), e->text, &names);
	if (uses_env(&names))
		diag_error(w->check_diags, MSG_lua_source, e->pos, "'_ENV' may not be used");
	if (status == LUA_OK)
		return;
	text = lua_tostring(w->L, -1);
	place = text ? strstr(text, ": ") : NULL;
	diag_error(w->check_diags,
		   status == LUA_ERRSYNTAX || w->id == MSG_lua_syntax ? MSG_lua_syntax
								      : MSG_lua_memory,
		   expression_pos(e, c.offset), "%s", place ? place + 2 : "cannot be compiled");
}

void lua_library_run(struct lua_library *lib, struct diags *d)
{
	struct lua_worker *w = lua_worker_new(lib);
	size_t errors = diags_errors(d);

	w->checking = lib;
	w->check_diags = d;
	if (state_open(w))
		die_memory();
	w->ran = diags_errors(d) != errors; /* such a state is not kept */
	library_keep_running(lib, w);
}

int lua_library_check(struct lua_library *lib, struct diags *d)
{
	size_t errors = diags_errors(d);
	struct lua_worker *w = library_take_running(lib);

	if (!w) {
		lua_library_run(lib, d);
		w = library_take_running(lib);
	}
	w->check_diags = d;
	/* a module that did not load would make every use of its name look wrong */
	if (!w->ran)
		for (size_t i = 0; i < library_sources(lib); i++)
			if (!library_source(lib, i)->builtin)
				check_names(lib, library_source(lib, i)->file, d);
	for (size_t i = 0; i < library_expressions(lib); i++)
		if (!library_expression(lib, i)->pos.file->frozen)
			check_expression(w, i);
	w->ran = w->ran || diags_errors(d) != errors;

	bool good = !w->ran;

	lua_worker_free(w);
	return good ? 0 : -1;
}
