/* SPDX-License-Identifier: Apache-2.0 */
/* Time as the agent has it: one reading holds both clocks. */
#ifndef GROUND_CLOCK_H
#define GROUND_CLOCK_H

#include <stdint.h>

#include "base/buf.h"

/* A moment. Ages and deadlines are differences of ms; wall is for people, schedules and dates. */
struct moment {
	int64_t ms;   /* since boot, suspended time included: never jumps */
	int64_t wall; /* seconds since 1970-01-01T00:00:00Z */
};

/* The time now. */
struct moment clock_now(void);

/* Appends seconds since 1970 as RFC 3339 in UTC. */
void clock_print(struct buf *out, int64_t wall);

#endif
