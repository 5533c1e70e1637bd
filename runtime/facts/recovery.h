/* SPDX-License-Identifier: Apache-2.0 */
/* How far the recovery of this member's own PostgreSQL comes, as its files tell while it answers
 * nobody. */
#ifndef FACTS_RECOVERY_H
#define FACTS_RECOVERY_H

#include <stdint.h>

struct fact_recovery {
	int64_t changed_ns; /* when one of the files was last written, nanoseconds since 1970 */
	int64_t still_ms; /* moment since which none of them was written; 0: no server is starting,
			   * or its recovery has not begun */
};

#endif
