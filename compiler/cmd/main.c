/* SPDX-License-Identifier: Apache-2.0 */
/* main.c: from argv to one row of commands.def. */
#include <malloc.h>
#include <stdio.h>

#include "base/die.h"
#include "base/pages.h"
#include "cmd/command.h"
#include "cmd/parse.h"

static const struct command *const commands[] = {
#define COMMAND(name) &command_##name,
#include "cmd/commands.def"
#undef COMMAND
};

/* Bytes of stack for a handler of signals, by far enough (MINSIGSTKSZ is 2 to 12 KB). */
enum { LAST_WORDS = 64 * 1024 };

enum { COMMANDS = sizeof(commands) / sizeof(*commands) };

static void help(FILE *out)
{
	(void)fputs("howdah turns ten-line intents into complete PostgreSQL clusters on "
		    "Kubernetes, in Git.\n\n"
		    "usage: howdah COMMAND [options]\n\n",
		    out);
	for (size_t i = 0; i < COMMANDS; i++)
		(void)fprintf(out, "  %-9s %s\n", commands[i]->name, commands[i]->summary);
	(void)fputs(
	    "\nhowdah COMMAND --help tells more. A first try:\n\n"
	    "  howdah init platform && cd platform && howdah compile -o out\n\n"
	    "exit codes: 0 fine (warnings included), 1 a finding, 2 usage, 3 the guard refused,\n"
	    "4 outside trouble (disk, memory, lost Git race), 70 a bug in howdah\n",
	    out);
}

static const struct command *find(struct str name)
{
	for (size_t i = 0; i < COMMANDS; i++)
		if (str_is(name, commands[i]->name))
			return commands[i];
	return NULL;
}

static int unknown(struct str name)
{
	if (name.p[0] == '-')
		return cli_fail(
		    CODE_USAGE,
		    "the command comes first: howdah COMMAND %s (howdah --help lists them)",
		    name.p);
	for (size_t i = 0; i < COMMANDS; i++)
		if (str_distance(name, str_of(commands[i]->name), 2) <= 2)
			return cli_fail(
			    CODE_USAGE,
			    "'%s' is no command; did you mean '%s'? (howdah --help lists all)",
			    name.p, commands[i]->name);
	return cli_fail(CODE_USAGE, "'%s' is no command; howdah --help lists all", name.p);
}

/* A run is short: memory that is freed is not handed back and taken again, threads share what they
 * have, and its first pages are huge ones: one edit of a fleet of thousands takes some 8 MB. */
static void set_memory(void)
{
	enum { FIRST = 64 * 1024 * 1024, NEXT = 8 * 1024 * 1024, APART = 4 * 1024 * 1024 };

	(void)mallopt(M_MMAP_THRESHOLD, APART);
	(void)mallopt(M_TRIM_THRESHOLD, FIRST);
	(void)mallopt(M_ARENA_MAX, 1);
	pages_heap(FIRST);
	(void)mallopt(M_TOP_PAD, NEXT);
}

int main(int argc, char **argv)
{
	struct cli cli = { 0 };
	struct str name = str_of(argc > 1 ? argv[1] : "");
	char last_words[LAST_WORDS];

	die_of_bugs(last_words, sizeof(last_words));
	set_memory();
	if (argc < 2) {
		help(stderr);
		return CODE_USAGE;
	}
	if (str_is(name, "help") && argc > 2 && (cli.command = find(str_of(argv[2]))) != NULL)
		return cli_help(&cli);
	if (str_is(name, "--help") || str_is(name, "-h") || str_is(name, "help")) {
		help(stdout);
		return cli_write(str_of(""));
	}
	if (str_is(name, "--version"))
		name = str_of("version");
	cli.command = find(name);
	if (!cli.command)
		return unknown(name);

	int code = cli_parse(&cli, argc - 2, argv + 2);

	if (code >= 0)
		return code;
	return cli.command->run(&cli);
}
