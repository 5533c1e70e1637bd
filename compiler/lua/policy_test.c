/* SPDX-License-Identifier: Apache-2.0 */
/* policy_test.c: what a test can ask: t.equal, t.ok, t.fails; of rules t.passes, t.denies, t.warns;
 * of defaults t.sets. */
#include "lua/finding.h"
#include "lua/state.h"
#include "tree/print.h"

/* What t.equal compares and prints: the value as a tree; a bare {} may mean list or map. */
static const struct node *as_node(lua_State *L, int idx)
{
	const struct lua_result how = { .loose = true };
	const struct node *n = border_take(L, idx, &how, NULL);

	return n ? n : node_new(worker_of(L)->job->arena, NODE_NULL, (struct pos){ 0 });
}

static int compare(lua_State *L, int got_at, int want_at)
{
	struct arena *a = worker_of(L)->job->arena;
	const struct node *got = as_node(L, got_at), *want = as_node(L, want_at);

	if (node_eq(got, want))
		return 0;
	return script_error(L, MSG_lua_test, "got %s, want %s", print_node_inline(a, got).p,
			    print_node_inline(a, want).p);
}

static int test_equal(lua_State *L)
{
	luaL_argcheck(L, lua_gettop(L) == 2, 2, "equal takes what was got and what is wanted");
	return compare(L, 1, 2);
}

static int test_ok(lua_State *L)
{
	if (lua_toboolean(L, 1))
		return 0;
	return script_error(L, MSG_lua_test, "%s",
			    luaL_optstring(L, 2, "the condition is not true"));
}

/* t.fails(f [, part]): f raises an error whose text holds part. */
static int test_fails(lua_State *L)
{
	const char *part = luaL_optstring(L, 2, "");
	int status;

	luaL_checktype(L, 1, LUA_TFUNCTION);
	lua_pushvalue(L, 1);
	status = lua_pcall(L, 0, 0, 0);
	if (worker_of(L)->trip != TRIP_NONE || status == LUA_ERRMEM)
		return lua_error(L);
	worker_of(L)->id = MSG_none;
	if (status == LUA_OK)
		return script_error(L, MSG_lua_test, "no error was raised");
	if (lua_type(L, -1) != LUA_TSTRING || !strstr(lua_tostring(L, -1), part))
		return script_error(
		    L, MSG_lua_test, "the error is '%s', not one with '%s'",
		    lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "no text", part);
	return 0;
}

static const struct lua_entry *entry_named(lua_State *L, enum lua_hook hook, const char *id)
{
	const struct lua_library *lib = worker_of(L)->lib;

	for (size_t i = 0; i < lua_library_count(lib, hook); i++)
		if (str_is(lua_library_entry(lib, hook, i)->id, id))
			return lua_library_entry(lib, hook, i);
	(void)script_error(L, MSG_lua_test, "there is no %s '%s'",
			   hook == LUA_RULE ? "rule" : "defaults", id);
	return NULL;
}

/* Calls the function of the entry whose id is argument 1 with argument 2; leaves its result. */
static const struct lua_entry *call_named(lua_State *L, enum lua_hook hook)
{
	struct lua_worker *w = worker_of(L);
	const struct lua_entry *e = entry_named(L, hook, luaL_checkstring(L, 1));

	check_container(L, 2);
	worker_push_hook(L, e);
	lua_pushvalue(L, 2);
	w->judging = hook == LUA_RULE;
	lua_call(L, 1, 1);
	w->judging = false;
	return e;
}

/* The first finding of that severity; counts all findings into *n. */
static struct finding first_finding(lua_State *L, const struct lua_entry *e, bool deny, size_t *n)
{
	const struct lua_result how = { .container = true };
	const struct node *out = border_take(L, -1, &how, NULL);
	struct finding f, found = { .message = { "", 0 } };
	const char *why = NULL;
	int rc = 0;

	for (*n = 0; (rc = finding_read(e, out, *n, &f, &why)) > 0; ++*n)
		if (f.deny == deny && !found.message.n)
			found = f;
	if (rc < 0)
		(void)script_error(L, MSG_lua_test, "%s", why);
	return found;
}

/* t.passes(id, c): the rule has nothing to say. */
static int test_passes(lua_State *L)
{
	const struct lua_entry *e = call_named(L, LUA_RULE);
	size_t n = 0;
	struct finding f = first_finding(L, e, true, &n);

	if (!f.message.n)
		f = first_finding(L, e, false, &n);
	if (!n)
		return 0;
	return script_error(L, MSG_lua_test, "rule '%s' says: %s", e->id.p, f.message.p);
}

static int finds(lua_State *L, bool deny)
{
	const char *part = luaL_optstring(L, 3, "");
	const struct lua_entry *e = call_named(L, LUA_RULE);
	size_t n = 0;
	struct finding f = first_finding(L, e, deny, &n);

	if (!f.message.n)
		return script_error(L, MSG_lua_test, "rule '%s' does not %s", e->id.p,
				    deny ? "deny" : "warn");
	if (!strstr(f.message.p, part))
		return script_error(L, MSG_lua_test, "rule '%s' says '%s', which has no '%s'",
				    e->id.p, f.message.p, part);
	return 0;
}

/* t.denies(id, c [, part]): the rule denies, in a message that holds part. */
static int test_denies(lua_State *L)
{
	return finds(L, true);
}

/* t.warns(id, c [, part]): the rule warns, in a message that holds part. */
static int test_warns(lua_State *L)
{
	return finds(L, false);
}

/* t.sets(id, spec, want): the defaults block returns want. */
static int test_sets(lua_State *L)
{
	(void)call_named(L, LUA_DEFAULTS);
	return compare(L, lua_gettop(L), 3);
}

/* t.on(date): the day by which past() judges from here on. */
static int test_on(lua_State *L)
{
	struct lua_worker *w = worker_of(L);
	struct str day;

	day.p = luaL_checklstring(L, 1, &day.n);
	w->test_job.as_of = arena_str(w->job->arena, day);
	return 0;
}

void policy_push_test(lua_State *L)
{
	static const luaL_Reg functions[] = {
		{ "denies", test_denies }, { "equal", test_equal }, { "fails", test_fails },
		{ "ok", test_ok },         { "on", test_on },       { "passes", test_passes },
		{ "sets", test_sets },     { "warns", test_warns }, { NULL, NULL }
	};

	lua_newtable(L);
	luaL_setfuncs(L, functions, 0);
}
