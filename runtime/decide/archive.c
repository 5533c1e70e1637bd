/* SPDX-License-Identifier: Apache-2.0 */
/* archive.c: does WAL reach the archive in time? */
#include "decide/decide.h"
#include "facts/disk.h"
#include "facts/patroni.h"
#include "facts/postgres.h"

enum { FRESH_MS = 60000, MOST_DAYS = 7 };

/* WAL that cannot leave fills the disk: until when. */
static const char *forecast(const struct round *r)
{
	int64_t full = disk_full_at(facts_disk(r->facts), r->now.wall);
	int64_t minutes = (full - r->now.wall) / 60;

	if (!full || minutes > (int64_t)MOST_DAYS * 1440)
		return "";
	return arena_fmt(r->arena, "; the disk is full in %lld %s",
			 (long long)(minutes < 120 ? minutes : minutes / 60),
			 minutes < 120 ? "minutes" : "hours")
	    .p;
}

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
		round_say(r, REASON_ArchiveFails, "%lld segments wait, %lld attempts failed%s",
			  (long long)pg->waiting, (long long)pg->archive_failures, forecast(r));
	else if (age > most)
		round_say(r, REASON_ArchiveLate, "%lld segments wait, the oldest for %lld s%s",
			  (long long)pg->waiting, (long long)age, forecast(r));
	else
		round_say(r, REASON_Archiving, "%s", "");
}
