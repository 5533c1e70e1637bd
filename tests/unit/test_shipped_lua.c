/* SPDX-License-Identifier: Apache-2.0 */
/* test_shipped_lua.c: the tests that stand beside the shipped Lua files, run in the sandbox. */
#include "lua/worker.h"
#include "unit/check.h"
#include "world/files.h"

/* N of "revisions/N/...", or 0. */
static uint32_t revision_of(struct str path)
{
	int64_t n = 0;
	struct str rest = str_cut(path, strlen("revisions/"), path.n);

	if (!str_starts(path, "revisions/"))
		return 0;
	return str_int(str_cut(rest, 0, str_find(rest, '/')), &n) ? (uint32_t)n : 0;
}

static void add_all(struct arena *a, struct lua_library *lib, const struct files *fs, bool tests)
{
	for (size_t i = 0; i < fs->n; i++) {
		const struct world_file *f = &fs->list[i];
		struct lua_source s = { .role = tests ? LUA_TESTS : LUA_MODULE,
					.name = files_stem(a, f->path),
					.revision = revision_of(f->path),
					.file = f->file };

		if (str_ends(f->path, ".lua") && str_ends(f->path, "_test.lua") == tests &&
		    !str_starts(f->path, "lua/policies/"))
			lua_library_add(lib, &s);
	}
}

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
	struct lua_library *lib = lua_library_new(a);
	struct files fs = { 0 };
	struct lua_worker *w = NULL;

	files_builtin(a, &fs, "lua/");
	files_builtin(a, &fs, "revisions/");
	add_all(a, lib, &fs, false);
	add_all(a, lib, &fs, true);
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
