/* SPDX-License-Identifier: Apache-2.0 */
/* lib_text.c: json and yaml: values as canonical text, for what a program reads from a file or a
 * variable. */
#include <lauxlib.h>

#include "base/buf.h"
#include "lua/state.h"
#include "tree/print.h"

/* The value of argument 1 as a tree in the unit's arena. */
static const struct node *argument(lua_State *L)
{
	struct lua_result how = { .reads = worker_of(L)->reads };
	const struct node *n = NULL;

	luaL_checkany(L, 1);
	if (!worker_of(L)->job)
		(void)luaL_error(
		    L, "json and yaml are for functions, not for the top level of a file");
	n = border_take(L, 1, &how, NULL);
	return n ? n : node_new(worker_of(L)->job->arena, NODE_NULL, how.pos);
}

/* The text leaves the buffer before anything can raise an error. */
static int push(lua_State *L, struct buf *out, int failed, const struct err *err)
{
	struct str text = arena_str(worker_of(L)->job->arena, buf_view(out));

	buf_release(out);
	fuel_pay(L, text.n / FUEL_BYTES + 1);
	if (failed)
		return script_error(L, MSG_lua_value, "%s", err->text);
	lua_pushlstring(L, text.p, text.n);
	return 1;
}

/* json(value): compact JSON, keys sorted bytewise. */
static int text_json(lua_State *L)
{
	struct buf out = { 0 };
	struct err err = { 0 };
	int failed = print_json(&out, argument(L), &err);

	return push(L, &out, failed, &err);
}

/* yaml(value): canonical YAML, keys sorted bytewise, ending in a line feed. */
static int text_yaml(lua_State *L)
{
	struct buf out = { 0 };
	struct err err = { 0 };
	const struct node *n = argument(L);

	print_yaml(&out, n);
	return push(L, &out, print_check_quick(buf_view(&out), n, &err), &err);
}

void lib_text(lua_State *L)
{
	lua_pushcfunction(L, text_json);
	lua_setfield(L, -2, "json");
	lua_pushcfunction(L, text_yaml);
	lua_setfield(L, -2, "yaml");
}
