/* SPDX-License-Identifier: Apache-2.0 */
/* A command of howdah-agent: what a row of commands.def stands for. */
#ifndef AGENT_COMMAND_H
#define AGENT_COMMAND_H

/* Exit codes, those of howdah. */
enum agent_code { AGENT_FINE = 0, AGENT_USAGE = 2, AGENT_REFUSED = 3, AGENT_OUTSIDE = 4 };

struct agent_command {
	const char *name, *summary;
	const char *arguments;             /* for help, "" without */
	int (*run)(int argc, char **argv); /* argv behind the command's name; an agent_code */
};

/* Writes one line to stderr and returns code. */
int agent_fail(int code, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#define COMMAND(name) extern const struct agent_command agent_##name;
#include "agent/commands.def"
#undef COMMAND

#endif
