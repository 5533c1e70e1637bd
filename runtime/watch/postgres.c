/* SPDX-License-Identifier: Apache-2.0 */
/* postgres.c: what this member's PostgreSQL says of itself. */
#include "facts/postgres.h"

#include "watch/watch.h"

enum { ASK_MS = 5000, SEGMENT_NAME = 24 };

/* pg_hba_file_rules and pg_file_settings read the files as they are now, before any reload. */
static const char about[] =
    "select current_setting('server_version') as version, pg_is_in_recovery() as recovery,"
    " floor(extract(epoch from pg_conf_load_time()))::bigint as loaded,"
    " (select count(*) from pg_stat_activity where backend_type = 'client backend')"
    " as connections,"
    " current_setting('max_connections') as connections_most,"
    " current_setting('data_checksums') = 'off' as unchecked,"
    " pg_wal_lsn_diff(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())::bigint as lag,"
    " current_setting('archive_mode') <> 'off' and current_setting('archive_command')"
    " not in ('', '/bin/true', '(disabled)') as archives,"
    " a.last_archived_wal as archived, a.failed_count as failures,"
    " extract(epoch from a.last_archived_time)::bigint as archived_at,"
    " extract(epoch from a.last_failed_time)::bigint as failed_at,"
    " (select string_agg(slot_name, ' ') from pg_replication_slots where slot_type = 'physical'"
    " and wal_status = 'lost' and not active) as lost_slots,"
    " w.waiting, w.since as waiting_since, h.errors as hba_errors, h.error as hba_error,"
    " (select name || ': ' || error from pg_file_settings where error is not null"
    " and error <> 'setting could not be applied' limit 1) as setting_error"
    " from pg_stat_archiver a,"
    " (select count(*) as waiting, extract(epoch from min(modification))::bigint as since"
    " from pg_ls_archive_statusdir() where name like '%.ready') w,"
    " (select count(*) as errors, min('line ' || line_number || ': ' || error) as error"
    " from pg_hba_file_rules where error is not null) h";

static const char standbys[] =
    "select application_name as name, state, sync_state as sync,"
    " case when pg_is_in_recovery() then null"
    " else pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)::bigint end as lag"
    " from pg_stat_replication order by 1";

static struct str text(struct arena *a, const struct sql_rows *rows, size_t row, const char *name)
{
	return arena_fmt(a, "%s", sql_text(rows, row, name));
}

static void on_standbys(void *owner, const struct sql_answer *answer)
{
	struct look *look = owner;
	struct fact_postgres *fact = look->work;
	size_t n = sql_count(answer->rows);
	struct fact_standby *s = NEW_ARRAY(look->arena, n + 1, struct fact_standby);

	if (!answer->fine) {
		look_failed(look, answer->error);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		s[i].name = text(look->arena, answer->rows, i, "name");
		s[i].state = text(look->arena, answer->rows, i, "state");
		s[i].sync = text(look->arena, answer->rows, i, "sync");
		s[i].lag = sql_int(answer->rows, i, "lag", -1);
	}
	fact->standbys = s;
	fact->n_standbys = n;
	look_done(look, fact);
}

static void on_about(void *owner, const struct sql_answer *answer)
{
	struct look *look = owner;
	struct fact_postgres *fact = look->work;
	struct arena *a = look->arena;
	const struct sql_rows *rows = answer->rows;

	if (!answer->fine) {
		look_failed(look, answer->error);
		return;
	}
	fact->version = text(a, rows, 0, "version");
	/* "17.6 (Debian 17.6-1.pgdg22.04+1)" */
	fact->version = arena_str(a, str_cut(fact->version, 0, str_find(fact->version, ' ')));
	fact->in_recovery = sql_flag(rows, 0, "recovery");
	fact->unchecked = sql_flag(rows, 0, "unchecked");
	fact->loaded = sql_int(rows, 0, "loaded", 0);
	fact->connections = sql_int(rows, 0, "connections", 0);
	fact->connections_most = sql_int(rows, 0, "connections_most", 0);
	fact->lag = sql_int(rows, 0, "lag", -1);
	fact->archives = sql_flag(rows, 0, "archives");
	/* histories and labels of backups are archived, too: their names begin as a segment's */
	fact->archived = arena_str(a, str_cut(text(a, rows, 0, "archived"), 0, SEGMENT_NAME));
	fact->archived_at = sql_int(rows, 0, "archived_at", 0);
	fact->archive_failed_at = sql_int(rows, 0, "failed_at", 0);
	fact->archive_failures = sql_int(rows, 0, "failures", 0);
	fact->waiting = sql_int(rows, 0, "waiting", 0);
	fact->waiting_since = sql_int(rows, 0, "waiting_since", 0);
	fact->lost_slots = text(a, rows, 0, "lost_slots");
	fact->hba_errors = sql_int(rows, 0, "hba_errors", 0);
	fact->hba_error = text(a, rows, 0, "hba_error");
	fact->setting_error = text(a, rows, 0, "setting_error");
	sql_send(look->hands->sql, &(struct sql_call){ standbys, ASK_MS, { NULL } }, on_standbys,
		 look);
}

static void start(struct look *look)
{
	look->work = NEW(look->arena, struct fact_postgres);
	sql_send(look->hands->sql, &(struct sql_call){ about, ASK_MS, { NULL } }, on_about, look);
}

const struct observer watch_postgres = {
	.fact = FACT_postgres,
	.size = sizeof(struct fact_postgres),
	.every_ms = 5000,
	.ms = 12000,
	.start = start,
};
