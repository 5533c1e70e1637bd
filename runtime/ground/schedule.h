/* SPDX-License-Identifier: Apache-2.0 */
/* When a schedule of five cron fields was last due, and when it is next. */
#ifndef GROUND_SCHEDULE_H
#define GROUND_SCHEDULE_H

#include <stdint.h>

#include "base/str.h"

/* The last due time of cron (by the clocks of zone) that is not after wall; seconds since 1970, 0
 * when there was none within eight years or cron is no schedule. */
int64_t schedule_last(struct str cron, struct str zone, int64_t wall);

/* The first due time after wall; INT64_MAX when there is none within eight years. */
int64_t schedule_next(struct str cron, struct str zone, int64_t wall);

#endif
