/* SPDX-License-Identifier: Apache-2.0 */
/* A lull: what interrupts the primary is done while the poolers hold their clients. Checkpoint,
 * PAUSE, the interruption, a look whether the primary can be reached again, RESUME. */
#ifndef SWITCHOVER_LULL_H
#define SWITCHOVER_LULL_H

#include "frame/engine.h"

/* What happens in it. */
struct lull_plan {
	void (*go)(struct deed *deed); /* interrupts the primary; ends in lull_over */
	bool quick; /* somebody waits for it: the checkpoint beforehand may not be the end */
	bool stays; /* this member leads afterwards, too: the Service need not be asked, and could
		     * not: not every network leads a pod back to itself */
};

/* Begins the lull of a deed, whose work and stop become its own. The deed ends when the poolers
 * were resumed; a pause that lasts 20 s ends then, whatever is under way. */
void lull_begin(struct deed *deed, const struct lull_plan *plan);

/* The interruption is over, or could not be (fine is false, for the reason why). */
void lull_over(struct deed *deed, bool fine, const char *why);

/* The other end of a lull whose beginning is another agent's, or was: as soon as the primary can be
 * reached what is paused is resumed, and the deed ends. */
void lull_resume(struct deed *deed);

#endif
