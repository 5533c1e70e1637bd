/* SPDX-License-Identifier: Apache-2.0 */
/* Objects that are given: a directory of output, proved without being compiled. */
#ifndef UNIT_GIVEN_H
#define UNIT_GIVEN_H

#include "unit/run.h"

/*
 * Reads the output in r->options->objects (<environment>/<namespace>/<name>/ and the directories of
 * access beside it, destinations/<name>/) and proves each cluster and destination of it, or
 * options->only alone. What its objects are
 * compared with follows from its own record (postgrescluster-NAME.yaml) and the platform repository
 * of the run, whose world and intents are loaded. Findings go to r->diags. 0, or -1 with err.
 */
int given_prove(struct run *r, struct fleet_result *result, struct err *err);

#endif
