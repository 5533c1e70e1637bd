/* SPDX-License-Identifier: Apache-2.0 */
/* archive.c: does WAL reach the archive in time? */
#include "decide/decide.h"
#include "facts/patroni.h"
#include "facts/postgres.h"

enum { FRESH_MS = 60000 };

void decide_archive(struct round *r)
{
	const struct fact_postgres *pg = facts_postgres(r->facts);
	int64_t most = orders_ms(r->orders, "thresholds.archiveAge", 180000) / 1000;
	int64_t age = pg->waiting > 0 && pg->waiting_since ? r->now.wall - pg->waiting_since : 0;

	if (!r->leads || !facts_fresh(r->facts, FACT_postgres, r->now, FRESH_MS))
		round_say(r, REASON_ArchiveUnseen, "%s", r->facts->sight[FACT_postgres].error.p);
	else if (!pg->archives)
		round_say(r, REASON_NotArchiving, "%s", "");
	else if (pg->waiting > 0 && pg->archive_failed_at > pg->archived_at)
		round_say(r, REASON_ArchiveFails, "%lld segments wait, %lld attempts failed",
			  (long long)pg->waiting, (long long)pg->archive_failures);
	else if (age > most)
		round_say(r, REASON_ArchiveLate, "%lld segments wait, the oldest for %lld s",
			  (long long)pg->waiting, (long long)age);
	else
		round_say(r, REASON_Archiving, "%s", "");
}
