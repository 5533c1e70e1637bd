/* SPDX-License-Identifier: Apache-2.0 */
/* What is to be done, and what is to be said: pure functions of a round. decide_name stands in
 * decide/name.c, a row of deciders.def calls it. */
#ifndef DECIDE_DECIDE_H
#define DECIDE_DECIDE_H

#include "frame/round.h"

/* Each adds actions to the round and says its conditions. */
#define DECIDER(name) void decide_##name(struct round *r);
#include "decide/deciders.def"
#undef DECIDER

#endif
