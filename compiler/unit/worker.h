/* SPDX-License-Identifier: Apache-2.0 */
/* What the pool of workers does for others. */
#ifndef UNIT_WORKER_H
#define UNIT_WORKER_H

#include "unit/run.h"

/* Sets u's owner and input digest, in a. */
void worker_identify(const struct run *r, struct unit_result *u, struct arena *a);

#endif
