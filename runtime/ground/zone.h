/* SPDX-License-Identifier: Apache-2.0 */
/* Time zones, from the system's database. */
#ifndef GROUND_ZONE_H
#define GROUND_ZONE_H

#include <stdint.h>

#include "base/str.h"

/* Seconds east of UTC that clocks in zone ("Europe/Berlin") are ahead at wall (seconds since 1970);
 * 0 for UTC and for a zone that this machine does not know. */
int64_t zone_offset(struct str zone, int64_t wall);

/* The moment at which clocks of zone show seconds after the midnight that begins day (days since
 * 1970-01-01). Where clocks are put forward over it, it is the moment an hour later by the old
 * time; where it comes twice, the first. */
int64_t zone_moment(struct str zone, int64_t day, int64_t seconds);

#endif
