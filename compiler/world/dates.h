/* SPDX-License-Identifier: Apache-2.0 */
/* Days that world files name: which of them are past on the day of judgement is part of the world.
 */
#ifndef WORLD_DATES_H
#define WORLD_DATES_H

#include "base/digest.h"
#include "base/str.h"

/* A waiver warns from this many days before its last one. */
enum { DATES_NEAR = 14 };

/* Where a day stands, seen from another one. */
enum date_state { DATE_FAR, DATE_NEAR, DATE_PAST };

/* day and as_of are YYYY-MM-DD; what is no such day is far. */
enum date_state dates_state(struct str day, struct str as_of);

/* Adds the state of each day that text names, in order: crossing one of them makes another world.
 */
void dates_add(struct hasher *h, struct str text, struct str as_of);

#endif
