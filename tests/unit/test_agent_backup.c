/* SPDX-License-Identifier: Apache-2.0 */
/* test_agent_backup.c: when a base backup is made, by whom, and what came of it. */
#include "backup_fixture.h"

static struct orders *orders;
static struct past refusal, deed;

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

/* Its member's clock was a month ahead. */
static void of_the_future(struct world *w)
{
	due(w);
	w->backup[2].began = WALL + 30 * DAY;
	w->backup[2].ended = WALL + 30 * DAY + 600;
}

static void of_the_future_and_down(struct world *w)
{
	of_the_future(w);
	long_down(w);
}

/* The table was restored, with what was open in it and what had failed. */
static void open_of_another_life(struct world *w)
{
	runs_elsewhere(w);
	w->attempt[0].member = str_of("shared-1");
	w->facts.sight[FACT_backups].at_ms = MS - 300000;
}

/* Of a cluster whose name begins as this one's. */
static void open_of_a_namesake(struct world *w)
{
	open_of_another_life(w);
	w->attempt[0].member = str_of("shared-i2-copy-1");
}

static void failed_in_another_life(struct world *w)
{
	failed_just_now(w);
	w->attempt[0].member = str_of("shared-1");
}

static const struct backup_row rows[] = {
	{ "one of the future", of_the_future, REASON_BackupsFine, "order:shared-i2-2" },
	{ "one of the future, down for days", of_the_future_and_down, REASON_BackupOld,
	  "order:shared-i2-2" },
	{ "open when it was copied", open_of_another_life, REASON_BackupsFine, "close:|" },
	{ "open when a namesake's was copied", open_of_a_namesake, REASON_BackupsFine, "close:|" },
	{ "failed before it was copied", failed_in_another_life, REASON_BackupsFine,
	  "order:shared-i2-2" },
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
};

/* A roll puts a backup off, until the last one is too old, or the API server is away: nobody is
 * rolled then, whatever the pods were pods ms ago. */
static void rolls(void)
{
	static const struct {
		enum reason roll;
		int64_t later, pods;
		const char *done;
	} cases[] = {
		{ REASON_UpToDate, 0, 500, "order:shared-i2-2" },
		{ REASON_WaitingForWindow, 0, 500, "order:shared-i2-2" },
		{ REASON_Rolling, 0, 500, "" },
		{ REASON_WaitingForMember, 0, 500, "" },
		{ REASON_WaitingForMember, 5 * DAY, 500, "order:shared-i2-2" },
		{ REASON_Rolling, 5 * DAY, 500, "" },
		{ REASON_Rolling, 0, 39000, "" },
		{ REASON_Rolling, 0, 41000, "order:shared-i2-2" },
		{ REASON_WaitingForMember, 0, 41000, "order:shared-i2-2" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct world w;
		struct round r;

		world_begin(&w, orders);
		due(&w);
		w.now.wall += cases[i].later;
		w.facts.sight[FACT_pods].at_ms = MS - cases[i].pods;
		r = round_begin(w.arena, &w.facts, w.orders, w.now);
		round_say(&r, cases[i].roll, "%s", "");
		decide(&r);
		if (!CHECK(strcmp(told(w.arena, &r), cases[i].done) == 0))
			(void)printf("#   case %zu: '%s'\n", i, told(w.arena, &r));
		world_end(&w);
	}
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

int main(void)
{
	struct arena *a = arena_new();
	struct orders_reader *reader = orders_reader_new();

	orders = world_orders(reader, a);
	check_backups(orders, rows, sizeof(rows) / sizeof(*rows));
	rolls();
	jitter();
	orders_free(orders);
	orders_reader_free(reader);
	arena_free(a);
	return check_done("agent_backup");
}
