/* SPDX-License-Identifier: Apache-2.0 */
/* recovery.c: whether the recovery of a PostgreSQL that is starting still comes forward. Each file
 * of WAL that is fetched or received is written below pg_wal, and pg_control when recovery begins
 * and at each restart point (StartupXLOG, CreateRestartPoint of PostgreSQL). */
#include "facts/recovery.h"

#include <dirent.h>
#include <string.h>

#include "facts/patroni.h"
#include "ground/mounted.h"
#include "ground/paths.h"
#include "watch/watch.h"

#define WAL PATH_PGDATA "/pg_wal"

#define CONTROL PATH_PGDATA "/global/pg_control"

enum { SEGMENT = 24, CONTROL_MOST = 65536 };

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* When the folder of WAL or one of its segments was last written. */
static int64_t wal_changed(struct arena *a)
{
	int64_t at = mounted_mark(WAL).changed_ns;
	DIR *d = opendir(WAL);

	if (!d)
		return at;
	for (const struct dirent *e = readdir(d); e; e = readdir(d))
		if (strlen(e->d_name) == SEGMENT)
			at = later(at,
				   mounted_mark(arena_fmt(a, WAL "/%s", e->d_name).p).changed_ns);
	(void)closedir(d);
	return at;
}

static bool is_from_archive(struct arena *a)
{
	struct str text = str_of("");
	struct err err = { 0 };

	return mounted_read(a, CONTROL, CONTROL_MOST, &text, &err) == 1 &&
	       recovery_from_archive(text);
}

static void start(struct look *look)
{
	const struct fact_recovery *old = facts_recovery(look->facts);
	struct fact_recovery *fact = NEW(look->arena, struct fact_recovery);
	struct file_mark server = mounted_mark(PATH_PGDATA "/postmaster.pid");
	int64_t control = mounted_mark(CONTROL).changed_ns;

	/* Before recovery it may sync every file of the database, which can take long. */
	if (str_is(facts_patroni(look->facts)->state, "starting") && !mounted_none(server) &&
	    control > server.changed_ns && is_from_archive(look->arena)) {
		fact->changed_ns = later(control, wal_changed(look->arena));
		fact->still_ms = old->still_ms && old->changed_ns == fact->changed_ns
				     ? old->still_ms
				     : clock_now().ms;
	}
	look_done(look, fact);
}

const struct observer watch_recovery = {
	.fact = FACT_recovery,
	.size = sizeof(struct fact_recovery),
	.every_ms = 30000,
	.ms = 5000,
	.start = start,
};
