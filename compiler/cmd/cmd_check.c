/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_check.c: howdah check: compile everything, write nothing. */
#include "cmd/command.h"
#include "cmd/fleet.h"

static int run(struct cli *c)
{
	struct fleet_options o;
	int code = cli_fleet_options(c, &o);

	if (code >= 0)
		return code;
	if (c->n_args)
		return cli_fail(
		    CODE_USAGE,
		    "check takes options only: -C names the repository, --only one cluster");
	return cli_fleet_run(c, &o);
}

const struct command command_check = {
	.name = "check",
	.usage = "[-C REPO] [--only ENV/NS/NAME] [--objects DIR]",
	.summary = "report everything that is wrong, write nothing",
	.help =
	    "Compiles every intent and reports every finding with file, line and column. "
	    "Writes nothing.\n\n"
	    "With --objects, the objects in a directory of output are proved as they are, by the "
	    "proofs that\n`howdah explain --list link` lists: what is edited or rendered by hand "
	    "is "
	    "held against the\ncluster's own record beside it and the platform repository. Digests "
	    "are not looked at.\n\n"
	    "  howdah check\n"
	    "  howdah check --only prod/team-orders/orders --format github\n"
	    "  howdah check --objects out --only prod/team-orders/orders\n"
	    "  howdah check --objects out --only destinations/frankfurt",
	.options = BIT_repository | BIT_source | BIT_only | BIT_objects | BIT_as_of | BIT_format |
		   BIT_jobs | BIT_dump_after,
	.run = run,
};
