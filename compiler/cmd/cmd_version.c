/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_version.c: howdah version. */
#include "cmd/command.h"

static int run(struct cli *c)
{
	if (c->n_args)
		return cli_fail(CODE_USAGE, "version takes no arguments");
	return cli_write(str_of("howdah " HOWDAH_VERSION "\n"));
}

const struct command command_version = {
	.name = "version",
	.usage = "",
	.summary = "print the version",
	.help = "Prints the version of this binary. The output of a compile does not depend on it.",
	.options = 0,
	.run = run,
};
