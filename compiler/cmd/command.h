/* SPDX-License-Identifier: Apache-2.0 */
/* What a command is: a row that main.c finds by name, with the options it takes. */
#ifndef CMD_COMMAND_H
#define CMD_COMMAND_H

#include <stdbool.h>
#include <stdint.h>

#include "base/diag.h"

/* Exit codes of every command. */
enum {
	CODE_FINE = 0,    /* done; warnings included */
	CODE_FINDING = 1, /* an error in the input, a denial, a difference */
	CODE_USAGE = 2,   /* the command line cannot be understood */
	CODE_REFUSED = 3, /* the guard refused the change; wins over 1 */
	CODE_OUTSIDE = 4, /* disk, memory, lost race for a Git ref */
};

enum option {
#define OPTION(id, name, letter, argument, help) OPT_##id,
#include "cmd/options.def"
#undef OPTION
	OPT_COUNT
};

/* The bit of an option in struct command. */
enum option_bit {
#define OPTION(id, name, letter, argument, help) BIT_##id = 1 << OPT_##id,
#include "cmd/options.def"
#undef OPTION
	BIT_NONE = 0
};

/* The most --set of one command line. */
enum { SETS_MOST = 16 };

struct command;

/* A command line, taken apart. */
struct cli {
	const struct command *command;
	const char
	    *value[OPT_COUNT];       /* the argument, "" for a flag that is set, NULL when absent */
	const char *sets[SETS_MOST]; /* arguments of --set, which may be given more than once */
	int n_sets;
	char **args; /* what is no option */
	int n_args;
	enum diag_format format; /* of findings */
	bool colour;             /* stderr is a terminal and NO_COLOR is not set */
	bool terminal;           /* stderr is a terminal */
};

struct command {
	const char *name;
	const char *usage;         /* behind the name: "[-C REPO] -o DIR" */
	const char *summary;       /* one line */
	const char *help;          /* paragraphs, examples */
	const char *own_format;    /* what --format is when it is not that of findings, or NULL */
	int options;               /* BITs of the options it takes besides --help */
	int (*run)(struct cli *c); /* returns an exit code */
};

#define COMMAND(name) extern const struct command command_##name;
#include "cmd/commands.def"
#undef COMMAND

/* Prints "howdah: error: ..." to stderr and returns code. */
int cli_fail(int code, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Prints all findings of d to stderr in the format of the command line. */
void cli_print(const struct cli *c, const struct diags *d);

/* Prints all findings of d where findings are what was asked for: text to stderr, as compilers do,
 * and what programs read to stdout, as linters do. CODE_FINE, or CODE_OUTSIDE after saying why not.
 */
int cli_findings(const struct cli *c, const struct diags *d);

/* Writes text to stdout; CODE_FINE, or CODE_OUTSIDE after saying why not. */
int cli_write(struct str text);

#endif
