/* SPDX-License-Identifier: Apache-2.0 */
/* The output of one cluster on its way: hashed, compared, deflated, by a thread of its own where
 * there is a core for it; the change is judged meanwhile. */
#ifndef UNIT_PUTTING_H
#define UNIT_PUTTING_H

#include "unit/render.h"

struct run;
struct putting;

/* Begins to put the units of made, whose files have their ids and stay as they are until the end;
 * their state and tree are set by then. Without spare all is done at once. Made in a, which stays
 * until the end. */
struct putting *putting_start(const struct run *r, struct out_worker *out,
			      const struct rendered *made, struct arena *a, bool spare);

/* Waits. 0, or -1; a directory that another cluster fills is no failure here. NULL is fine: 0. */
int putting_end(struct putting *p, struct err *err);

#endif
