/* SPDX-License-Identifier: Apache-2.0 */
/* How the recovery of a restore ended, as PostgreSQL wrote it into the history of its timeline. */
#ifndef FACTS_RESTORED_H
#define FACTS_RESTORED_H

#include "base/str.h"

struct fact_restored {
	/* reasons of all switches of the timeline, the newest first, a line each: "before TIME",
	 * "no recovery target specified" (backend/access/transam/xlogrecovery.c,
	 * getRecoveryStopReason) */
	struct str reasons;
};

#endif
