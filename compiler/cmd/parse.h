/* SPDX-License-Identifier: Apache-2.0 */
/* Taking a command line apart. */
#ifndef CMD_PARSE_H
#define CMD_PARSE_H

#include "cmd/command.h"

/*
 * Fills c from the words behind the command's name. -1 to go on, else the exit code: CODE_FINE
 * after --help, CODE_USAGE after a message.
 */
int cli_parse(struct cli *c, int argc, char **argv);

/* Prints the help of c's command to stdout; CODE_FINE. */
int cli_help(const struct cli *c);

#endif
