/* SPDX-License-Identifier: Apache-2.0 */
/* All Lua code of a world: library files, policies, tests and the expressions of templates. Filled
 * while the world is read, const afterwards and shared by all workers. */
#ifndef LUA_LIBRARY_H
#define LUA_LIBRARY_H

#include <stdbool.h>

#include "base/diag.h"
#include "base/pos.h"
#include "tree/node.h"

enum lua_role {
	LUA_MODULE, /* returns a table that code and expressions see under the source's name */
	LUA_POLICY, /* registers rules, defaults and tests */
	LUA_TESTS   /* registers tests of a module */
};

/* One Lua file. */
struct lua_source {
	enum lua_role role;
	struct str name;         /* LUA_MODULE: its name in other code ("std") */
	uint32_t revision;       /* pod revision it belongs to, 0: the same for all */
	const struct file *file; /* at most 64 KiB of text */
	bool builtin;            /* carried by howdah: its names were checked by its tests */
};

/* One expression of a template. */
struct lua_expression {
	struct str text;         /* without ${ and } */
	struct pos pos;          /* where text begins */
	const struct str *names; /* its free names that are values of the record, in the order in
				    which their values are handed over */
	size_t n_names;
};

/* What a policy file registers. */
enum lua_hook { LUA_RULE, LUA_DEFAULTS, LUA_TEST, LUA_HOOKS };

/* One registered rule, defaults block or test. */
struct lua_entry {
	enum lua_hook hook;
	size_t number;           /* among those of its kind */
	struct str id;           /* a test's is its title */
	struct pos pos;          /* the call that registered it */
	const struct node *meta; /* LUA_RULE: the other fields (title, severity, controls, applies,
				    ...) as a map; else NULL */
};

struct lua_library;

/* An empty library in a. */
struct lua_library *lua_library_new(struct arena *a);

/* Adds a file; files are run in the order in which they are added, so a module stands before its
 * users. s is copied, what it points to must outlive the library. */
void lua_library_add(struct lua_library *lib, const struct lua_source *s);

/* Adds an expression (copied in the same way); its number, for lua_worker_eval. */
int lua_library_expression(struct lua_library *lib, const struct lua_expression *e);

/* The name is that of a module of any revision or a function of the sandbox ("std", "tostring"). */
bool lua_library_has(const struct lua_library *lib, struct str name);

/* Calls f for each name that lua_library_has knows, in no order that matters. */
void lua_library_names(const struct lua_library *lib, void (*f)(void *arg, struct str name),
		       void *arg);

/* Runs all files and takes down what the policies register; what is wrong goes to d. Only to have
 * it done early: all files are added, expressions may still come. */
void lua_library_run(struct lua_library *lib, struct diags *d);

/* Runs all files, if that was not done, and compiles all expressions once, reports everything wrong
 * with them, and takes down what the policies register. Call once, when all is added. -1 after
 * errors. The state this takes is kept for the first worker. Names and expressions of what howdah
 * carries are not looked at: its tests do that with the files themselves. */
int lua_library_check(struct lua_library *lib, struct diags *d);

/* Gives back the state that no worker uses. Workers may still be made and freed, but the last call
 * comes after all of them. */
void lua_library_close(struct lua_library *lib);

/* How many entries of this kind the policies have registered. */
size_t lua_library_count(const struct lua_library *lib, enum lua_hook hook);

/* Entry i of this kind, in the order of files and lines. */
const struct lua_entry *lua_library_entry(const struct lua_library *lib, enum lua_hook hook,
					  size_t i);

#endif
