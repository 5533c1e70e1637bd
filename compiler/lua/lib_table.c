/* SPDX-License-Identifier: Apache-2.0 */
/* lib_table.c: the libraries table and math; every function pays for the elements it touches. */
#include "lua/state.h"

static void pay_elements(lua_State *L, lua_Integer n)
{
	fuel_pay(L, n > 0 ? (size_t)n + 1 : 1);
}

static int table_insert(lua_State *L)
{
	lua_Integer n, at;

	check_own_table(L, 1);
	n = sequence_length(L, 1);
	if (lua_gettop(L) == 2) {
		pay_elements(L, 0);
		lua_rawseti(L, 1, n + 1);
		return 0;
	}
	luaL_argcheck(L, lua_gettop(L) == 3, 2, "insert takes a table, a place and a value");
	at = luaL_checkinteger(L, 2);
	luaL_argcheck(L, at >= 1 && at <= n + 1, 2, "no such place");
	pay_elements(L, n - at);
	for (lua_Integer i = n; i >= at; i--) {
		lua_rawgeti(L, 1, i);
		lua_rawseti(L, 1, i + 1);
	}
	lua_rawseti(L, 1, at);
	return 0;
}

static int table_remove(lua_State *L)
{
	lua_Integer n, at;

	check_own_table(L, 1);
	n = sequence_length(L, 1);
	at = luaL_optinteger(L, 2, n);
	if (n == 0) {
		lua_pushnil(L);
		return 1;
	}
	luaL_argcheck(L, at >= 1 && at <= n, 2, "no such place");
	pay_elements(L, n - at);
	lua_rawgeti(L, 1, at);
	for (lua_Integer i = at; i < n; i++) {
		lua_rawgeti(L, 1, i + 1);
		lua_rawseti(L, 1, i);
	}
	lua_pushnil(L);
	lua_rawseti(L, 1, n);
	return 1;
}

static void put_element(lua_State *L, struct buf *b, lua_Integer i)
{
	struct str s;

	if (lua_type(L, -1) != LUA_TSTRING && !lua_isinteger(L, -1))
		(void)luaL_error(L, "concat: item %I is a %s, not a text or integer", i,
				 luaL_typename(L, -1));
	s.p = lua_tolstring(L, -1, &s.n);
	buf_str(b, s);
	fuel_pay(L, s.n / FUEL_BYTES + 1);
	if (b->n > TEXT_MOST)
		(void)script_error(L, MSG_lua_memory, "makes a text of more than 256 KiB");
}

static int table_concat(lua_State *L)
{
	struct buf *b = &worker_of(L)->scratch;
	struct str sep = { "", 0 };
	lua_Integer n;

	check_container(L, 1);
	sep.p = luaL_optlstring(L, 2, "", &sep.n);
	n = sequence_length(L, 1);
	b->n = 0;
	for (lua_Integer i = 1; i <= n; i++) {
		if (i > 1)
			buf_str(b, sep);
		sequence_get(L, 1, i);
		put_element(L, b, i);
		lua_pop(L, 1);
	}
	lua_pushlstring(L, b->n ? b->p : "", b->n);
	return 1;
}

enum { UNPACK_MOST = 200 };

static int table_unpack(lua_State *L)
{
	lua_Integer n;

	check_container(L, 1);
	n = sequence_length(L, 1);
	if (n > UNPACK_MOST)
		return luaL_error(L, "unpack: more than %d items", UNPACK_MOST);
	luaL_checkstack(L, (int)n + 1, "unpack");
	pay_elements(L, n);
	for (lua_Integer i = 1; i <= n; i++)
		sequence_get(L, 1, i);
	return (int)n;
}

/* Calls the comparator at index 2 with the values at a and b. */
static bool ordered_by(lua_State *L, int a, int b)
{
	bool less;

	lua_pushvalue(L, 2);
	lua_pushvalue(L, a);
	lua_pushvalue(L, b);
	lua_call(L, 2, 1);
	if (!lua_isboolean(L, -1))
		(void)luaL_error(L, "sort: the order function returns a %s, not true or false",
				 luaL_typename(L, -1));
	less = lua_toboolean(L, -1);
	lua_pop(L, 1);
	return less;
}

/* The value at b belongs before the one at a. An order that says both ways is none. */
static bool before(lua_State *L, int b, int a)
{
	fuel_pay(L, 1);
	if (lua_isnil(L, 2))
		return lua_compare(L, b, a, LUA_OPLT);
	if (!ordered_by(L, b, a))
		return false;
	if (ordered_by(L, a, b))
		(void)luaL_error(L, "sort: the order function says both a < b and b < a");
	return true;
}

/* Merges [low, mid) and [mid, high) of the table at from into the one at to. */
static void merge(lua_State *L, int from, int to, const lua_Integer cut[3])
{
	lua_Integer i = cut[0], j = cut[1], top = lua_gettop(L);

	for (lua_Integer k = cut[0]; k < cut[2]; k++) {
		bool right = i == cut[1];

		if (!right && j < cut[2]) {
			lua_rawgeti(L, from, i);
			lua_rawgeti(L, from, j);
			right = before(L, (int)top + 2, (int)top + 1);
			lua_settop(L, (int)top);
		}
		lua_rawgeti(L, from, right ? j++ : i++);
		lua_rawseti(L, to, k);
	}
}

/* A stable merge sort, so that equal items and bad order functions have one outcome. */
static int table_sort(lua_State *L)
{
	lua_Integer n;
	int from = 1, to = 3;

	check_own_table(L, 1);
	lua_settop(L, 2);
	if (!lua_isnil(L, 2))
		luaL_checktype(L, 2, LUA_TFUNCTION);
	n = sequence_length(L, 1);
	pay_elements(L, n);
	lua_createtable(L, (int)n, 0);
	for (lua_Integer width = 1; width < n; width *= 2) {
		for (lua_Integer low = 1; low <= n; low += 2 * width) {
			lua_Integer mid = low + width, high = mid + width;
			const lua_Integer cut[3] = { low, mid > n + 1 ? n + 1 : mid,
						     high > n + 1 ? n + 1 : high };

			merge(L, from, to, cut);
		}
		from = 4 - from;
		to = 4 - to;
	}
	for (lua_Integer i = 1; from == 3 && i <= n; i++) {
		lua_rawgeti(L, 3, i);
		lua_rawseti(L, 1, i);
	}
	return 0;
}

static int best(lua_State *L, int op_first, int op_second)
{
	int n = lua_gettop(L), at = 1;

	(void)luaL_checknumber(L, 1);
	for (int i = 2; i <= n; i++) {
		(void)luaL_checknumber(L, i);
		if (lua_compare(L, op_first ? i : at, op_second ? i : at, LUA_OPLT))
			at = i;
	}
	lua_pushvalue(L, at);
	return 1;
}

static int math_max(lua_State *L)
{
	return best(L, 0, 1);
}

static int math_min(lua_State *L)
{
	return best(L, 1, 0);
}

static int math_abs(lua_State *L)
{
	lua_Integer v = luaL_checkinteger(L, 1);

	lua_pushinteger(L, v < 0 ? (lua_Integer)(0 - (lua_Unsigned)v) : v);
	return 1;
}

static const luaL_Reg table_functions[] = {
	{ "concat", table_concat }, { "insert", table_insert }, { "remove", table_remove },
	{ "sort", table_sort },     { "unpack", table_unpack }, { NULL, NULL },
};

static const luaL_Reg math_functions[] = {
	{ "abs", math_abs }, { "max", math_max }, { "min", math_min }, { NULL, NULL }
};

void lib_table(lua_State *L)
{
	luaL_setfuncs(L, table_functions, 0);
}

void lib_math(lua_State *L)
{
	luaL_setfuncs(L, math_functions, 0);
	lua_pushinteger(L, LUA_MAXINTEGER);
	lua_setfield(L, -2, "maxinteger");
	lua_pushinteger(L, LUA_MININTEGER);
	lua_setfield(L, -2, "mininteger");
}
