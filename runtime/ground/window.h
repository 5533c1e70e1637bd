/* SPDX-License-Identifier: Apache-2.0 */
/* The maintenance window: is it open, and when does it open next? */
#ifndef GROUND_WINDOW_H
#define GROUND_WINDOW_H

#include <stdbool.h>

#include "ground/clock.h"
#include "tree/node.h"

/* The window at one moment. */
struct window {
	bool open;
	int64_t ends;  /* while open: when it closes; seconds since 1970 */
	int64_t opens; /* while closed: when it opens next; seconds since 1970 */
};

/* The window that the orders' `maintenance` describes, at wall. Days and times count in its time
 * zone (one that this machine does not know counts as UTC). NULL is never open and never opens
 * (opens is INT64_MAX). */
struct window window_at(const struct node *maintenance, int64_t wall);

#endif
