/* SPDX-License-Identifier: Apache-2.0 */
/* test_shipped_lua.c: the tests that stand beside the shipped Lua files, run in the sandbox. */
#include "lua/worker.h"
#include "unit/check.h"
#include "world/rulebook.h"

static void print_findings(const struct diags *d)
{
	struct buf out = { 0 };

	diags_print(d, &out, DIAG_TEXT, false);
	if (out.n)
		(void)fwrite(out.p, 1, out.n, stdout);
	buf_release(&out);
}

int main(void)
{
	struct arena *a = arena_new();
	struct diags *d = diags_new(a);
	struct lua_library *lib = NULL;
	struct files fs = { 0 };
	struct lua_worker *w = NULL;

	files_builtin(a, &fs, "lua/");
	files_builtin(a, &fs, "revisions/");
	lib = rulebook_new(a, &fs, true);
	CHECK(lua_library_check(lib, d) == 0);
	w = lua_worker_new(lib);
	CHECK(lua_library_count(lib, LUA_TEST) > 0);
	for (size_t i = 0; i < lua_library_count(lib, LUA_TEST); i++)
		CHECK(lua_worker_test(w, i, d) == 0);
	print_findings(d);
	lua_worker_free(w);
	lua_library_close(lib);
	arena_free(a);
	return check_done("shipped_lua");
}
