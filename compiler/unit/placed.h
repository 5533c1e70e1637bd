/* SPDX-License-Identifier: Apache-2.0 */
/* Handing what stands around the clusters of a destination, before and now, to the guard. */
#ifndef UNIT_PLACED_H
#define UNIT_PLACED_H

#include "unit/before.h"

/*
 * Judges the destination called name: what r makes of it against the previous output, or against
 * r->before when that is compared with itself. Of the objects that sync clusters those of one
 * cluster stand for all; that clusters come and go is told by their own verdicts. Call behind the
 * join. The verdict is in r's arena; NULL when nothing of it changes, or with err set.
 */
struct verdict *placed_judge(struct run *r, struct str name, struct err *err);

/* The files of a destination that were just made differ from the previous output in a way that the
 * guard may refuse. 1, 0, or -1; a takes what is read for it. */
int placed_may_refuse(const struct run *r, const struct rendered *made, struct arena *a,
		      struct err *err);

#endif
