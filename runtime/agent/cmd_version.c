/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_version.c: howdah-agent version. */
#include <stdio.h>

#include "agent/command.h"

static int run(int argc, char **argv)
{
	(void)argv;
	if (argc > 0)
		return agent_fail(AGENT_USAGE, "version takes no arguments");
	(void)puts("howdah-agent " HOWDAH_VERSION);
	return AGENT_FINE;
}

const struct agent_command agent_version = {
	.name = "version",
	.summary = "prints the version",
	.arguments = "",
	.run = run,
};
