/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_explain.c: howdah explain: what a message means, where a value comes from. */
#include "cmd/command.h"
#include "cmd/fleet.h"
#include "link/link.h"
#include "lua/finding.h"
#include "out/index.h"
#include "out/lock.h"
#include "schema/rule.h"
#include "unit/explain.h"
#include "world/own.h"
#include "world/repository.h"
#include "world/rulebook.h"
#include "world/schemas.h"

static void put_row(struct buf *out, const struct message_row *row)
{
	buf_fmt(out, "[%s]\n\n  what: %s\n\n  do:   %s\n", row->name, row->means, row->mend);
}

static int list_messages(void)
{
	struct buf out = { 0 };

	for (int i = 1; i < MSG_count; i++)
		buf_fmt(&out, "%-22s %s\n", message_row((enum message)i)->name,
			message_row((enum message)i)->means);

	int code = cli_write(buf_view(&out));

	buf_release(&out);
	return code;
}

static int unknown(struct str name)
{
	for (int i = 1; i < MSG_count; i++)
		if (str_distance(name, str_of(message_row((enum message)i)->name), 2) <= 2)
			return cli_fail(CODE_USAGE, "'%s' is no id; did you mean '%s'?", name.p,
					message_row((enum message)i)->name);
	return cli_fail(CODE_USAGE,
			"'%s' is no id of a message or rule (howdah explain --list messages, "
			"--list rules) and no OUT/ENV/NS/NAME/FILE.yaml:PATH",
			name.p);
}

/* The ids of cross-field rules stand in the schemas. */
static int rule(struct str name)
{
	struct arena *a = arena_new();
	struct schema_set *set = schemas_embedded(a, diags_new(a));
	struct rule_found found = rule_find(set, name);
	struct buf out = { 0 };
	int code;

	if (!found.rule) {
		code = unknown(name);
	} else {
		buf_fmt(&out, "[%s]\n\n  what: %s\n\n", name.p, found.rule->message.p);
		buf_fmt(&out,
			"  do:   change one of the fields that the notes of the finding "
			"name: a rule (%s) on %s of %s\n",
			rule_form_name(found.rule->form), schema_path(a, found.object).p,
			found.kind->name.p);
		code = cli_write(buf_view(&out));
	}
	buf_release(&out);
	schema_set_release(set);
	arena_free(a);
	return code;
}

/* The rules of howdah and of the repository at hand, where there is one. NULL after a message. */
static struct lua_library *rules(struct cli *c, struct arena *a)
{
	const char *dir = c->value[OPT_repository];
	struct diags *d = diags_new(a);
	struct files fs = { 0 };
	struct source *s = NULL;
	struct err err = { 0 };
	int failed;
	struct lua_library *lib = NULL;

	files_builtin(a, &fs, "");
	failed = c->value[OPT_source] ? source_open_git(a, str_of(c->value[OPT_source]), &s, &err)
				      : source_open_dir(a, dir ? dir : ".", &s, &err);
	failed = failed || repository_files(a, s, &fs, &err);
	source_close(s);
	if (failed) {
		(void)cli_fail(CODE_OUTSIDE, "%s", err.text);
		return NULL;
	}
	lib = rulebook_new(a, &fs, false);
	if (!lua_library_check(lib, d))
		return lib;
	cli_print(c, d);
	lua_library_close(lib);
	return NULL;
}

static const char *severity_of(const struct lua_entry *e)
{
	return rule_denies(e) ? "deny" : "warn";
}

static int list_rules(struct cli *c)
{
	struct arena *a = arena_new();
	struct lua_library *lib = rules(c, a);
	struct buf out = { 0 };
	int code = CODE_FINDING;

	for (size_t i = 0; lib && i < lua_library_count(lib, LUA_RULE); i++) {
		const struct lua_entry *e = lua_library_entry(lib, LUA_RULE, i);

		buf_fmt(&out, "%-22s %s  %s\n", e->id.p, severity_of(e),
			node_text(e->meta, "title").p);
	}
	if (lib)
		code = cli_write(buf_view(&out));
	buf_release(&out);
	lua_library_close(lib);
	arena_free(a);
	return code;
}

static void put_rule(struct buf *out, struct arena *a, const struct lua_entry *e)
{
	const struct node *controls = node_at(e->meta, "controls");
	const char *sep = "  serves: ";

	buf_fmt(out, "[%s] %s\n\n", e->id.p, node_text(e->meta, "title").p);
	buf_fmt(out, "  a rule that %s, for %s\n", rule_denies(e) ? "denies" : "warns",
		rule_is_fleet(e) ? "the fleet as a whole" : "each cluster");
	for (const struct node *k = controls ? controls->kids : NULL; k; k = k->next) {
		buf_fmt(out, "%s%s", sep, k->text.p);
		sep = ", ";
	}
	buf_fmt(out, "%s  written in %s\n\n", node_count(controls) ? "\n" : "",
		pos_text(a, e->pos).p);
	buf_fmt(out, "  do:   make the edit that the finding shows, or ask for a waiver in "
		     "waivers.yaml\n");
}

/* A rule of the repository or of howdah; else a rule of a schema. */
static int policy(struct cli *c, struct str name)
{
	struct arena *a = arena_new();
	struct lua_library *lib = rules(c, a);
	const struct lua_entry *e = lib ? rulebook_find(lib, name) : NULL;
	struct buf out = { 0 };
	int code = CODE_FINDING;

	if (e) {
		put_rule(&out, a, e);
		code = cli_write(buf_view(&out));
	} else if (lib) {
		code = rule(name);
	}
	buf_release(&out);
	lua_library_close(lib);
	arena_free(a);
	return code;
}

static int message(struct cli *c, struct str name)
{
	enum message id = message_find(name);
	struct buf out = { 0 };

	if (id == MSG_none)
		return policy(c, name);
	put_row(&out, message_row(id));

	int code = cli_write(buf_view(&out));

	buf_release(&out);
	return code;
}

static int list_link(void)
{
	struct buf out = { 0 };

	for (size_t i = 0; link_row(i); i++)
		buf_fmt(&out, "%-22s %s\n", link_row(i)->id, link_row(i)->title);

	int code = cli_write(buf_view(&out));

	buf_release(&out);
	return code;
}

/* Built-in files that a platform team may own. */
static int list_files(void)
{
	struct arena *a = arena_new();
	struct buf out = { 0 };
	struct own_file one = { 0 };
	int code = 0;

	for (size_t i = 0; own_file(a, i, &one); i++)
		buf_fmt(&out, "%s\n", one.path.p);
	code = cli_write(buf_view(&out));
	buf_release(&out);
	arena_free(a);
	return code;
}

/* By the id of the table or as findings print it, with "link-" in front. */
static int link_row_named(struct cli *c, struct str name)
{
	const char *prefix = "link-";
	struct str id = str_starts(name, prefix) ? str_cut(name, strlen(prefix), name.n) : name;

	for (size_t i = 0; link_row(i); i++) {
		const struct link_check *row = link_row(i);
		struct buf out = { 0 };
		int code = 0;

		if (!str_is(id, row->id))
			continue;
		buf_fmt(&out, "[%s] %s\n\n  proves: %s\n", row->id, row->title, row->proves);
		code = cli_write(buf_view(&out));
		buf_release(&out);
		return code;
	}
	return message(c, name);
}

/* The last n directories of path and what is behind them: the directory below the output. */
static struct str last_parts(struct str path, int n)
{
	size_t at = path.n;

	while (at > 0 && n > 0)
		if (path.p[--at] == '/' && --n == 0)
			return str_cut(path, at + 1, path.n);
	return path;
}

/*
 * The owner that the lock beside the file names. Without a lock (nothing was compiled into a
 * directory here) a cluster's own directory still tells it by its name. 0, or -1 with err.
 */
static int read_owner(struct arena *a, struct str dir, struct str unit, struct str *owner,
		      struct err *err)
{
	struct source *s = NULL;
	const struct file *file = NULL;
	struct lock lock;
	struct err none = { 0 };

	if (!source_open_dir(a, dir.p, &s, &none))
		file = source_read(s, str_of(LOCK_NAME), LOCK_SIZE, a, &none);
	source_close(s);
	if (file && lock_read(a, a, file->text, &lock, err))
		return -1;
	*owner = file ? lock.owner : unit;
	if (!file && str_ends(unit, ".access"))
		return err_set(err,
			       "%s has no %s, which names the cluster that these files belong to",
			       dir.p, LOCK_NAME);
	return 0;
}

/* OUT/ENV/NS/NAME/FILE.yaml:PATH taken apart. */
static int value(struct cli *c, struct arena *a, struct str text)
{
	size_t colon = 0;
	struct fleet_options o;
	struct explain_question q = { .options = &o };
	struct diags *d = diags_new(a);
	struct buf out = { 0 };
	struct err err = { 0 };
	int code = cli_fleet_options(c, &o);

	while (colon < text.n && !str_ends(str_cut(text, 0, colon), ".yaml"))
		colon++;

	struct str file = arena_str(a, str_cut(text, 0, colon));
	size_t slash = file.n;

	while (slash > 0 && file.p[slash - 1] != '/')
		slash--;
	q.file = arena_str(a, str_cut(file, slash, file.n));
	q.unit = arena_str(a, last_parts(str_cut(file, 0, slash ? slash - 1 : 0), 3));
	q.path = arena_str(a, str_cut(text, colon + 1, text.n));
	if (str_find(q.unit, '/') == q.unit.n)
		return cli_fail(
		    CODE_USAGE,
		    "'%s' is no file of howdah's output, OUT/ENV/NS/NAME/FILE.yaml:PATH", file.p);
	if (code < 0 && read_owner(a, arena_str(a, slash ? str_cut(file, 0, slash) : str_of(".")),
				   q.unit, &q.owner, &err))
		return cli_fail(CODE_USAGE, "%s", err.text);
	if (code < 0)
		code = explain_value(a, d, &q, &out, &err);
	if (diags_errors(d)) /* what check warns of is not what was asked */
		cli_print(c, d);
	if (err.set)
		code = cli_fail(code, "%s", err.text);
	if (code == CODE_FINE)
		code = cli_write(buf_view(&out));
	buf_release(&out);
	return code;
}

static int run(struct cli *c)
{
	const char *list = c->value[OPT_list];

	if (list && c->n_args)
		return cli_fail(
		    CODE_USAGE,
		    "--list takes no other argument than messages, rules, link or files");
	if (list && strcmp(list, "messages") == 0)
		return list_messages();
	if (list && strcmp(list, "link") == 0)
		return list_link();
	if (list && strcmp(list, "rules") == 0)
		return list_rules(c);
	if (list && strcmp(list, "files") == 0)
		return list_files();
	if (list)
		return cli_fail(CODE_USAGE, "--list is messages, rules, link or files, not '%s'",
				list);
	if (c->n_args != 1)
		return cli_fail(
		    CODE_USAGE,
		    "explain takes one OUT/ENV/NS/NAME/FILE.yaml:PATH or the id of a message");
	if (str_ends(str_of(c->args[0]), LOCK_NAME) || str_ends(str_of(c->args[0]), INDEX_NAME))
		return cli_fail(CODE_USAGE,
				"%s holds names and digests for the next run; explain answers for "
				"the .yaml files beside it",
				c->args[0]);
	if (!strstr(c->args[0], ".yaml"))
		return link_row_named(c, str_of(c->args[0]));

	struct arena *a = arena_new();
	int code = value(c, a, str_of(c->args[0]));

	arena_free(a);
	return code;
}

const struct command command_explain = {
	.name = "explain",
	.usage = "[-C REPO] OUT/ENV/NS/NAME/FILE.yaml:PATH | ID | --list messages|rules|link|files",
	.summary = "say what a message means, or why an output value is what it is",
	.help =
	    "Why is this value here? For a value of any output file, prints the chain of places it "
	    "came from:\n"
	    "the template or fact that wrote it, then the line of the intent, team, environment, "
	    "tier, platform or\n"
	    "default that decided, and what that line overrides. PATH may go on into a text that "
	    "is YAML, or name\n"
	    "a line of it by [N]. The cluster, or for a file of destinations/ all of them, is "
	    "compiled anew from\n"
	    "REPO; nothing is written.\n\n"
	    "  howdah explain out/prod/team-shop/shop/statefulset-shop.yaml:spec.replicas\n"
	    "  howdah explain "
	    "'out/prod/team-shop/shop/configmap-shop-hba.yaml:data[\"pg_hba.conf\"][5]'"
	    "\n\n"
	    "What does this message mean? For the id at the end of a message, prints what it says "
	    "and "
	    "what mends\n"
	    "it; for the id of a rule or link check, what it asks for or proves.\n\n"
	    "  howdah explain unknown-field\n"
	    "  howdah explain --list messages\n\n"
	    "Which built-in files may a platform team own? --list files (howdah init --help tells "
	    "how).",
	.options = BIT_list | BIT_repository | BIT_source,
	.run = run,
};
