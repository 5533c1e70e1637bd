/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_init.c: howdah init: a platform repository to begin with. */
#include <stdio.h>

#include "base/os.h"
#include "cmd/command.h"
#include "schema/export.h"
#include "schema/near.h"
#include "world/embed.h"
#include "world/files.h"
#include "world/own.h"

/* Where init writes, and from which embedded folder. */
struct init {
	struct arena *arena;
	int root;
	const char *from; /* "examples/init/" */
	size_t files;
	struct err err;
};

/* Writes one file with the folders above it. 0, or -1. */
static int write_file(struct init *in, struct str path, struct str bytes)
{
	size_t slash = path.n;
	int dir = -1, failed = -1;

	while (slash > 0 && path.p[slash - 1] != '/')
		slash--;

	struct str folder = arena_str(in->arena, str_cut(path, 0, slash ? slash - 1 : 0));

	if (folder.n && os_mkdirs(in->root, folder.p, &in->err))
		return -1;
	if (os_dir(in->root, folder.n ? folder.p : ".", &dir, &in->err) == 1)
		failed = os_write(dir, arena_str(in->arena, str_cut(path, slash, path.n)).p, bytes,
				  &in->err);
	os_close(dir);
	in->files++;
	return failed;
}

static int write_embedded(struct init *in)
{
	const struct embedded *e = NULL;

	for (size_t i = 0; (e = embed_nth(i)) != NULL; i++) {
		struct str name = str_of(e->name);

		if (!str_starts(name, in->from))
			continue;
		if (write_file(in, str_cut(name, strlen(in->from), name.n),
			       (struct str){ e->data, e->size }))
			return -1;
	}
	return 0;
}

/* JSON Schemas for editors: the first line of each intent names one. */
static int write_schemas(struct init *in)
{
	static const char *const kinds[] = { "PostgresCluster", "PostgresDatabase",
					     "Platform",        "Tier",
					     "Waiver",          "Report",
					     "IntentTest" };
	struct files fs = { 0 };
	int failed = 0;

	files_builtin(in->arena, &fs, "schema/");

	const struct file **list = NEW_ARRAY(in->arena, fs.n + 1, const struct file *);
	size_t n = 0;

	for (size_t i = 0; i < fs.n; i++)
		if (!strstr(fs.list[i].path.p, "/contracts/"))
			list[n++] = fs.list[i].file;

	struct schema_set *set = schema_set_load(in->arena, diags_new(in->arena), list, n);

	for (size_t i = 0; !failed && i < sizeof(kinds) / sizeof(*kinds); i++) {
		struct buf out = { 0 };

		schema_export(&out, schema_find(set, str_of(kinds[i])), SCHEMA_JSON);
		failed = write_file(in, arena_fmt(in->arena, ".howdah/schema/%s.json", kinds[i]),
				    buf_view(&out));
		buf_release(&out);
	}
	schema_set_release(set);
	return failed;
}

/* 1 when the directory is new or empty, 0 when something is in it, -1. */
static int open_empty(struct init *in, const char *path)
{
	struct os_list list = { 0 };

	in->root = os_root_make(path, &in->err);
	if (in->root < 0 || os_list(in->root, "", in->arena, &list, &in->err) < 0)
		return -1;
	return list.n == 0;
}

static void tell(const struct init *in, const char *dir)
{
	(void)fprintf(
	    stderr,
	    "howdah: %zu files in %s\n\nnext:\n  cd %s\n  howdah check\n  howdah compile -o out\n"
	    "  edit platform.yaml: destinations, object stores, teams\n",
	    in->files, dir, dir);
}

/* The file at path is wanted by "path" itself or a folder above it. */
static bool is_wanted(struct str path, struct str wanted)
{
	return str_eq(path, wanted) ||
	       (str_starts(path, wanted.p) && path.n > wanted.n && path.p[wanted.n] == '/');
}

/* There is no such file to own: why, or which was meant. */
static int no_such(struct init *in, struct str wanted)
{
	struct own_refusal no = own_refusal(wanted);
	struct near near = near_to(wanted);
	struct own_file one = { 0 };

	if (no.why)
		return cli_fail(CODE_USAGE, "'%s' cannot be owned: %s", wanted.p, no.why);
	for (size_t i = 0; own_file(in->arena, i, &one); i++)
		near_try(&near, one.path);
	return cli_fail(CODE_USAGE,
			near.best.n ? "'%s' is no built-in file or folder; did you mean '%s'?"
				    : "'%s' is no built-in file or folder%s; howdah explain "
				      "--list files lists them",
			wanted.p, near.best.n ? near.best.p : "");
}

/* What is wanted and in the repository already, whose changes would be lost. 0, or -1. */
static int look_there(struct init *in, struct str wanted)
{
	struct own_file one = { 0 };
	struct os_facts there;

	for (size_t i = 0; own_file(in->arena, i, &one); i++) {
		int found = is_wanted(one.path, wanted)
				? os_look(in->root, one.path.p, &there, &in->err)
				: 0;

		if (found)
			return found < 0
				   ? -1
				   : err_set(&in->err, "%s is there already; nothing was written",
					     one.path.p);
	}
	return 0;
}

/* Writes the built-in files at or below wanted into the repository dir. */
static int own(struct init *in, const char *dir, struct str wanted)
{
	struct own_file one = { 0 };
	struct os_facts there;

	in->root = os_root(dir, &in->err);
	if (in->root < 0)
		return cli_fail(CODE_OUTSIDE, "%s", in->err.text);
	if (os_look(in->root, "platform.yaml", &there, &in->err) != 1)
		return cli_fail(CODE_USAGE,
				"'%s' is no platform repository: there is no platform.yaml", dir);
	if (look_there(in, wanted))
		return cli_fail(CODE_USAGE, "%s", in->err.text);
	for (size_t i = 0; own_file(in->arena, i, &one); i++)
		if (is_wanted(one.path, wanted) && write_file(in, one.path, one.text))
			return cli_fail(CODE_OUTSIDE, "%s", in->err.text);
	if (!in->files)
		return no_such(in, wanted);
	(void)fprintf(stderr,
		      "howdah: %zu file%s in %s, in place of the built-in one%s from now on\n",
		      in->files, in->files == 1 ? "" : "s", dir, in->files == 1 ? "" : "s");
	return CODE_FINE;
}

/* The path as it stands in lists: without the slash that shells put behind folders. */
static struct str folder_or_file(struct arena *a, const char *given)
{
	struct str path = str_of(given);

	while (path.n && path.p[path.n - 1] == '/')
		path.n--;
	return arena_str(a, path);
}

static int run_own(struct cli *c, struct init *in)
{
	int code = own(in, c->args[0], folder_or_file(in->arena, c->value[OPT_own]));

	os_close(in->root);
	arena_free(in->arena);
	return code;
}

static int run(struct cli *c)
{
	struct init in = { .arena = arena_new(), .root = -1, .from = "examples/init/" };
	int empty = 0, code = CODE_FINE;

	if (c->n_args != 1)
		code = cli_fail(CODE_USAGE,
				"init takes one directory, new or empty: howdah init platform");
	else if (c->value[OPT_own] && c->value[OPT_demo])
		code = cli_fail(CODE_USAGE, "--own is for a repository that is there already");
	else if (c->value[OPT_own])
		return run_own(c, &in);
	else if ((empty = open_empty(&in, c->args[0])) == 0)
		code = cli_fail(CODE_USAGE,
				"'%s' is not empty; init writes into a new or empty directory",
				c->args[0]);
	if (c->value[OPT_demo])
		in.from = "examples/demo/";
	if (!code && (empty < 0 || write_embedded(&in) || write_schemas(&in)))
		code = cli_fail(CODE_OUTSIDE, "%s", in.err.text);
	if (!code)
		tell(&in, c->args[0]);
	os_close(in.root);
	arena_free(in.arena);
	return code;
}

const struct command command_init = {
	.name = "init",
	.usage = "DIR [--demo | --own PATH]",
	.summary = "write a platform repository to begin with",
	.help =
	    "Writes a platform repository into a new or empty directory: platform.yaml with "
	    "environments dev and\n"
	    "prod, one intent per tier, a CI example, a README, and JSON Schemas for editors. "
	    "With --demo: the\n"
	    "example of two destinations, five environments and every feature.\n\n"
	    "  howdah init platform\n\n"
	    "With --own, in a repository that is there already: writes a built-in template, tier "
	    "or Lua module into\n"
	    "it, or a folder of them, where the platform team may change it; the repository's "
	    "file takes the place\n"
	    "of the built-in one. howdah explain --list files lists them.\n\n"
	    "  howdah init . --own templates/cluster/services.yaml\n"
	    "  howdah init . --own presets/medium.yaml",
	.options = BIT_demo | BIT_own,
	.run = run,
};
