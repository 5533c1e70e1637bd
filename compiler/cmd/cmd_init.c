/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_init.c: howdah init: a platform repository to begin with. */
#include <stdio.h>

#include "base/os.h"
#include "cmd/command.h"
#include "schema/export.h"
#include "world/embed.h"
#include "world/files.h"

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

static int run(struct cli *c)
{
	struct init in = { .arena = arena_new(), .root = -1, .from = "examples/init/" };
	int empty = 0, code = CODE_FINE;

	if (c->n_args != 1)
		code = cli_fail(CODE_USAGE,
				"init takes one directory, new or empty: howdah init platform");
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
	.usage = "DIR [--demo]",
	.summary = "write a platform repository to begin with",
	.help = "Writes a platform repository into a new or empty directory: platform.yaml with "
		"environments dev and\n"
		"prod, one intent per tier, a CI example, a README, and JSON Schemas for editors. "
		"With --demo: the\n"
		"example of two destinations, five environments and every feature.\n\n"
		"  howdah init platform",
	.options = BIT_demo,
	.run = run,
};
