/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_resolve.c: howdah-agent resolve NAME...: what run asks a child process for. */
#include "agent/command.h"
#include "net/resolve.h"

static int run(int argc, char **argv)
{
	if (argc < 1 || argc > RESOLVE_MOST)
		return agent_fail(AGENT_USAGE, "resolve takes 1 to %d names", RESOLVE_MOST);
	resolve_print(argv, argc);
	return AGENT_FINE;
}

const struct agent_command agent_resolve = {
	.name = "resolve",
	.summary = "prints the addresses of names; run asks itself, because that may take a while",
	.arguments = "NAME...",
	.run = run,
};
