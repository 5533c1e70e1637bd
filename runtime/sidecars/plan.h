/* SPDX-License-Identifier: Apache-2.0 */
/* Which sidecar of which member gets another image next, in place: replicas first, the leader's pod
 * last, one at a time, each proved before the next. Pure. */
#ifndef SIDECARS_PLAN_H
#define SIDECARS_PLAN_H

#include "facts/pods.h"
#include "frame/round.h"

enum sidecar_step {
	SIDECAR_FINE,    /* each runs what the orders say */
	SIDECAR_WAIT,    /* one is not proved yet, or a pod is not well */
	SIDECAR_CHANGE,  /* container of pod gets image */
	SIDECAR_PROVED,  /* its new image works: pod's note of it goes */
	SIDECAR_REVERT,  /* its new image did not come up: it gets image, the one it had */
	SIDECAR_STOPPED, /* a member refused the wanted image: nobody else gets it */
};

struct sidecar_plan {
	enum sidecar_step step;
	const struct fact_pod *pod; /* NULL when FINE */
	struct str container, image;
	struct str was;                     /* CHANGE: the last image that is known to work */
	const struct fact_sidecar *sidecar; /* as it is */
	const char *why;
};

/* The next step: of the pods that do not lead, or (leader) of the leader's pod, which comes after
 * all others. */
struct sidecar_plan sidecar_plan(const struct round *r, bool leader);

#endif
