/* SPDX-License-Identifier: Apache-2.0 */
/* How far the recovery of this member's own PostgreSQL comes, as its files tell while it answers
 * nobody. */
#ifndef FACTS_RECOVERY_H
#define FACTS_RECOVERY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

struct fact_recovery {
	int64_t changed_ns; /* when one of the files was last written, nanoseconds since 1970 */
	int64_t still_ms; /* moment since which none of them was written; 0: no server is starting,
			   * or its recovery has not begun, or wants nothing that is not here */
};

/* The file pg_control says that a server recovers with WAL from an archive or from its leader. One
 * that replays what it had when it crashed writes none of those files, however long it takes. */
bool recovery_from_archive(struct str control);

#endif
