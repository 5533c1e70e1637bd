/* SPDX-License-Identifier: Apache-2.0 */
/* wal.c: WAL in the archive, by wal-g wal-verify, which lists every segment: so rarely. */
#include "facts/wal.h"

#include "walg/read.h"
#include "watch/by_walg.h"
#include "watch/watch.h"

enum { ASK_MS = 900000 };

static const char *read_wal(struct look *look, struct str out, int64_t asked, const void **fact)
{
	struct fact_wal *f = NEW(look->arena, struct fact_wal);
	const char *why = walg_read_wal(look->arena, out, f);

	f->at = asked;
	*fact = f;
	return why;
}

static void start(struct look *look)
{
	static const char *const args[] = { "wal-verify", "integrity", "timeline", "--json", NULL };

	by_walg_start(look, args, ASK_MS, read_wal);
}

/* A day has two; each new backup asks for one more. */
const struct observer watch_wal = {
	.fact = FACT_wal,
	.size = sizeof(struct fact_wal),
	.every_ms = 43200000,
	.again_ms = 300000,
	.ms = ASK_MS + 15000,
	.leader = true,
	.start = start,
	.stop = by_walg_stop,
};
