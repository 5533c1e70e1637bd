/* SPDX-License-Identifier: Apache-2.0 */
/* freeze.c: what files leave behind can be read by later units, not changed. */
#include "lua/state.h"

/* Keys in the metatable of a frozen table. */
static const char shadow_key = 1, mark_key = 2;

bool freeze_shadow(lua_State *L, int idx)
{
	if (lua_type(L, idx) != LUA_TTABLE || !lua_getmetatable(L, idx))
		return false;
	if (lua_rawgetp(L, -1, &shadow_key) == LUA_TTABLE) {
		lua_remove(L, -2);
		return true;
	}
	lua_pop(L, 2);
	return false;
}

bool freeze_mark(lua_State *L, int idx)
{
	if (lua_type(L, idx) != LUA_TTABLE || !lua_getmetatable(L, idx))
		return false;
	if (lua_rawgetp(L, -1, &shadow_key) == LUA_TNIL) {
		lua_pop(L, 1);
		return true;
	}
	lua_pop(L, 1);
	if (lua_rawgetp(L, -1, &mark_key) == LUA_TTABLE) {
		lua_remove(L, -2);
		return true;
	}
	lua_pop(L, 2);
	return false;
}

static int on_change(lua_State *L)
{
	return script_error(L, MSG_lua_state,
			    "a table that was made while the file was loaded cannot be changed");
}

static int on_length(lua_State *L)
{
	lua_pushinteger(L, sequence_length(L, 1));
	return 1;
}

/* Moves all of the table at from into the one at to. */
static void move_all(lua_State *L, int from, int to)
{
	lua_pushnil(L);
	while (lua_next(L, from)) {
		lua_pushvalue(L, -2);
		lua_insert(L, -2);
		lua_rawset(L, to);
	}
	lua_pushnil(L);
	while (lua_next(L, from)) { /* clearing known fields while walking is allowed */
		lua_pop(L, 1);
		lua_pushvalue(L, -1);
		lua_pushnil(L);
		lua_rawset(L, from);
	}
}

static void set_function(lua_State *L, const char *name, lua_CFunction f)
{
	lua_pushcfunction(L, f);
	lua_setfield(L, -2, name);
}

/* Freezes the table on top, which is not frozen yet; pushes its shadow. */
static void freeze_table(lua_State *L)
{
	int table = lua_gettop(L);

	lua_newtable(L);
	move_all(L, table, table + 1);
	lua_newtable(L);
	if (lua_getmetatable(L, table)) /* made by list{} or map{} */
		lua_rawsetp(L, -2, &mark_key);
	lua_pushvalue(L, table + 1);
	lua_setfield(L, -2, "__index");
	lua_pushvalue(L, table + 1);
	lua_rawsetp(L, -2, &shadow_key);
	set_function(L, "__newindex", on_change);
	set_function(L, "__len", on_length);
	lua_pushboolean(L, 0);
	lua_setfield(L, -2, "__metatable");
	lua_setmetatable(L, table);
}

/* Appends the value on top (popped) to the list at idx when it may lead further. */
static void enqueue(lua_State *L, int queue)
{
	int type = lua_type(L, -1);

	if (type == LUA_TTABLE || type == LUA_TFUNCTION)
		lua_rawseti(L, queue, (lua_Integer)lua_rawlen(L, queue) + 1);
	else
		lua_pop(L, 1);
}

static void enqueue_all(lua_State *L, int queue, int table)
{
	lua_pushnil(L);
	while (lua_next(L, table)) {
		enqueue(L, queue);
		lua_pushvalue(L, -1);
		enqueue(L, queue);
	}
}

/* Notes upvalue i of the function at f, its value is on top (popped); each variable once, however
 * many functions share it. */
static void note_upvalue(lua_State *L, int f, int i)
{
	lua_rawgeti(L, LUA_REGISTRYINDEX, KEY_UPVALUES);

	int list = lua_gettop(L);
	const void *id = lua_upvalueid(L, f, i);

	if (lua_rawgetp(L, list, id) == LUA_TNIL) {
		lua_Integer n = (lua_Integer)lua_rawlen(L, list);

		lua_pushboolean(L, 1);
		lua_rawsetp(L, list, id);
		lua_pushvalue(L, f);
		lua_rawseti(L, list, n + 1);
		lua_pushinteger(L, i);
		lua_rawseti(L, list, n + 2);
		lua_pushvalue(L, list - 1);
		if (lua_isnil(L, -1)) { /* a nil would be a hole in the list */
			lua_pop(L, 1);
			lua_pushlightuserdata(L, lua_address(&shadow_key));
		}
		lua_rawseti(L, list, n + 3);
	}
	lua_settop(L, list - 2);
}

static void visit_function(lua_State *L, int queue, int f)
{
	if (lua_iscfunction(L, f))
		return;
	for (int i = 1; lua_getupvalue(L, f, i); i++) {
		lua_pushvalue(L, -1);
		enqueue(L, queue);
		note_upvalue(L, f, i);
	}
}

/* Visits the value on top (popped) once. */
static void visit(lua_State *L, int queue, int seen)
{
	int value = lua_gettop(L);

	lua_pushvalue(L, value);
	if (lua_rawget(L, seen) == LUA_TNIL) {
		lua_pushvalue(L, value);
		lua_pushboolean(L, 1);
		lua_rawset(L, seen);
		lua_settop(L, value);
		if (lua_type(L, value) == LUA_TFUNCTION) {
			visit_function(L, queue, value);
		} else if (!freeze_shadow(L, value)) {
			freeze_table(L);
			enqueue_all(L, queue, value + 1);
		}
	}
	lua_settop(L, value - 1);
}

/* The environment is the one table that is neither frozen nor to be frozen. */
void freeze_reachable(lua_State *L)
{
	int top = lua_gettop(L);

	lua_newtable(L); /* queue: a chain of tables may be longer than the C stack is deep */
	lua_newtable(L); /* seen */
	lua_rawgeti(L, LUA_REGISTRYINDEX, KEY_ENV);
	if (!lua_isnil(L, -1)) {
		lua_pushboolean(L, 1);
		lua_rawset(L, top + 2);
	}
	lua_settop(L, top + 2);
	lua_pushvalue(L, top);
	enqueue(L, top + 1);
	for (lua_Integer i = 1; lua_rawgeti(L, top + 1, i) != LUA_TNIL; i++)
		visit(L, top + 1, top + 2);
	lua_settop(L, top);
}

/* Tells 0.0 from -0.0 and finds NaN equal to itself. */
static uint64_t bits_of(lua_Number x)
{
	uint64_t bits;

	memcpy(&bits, &x, sizeof(bits));
	return bits;
}

/* The values at a and b are the same, bit by bit. */
static bool same(lua_State *L, int a, int b)
{
	if (lua_isnil(L, a))
		return lua_touserdata(L, b) == (const void *)&shadow_key;
	if (lua_type(L, a) != lua_type(L, b) || lua_isinteger(L, a) != lua_isinteger(L, b))
		return false;
	if (lua_type(L, a) == LUA_TNUMBER && !lua_isinteger(L, a)) {
		lua_Number x = lua_tonumber(L, a), y = lua_tonumber(L, b);

		return bits_of(x) == bits_of(y);
	}
	return lua_rawequal(L, a, b) != 0;
}

bool freeze_changed(lua_State *L)
{
	lua_rawgeti(L, LUA_REGISTRYINDEX, KEY_UPVALUES);

	int list = lua_gettop(L);

	for (lua_Integer i = 1; lua_rawgeti(L, list, i) != LUA_TNIL; i += 3) {
		lua_rawgeti(L, list, i + 1);

		const char *name = lua_getupvalue(L, list + 1, (int)lua_tointeger(L, list + 2));

		lua_rawgeti(L, list, i + 2);
		if (!same(L, list + 3, list + 4)) {
			lua_settop(L, list + 1);
			lua_pushstring(L, name);
			return true;
		}
		lua_settop(L, list);
	}
	lua_settop(L, list - 1);
	return false;
}
