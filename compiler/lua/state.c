/* SPDX-License-Identifier: Apache-2.0 */
/* state.c: making a sandboxed state; everything that may raise an error runs inside one protected
 * call. */
#include "lua/state.h"

#include <assert.h>
#include <stdio.h>

#include "base/die.h"

static const char expression_chunk[] = "=expression";

enum { LEVELS_MOST = 64 };

static int on_panic(lua_State *L)
{
	(void)L;
	assert(0 && "an error in Lua outside of a protected call");
	return 0;
}

const struct file *chunk_file(const struct lua_worker *w, const char *chunk)
{
	for (size_t i = 0; i < library_sources(w->lib); i++) {
		const struct file *file = library_source(w->lib, i)->file;

		if (chunk[0] == '=' && str_is(file->name, chunk + 1))
			return file;
	}
	return NULL;
}

/* Notes one frame; false when it is the expression's, below which there is nothing of the user's.
 */
static bool note_frame(struct lua_worker *w, const lua_Debug *ar)
{
	struct lua_fault *f = &w->fault;

	if (ar->currentline <= 0)
		return true;
	if (!f->prefix[0])
		(void)snprintf(f->prefix, sizeof(f->prefix), "%s:%d: ", ar->short_src,
			       ar->currentline);
	if (strcmp(ar->source, expression_chunk) == 0) {
		f->expression_line = (uint32_t)ar->currentline;
		return false;
	}
	if (!f->file) {
		f->file = chunk_file(w, ar->source);
		f->line = (uint32_t)ar->currentline;
	}
	return true;
}

/* The message handler: the value stays as it is. Looks at few frames, since a stack that ran over
 * is deep and reaching level n costs n. */
static int on_error(lua_State *L)
{
	struct lua_worker *w = worker_of(L);
	lua_Debug ar;

	w->fault = (struct lua_fault){ 0 };
	for (int level = 1; level <= LEVELS_MOST && lua_getstack(L, level, &ar); level++)
		if (!lua_getinfo(L, "Sl", &ar) || !note_frame(w, &ar))
			break;
	return 1;
}

static void call_begin(struct lua_worker *w, int64_t fuel)
{
	w->trip = TRIP_NONE;
	w->id = MSG_none;
	w->fault = (struct lua_fault){ 0 };
	w->memory.too_long = false;
	fuel_begin(w, fuel);
}

int state_call(struct lua_worker *w, lua_CFunction f, const void *arg, int64_t fuel)
{
	lua_settop(w->L, 0);
	w->call = arg;
	call_begin(w, fuel);
	lua_pushcfunction(w->L, on_error);
	lua_pushcfunction(w->L, f);

	int status = lua_pcall(w->L, 0, LUA_MULTRET, 1);

	lua_sethook(w->L, NULL, 0, 0);
	if (w->memory.host_failed && !w->memory.fail_at)
		die_memory();
	return status;
}

/* Reads a known name of this revision, else it is nothing. */
static int on_missing(lua_State *L)
{
	struct lua_worker *w = worker_of(L);

	lua_settop(L, 2);
	lua_rawgeti(L, LUA_REGISTRYINDEX, KEY_REVISIONS);
	lua_rawgeti(L, -1, (lua_Integer)w->revision);
	if (lua_type(L, -1) == LUA_TTABLE) {
		lua_pushvalue(L, 2);
		lua_rawget(L, -2);
		if (!lua_isnil(L, -1))
			return 1;
	}
	return script_error(L, MSG_lua_name, "undeclared name '%s'", luaL_checkstring(L, 2));
}

static int on_assign(lua_State *L)
{
	return script_error(L, MSG_lua_name, "'%s' would be a global name; declare it with 'local'",
			    luaL_checkstring(L, 2));
}

static void new_table_at(lua_State *L, int key)
{
	lua_newtable(L);
	lua_rawseti(L, LUA_REGISTRYINDEX, key);
}

static void new_mark(lua_State *L, int key)
{
	lua_newtable(L);
	lua_pushboolean(L, 0);
	lua_setfield(L, -2, "__metatable");
	lua_rawseti(L, LUA_REGISTRYINDEX, key);
}

/* A library under its name in the globals on top. */
static void add_library(lua_State *L, const char *name, void (*fill)(lua_State *))
{
	lua_newtable(L);
	fill(L);
	freeze_reachable(L);
	lua_setfield(L, -2, name);
}

static void open_globals(lua_State *L)
{
	lua_newtable(L);
	lib_base(L);
	lib_policy(L);
	lib_judge(L);
	lib_text(L);
	add_library(L, "string", lib_string);
	add_library(L, "table", lib_table);
	add_library(L, "math", lib_math);
	lua_newtable(L);
	lua_pushcfunction(L, on_missing);
	lua_setfield(L, -2, "__index");
	lua_setmetatable(L, -2);
	lua_pushvalue(L, -1);
	lua_rawseti(L, LUA_REGISTRYINDEX, KEY_GLOBALS);
	lua_newtable(L); /* the environment: always empty */
	lua_newtable(L);
	lua_pushvalue(L, -3);
	lua_setfield(L, -2, "__index");
	lua_pushcfunction(L, on_assign);
	lua_setfield(L, -2, "__newindex");
	lua_setmetatable(L, -2);
	lua_rawseti(L, LUA_REGISTRYINDEX, KEY_ENV);
	lua_pop(L, 1);
}

static void open_registry(lua_State *L)
{
	new_table_at(L, KEY_REVISIONS);
	new_table_at(L, KEY_EXPRESSIONS);
	new_table_at(L, KEY_UPVALUES);
	lua_newtable(L);
	for (int i = 0; i < LUA_HOOKS; i++) {
		lua_newtable(L);
		lua_rawseti(L, -2, i + 1);
	}
	lua_rawseti(L, LUA_REGISTRYINDEX, KEY_HOOKS);
	new_mark(L, KEY_LIST_MARK);
	new_mark(L, KEY_MAP_MARK);
}

static void set_env(lua_State *L)
{
	lua_rawgeti(L, LUA_REGISTRYINDEX, KEY_ENV);
	if (!lua_setupvalue(L, -2, 1))
		lua_pop(L, 1);
}

/* A module takes the place of no function or library of the sandbox. */
static void check_free(lua_State *L, const struct lua_source *s)
{
	for (size_t i = 0; !s->builtin && lib_name(i); i++)
		if (str_is(s->name, lib_name(i)))
			(void)script_error(L, MSG_lua_source,
					   "a module cannot be called '%s': all code has that name "
					   "already",
					   s->name.p);
}

/* Puts the module on top where code finds it. */
static void add_module(lua_State *L, const struct lua_source *s)
{
	check_free(L, s);
	if (lua_type(L, -1) != LUA_TTABLE)
		(void)script_error(L, MSG_lua_source,
				   "a module returns a table; this one returns a %s",
				   luaL_typename(L, -1));
	freeze_reachable(L);
	if (s->revision) {
		lua_rawgeti(L, LUA_REGISTRYINDEX, KEY_REVISIONS);
		if (lua_rawgeti(L, -1, (lua_Integer)s->revision) != LUA_TTABLE) {
			lua_pop(L, 1);
			lua_newtable(L);
			lua_pushvalue(L, -1);
			lua_rawseti(L, -3, (lua_Integer)s->revision);
		}
	} else {
		lua_rawgeti(L, LUA_REGISTRYINDEX, KEY_GLOBALS);
	}
	lua_pushlstring(L, s->name.p, s->name.n);
	lua_pushvalue(L, 1);
	lua_rawset(L, -3);
}

/* Pushes the source's code. What howdah carries was compiled when it was built, by the library that
 * is linked into it: only such bytes may be taken as code that needs no compiling. */
static int load_source(lua_State *L, const struct file *f, const char *chunk)
{
	if (f->frozen)
		return luaL_loadbufferx(L, (const char *)(f->frozen + 1), f->frozen[0], chunk, "b");
	return luaL_loadbufferx(L, f->text.p, f->text.n, chunk, "t");
}

/* Runs the source that is its argument, protected by run_source. */
static int source_body(lua_State *L)
{
	struct lua_worker *w = worker_of(L);
	const struct lua_source *s = lua_touserdata(L, 1);
	struct buf *name = &w->scratch;

	lua_settop(L, 0);
	if (s->file->text.n > SOURCE_MOST)
		return script_error(L, MSG_lua_source, "is longer than 64 KiB");
	name->n = 0;
	buf_char(name, '=');
	buf_str(name, s->file->name);
	if (load_source(L, s->file, buf_z(name)) != LUA_OK) {
		w->id = MSG_lua_syntax;
		return lua_error(L);
	}
	set_env(L);
	lua_call(L, 0, 1);
	if (s->role == LUA_MODULE)
		add_module(L, s);
	return 0;
}

/* Where a file is wrong that could not even be compiled: Lua says it as "name:line: text". */
static void syntax_place(struct lua_worker *w, const struct lua_source *s)
{
	const char *text = lua_tostring(w->L, -1);
	const char *colon = text ? strstr(text, ": ") : NULL;
	const char *digit = colon;
	struct lua_fault *f = &w->fault;

	f->file = s->file;
	f->line = 1;
	if (w->id != MSG_lua_syntax || !colon)
		return;
	while (digit > text && digit[-1] >= '0' && digit[-1] <= '9')
		digit--;

	uint32_t line = 0;

	for (const char *p = digit; p < colon; p++)
		line = line * 10 + (uint32_t)(*p - '0');
	f->line = line ? line : 1;
	(void)snprintf(f->prefix, sizeof(f->prefix), "%.*s", (int)(colon + 2 - text), text);
}

static void run_source(lua_State *L, const struct lua_source *s)
{
	struct lua_worker *w = worker_of(L);
	int top = lua_gettop(L);

	w->loading = s;
	w->revision = s->revision;
	call_begin(w, FUEL_SOURCE);
	lua_pushcfunction(L, on_error);
	lua_pushcfunction(L, source_body);
	lua_pushlightuserdata(L, lua_address(s));

	int status = lua_pcall(L, 1, 0, top + 1);

	w->loading = NULL;
	if (status != LUA_OK) {
		if (!w->check_diags || w->memory.host_failed)
			(void)lua_error(L);
		if (!w->fault.file)
			syntax_place(w, s);
		(void)report_fault(w, status, w->check_diags, (struct pos){ 0 });
	}
	lua_settop(L, top);
}

static int boot(lua_State *L)
{
	struct lua_worker *w = worker_of(L);

	open_registry(L);
	border_open(L);
	open_globals(L);
	for (size_t i = 0; i < library_sources(w->lib); i++)
		run_source(L, library_source(w->lib, i));
	w->revision = w->job ? w->job->revision : 0;
	return 0;
}

int state_open(struct lua_worker *w)
{
	if (w->L)
		return 0;
	w->memory.used = w->memory.level = 0;
	w->memory.cap = MEMORY_MOST;
	memset(w->registered, 0, sizeof(w->registered));
	w->L = lua_newstate(memory_alloc, &w->memory);
	if (!w->L)
		return -1;
	lua_atpanic(w->L, on_panic);
	memcpy(lua_getextraspace(w->L), &w, sizeof(struct lua_worker *));
	lua_gc(w->L, LUA_GCSTOP);
	if (state_call(w, boot, NULL, FUEL_SOURCE) == LUA_OK)
		return 0;
	state_close(w);
	return -1;
}

void state_close(struct lua_worker *w)
{
	if (w->L)
		lua_close(w->L);
	w->L = NULL;
}

/* What is left of an expression for the reader below: it goes byte by byte, so that the number of
 * bytes read tells where a syntax error is; the expressions that howdah carries have none. */
struct feed {
	struct str part[3];
	size_t at, taken;
	bool whole;
};

static const char *feed_next(lua_State *L, void *ud, size_t *size)
{
	struct feed *f = ud;
	const char *next = NULL;

	(void)L;
	while (f->at < 3 && f->taken == f->part[f->at].n) {
		f->at++;
		f->taken = 0;
	}
	*size = f->at == 3 ? 0 : f->whole ? f->part[f->at].n : 1;
	next = f->at == 3 ? NULL : f->part[f->at].p + f->taken;
	f->taken += *size;
	return next;
}

/* The token that Lua complains about ends at most one byte before the bytes read. */
static size_t feed_offset(const struct feed *f, const char *message)
{
	const char *near = message ? strstr(message, " near '") : NULL;
	size_t n = near && strlen(near) > 8 ? strlen(near) - 8 : 0;

	size_t text = f->part[1].n, read = f->at == 0 ? 0 : f->taken;

	if (f->at > 1)
		read = text + (f->at == 2 ? f->taken : f->part[2].n);
	if (read > text + n + 1)
		return text;
	return read > n + 1 ? read - n - 1 : 0;
}

/* "local a,b=...;return (" in the scratch buffer. */
static struct str expression_head(struct lua_worker *w, const struct lua_expression *e)
{
	struct buf *b = &w->scratch;

	b->n = 0;
	for (size_t i = 0; i < e->n_names; i++) {
		buf_text(b, i ? "," : "local ");
		buf_str(b, e->names[i]);
	}
	buf_text(b, e->n_names ? "=...;return (" : "return (");
	return buf_view(b);
}

int expression_load(lua_State *L, const struct lua_expression *e, size_t *offset)
{
	struct lua_worker *w = worker_of(L);
	struct feed f = { .part = { expression_head(w, e), e->text, { "\n)", 2 } },
			  .whole = e->pos.file && e->pos.file->frozen };

	if (lua_load(L, feed_next, &f, expression_chunk, "t") == LUA_OK) {
		set_env(L);
		return 1;
	}
	*offset = feed_offset(&f, lua_tostring(L, -1));
	w->id = MSG_lua_syntax;
	return lua_error(L);
}
