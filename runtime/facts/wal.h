/* SPDX-License-Identifier: Apache-2.0 */
/* WAL in the archive, from the oldest backup on, as wal-g verifies it. */
#ifndef FACTS_WAL_H
#define FACTS_WAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

/* Segments that are not there. */
struct fact_gap {
	struct str from, to; /* segments, both missing */
	int64_t count;
	bool lost; /* they will not come; false: they may still be on their way */
};

struct fact_wal {
	const struct fact_gap *gaps;
	size_t n;
	bool foreign;   /* wal-g found a timeline newer than that of the last checkpoint */
	int64_t newest; /* timeline in the archive, 0: not told */
	int64_t at;     /* when the archive was asked; seconds since 1970 */
};

#endif
