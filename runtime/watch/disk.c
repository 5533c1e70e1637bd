/* SPDX-License-Identifier: Apache-2.0 */
/* disk.c: how full the data's volume is. */
#include "facts/disk.h"

#include "ground/paths.h"
#include "loop/sys.h"
#include "watch/watch.h"

static void start(struct look *look)
{
	struct fact_disk *fact = NEW(look->arena, struct fact_disk);
	long long size = 0, used = 0;

	if (sys_disk(PATH_DATA, &size, &used)) {
		look_failed(look, "the volume of the data cannot be asked");
		return;
	}
	fact->size = size;
	fact->used = used;
	look_done(look, fact);
}

const struct observer watch_disk = {
	.fact = FACT_disk,
	.size = sizeof(struct fact_disk),
	.every_ms = 10000,
	.ms = 5000,
	.start = start,
};
