/* SPDX-License-Identifier: Apache-2.0 */
/* test_agent_retention.c: which base backups are worth anything, which may go, and what is told of
 * them. */
#include "backup_fixture.h"

static struct orders *orders;
static struct past deed;

static void unchecked(struct world *w)
{
	w->attempts.n_checked = 2;
}

/* PostgreSQL, where the result is kept, is not there for a moment. */
static void restarting(struct world *w)
{
	unchecked(w);
	deed = (struct past){ .kind = ACTION_restart,
			      .target = str_of("shared-i2-0"),
			      .running = true,
			      .result = str_of("") };
	w->facts.past = &deed;
}

static void restarted(struct world *w)
{
	restarting(w);
	deed.running = false;
}

static void handing_over(struct world *w)
{
	restarting(w);
	deed.kind = ACTION_switchover;
}

static void check_fails(struct world *w)
{
	unchecked(w);
	deed = (struct past){ .kind = ACTION_check_backup,
			      .target = w->backup[2].name,
			      .failures = 2,
			      .ended_ms = MS - 1000,
			      .result = str_of("404") };
	w->facts.past = &deed;
}

static void check_failed_before(struct world *w)
{
	check_fails(w);
	deed.ended_ms = MS - 601000;
}

static void check_fails_for_long(struct world *w)
{
	check_fails(w);
	w->attempts.n_checked = 0;
	w->backups.n = 1; /* the first is two days old */
	w->now.wall += 2 * HOUR;
}

static void corrupt(struct world *w)
{
	w->checked[2].corrupt = 3;
}

/* The next one, from another member, would be the second of this night. */
static void corrupt_twice(struct world *w)
{
	corrupt(w);
	w->checked[1].corrupt = 3;
	w->backup[1].began = w->backup[2].began - 600;
}

static void corrupt_here_only(struct world *w)
{
	corrupt(w);
	replicas_stuck(w);
	w->now.wall = WALL;
	w->backup[2].host = str_of("shared-i2-0");
}

static void wal_lost(struct world *w)
{
	gap(w, "000000030000000A00000050", "000000030000000A00000053", true);
}

/* Before the oldest backup nobody misses it; wal-g does not look there either. */
static void wal_lost_before(struct world *w)
{
	gap(w, "000000030000000A00000001", "000000030000000A00000003", true);
}

static void wal_on_its_way(struct world *w)
{
	gap(w, "000000030000000A00000090", "000000030000000A00000093", false);
}

static void own_wal_on_its_way(struct world *w)
{
	gap(w, "000000030000000A00000080", "000000030000000A00000080", false);
}

static void wal_not_looked(struct world *w)
{
	w->wal.at = w->backup[2].ended - 1;
}

static void wal_not_looked_and_no_other(struct world *w)
{
	wal_not_looked(w);
	w->backup[0] = w->backup[2];
	w->checked[0] = w->checked[2];
	w->backups.n = w->attempts.n_checked = 1;
}

/* wal-g was asked before the first one lay in the archive, and missed all WAL. */
static void asked_too_early(struct world *w)
{
	wal_not_looked_and_no_other(w);
	gap(w, "000000000000000000000000", "FFFFFFFFFFFFFFFFFFFFFFFF", true);
}

static void foreign(struct world *w)
{
	w->wal.foreign = true;
}

static void foreign_by_one(struct world *w)
{
	foreign(w);
	w->wal.newest = w->patroni.timeline + 1;
}

/* Just promoted, no checkpoint yet. */
static void foreign_but_own(struct world *w)
{
	foreign(w);
	w->wal.newest = w->patroni.timeline;
}

/* Eight daily backups, the oldest n days old. */
static void many(struct world *w, int days)
{
	for (int i = 0; i < 8; i++) {
		struct fact_backup *b = &w->backup[i];
		int64_t age = (int64_t)(7 - i) * days * DAY / 7;

		*b = w->backup[2];
		b->segment = arena_fmt(w->arena, "000000030000000A000000%X0", i + 1);
		b->name = arena_fmt(w->arena, "base_%s", b->segment.p);
		b->last = str_cut(b->segment, 8, 24);
		b->began = w->now.wall - age - 7200;
		b->ended = b->began + 600;
		w->checked[i] = (struct fact_checked){ b->name, 0 };
	}
	w->backups.n = w->attempts.n_checked = 8;
}

static void long_kept(struct world *w)
{
	many(w, 28); /* 28, 24, 20, 16, 12, 8, 4, 0 days */
}

static void young(struct world *w)
{
	many(w, 13);
}

static void few(struct world *w)
{
	many(w, 280);
	w->backups.n = 8;
}

static void few_good(struct world *w)
{
	many(w, 280); /* 280, 240, 200, 160, 120, 80, 40, 0 days: three stay */
	w->checked[6].corrupt = w->checked[5].corrupt = 1;
}

static void anchor_delta(struct world *w)
{
	long_kept(w);
	w->backup[3].full = false;
}

static void newest_unverified(struct world *w)
{
	long_kept(w);
	w->attempts.n_checked = 7;
}

static void newest_corrupt(struct world *w)
{
	long_kept(w);
	w->checked[7].corrupt = 1;
}

static void newest_old(struct world *w)
{
	long_kept(w);
	for (int i = 0; i < 8; i++) {
		w->backup[i].began -= 3 * DAY;
		w->backup[i].ended -= 3 * DAY;
	}
}

static void archive_stuck(struct world *w)
{
	long_kept(w);
	w->postgres.waiting = 3;
	w->postgres.waiting_since = WALL - 30;
	w->postgres.archive_failed_at = WALL - 5;
}

static void missing_wal(struct world *w)
{
	long_kept(w);
	gap(w, "000000030000000A00000010", "000000030000000A00000010", true);
}

static void in_split_brain(struct world *w)
{
	long_kept(w);
	foreign(w);
}

static void wal_unseen_since(struct world *w)
{
	long_kept(w);
	w->wal.at = w->backup[7].ended - 10;
}

static void while_one_runs(struct world *w)
{
	runs_elsewhere(w);
	long_kept(w);
}

static void ten_years_later(struct world *w)
{
	w->now.wall += (int64_t)3650 * DAY;
}

static void permanent_ones(struct world *w)
{
	long_kept(w);
	w->backup[0].permanent = w->backup[1].permanent = w->backup[2].permanent = true;
}

static void prune_refused(struct world *w)
{
	deed = (struct past){ .kind = ACTION_prune_backups,
			      .target = w->backup[1].name,
			      .failures = 1,
			      .ended_ms = MS - 1000,
			      .result = str_of("wal-g would delete more") };
	w->facts.past = &deed;
}

static void this_prune_refused(struct world *w)
{
	long_kept(w);
	prune_refused(w);
	deed.target = w->backup[3].name;
}

static void this_prune_refused_before(struct world *w)
{
	this_prune_refused(w);
	deed.ended_ms = MS - 601000;
}

static const struct backup_row rows[] = {
	{ "the newest is unchecked", unchecked, REASON_BackupsFine,
	  "check:base_000000030000000A00000080" },
	{ "the newest is unchecked, a restart is under way", restarting, REASON_BackupsFine, "" },
	{ "the newest is unchecked, a switchover is under way", handing_over, REASON_BackupsFine,
	  "" },
	{ "the newest is unchecked, a restart is over", restarted, REASON_BackupsFine,
	  "check:base_000000030000000A00000080" },
	{ "its check failed a while ago", check_failed_before, REASON_BackupsFine,
	  "check:base_000000030000000A00000080" },
	{ "its check fails", check_fails, REASON_BackupsFine, "" },
	{ "none was ever checked", check_fails_for_long, REASON_BackupOld,
	  "check:base_000000030000000A00000010 order:shared-i2-2" },
	{ "corrupt pages", corrupt, REASON_BackupCorrupt, "order:shared-i2-2" },
	{ "corrupt pages again", corrupt_twice, REASON_BackupCorrupt, "" },
	{ "corrupt pages, no other member", corrupt_here_only, REASON_BackupCorrupt, "" },
	{ "WAL is lost", wal_lost, REASON_WalMissing, "" },
	{ "WAL was lost before", wal_lost_before, REASON_BackupsFine, "" },
	{ "WAL is on its way", wal_on_its_way, REASON_BackupsFine, "" },
	{ "a backup's WAL is on its way", own_wal_on_its_way, REASON_BackupsFine, "" },
	{ "WAL not verified since", wal_not_looked, REASON_BackupsFine, "" },
	{ "WAL of the first not verified", wal_not_looked_and_no_other, REASON_BackupUnverified,
	  "" },
	{ "WAL missing before there was a backup", asked_too_early, REASON_BackupUnverified, "" },
	{ "another timeline", foreign, REASON_TimelineForeign, "" },
	{ "another timeline, newer", foreign_by_one, REASON_TimelineForeign, "" },
	{ "the timeline of a promotion", foreign_but_own, REASON_BackupsFine, "" },
	{ "old ones go", long_kept, REASON_BackupsFine, "prune:base_000000030000000A00000040:3" },
	{ "all are young", young, REASON_BackupsFine, "" },
	{ "the minimum stays", few, REASON_BackupsFine, "prune:base_000000030000000A00000060:5" },
	{ "the minimum is of good ones", few_good, REASON_BackupsFine,
	  "prune:base_000000030000000A00000040:3" },
	{ "a delta needs its full", anchor_delta, REASON_BackupsFine,
	  "prune:base_000000030000000A00000030:2" },
	{ "the newest is not verified", newest_unverified, REASON_BackupUnverified,
	  "check:base_000000030000000A00000080" },
	{ "the newest is corrupt", newest_corrupt, REASON_BackupCorrupt, "order:shared-i2-2" },
	{ "the newest is old", newest_old, REASON_BackupOld, "order:shared-i2-2" },
	{ "WAL does not arrive", archive_stuck, REASON_BackupsFine, "" },
	{ "missing WAL keeps all", missing_wal, REASON_WalMissing, "" },
	{ "another timeline keeps all", in_split_brain, REASON_TimelineForeign, "" },
	{ "WAL not verified since keeps all", wal_unseen_since, REASON_BackupUnverified, "" },
	{ "nothing goes while one runs", while_one_runs, REASON_BackupsFine, "" },
	{ "a clock ten years ahead", ten_years_later, REASON_BackupOld, "order:shared-i2-2" },
	{ "permanent ones stay", permanent_ones, REASON_BackupsFine, "" },
	{ "the deletion was refused", this_prune_refused, REASON_RetentionFails, "" },
	{ "the deletion was refused before", this_prune_refused_before, REASON_RetentionFails,
	  "prune:base_000000030000000A00000040:3" },
	{ "a deletion was refused", prune_refused, REASON_RetentionFails, "" },
};

/* The body of a deletion names what goes and what stays; nothing is in both. */
static void lists(void)
{
	struct world w;
	struct round r;
	const struct action *a;

	world_begin(&w, orders);
	long_kept(&w);
	w.backup[1].permanent = true;
	r = world_decide(&w, decide);
	a = world_action(&r, ACTION_prune_backups);
	CHECK(a &&
	      strcmp(world_text(w.arena, node_at(a->body, "gone")),
		     "[\"base_000000030000000A00000010\",\"base_000000030000000A00000030\"]") == 0);
	CHECK(a && node_count(node_at(a->body, "kept")) == 5);
	CHECK(a && str_is(node_text(a->body, "segment"), "000000030000000A00000040"));
	world_end(&w);
}

static void has_status(void (*change)(struct world *w), const char *key, const char *want)
{
	struct world w;
	struct round r;
	const char *is;

	world_begin(&w, orders);
	change(&w);
	r = world_decide(&w, decide);
	is = world_text(w.arena, node_at(backups_status(&r), key));
	if (!CHECK(strcmp(is, want) == 0))
		(void)printf("#   %s: %s\n", key, is);
	world_end(&w);
}

static void status(void)
{
	has_status(nothing, "count", "3");
	has_status(nothing, "size", "3000000000");
	has_status(nothing, "failed", "null");
	has_status(nothing, "last",
		   "{\"finished\":\"2025-12-31T02:10:00Z\",\"member\":\"shared-i2-1\",\"name\":"
		   "\"base_000000030000000A00000080\",\"size\":1000000000,"
		   "\"started\":\"2025-12-31T02:00:00Z\"}");
	has_status(nothing, "oldestRestorable", "\"2025-12-29T02:10:00Z\"");
	has_status(nothing, "newestRestorable", "\"2025-12-31T23:59:40Z\"");
	has_status(wal_lost, "count", "1");
	has_status(wal_lost, "oldestRestorable", "\"2025-12-31T02:10:00Z\"");
	has_status(corrupt, "count", "2");
	has_status(none_yet, "last", "");
	has_status(none_yet, "oldestRestorable", "null");
	has_status(failed_just_now, "failed",
		   "{\"error\":\"503\",\"finished\":\"2026-01-01T00:59:00Z\","
		   "\"member\":\"shared-i2-1\",\"started\":\"2026-01-01T00:55:00Z\"}");
}

int main(void)
{
	struct arena *a = arena_new();
	struct orders_reader *reader = orders_reader_new();

	orders = world_orders(reader, a);
	check_backups(orders, rows, sizeof(rows) / sizeof(*rows));
	lists();
	status();
	orders_free(orders);
	orders_reader_free(reader);
	arena_free(a);
	return check_done("agent_retention");
}
