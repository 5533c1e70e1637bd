/* SPDX-License-Identifier: Apache-2.0 */
/* What the effects of a change cost: writes, time, order of restarts. */
#ifndef GUARD_EFFECT_H
#define GUARD_EFFECT_H

#include "guard/classify.h"

/* Sets v's outage, window and order from the effects that were found. */
void effect_tell(const struct classify *c, struct verdict *v);

#endif
