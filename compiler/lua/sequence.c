/* SPDX-License-Identifier: Apache-2.0 */
/* sequence.c: tables, frozen tables and proxies look alike; iteration has one order. */
#include <stdlib.h>

#include "lua/state.h"

void check_container(lua_State *L, int arg)
{
	if (lua_type(L, arg) != LUA_TTABLE && !border_node(L, arg))
		(void)luaL_typeerror(L, arg, "table");
}

void check_own_table(lua_State *L, int arg)
{
	luaL_checktype(L, arg, LUA_TTABLE);
	if (!freeze_shadow(L, arg))
		return;
	(void)script_error(L, MSG_lua_state,
			   "a table that was made while the file was loaded cannot be changed");
}

lua_Integer sequence_length(lua_State *L, int arg)
{
	const struct node *n = border_node(L, arg);

	if (n)
		return n->kind == NODE_LIST ? (lua_Integer)node_count(n) : 0;
	if (!freeze_shadow(L, arg))
		return (lua_Integer)lua_rawlen(L, arg);

	lua_Integer length = (lua_Integer)lua_rawlen(L, -1);

	lua_pop(L, 1);
	return length;
}

void sequence_get(lua_State *L, int arg, lua_Integer i)
{
	const struct node *n = border_node(L, arg);

	if (n)
		border_push(L, border_item(worker_of(L), n, i));
	else if (freeze_shadow(L, arg)) {
		lua_rawgeti(L, -1, i);
		lua_remove(L, -2);
	} else {
		lua_rawgeti(L, arg, i);
	}
}

/* The key at idx is an integer or a text; others have no order. */
static void check_key(lua_State *L, int idx)
{
	int type = lua_type(L, idx);

	if (type != LUA_TSTRING && !lua_isinteger(L, idx))
		(void)luaL_error(L, "pairs: a key is a %s; only texts and integers have an order",
				 luaL_typename(L, idx));
}

/* A key while it is sorted; place is where the snapshot has it. */
struct sort_key {
	bool number;
	lua_Integer num;
	struct str text;
	lua_Integer place;
};

static int by_key(const void *a, const void *b)
{
	const struct sort_key *x = a, *y = b;

	if (x->number != y->number)
		return x->number ? -1 : 1;
	if (x->number)
		return (x->num > y->num) - (x->num < y->num);
	return str_cmp(x->text, y->text);
}

static size_t count_keys(lua_State *L, int table)
{
	size_t n = 0;

	lua_pushnil(L);
	while (lua_next(L, table)) {
		lua_pop(L, 1);
		check_key(L, -1);
		n++;
	}
	return n;
}

static void read_key(lua_State *L, int idx, struct sort_key *k)
{
	k->number = lua_isinteger(L, idx);
	if (k->number)
		k->num = lua_tointeger(L, idx);
	else
		k->text.p = lua_tolstring(L, idx, &k->text.n);
}

/* Pushes the sorted list of the keys of the table at idx. The array is a userdata, so that an error
 * on the way leaks nothing. */
static void push_keys(lua_State *L, int table)
{
	size_t n = count_keys(L, table), i = 0;

	fuel_pay(L, n + 1);

	struct sort_key *keys = lua_newuserdatauv(L, (n + 1) * sizeof(struct sort_key), 0);

	lua_createtable(L, (int)n, 0);
	lua_pushnil(L);
	while (lua_next(L, table)) {
		lua_pop(L, 1);
		read_key(L, -1, &keys[i]);
		i++;
	}
	qsort(keys, n, sizeof(*keys), by_key);
	for (i = 0; i < n; i++) {
		if (keys[i].number)
			lua_pushinteger(L, keys[i].num);
		else
			lua_pushlstring(L, keys[i].text.p, keys[i].text.n);
		lua_rawseti(L, -2, (lua_Integer)i + 1);
	}
	lua_remove(L, -2);
}

/* Upvalues: list of keys, table, number of the last key. */
static int table_next(lua_State *L)
{
	lua_Integer i = lua_tointeger(L, lua_upvalueindex(3));

	do {
		lua_settop(L, 0);
		if (lua_rawgeti(L, lua_upvalueindex(1), ++i) == LUA_TNIL)
			return 1;
		lua_pushvalue(L, 1);
		lua_rawget(L, lua_upvalueindex(2));
	} while (lua_isnil(L, 2)); /* removed since */
	lua_pushinteger(L, i);
	lua_replace(L, lua_upvalueindex(3));
	return 2;
}

/* Upvalues: list of kids, number of the last one. */
static int map_next(lua_State *L)
{
	lua_Integer i = lua_tointeger(L, lua_upvalueindex(2)) + 1;

	lua_pushinteger(L, i);
	lua_replace(L, lua_upvalueindex(2));
	if (lua_rawgeti(L, lua_upvalueindex(1), i) == LUA_TNIL)
		return 1;

	const struct node *kid = lua_touserdata(L, -1);

	lua_pushlstring(L, kid->key.p, kid->key.n);
	border_push(L, kid);
	return 2;
}

static int list_next(lua_State *L)
{
	lua_Integer i = luaL_checkinteger(L, 2) + 1;
	const struct node *list = border_node(L, 1);

	if (!list)
		return luaL_typeerror(L, 1, "table");

	const struct node *kid = border_item(worker_of(L), list, i);

	if (!kid)
		return 0;
	lua_pushinteger(L, i);
	border_push(L, kid);
	return 2;
}

static int by_kid(const void *a, const void *b)
{
	return str_cmp((*(const struct node *const *)a)->key,
		       (*(const struct node *const *)b)->key);
}

static void push_kids(lua_State *L, const struct node *map)
{
	size_t n = node_count(map), i = 0;

	fuel_pay(L, n + 1);

	const struct node **kids = lua_newuserdatauv(L, (n + 1) * sizeof(struct node *), 0);

	node_each(kid, map) kids[i++] = kid;
	qsort(kids, n, sizeof(*kids), by_kid);
	lua_createtable(L, (int)n, 0);
	for (i = 0; i < n; i++) {
		lua_pushlightuserdata(L, lua_address(kids[i]));
		lua_rawseti(L, -2, (lua_Integer)i + 1);
	}
	lua_remove(L, -2);
}

int sequence_pairs(lua_State *L)
{
	const struct node *n = border_node(L, 1);

	check_container(L, 1);
	lua_settop(L, 1);
	if (n && n->kind == NODE_LIST) {
		lua_pushcfunction(L, list_next);
		lua_pushvalue(L, 1);
		lua_pushinteger(L, 0);
		return 3;
	}
	if (n) {
		push_kids(L, n);
		lua_pushinteger(L, 0);
		lua_pushcclosure(L, map_next, 2);
		return 1;
	}
	if (!freeze_shadow(L, 1))
		lua_pushvalue(L, 1);
	push_keys(L, 2);
	lua_insert(L, 2);
	lua_pushinteger(L, 0);
	lua_pushcclosure(L, table_next, 3);
	return 1;
}

static int sequence_next(lua_State *L)
{
	lua_Integer i = luaL_checkinteger(L, 2) + 1;

	check_container(L, 1);
	lua_pushinteger(L, i);
	sequence_get(L, 1, i);
	return lua_isnil(L, -1) ? 1 : 2;
}

int sequence_ipairs(lua_State *L)
{
	check_container(L, 1);
	lua_pushcfunction(L, sequence_next);
	lua_pushvalue(L, 1);
	lua_pushinteger(L, 0);
	return 3;
}
