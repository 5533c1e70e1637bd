/* SPDX-License-Identifier: Apache-2.0 */
/* clock.c: the one place of the runtime that reads a clock. */
#include "ground/clock.h"

#include <time.h>

#include "tree/number.h"

struct moment clock_now(void)
{
	struct timespec boot = { 0 }, wall = { 0 };

	(void)clock_gettime(CLOCK_BOOTTIME, &boot);
	(void)clock_gettime(CLOCK_REALTIME, &wall);
	return (struct moment){ (int64_t)boot.tv_sec * 1000 + boot.tv_nsec / 1000000, wall.tv_sec };
}

void clock_print(struct buf *out, int64_t wall)
{
	time_print(out, (struct instant){ wall, 0 });
}
