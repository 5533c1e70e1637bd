/* SPDX-License-Identifier: Apache-2.0 */
/* The ledger of the fleet: what all clusters export, with what they cost, as rules of the fleet
 * see it. */
#ifndef UNIT_LEDGER_H
#define UNIT_LEDGER_H

#include "unit/run.h"

/* Judges the fleet by its ledger, reused clusters included: denied clusters fail. Call behind the
 * join, when all else was said of the clusters. */
void ledger_judge(struct run *r);

#endif
