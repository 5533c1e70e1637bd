/* SPDX-License-Identifier: Apache-2.0 */
/* How each action of actions.def is done: act_id stands in act/id.c. Each ends in deed_done or
 * deed_failed, and is safe to be done twice. */
#ifndef ACT_ACT_H
#define ACT_ACT_H

#include "frame/engine.h"

#define ACTION(id, name, does, ms, apart, ages) void act_##id(struct deed *deed);
#include "frame/actions.def"
#undef ACTION

#endif
