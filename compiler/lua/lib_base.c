/* SPDX-License-Identifier: Apache-2.0 */
/* lib_base.c: the functions of the sandbox that stand without a library's name. */
#include "lua/state.h"

/* Proxies are tables to scripts. */
static int base_type(lua_State *L)
{
	luaL_checkany(L, 1);
	lua_pushstring(L, border_node(L, 1) ? "table" : luaL_typename(L, 1));
	return 1;
}

/* No text for what has none that is the same in every run, and none for floats. */
static int base_tostring(lua_State *L)
{
	luaL_checkany(L, 1);
	switch (lua_type(L, 1)) {
	case LUA_TSTRING:
		lua_settop(L, 1);
		return 1;
	case LUA_TNUMBER:
		if (!lua_isinteger(L, 1))
			return script_error(
			    L, MSG_lua_value,
			    "tostring: a number that is not whole; use // to divide");
		(void)lua_tolstring(L, lua_gettop(L), NULL);
		return 1;
	case LUA_TBOOLEAN:
		lua_pushstring(L, lua_toboolean(L, 1) ? "true" : "false");
		return 1;
	case LUA_TNIL:
		lua_pushliteral(L, "nil");
		return 1;
	default:
		return luaL_typeerror(L, 1, "string, integer, boolean");
	}
}

/* Whole decimal numbers only; nil for all other text. */
static int base_tonumber(lua_State *L)
{
	int64_t v;

	luaL_checkany(L, 1);
	if (lua_type(L, 1) == LUA_TNUMBER) {
		lua_settop(L, 1);
		return 1;
	}
	if (lua_type(L, 1) == LUA_TSTRING) {
		struct str s;

		s.p = lua_tolstring(L, 1, &s.n);
		if (str_int(s, &v)) {
			lua_pushinteger(L, v);
			return 1;
		}
	}
	lua_pushnil(L);
	return 1;
}

static int base_error(lua_State *L)
{
	(void)luaL_checkstring(L, 1);

	lua_Integer level = luaL_optinteger(L, 2, 1);

	lua_settop(L, 1);
	if (level < 1 || level > 2)
		return lua_error(L);
	luaL_where(L, (int)level);
	lua_insert(L, 1);
	lua_concat(L, 2);
	return lua_error(L);
}

static int base_assert(lua_State *L)
{
	luaL_checkany(L, 1);
	if (lua_toboolean(L, 1))
		return lua_gettop(L);
	return luaL_error(L, "%s", luaL_optstring(L, 2, "assertion failed"));
}

/* A limit that was hit cannot be caught: neither steps nor memory come back. */
static int base_pcall(lua_State *L)
{
	struct lua_worker *w = worker_of(L);

	luaL_checkany(L, 1);

	int status = lua_pcall(L, lua_gettop(L) - 1, LUA_MULTRET, 0);

	if (status == LUA_ERRMEM && w->trip == TRIP_NONE)
		w->trip = TRIP_MEMORY;
	if (w->trip != TRIP_NONE)
		return lua_error(L);
	w->id = MSG_none;
	lua_pushboolean(L, status == LUA_OK);
	lua_insert(L, 1);
	return lua_gettop(L);
}

static int base_select(lua_State *L)
{
	int n = lua_gettop(L);

	if (lua_type(L, 1) == LUA_TSTRING && strcmp(lua_tostring(L, 1), "#") == 0) {
		lua_pushinteger(L, n - 1);
		return 1;
	}

	lua_Integer i = luaL_checkinteger(L, 1);

	luaL_argcheck(L, i >= 1, 1, "must be 1 or more");
	return i < n ? n - (int)i : 0;
}

static int mark(lua_State *L, int key)
{
	luaL_checktype(L, 1, LUA_TTABLE);
	check_own_table(L, 1);
	lua_settop(L, 1);
	lua_rawgeti(L, LUA_REGISTRYINDEX, key);
	lua_setmetatable(L, 1);
	return 1;
}

/* list{...} is the table itself, known as a list even when it is empty. */
static int base_list(lua_State *L)
{
	return mark(L, KEY_LIST_MARK);
}

/* map{...} is the table itself, known as a map even when it is empty. */
static int base_map(lua_State *L)
{
	return mark(L, KEY_MAP_MARK);
}

static int is_kind(lua_State *L, enum kind kind)
{
	luaL_checkany(L, 1);
	lua_pushboolean(L, border_kind(L, 1) == kind);
	return 1;
}

static int base_is_list(lua_State *L)
{
	return is_kind(L, NODE_LIST);
}

static int base_is_map(lua_State *L)
{
	return is_kind(L, NODE_MAP);
}

static const luaL_Reg functions[] = {
	{ "assert", base_assert },     { "error", base_error },
	{ "ipairs", sequence_ipairs }, { "is_list", base_is_list },
	{ "is_map", base_is_map },     { "list", base_list },
	{ "map", base_map },           { "pairs", sequence_pairs },
	{ "pcall", base_pcall },       { "select", base_select },
	{ "tonumber", base_tonumber }, { "tostring", base_tostring },
	{ "type", base_type },         { NULL, NULL },
};

static const char *const others[] = { "string", "table", "math", "rule", "defaults",
				      "test",   "json",  "yaml", "past", "secret_like" };

void lib_base(lua_State *L)
{
	luaL_setfuncs(L, functions, 0);
}

lua_CFunction lib_function(const char *name)
{
	for (const luaL_Reg *f = functions; f->name; f++)
		if (strcmp(f->name, name) == 0)
			return f->func;
	return base_error;
}

const char *lib_name(size_t n)
{
	size_t n_functions = sizeof(functions) / sizeof(*functions) - 1;

	if (n < n_functions)
		return functions[n].name;
	n -= n_functions;
	return n < sizeof(others) / sizeof(*others) ? others[n] : NULL;
}
