/* SPDX-License-Identifier: Apache-2.0 */
/* reach.c: the list of everything that code in the sandbox can get hold of. */
#include "lua/state.h"

/* A walk over values; the table at index 1 holds those seen. */
struct reach {
	struct buf *out;
	struct buf path;
};

static void walk(lua_State *L, struct reach *r);

static void walk_named(lua_State *L, struct reach *r, const char *joint, const char *name)
{
	size_t n = r->path.n;

	if (n)
		buf_text(&r->path, joint);
	buf_text(&r->path, name);
	walk(L, r);
	r->path.n = n;
}

/* Fields of the table on top in the order of their names; all names are texts here. */
static void walk_fields(lua_State *L, struct reach *r)
{
	int table = lua_gettop(L);

	lua_pushcfunction(L, sequence_pairs);
	lua_pushvalue(L, table);
	lua_call(L, 1, 1);
	for (;;) {
		lua_pushvalue(L, table + 1);
		lua_call(L, 0, 2);
		if (lua_isnil(L, table + 2))
			break;
		lua_pushvalue(L, table + 2);
		lua_insert(L, table + 3);
		walk_named(L, r, ".", lua_tostring(L, table + 3));
		lua_settop(L, table + 1);
	}
	lua_settop(L, table);
}

static void walk_upvalues(lua_State *L, struct reach *r)
{
	int f = lua_gettop(L);

	for (int i = 1;; i++) {
		const char *name = lua_getupvalue(L, f, i);

		if (!name)
			break;
		walk_named(L, r, " ^", *name ? name : "?");
		lua_settop(L, f);
	}
}

static void walk_meta(lua_State *L, struct reach *r)
{
	if (!lua_getmetatable(L, -1))
		return;
	if (lua_getfield(L, -1, "__index") != LUA_TNIL)
		walk_named(L, r, " ", "[index]");
	lua_pop(L, 1);
	if (lua_getfield(L, -1, "__gc") != LUA_TNIL)
		walk_named(L, r, " ", "[finalizer]");
	lua_pop(L, 1);
	if (lua_getfield(L, -1, "__metatable") != LUA_TBOOLEAN)
		walk_named(L, r, " ", "[metatable]");
	lua_pop(L, 2);
}

/* Lists the value on top and what is behind it. */
static void walk(lua_State *L, struct reach *r)
{
	int top = lua_gettop(L), type = lua_type(L, top);

	buf_put(r->out, r->path.p, r->path.n);
	lua_pushvalue(L, top);
	if (lua_rawget(L, 1) != LUA_TNIL) {
		buf_fmt(r->out, ": %s\n", lua_tostring(L, -1));
		lua_settop(L, top);
		return;
	}
	lua_settop(L, top);
	buf_fmt(r->out, ": %s\n", luaL_typename(L, top));
	if (type == LUA_TTABLE || type == LUA_TFUNCTION) {
		lua_pushvalue(L, top);
		lua_pushfstring(L, "as %s", buf_z(&r->path));
		lua_rawset(L, 1);
	}
	if (type == LUA_TTABLE)
		walk_fields(L, r);
	if (type == LUA_TFUNCTION)
		walk_upvalues(L, r);
	walk_meta(L, r);
	lua_settop(L, top);
}

static int reach(lua_State *L)
{
	struct reach *r;

	memcpy(&r, &worker_of(L)->call, sizeof(struct reach *));
	lua_newtable(L);
	lua_rawgeti(L, LUA_REGISTRYINDEX, KEY_GLOBALS);
	walk_fields(L, r);
	lua_settop(L, 1);
	lua_pushliteral(L, "");
	walk_named(L, r, "", "(text)");
	lua_settop(L, 1);
	lua_pushlightuserdata(L, NULL);
	walk_named(L, r, "", "(proxy)");
	lua_settop(L, 1);
	lua_pushcfunction(L, lib_function("error"));
	lua_pushliteral(L, "oops");
	(void)lua_pcall(L, 1, 0, 0);
	walk_named(L, r, "", "(error)");
	return 0;
}

int lua_worker_reach(struct lua_worker *w, struct buf *out)
{
	struct reach r = { .out = out };
	int result = state_open(w);

	if (result == 0 && state_call(w, reach, &r, FUEL_CALL) != LUA_OK)
		result = -1;
	buf_release(&r.path);
	return result;
}
