/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_test.c: howdah test: tests of policies, sizing and intents, as TAP; what rules covered. */
#include <stdio.h>

#include "base/os.h"
#include "cmd/command.h"
#include "cmd/fleet.h"
#include "lua/worker.h"
#include "unit/trial.h"
#include "world/repository.h"
#include "world/rulebook.h"

/* A run of tests that is being printed. */
struct tap {
	struct arena *arena;
	struct buf out;
	size_t n, failed;
};

/* One result, with the lines that tell why it failed. */
static void tap_line(struct tap *t, bool passed, const char *title, struct str why)
{
	t->n++;
	t->failed += !passed;
	buf_fmt(&t->out, "%sok %zu - %s\n", passed ? "" : "not ", t->n, title);
	for (struct str rest = why; !passed && rest.n;) {
		size_t end = str_find(rest, '\n');

		buf_fmt(&t->out, "# %.*s\n", (int)end, rest.p);
		rest = str_cut(rest, end + 1, rest.n);
	}
}

static struct str findings(struct arena *a, const struct diags *d)
{
	struct buf out = { 0 };

	diags_print(d, &out, DIAG_TEXT, false);
	return buf_take(&out, a);
}

static bool is_builtin(const struct lua_entry *e)
{
	return str_starts(e->pos.file->name, "built-in:");
}

/* howdah's own tests take one line for each file, those of the repository one each. */
static void lua_file(struct tap *t, struct lua_worker *w, const struct lua_library *lib,
		     size_t range[2])
{
	const struct lua_entry *e = lua_library_entry(lib, LUA_TEST, range[0]);
	struct diags *d = diags_new(t->arena);

	while (range[1] < lua_library_count(lib, LUA_TEST) &&
	       lua_library_entry(lib, LUA_TEST, range[1])->pos.file == e->pos.file)
		(void)lua_worker_test(w, range[1]++, d);
	tap_line(t, diags_errors(d) == 0,
		 arena_fmt(t->arena, "%s: %zu tests", e->pos.file->name.p, range[1] - range[0]).p,
		 findings(t->arena, d));
}

static void lua_tests(struct tap *t, const struct lua_library *lib)
{
	struct lua_worker *w = lua_worker_new(lib);

	for (size_t i = 0; i < lua_library_count(lib, LUA_TEST);) {
		const struct lua_entry *e = lua_library_entry(lib, LUA_TEST, i);
		struct diags *d = diags_new(t->arena);
		size_t range[2] = { i, i };

		if (is_builtin(e)) {
			lua_file(t, w, lib, range);
			i = range[1];
			continue;
		}
		(void)lua_worker_test(w, i++, d);
		tap_line(t, diags_errors(d) == 0,
			 arena_fmt(t->arena, "%s: %s", e->pos.file->name.p, e->id.p).p,
			 findings(t->arena, d));
	}
	lua_worker_free(w);
}

/* Tests of Lua files: howdah's, and those of the repository. 0, or -1 with err. */
static int policies(struct tap *t, const struct fleet_options *o, struct err *err)
{
	struct diags *d = diags_new(t->arena);
	struct files fs = { 0 };
	struct source *s = NULL;
	struct lua_library *lib = NULL;
	const char *dir = o->repository ? o->repository : ".";

	if (o->source ? source_open_git(t->arena, str_of(o->source), &s, err)
		      : source_open_dir(t->arena, dir, &s, err))
		return -1;
	files_builtin(t->arena, &fs, "");
	if (repository_files(t->arena, s, &fs, err)) {
		source_close(s);
		return -1;
	}
	source_close(s);
	lib = rulebook_new(t->arena, &fs, true);
	if (lua_library_check(lib, d))
		tap_line(t, false, "the Lua files can be loaded", findings(t->arena, d));
	else
		lua_tests(t, lib);
	lua_library_close(lib);
	return 0;
}

/* Writes the files of a golden folder into the repository. 0, or -1. */
static int write_golden(const struct cli *c, const struct trial *trial, struct err *err)
{
	struct arena *a = arena_new();
	const char *dir = c->value[OPT_repository];
	int root = os_root(dir ? dir : ".", err), folder = -1, failed = root < 0;

	failed = failed || os_mkdirs(root, trial->golden.p, err) ||
		 os_dir(root, trial->golden.p, &folder, err) != 1;
	for (size_t i = 0; !failed && i < trial->made->n; i++)
		failed = os_write(folder, arena_str(a, trial->made->files[i].name).p,
				  trial->made->files[i].bytes, err);
	os_close(folder);
	os_close(root);
	arena_free(a);
	return failed ? -1 : 0;
}

static int intents(struct cli *c, struct tap *t, const struct fleet_options *o, struct err *err)
{
	struct trials trials = { 0 };

	if (trials_run(t->arena, o, &trials, err))
		return -1;
	for (size_t i = 0; i < trials.n; i++) {
		const struct trial *one = &trials.list[i];

		if (c->value[OPT_write] && one->made && write_golden(c, one, err))
			return -1;
		tap_line(t, one->passed, arena_fmt(t->arena, "%s: %s", one->file.p, one->name.p).p,
			 one->why);
	}
	return 0;
}

static void cover_rule(struct buf *out, const struct fleet_result *r, struct str rule)
{
	size_t n = 0, waived = 0;

	for (size_t i = 0; i < r->n_hits; i++)
		if (str_eq(r->hits[i].rule, rule)) {
			n++;
			waived += r->hits[i].waived;
		}
	buf_fmt(out, "# %-22s ", rule.p);
	if (!n) {
		buf_text(out, "found nothing\n");
		return;
	}
	buf_fmt(out, "found %zu (%zu waived):", n, waived);
	for (size_t i = 0; i < r->n_hits; i++)
		if (str_eq(r->hits[i].rule, rule))
			buf_fmt(out, " %s", r->hits[i].cluster.n ? r->hits[i].cluster.p : "fleet");
	buf_char(out, '\n');
}

/* Where in the fleet each rule found something. */
static int coverage(struct cli *c, struct tap *t, const struct fleet_options *o, struct err *err)
{
	struct diags *d = diags_new(t->arena);
	struct fleet_options wanted = *o;
	struct fleet_result result;
	int code;

	wanted.hits = true;
	code = fleet_run(t->arena, d, &wanted, &result, err);
	if (err->set)
		return code;
	buf_fmt(&t->out, "# rules over %zu clusters\n", result.compiled + result.failed);
	for (size_t i = 0; i < result.n_rules; i++)
		cover_rule(&t->out, &result, result.rules[i]);
	if (!result.n_rules)
		cli_print(c, d);
	return CODE_FINE;
}

static int usage(struct cli *c, struct fleet_options *o)
{
	int code = cli_fleet_options(c, o);

	if (code < 0 && c->n_args)
		return cli_fail(CODE_USAGE, "test takes options only: -C names the repository");
	if (code < 0 && c->value[OPT_write] && c->value[OPT_source])
		return cli_fail(CODE_USAGE,
				"--write writes into the directory of -C, not into a commit");
	return code;
}

static int all(struct cli *c, struct tap *t, const struct fleet_options *o)
{
	struct err err = { 0 };
	int code = policies(t, o, &err) || intents(c, t, o, &err) ? CODE_OUTSIDE : CODE_FINE;

	if (!code && c->value[OPT_coverage])
		code = coverage(c, t, o, &err);
	if (err.set)
		return cli_fail(CODE_OUTSIDE, "%s", err.text);
	buf_fmt(&t->out, "1..%zu\n", t->n);
	if (!code)
		code = cli_write(buf_view(&t->out));
	return !code && t->failed ? CODE_FINDING : code;
}

static int run(struct cli *c)
{
	struct fleet_options o;
	int code = usage(c, &o);

	if (code < 0) {
		struct tap t = { .arena = arena_new() };

		code = all(c, &t, &o);
		buf_release(&t.out);
		arena_free(t.arena);
	}
	return code;
}

const struct command command_test = {
	.name = "test",
	.usage = "[-C REPO] [--coverage] [--write]",
	.summary = "run the tests of policies, sizing and intents",
	.help = "Runs the tests that stand in policies/*.lua and policies/*_test.lua, those of "
		"howdah's "
		"own rules\n"
		"and sizing, and tests/*.yaml (kind IntentTest: given these files and edits, "
		"expect these "
		"fields,\n"
		"denials, files). Prints TAP; exit code 1 when one fails.\n\n"
		"  howdah test\n"
		"  howdah test --coverage     also: where in the fleet each rule found something\n"
		"  howdah test --write        fill the folders that tests name as golden",
	.options = BIT_repository | BIT_source | BIT_as_of | BIT_jobs | BIT_coverage | BIT_write,
	.run = run,
};
