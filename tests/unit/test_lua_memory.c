/* SPDX-License-Identifier: Apache-2.0 */
/* test_lua_memory.c: every allocation of a state fails once; nothing aborts, nothing leaks. */
#include "lua/state.h"
#include "unit/check.h"

static const char module_text[] =
    "local m = {deep = {list = {1, 2, 3}, name = 'x'}}\n"
    "local count = 0\n"
    "function m.f(n) local out = {} for i = 1, n do out[i] = ('x'):rep(i) .. i end return out end\n"
    "return m\n";

static const char policy_text[] =
    "rule{id='a', title='b', controls={'x'}, check=function(c) return m.f(3) end}\n"
    "test 'x' (function(t) t.equal(1, 1) end)\n";

static const struct file module_file = { { "lua/m.lua", 9 },
					 { module_text, sizeof(module_text) - 1 },
					 NULL };
static const struct file policy_file = { { "policies/p.lua", 14 },
					 { policy_text, sizeof(policy_text) - 1 },
					 NULL };
static const struct file template_file = { { "t.yaml", 6 }, { "", 0 }, NULL };

static struct lua_library *make_library(struct arena *a)
{
	static const struct str names[] = { { "v", 1 } };
	struct lua_library *lib = lua_library_new(a);
	struct lua_expression e = {
		str_of("{a = m.f(20), b = v.list, c = table.concat(m.f(9), ','), d = v}"),
		{ &template_file, 1, 1 },
		names,
		1
	};

	lua_library_add(lib,
			&(struct lua_source){ LUA_MODULE, str_of("m"), 0, &module_file, false });
	lua_library_add(lib,
			&(struct lua_source){ LUA_POLICY, str_of("p"), 0, &policy_file, false });
	(void)lua_library_expression(lib, &e);
	return lib;
}

/* Opening fails at allocation n, or from n on; the number of allocations that a whole opening
 * takes is found on the way. */
static void open_fails(const struct lua_library *lib, bool once)
{
	size_t n = 1;

	for (;; n++) {
		struct lua_worker *w = lua_worker_new(lib);
		int opened;
		bool done;

		w->memory.fail_at = n;
		w->memory.fail_once = once;
		opened = state_open(w);
		if (opened)
			CHECK(!w->L);
		done = n > 10000 || (opened == 0 && w->memory.calls < n);
		lua_worker_free(w);
		if (done)
			break;
	}
	CHECK(n > 100 && n < 10000);
	(void)printf("# %zu allocations\n", n);
}

static void eval_fails(struct arena *a, const struct lua_library *lib, bool once)
{
	struct node *record = node_new(a, NODE_MAP, (struct pos){ 0 });
	struct node *list = node_new(a, NODE_LIST, (struct pos){ 0 });
	const struct node *args[1] = { record };
	struct node_list fields = { 0 };
	size_t failed = 0;

	node_put(&fields, str_of("list"), list);
	record->kids = fields.first;
	for (size_t n = 1; n < 10000; n++) {
		struct lua_worker *w = lua_worker_new(lib);
		struct diags *d = diags_new(a);
		struct lua_job job = { .arena = a, .diags = d, .what = str_of("cluster x") };
		struct reads reads = { .arena = a };
		const struct lua_result how = { .pos = { &template_file, 1, 1 }, .reads = &reads };
		struct node *out = NULL;
		int result;

		CHECK(state_open(w) == 0);
		lua_worker_begin(w, &job);
		w->memory.calls = 0;
		w->memory.fail_at = n;
		w->memory.fail_once = once;
		result = lua_worker_eval(w, 0, args, &how, &out);
		CHECK((result == 0) == (diags_errors(d) == 0) && (result == 0) == (out != NULL));
		failed += result != 0;
		(void)lua_worker_end(w);
		n = w->memory.calls < n ? 10000 : n; /* a whole run has no more allocations */
		lua_worker_free(w);
	}
	CHECK(once || failed > 10);
}

int main(void)
{
	struct arena *a = arena_new();
	struct diags *d = diags_new(a);
	struct lua_library *lib = make_library(a);

	CHECK(lua_library_check(lib, d) == 0);
	lua_library_close(lib); /* every worker below makes its own state */
	open_fails(lib, false);
	open_fails(lib, true);
	eval_fails(a, lib, false);
	eval_fails(a, lib, true);
	arena_free(a);
	return check_done("lua memory");
}
