/* SPDX-License-Identifier: Apache-2.0 */
/* rulebook.c: which Lua file plays which part, by where it lies. */
#include "world/rulebook.h"

uint32_t rulebook_revision(struct str path)
{
	int64_t n = 0;
	struct str rest = str_cut(path, strlen("revisions/"), path.n);

	if (!str_starts(path, "revisions/") ||
	    !str_int(str_cut(rest, 0, str_find(rest, '/')), &n) || n < 1 || n > 9999)
		return 0;
	return (uint32_t)n;
}

static enum lua_role role_of(const struct world_file *f)
{
	if (str_ends(f->path, "_test.lua"))
		return LUA_TESTS;
	if (str_starts(f->path, "policies/") || str_starts(f->path, "lua/policies/"))
		return LUA_POLICY;
	return LUA_MODULE;
}

static void add(struct arena *a, struct lua_library *lib, const struct files *fs,
		enum lua_role role)
{
	for (size_t i = 0; i < fs->n; i++) {
		const struct world_file *f = &fs->list[i];
		const struct lua_source s = { .role = role,
					      .name = files_stem(a, f->path),
					      .revision = rulebook_revision(f->path),
					      .file = f->file,
					      .builtin = f->builtin };

		if (str_ends(f->path, ".lua") && role_of(f) == role)
			lua_library_add(lib, &s);
	}
}

/* Modules first: policies may use them while they are loaded. */
struct lua_library *rulebook_new(struct arena *a, const struct files *fs, bool tests)
{
	struct lua_library *lib = lua_library_new(a);

	add(a, lib, fs, LUA_MODULE);
	add(a, lib, fs, LUA_POLICY);
	if (tests)
		add(a, lib, fs, LUA_TESTS);
	return lib;
}

const struct lua_entry *rulebook_find(const struct lua_library *lib, struct str id)
{
	for (size_t i = 0; i < lua_library_count(lib, LUA_RULE); i++)
		if (str_eq(lua_library_entry(lib, LUA_RULE, i)->id, id))
			return lua_library_entry(lib, LUA_RULE, i);
	return NULL;
}
