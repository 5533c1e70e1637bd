/* SPDX-License-Identifier: Apache-2.0 */
/* May somebody log in? */
#ifndef DECIDE_RESTORE_H
#define DECIDE_RESTORE_H

#include "frame/round.h"

/* Nobody may: the intent says so, the cluster retires, or a restore stopped elsewhere than wanted.
 * decide_restore comes first. */
bool restore_closed(const struct round *r);

/* Whether somebody may is not known yet: nobody's access is changed meanwhile, since the cluster
 * may have been in service for long. */
bool restore_unknown(const struct round *r);

/* The record tells of this incarnation that the restore stopped elsewhere, and nobody has accepted
 * it. */
bool restore_awaits(const struct round *r);

#endif
