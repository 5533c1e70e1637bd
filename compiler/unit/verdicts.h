/* SPDX-License-Identifier: Apache-2.0 */
/* What rules found in a run, and which waivers were needed: for people who ask. */
#ifndef UNIT_VERDICTS_H
#define UNIT_VERDICTS_H

#include "unit/run.h"

/* Fills rules, hits and waivers of result from what r's clusters, and the fleet, were found to be.
 */
void verdicts_tell(const struct run *r, struct fleet_result *result);

#endif
