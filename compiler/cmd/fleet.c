/* SPDX-License-Identifier: Apache-2.0 */
/* fleet.c: a run from the command line. */
#include "cmd/fleet.h"

#include <stdio.h>
#include <unistd.h>

enum { RACES_MOST = 3 };

static unsigned processors(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n < 1 ? 1 : n > 64 ? 64 : (unsigned)n;
}

static void progress(size_t done, size_t all)
{
	(void)fprintf(stderr, "\r%zu of %zu clusters%s", done, all, done == all ? "\r\033[K" : "");
	(void)fflush(stderr);
}

static bool is_date(struct str s)
{
	static const char form[] = "dddd-dd-dd";
	int64_t month = 0, day = 0;

	if (s.n != sizeof(form) - 1)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (form[i] == 'd' ? s.p[i] < '0' || s.p[i] > '9' : s.p[i] != form[i])
			return false;
	month = 10 * (s.p[5] - '0') + s.p[6] - '0';
	day = 10 * (s.p[8] - '0') + s.p[9] - '0';
	return month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

/* "ENV/NS/NAME". */
static bool is_cluster(struct str s)
{
	size_t parts = 1, at = 0;

	for (size_t i = 0; i <= s.n; i++) {
		if (i < s.n && s.p[i] != '/')
			continue;
		if (i == at)
			return false;
		parts += i < s.n;
		at = i + 1;
	}
	return parts == 3;
}

/* Which repository, and what of it. -1, or CODE_USAGE after a message. */
static int judge_source(const struct fleet_options *o)
{
	const char *at = o->source ? strchr(o->source, '@') : NULL;

	if (o->repository && o->source)
		return cli_fail(CODE_USAGE, "-C and --source name two repositories: give one");
	if (o->source && (!at || at == o->source || !at[1]))
		return cli_fail(CODE_USAGE,
				"--source is REPO@REV (a commit), such as .@HEAD, not '%s'",
				o->source);
	if (o->only.n && !is_cluster(o->only) &&
	    !(o->objects && str_starts(o->only, "destinations/")))
		return cli_fail(CODE_USAGE, "--only is ENVIRONMENT/NAMESPACE/NAME, not '%s'",
				o->only.p);
	if (o->as_of.n && !is_date(o->as_of))
		return cli_fail(CODE_USAGE, "--as-of is a date, YYYY-MM-DD, not '%s'", o->as_of.p);
	return -1;
}

int cli_fleet_options(const struct cli *c, struct fleet_options *o)
{
	const char *pass = c->value[OPT_dump_after], *jobs = c->value[OPT_jobs];
	int64_t n = 0;

	*o = (struct fleet_options){ .jobs = processors(), .dump = PASS_COUNT };
	o->repository = c->value[OPT_repository];
	o->source = c->value[OPT_source];
	o->objects = c->value[OPT_objects];
	o->full = c->value[OPT_full];
	o->keep_going = c->value[OPT_keep_going];
	o->only = str_of(c->value[OPT_only] ? c->value[OPT_only] : "");
	o->as_of = str_of(c->value[OPT_as_of] ? c->value[OPT_as_of] : "");
	o->progress = c->terminal ? progress : NULL;
	if (pass && (o->dump = pass_find(str_of(pass))) == PASS_COUNT)
		return cli_fail(CODE_USAGE,
				"'%s' is no pass; passes are load, check, layer, default, "
				"complete, model, expand, seal",
				pass);
	if (jobs && (!str_int(str_of(jobs), &n) || n < 1 || n > 64))
		return cli_fail(CODE_USAGE, "--jobs is a number from 1 to 64, not '%s'", jobs);
	if (jobs)
		o->jobs = (unsigned)n;
	return judge_source(o);
}

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

static void tell_output(const struct fleet_result *r)
{
	size_t n = r->compiled + r->reused;

	if (r->out.nothing)
		(void)fprintf(stderr, "howdah: %zu cluster%s, nothing changed\n", n, plural(n));
	else
		(void)fprintf(stderr,
			      "howdah: %zu cluster%s (%zu compiled, %zu as before): %zu director%s "
			      "new, %zu changed, %zu removed\n",
			      n, plural(n), r->compiled, r->reused, r->out.added,
			      r->out.added == 1 ? "y" : "ies", r->out.changed, r->out.removed);
}

/* The closing lines: what was written, how many findings; a check without any says so too. */
static void tell(const struct fleet_options *o, const struct fleet_result *r, const struct diags *d)
{
	size_t errors = diags_shown(d, SEV_ERROR), warnings = diags_shown(d, SEV_WARNING);
	bool writes = o->target.dir || o->target.repo;

	if (r->published)
		tell_output(r);
	if (errors || warnings)
		(void)fprintf(stderr, "howdah: %zu error%s, %zu warning%s%s\n", errors,
			      plural(errors), warnings, plural(warnings),
			      writes && errors && !r->published ? "; nothing was written" : "");
	else if (!writes && o->dump == PASS_COUNT)
		(void)fprintf(stderr, "howdah: %zu cluster%s, nothing wrong\n", r->compiled,
			      plural(r->compiled));
}

/* One run from nothing; its findings are printed. */
static int once(const struct cli *c, const struct fleet_options *o, struct err *err)
{
	struct arena *a = arena_new_large();
	struct diags *d = diags_new(a);
	struct fleet_result result;
	int code = fleet_run(a, d, o, &result, err);

	if (o->dump != PASS_COUNT)
		cli_print(c, d); /* stdout is for what was asked for */
	else if (err->set != ERR_RACE && cli_findings(c, d) != CODE_FINE)
		code = CODE_OUTSIDE;
	if (!err->set && c->format == DIAG_TEXT)
		tell(o, &result, d);
	if (result.dump.n && cli_write(result.dump) != CODE_FINE)
		code = CODE_OUTSIDE;
	if (!o->last)
		arena_free(a);
	return code;
}

/* When the branch moved meanwhile, everything is compiled anew on top of it. */
int cli_fleet_run(const struct cli *c, const struct fleet_options *o)
{
	struct fleet_options last = *o;
	struct err err = { 0 };
	int code;

	last.last = !ARENA_EACH; /* where each block is watched, none may be left */
	code = once(c, &last, &err);
	for (int tries = 1; err.set == ERR_RACE && tries < RACES_MOST; tries++) {
		err = (struct err){ 0 };
		code = once(c, &last, &err);
	}
	if (!err.set)
		return code;
	return cli_fail(code == CODE_USAGE ? code : err_exit(&err), "%s", err.text);
}
