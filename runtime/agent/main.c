/* SPDX-License-Identifier: Apache-2.0 */
/* main.c: from argv to one row of commands.def. */
#include <stdarg.h>
#include <stdio.h>

#include "agent/command.h"
#include "base/str.h"
#include "loop/sys.h"

static const struct agent_command *const commands[] = {
#define COMMAND(name) &agent_##name,
#include "agent/commands.def"
#undef COMMAND
};

enum { COMMANDS = sizeof(commands) / sizeof(*commands) };

int agent_fail(int code, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	(void)fputs("howdah-agent: ", stderr);
	(void)vfprintf(stderr, fmt, args);
	(void)fputc('\n', stderr);
	va_end(args);
	return code;
}

static int help(FILE *out, int code)
{
	(void)fputs("howdah-agent keeps one PostgreSQL cluster as its orders say.\n\n"
		    "usage: howdah-agent COMMAND\n\n",
		    out);
	for (size_t i = 0; i < COMMANDS; i++)
		(void)fprintf(out, "  %-13s %s\n", commands[i]->name, commands[i]->summary);
	return code;
}

int main(int argc, char **argv)
{
	struct str name = str_of(argc > 1 ? argv[1] : "");

	sys_harden();
	if (argc < 2)
		return help(stderr, AGENT_USAGE);
	if (str_is(name, "--help") || str_is(name, "-h") || str_is(name, "help"))
		return help(stdout, AGENT_FINE);
	if (str_is(name, "--version"))
		name = str_of("version");
	for (size_t i = 0; i < COMMANDS; i++)
		if (str_is(name, commands[i]->name))
			return commands[i]->run(argc - 2, argv + 2);
	return agent_fail(AGENT_USAGE, "'%s' is no command; howdah-agent --help lists all", name.p);
}
