/* SPDX-License-Identifier: Apache-2.0 */
/* worker.c: one state, unit after unit: begin, evaluate, end. */
#include "lua/worker.h"

#include <stdlib.h>

#include "base/die.h"
#include "lua/state.h"

struct lua_worker *lua_worker_new(const struct lua_library *lib)
{
	struct lua_worker *w = library_take_spare(lib);

	if (w)
		return w;
	w = calloc(1, sizeof(*w));
	if (!w)
		die_memory();
	w->lib = lib;
	return w;
}

static void destroy(struct lua_worker *w)
{
	state_close(w);
	buf_release(&w->scratch);
	free(w);
}

/* A state whose unit was not ended may have kept something. */
void lua_worker_free(struct lua_worker *w)
{
	if (!w)
		return;
	w->job = NULL;
	w->checking = NULL;
	w->check_diags = NULL;
	if (!w->L || w->ran || w->memory.fail_at || !library_put_spare(w->lib, w))
		destroy(w);
}

void lua_library_close(struct lua_library *lib)
{
	struct lua_worker *w = lib ? library_take_running(lib) : NULL;

	if (w)
		destroy(w);
	w = lib ? library_take_spare(lib) : NULL;
	if (w)
		destroy(w);
}

/* The state of a library that passed its check can only fail to open for want of memory. */
static void need_state(struct lua_worker *w)
{
	if (w->L)
		return;
	if (state_open(w))
		die_memory();
	w->memory.level = w->memory.used;
}

/* A limit was hit: what is left of the state is not trusted. The next use makes a new one. */
static void discard(struct lua_worker *w)
{
	state_close(w);
	w->list = NULL;
}

static int collect(lua_State *L)
{
	lua_gc(L, LUA_GCCOLLECT);
	return 0;
}

/* The collector rests within a unit: it runs here, and when the cap is reached. */
void lua_worker_begin(struct lua_worker *w, const struct lua_job *job)
{
	w->job = job;
	w->revision = job->revision;
	w->list = NULL;
	w->ran = false;
	w->undated = false;
	if (!w->L)
		return;
	if (state_call(w, collect, NULL, FUEL_CALL) != LUA_OK)
		discard(w);
	else
		w->memory.level = w->memory.used;
}

/* Pushes the name of the variable and the place of the function that changed it; nothing when all
 * is as it was. */
static int find_change(lua_State *L)
{
	return freeze_changed(L) ? 2 : 0;
}

static void report_change(struct lua_worker *w)
{
	const char *name = lua_tostring(w->L, -1);
	struct pos pos = { 0 };
	lua_Debug ar;

	lua_pushvalue(w->L, -2);
	if (lua_getinfo(w->L, ">S", &ar)) {
		pos.file = chunk_file(w, ar.source);
		if (pos.file)
			pos = line_pos(pos.file, ar.linedefined > 0 ? (uint32_t)ar.linedefined : 1);
	}
	diag_error(w->job->diags, MSG_lua_state, pos,
		   "'%s' is changed by a function here and keeps its value for the next unit",
		   name);
	if (w->job->what.n)
		diag_note(w->job->diags, w->job->intent, "while compiling %s", w->job->what.p);
}

void lua_worker_forget(struct lua_worker *w)
{
	w->list = NULL;
}

int lua_worker_end(struct lua_worker *w)
{
	int result = 0;

	if (w->L && w->ran) {
		if (state_call(w, find_change, NULL, FUEL_CALL) != LUA_OK) {
			discard(w);
		} else if (lua_gettop(w->L) > 1) {
			report_change(w);
			discard(w);
			result = -1;
		}
	}
	w->job = NULL;
	w->ran = false;
	return result;
}

/* The argument of the functions below. */
struct request {
	int expression;
	const struct node *const *args;
	const struct lua_result *how;
	const struct lua_entry *entry;
	const struct node *record;
	struct node **out;
};

/* Takes the result on top; the origin is everything read since reads number first. */
static void finish(lua_State *L, const struct request *r, size_t first)
{
	struct lua_worker *w = worker_of(L);
	const struct origin *from = w->reads ? reads_origin(w->reads, first, w->job->arena) : NULL;

	*r->out = border_take(L, -1, r->how, from);
}

/* Leaves the function of the expression on top; what its compilation costs does not count. */
static void push_expression(lua_State *L, int e)
{
	struct lua_worker *w = worker_of(L);
	size_t offset = 0;

	lua_rawgeti(L, LUA_REGISTRYINDEX, KEY_EXPRESSIONS);
	if (lua_rawgeti(L, -1, (lua_Integer)e + 1) == LUA_TFUNCTION)
		return;

	size_t used = w->memory.used;
	int64_t fuel = w->memory.fuel;

	lua_pop(L, 1);
	(void)expression_load(L, library_expression(w->lib, (size_t)e), &offset);
	lua_pushvalue(L, -1);
	lua_rawseti(L, -3, (lua_Integer)e + 1);
	if (w->memory.used > used)
		w->memory.level += w->memory.used - used;
	w->memory.fuel = fuel;
}

static int eval(lua_State *L)
{
	struct lua_worker *w = worker_of(L);
	const struct request *r = w->call;
	size_t n = library_expression(w->lib, (size_t)r->expression)->n_names;
	size_t first = w->reads ? w->reads->n : 0;

	push_expression(L, r->expression);
	luaL_checkstack(L, (int)n + 8, "expression");
	for (size_t i = 0; i < n; i++)
		border_push(L, r->args[i]);
	lua_call(L, (int)n, 1);
	finish(L, r, first);
	return 0;
}

bool lua_worker_undated(const struct lua_worker *w)
{
	return w->undated;
}

void worker_push_hook(lua_State *L, const struct lua_entry *e)
{
	lua_rawgeti(L, LUA_REGISTRYINDEX, KEY_HOOKS);
	lua_rawgeti(L, -1, (lua_Integer)e->hook + 1);
	lua_rawgeti(L, -1, (lua_Integer)e->number + 1);
	lua_remove(L, -2);
	lua_remove(L, -2);
}

static int call_entry(lua_State *L)
{
	const struct request *r = worker_of(L)->call;
	size_t first = worker_of(L)->reads ? worker_of(L)->reads->n : 0;

	worker_push_hook(L, r->entry);
	border_push(L, r->record);
	lua_call(L, 1, 1);
	finish(L, r, first);
	return 0;
}

static int run(struct lua_worker *w, lua_CFunction f, const struct request *r, int64_t fuel)
{
	int status;

	need_state(w);
	*r->out = NULL;
	w->ran = true;
	w->reads = r->how->reads;
	status = state_call(w, f, r, fuel);
	w->reads = NULL;
	return status;
}

/* Reports and leaves the state fit for the next call, or none. */
static int fail(struct lua_worker *w, int status, struct pos pos)
{
	(void)report_fault(w, status, w->job->diags, pos);
	if (w->trip != TRIP_NONE || status == LUA_ERRMEM)
		discard(w);
	return -1;
}

int lua_worker_eval(struct lua_worker *w, int e, const struct node *const *args,
		    const struct lua_result *how, struct node **out)
{
	const struct request r = { .expression = e, .args = args, .how = how, .out = out };
	int status = run(w, eval, &r, FUEL_EXPRESSION);

	/* the bracket behind an expression stands on a line of its own, which is not the user's */
	if (str_find(library_expression(w->lib, (size_t)e)->text, '\n') ==
	    library_expression(w->lib, (size_t)e)->text.n)
		w->fault.expression_line = 0;
	return status == LUA_OK ? 0 : fail(w, status, how->pos);
}

/* Lua asks no handler when memory ends: the entry's own place then stands for the line. */
static struct pos fault_pos(const struct lua_worker *w, const struct lua_entry *e)
{
	return w->fault.file ? (struct pos){ 0 } : e->pos;
}

int lua_worker_call(struct lua_worker *w, const struct lua_entry *e, const struct node *record,
		    struct reads *reads, struct node **out)
{
	const struct lua_result how = { .pos = e->pos, .container = true, .reads = reads };
	const struct request r = { .how = &how, .entry = e, .record = record, .out = out };
	int status;

	w->judging = e->hook == LUA_RULE;
	status = run(w, call_entry, &r, FUEL_CALL);
	w->judging = false;
	if (status == LUA_OK)
		return 0;
	(void)fail(w, status, fault_pos(w, e));
	diag_note(w->job->diags, e->pos, "in %s '%s'", e->hook == LUA_RULE ? "rule" : "defaults",
		  e->id.p);
	return -1;
}

static int call_test(lua_State *L)
{
	const struct request *r = worker_of(L)->call;

	worker_push_hook(L, r->entry);
	policy_push_test(L);
	lua_call(L, 1, 0);
	return 0;
}

int lua_worker_test(struct lua_worker *w, size_t i, struct diags *d)
{
	const struct lua_entry *e = lua_library_entry(w->lib, LUA_TEST, i);
	struct arena *a = arena_new();
	const struct lua_result how = { 0 };
	struct node *out;
	const struct request r = { .how = &how, .entry = e, .out = &out };
	size_t errors = diags_errors(d);
	int status;

	w->test_job =
	    (struct lua_job){ .arena = a, .diags = d, .revision = library_revision(w->lib, e) };
	lua_worker_begin(w, &w->test_job);
	status = run(w, call_test, &r, FUEL_CALL);
	w->judging = false;
	if (status != LUA_OK) {
		(void)fail(w, status, fault_pos(w, e));
		diag_note(d, e->pos, "in the test '%s'", e->id.p);
	}
	(void)lua_worker_end(w);
	arena_free(a);
	return diags_errors(d) == errors ? 0 : -1;
}
