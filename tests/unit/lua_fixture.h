/* SPDX-License-Identifier: Apache-2.0 */
/* A library of Lua, one unit that uses it, and what it says or gives. */
#ifndef TESTS_UNIT_LUA_FIXTURE_H
#define TESTS_UNIT_LUA_FIXTURE_H

#include "lua/worker.h"
#include "tree/print.h"
#include "tree/yaml.h"
#include "unit/check.h"

#include <time.h>

/* One library and one unit. */
struct bench {
	struct arena *arena;
	struct diags *d;
	struct lua_library *lib;
	struct lua_worker *worker;
	struct lua_job job;
	struct reads reads;
	struct buf out;
	const struct node *record;
};

static const struct file *make_file(struct arena *a, const char *name, struct str text)
{
	struct file *f = NEW(a, struct file);

	*f = (struct file){ .name = str_of(name), .text = text };
	return f;
}

static inline struct bench bench_new(void)
{
	struct bench b = { .arena = arena_new() };

	b.d = diags_new(b.arena);
	b.lib = lua_library_new(b.arena);
	b.reads.arena = b.arena;
	return b;
}

static inline void bench_free(struct bench *b)
{
	buf_release(&b->out);
	lua_worker_free(b->worker);
	lua_library_close(b->lib);
	arena_free(b->arena);
}

static inline void add(struct bench *b, enum lua_role role, const char *name, const char *text)
{
	struct str path =
	    arena_fmt(b->arena, "%s/%s.lua", role == LUA_POLICY ? "policies" : "lua", name);

	lua_library_add(b->lib,
			&(struct lua_source){ role, str_of(name), 0,
					      make_file(b->arena, path.p, str_of(text)), false });
}

static inline int add_expression(struct bench *b, const char *text)
{
	static const struct str names[] = { { "v", 1 } };
	struct str t = str_of(text);
	const struct file *f = make_file(b->arena, "templates/t.yaml", t);

	return lua_library_expression(b->lib, &(struct lua_expression){ t, { f, 1, 1 }, names, 1 });
}

static inline void begin(struct bench *b)
{
	static const char record[] = "name: orders\nsize: 3\nflag: true\nlist: [a, b, c]\n"
				     "map: {z: 1, b: 2, a: 3}\nempty: []\nnone: {}\n";
	const struct file *intent = make_file(b->arena, "intents/o.yaml", str_of(record));

	if (!b->worker)
		b->worker = lua_worker_new(b->lib);
	b->record =
	    yaml_resolve(b->arena, b->d, yaml_read(b->arena, b->d, intent, &YAML_WORLD), false);
	b->job = (struct lua_job){ .arena = b->arena,
				   .diags = b->d,
				   .intent = { intent, 1, 1 },
				   .what = str_of("cluster a/orders") };
	lua_worker_begin(b->worker, &b->job);
}

static const char *findings(struct bench *b)
{
	b->out.n = 0;
	diags_print(b->d, &b->out, DIAG_TEXT, false);
	return buf_z(&b->out);
}

static const char *printed(struct bench *b, const struct node *n)
{
	b->out.n = 0;
	if (n)
		print_yaml(&b->out, n);
	else
		buf_text(&b->out, "nil\n");
	return buf_z(&b->out);
}

/* Evaluates text with the record as v; the value as YAML, or the findings. */
static const char *evaluated(struct bench *b, const char *text)
{
	int e = add_expression(b, text);
	struct node *out = NULL;

	if (lua_library_check(b->lib, b->d))
		return findings(b);
	begin(b);

	const struct lua_result how = {
		{ b->job.intent.file, 2, 1 }, NULL, false, false, &b->reads
	};

	if (lua_worker_eval(b->worker, e, &b->record, &how, &out) || lua_worker_end(b->worker))
		return findings(b);
	return printed(b, out);
}

static inline double milliseconds(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1000 + (double)t.tv_nsec / 1000000;
}

static inline void gives(const char *text, const char *want)
{
	struct bench b = bench_new();
	const char *got = evaluated(&b, text);

	if (!CHECK(diags_errors(b.d) == 0 && strcmp(got, want) == 0))
		(void)printf("# %s\n# want: %s# got: %.400s\n", text, want, got);
	bench_free(&b);
}

static inline void fails(const char *text, const char *want)
{
	struct bench b = bench_new();
	double start = milliseconds();
	const char *got = evaluated(&b, text);

	if (!CHECK(diags_errors(b.d) == 1 && strstr(got, want)))
		(void)printf("# %s\n# want: %s\n# got: %.400s\n", text, want, got);
	CHECK(milliseconds() - start < 2000);
	bench_free(&b);
}

/* A function called at once, so that statements can be tried. */
static inline void body_fails(const char *text, const char *want)
{
	char whole[4096];

	(void)snprintf(whole, sizeof(whole), "(function() %s end)()", text);
	fails(whole, want);
}

static inline void body_gives(const char *text, const char *want)
{
	char whole[4096];

	(void)snprintf(whole, sizeof(whole), "(function() %s end)()", text);
	gives(whole, want);
}

#endif
