/* SPDX-License-Identifier: Apache-2.0 */
/* The ScaledObject of the read replicas, as the API server has it: looked at by the leader's agent.
 */
#ifndef FACTS_SCALER_H
#define FACTS_SCALER_H

#include <stdbool.h>

#include "base/str.h"

/* Annotations: KEDA's, and ours, without which KEDA's is a person's. */
#define SCALER_PAUSED "autoscaling.keda.sh/paused-scale-out"
#define SCALER_OURS "howdah.dev/paused-scale-out"

struct fact_scaler {
	bool there;
	struct str version; /* resourceVersion */
	bool paused;        /* no replica is added */
	bool ours;          /* by this cluster's agent */
};

#endif
