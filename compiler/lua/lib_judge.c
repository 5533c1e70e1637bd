/* SPDX-License-Identifier: Apache-2.0 */
/* lib_judge.c: what rules alone may ask: whether a day is past, whether a text looks like a secret.
 */
#include "base/secret.h"
#include "lua/state.h"
#include "tree/number.h"

/* past(date): the day is over. Without a day to judge by it is not, and the worker remembers that
 * it was asked. */
static int judge_past(lua_State *L)
{
	struct lua_worker *w = worker_of(L);
	struct str date = { luaL_checkstring(L, 1), 0 };
	const char *why = NULL;
	int64_t day = 0, today = 0;

	date = str_of(date.p);
	why = date_parse(date, &day);
	if (why)
		return script_error(L, MSG_lua_value, "past: '%s' %s", date.p, why);
	if (!w->judging)
		return script_error(L, MSG_lua_error,
				    "past is for rules: what is written out knows no day");
	if (!w->job->as_of.n || date_parse(w->job->as_of, &today)) {
		w->undated = true;
		lua_pushboolean(L, 0);
		return 1;
	}
	lua_pushboolean(L, day < today);
	return 1;
}

/* secret_like(text): what it looks like, or nil. */
static int judge_secret(lua_State *L)
{
	struct str text;
	const char *what = NULL;

	luaL_checktype(L, 1, LUA_TSTRING);
	text.p = lua_tolstring(L, 1, &text.n);
	fuel_pay(L, text.n + 1);
	what = secret_like(text);
	if (what)
		lua_pushstring(L, what);
	else
		lua_pushnil(L);
	return 1;
}

void lib_judge(lua_State *L)
{
	static const luaL_Reg functions[] = { { "past", judge_past },
					      { "secret_like", judge_secret },
					      { NULL, NULL } };

	luaL_setfuncs(L, functions, 0);
}
