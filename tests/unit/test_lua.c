/* SPDX-License-Identifier: Apache-2.0 */
/* test_lua.c: what code in the sandbox can do, and mostly cannot. */
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

static struct bench bench_new(void)
{
	struct bench b = { .arena = arena_new() };

	b.d = diags_new(b.arena);
	b.lib = lua_library_new(b.arena);
	b.reads.arena = b.arena;
	return b;
}

static void bench_free(struct bench *b)
{
	buf_release(&b->out);
	lua_worker_free(b->worker);
	lua_library_close(b->lib);
	arena_free(b->arena);
}

static void add(struct bench *b, enum lua_role role, const char *name, const char *text)
{
	struct str path =
	    arena_fmt(b->arena, "%s/%s.lua", role == LUA_POLICY ? "policies" : "lua", name);

	lua_library_add(b->lib,
			&(struct lua_source){ role, str_of(name), 0,
					      make_file(b->arena, path.p, str_of(text)), false });
}

static int add_expression(struct bench *b, const char *text)
{
	static const struct str names[] = { { "v", 1 } };
	struct str t = str_of(text);
	const struct file *f = make_file(b->arena, "templates/t.yaml", t);

	return lua_library_expression(b->lib, &(struct lua_expression){ t, { f, 1, 1 }, names, 1 });
}

static void begin(struct bench *b)
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

static double milliseconds(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1000 + (double)t.tv_nsec / 1000000;
}

static void gives(const char *text, const char *want)
{
	struct bench b = bench_new();
	const char *got = evaluated(&b, text);

	if (!CHECK(diags_errors(b.d) == 0 && strcmp(got, want) == 0))
		(void)printf("# %s\n# want: %s# got: %.400s\n", text, want, got);
	bench_free(&b);
}

static void fails(const char *text, const char *want)
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
static void body_fails(const char *text, const char *want)
{
	char whole[4096];

	(void)snprintf(whole, sizeof(whole), "(function() %s end)()", text);
	fails(whole, want);
}

static void body_gives(const char *text, const char *want)
{
	char whole[4096];

	(void)snprintf(whole, sizeof(whole), "(function() %s end)()", text);
	gives(whole, want);
}

static void absent(void)
{
	static const char *const names[] = {
		"io",
		"os",
		"debug",
		"package",
		"require",
		"dofile",
		"loadfile",
		"load",
		"loadstring",
		"collectgarbage",
		"coroutine",
		"setmetatable",
		"getmetatable",
		"rawset",
		"rawget",
		"rawequal",
		"rawlen",
		"xpcall",
		"warn",
		"print",
		"utf8",
		"next",
		"_G",
		"string.dump",
		"string.pack",
		"string.unpack",
		"string.packsize",
		"string.find",
		"string.match",
		"string.gmatch",
		"string.gsub",
		"table.move",
		"table.pack",
		"math.random",
		"math.randomseed",
		"math.huge",
		"math.pi",
		"_VERSION",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct bench b = bench_new();
		const char *got = evaluated(&b, names[i]);

		CHECK(strcmp(got, "nil\n") == 0 || strstr(got, "undeclared name"));
		bench_free(&b);
	}
}

static void reachable(void)
{
	struct bench b = bench_new();
	struct buf want = { 0 };
	FILE *f = fopen("tests/unit/lua_reachable.txt", "r");
	char *at;

	CHECK(lua_library_check(b.lib, b.d) == 0);
	b.worker = lua_worker_new(b.lib);
	CHECK(lua_worker_reach(b.worker, &b.out) == 0);
	for (size_t n = 1; f && n;) {
		at = buf_room(&want, 4096);
		n = fread(at, 1, 4096, f);
		want.n += n;
	}
	if (f)
		(void)fclose(f);
	if (!CHECK(str_eq(buf_view(&want), buf_view(&b.out))))
		(void)printf("# reachable:\n%s", buf_z(&b.out));
	buf_release(&want);
	bench_free(&b);
}

static void limits(void)
{
	body_fails("while true do end", "takes too many steps");
	body_fails("while true do pcall(function() while true do end end) end", "[lua-fuel]");
	body_fails("local function f() return pcall(f) end while true do f() end", "[lua-fuel]");
	body_fails("local function f() return 1 + f() end return f()", "[lua-fuel]");
	body_fails("local function f() pcall(f) pcall(f) end f() return 1", "[lua-fuel]");
	fails("('x'):rep(1 << 30)", "a text of more than 256 KiB");
	fails("('x'):rep(1 << 62, 'yy')", "a text of more than 256 KiB");
	body_fails("local s = 'x' while true do s = s .. s end", "a text of more than 256 KiB");
	body_fails("local s = 'x' while true do pcall(function() s = s .. s end) end",
		   "a text of more than 256 KiB");
	body_fails("local t, s = {}, ('x'):rep(200000) for i = 1, 1e6 do t[i] = s .. i end",
		   "32 MiB of memory [lua-memory]");
	body_fails("local s = ('x'):rep(262000) local n = 0 while true do n = n + #(s .. 'y') end",
		   "[lua-fuel]");
	body_fails("local s, t = ('x'):rep(262000), {} t[1] = s .. 'a' t[2] = s .. 'b' "
		   "while true do if t[1] == t[2] then end end",
		   "[lua-fuel]");
	body_fails("local t = {} for i = 1, 90000 do t[i] = i end table.sort(t)", "[lua-fuel]");
	body_fails("local t = {} while true do table.insert(t, 1, 0) end", "[lua-fuel]");
	body_fails("table.sort({3, 2, 1}, function(a, b) while true do end end)", "[lua-fuel]");
	body_fails("for k in pairs(v) do while true do end end", "[lua-fuel]");
	body_fails("local t = {} local function f(x) t[#t + 1] = function() return x end end "
		   "while true do f({}) end",
		   "[lua-fuel]");
	fails("string.find_plain(('a'):rep(250000), ('a'):rep(120000) .. 'b')", "[lua-fuel]");
	body_fails("local s = ('a'):rep(250000) while true do s = s:replace('a', 'a') end",
		   "[lua-fuel]");
	body_fails("local t = {{}} for i = 1, 40 do t = {t, t} end return t", "nested too deep");
	body_fails("local t = {1} for i = 1, 30 do t = {t, t} end return t", "[lua-fuel]");
	body_fails("local t = {} t[1] = t return t", "does it contain itself?");
}

/* 32 MiB in a call that has enough steps for it. */
static void memory_limit(void)
{
	struct bench b = bench_new();
	struct node *out = NULL;

	add(&b, LUA_POLICY, "fat",
	    "rule{id='fat', title='x', check=function(c)\n"
	    "  local t = {}\n"
	    "  for i = 1, 1e9 do t[i] = {{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}} end\n"
	    "end}\n"
	    "rule{id='caught', title='x', check=function(c)\n"
	    "  local ok = pcall(function() local t = {} for i = 1, 1e9 do "
	    "t[i] = {{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}} end end)\n"
	    "  return {ok = ok}\n"
	    "end}\n"
	    "rule{id='thin', title='x', check=function(c) return {n = c.size} end}\n");
	CHECK(lua_library_check(b.lib, b.d) == 0);
	begin(&b);
	CHECK(lua_worker_call(b.worker, lua_library_entry(b.lib, LUA_RULE, 0), b.record, &b.reads,
			      &out) == -1);
	CHECK(lua_worker_call(b.worker, lua_library_entry(b.lib, LUA_RULE, 1), b.record, &b.reads,
			      &out) == -1 &&
	      !out);
	CHECK(lua_worker_call(b.worker, lua_library_entry(b.lib, LUA_RULE, 2), b.record, &b.reads,
			      &out) == 0 &&
	      out && node_num(out, "n", 0) == 3);
	CHECK(lua_worker_end(b.worker) == 0);
	CHECK(strstr(findings(&b), "policies/fat.lua:1:1: error: needs more than 32 MiB of memory "
				   "[lua-memory]") != NULL);
	CHECK(strstr(findings(&b), "policies/fat.lua:5:1: error: needs more") != NULL);
	CHECK(diags_errors(b.d) == 2);
	bench_free(&b);
}

static void texts(void)
{
	gives("('Abc'):upper() .. ('Abc'):lower() .. #'\\u{e4}'", "ABCabc2\n");
	gives("('a,b,,c'):split(',')", "- a\n- b\n- \"\"\n- c\n");
	fails("('a'):split('')", "at least one byte");
	gives("('orders'):find_plain('der', 2)", "3\n");
	gives("('orders'):find_plain('x')", "nil\n");
	gives("('orders'):find_plain('', 7)", "7\n");
	gives("('orders'):sub(2, -2)", "rder\n");
	gives("('orders'):sub(-100, 2) .. ('x'):sub(5)", "or\n");
	gives("('orders'):sub(math.mininteger, math.maxinteger)", "orders\n");
	gives("('a b '):trim() .. (' \\n'):trim()", "\"a b\"\n");
	gives("('x'):rep(3, '-') .. ('x'):rep(-1)", "x-x-x\n");
	gives("('a.b.c'):replace('.', '::')", "a::b::c\n");
	gives("string.format('%05d|%-4s|%x|%%|%s', -42, 'a', 255, true)",
	      "\"-0042|a   |ff|%|true\"\n");
	fails("string.format('%p', v)", "format: only");
	fails("string.format('%s', v)", "number expected");
	fails("string.format('%1000000000s', 'x')", "format: only");
	gives("string.char(72, 105) .. ('Hi'):byte(2)", "Hi105\n");
	gives("('pg-x'):starts_with('pg') and ('pg-x'):ends_with('-x')", "true\n");
	gives("tostring(12) .. tostring(false) .. tostring(nil)", "\"12falsenil\"\n");
	fails("tostring(v)", "string, integer, boolean expected");
	fails("tostring({})", "string, integer, boolean expected");
	fails("tostring(tostring)", "string, integer, boolean expected");
	fails("tostring(1.5)", "not whole");
	gives("tonumber('12') + 1", "13\n");
	gives("tonumber('0x10') or tonumber('1e3') or 'no number'", "\"no number\"\n");
	fails("v.map + 1", "attempt to perform arithmetic on a map or list value");
	fails("('x'):rep(v.list)", "(number expected, got map or list)");
	fails("'10' + 1", "attempt to perform arithmetic on a string value");
	body_fails("('').x = 1", "attempt to index a string value");
	body_fails("string.rep = nil", "cannot be changed");
	gives("('x').dump", "nil\n");
}

static void tables(void)
{
	gives("(function() local t = {3, 1, 2} table.sort(t) return t end)()", "- 1\n- 2\n- 3\n");
	body_gives("local t = {{n='b', i=1}, {n='a', i=2}, {n='b', i=3}, {n='a', i=4}} "
		   "table.sort(t, function(a, b) return a.n < b.n end) "
		   "local out = {} for i, x in ipairs(t) do out[i] = x.i end "
		   "return table.concat(out, ' ')",
		   "\"2 4 1 3\"\n");
	body_fails("table.sort({2, 1}, function() return true end)", "both a < b and b < a");
	body_fails("table.sort({2, 1}, function() return 1 end)", "not true or false");
	body_fails("table.sort({2, 'a'})", "attempt to compare");
	body_gives("local t = {} for _, k in ipairs({'z', 'a', 3, 1, 'B', 2}) do t[k] = true end "
		   "local out = {} for k in pairs(t) do out[#out + 1] = k end "
		   "return table.concat(out, ' ')",
		   "\"1 2 3 B a z\"\n");
	body_fails("for k in pairs({[true] = 1}) do end", "only texts and integers");
	body_fails("for k in pairs({[1.5] = 1}) do end", "only texts and integers");
	body_gives("local t = {a=1, b=2, c=3} for k in pairs(t) do t.b = nil end return t",
		   "a: 1\nc: 3\n");
	gives("table.concat({1, 'a', 2}, '-')", "\"1-a-2\"\n");
	fails("table.concat({1.5})", "not a text or integer");
	body_gives("local t = {1, 2} table.insert(t, 3) table.insert(t, 1, 0) "
		   "return {t, {table.remove(t)}, {table.remove(t, 1)}, {table.unpack(t)}}",
		   "- - 1\n  - 2\n- - 3\n- - 0\n- - 1\n  - 2\n");
	body_fails("table.insert({}, 5, 1)", "no such place");
	body_fails(
	    "table.unpack(list{1, 2}, 1, 1e8) return table.unpack(('x '):rep(300):split(' '))",
	    "more than 200 items");
	gives("math.max(1, 3, 2) + math.min(1, 3) + math.abs(-4)", "8\n");
	gives("select('#', 1, nil) + select(2, 5, 6)", "8\n");
	fails("select(-1, 1)", "must be 1 or more");
}

static void errors(void)
{
	fails("error('my words')", "error: my words [lua-error]");
	fails("error({})", "string expected");
	fails("nil .. 'x'", "attempt to concatenate a nil value");
	fails("v.nothing.x",
	      "intents/o.yaml:2:1: error: attempt to index a nil value (field 'nothing')");
	body_gives("local ok, e = pcall(error, 'x') return {tostring(ok), e}",
		   "- \"false\"\n- x\n");
	body_gives("local ok, e = pcall(function() local x = nil + 1 end) return type(e)",
		   "string\n");
	fails("assert(false, 'words')", "error: words");
	fails("assert(nil)", "assertion failed");
	fails("x", "undeclared name 'x'");
	body_fails("x = 1", "declare it with 'local'");
	body_fails("local _ENV = {} x = 1 return x", "'_ENV' may not be used");
	fails("rule{}", "top level of policy files");
	fails("1 +", "[lua-syntax]");
	fails("1) (2", "[lua-");
	fails("1; while true do end", "')' expected near ';'");
	fails("return 1", "unexpected symbol near 'return'");
	body_fails("local x <close> = 1", "variable 'x' got a non-closable value");
}

static void border(void)
{
	gives("v",
	      "empty: []\nflag: true\nlist:\n- a\n- b\n- c\nmap:\n  a: 3\n  b: 2\n  z: 1\nname: "
	      "orders\n\"none\": {}\nsize: 3\n");
	gives("v.name .. #v.list .. v.list[2] .. v.map.z", "orders3b1\n");
	gives("v.list[0] == nil and v.list[4] == nil and v.map[1] == nil and v.other == nil",
	      "true\n");
	gives("type(v) .. type(v.list) .. type(v.name)", "tabletablestring\n");
	gives("{is_list(v.list), is_map(v.list), is_list(v.empty), is_map(v.none), is_list({}), "
	      "is_list(list{}), is_map(map{}), is_map({a = 1}), is_list({1})}",
	      "- true\n- false\n- true\n- true\n- false\n- true\n- true\n- true\n- true\n");
	body_gives("local out = {} for k, x in pairs(v.map) do out[#out + 1] = k .. x end "
		   "for i, x in pairs(v.list) do out[#out + 1] = i .. x end "
		   "for i, x in ipairs(v.list) do out[#out + 1] = i .. x end "
		   "return table.concat(out, ' ')",
		   "\"a3 b2 z1 1a 2b 3c 1a 2b 3c\"\n");
	body_fails("v.name = 'x'", "cannot be changed; make a new one");
	body_fails("v.list[1] = 'x'", "cannot be changed");
	body_fails("table.insert(v.list, 'x')", "table expected");
	body_fails("table.sort(v.list)", "table expected");
	fails("v.list.name", "a list has no field 'name'");
	gives("table.concat(v.list, ',')", "a,b,c\n");
	gives("{x = v.map, y = v.list}", "x:\n  a: 3\n  b: 2\n  z: 1\n\"y\":\n- a\n- b\n- c\n");
	fails("{}", "an empty table: list{} or map{}?");
	fails("{a = {b = {}}}", ".a.b is an empty table");
	fails("{1, nil, 3}", "neither 1, 2, ... nor all texts");
	fails("{[0] = 1}", "neither 1, 2, ... nor all texts");
	fails("{1, a = 2}", "neither 1, 2, ... nor all texts");
	fails("list{a = 1}", "neither 1, 2, ... nor all texts");
	fails("map{1}", "neither 1, 2, ... nor all texts");
	fails("0/0", "a number that is not whole");
	fails("2.0", "a number that is not whole");
	fails("{a = {1, 2, 1/0}}", ".a[3] is a number that is not whole");
	fails("function() end", "the value is a function");
	fails("{string.rep}", "[1] is a function");
	gives("{z = 1, a = 2, m = 3, b = 4, y = 5, c = 6, x = 7}",
	      "a: 2\nb: 4\nc: 6\nm: 3\nx: 7\n\"y\": 5\nz: 1\n");
	gives("9223372036854775807 // 1 == math.maxinteger", "true\n");
}

static void reads(void)
{
	struct bench b = bench_new();
	int e = add_expression(&b, "v.flag and v.list[2] .. v.map.a .. v.list[2]");
	struct node *out = NULL;

	CHECK(lua_library_check(b.lib, b.d) == 0);
	begin(&b);

	const struct lua_result how = { { b.job.intent.file, 7, 1 }, NULL, false, false, &b.reads };

	CHECK(lua_worker_eval(b.worker, e, &b.record, &how, &out) == 0 && out);
	CHECK(out->pos.line == 7 && out->from && out->from->n == 3);
	CHECK(out->from->nodes[0] == node_at(b.record, "flag"));
	CHECK(out->from->nodes[1] == node_at(b.record, "list")->kids->next);
	CHECK(out->from->nodes[2] == node_at(node_at(b.record, "map"), "a"));
	bench_free(&b);
}

/* Every source below must be refused when the library is checked. */
static void refused(enum lua_role role, const char *text, const char *want)
{
	struct bench b = bench_new();

	add(&b, role, "mod", text);
	if (!CHECK(lua_library_check(b.lib, b.d) == -1 && strstr(findings(&b), want)))
		(void)printf("# %s\n# want: %s\n# got: %.400s\n", text, want, findings(&b));
	bench_free(&b);
}

static void sources(void)
{
	struct bench b = bench_new();
	char *big = arena_alloc(b.arena, 70000, 1);

	memset(big, ' ', 69999);
	add(&b, LUA_MODULE, "big", big);
	CHECK(lua_library_check(b.lib, b.d) == -1 && strstr(findings(&b), "longer than 64 KiB"));
	bench_free(&b);
	refused(LUA_MODULE, "\033Lua\x54", "attempt to load a binary chunk");
	refused(LUA_MODULE, "return 1", "a module returns a table");
	refused(LUA_MODULE, "x = 1 return {}",
		"lua/mod.lua:1:1: error: 'x' would be a global name");
	refused(LUA_MODULE, "local m = {}\nfunction m.f() return sting.rep('x', 2) end\nreturn m",
		"lua/mod.lua:2:23: error: undeclared name 'sting'");
	refused(LUA_MODULE, "local m = {}\nfunction m.f() return sting.rep('x', 2) end\nreturn m",
		"did you mean 'string'?");
	refused(LUA_MODULE, "local m = {}\nlocal function f(_ENV) x = 1 end\nreturn m", "'_ENV'");
	refused(LUA_MODULE, "local m = {}\n\nm.x = m.y.z\nreturn m",
		"lua/mod.lua:3:1: error: attempt to index a nil value (field 'y') [lua-error]");
	refused(LUA_MODULE, "local m = {}\nm.x == 1\nreturn m",
		"lua/mod.lua:2:1: error: syntax error near '==' [lua-syntax]");
	refused(LUA_MODULE, "while true do end", "lua/mod.lua:1:1: error: takes too many steps");
	refused(LUA_MODULE, "rule{id='a', title='b', check=function() end}\nreturn {}",
		"rule is for the top level of policy files");
	refused(LUA_TESTS, "rule{id='a', title='b', check=function() end}", "policy files");
	refused(LUA_POLICY, "rule{id='a', check=function() end}", "rule: 'title' is missing");
	refused(LUA_POLICY, "rule{id='A b', title='x', check=function() end}", "is no id");
	refused(LUA_POLICY, "rule{id='a', title='x', check=1}", "'check' must be a function");
	refused(LUA_POLICY, "rule{id='a', title='x', chekc=1, check=function() end}",
		"'chekc' is no field of it");
	refused(LUA_POLICY,
		"rule{id='a', title='x', check=function() end}\n"
		"rule{id='a', title='x', check=function() end}",
		"policies/mod.lua:2:1: error: rule: 'a' is registered twice [lua-register]");
	refused(LUA_POLICY, "defaults{id='a'}", "defaults: 'set' is missing");
	refused(LUA_POLICY, "test 'x' (1)", "function expected");
	refused(LUA_MODULE, "return {x = json({1})}", "not for the top level of a file");
}

static void registered(void)
{
	struct bench b = bench_new();
	const struct lua_entry *e;
	struct node *out = NULL;

	add(&b, LUA_POLICY, "p",
	    "local floor = 3\n"
	    "\n"
	    "rule{id='backups', title='Production has backups', severity='deny',\n"
	    "  controls={'CC7.5', 'A.8.13'}, check=function(c)\n"
	    "    if c.size < floor then return {message = 'too small'} end\n"
	    "  end}\n"
	    "defaults{id='sizes', set=function(c)\n"
	    "  return {backup = {keep = c.size * 2}, labels = {}}\n"
	    "end}\n"
	    "test 'it holds' (function(t) t.equal(floor, 3) end)\n");
	CHECK(lua_library_check(b.lib, b.d) == 0);
	CHECK(lua_library_count(b.lib, LUA_RULE) == 1);
	CHECK(lua_library_count(b.lib, LUA_DEFAULTS) == 1);
	CHECK(lua_library_count(b.lib, LUA_TEST) == 1);
	e = lua_library_entry(b.lib, LUA_RULE, 0);
	CHECK(str_is(e->id, "backups") && e->pos.line == 3 && e->pos.col == 1);
	CHECK(str_is(node_text(e->meta, "severity"), "deny") &&
	      node_count(node_at(e->meta, "controls")) == 2 && !node_at(e->meta, "check"));
	begin(&b);
	CHECK(lua_worker_call(b.worker, lua_library_entry(b.lib, LUA_RULE, 0), b.record, &b.reads,
			      &out) == 0 &&
	      !out);
	CHECK(lua_worker_call(b.worker, lua_library_entry(b.lib, LUA_DEFAULTS, 0), b.record,
			      &b.reads, &out) == -1);
	CHECK(strstr(findings(&b), ".labels is an empty table") != NULL);
	CHECK(strstr(findings(&b), "while compiling cluster a/orders") != NULL);
	bench_free(&b);
}

static void defaults(void)
{
	struct bench b = bench_new();
	struct node *out = NULL;
	const struct node *keep;

	add(&b, LUA_POLICY, "p",
	    "\ndefaults{id='sizes', set=function(c) return {backup = {keep = c.size * 2}} end}\n");
	CHECK(lua_library_check(b.lib, b.d) == 0);
	begin(&b);
	CHECK(lua_worker_call(b.worker, lua_library_entry(b.lib, LUA_DEFAULTS, 0), b.record,
			      &b.reads, &out) == 0);
	keep = node_at(node_at(out, "backup"), "keep");
	CHECK(keep && keep->num == 6 && keep->pos.line == 2 &&
	      str_is(keep->pos.file->name, "policies/p.lua"));
	CHECK(keep && keep->from && keep->from->nodes[0] == node_at(b.record, "size"));
	CHECK(lua_worker_end(b.worker) == 0);
	bench_free(&b);
}

/* Code that would carry something from one unit to the next. */
static void keeps(const char *text, const char *want)
{
	struct bench b = bench_new();
	struct node *out = NULL;
	int failed = 0;

	add(&b, LUA_POLICY, "p", text);
	CHECK(lua_library_check(b.lib, b.d) == 0);
	for (int i = 0; i < 2; i++) {
		begin(&b);
		failed += lua_worker_call(b.worker, lua_library_entry(b.lib, LUA_RULE, 0), b.record,
					  &b.reads, &out) != 0;
		failed += lua_worker_end(b.worker) != 0;
		CHECK(out == NULL || node_num(out, "n", 0) == 1);
	}
	if (!CHECK(failed == (want ? 2 : 0) && (!want || strstr(findings(&b), want))))
		(void)printf("# %s\n# want: %s\n# got: %.400s\n", text, want, findings(&b));
	bench_free(&b);
}

static void state(void)
{
	keeps(
	    "local n = 0\n"
	    "rule{id='a', title='x', check=function(c) n = n + 1 return {n = n} end}\n",
	    "policies/p.lua:2:1: error: 'n' is changed by a function here and keeps its value for "
	    "the next unit [lua-state]");
	keeps(
	    "local t = {n = 0}\n"
	    "rule{id='a', title='x', check=function(c) t.n = t.n + 1 return {n = t.n} end}\n",
	    "policies/p.lua:2:1: error: a table that was made while the file was loaded cannot be "
	    "changed [lua-state]");
	keeps("local t = {deep = {list = {}}}\n"
	      "rule{id='a', title='x', check=function(c) table.insert(t.deep.list, 1) end}\n",
	      "[lua-state]");
	keeps("local t = {list = {2, 1}}\n"
	      "rule{id='a', title='x', check=function(c) table.sort(t.list) end}\n",
	      "[lua-state]");
	keeps("local t = {}\n"
	      "rule{id='a', title='x', check=function(c) list(t) end}\n",
	      "[lua-state]");
	keeps("local memo\n"
	      "local function get(c) if not memo then memo = {n = c.size} end return memo end\n"
	      "rule{id='a', title='x', check=function(c) get(c) end}\n",
	      "'memo' is changed");
	keeps("local function outer() local n = 0 return function() n = n + 1 return n end end\n"
	      "local count = outer()\n"
	      "rule{id='a', title='x', check=function(c) return {n = count()} end}\n",
	      "'n' is changed");
	keeps("rule{id='a', title='x', check=function(c) string.x = 1 end}\n", "[lua-state]");
	refused(LUA_POLICY, "rule{id='a', title='x', check=function(c) x = 1 end}\n",
		"policies/mod.lua:1:43: error: undeclared name 'x'");
	keeps("local x = 1\nrule{id='a', title='x', check=function(c) x = 1.0 end}\n",
	      "'x' is changed");
	keeps("local t = {n = 1, list = {4, 5}, f = function(x) return x end}\n"
	      "rule{id='a', title='x', check=function(c)\n"
	      "  local sum = 0\n"
	      "  for _, x in ipairs(t.list) do sum = sum + x end\n"
	      "  for k, x in pairs(t.list) do sum = sum + x * k end\n"
	      "  assert(sum == 23 and #t.list == 2 and table.concat(t.list) == '45')\n"
	      "  return {n = t.f(t.n)}\n"
	      "end}\n",
	      NULL);
}

/* Findings are the same however often the state was discarded before. */
static void after_trips(void)
{
	struct bench b = bench_new();
	int loop = add_expression(&b, "(function() while true do end end)()");
	int fine = add_expression(&b, "v.size + 1");
	struct node *out = NULL;

	CHECK(lua_library_check(b.lib, b.d) == 0);
	begin(&b);

	const struct lua_result how = { { b.job.intent.file, 1, 1 }, NULL, false, false, &b.reads };

	for (int i = 0; i < 3; i++) {
		CHECK(lua_worker_eval(b.worker, loop, &b.record, &how, &out) == -1);
		CHECK(lua_worker_eval(b.worker, fine, &b.record, &how, &out) == 0 && out->num == 4);
	}
	CHECK(lua_worker_end(b.worker) == 0 && diags_errors(b.d) == 3);
	bench_free(&b);
}

static void run_tests(void)
{
	struct bench b = bench_new();

	add(&b, LUA_MODULE, "m", "local m = {} function m.half(n) return n // 2 end return m");
	add(&b, LUA_TESTS, "m_test",
	    "test 'right' (function(t)\n"
	    "  t.equal(m.half(5), 2)\n"
	    "  t.equal({a = {1, {}}}, {a = {1, list{}}})\n"
	    "  t.ok(m.half(4) == 2)\n"
	    "  t.fails(function() error('one two') end, 'two')\n"
	    "end)\n"
	    "test 'wrong value' (function(t)\n"
	    "  t.equal(m.half(5), 3)\n"
	    "end)\n"
	    "test 'no error' (function(t) t.fails(function() end) end)\n"
	    "test 'raises' (function(t) m.half(nil) end)\n"
	    "local n = 0\n"
	    "test 'keeps state' (function(t) n = n + 1 end)\n");
	CHECK(lua_library_check(b.lib, b.d) == 0 && lua_library_count(b.lib, LUA_TEST) == 5);
	b.worker = lua_worker_new(b.lib);
	CHECK(lua_worker_test(b.worker, 0, b.d) == 0);
	for (size_t i = 1; i < 5; i++)
		CHECK(lua_worker_test(b.worker, i, b.d) == -1);
	CHECK(strstr(findings(&b), "lua/m_test.lua:8:3: error: got 2, want 3 [lua-test]") != NULL);
	CHECK(strstr(findings(&b), "note: in the test 'wrong value'") != NULL);
	CHECK(strstr(findings(&b), "no error was raised [lua-test]") != NULL);
	CHECK(strstr(findings(&b), "lua/m.lua:1:14: error: attempt") ||
	      strstr(findings(&b), "lua/m.lua:1:1: error: attempt"));
	bench_free(&b);
}

/* Modules that exist once per pod revision. */
static void revisions(void)
{
	struct bench b = bench_new();
	int e = add_expression(&b, "s.n + v.size");
	struct node *out = NULL;

	for (uint32_t r = 1; r <= 2; r++) {
		struct str text = arena_fmt(b.arena, "return {n = %u}", r * 10);
		struct lua_source s = {
			LUA_MODULE, str_of("s"), r,
			make_file(b.arena, r == 1 ? "revisions/1/s.lua" : "revisions/2/s.lua",
				  text),
			false
		};

		lua_library_add(b.lib, &s);
	}
	CHECK(lua_library_check(b.lib, b.d) == 0);
	for (uint32_t r = 1; r <= 2; r++) {
		begin(&b);
		b.job.revision = r;
		lua_worker_begin(b.worker, &b.job);

		const struct lua_result how = {
			{ b.job.intent.file, 1, 1 }, NULL, false, false, &b.reads
		};

		CHECK(lua_worker_eval(b.worker, e, &b.record, &how, &out) == 0 && out &&
		      out->num == r * 10 + 3);
		CHECK(lua_worker_end(b.worker) == 0);
	}
	bench_free(&b);
}

/* The seed of Lua's hash tables is new in every state; nothing may show it. */
static void one_order(void)
{
	struct bench b = bench_new();
	struct buf first = { 0 };
	int e = add_expression(
	    &b, "(function() local t, out = {}, {} for i = 1, 14 do t['k' .. i * 7919] = i end "
		"for k, x in pairs(t) do out[#out + 1] = k .. x end "
		"return {table.concat(out, ' '), t} end)()");

	CHECK(lua_library_check(b.lib, b.d) == 0);
	for (int i = 0; i < 200; i++) {
		struct node *out = NULL;
		const struct lua_result how = { .pos = { 0 } };

		lua_worker_free(b.worker);
		lua_library_close(b.lib);
		b.worker = NULL;
		begin(&b);
		CHECK(lua_worker_eval(b.worker, e, &b.record, &how, &out) == 0 && out);
		if (i == 0)
			buf_text(&first, printed(&b, out));
		else if (!CHECK(str_is(buf_view(&first), printed(&b, out))))
			break;
	}
	buf_release(&first);
	bench_free(&b);
}

int main(void)
{
	one_order();
	absent();
	reachable();
	limits();
	memory_limit();
	texts();
	tables();
	errors();
	border();
	reads();
	sources();
	registered();
	defaults();
	state();
	after_trips();
	run_tests();
	revisions();
	return check_done("lua");
}
