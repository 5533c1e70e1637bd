/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_diff.c: howdah diff: what a change will do to the running databases. */
#include <stdlib.h>

#include "base/os.h"
#include "cmd/command.h"
#include "cmd/fleet.h"
#include "unit/compare.h"
#include "world/what_if.h"

/* A command line of diff, understood. */
struct question {
	struct cli *cli;
	struct arena *arena;
	struct compare_options options;
	struct fleet_options before;
	struct report report;
	enum report_format format;
};

static bool is_there(const char *dir, const char *name)
{
	struct os_facts facts;
	struct err none = { 0 };
	int fd = os_root(dir, &none);
	bool found = fd >= 0 && os_look(fd, name, &facts, &none) > 0;

	if (fd >= 0)
		os_close(fd);
	return found;
}

/* "TOP@REV" or "TOP@REV:FOLDER" of the directory repo, which lies in a work tree below TOP. */
static struct str revision(struct arena *a, const char *repo, const char *rev)
{
	char *real = realpath(repo, NULL);
	struct str top = arena_str(a, str_of(real ? real : repo));
	size_t n = top.n;

	free(real);
	while (n > 1 && !is_there(arena_str(a, str_cut(top, 0, n)).p, ".git"))
		while (n > 1 && top.p[--n] != '/')
			;
	if (n <= 1 || n == top.n)
		return arena_fmt(a, "%s@%s", top.p, rev);
	return arena_fmt(a, "%.*s@%s:%s", (int)n, top.p, rev, top.p + n + 1);
}

static const char *repository(const struct question *q)
{
	const char *dir = q->cli->value[OPT_repository];

	return dir ? dir : ".";
}

/* A directory with a platform.yaml, or a revision. */
static void take_input(struct question *q, const char *word, struct fleet_options *o,
		       struct str *name)
{
	o->repository = o->source = NULL;
	if (is_there(word, "platform.yaml"))
		o->repository = word;
	else
		o->source = revision(q->arena, repository(q), word).p;
	*name = str_of(word);
}

static int take_output(struct question *q)
{
	struct cli *c = q->cli;
	const char *dir = c->value[OPT_output], *git = c->value[OPT_git];
	const char *branch = c->value[OPT_branch], *prefix = c->value[OPT_path];

	if (dir && git)
		return cli_fail(CODE_USAGE, "-o DIR and --git REPO are two outputs: give one");
	if (git && !branch)
		return cli_fail(CODE_USAGE, "--git needs --branch NAME");
	if (!git && (branch || prefix))
		return cli_fail(CODE_USAGE, "--branch and --path belong to --git REPO");
	if (dir) {
		q->options.output = dir;
		q->report.was = arena_fmt(q->arena, "the output in %s", dir);
	} else if (git) {
		q->options.branch = arena_fmt(q->arena, prefix && *prefix ? "%s@%s:%s" : "%s@%s",
					      git, branch, prefix ? prefix : "");
		q->report.was = arena_fmt(q->arena, "the output in %s", branch);
	}
	return -1;
}

/* Where commits of the input are found: what --source says around its revision, else -C. */
static void take_origin(struct question *q)
{
	const char *given = q->options.now.source;
	struct str text = given ? str_of(given) : revision(q->arena, repository(q), "");
	size_t at = text.n, colon = 0;

	while (at && text.p[at - 1] != '@')
		at--;
	colon = at + str_find(str_cut(text, at, text.n), ':');
	q->options.repository = arena_str(q->arena, str_cut(text, 0, at));
	q->options.folder = arena_str(q->arena, str_cut(text, colon, text.n));
}

/* What OLD and NEW name. */
static int take_sides(struct question *q)
{
	struct cli *c = q->cli;
	const char *old = c->n_args > 0 ? c->args[0] : "HEAD";
	bool output = c->value[OPT_output] || c->value[OPT_git];

	if (c->n_args > 2)
		return cli_fail(CODE_USAGE, "diff takes OLD and NEW, and no third");
	if (output && c->n_args)
		return cli_fail(CODE_USAGE,
				"the output is what is compared with: OLD and NEW have no "
				"place beside -o or --git");
	q->report.is = str_of(q->options.now.source ? q->options.now.source : "working files");
	q->before = q->options.now;
	take_origin(q);
	if (output)
		return take_output(q);
	if (is_there(old, "howdah.index")) {
		q->options.output = old;
		q->report.was = arena_fmt(q->arena, "the output in %s", old);
	} else {
		take_input(q, old, &q->before, &q->report.was);
		q->options.before = &q->before;
	}
	if (c->n_args > 1)
		take_input(q, c->args[1], &q->options.now, &q->report.is);
	return -1;
}

static int take_format(struct question *q)
{
	static const char *const names[] = { "text", "markdown", "json", "sarif", "github" };
	const char *value = q->cli->value[OPT_format];

	for (int i = 0; value && i < 5; i++)
		if (strcmp(value, names[i]) == 0) {
			q->format = (enum report_format)i;
			return -1;
		}
	return value
		   ? cli_fail(CODE_USAGE,
			      "--format is text, markdown, json, sarif or github, not '%s'", value)
		   : -1;
}

static int take_edits(struct question *q)
{
	struct what_if *edits = NEW_ARRAY(q->arena, SETS_MOST, struct what_if);

	for (int i = 0; i < q->cli->n_sets; i++) {
		const char *why = what_if_read(q->arena, str_of(q->cli->sets[i]), &edits[i]);

		if (why)
			return cli_fail(CODE_USAGE, "--set '%s': %s", q->cli->sets[i], why);
	}
	q->options.now.edits = edits;
	q->options.now.n_edits = (size_t)q->cli->n_sets;
	if (q->cli->n_sets)
		q->report.is = arena_fmt(q->arena, "%s with --set", q->report.is.p);
	return -1;
}

/* Clusters of the class, or with places also destinations. */
static size_t count(const struct question *q, enum verdict_class class, bool places)
{
	size_t n = 0;

	for (size_t i = 0; i < q->report.n; i++)
		n += q->report.list[i]->class == class && (places || !q->report.list[i]->is_place);
	return n;
}

static void exceed(struct question *q, struct report_limit limit)
{
	struct report_limit *list =
	    NEW_ARRAY(q->arena, q->report.n_limits + 1, struct report_limit);

	if (limit.found <= limit.most)
		return;
	if (q->report.n_limits)
		memcpy(list, q->report.limits, q->report.n_limits * sizeof(*list));
	list[q->report.n_limits++] = limit;
	q->report.limits = list;
}

/* A limit cannot be shown to hold for what could not be judged, or in part only: it counts as
 * exceeded. */
static void judge_blind(struct question *q, struct str limit, bool places)
{
	size_t n = 0;

	for (size_t i = 0; i < q->report.n; i++)
		n += q->report.list[i]->unjudged.n && (places || !q->report.list[i]->is_place);
	exceed(q, (struct report_limit){ .text = limit, .blind = true, .found = n });
}

/* "none, metadata, ...", best first. */
static struct str class_names(struct arena *a)
{
	struct buf out = { 0 };

	for (int c = 0; c < VERDICT_CLASSES; c++)
		buf_fmt(&out, "%s%s", c ? ", " : "", verdict_name((enum verdict_class)c));
	return buf_take(&out, a);
}

/* Nothing may be worse than the class; the worst that is stands for it. */
static int judge_most(struct question *q)
{
	const char *name = q->cli->value[OPT_max_verdict];
	enum verdict_class most = name ? verdict_find(str_of(name)) : VERDICT_CLASSES;

	if (name && most == VERDICT_CLASSES)
		return cli_fail(CODE_USAGE, "--max-verdict is one of %s, not '%s'",
				class_names(q->arena).p, name);
	for (int c = VERDICT_CLASSES - 1; name && c > (int)most; c--)
		exceed(q,
		       (struct report_limit){ .text = arena_fmt(q->arena, "--max-verdict %s", name),
					      .class = (enum verdict_class)c,
					      .found = count(q, (enum verdict_class)c, true) });
	if (name)
		judge_blind(q, arena_fmt(q->arena, "--max-verdict %s", name), true);
	return -1;
}

/* "failover=1,rolling-restart=5". */
static int judge_budget(struct question *q)
{
	const char *value = q->cli->value[OPT_budget];

	for (struct str rest = str_of(value ? value : ""); rest.n;) {
		struct str one = str_cut(rest, 0, str_find(rest, ','));
		size_t equals = str_find(one, '=');
		enum verdict_class c = verdict_find(str_cut(one, 0, equals));
		int64_t most = 0;

		if (c == VERDICT_CLASSES || !str_int(str_cut(one, equals + 1, one.n), &most) ||
		    most < 0)
			return cli_fail(CODE_USAGE,
					"--budget is CLASS=N,..., such as failover=1, not '%.*s'; "
					"classes are %s",
					(int)one.n, one.p, class_names(q->arena).p);
		exceed(q, (struct report_limit){
			      .text = arena_fmt(q->arena, "--budget %.*s", (int)one.n, one.p),
			      .class = c,
			      .most = (size_t)most,
			      .found = count(q, c, false) });
		rest = str_cut(rest, one.n + 1, rest.n);
	}
	if (value)
		judge_blind(q, arena_fmt(q->arena, "--budget %s", value), false);
	return -1;
}

static int answer(struct question *q, struct diags *d)
{
	struct err err = { 0 };
	struct buf out = { 0 };
	int code = compare_run(q->arena, d, &q->options, &q->report, &err), bad = -1;

	cli_print(q->cli, d);
	if (err.set)
		return cli_fail(code == CODE_USAGE ? code : err_exit(&err), "%s", err.text);
	q->report.findings = d;
	q->report.broken = code == CODE_FINDING && !q->report.n && !q->report.failed;
	if (q->report.broken && q->format == REPORT_TEXT)
		return code;
	bad = judge_most(q);
	if (bad < 0)
		bad = judge_budget(q);
	if (bad >= 0)
		return bad;
	report_print(&q->report, &out, q->format, q->cli->colour);
	if (q->report.n_limits)
		code = CODE_REFUSED;
	bad = cli_write(buf_view(&out));
	buf_release(&out);
	return bad == CODE_FINE ? code : bad;
}

static int run(struct cli *c)
{
	struct question q = { .cli = c, .arena = arena_new() };
	int code = cli_fleet_options(c, &q.options.now);

	q.report.arena = q.arena;
	if (code < 0)
		code = take_format(&q);
	if (code < 0)
		code = take_sides(&q);
	if (code < 0)
		code = take_edits(&q);
	if (code < 0)
		code = answer(&q, diags_new(q.arena));
	arena_free(q.arena);
	return code;
}

const struct command command_diff = {
	.name = "diff",
	.usage = "[-C REPO] [OLD [NEW]] | -o DIR | --git REPO --branch NAME [--path PREFIX]",
	.summary = "say what a change will do to the running databases",
	.own_format = "text (default), markdown, json, sarif or github",
	.help =
	    "Compiles both sides where they differ and says for each cluster what the change does: "
	    "nothing, a\n"
	    "reload, a rolling restart, a failover, or that it is refused and what the safe way "
	    "is; "
	    "with the line of\n"
	    "the input that causes it. OLD and NEW are revisions of the repository, directories "
	    "with "
	    "a platform\n"
	    "repository, or (OLD) a directory of output; without them the working files are "
	    "compared with HEAD, and\n"
	    "with -o or --git with what was compiled last. Nothing is written. Exit code 3: "
	    "refused, or "
	    "over a\n"
	    "limit; what could not be judged is over each limit.\n\n"
	    "  howdah diff\n"
	    "  howdah diff main HEAD --format markdown\n"
	    "  howdah diff -o out --max-verdict reload\n"
	    "  howdah diff --set tiers.medium.memory=24Gi --budget rolling-restart=5",
	.options = BIT_repository | BIT_source | BIT_output | BIT_git | BIT_branch | BIT_path |
		   BIT_only | BIT_as_of | BIT_format | BIT_jobs | BIT_set | BIT_max_verdict |
		   BIT_budget,
	.run = run,
};
