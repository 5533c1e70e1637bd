/* SPDX-License-Identifier: Apache-2.0 */
/* backups.c: base backups in the archive, by wal-g backup-list. */
#include "facts/backups.h"

#include "walg/read.h"
#include "watch/by_walg.h"
#include "watch/watch.h"

enum { ASK_MS = 120000 };

static const char *read_backups(struct look *look, struct str out, int64_t asked, const void **fact)
{
	struct fact_backups *f = NEW(look->arena, struct fact_backups);
	const char *why = walg_read_backups(look->arena, out, f);

	f->at = asked;
	*fact = f;
	return why;
}

static void start(struct look *look)
{
	static const char *const args[] = { "backup-list", "--detail", "--json", NULL };

	by_walg_start(look, args, ASK_MS, read_backups);
}

const struct observer watch_backups = {
	.fact = FACT_backups,
	.size = sizeof(struct fact_backups),
	.every_ms = 600000,
	.again_ms = 60000,
	.ms = ASK_MS + 15000,
	.leader = true,
	.start = start,
	.stop = by_walg_stop,
};
