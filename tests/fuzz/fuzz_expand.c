/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_expand.c: any template is refused with a finding, or expands to a tree that is the same when
 * it is expanded again; nothing it computes outlives its unit. */
#include <stdio.h>
#include <stdlib.h>

#include "expand/expand.h"
#include "tree/print.h"
#include "tree/yaml.h"

enum { INPUT_MOST = 4096 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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
    "        unset: {type: object, description: test, properties: {deep: {type: string, "
    "description: test}}}\n"
    "        labels: {type: object, description: test, additionalProperties: {type: string, "
    "description: test}}\n"
    "        items:\n"
    "          type: array\n"
    "          description: test\n"
    "          items: {type: object, description: test, properties: {name: {type: string, "
    "description: test}}}\n"
    "    any: {x-kubernetes-preserve-unknown-fields: true, description: test}\n";

static const char meta_text[] = "name: orders\nsize: 3\nflag: true\nlabels: {a: one, b: two}\n"
				"items: [{name: first}, {name: second}]\n";

static const char std_text[] = "local std = {list = {1, 2, {x = 'deep'}}}\n"
			       "local n = 0\n"
			       "function std.map(l, f) local out = list{} for i = 1, #l do out[i] "
			       "= f(l[i]) end return out end\n"
			       "function std.count() n = n + 1 return n end\n"
			       "return std\n";

static void broken(const char *what)
{
	(void)fprintf(stderr, "fuzz_expand: %s\n", what);
	abort();
}

static const struct file *make_file(struct arena *a, const char *name, struct str text)
{
	struct file *f = NEW(a, struct file);

	*f = (struct file){ .name = str_of(name), .text = text };
	return f;
}

/* One unit: the objects as YAML, or nothing after findings. */
static void expand_once(struct arena *a, struct expand *x, struct lua_worker *w,
			const struct template *t, struct buf *out)
{
	struct diags *d = diags_new(a);
	struct lua_job job = { .arena = a, .diags = d, .what = str_of("cluster a/b") };
	struct node *all = node_new(a, NODE_LIST, (struct pos){ 0 });
	struct node_list list = { 0 };
	int result;

	lua_worker_begin(w, &job);
	expand_begin(x, &job);
	expand_set(
	    x, 0,
	    yaml_resolve(a, d,
			 yaml_read(a, d, make_file(a, "meta.yaml", str_of(meta_text)), &YAML_WORLD),
			 false));
	result = expand_template(x, t, &list);
	if (lua_worker_end(w))
		result = -1;
	if ((result != 0) != (diags_errors(d) != 0))
		broken("the result and the findings disagree");
	diags_print(d, out, DIAG_JSON, false);
	all->kids = list.first;
	if (result == 0)
		print_yaml(out, all);
}

static void run(struct arena *a, struct scope *scope, struct lua_library *lib,
		const struct template *t)
{
	struct lua_worker *w = lua_worker_new(lib);
	struct expand *x = expand_new(a, scope, w);
	struct buf first = { 0 }, second = { 0 };

	expand_once(a, x, w, t, &first);
	expand_once(a, x, w, t, &second);
	if (!str_eq(buf_view(&first), buf_view(&second)))
		broken("a second unit gives something else");
	buf_release(&first);
	buf_release(&second);
	lua_worker_free(w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new();
	struct diags *d = diags_new(a);
	const struct file *record = make_file(a, "schema/model/test.yaml", str_of(record_text));
	struct schema_set *set = schema_set_load(a, d, &record, 1);
	struct lua_library *lib = lua_library_new(a);
	struct lua_source std = { .role = LUA_MODULE,
				  .name = str_of("std"),
				  .file = make_file(a, "lua/std.lua", str_of(std_text)) };
	struct scope *scope =
	    scope_new(a, str_of("test"), schema_find(set, str_of("model/test")), lib);
	struct str text = arena_copy(a, (const char *)data, size > INPUT_MOST ? INPUT_MOST : size);
	const struct node *root = yaml_read(a, d, make_file(a, "t.yaml", text), &YAML_WORLD);
	const struct template *t = NULL;

	lua_library_add(lib, &std);
	if (root && !diags_errors(d))
		t = template_compile(scope, root, d);
	if (!t && !diags_errors(d))
		broken("refused without a finding");
	if (t && lua_library_check(lib, d) == 0)
		run(a, scope, lib, t);
	lua_library_close(lib);
	schema_set_release(set);
	arena_free(a);
	return 0;
}
