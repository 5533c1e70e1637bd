/* SPDX-License-Identifier: Apache-2.0 */
/* What compile and check share: options of a run, and telling its result. */
#ifndef CMD_FLEET_H
#define CMD_FLEET_H

#include "cmd/command.h"
#include "unit/fleet.h"

/* Fills o from the command line (target left empty). -1, or an exit code after a message. */
int cli_fleet_options(const struct cli *c, struct fleet_options *o);

/* Runs, prints findings and one line about the result to stderr, a dump to stdout; the exit code.
 */
int cli_fleet_run(const struct cli *c, const struct fleet_options *o);

#endif
