/* SPDX-License-Identifier: Apache-2.0 */
/* chunk.c: compiling without running. */
#include "lua/chunk.h"

#include <lauxlib.h>
#include <lua.h>

#include "base/die.h"

static int keep(lua_State *L, const void *p, size_t n, void *out)
{
	(void)L;
	buf_put(out, p, n);
	return 0;
}

bool chunk_write(struct buf *out, struct str name, struct str text)
{
	lua_State *L = luaL_newstate();
	struct buf chunk_name = { 0 }, chunk = { 0 };
	bool good = false;

	if (!L)
		die_memory();
	buf_char(&chunk_name, '=');
	buf_str(&chunk_name, name);
	good = luaL_loadbufferx(L, text.p, text.n, buf_z(&chunk_name), "t") == LUA_OK;
	if (good) {
		uint32_t n = 0;

		(void)lua_dump(L, keep, &chunk, 0);
		n = (uint32_t)chunk.n;
		buf_put(out, (const char *)&n, sizeof(n));
		buf_str(out, buf_view(&chunk));
	} else {
		buf_text(out, lua_tostring(L, -1));
	}
	buf_release(&chunk_name);
	buf_release(&chunk);
	lua_close(L);
	return good;
}
