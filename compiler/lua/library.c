/* SPDX-License-Identifier: Apache-2.0 */
/* library.c: the lists of files, expressions and registered entries. */
#include "lua/library.h"

#include <stdatomic.h>

#include "lua/state.h"

/* A growing array in the arena. */
struct rows {
	size_t n, cap;
	const void **at;
};

/* The one worker that is kept while nobody uses it: its state is made already. Threads take it and
 * put it back with one exchange. */
struct spare {
	_Atomic(struct lua_worker *) worker;
};

struct lua_library {
	struct arena *arena;
	struct spare *spare;
	struct rows sources, expressions, entries[LUA_HOOKS];
	struct lua_worker *running; /* which ran the files and has not checked them yet, or NULL */
};

static void rows_add(struct arena *a, struct rows *r, const void *row)
{
	if (r->n == r->cap) {
		size_t cap = r->cap ? r->cap * 2 : 64;
		const void **at = NEW_ARRAY(a, cap, const void *);

		for (size_t i = 0; i < r->n; i++)
			at[i] = r->at[i];
		r->at = at;
		r->cap = cap;
	}
	r->at[r->n++] = row;
}

struct lua_library *lua_library_new(struct arena *a)
{
	struct lua_library *lib = NEW(a, struct lua_library);

	lib->arena = a;
	lib->spare = NEW(a, struct spare);
	return lib;
}

struct lua_worker *library_take_spare(const struct lua_library *lib)
{
	return atomic_exchange(&lib->spare->worker, NULL);
}

bool library_put_spare(const struct lua_library *lib, struct lua_worker *w)
{
	struct lua_worker *none = NULL;

	return atomic_compare_exchange_strong(&lib->spare->worker, &none, w);
}

void library_keep_running(struct lua_library *lib, struct lua_worker *w)
{
	lib->running = w;
}

struct lua_worker *library_take_running(struct lua_library *lib)
{
	struct lua_worker *w = lib->running;

	lib->running = NULL;
	return w;
}

void lua_library_add(struct lua_library *lib, const struct lua_source *s)
{
	struct lua_source *copy = NEW(lib->arena, struct lua_source);

	*copy = *s;
	rows_add(lib->arena, &lib->sources, copy);
}

int lua_library_expression(struct lua_library *lib, const struct lua_expression *e)
{
	struct lua_expression *copy = NEW(lib->arena, struct lua_expression);

	*copy = *e;
	rows_add(lib->arena, &lib->expressions, copy);
	return (int)lib->expressions.n - 1;
}

bool lua_library_has(const struct lua_library *lib, struct str name)
{
	for (size_t i = 0; i < lib->sources.n; i++) {
		const struct lua_source *s = lib->sources.at[i];

		if (s->role == LUA_MODULE && str_eq(s->name, name))
			return true;
	}
	for (size_t i = 0; lib_name(i); i++)
		if (str_is(name, lib_name(i)))
			return true;
	return false;
}

void lua_library_names(const struct lua_library *lib, void (*f)(void *arg, struct str name),
		       void *arg)
{
	for (size_t i = 0; i < lib->sources.n; i++) {
		const struct lua_source *s = lib->sources.at[i];

		if (s->role == LUA_MODULE)
			f(arg, s->name);
	}
	for (size_t i = 0; lib_name(i); i++)
		f(arg, str_of(lib_name(i)));
}

size_t lua_library_count(const struct lua_library *lib, enum lua_hook hook)
{
	return lib->entries[hook].n;
}

const struct lua_entry *lua_library_entry(const struct lua_library *lib, enum lua_hook hook,
					  size_t i)
{
	return lib->entries[hook].at[i];
}

size_t library_sources(const struct lua_library *lib)
{
	return lib->sources.n;
}

const struct lua_source *library_source(const struct lua_library *lib, size_t i)
{
	return lib->sources.at[i];
}

size_t library_expressions(const struct lua_library *lib)
{
	return lib->expressions.n;
}

const struct lua_expression *library_expression(const struct lua_library *lib, size_t i)
{
	return lib->expressions.at[i];
}

void library_enter(struct lua_library *lib, const struct lua_entry *e)
{
	struct lua_entry *copy = NEW(lib->arena, struct lua_entry);

	*copy = *e;
	copy->number = lib->entries[e->hook].n;
	rows_add(lib->arena, &lib->entries[e->hook], copy);
}

struct arena *library_arena(struct lua_library *lib)
{
	return lib->arena;
}

uint32_t library_revision(const struct lua_library *lib, const struct lua_entry *e)
{
	for (size_t i = 0; i < lib->sources.n; i++) {
		const struct lua_source *s = lib->sources.at[i];

		if (s->file == e->pos.file)
			return s->revision;
	}
	return 0;
}
