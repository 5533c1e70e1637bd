/* SPDX-License-Identifier: Apache-2.0 */
/* tool_expand_bench.c: what one literal field, one slot, one text and one Lua expression of a
 * template cost: prints nanoseconds each. Argument: how often each template is expanded. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "expand/expand.h"
#include "tree/yaml.h"

enum { BLOCKS = 20, FIELDS = 5, UNIT = 10 };

static const char record_text[] =
    "description: test\n"
    "schema:\n"
    "  type: object\n"
    "  description: test\n"
    "  properties:\n"
    "    meta:\n"
    "      type: object\n"
    "      description: test\n"
    "      properties:\n"
    "        name: {type: string, description: test}\n"
    "        size: {type: integer, description: test}\n"
    "        flag: {type: boolean, description: test}\n"
    "        labels: {type: object, description: test, additionalProperties: {type: string, "
    "description: test}}\n";

static const char meta_text[] = "name: orders\nsize: 3\nflag: true\nlabels: {a: one, b: two}\n";

static const char std_text[] = "local std = {}\n"
			       "function std.max(a, b) return a > b and a or b end\n"
			       "return std\n";

static const struct file *make_file(struct arena *a, const char *name, struct str text)
{
	struct file *f = NEW(a, struct file);

	*f = (struct file){ .name = str_of(name), .text = text };
	return f;
}

/* BLOCKS maps with FIELDS - 1 literal fields and one with the value. */
static struct str make_template(struct arena *a, const char *value)
{
	struct buf b = { 0 };
	struct str text;

	for (int i = 0; i < BLOCKS; i++) {
		buf_fmt(&b, "block%d:\n", i);
		for (int k = 1; k < FIELDS; k++)
			buf_fmt(&b, "  field%d: text%d\n", k, k);
		buf_fmt(&b, "  a: %s\n", value);
	}
	text = arena_str(a, buf_view(&b));
	buf_release(&b);
	return text;
}

static double now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* One world, one template. */
struct world {
	struct arena *arena;
	struct diags *d;
	struct lua_library *lib;
	struct scope *scope;
	const struct template *t;
	const struct node *meta;
};

static struct world make_world(const struct schema_kind *record, const char *value)
{
	struct world w = { .arena = arena_new() };
	struct lua_source std = { LUA_MODULE, str_of("std"), 0, NULL, false };

	w.d = diags_new(w.arena);
	w.lib = lua_library_new(w.arena);
	std.file = make_file(w.arena, "lua/std.lua", str_of(std_text));
	lua_library_add(w.lib, &std);
	w.scope = scope_new(w.arena, str_of("test"), record, w.lib);
	w.t = template_compile(
	    w.scope,
	    yaml_read(w.arena, w.d, make_file(w.arena, "t.yaml", make_template(w.arena, value)),
		      &YAML_WORLD),
	    w.d);
	w.meta = yaml_resolve(
	    w.arena, w.d,
	    yaml_read(w.arena, w.d, make_file(w.arena, "m.yaml", str_of(meta_text)), &YAML_WORLD),
	    false);
	if (!w.t || lua_library_check(w.lib, w.d)) {
		struct buf out = { 0 };

		diags_print(w.d, &out, DIAG_TEXT, false);
		(void)fputs(buf_z(&out), stderr);
		exit(1);
	}
	return w;
}

/* Nanoseconds of one expansion; UNIT expansions make one unit, whose beginning and end count. */
static double measure(const struct schema_kind *record, const char *value, int times)
{
	struct world w = make_world(record, value);
	struct lua_worker *lua = lua_worker_new(w.lib);
	struct expand *x = expand_new(w.arena, w.scope, lua);
	struct arena *unit = arena_new();
	double start;

	start = now();
	for (int i = 0; i < times; i += UNIT) {
		struct lua_job job = { .arena = unit, .diags = diags_new(unit) };

		lua_worker_begin(lua, &job);
		expand_begin(x, &job);
		expand_set(x, 0, w.meta);
		for (int k = 0; k < UNIT; k++) {
			struct node_list out = { 0 };

			if (expand_template(x, w.t, &out) || out.n != 1)
				exit(1);
		}
		if (lua_worker_end(lua))
			exit(1);
		arena_reset(unit);
	}
	start = now() - start;
	arena_free(unit);
	lua_worker_free(lua);
	lua_library_close(w.lib);
	arena_free(w.arena);
	return start / times;
}

int main(int argc, char **argv)
{
	struct arena *a = arena_new();
	struct diags *d = diags_new(a);
	const struct file *file = make_file(a, "schema/model/test.yaml", str_of(record_text));
	struct schema_set *set = schema_set_load(a, d, &file, 1);
	const struct schema_kind *record = schema_find(set, str_of("model/test"));
	int times = argc > 1 ? atoi(argv[1]) : 1000;
	double slot, text, simple, call;

	if (!record || times < UNIT)
		return 2;
	slot = measure(record, "${meta.name}", times);
	text = measure(record, "${meta.name}-x", times);
	simple = measure(record, "${meta.size + 1}", times);
	call = measure(record, "${std.max(meta.size, 2) .. meta.name}", times);
	(void)printf("template of %d lines, %d computed values, %d times\n", BLOCKS * (FIELDS + 1),
		     BLOCKS, times);
	(void)printf("slots only    %8.0f ns, %5.0f ns per line\n", slot,
		     slot / (BLOCKS * (FIELDS + 1)));
	(void)printf("texts         %8.0f ns, %5.0f ns more per text\n", text,
		     (text - slot) / BLOCKS);
	(void)printf("expressions   %8.0f ns, %5.0f ns more per expression\n", simple,
		     (simple - slot) / BLOCKS);
	(void)printf("with a call   %8.0f ns, %5.0f ns more per expression\n", call,
		     (call - slot) / BLOCKS);
	schema_set_release(set);
	arena_free(a);
	return 0;
}
