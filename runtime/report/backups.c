/* SPDX-License-Identifier: Apache-2.0 */
/* backups.c: status.backups. */
#include "report/backups.h"

#include "backup/plan.h"
#include "facts/postgres.h"
#include "ground/schedule.h"
#include "report/fields.h"

int64_t backups_queue(const struct round *r)
{
	return facts_postgres(r->facts)->waiting * WAL_SEGMENT_BYTES;
}

static struct node *made(struct round *r, const struct fact_backup *b)
{
	struct fields f = { r->arena, { 0 } };

	fields_text(&f, "name", b->name);
	fields_time(&f, "started", b->began);
	fields_time(&f, "finished", b->ended);
	fields_int(&f, "size", b->size);
	fields_text(&f, "member", b->host);
	return fields_map(&f);
}

static struct node *failed(struct round *r, const struct fact_attempt *a)
{
	struct fields f = { r->arena, { 0 } };

	fields_time(&f, "started", a->asked);
	fields_time(&f, "finished", a->ended);
	fields_text(&f, "member", a->member);
	fields_text(&f, "error", a->error);
	return fields_map(&f);
}

/* Number and size of what lies there. */
static void put_sums(struct round *r, struct fields *f)
{
	const struct fact_backups *b = facts_backups(r->facts);
	int64_t good = 0, size = 0;

	for (size_t i = 0; i < b->n; i++) {
		good += backup_state(r, &b->items[i]) == BACKUP_GOOD;
		size += b->items[i].size;
	}
	fields_int(f, "count", good);
	fields_int(f, "size", size);
}

static void put_backups(struct round *r, struct fields *f)
{
	const struct fact_backup *oldest = backup_oldest_good(r), *last = backup_newest_good(r);
	const struct fact_attempt *a = backup_failed(r);
	int64_t next = INT64_MAX;

	put_sums(r, f);
	/* the last good one stays told while another is verified */
	if (last)
		fields_node(f, "last", made(r, last));
	if (a)
		fields_node(f, "failed", failed(r, a));
	else
		fields_none(f, "failed");
	(void)backup_due(r, &next);
	fields_time_or_none(f, "next", next == INT64_MAX ? 0 : next);
	fields_time_or_none(f, "oldestRestorable", oldest ? oldest->ended : 0);
}

const struct node *backups_status(struct round *r)
{
	const struct fact_postgres *pg = facts_postgres(r->facts);
	struct fields f = { r->arena, { 0 } };

	if (!r->leads)
		return NULL;
	if (r->facts->sight[FACT_backups].at_ms > 0 && r->facts->sight[FACT_attempts].at_ms > 0)
		put_backups(r, &f);
	if (backup_newest_good(r))
		fields_time_or_none(&f, "newestRestorable", pg->archived_at);
	fields_text(&f, "archived", pg->archived);
	fields_int(&f, "archiveQueue", backups_queue(r));
	return fields_map(&f);
}

const struct node *drills_status(struct round *r)
{
	struct str cron = orders_text(r->orders, "backup.drill.schedule");
	int64_t next = schedule_next(cron, orders_text(r->orders, "backup.timezone"), r->now.wall);
	struct fields f = { r->arena, { 0 } };

	if (!node_flag(orders_at(r->orders, "backup.drill"), "enabled", false) || next == INT64_MAX)
		return NULL;
	fields_time(&f, "next", next);
	return fields_map(&f);
}
