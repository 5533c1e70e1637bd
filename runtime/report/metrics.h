/* SPDX-License-Identifier: Apache-2.0 */
/* What Prometheus reads: OpenMetrics text from the table metrics.def. */
#ifndef REPORT_METRICS_H
#define REPORT_METRICS_H

#include "base/buf.h"
#include "frame/round.h"

/* Numbers that are in no round. */
struct counts {
	uint64_t api_requests;
};

/* Appends every metric of round r. */
void metrics_print(struct buf *out, const struct round *r, const struct counts *counts);

#endif
