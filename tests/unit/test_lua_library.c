/* SPDX-License-Identifier: Apache-2.0 */
/* test_lua_library.c: modules, policies and defaults: what loads, what they keep, their tests. */
#include "unit/lua_fixture.h"

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
		"policies/mod.lua:2:1: error: rule: 'a' is registered twice, before this in "
		"policies/mod.lua: take another id [lua-register]");
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

int main(void)
{
	sources();
	registered();
	defaults();
	state();
	after_trips();
	run_tests();
	revisions();
	return check_done("lua_library");
}
