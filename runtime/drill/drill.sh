#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# drill.sh: the restore drill, in Spilo's image: the newest backup into an empty folder, rolled forward to a moment, checked.
# howdah-agent drill-prepare puts it to /run/howdah/bin/drill, with the questions to the copy beside it; what it finds goes, line by
# line, to /run/howdah/drill/progress, which is renamed to report when all is over. howdah-agent drill-report tells it to the record.
set -u
work=/run/howdah/drill
data=/home/postgres/pgdata/pgroot/data
sockets=$work/sockets
bin=/usr/lib/postgresql/$PGVERSION/bin
user=postgres
export LC_ALL=C PGHOST=$sockets PGUSER=$user PGDATABASE=postgres PGCONNECT_TIMEOUT=10 PSQLRC=/dev/null

say() { echo "$*" >>$work/progress; }

# The last words of a file, as one short line.
words() { tail -n 3 "$1" | tr -c '[:print:]' ' ' | tail -c 300; }

finish() {
	[ -n "${beat-}" ] && kill "$beat" 2>/dev/null
	"$bin/pg_ctl" -s -D "$data" -m immediate stop >/dev/null 2>&1
	say "finished $(date +%s)"
	say "result $1"
	mv $work/progress $work/report
	case $1 in passed) exit 0 ;; esac
	exit 1
}
failed() { finish "failed $*"; }
trap 'failed "it was ended from outside"' TERM INT HUP

# A setting that a restored server must have at least: what the backup had, or what the orders have now, since WAL behind the backup may
# have raised it, and recovery would wait for it for ever.
at_least() {
	had=$("$bin/pg_controldata" "$data" | sed -n "s/^$1 setting: *//p")
	now=$(cat "$work/at-least.${2-$1}" 2>/dev/null || echo 0)
	if [ "$now" -gt "${had:-0}" ]; then echo "$now"; else echo "${had:-0}"; fi
}

# Libraries of the source, without those that do something by themselves.
libraries() {
	"$bin/postgres" -D "$data" -C shared_preload_libraries 2>/dev/null | tr ',' '\n' | tr -d " \"'" |
		grep -Ev '^(bg_mon|pg_cron|pg_auth_mon|)$' | paste -sd, -
}

configure() {
	cat >$work/postgresql.conf <<-END || return 1
		data_directory = '$data'
		hba_file = '$work/pg_hba.conf'
		listen_addresses = ''
		unix_socket_directories = '$sockets'
		archive_mode = off
		restore_command = '/run/howdah/bin/fetch "%f" "%p"'
		recovery_target_timeline = latest
		recovery_target_action = promote
		max_connections = $(at_least max_connections)
		max_worker_processes = $(at_least max_worker_processes)
		max_wal_senders = $(at_least max_wal_senders)
		max_prepared_transactions = $(at_least max_prepared_xacts max_prepared_transactions)
		max_locks_per_transaction = $(at_least max_locks_per_xact max_locks_per_transaction)
		shared_preload_libraries = '$(libraries)'
		shared_buffers = 128MB
		fsync = off
		full_page_writes = off
		max_wal_size = 2GB
		autovacuum = off
		synchronous_standby_names = ''
		logging_collector = off
	END
	echo 'local all all trust' >$work/pg_hba.conf
	rm -f "$data/recovery.conf" "$data/standby.signal" "$data/postgresql.auto.conf" "$data/postmaster.pid"
	: >"$data/recovery.signal"
}

# Starts the copy, with further settings; it takes reads at once and is promoted when it has rolled forward.
start() {
	"$bin/pg_ctl" -s -D "$data" -w -t 86400 -l $work/log -o "-c config_file=$work/postgresql.conf $*" start >/dev/null 2>&1
}

ask() { psql -XAtq -v ON_ERROR_STOP=1 "$@" 2>$work/words; }

# Waits until it is no standby any more; false when it ended instead, or waits for somebody.
promoted() {
	while :; do
		case $(ask -c "select case when pg_is_in_recovery() then pg_get_wal_replay_pause_state() else 'promoted' end") in
		promoted) return 0 ;;
		paused) return 1 ;;
		'not paused') ;;
		*) "$bin/pg_ctl" -s -D "$data" status >/dev/null 2>&1 || return 1 ;;
		esac
		sleep 1
	done
}

# Rolls forward to the target. Where nothing was committed behind it PostgreSQL refuses to promote: then all there is counts.
roll_forward() {
	start "-c recovery_target_time=$(date -u -d "@$target" '+%Y-%m-%dT%H:%M:%S+00:00')" && promoted && return 0
	if ! grep -q 'recovery ended before configured recovery target was reached' $work/log; then return 1; fi
	reached=no
	start && promoted
}

one_query() {
	name=$(cat "$1.name") database=$(cat "$1.database") expect=$(cat "$1.expect") sql=$(cat "$1.sql")
	case $sql in '\'*)
		say "query $name failed it begins with a backslash"
		return
		;;
	esac
	[ -s "$1.role" ] && ask -d "$database" -c "grant \"$(cat "$1.role")\" to howdah_drill" >/dev/null
	got=$(PGOPTIONS='-c default_transaction_read_only=on -c statement_timeout=300s' ask -U howdah_drill -d "$database" -c "$sql")
	code=$?
	if [ $code -ne 0 ]; then
		say "query $name failed $(words $work/words)"
	elif [ "$got" = "$expect" ]; then
		say "query $name right"
	else
		say "query $name failed it answers $(printf %s "$got" | tr -c '[:print:]' ' ' | head -c 100)"
	fi
}

main() {
	began=$(date +%s)
	target=$((began - $(cat $work/most-loss)))
	reached=yes
	: >$work/progress
	say "started $began"
	mkdir -p $sockets "$(dirname "$data")" || failed "no room for the copy"
	(while :; do
		: >$work/alive
		sleep 5
	done) &
	beat=$!
	wal-g backup-list --detail --json >$work/backups.json 2>$work/words || failed "backups cannot be listed: $(words $work/words)"
	name=$(sed 's/"backup_name"/\n&/g' $work/backups.json | sed -n 's/^"backup_name": *"\(base_[0-9A-F_D]*\)".*/\1/p' | tail -n 1)
	[ -n "$name" ] || failed "the archive has no backup"
	say "backup $name"
	wal-g backup-fetch "$data" "$name" >/dev/null 2>$work/words || failed "$name cannot be fetched: $(words $work/words)"
	chmod 0700 "$data"
	say "fetched $(date +%s)"
	configure || failed "it cannot be configured"
	roll_forward || failed "it does not roll forward: $(grep -E 'FATAL|PANIC|ERROR|WARNING' $work/log >$work/words; words $work/words)"
	say "ready $(date +%s)"
	say "target $target $reached"
	say "newest $(ask -c "select coalesce(extract(epoch from pg_last_xact_replay_timestamp())::bigint, 0)")"
	say "system $("$bin/pg_controldata" "$data" | sed -n 's/^Database system identifier: *//p')"
	"$bin/pg_amcheck" --all --install-missing --jobs=2 >$work/amcheck 2>&1
	case $? in
	0) say "amcheck right" ;;
	2) say "amcheck failed $(words $work/amcheck)" ;;
	*) say "amcheck failed it could not run: $(words $work/amcheck)" ;;
	esac
	ask -c 'create role howdah_drill login' >/dev/null || failed "the copy takes no writes: $(words $work/words)"
	for query in "$work"/queries/*.sql; do
		[ -e "$query" ] && one_query "${query%.sql}"
	done
	if grep -Eq '^(amcheck|query [^ ]*) failed' $work/progress; then
		failed "$(sed -nE 's/^(amcheck|query [^ ]*) failed/\1:/p' $work/progress | head -n 1)"
	fi
	finish passed
}

main
