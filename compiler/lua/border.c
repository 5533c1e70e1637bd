/* SPDX-License-Identifier: Apache-2.0 */
/* border.c: the one place where values enter and leave Lua: scalars as copies, lists and maps in as
 * read-only proxies that note what is read, out as fresh nodes. */
#include <stdlib.h>

#include "lua/state.h"

/* A proxy is a light userdata: the node's address. Scripts cannot make one, and no proxy outlives
 * its unit, since nothing does. */
const struct node *border_node(lua_State *L, int idx)
{
	return lua_islightuserdata(L, idx) ? lua_touserdata(L, idx) : NULL;
}

void border_push(lua_State *L, const struct node *n)
{
	struct lua_worker *w = worker_of(L);

	if (!n || n->kind == NODE_NULL) {
		lua_pushnil(L);
		return;
	}
	if (n->kind == NODE_LIST || n->kind == NODE_MAP) {
		lua_pushlightuserdata(L, lua_address(n));
		return;
	}
	if (w->reads)
		reads_add(w->reads, n);
	if (n->kind == NODE_BOOL)
		lua_pushboolean(L, n->flag);
	else if (n->kind == NODE_INT)
		lua_pushinteger(L, n->num);
	else
		lua_pushlstring(L, n->text.p, n->text.n);
}

const struct node *border_item(struct lua_worker *w, const struct node *list, lua_Integer i)
{
	const struct node *kid = list->kids;
	size_t place = 1;

	if (list->kind != NODE_LIST || i < 1)
		return NULL;
	if (w->list == list && w->place <= (size_t)i) {
		kid = w->kid;
		place = w->place;
	}
	for (; kid && place < (size_t)i; place++) {
		kid = kid->next;
		w->memory.fuel--;
	}
	if (kid) {
		w->list = list;
		w->kid = kid;
		w->place = (size_t)i;
	}
	return kid;
}

static int proxy_index(lua_State *L)
{
	const struct node *n = border_node(L, 1);
	struct str key;

	fuel_pay(L, 1);
	if (!n)
		return luaL_typeerror(L, 1, "table");
	if (n->kind == NODE_LIST) {
		if (!lua_isinteger(L, 2))
			return luaL_error(L,
					  "a list has no field '%s'; its items are [1], [2], ...",
					  lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "?");
		border_push(L, border_item(worker_of(L), n, lua_tointeger(L, 2)));
		return 1;
	}
	if (lua_type(L, 2) != LUA_TSTRING) {
		lua_pushnil(L);
		return 1;
	}
	key.p = lua_tolstring(L, 2, &key.n);
	border_push(L, node_get(n, key));
	return 1;
}

static int proxy_change(lua_State *L)
{
	return script_error(L, MSG_lua_value,
			    "values of the record cannot be changed; make a new one");
}

static int proxy_length(lua_State *L)
{
	lua_Integer n = sequence_length(L, 1);

	fuel_pay(L, (size_t)n + 1);
	lua_pushinteger(L, n);
	return 1;
}

void border_open(lua_State *L)
{
	static const luaL_Reg methods[] = { { "__index", proxy_index },
					    { "__newindex", proxy_change },
					    { "__len", proxy_length },
					    { NULL, NULL } };

	lua_pushlightuserdata(L, NULL);
	lua_newtable(L);
	luaL_setfuncs(L, methods, 0);
	lua_pushboolean(L, 0);
	lua_setfield(L, -2, "__metatable");
	lua_setmetatable(L, -2);
	lua_pop(L, 1);
}

/* Which kind a table is by its mark (its metatable's or, when frozen, the noted one). */
static bool has_mark(lua_State *L, int idx, int key)
{
	bool marked = false;

	if (!freeze_mark(L, idx))
		return false;
	lua_rawgeti(L, LUA_REGISTRYINDEX, key);
	marked = lua_rawequal(L, -1, -2);
	lua_pop(L, 2);
	return marked;
}

/* The kind of the raw, not empty table at idx by its keys, NODE_NULL when they are mixed; *n is
 * their count. */
static enum kind kind_by_keys(lua_State *L, int idx, size_t *n)
{
	size_t numbers = 0, texts = 0;
	lua_Integer most = 0;

	lua_pushnil(L);
	while (lua_next(L, idx)) {
		lua_pop(L, 1);
		if (lua_isinteger(L, -1) && lua_tointeger(L, -1) > 0) {
			numbers++;
			most = lua_tointeger(L, -1) > most ? lua_tointeger(L, -1) : most;
		} else if (lua_type(L, -1) == LUA_TSTRING) {
			texts++;
		} else {
			*n = 1;
			lua_pop(L, 1);
			return NODE_NULL;
		}
	}
	*n = numbers + texts;
	if (texts)
		return numbers ? NODE_NULL : NODE_MAP;
	return (size_t)most == numbers ? NODE_LIST : NODE_NULL;
}

/* NODE_NULL: mixed, or empty and not marked; *n tells which. The table at idx may be frozen, raw is
 * what holds its fields. */
static enum kind table_kind(lua_State *L, int idx, int raw, size_t *n)
{
	enum kind kind = kind_by_keys(L, raw, n);
	bool list = has_mark(L, idx, KEY_LIST_MARK), map = has_mark(L, idx, KEY_MAP_MARK);

	if (*n == 0)
		return list ? NODE_LIST : map ? NODE_MAP : NODE_NULL;
	if ((list && kind != NODE_LIST) || (map && kind != NODE_MAP))
		return NODE_NULL;
	return kind;
}

enum kind border_kind(lua_State *L, int idx)
{
	const struct node *n = border_node(L, idx);
	int top = lua_gettop(L);
	enum kind kind;
	size_t count = 0;

	if (n)
		return n->kind;
	if (lua_type(L, idx) != LUA_TTABLE)
		return NODE_NULL;
	if (!freeze_shadow(L, idx))
		lua_pushvalue(L, idx);
	kind = table_kind(L, idx, top + 1, &count);
	lua_settop(L, top);
	return kind;
}

/* One value on its way out. */
struct taking {
	struct lua_worker *w;
	const struct lua_result *how;
	const struct origin *from;
	size_t depth;
	struct str path[DEPTH_MOST + 1]; /* keys down to here, for messages; p NULL: list item */
};

static struct node *take(lua_State *L, struct taking *t, int idx, const struct schema *type);

static const char *path_text(struct taking *t)
{
	struct buf *b = &t->w->scratch;

	b->n = 0;
	for (size_t i = 0; i < t->depth; i++) {
		if (!t->path[i].p)
			buf_fmt(b, "[%zu]", t->path[i].n);
		else
			buf_fmt(b, ".%.*s", (int)t->path[i].n, t->path[i].p);
	}
	return b->n ? buf_z(b) : "the value";
}

static int refuse(lua_State *L, struct taking *t, const char *what)
{
	return script_error(L, MSG_lua_value, "%s is %s", path_text(t), what);
}

static struct node *fresh(struct taking *t, enum kind kind)
{
	struct node *n = node_new(t->w->job->arena, kind, t->how->pos);

	n->from = t->from;
	return n;
}

/* A value of the record that is handed on as it is: what it was made from is itself. */
static struct node *take_proxy(struct taking *t, const struct node *n)
{
	struct arena *a = t->w->job->arena;
	struct node *copy = node_loose(a, n);
	struct reads one = { .arena = a };

	if (t->how->reads)
		reads_add(t->how->reads, n);
	reads_add(&one, n);
	copy->pos = t->how->pos;
	copy->hid = NULL;
	copy->fixed = false;
	copy->key = (struct str){ 0 };
	copy->from = reads_origin(&one, 0, a);
	return copy;
}

static void down(lua_State *L, struct taking *t, struct str step)
{
	if (t->depth == DEPTH_MOST)
		(void)refuse(L, t, "nested too deep (does it contain itself?)");
	t->path[t->depth++] = step;
	fuel_pay(L, 1);
	luaL_checkstack(L, 8, "value");
}

static struct node *take_list(lua_State *L, struct taking *t, int raw, const struct schema *type)
{
	struct node *list = fresh(t, NODE_LIST);
	struct node_list kids = { 0 };
	lua_Integer n = (lua_Integer)lua_rawlen(L, raw);

	for (lua_Integer i = 1; i <= n; i++) {
		down(L, t, (struct str){ NULL, (size_t)i });
		lua_rawgeti(L, raw, i);
		node_add(&kids, take(L, t, lua_gettop(L), type ? type->items : NULL));
		lua_pop(L, 1);
		t->depth--;
	}
	list->kids = kids.first;
	return list;
}

static int by_key(const void *a, const void *b)
{
	return str_cmp((*(struct node *const *)a)->key, (*(struct node *const *)b)->key);
}

static struct node *take_map(lua_State *L, struct taking *t, int raw, const struct schema *type)
{
	struct arena *a = t->w->job->arena;
	struct node *map = fresh(t, NODE_MAP);
	size_t n = 0, i = 0;
	struct node_list list = { 0 };

	(void)kind_by_keys(L, raw, &n);

	struct node **kids = NEW_ARRAY(a, n + 1, struct node *);

	lua_pushnil(L);
	while (lua_next(L, raw)) {
		struct str key;

		key.p = lua_tolstring(L, -2, &key.n);
		key = arena_str(a, key);
		down(L, t, key);
		kids[i] = take(L, t, lua_gettop(L), type ? schema_step(type, key) : NULL);
		kids[i]->key = key;
		kids[i++]->key_pos = t->how->pos;
		lua_pop(L, 1);
		t->depth--;
	}
	qsort(kids, n, sizeof(*kids), by_key);
	for (i = 0; i < n; i++)
		node_add(&list, kids[i]);
	map->kids = list.first;
	return map;
}

/* What an empty table without a mark is: what was declared, else nobody knows. */
static enum kind empty_kind(const struct taking *t, const struct schema *type)
{
	if (type && type->type == SCHEMA_ARRAY)
		return NODE_LIST;
	if (type && type->type == SCHEMA_OBJECT)
		return NODE_MAP;
	return t->depth == 0 && t->how->container ? NODE_LIST : NODE_NULL;
}

static struct node *take_table(lua_State *L, struct taking *t, int idx, const struct schema *type)
{
	int top = lua_gettop(L);
	struct node *n;
	enum kind kind;
	size_t count = 0;

	if (!freeze_shadow(L, idx))
		lua_pushvalue(L, idx);
	kind = table_kind(L, idx, top + 1, &count);
	if (count == 0 && t->how->loose)
		kind = NODE_LIST;
	if (count == 0 && kind == NODE_NULL) {
		kind = empty_kind(t, type);
		if (kind == NODE_NULL)
			(void)refuse(L, t, "an empty table: list{} or map{}?");
	}
	if (kind == NODE_NULL)
		(void)refuse(L, t, "a table whose keys are neither 1, 2, ... nor all texts");
	n = kind == NODE_LIST ? take_list(L, t, top + 1, type) : take_map(L, t, top + 1, type);
	lua_settop(L, top);
	return n;
}

static struct node *take_number(lua_State *L, struct taking *t, int idx)
{
	struct node *n;

	if (!lua_isinteger(L, idx))
		(void)refuse(L, t, "a number that is not whole; use // to divide");
	n = fresh(t, NODE_INT);
	n->num = lua_tointeger(L, idx);
	return n;
}

static struct node *take(lua_State *L, struct taking *t, int idx, const struct schema *type)
{
	const struct node *proxy = border_node(L, idx);
	struct node *n;
	struct str s;

	if (proxy)
		return take_proxy(t, proxy);
	switch (lua_type(L, idx)) {
	case LUA_TBOOLEAN:
		n = fresh(t, NODE_BOOL);
		n->flag = lua_toboolean(L, idx);
		return n;
	case LUA_TNUMBER:
		return take_number(L, t, idx);
	case LUA_TSTRING:
		n = fresh(t, NODE_STR);
		s.p = lua_tolstring(L, idx, &s.n);
		n->text = arena_str(t->w->job->arena, s);
		fuel_pay(L, s.n / FUEL_BYTES + 1);
		return n;
	case LUA_TTABLE:
		return take_table(L, t, idx, type);
	default:
		(void)refuse(L, t, lua_type(L, idx) == LUA_TFUNCTION ? "a function" : "no value");
		return NULL;
	}
}

struct node *border_take(lua_State *L, int idx, const struct lua_result *how,
			 const struct origin *from)
{
	struct taking t = { .w = worker_of(L), .how = how, .from = from };

	return lua_isnil(L, idx) ? NULL : take(L, &t, lua_absindex(L, idx), how->type);
}
