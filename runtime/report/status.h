/* SPDX-License-Identifier: Apache-2.0 */
/* The record's status, made from a round. */
#ifndef REPORT_STATUS_H
#define REPORT_STATUS_H

#include "frame/round.h"

/* What changed in a condition, for an Event. */
struct flip {
	enum reason reason;
	struct str detail;
};

/* What the status should say, in r->arena: all that this agent knows, as a merge patch of status.
 * steady is the part of it that is worth a write when it differs from what the record says; the
 * rest (heartbeat, sizes) goes with the next write. */
struct status {
	const struct node *whole, *steady;
	const struct flip *flips; /* conditions that the record tells otherwise */
	size_t n_flips;
};

/* The status of round r, whose conditions are all said. */
struct status status_of(struct round *r);

/* The last heartbeat of a record's status is too old to be believed, or it is of the future: the
 * clock was set back since, and nobody would hear it age. */
bool status_silent(const struct round *r, const struct node *status);

/* An Event (events.k8s.io/v1) of flip, in r->arena. */
const struct node *status_event(struct round *r, const struct flip *flip);

/* A text for people: the reason's, its detail, and where to read on. */
struct str status_message(struct arena *a, const struct orders *o, enum reason reason,
			  struct str detail);

#endif
