/* SPDX-License-Identifier: Apache-2.0 */
/* test_lua.c: what expressions in the sandbox can do, and mostly cannot. */
#include "unit/lua_fixture.h"

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
	return check_done("lua");
}
