/* SPDX-License-Identifier: Apache-2.0 */
/* test_expand.c: templates against a small record: wrong ones first. */
#include "expand/expand.h"
#include "tree/print.h"
#include "tree/yaml.h"
#include "unit/check.h"

/* One world with one template. */
struct bench {
	struct arena *arena;
	struct diags *d;
	struct schema_set *schemas;
	struct lua_library *lib;
	struct scope *scope;
	struct lua_worker *worker;
	struct expand *x;
	struct lua_job job;
	struct buf out;
};

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
    "description: test}, port: {type: integer, description: test}}}\n"
    "    names:\n"
    "      type: object\n"
    "      required: [first]\n"
    "      description: test\n"
    "      properties:\n"
    "        first: {type: string, description: test}\n"
    "        second: {type: string, description: test}\n"
    "        list: {type: array, description: test, items: {type: string, description: test}}\n"
    "    last:\n"
    "      type: object\n"
    "      description: test\n"
    "      properties: {value: {type: string, description: test}}\n";

static const char meta_text[] = "name: orders\n"
				"size: 3\n"
				"flag: true\n"
				"labels: {b: two, a: one}\n"
				"items: [{name: x, port: 1}, {name: w, port: 2}]\n";

static const struct file *make_file(struct arena *a, const char *name, const char *text)
{
	struct file *f = NEW(a, struct file);

	f->name = str_of(name);
	f->text = str_of(text);
	return f;
}

static const struct node *read_yaml(struct bench *b, const char *name, const char *text)
{
	return yaml_read(b->arena, b->d, make_file(b->arena, name, text), &YAML_WORLD);
}

static struct bench bench_new(void)
{
	struct bench b = { .arena = arena_new() };
	const struct file *files[1];
	static const char std[] = "local std = {}\n"
				  "function std.double(n) return n * 2 end\n"
				  "function std.names(l) local out = list{} for i = 1, #l do "
				  "out[i] = l[i].name end return out end\n"
				  "return std\n";

	b.d = diags_new(b.arena);
	files[0] = make_file(b.arena, "schema/model/test.yaml", record_text);
	b.schemas = schema_set_load(b.arena, b.d, files, 1);
	b.lib = lua_library_new(b.arena);
	lua_library_add(b.lib,
			&(struct lua_source){ LUA_MODULE, str_of("std"), 0,
					      make_file(b.arena, "lua/std.lua", std), false });
	b.scope =
	    scope_new(b.arena, str_of("test"), schema_find(b.schemas, str_of("model/test")), b.lib);
	return b;
}

static void bench_free(struct bench *b)
{
	buf_release(&b->out);
	lua_worker_free(b->worker);
	lua_library_close(b->lib);
	schema_set_release(b->schemas);
	arena_free(b->arena);
}

/* Prints all findings into out. */
static const char *findings(struct bench *b)
{
	b->out.n = 0;
	diags_print(b->d, &b->out, DIAG_TEXT, false);
	return buf_z(&b->out);
}

/* Opens a unit with the test's record. */
static void open_unit(struct bench *b)
{
	struct file *intent = NEW(b->arena, struct file);

	(void)lua_library_check(b->lib, b->d);
	b->worker = lua_worker_new(b->lib);
	b->x = expand_new(b->arena, b->scope, b->worker);
	*intent =
	    (struct file){ .name = str_of("intents/prod/a/b.yaml"), .text = str_of("kind: x\n") };
	b->job = (struct lua_job){ b->arena, b->d,     { intent, 1, 1 }, str_of("cluster a/b"),
				   0,        { "", 0 } };
	lua_worker_begin(b->worker, &b->job);
	expand_begin(b->x, &b->job);
	expand_set(b->x, 0,
		   yaml_resolve(b->arena, b->d, read_yaml(b, "meta.yaml", meta_text), false));
}

/* The objects of a template as YAML, or its findings. */
static const char *expanded(struct bench *b, const char *text)
{
	const struct node *root = read_yaml(b, "templates/t.yaml", text);
	const struct template *t = template_compile(b->scope, root, b->d);
	struct node_list list = { 0 };
	struct node *all;

	if (t)
		open_unit(b);
	if (diags_errors(b->d))
		return findings(b);
	(void)expand_template(b->x, t, &list);
	if (lua_worker_end(b->worker) || diags_errors(b->d))
		return findings(b);
	all = node_new(b->arena, NODE_LIST, (struct pos){ 0 });
	all->kids = list.first;
	b->out.n = 0;
	print_yaml(&b->out, all);
	return buf_z(&b->out);
}

/* Whether expanding text gives want: all of it, or (for findings) a part. */
static void expect(const char *text, const char *want)
{
	struct bench b = bench_new();
	const char *got = expanded(&b, text);

	if (!CHECK(diags_errors(b.d) ? strstr(got, want) != NULL : strcmp(got, want) == 0))
		(void)printf("# template:\n%s# want:\n%s\n# got:\n%.600s\n", text, want, got);
	bench_free(&b);
}

static void wrong_templates(void)
{
	expect("a: ${meta.nmae}\n",
	       "templates/t.yaml:1:6: error: 'meta.nmae' is not declared [template-name]");
	expect("a: ${meta.nmae}\n", "did you mean 'name'?");
	expect("a: ${mata.name}\n", "templates/t.yaml:1:6: error: undeclared name 'mata'");
	expect("a: ${mata.name}\n", "did you mean 'meta'?");
	expect("a: ${1 + mata.size}\n", "templates/t.yaml:1:10: error: undeclared name 'mata'");
	expect("a: ${#meta.nmae}\n", "templates/t.yaml:1:7: error: 'meta.nmae' is not declared");
	expect("a: ${meta.name.x}\n", "'meta.name' is a string and has no field 'x'");
	expect("a: ${meta.items.x}\n", "'meta.items' is a list and has no field 'x'");
	expect("a: ${1 +}\n", "templates/t.yaml:1:9: error: unexpected symbol near ')'");
	expect("a: ${1 2}\n", "templates/t.yaml:1:8: error: ')' expected near '2' [lua-syntax]");
	expect("a: ${meta.name\n", "'${' has no '}'");
	expect("a: ${ }\n", "'${}' is empty");
	expect("a: ${meta.unset.deep}\n",
	       "templates/t.yaml:1:6: error: 'meta.unset' is not set, so it has no field 'deep'");
	expect("a: ${meta.unset.deep}\n",
	       "intents/prod/a/b.yaml:1:1: note: while compiling cluster a/b");
	expect("a: ${#meta.unset.deep}\n", "attempt to index a nil value (field 'unset')");
	expect("a: x${meta.unset}\n", "nothing to write here");
	expect("a: x${meta.items}\n", "a list cannot stand inside a text [template-type]");
	expect("a: x${1.5}\n", "not whole");
	expect("a: ${{}}\n", "an empty table: list{} or map{}?");
	expect("a: ${ {1, x = 2} }\n", "neither 1, 2, ... nor all texts");
	expect("a: ${ {x = {y = 7 / 2}} }\n", ".x.y is a number that is not whole");
	expect("a: ${std.double}\n", "is a function");
	expect("$foo: 1\na: 1\n", "'$foo' is no directive");
	expect("$fi: 1\na: 1\n", "did you mean '$if'?");
	expect("$if: yes please\na: 1\n", "$if takes a boolean, not a string");
	expect("$if: ${meta.unset}\na: 1\n", "$if takes a boolean, not nothing");
	expect("$for: ${meta.items}\n$as: i\na: 1\n", "$for stands in a list item");
	expect("- $for: ${meta.items}\n  a: 1\n", "$for needs $as");
	expect("- $for: ${meta.size}\n  $as: i\n  a: 1\n",
	       "$for takes a list or a map, not an integer");
	expect("- $for: ${meta.items}\n  $as: [k, v]\n  a: 1\n", "this is a list");
	expect("- $as: i\n  a: 1\n", "$as stands beside $for");
	expect("- $for: ${meta.items}\n  $as: meta\n  a: 1\n",
	       "templates/t.yaml:2:8: error: 'meta' has a meaning already");
	expect("- $for: ${meta.items}\n  $as: std\n  a: 1\n", "'std' has a meaning already");
	expect("- $for: ${meta.items}\n  $as: i\n  $do: {$let: {i: 1}, a: 1}\n",
	       "'i' has a meaning already");
	expect("a: ${std.names(meta.items, function(meta) return meta end)}\n",
	       "'meta' has a meaning already");
	expect("- $for: ${meta.items}\n  $as: i\n  a: ${i.prot}\n", "'i.prot' is not declared");
	expect("$let: {a-b: 1}\nx: 1\n", "'a-b' is no name");
	expect("$let: {if: 1}\nx: 1\n", "'if' is no name");
	expect("$merge: {a: 1}\n", "$merge is a list of maps");
	expect("$merge: [\"${meta.name}\"]\n", "$merge takes maps, not a string");
	expect("$do: [1]\na: 1\n", "a field beside $do");
	expect("${meta.name}: 1\n", "a key is fixed text");
	expect("just text\n", "a template is a map or a list of maps, not a string");
	expect("a: ${names.first}\nb: ${nmaes.first}\n", "did you mean 'names'?");
}

static void values(void)
{
	expect("kind: A\nb: 1\na: true\n", "- a: true\n  b: 1\n  kind: A\n");
	expect("a: ${meta.name}\n", "- a: orders\n");
	expect("a: ${meta.size}\nb: ${meta.flag}\n", "- a: 3\n  b: true\n");
	expect("a: ${meta.unset}\nb: [\"${meta.unset}\", x]\n", "- b:\n  - x\n");
	expect("a: [\"${meta.unset}\"]\nb: {c: \"${meta.unset}\"}\n", "- a: []\n  b: {}\n");
	expect("a: ${meta.name}-${meta.size}-${meta.flag}\n", "- a: orders-3-true\n");
	expect("a: $${meta.name} $5 $\n", "- a: \"${meta.name} $5 $\"\n");
	expect("a: $$${meta.name}\n", "- a: \"$${meta.name}\"\n");
	expect("a: ${meta.labels}\n", "- a:\n    a: one\n    b: two\n");
	expect("a: ${meta.labels.b}\n", "- a: two\n");
	expect("a: ${std.double(meta.size) + 1}\n", "- a: 7\n");
	expect("a: '${meta.size > 2 and \"}\" or \"{\"}'\n", "- a: \"}\"\n");
	expect("a: ${std.names(meta.items)}\n", "- a:\n  - x\n  - w\n");
	expect("a: \"${ {b = meta.items[2], a = 1} }\"\n",
	       "- a:\n    a: 1\n    b:\n      name: w\n      port: 2\n");
	expect("a: ${list{}}\nb: ${map{}}\n", "- a: []\n  b: {}\n");
	expect("a: ${meta.unset and meta.unset.deep or \"some\"}\n", "- a: some\n");
}

static void directives(void)
{
	expect("$if: ${meta.flag}\na: 1\n", "- a: 1\n");
	expect("$if: ${not meta.flag}\na: 1\n", "[]\n");
	expect("a: {$if: false, b: 1}\nc: 1\n", "- c: 1\n");
	expect("- $for: ${meta.items}\n  $as: i\n  name: ${i.name}\n  p: ${i.port + 1}\n",
	       "- name: x\n  p: 2\n- name: w\n  p: 3\n");
	expect("a:\n- $for: ${meta.labels}\n  $as: [k, v]\n  $do: ${k}=${v}\n- z\n",
	       "- a:\n  - a=one\n  - b=two\n  - z\n");
	expect("- $for: ${meta.unset}\n  $as: i\n  a: 1\n", "[]\n");
	expect("- $for: ${{}}\n  $as: i\n  a: 1\n", "[]\n");
	expect(
	    "- $for: ${meta.items}\n  $as: i\n  $do: {$if: \"${i.port == 2}\", a: \"${i.name}\"}\n",
	    "- a: w\n");
	expect(
	    "- $for: [1, 2]\n  $as: i\n  $do:\n    $for: [a, b]\n    $as: j\n    $do: ${j}${i}\n",
	    "- a1\n- b1\n- a2\n- b2\n");
	expect("$let: {x: \"${meta.size}\", z: \"${x + 1}\"}\na: ${z}\n", "- a: 4\n");
	expect("$merge: [{a: 1, b: {c: 1, d: 1}}, \"${meta.labels}\"]\nb: {d: 2}\n",
	       "- a: one\n  b:\n    d: 2\n");
	expect("$merge: [{b: {c: 1, d: [1]}}, {b: {d: [2]}}, \"${ {} }\", \"${meta.unset}\"]\n",
	       "- b:\n    c: 1\n    d:\n    - 2\n");
	expect("a: {$do: [1, 2]}\n", "- a:\n  - 1\n  - 2\n");
	expect("- a: 1\n- a: 2\n", "- a: 1\n- a: 2\n");
	expect("$if: ${meta.flag}\n$merge: [{a: 1}]\nb: ${meta.name}\n", "- a: 1\n  b: orders\n");
}

/* Where values come from. */
static void origins(void)
{
	struct bench b = bench_new();
	const struct node *root = read_yaml(&b, "templates/t.yaml",
					    "a: ${meta.name}\n"
					    "b: x${meta.size}${meta.name}\n"
					    "c: ${meta.flag and meta.size + meta.items[1].port}\n"
					    "d: ${meta.labels}\n"
					    "e: {f: 1}\n");
	const struct template *t = template_compile(b.scope, root, b.d);
	struct node_list list = { 0 };
	const struct node *meta, *n;

	open_unit(&b);
	CHECK(expand_template(b.x, t, &list) == 0 && list.n == 1);
	meta = expand_get(b.x, 0);
	n = node_at(list.first, "a");
	CHECK(n->pos.line == 1 && n->from && n->from->n == 1 &&
	      n->from->nodes[0] == node_at(meta, "name"));
	n = node_at(list.first, "b");
	CHECK(n->pos.line == 2 && n->from && n->from->n == 2 &&
	      n->from->nodes[0] == node_at(meta, "size") &&
	      n->from->nodes[1] == node_at(meta, "name"));
	n = node_at(list.first, "c");
	CHECK(n->num == 4 && n->from && n->from->n == 3 &&
	      n->from->nodes[2] == node_at(node_at(meta, "items")->kids, "port"));
	n = node_at(list.first, "d");
	CHECK(n->pos.line == 4 && n->from && n->from->nodes[0] == node_at(meta, "labels") &&
	      n->kids == node_at(meta, "labels")->kids);
	n = node_at(list.first, "e");
	CHECK(n->fixed && n->kids->fixed && !n->from && !list.first->fixed);
	bench_free(&b);
}

/* One group and what comes of it. */
static void group(const char *text, const char *want)
{
	struct bench b = bench_new();
	const struct template *t = template_compile_group(
	    b.scope, 1, read_yaml(&b, "templates/model/names.yaml", text), b.d);
	const char *got;

	if (t)
		open_unit(&b);
	if (t && !diags_errors(b.d) && expand_group(b.x, t) == 0) {
		b.out.n = 0;
		print_yaml(&b.out, expand_get(b.x, 1));
		got = buf_z(&b.out);
	} else {
		got = findings(&b);
	}
	if (!CHECK(strstr(got, want) != NULL))
		(void)printf("# group:\n%s# want:\n%s\n# got:\n%s", text, want, got);
	bench_free(&b);
}

static void groups(void)
{
	group("frist: a\n", "the record declares no fact 'frist'");
	group("first: ${self.second}\nsecond: b\n", "'self.second' is not computed yet");
	group("first: ${last.value}\n", "undeclared name 'last'");
	group("first: ${last.value}\n", "'last' is computed after this file");
	group("first: 1\n", "'names.first' is declared as string, but this is an integer");
	group("second: b\n", "'names.first' is not set");
	group("first: a\nlist: ${ {1} }\n", "'names.list[]' is declared as string");
	group("second: ${self.first}-b\nfirst: a\n", "first: a\nsecond: a-b\n");
	group("first: a\nlist: ${ {} }\n", "list: []\n");
	group("$let: {x: \"${meta.name}\"}\nfirst: ${x}\n", "first: orders\n");
}

int main(void)
{
	wrong_templates();
	values();
	directives();
	origins();
	groups();
	return check_done("expand");
}
