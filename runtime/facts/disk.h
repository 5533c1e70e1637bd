/* SPDX-License-Identifier: Apache-2.0 */
/* The volume of the data. */
#ifndef FACTS_DISK_H
#define FACTS_DISK_H

#include <stdint.h>

struct fact_disk {
	int64_t size, used; /* bytes */
	/* what was used some minutes ago, and not so many; seconds since 1970, 0 not known yet */
	int64_t before, before_used, since, since_used;
	int64_t version; /* major version of the PostgreSQL that made the data, 0: there are none */
};

/* When it is full if it grows as it did in the last minutes; seconds since 1970, 0 when it does
 * not grow or nothing can be said. */
int64_t disk_full_at(const struct fact_disk *d, int64_t now);

#endif
