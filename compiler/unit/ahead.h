/* SPDX-License-Identifier: Apache-2.0 */
/* The world, loaded by a thread of its own while the run finds out what to compile in it. */
#ifndef UNIT_AHEAD_H
#define UNIT_AHEAD_H

#include "unit/run.h"

/* Begins to load r's world, if nobody did; r's source and day are known, and stay as they are. */
void ahead_start(struct run *r);

/* Waits for the world and takes it, with its findings, into r; loads it here when nothing was
 * begun. 0, or -1 with err. */
int ahead_take(struct run *r, struct err *err);

/* Waits for a world that nobody took, and ends it; without one nothing happens. */
void ahead_drop(struct run *r);

#endif
