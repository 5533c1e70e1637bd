/* SPDX-License-Identifier: Apache-2.0 */
/* disk.c: how full the data's volume is, and whose PostgreSQL's data lie on it. */
#include "facts/disk.h"

#include <stdlib.h>

#include "ground/mounted.h"
#include "ground/paths.h"
#include "loop/sys.h"
#include "watch/watch.h"

/* Growth is taken from the last ten to twenty minutes. */
enum { STEP_S = 600 };

/* PG_VERSION of a data directory holds its major version, "17" (manual, Database File Layout). */
static int64_t version(struct arena *a)
{
	enum { MOST = 64 };
	struct str text = str_of("");
	struct err err = { 0 };

	return mounted_read(a, PATH_PGDATA "/PG_VERSION", MOST, &text, &err) == 1
		   ? strtol(text.p, NULL, 10)
		   : 0;
}

static void start(struct look *look)
{
	struct fact_disk *fact = NEW(look->arena, struct fact_disk);
	long long size = 0, used = 0;
	int64_t now = clock_now().wall;

	if (sys_disk(PATH_DATA, &size, &used)) {
		look_failed(look, "the volume of the data cannot be asked");
		return;
	}
	*fact = *facts_disk(look->facts);
	fact->size = size;
	fact->used = used;
	fact->version = version(look->arena);
	if (now - fact->since >= STEP_S) {
		fact->before = fact->since;
		fact->before_used = fact->since_used;
		fact->since = now;
		fact->since_used = used;
	}
	look_done(look, fact);
}

const struct observer watch_disk = {
	.fact = FACT_disk,
	.size = sizeof(struct fact_disk),
	.every_ms = 10000,
	.ms = 5000,
	.start = start,
};
