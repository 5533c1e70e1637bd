/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_compile.c: howdah compile: intents in, complete clusters out. */
#include <stdio.h>

#include "cmd/command.h"
#include "cmd/fleet.h"
#include "cmd/inside.h"

static int usage(const struct cli *c)
{
	bool dir = c->value[OPT_output], git = c->value[OPT_git];

	if (c->n_args)
		return cli_fail(
		    CODE_USAGE,
		    "compile takes options only: -C names the repository, -o the output");
	if (c->value[OPT_dump_after])
		return -1;
	if (c->value[OPT_only])
		return cli_fail(CODE_USAGE,
				"compile writes all clusters; howdah check --only looks at one");
	if (dir == git)
		return cli_fail(CODE_USAGE, "say where to: -o DIR, or --git REPO --branch NAME");
	if (git && !c->value[OPT_branch])
		return cli_fail(CODE_USAGE, "--git needs --branch NAME");
	if (!git && (c->value[OPT_branch] || c->value[OPT_path]))
		return cli_fail(CODE_USAGE, "--branch and --path belong to --git REPO");
	return -1;
}

/* Output among the input would be taken for input by the next run. */
static int apart(const struct cli *c)
{
	struct arena *a = arena_new();
	const char *repository = c->value[OPT_repository], *out = c->value[OPT_output];
	const char *folder = NULL;
	int code = -1;

	if (out && !c->value[OPT_source])
		folder = inside_input(a, repository ? repository : ".", out);
	if (folder)
		code = cli_fail(CODE_USAGE,
				"-o %s lies in %s/ of the platform repository, which howdah reads; "
				"write beside it, such as -o out",
				out, folder);
	arena_free(a);
	return code;
}

static int run(struct cli *c)
{
	struct fleet_options o;
	int code = usage(c);

	if (code < 0)
		code = apart(c);
	if (code >= 0)
		return code;
	code = cli_fleet_options(c, &o);
	if (code >= 0)
		return code;
	o.target.dir = c->value[OPT_output];
	o.target.repo = c->value[OPT_git];
	o.target.branch = c->value[OPT_branch];
	o.target.prefix = c->value[OPT_path];
	return cli_fleet_run(c, &o);
}

const struct command command_compile = {
	.name = "compile",
	.usage = "[-C REPO] -o DIR | --git REPO --branch NAME [--path PREFIX]",
	.summary = "compile every intent into a directory or a branch",
	.help = "Compiles every intent of a platform repository into complete Kubernetes objects "
		"and writes them into\n"
		"a directory, or as one commit onto a branch of a Git repository (no work tree is "
		"used, nothing is\n"
		"pushed). What stands already is not compiled again; nothing is published when "
		"something is wrong.\n\n"
		"  howdah compile -o out\n"
		"  howdah compile --source .@HEAD --git . --branch rendered --path clusters",
	.options = BIT_repository | BIT_source | BIT_output | BIT_git | BIT_branch | BIT_path |
		   BIT_full | BIT_keep_going | BIT_dump_after | BIT_only | BIT_as_of | BIT_format |
		   BIT_jobs,
	.run = run,
};
