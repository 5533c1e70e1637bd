/* SPDX-License-Identifier: Apache-2.0 */
/* test_agent_backup.c: base backups as tables: what differs from a cluster with three good ones,
 * what is said, and what is done. */
#include "agent_fixture.h"
#include "backup/plan.h"
#include "decide/decide.h"
#include "report/backups.h"

static struct orders *orders;

enum { DAY = 86400, HOUR = 3600 };

static void nothing(struct world *w)
{
	(void)w;
}

/* ---- times ---- */

static void due(struct world *w)
{
	w->now.wall = WALL + HOUR; /* past 00:45 and any jitter */
}

/* By hand, or by a schedule that was another. */
static void begun_just_before(struct world *w)
{
	due(w);
	w->backup[2].began = WALL + 45 * 60 - 1;
}

static void begun_just_then(struct world *w)
{
	due(w);
	w->backup[2].began = WALL + 45 * 60;
}

static void not_quite_due(struct world *w)
{
	w->now.wall = WALL + 45 * 60 - 1;
}

static void long_down(struct world *w)
{
	w->now.wall = WALL + 5 * DAY;
}

static void none_yet(struct world *w)
{
	w->backups.n = 0;
}

/* Before its first backup wal-g misses WAL that the cluster never wrote. */
static void none_and_lost(struct world *w)
{
	none_yet(w);
	w->gap[0] = (struct fact_gap){ str_of("000000010000000000000001"),
				       str_of("000000010000000000000003"), 3, true };
	w->wal.n = 1;
}

static void none_at_all(struct world *w)
{
	w->backups.n = 0;
	w->attempts = (struct fact_attempts){ .peer = w->attempts.peer };
	w->wal.at = 0;
}

static void unseen(struct world *w)
{
	none_yet(w);
	w->facts.sight[FACT_backups].at_ms = 0;
	w->facts.sight[FACT_backups].error = str_of("wal-g ended with 1");
}

static void unseen_lately(struct world *w)
{
	due(w);
	w->facts.sight[FACT_backups].failures = 3;
}

static void unseen_for_long(struct world *w)
{
	unseen_lately(w);
	w->facts.sight[FACT_backups].at_ms = MS - 1900000;
}

static void attempts_stale(struct world *w)
{
	due(w);
	w->facts.sight[FACT_attempts].at_ms = MS - 61000;
}

/* ---- who ---- */

static void only_sync(struct world *w)
{
	due(w);
	w->members[1].role = w->members[2].role = ROLE_SYNC;
}

static void one_sync(struct world *w)
{
	due(w);
	w->members[1].role = ROLE_SYNC;
}

static void replicas_stuck(struct world *w)
{
	due(w);
	w->members[1].state = w->members[2].state = str_of("starting");
}

static void replicas_late(struct world *w)
{
	due(w);
	w->members[1].lag = w->members[2].lag = INT64_C(1) << 40;
}

static void readers_only(struct world *w)
{
	due(w);
	w->members[1].role = w->members[2].role = ROLE_READER;
}

static void following(struct world *w)
{
	due(w);
	world_follow(w);
}

static void standby_cluster(struct world *w)
{
	due(w);
	w->patroni.role = w->members[0].role = ROLE_STANDBY_LEADER;
}

static struct past refusal, deed;

static void first_refused(struct world *w)
{
	due(w);
	refusal = (struct past){ .kind = ACTION_order_backup,
				 .target = str_of("shared-i2-1"),
				 .failures = 1,
				 .ended_ms = MS - 1000,
				 .result = str_of("its agent does not answer") };
	w->facts.past = &refusal;
}

/* ---- attempts ---- */

static void asked(struct world *w, const char *member, const char *agent)
{
	due(w);
	w->attempt[0] = (struct fact_attempt){
		.id = 7,
		.member = str_of(member),
		.agent = str_of(agent),
		.why = str_of("its time has come"),
		.asked = w->now.wall - 300,
		.backup = str_of(""),
		.error = str_of(""),
	};
	w->attempts.n = 1;
	w->backups.at = w->now.wall - 10;
}

static void ended(struct world *w, int n, const char *error)
{
	asked(w, "shared-i2-1", "t1");
	for (int i = 0; i < n; i++) {
		w->attempt[i] = w->attempt[0];
		w->attempt[i].id = 7 - i;
		w->attempt[i].ended = w->now.wall - 60 - i * HOUR;
		w->attempt[i].error = str_of(error);
	}
	w->attempts.n = (size_t)n;
}

static void failed_just_now(struct world *w)
{
	ended(w, 1, "503");
}

static void failed_a_while_ago(struct world *w)
{
	ended(w, 1, "503");
	w->attempt[0].ended = w->now.wall - 76; /* 60 s and at most a quarter more */
}

static void failed_often(struct world *w)
{
	ended(w, 4, "503");
	w->attempt[0].ended = w->now.wall - 470;
}

static void failed_often_long_ago(struct world *w)
{
	ended(w, 4, "503");
	w->attempt[0].ended = w->now.wall - 601;
}

static void put_off(struct world *w)
{
	ended(w, 1, "");
}

static void list_older_than_the_end(struct world *w)
{
	put_off(w);
	w->backups.at = w->attempt[0].ended - 5;
}

static void runs_elsewhere(struct world *w)
{
	asked(w, "shared-i2-1", "t1");
	w->attempts.peer = (struct fact_peer){
		.agent = str_of("t1"), .known = true, .running = true, .error = str_of("")
	};
}

static void peer_silent(struct world *w)
{
	asked(w, "shared-i2-1", "t1");
}

static void peer_failed(struct world *w)
{
	runs_elsewhere(w);
	w->attempts.peer.running = false;
	w->attempts.peer.failed = true;
	w->attempts.peer.ended_ms = MS - 4000;
	w->attempts.peer.error = str_of("wal-g backup-push ended with 1: 503");
}

static void peer_restarted(struct world *w)
{
	runs_elsewhere(w);
	w->attempts.peer = (struct fact_peer){ .agent = str_of("t9"), .error = str_of("") };
}

static void peer_done_unlisted(struct world *w)
{
	runs_elsewhere(w);
	w->attempts.peer.running = false;
	w->attempts.peer.ended_ms = MS - 4000; /* listed at MS - 500 */
}

static void peer_done_not_looked(struct world *w)
{
	peer_done_unlisted(w);
	w->facts.sight[FACT_backups].at_ms = MS - 5000;
}

static void listed(struct world *w)
{
	runs_elsewhere(w);
	w->backup[3] = w->backup[2];
	w->backup[3].name = str_of("base_000000030000000A000000C0");
	w->backup[3].segment = str_of("000000030000000A000000C0");
	w->backup[3].last = str_of("0000000A000000C0");
	w->backup[3].began = w->now.wall - 290;
	w->backup[3].ended = w->now.wall - 20;
	w->backups.n = 4;
}

/* Listed, but made by a person on another member. */
static void listed_of_another(struct world *w)
{
	listed(w);
	w->backup[3].host = str_of("shared-i2-2");
}

/* An attempt before made it. */
static void listed_before(struct world *w)
{
	listed(w);
	w->attempt[1] = w->attempt[0];
	w->attempt[1].id = 6;
	w->attempt[1].ended = w->now.wall - 20;
	w->attempt[1].backup = w->backup[3].name;
	w->attempts.n = 2;
}

static void member_dead(struct world *w)
{
	runs_elsewhere(w);
	w->members[1].state = str_of("stopped");
}

static void member_gone(struct world *w)
{
	runs_elsewhere(w);
	w->members[1].name = str_of("shared-i2-8");
}

static void two_days(struct world *w)
{
	runs_elsewhere(w);
	w->attempt[0].asked = w->now.wall - 2 * DAY;
	w->backup[1].host = w->backup[2].host = str_of("shared-i2-2");
}

static void own(struct world *w)
{
	asked(w, "shared-i2-0", "t0");
}

static void own_of_before(struct world *w)
{
	asked(w, "shared-i2-0", "t-before");
}

static void own_running(struct world *w)
{
	own(w);
	deed = (struct past){
		.kind = ACTION_backup, .target = str_of("7"), .running = true, .result = str_of("")
	};
	w->facts.past = &deed;
}

static void own_failed(struct world *w)
{
	own_running(w);
	deed.running = false;
	deed.failures = 1;
	deed.ended_ms = MS - 1000;
	deed.result = str_of("wal-g backup-push took too long");
}

/* This agent is the one that is named, and does not lead. */
static void named(struct world *w)
{
	asked(w, "shared-i2-1", "t1");
	world_follow(w);
	w->facts.self.token = str_of("t1");
}

static void named_before(struct world *w)
{
	named(w);
	w->facts.self.token = str_of("t2");
}

static void named_other(struct world *w)
{
	named(w);
	w->attempt[0].member = str_of("shared-i2-2");
}

static void named_done(struct world *w)
{
	named(w);
	own_failed(w);
	w->attempt[0].member = str_of("shared-i2-1");
	w->attempt[0].agent = str_of("t1");
}

/* ---- rolls ---- */

static void switching(struct world *w)
{
	due(w);
	deed = (struct past){ .kind = ACTION_switchover,
			      .target = str_of("shared-i2-1"),
			      .running = true,
			      .result = str_of("") };
	w->facts.past = &deed;
}

static void switching_while_it_runs(struct world *w)
{
	runs_elsewhere(w);
	switching(w);
}

/* ---- pages and WAL ---- */

static void mended_by_hand(struct world *w)
{
	failed_just_now(w);
	w->backup[2].began = w->attempt[0].asked + 10;
	w->backup[2].host = str_of("somebody");
}

/* After a start nothing is known of the archive yet. */
static void list_unseen(struct world *w)
{
	peer_restarted(w);
	w->facts.sight[FACT_backups].at_ms = 0;
}

static void list_stale(struct world *w)
{
	peer_failed(w);
	w->facts.sight[FACT_backups].at_ms = MS - 41000;
}

static void list_fails(struct world *w)
{
	list_stale(w);
	w->facts.sight[FACT_backups].failures = 1;
}

static void unchecked(struct world *w)
{
	w->attempts.n_checked = 2;
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

static void gap(struct world *w, const char *from, const char *to, bool lost)
{
	w->gap[0] = (struct fact_gap){ str_of(from), str_of(to), 4, lost };
	w->wal.n = 1;
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

/* ---- retention: orders say 14 days, and 3 at least ---- */

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

/* ---- the table ---- */

/* done: "order:TARGET", "close:MADE|ERROR", "make", "check:NAME", "prune:KEPT:N" as said by told().
 */
static const struct {
	const char *name;
	void (*change)(struct world *w);
	enum reason reason;
	const char *done;
} rows[] = {
	{ "all is well", nothing, REASON_BackupsFine, "" },
	{ "due", due, REASON_BackupsFine, "order:shared-i2-2" },
	{ "one was made just before", begun_just_before, REASON_BackupsFine, "order:shared-i2-2" },
	{ "one was made just then", begun_just_then, REASON_BackupsFine, "" },
	{ "not due", not_quite_due, REASON_BackupsFine, "" },
	{ "down for days", long_down, REASON_BackupOld, "order:shared-i2-2" },
	{ "the first", none_yet, REASON_BackupAwaited, "order:shared-i2-2" },
	{ "the first, and no WAL before", none_and_lost, REASON_BackupAwaited,
	  "order:shared-i2-2" },
	{ "no table", none_at_all, REASON_BackupAwaited, "order:shared-i2-2" },
	{ "archive never seen", unseen, REASON_BackupsUnseen, "" },
	{ "archive not seen lately", unseen_lately, REASON_BackupsFine, "" },
	{ "archive not seen for long", unseen_for_long, REASON_BackupsUnseen, "" },
	{ "table not seen", attempts_stale, REASON_BackupsFine, "" },
	{ "an asynchronous one", one_sync, REASON_BackupsFine, "order:shared-i2-2" },
	{ "a synchronous one", only_sync, REASON_BackupsFine, "order:shared-i2-1" },
	{ "no replica works", replicas_stuck, REASON_BackupsFine, "order:shared-i2-0" },
	{ "replicas far behind", replicas_late, REASON_BackupsFine, "order:shared-i2-0" },
	{ "read replicas", readers_only, REASON_BackupsFine, "order:shared-i2-0" },
	{ "it does not lead", following, REASON_none, "" },
	{ "a standby cluster", standby_cluster, REASON_BackupsElsewhere, "" },
	{ "an agent did not answer", first_refused, REASON_BackupsFine, "order:shared-i2-2" },
	{ "just failed", failed_just_now, REASON_BackupFails, "" },
	{ "failed", failed_a_while_ago, REASON_BackupFails, "order:shared-i2-2" },
	{ "failed often", failed_often, REASON_BackupFails, "" },
	{ "failed often, long ago", failed_often_long_ago, REASON_BackupFails,
	  "order:shared-i2-2" },
	{ "put off", put_off, REASON_BackupsFine, "order:shared-i2-2" },
	{ "not listed since", list_older_than_the_end, REASON_BackupsFine, "" },
	{ "it runs", runs_elsewhere, REASON_BackupsFine, "" },
	{ "its agent is silent", peer_silent, REASON_BackupsFine, "" },
	{ "it failed", peer_failed, REASON_BackupsFine,
	  "close:|wal-g backup-push ended with 1: 503" },
	{ "its agent is another", peer_restarted, REASON_BackupsFine,
	  "close:|the agent of the member was restarted while it ran" },
	{ "done, but not listed", peer_done_unlisted, REASON_BackupsFine,
	  "close:|wal-g said that it was made, but it is not in the archive" },
	{ "done, list is older", peer_done_not_looked, REASON_BackupsFine, "" },
	{ "failed, mended by hand", mended_by_hand, REASON_BackupsFine, "" },
	{ "a start finds it open", list_unseen, REASON_BackupsUnseen, "" },
	{ "it failed, list is older", list_stale, REASON_BackupsFine, "" },
	{ "it failed, no list", list_fails, REASON_BackupsFine,
	  "close:|wal-g backup-push ended with 1: 503" },
	{ "listed", listed, REASON_BackupsFine, "close:base_000000030000000A000000C0|" },
	{ "another's is listed", listed_of_another, REASON_BackupsFine, "" },
	{ "an earlier one's is listed", listed_before, REASON_BackupsFine, "" },
	{ "its member is dead", member_dead, REASON_BackupsFine,
	  "close:|the member that made it does not work any more" },
	{ "its member is gone", member_gone, REASON_BackupsFine,
	  "close:|the member that made it does not work any more" },
	{ "it takes days", two_days, REASON_BackupsFine, "close:|it took more than a day" },
	{ "its own", own, REASON_BackupsFine, "make" },
	{ "its own, of a process before", own_of_before, REASON_BackupsFine,
	  "close:|the agent of the member was restarted while it ran" },
	{ "its own runs", own_running, REASON_BackupsFine, "make" },
	{ "its own failed", own_failed, REASON_BackupsFine,
	  "close:|wal-g backup-push took too long" },
	{ "it is named", named, REASON_none, "make" },
	{ "a process before was named", named_before, REASON_none, "" },
	{ "another is named", named_other, REASON_none, "" },
	{ "it is named, and failed", named_done, REASON_none, "" },
	{ "a switchover", switching, REASON_BackupsFine, "" },
	{ "a switchover while one runs", switching_while_it_runs, REASON_BackupsFine, "close:|" },
	{ "the newest is unchecked", unchecked, REASON_BackupsFine,
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

/* What the round does, in words. */
static const char *told(struct arena *a, const struct round *r)
{
	struct str text = str_of("");

	for (const struct action *x = r->actions; x; x = x->next) {
		struct str one = str_of("");

		if (x->kind == ACTION_order_backup)
			one = arena_fmt(a, "order:%s", x->target.p);
		else if (x->kind == ACTION_close_backup)
			one = arena_fmt(a, "close:%s|%s", node_text(x->body, "backup").p,
					node_text(x->body, "error").p);
		else if (x->kind == ACTION_backup)
			one = str_of(str_is(x->target, "7") ? "make" : "make what?");
		else if (x->kind == ACTION_check_backup)
			one = arena_fmt(a, "check:%s", x->target.p);
		else if (x->kind == ACTION_prune_backups)
			one = arena_fmt(a, "prune:%s:%zu", x->target.p,
					node_count(node_at(x->body, "gone")));
		text = arena_fmt(a, "%s%s%s", text.p, text.n && one.n ? " " : "", one.p);
	}
	return text.p;
}

static void decide(struct round *r)
{
	decide_archive(r);
	decide_backup(r);
}

static void table(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct world w;
		struct round r;
		enum reason reason;
		const char *done;

		world_begin(&w, orders);
		rows[i].change(&w);
		r = world_decide(&w, decide);
		reason = r.conditions[CONDITION_BackupHealthy].reason;
		done = told(w.arena, &r);
		if (!CHECK(reason == rows[i].reason) | !CHECK(strcmp(done, rows[i].done) == 0))
			(void)printf("#   %s: %s, does '%s'\n", rows[i].name,
				     reason_row(reason)->name, done);
		world_end(&w);
	}
}

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

/* A roll puts a backup off, until the last one is too old. */
static void rolls(void)
{
	static const struct {
		enum reason roll;
		int64_t later;
		const char *done;
	} cases[] = {
		{ REASON_UpToDate, 0, "order:shared-i2-2" },
		{ REASON_WaitingForWindow, 0, "order:shared-i2-2" },
		{ REASON_Rolling, 0, "" },
		{ REASON_WaitingForMember, 0, "" },
		{ REASON_WaitingForMember, 5 * DAY, "order:shared-i2-2" },
		{ REASON_Rolling, 5 * DAY, "" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct world w;
		struct round r;

		world_begin(&w, orders);
		due(&w);
		w.now.wall += cases[i].later;
		r = round_begin(w.arena, &w.facts, w.orders, w.now);
		round_say(&r, cases[i].roll, "%s", "");
		decide(&r);
		if (!CHECK(strcmp(told(w.arena, &r), cases[i].done) == 0))
			(void)printf("#   case %zu: '%s'\n", i, told(w.arena, &r));
		world_end(&w);
	}
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

/* The start is spread over the jitter, and always the same for one cluster. */
static void jitter(void)
{
	struct world w;
	struct round r;
	int64_t first = 0, next = 0;

	world_begin(&w, orders);
	r = round_begin(w.arena, &w.facts, w.orders, w.now);
	CHECK(!backup_due(&r, &first));
	CHECK(first >= WALL + 45 * 60 && first < WALL + 55 * 60);
	r.now.wall = first - 1;
	CHECK(!backup_due(&r, &next) && next == first);
	r.now.wall = first;
	CHECK(backup_due(&r, &next) != NULL && next == first);
	world_end(&w);
}

static void drills(void)
{
	static const struct {
		const char *status;
		enum reason reason;
	} cases[] = {
		{ "{}", REASON_DrillAwaited },
		{ "{\"drills\":{\"next\":\"2026-01-03T05:00:00Z\"}}", REASON_DrillAwaited },
		{ "{\"drills\":{\"last\":\"2025-12-31T05:00:00Z\",\"results\":[{\"started\":"
		  "\"2025-12-31T04:50:00Z\",\"result\":\"Passed\"}]}}",
		  REASON_DrillPassed },
		{ "{\"drills\":{\"last\":\"2025-12-24T05:00:00Z\",\"results\":[{\"started\":"
		  "\"2025-12-31T04:50:00Z\",\"result\":\"Failed\",\"message\":\"x\"}]}}",
		  REASON_DrillFailed },
		/* thresholds.drillAge is 16 days */
		{ "{\"drills\":{\"last\":\"2025-12-15T00:00:01Z\"}}", REASON_DrillOld },
		{ "{\"drills\":{\"last\":\"2025-12-16T00:00:00Z\"}}", REASON_DrillPassed },
		{ "{\"drills\":{\"last\":7,\"results\":\"none\"}}", REASON_DrillAwaited },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct world w;
		struct round r;

		world_begin(&w, orders);
		w.record.status = world_json(w.arena, cases[i].status);
		r = world_decide(&w, decide_drills);
		if (!CHECK(r.conditions[CONDITION_RestoreProven].reason == cases[i].reason))
			(void)printf("#   %s\n", cases[i].status);
		world_end(&w);
	}
}

static void keys(void)
{
	struct world w;
	struct round r;

	world_begin(&w, orders);
	r = world_decide(&w, decide_keys);
	CHECK(r.conditions[CONDITION_KeysMissing].reason == REASON_KeysThere);
	w.keys.awaited = str_of("shared-system/superuser-password");
	r = world_decide(&w, decide_keys);
	CHECK(r.conditions[CONDITION_KeysMissing].reason == REASON_KeysAwaited);
	w.keys.backup_key = str_of("shared-backup-key");
	r = world_decide(&w, decide_keys);
	CHECK(r.conditions[CONDITION_KeysMissing].reason == REASON_BackupKeyGone);
	w.facts.sight[FACT_keys].at_ms = 0;
	r = world_decide(&w, decide_keys);
	CHECK(r.conditions[CONDITION_KeysMissing].reason == REASON_none);
	world_end(&w);
}

/* When the disk is full. */
static void disk(void)
{
	static const struct {
		struct fact_disk disk;
		int64_t in; /* seconds from now, -1: nothing is said */
	} cases[] = {
		{ { .size = 1 << 30, .used = 1 << 29 }, -1 },
		{ { .size = 1 << 30, .used = 1 << 29, .since = WALL - 200 }, -1 },
		{ { .size = 1 << 30,
		    .used = 1 << 29,
		    .since = WALL - 600,
		    .since_used = (1 << 29) - (1 << 26) },
		  4799 },
		{ { .size = 1 << 30, .used = 1 << 29, .since = WALL - 600, .since_used = 1 << 29 },
		  -1 },
		/* the older of two moments counts */
		{ { .size = 1 << 30,
		    .used = 1 << 29,
		    .since = WALL - 10,
		    .since_used = 1 << 29,
		    .before = WALL - 1200,
		    .before_used = 1 << 28 },
		  2399 },
		/* a kilobyte in ten minutes fills a terabyte in more than a year */
		{ { .size = INT64_C(1) << 40,
		    .used = 2048,
		    .since = WALL - 600,
		    .since_used = 1024 },
		  -1 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		int64_t at = disk_full_at(&cases[i].disk, WALL);

		if (!CHECK(at == (cases[i].in < 0 ? 0 : WALL + cases[i].in)))
			(void)printf("#   case %zu: %lld\n", i, (long long)(at - WALL));
	}
}

int main(void)
{
	struct arena *a = arena_new();
	struct orders_reader *reader = orders_reader_new();

	orders = world_orders(reader, a);
	table();
	lists();
	rolls();
	status();
	jitter();
	drills();
	keys();
	disk();
	orders_free(orders);
	orders_reader_free(reader);
	arena_free(a);
	return check_done("agent_backup");
}
