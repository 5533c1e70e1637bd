/* SPDX-License-Identifier: Apache-2.0 */
/* plan.c: good backups, and those that may go. */
#include "backup/plan.h"

/* Places in the WAL are compared without timelines: a number is used once in a cluster's life. */
static struct str place_of(struct str segment)
{
	return str_cut(segment, SEGMENT_TIMELINE, SEGMENT_LENGTH);
}

/* The gap ends before the segment begins. */
static bool is_before(const struct fact_gap *g, struct str segment)
{
	return str_cmp(place_of(g->to), place_of(segment)) < 0;
}

enum backup_state backup_state(const struct round *r, const struct fact_backup *b)
{
	const struct fact_checked *c = attempts_checked(facts_attempts(r->facts), b->name);
	const struct fact_wal *w = facts_wal(r->facts);

	if (c && c->corrupt > 0)
		return BACKUP_CORRUPT;
	if (!c || w->at <= b->ended)
		return BACKUP_UNKNOWN;
	for (size_t i = 0; i < w->n; i++)
		if (w->gaps[i].lost && !is_before(&w->gaps[i], b->segment))
			return BACKUP_CUT;
	for (size_t i = 0; i < w->n; i++)
		if (!is_before(&w->gaps[i], b->segment) &&
		    str_cmp(place_of(w->gaps[i].from), b->last) <= 0)
			return BACKUP_UNKNOWN; /* its own WAL is on its way */
	return BACKUP_GOOD;
}

/* One of the future tells that a clock was wrong, and nothing of what is due now. */
const struct fact_backup *backup_newest(const struct round *r)
{
	const struct fact_backups *b = facts_backups(r->facts);

	for (size_t i = b->n; i-- > 0;)
		if (b->items[i].began <= r->now.wall + BACKUP_CLOCKS)
			return &b->items[i];
	return NULL;
}

const struct fact_backup *backup_newest_good(const struct round *r)
{
	const struct fact_backups *b = facts_backups(r->facts);

	for (size_t i = b->n; i-- > 0;)
		if (backup_state(r, &b->items[i]) == BACKUP_GOOD)
			return &b->items[i];
	return NULL;
}

const struct fact_backup *backup_oldest_good(const struct round *r)
{
	const struct fact_backups *b = facts_backups(r->facts);

	for (size_t i = 0; i < b->n; i++)
		if (backup_state(r, &b->items[i]) == BACKUP_GOOD)
			return &b->items[i];
	return NULL;
}

const struct fact_gap *backup_lost(const struct round *r)
{
	const struct fact_backups *b = facts_backups(r->facts);
	const struct fact_wal *w = facts_wal(r->facts);

	/* without a backup wal-g looks for WAL that this cluster never wrote */
	if (b->n == 0 || w->at <= b->items[0].ended)
		return NULL;
	for (size_t i = 0; i < w->n; i++)
		if (w->gaps[i].lost && !is_before(&w->gaps[i], b->items[0].segment))
			return &w->gaps[i];
	return NULL;
}

bool backup_foreign(const struct round *r)
{
	const struct fact_wal *w = facts_wal(r->facts);

	return w->foreign && (w->newest == 0 || w->newest > facts_patroni(r->facts)->timeline);
}

/* The WAL is whole, as far as was looked since the newest backup. */
static bool wal_is_whole(const struct round *r, const struct fact_backup *newest)
{
	const struct fact_wal *w = facts_wal(r->facts);

	return !backup_lost(r) && w->at > newest->ended && !backup_foreign(r);
}

/* Something old may go at all: the newest backup is good and in time, WAL arrives, and nothing is
 * missing. */
static bool may_prune(const struct round *r)
{
	const struct fact_backup *newest = backup_newest(r);
	int64_t age = orders_ms(r->orders, "thresholds.backupAge", 180000000) / 1000;

	return newest && backup_state(r, newest) == BACKUP_GOOD && wal_is_whole(r, newest) &&
	       r->now.wall - newest->ended <= age &&
	       r->conditions[CONDITION_ArchiveHealthy].reason == REASON_Archiving &&
	       !attempts_open(facts_attempts(r->facts));
}

/*
 * A restore to the beginning of the retention needs the newest good full backup that had ended by
 * then; the minimum of good ones stays, however old they are.
 */
const struct fact_backup *backup_keep(const struct round *r)
{
	const struct fact_backups *b = facts_backups(r->facts);
	int64_t begin = r->now.wall - orders_ms(r->orders, "backup.retention", INT64_MAX) / 1000;
	int64_t least = orders_int(r->orders, "backup.minimum", 1), good = 0;

	if (!may_prune(r))
		return NULL;
	for (size_t i = b->n; i-- > 0;) {
		const struct fact_backup *at = &b->items[i];

		if (backup_state(r, at) != BACKUP_GOOD)
			continue;
		good++;
		if (good >= least && at->full && at->ended <= begin)
			return at;
	}
	return NULL;
}
