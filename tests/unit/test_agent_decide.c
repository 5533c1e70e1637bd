/* SPDX-License-Identifier: Apache-2.0 */
/* test_agent_decide.c: decisions as tables: what differs from a healthy cluster, what is said and
 * done. */
#include "agent_fixture.h"
#include "decide/decide.h"
#include "report/reloads.h"

static struct orders *orders;

/* One row: change the world, decide, and the condition has this reason. */
struct row {
	void (*change)(struct world *w);
	void (*decide)(struct round *r);
	enum reason reason;
};

static void nothing(struct world *w)
{
	(void)w;
}

static void replica_gone(struct world *w)
{
	w->patroni.n_members = 2;
}

static void replica_stuck(struct world *w)
{
	w->members[2].state = str_of("starting");
}

static void reader_stuck(struct world *w)
{
	w->members[3] = (struct member){ .name = str_of("r"),
					 .state = str_of("starting"),
					 .role = ROLE_READER };
	w->patroni.n_members = 4;
}

static void replica_late(struct world *w)
{
	w->members[1].lag = INT64_C(1) << 40;
}

static void paused(struct world *w)
{
	w->patroni.paused = true;
}

static void disk_full(struct world *w)
{
	w->disk.used = 86000000000;
}

static void disk_at_its_end(struct world *w)
{
	w->disk.used = w->disk.size - 16000000;
}

static void disk_84(struct world *w)
{
	w->disk.used = 84900000000;
}

static void connections_full(struct world *w)
{
	w->postgres.connections = 149;
}

static void headless(struct world *w)
{
	world_headless(w, 5000);
}

static void unborn(struct world *w)
{
	world_headless(w, 5000);
	w->facts.sight[FACT_postgres].at_ms = 0;
}

static void postgres_silent(struct world *w)
{
	w->facts.sight[FACT_postgres].at_ms = MS - 31000;
	w->facts.sight[FACT_postgres].error = str_of("no socket");
}

static void in_recovery(struct world *w)
{
	w->postgres.in_recovery = true;
}

static void just_promoted(struct world *w)
{
	in_recovery(w);
	w->patroni.led_since_ms = MS - 100;
}

static void standby_leader(struct world *w)
{
	w->members[0].role = ROLE_STANDBY_LEADER;
	w->patroni.role = ROLE_STANDBY_LEADER;
	w->postgres.in_recovery = true;
}

/* By an archive alone, and from its source. */
static void standby_by_archive(struct world *w)
{
	standby_leader(w);
	w->members[0].state = str_of("in archive recovery");
}

static void standby_streams(struct world *w)
{
	standby_leader(w);
	w->members[0].state = str_of("streaming");
}

static void archive_fails(struct world *w)
{
	w->postgres.waiting = 3;
	w->postgres.waiting_since = WALL - 30;
	w->postgres.archive_failed_at = WALL - 5;
}

static void archive_failed_once(struct world *w)
{
	w->postgres.archive_failed_at = WALL - 3600;
	w->postgres.archived_at = WALL - 10;
}

static void archive_late(struct world *w)
{
	w->postgres.waiting = 1;
	w->postgres.waiting_since = WALL - 100000;
}

static void archive_off(struct world *w)
{
	w->postgres.archives = false;
}

static void cert_swapped(struct world *w)
{
	w->certs[1].problem = str_of("its key belongs to another certificate");
}

static void cert_ending(struct world *w)
{
	w->certs[0].cert.to = WALL + 3600;
}

static void cert_new(struct world *w)
{
	w->certs[0].cert.serial = str_of("77");
}

static void cert_newest(struct world *w)
{
	cert_new(w);
	w->files.changed = WALL - 59;
}

static void cert_unseen(struct world *w)
{
	w->facts.sight[FACT_files].at_ms = 0;
}

static void orders_bad(struct world *w)
{
	w->fact_orders.problem = str_of("orders.yaml:3: 'spec' is a string");
}

static void hba_bad(struct world *w)
{
	w->postgres.hba_errors = 1;
	w->postgres.hba_error = str_of("line 3: invalid connection type");
}

static void config_unseen(struct world *w)
{
	w->facts.sight[FACT_config].at_ms = 0;
	w->config.dynamic = NULL;
}

static void config_other(struct world *w)
{
	w->config.dynamic = world_json(w->arena, "{\"ttl\":31}");
}

static void restart_pending(struct world *w)
{
	w->members[1].pending_restart = true;
}

static void newer_data(struct world *w)
{
	config_other(w);
	w->postgres.version = str_of("18.1");
}

/* PostgreSQL does not answer: its files tell. */
static void newer_files(struct world *w)
{
	config_other(w);
	w->postgres.version = str_of("");
	w->facts.sight[FACT_postgres].at_ms = 0;
	w->disk.version = 18;
}

static void older_data(struct world *w)
{
	w->postgres.version = str_of("16.10");
}

static void unchecked(struct world *w)
{
	w->postgres.unchecked = true;
}

static const struct row rows[] = {
	{ nothing, decide_ready, REASON_Serving },
	{ headless, decide_ready, REASON_NoPrimary },
	{ unborn, decide_ready, REASON_Starting },
	{ postgres_silent, decide_ready, REASON_NotWritable },
	{ in_recovery, decide_ready, REASON_NotWritable },
	{ just_promoted, decide_ready, REASON_Serving },
	{ standby_leader, decide_ready, REASON_Following },
	{ standby_by_archive, decide_ready, REASON_Following },
	{ standby_streams, decide_ready, REASON_Following },
	{ nothing, decide_ready, REASON_AllWell },
	{ replica_gone, decide_ready, REASON_MembersMissing },
	{ replica_stuck, decide_ready, REASON_MembersMissing },
	{ reader_stuck, decide_ready, REASON_AllWell },
	{ replica_late, decide_ready, REASON_ReplicaLags },
	{ paused, decide_ready, REASON_Paused },
	{ disk_full, decide_ready, REASON_DiskFilling },
	{ disk_full, decide_ready, REASON_Serving },
	{ disk_at_its_end, decide_ready, REASON_DiskFilling },
	{ disk_at_its_end, decide_ready, REASON_DiskFull },
	{ disk_84, decide_ready, REASON_AllWell },
	{ connections_full, decide_ready, REASON_ConnectionsFilling },
	{ unchecked, decide_ready, REASON_ChecksumsOff },
	{ nothing, decide_archive, REASON_Archiving },
	{ archive_fails, decide_archive, REASON_ArchiveFails },
	{ archive_failed_once, decide_archive, REASON_Archiving },
	{ archive_late, decide_archive, REASON_ArchiveLate },
	{ archive_off, decide_archive, REASON_NotArchiving },
	{ headless, decide_archive, REASON_ArchiveUnseen },
	{ nothing, decide_certificates, REASON_CertificatesFine },
	{ cert_swapped, decide_certificates, REASON_CertificateRefused },
	{ cert_ending, decide_certificates, REASON_CertificateEnding },
	{ cert_new, decide_certificates, REASON_CertificateNotServed },
	{ cert_newest, decide_certificates, REASON_CertificatesFine },
	{ cert_unseen, decide_certificates, REASON_CertificatesUnseen },
	{ nothing, decide_config, REASON_Applied },
	{ orders_bad, decide_config, REASON_OrdersRefused },
	{ hba_bad, decide_config, REASON_HbaRefused },
	{ config_unseen, decide_config, REASON_ConfigUnseen },
	{ config_other, decide_config, REASON_ConfigDiffers },
	{ restart_pending, decide_config, REASON_RestartPending },
	{ newer_data, decide_config, REASON_VersionContradicts },
	{ newer_files, decide_config, REASON_VersionContradicts },
	{ older_data, decide_config, REASON_Applied },
};

static void check_row(const struct row *row)
{
	enum condition_id id;
	struct world w;
	struct round r;

	world_begin(&w, orders);
	row->change(&w);
	r = world_decide(&w, row->decide);
	id = row->reason ? reason_row(row->reason)->condition : CONDITION_UpgradePending;
	if (!CHECK(r.conditions[id].reason == row->reason))
		(void)printf("#  %s, not %s\n", reason_row(r.conditions[id].reason)->name,
			     reason_row(row->reason)->name);
	world_end(&w);
}

static void conditions(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		check_row(&rows[i]);
}

static void cert_new_and_swapped(struct world *w)
{
	cert_new(w);
	cert_swapped(w);
}

static void cert_new_hba_bad(struct world *w)
{
	cert_new(w);
	hba_bad(w);
}

static void file_newer(struct world *w)
{
	w->files.changed = WALL - 60;
}

/* Both in one second: nobody knows which was first. */
static void file_same_second(struct world *w)
{
	w->files.changed = w->postgres.loaded;
}

static void file_older(struct world *w)
{
	w->files.changed = w->postgres.loaded - 1;
}

/* The clock was set back since: what came first is not known any more. */
static void loaded_later(struct world *w)
{
	w->postgres.loaded = WALL + 3000;
}

static void trust_stale(struct world *w)
{
	w->files.trust_stale = true;
	w->files.changed = WALL - 60;
}

static void postgres_never(struct world *w)
{
	file_newer(w);
	w->postgres.loaded = 0;
}

/* PostgreSQL has read its files, and of Patroni this agent does not know it. */
static void reload_never(struct world *w)
{
	w->facts.past = NULL;
}

static void reload_failed(struct world *w)
{
	w->reloaded.failures = 1;
}

static void reload_before(struct world *w)
{
	w->files.changed = WALL - 60;
	w->postgres.loaded = WALL - 30;
	w->reloaded.started_ms = w->reloaded.ended_ms = MS - 60000;
}

static void reload_behind(struct world *w)
{
	reload_before(w);
	w->reloaded.started_ms = w->reloaded.ended_ms = MS - 59000;
}

/* What is claimed of Patroni: not before its turn. */
static void check_settled(void)
{
	struct world w;
	struct round r;

	world_begin(&w, orders);
	r = round_begin(w.arena, &w.facts, w.orders, w.now);
	CHECK(reload_settled(&r));
	reload_behind(&w);
	CHECK(reload_settled(&r));
	w.reloaded.ended_ms = MS - 15000;
	CHECK(!reload_settled(&r));
	w.reloaded.ended_ms = MS - 15001;
	CHECK(reload_settled(&r));
	w.reloaded.running = true;
	CHECK(!reload_settled(&r));
	world_end(&w);
}

static void reloads(void)
{
	CHECK(!world_wants(orders, nothing, decide_certificates, ACTION_reload));
	CHECK(world_wants(orders, cert_new, decide_certificates, ACTION_reload));
	CHECK(world_wants(orders, file_newer, decide_certificates, ACTION_reload));
	CHECK(world_wants(orders, file_same_second, decide_certificates, ACTION_reload));
	CHECK(world_wants(orders, loaded_later, decide_certificates, ACTION_reload));
	CHECK(!world_wants(orders, file_older, decide_certificates, ACTION_reload));
	CHECK(!world_wants(orders, postgres_never, decide_certificates, ACTION_reload));
	CHECK(world_wants(orders, reload_never, decide_certificates, ACTION_reload));
	CHECK(world_wants(orders, reload_failed, decide_certificates, ACTION_reload));
	CHECK(world_wants(orders, reload_before, decide_certificates, ACTION_reload));
	CHECK(!world_wants(orders, reload_behind, decide_certificates, ACTION_reload));
	check_settled();
	/* while one file is not fit, none is taken */
	CHECK(!world_wants(orders, cert_new_and_swapped, decide_certificates, ACTION_reload));
	CHECK(!world_wants(orders, cert_new_hba_bad, decide_certificates, ACTION_reload));
	/* the copy of the bundle comes first, the reload follows from its new time */
	CHECK(world_wants(orders, trust_stale, decide_certificates, ACTION_copy_trust));
	CHECK(!world_wants(orders, trust_stale, decide_certificates, ACTION_reload));
	CHECK(!world_wants(orders, nothing, decide_certificates, ACTION_copy_trust));
}

/* Orders for an older PostgreSQL than the data's: nothing of them is carried out. */
static void outdated(struct world *w)
{
	config_other(w);
	w->pod[1].hash = str_of("old");
}

static void outdated_newer_data(struct world *w)
{
	newer_data(w);
	w->pod[1].hash = str_of("old");
}

/* A pod that is broken is not replaced by one whose PostgreSQL cannot read the files. */
static void broken_newer_files(struct world *w)
{
	newer_files(w);
	w->pod[1].hash = str_of("old");
	w->pod[1].ready = false;
	w->pod[1].ready_changed = WALL - 3600;
}

static const struct row rolls[] = {
	{ outdated, decide_rolling, REASON_WaitingForConfig },
	{ outdated_newer_data, decide_rolling, REASON_none },
	{ broken_newer_files, decide_rolling, REASON_none },
};

static void config_other_replica(struct world *w)
{
	config_other(w);
	world_follow(w);
}

/* PostgreSQL does not start with the settings that it has: what mends them is not withheld. */
static void config_other_dead(struct world *w)
{
	config_other(w);
	w->postgres.version = str_of("");
	w->facts.sight[FACT_postgres].at_ms = 0;
	w->facts.sight[FACT_postgres].failures = 30;
}

/* An agent that has just begun has looked neither at PostgreSQL nor at its files. */
static void config_other_version_unseen(struct world *w)
{
	config_other_dead(w);
	w->facts.sight[FACT_disk].at_ms = 0;
}

static void patches(void)
{
	CHECK(
	    !world_wants(orders, config_other_version_unseen, decide_config, ACTION_patch_config));
	CHECK(world_wants(orders, config_other_dead, decide_config, ACTION_patch_config));
	CHECK(!world_wants(orders, newer_files, decide_config, ACTION_patch_config));
	CHECK(!world_wants(orders, nothing, decide_config, ACTION_patch_config));
	CHECK(world_wants(orders, config_other, decide_config, ACTION_patch_config));
	CHECK(!world_wants(orders, config_other_replica, decide_config, ACTION_patch_config));
	CHECK(!world_wants(orders, config_unseen, decide_config, ACTION_patch_config));
}

static void owners(void)
{
	static const struct fact_orphan orphan = { { "shared-i2-leader", 16 }, { "77", 2 } };
	struct world w;
	struct round r;
	const struct action *a;

	world_begin(&w, orders);
	CHECK(!world_decide(&w, decide_owners).actions);
	w.owners = (struct fact_owners){ str_of("shared-i2"), str_of("s-1"), &orphan, 1 };
	r = world_decide(&w, decide_owners);
	a = world_action(&r, ACTION_own);
	CHECK(a && str_is(a->target, "shared-i2-leader") && str_is(a->version, "77") &&
	      str_is(str_of(world_text(w.arena, a->body)),
		     "{\"apiVersion\":\"apps/v1\",\"kind\":\"StatefulSet\",\"name\":"
		     "\"shared-i2\",\"uid\":\"s-1\"}"));
	world_follow(&w);
	CHECK(!world_decide(&w, decide_owners).actions);
	world_end(&w);
}

/* A read replica that is this far behind, while the autoscaler is free, paused by a person, by us.
 */
static const char *scales(int64_t lag, bool paused, bool ours, const char **reason)
{
	static char text[512];
	struct orders_reader *reader = orders_reader_new();
	struct orders *o =
	    world_orders_with(reader, "  readers: {min: 1, max: 4, maxLag: 64Mi}\n", "objects:\n",
			      "objects:\n    scaledObject: shared-readers\n");
	struct world w;
	struct round r;
	const struct action *a;

	world_begin(&w, o);
	w.members[3] = (struct member){ .name = str_of("r-0"), .role = ROLE_READER, .lag = lag };
	w.patroni.n_members = lag < 0 ? 3 : 4;
	w.scaler = (struct fact_scaler){ true, str_of("9"), paused, ours };
	r = round_begin(w.arena, &w.facts, o, w.now);
	round_say(&r, REASON_AllWell, "%s", "");
	decide_scaler(&r);
	a = world_action(&r, ACTION_pause_scaler);
	(void)snprintf(text, sizeof(text), "%s", a ? world_text(w.arena, a->body) : "");
	*reason = reason_row(r.conditions[CONDITION_Degraded].reason)->name;
	world_end(&w);
	orders_free(o);
	orders_reader_free(reader);
	return text;
}

static void scalers(void)
{
	static const char pause[] =
	    "{\"metadata\":{\"annotations\":{\"autoscaling.keda.sh/paused-scale-out\":\"true\","
	    "\"howdah.dev/paused-scale-out\":\"lag\"},\"resourceVersion\":\"9\"}}";
	static const char free_it[] =
	    "{\"metadata\":{\"annotations\":{\"autoscaling.keda.sh/paused-scale-out\":null,"
	    "\"howdah.dev/paused-scale-out\":null},\"resourceVersion\":\"9\"}}";
	const int64_t mi = 1 << 20;
	const char *reason;

	CHECK(!strcmp(scales(0, false, false, &reason), "") && !strcmp(reason, "AllWell"));
	CHECK(!strcmp(scales(64 * mi, false, false, &reason), "") && !strcmp(reason, "AllWell"));
	CHECK(!strcmp(scales(65 * mi, false, false, &reason), pause) &&
	      !strcmp(reason, "ReadersLag"));
	CHECK(!strcmp(scales(65 * mi, true, true, &reason), "") && !strcmp(reason, "ReadersLag"));
	CHECK(!strcmp(scales(33 * mi, true, true, &reason), ""));
	CHECK(!strcmp(scales(32 * mi, true, true, &reason), free_it));
	CHECK(!strcmp(scales(-1, true, true, &reason), free_it));
	CHECK(!strcmp(scales(0, true, false, &reason), ""));
}

/* Who speaks: the leader's agent; without a leader for twice the ttl the lowest that lives. */
static void speakers(void)
{
	struct world w;

	world_begin(&w, orders);
	CHECK(round_begin(w.arena, &w.facts, orders, w.now).speaks);
	world_follow(&w);
	CHECK(!round_begin(w.arena, &w.facts, orders, w.now).speaks);
	world_headless(&w, 59000);
	CHECK(!round_begin(w.arena, &w.facts, orders, w.now).speaks);
	world_headless(&w, 61000);
	CHECK(!round_begin(w.arena, &w.facts, orders, w.now).speaks);
	w.pod[0].agent_ready = false;
	CHECK(round_begin(w.arena, &w.facts, orders, w.now).speaks);
	w.pod[0].agent_ready = true;
	w.pod[0].deleting = true;
	CHECK(round_begin(w.arena, &w.facts, orders, w.now).speaks);
	world_end(&w);

	/* what Patroni said longer ago than the ttl is no proof of the lock */
	world_begin(&w, orders);
	w.facts.sight[FACT_patroni].at_ms = MS - 31000;
	CHECK(!round_begin(w.arena, &w.facts, orders, w.now).leads);
	world_end(&w);
}

int main(void)
{
	struct orders_reader *reader = orders_reader_new();
	struct arena *a = arena_new();

	orders = world_orders(reader, a);
	conditions();
	reloads();
	CHECK(world_wants(orders, config_other, decide_config, ACTION_patch_config));
	CHECK(!world_wants(orders, newer_data, decide_config, ACTION_patch_config));
	for (size_t i = 0; i < sizeof(rolls) / sizeof(*rolls); i++)
		check_row(&rolls[i]);
	patches();
	owners();
	scalers();
	speakers();
	orders_free(orders);
	orders_reader_free(reader);
	arena_free(a);
	return check_done("agent_decide");
}
