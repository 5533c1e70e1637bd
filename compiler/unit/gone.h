/* SPDX-License-Identifier: Apache-2.0 */
/* Clusters whose intents are gone: retired in order, renamed, or lost. */
#ifndef UNIT_GONE_H
#define UNIT_GONE_H

#include "unit/run.h"

/* The verdict of the cluster that owner was, for which there is no intent any more; old is its
 * directory in the previous output, or NULL when r->before knows it. */
struct verdict *gone_verdict(struct run *r, struct str owner, const struct prev_unit *old);

/* The retirement of what old's lock tells was in its last state: its output may go. */
bool gone_in_order(const struct prev_unit *old);

#endif
