#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Base backups by two agents on a real PostgreSQL with a replica: made, verified, let go, restored; with faults and kills. TAP.

Real: PostgreSQL, streaming, archiving, the agents, TLS between them, files of the archive. Not there: wal-g and the object store (walg_double over
the testbed's stand-in, which really copies), Patroni and the API server (false ones), a kubelet. The second agent has no API server at all."""
import json, os, shutil, signal, subprocess, sys, time
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
import tap
import database
import place

from database import A, B, BIN, STORE, Cluster, run

TTL = 30                                # of the orders
FAST = (("schedule: 45 0 * * *", 'schedule: "* * * * *"\n    jitter: 1s'), ("retention: 14d", "retention: 365d"))

def first(p, t):
    p.wishes = 0
    p.only(1)
    p.sql("create table kept (n int); insert into kept select generate_series(1, 1000)")
    p.double("wal-verify late 8")           # begun without a backup, told when there is one
    p.start()
    t.ok(p.until(lambda: p.api.condition("BackupHealthy") == ("True", "BackupsFine"), 90), "the first backup is made at once, verified, and told: %s" % (p.api.condition("BackupHealthy"),))
    p.double()
    last, names = p.told().get("last", {}), p.backups()
    t.ok(len(names) == 1 and last.get("name") == names[0] and last.get("member") == A and last.get("size", 0) > 1000, "its name, member, size: %s" % last)
    t.ok(p.told().get("count") == 1 and p.told().get("oldestRestorable") == last.get("finished"), "what a restore can reach: %s" % p.told())
    t.ok(p.sql("select count(*) from howdah.backup_attempts where ended is not null and backup = '%s' and error is null" % names[0]) == "1", "the attempt is noted")
    t.ok(p.sql("select corrupt from howdah.backup_checks") == "0", "its pages were looked at")
    t.ok(len(p.calls("wal-verify")) >= 1 and p.calls("wal-verify")[-1][0] >= p.calls("backup-push")[-1][0], "WAL was verified behind it")
    t.ok(p.api.condition("KeysMissing") == ("False", "KeysThere"), "all keys are there")
    t.ok(p.api.condition("RestoreProven") == ("Unknown", "DrillAwaited"), "no drill ran yet")
    text = p.page("/metrics")[1]
    t.ok('\nhowdah_backups{state="good"} 1\n' in text and "\nhowdah_backup_failures 0\n" in text, "metrics tell it")

def restores(p, t):
    """What lies in the archive is a database: up to the last row that was archived."""
    want = p.sql("insert into kept values (1001); select count(*) || '|' || max(n) from kept")
    p.sql("select pg_switch_wal()")
    p.until(lambda: p.sql("select last_archived_wal >= pg_walfile_name(pg_current_wal_lsn() - 1) or pg_current_wal_lsn() = '0/0' from pg_stat_archiver") == "t", 15)
    where = p.dir + "/home/scratch"
    walg = ["/usr/local/bin/envdir", "/run/etc/wal-e.d/env", "/usr/local/bin/wal-g"]
    run(*walg, "backup-fetch", "/home/scratch", p.backups()[-1])
    with open(where + "/postgresql.auto.conf", "a") as f: f.write("""restore_command = '%s wal-fetch "%%f" "%%p"'
archive_mode = off
unix_socket_directories = '/home/scratch'
""" % " ".join(walg))
    open(where + "/recovery.signal", "w").close()
    p.owned(where)
    started = p.pg_ctl("start", "-l", "/tmp/howdah-pg-c.log", data="/home/scratch")
    over = lambda: subprocess.run(["psql", "-XAtq", "-h", "/home/scratch", "-U", "postgres", "-c", "select pg_is_in_recovery()"], capture_output=True, text=True).stdout == "f\n"
    p.until(over, 60)
    rows = subprocess.run(["psql", "-XAtq", "-h", "/home/scratch", "-U", "postgres", "-c", "select count(*), max(n) from kept"], capture_output=True, text=True).stdout.strip()
    t.ok(rows == want, "it restores, with the rows that came behind it: %s %s" % (rows, started.stderr))
    p.pg_ctl("stop", "-m", "immediate", data="/home/scratch")
    shutil.rmtree(where)

def from_replica(p, t):
    p.replica()
    p.only(2)
    before = len(p.calls("backup-push"))
    p.orders(*FAST)
    t.ok(p.until(lambda: p.told().get("last", {}).get("member") == B, 150), "the next one is made by the replica, without an API server: %s" % p.told())
    pushes = [host for _, host, _ in p.calls("backup-push")]
    t.ok(B in pushes and pushes[0] == A, "wal-g ran there: %s" % pushes)     # the next one may have begun elsewhere meanwhile
    t.ok(p.sql("select count(*) from howdah.backup_attempts", inside=p.inside) == p.sql("select count(*) from howdah.backup_attempts"), "the table is replicated")
    p.orders()
    p.until(lambda: not p.open())
    calls = [at // 60 for at, _, _ in p.calls("backup-push")[before:]]
    t.ok(len(calls) == len(set(calls)), "once for each time that it is due: %s" % calls)

def gone(request, body):
    """The API server as one that is not there"""
    request.close_connection = True
    return True

def once(*what): return subprocess.run([place.AGENT, "once", *what], capture_output=True, text=True, timeout=150)

def api_away(p, t):
    """The API server is away for longer than the ttl. Who leads is what Patroni's members say to each other; a person wants a backup."""
    p.api.fault, p.patroni.away, before = gone, True, p.backups()
    time.sleep(TTL + 15)
    t.ok(p.page_status()["leads"], "API server away: the leader's agent leads", p.page_status())
    said = once("backup")
    t.ok(said.returncode == 0 and p.backups() == [*before, said.stdout.strip()], "API server away: a backup that is asked for is made: %s" % said.stdout, said.stderr)
    p.patroni.confirmed = False
    t.ok(p.until(lambda: not p.page_status()["leads"], TTL + 15), "API server away: without the members' word it leads no more")
    said = once("backup")
    t.ok(said.returncode != 0 and "Patroni does not answer" in said.stderr, "API server away: and says why: %s" % said.stderr)
    p.api.fault, p.patroni.away, p.patroni.confirmed = None, False, True
    t.ok(p.until(lambda: p.page_status()["leads"] and p.reason() == "BackupsFine" and p.told().get("count") == len(p.backups()), 120), "API server back: it leads, and the record tells of all: %s" % p.told())

def wrong_lists(p, t):
    """What wal-g never should print orders nothing and deletes nothing."""
    p.only(1)
    before = len(p.calls("backup-push")), p.backups()
    for fault in ("half", "types", "huge", "fail"):
        p.orders(*FAST)
        p.again("backup-list " + fault)
        error = lambda: p.page_status()["facts"]["backups"].get("error", "")
        t.ok(p.until(lambda: error() and p.reason() == "BackupsUnseen", 40), "backup-list, %s: %s, %s" % (fault, p.reason(), error()))
        t.ok("AKIA" not in error() and "AKIA" not in json.dumps(p.api.record), "backup-list, %s: no secret in the status" % fault)
    t.ok((len(p.calls("backup-push")), p.backups()) == before and not p.calls("delete"), "meanwhile nothing is made and nothing deleted")
    p.orders()
    p.again()
    t.ok(p.until(lambda: p.reason() == "BackupsFine", 60), "and then all is well again: %s" % p.reason())

def attempts(p): return int(p.sql("select coalesce(max(id), 0) from howdah.backup_attempts"))

def due(p, *double):
    """An operation asks for a backup, under faults; once it is open"""
    before, p.wishes = attempts(p), p.wishes + 1
    p.orders(("operations: [{id: accept-2026-03-03, action: accept-restore}]", "operations: [{id: due-%d, action: backup}]" % p.wishes))
    p.again(*double)
    return p.until(lambda: attempts(p) > before, 60)

def last_error(p): return p.sql("select coalesce(error, 'backup ' || backup, '?') from howdah.backup_attempts order by id desc limit 1")

def ends(p, t, title, want, double=(), seconds=60):
    t.ok(due(p, *double), "%s: it begins" % title)
    t.ok(p.until(lambda: not p.open(), seconds) and want in last_error(p), "%s: %s" % (title, last_error(p)))

def failures(p, t):
    whole = p.backups()
    ends(p, t, "the store answers 503", "503", ["backup-push fail"])
    t.ok(p.until(lambda: p.reason() == "BackupFails", 30) and "503" in p.told().get("failed", {}).get("error", ""), "it is told: %s" % p.told().get("failed"))
    t.ok("AKIA" not in json.dumps(p.api.record) + open(p.dir + "/log").read() + last_error(p), "without the key that the store printed")
    ends(p, t, "it ends halfway", "connection reset", ["backup-push stray"])
    ends(p, t, "it says that it is done, and is not", "not in the archive", ["backup-push lie"])
    t.ok(p.backups() == whole, "no backup came of it")
    slow = time.time()
    t.ok(due(p, "backup-push slow 6"), "a slow store: it begins")
    t.ok(p.until(lambda: p.page("/healthz")[0] == 200 and not p.open(), 60) and time.time() - slow > 5, "it is waited for")
    t.ok(len(p.backups()) == len(whole) + 1 and p.until(lambda: p.reason() == "BackupsFine" and not p.told().get("failed"), 60), "and told, and the failure is over: %s" % p.told())

def kills(p, t):
    n = len(p.backups())
    t.ok(due(p, "backup-push hang") and p.until(lambda: p.calls("backup-push")[-1][0] > time.time() - 5), "killed while wal-g works")
    p.kill()
    p.double()
    p.orders()
    p.start()
    t.ok(p.until(lambda: not p.open(), 60) and "restarted" in last_error(p), "the next process says so: %s" % last_error(p))
    calls = len(p.calls("backup-push"))
    t.ok(p.until(lambda: p.reason() == "BackupFails", 30), "and so does the record")
    t.ok(due(p, "backup-list slow 3") and p.until(lambda: len(p.backups()) == n + 1, 60), "killed when it is in the store, before it is noted")
    p.kill()
    p.double()
    p.start()
    t.ok(p.until(lambda: not p.open(), 60) and last_error(p) == "backup " + p.backups()[-1], "the next process finds it: %s" % last_error(p))
    t.ok(len(p.backups()) == n + 1 and len(p.calls("backup-push")) == calls + 1, "and makes no second one")
    p.sql("delete from howdah.backup_checks")
    p.again("st slow 4")
    t.ok(p.until(lambda: p.calls("st") and p.calls("st")[-1][0] >= time.time() - 3, 40), "killed while it reads the pages")
    p.kill()
    p.double()
    p.start()
    t.ok(p.until(lambda: p.sql("select count(*) from howdah.backup_checks") == str(n + 1), 60), "the next one reads them all")
    t.ok(p.until(lambda: p.reason() == "BackupsFine", 40), "and is content: %s" % p.reason())

def put_off(p, t):
    t.ok(due(p, "backup-push hang") and p.until(lambda: p.calls("backup-push")[-1][0] > time.time() - 5), "one that hangs")
    asked = p.page_status()["orders"]
    pids = p.below(p.agent.pid)
    p.orders()                                          # or it would be ordered again
    p.until(lambda: p.page_status()["orders"] != asked)
    p.sql("update howdah.backup_attempts set ended = now() where ended is null")
    t.ok(p.until(lambda: not p.below(p.agent.pid), 20), "ends when it is wanted no more: %s" % pids)

def pages(p, t):
    p.sql("delete from howdah.backup_checks where backup = '%s'" % p.backups()[-1])
    p.again("st corrupt")
    t.ok(p.until(lambda: p.api.condition("BackupHealthy") == ("False", "BackupCorrupt"), 60), "corrupt pages: %s" % p.reason())
    p.orders(("retention: 14d", "retention: 1s"), ("minimum: 3", "minimum: 1"))
    time.sleep(8)
    t.ok(not p.calls("delete"), "keep every older backup")
    p.orders()
    for fault in ("half", "fail"):
        p.stop()
        p.sql("delete from howdah.backup_checks where backup = '%s'" % p.backups()[-1])
        p.again("st " + fault)
        p.until(lambda: any(a["action"] == "check-backup" and a["failed"] for a in p.page_status()["actions"]), 40)
        t.ok(p.sql("select count(*) from howdah.backup_checks where backup = '%s'" % p.backups()[-1]) == "0", "a list that cannot be read proves nothing (%s)" % fault)
    p.again()
    t.ok(p.until(lambda: p.reason() == "BackupsFine", 60), "read whole, it is fine: %s" % p.reason())

def missing_wal(p, t):
    for _ in range(4):
        p.sql("insert into kept values (0)")
        p.sql("select pg_switch_wal()")
        time.sleep(1)
    names = sorted(os.listdir(p.dir + STORE + "/wal_005"))
    newest = p.backups()[-1][5:29]
    victim = next(n for n in names if n[:24] > newest and len(n) == 28)
    p.until(lambda: p.sql("select last_archived_wal > '%s' from pg_stat_archiver" % (victim[:24])) == "t", 20)
    p.put("/run/etc/wal-e.d/env/WALG_UPLOAD_CONCURRENCY", "1")
    os.rename(p.dir + STORE + "/wal_005/" + victim, p.dir + "/kept-wal")
    p.orders(("retention: 14d", "retention: 1s"), ("minimum: 3", "minimum: 1"))
    p.again()
    t.ok(p.until(lambda: p.api.condition("BackupHealthy") == ("False", "WalMissing"), 60), "a segment is gone: %s" % p.reason())
    t.ok(victim[:24] in json.dumps(p.api.record["status"]["conditions"]), "and named")
    time.sleep(5)
    t.ok(not p.calls("delete"), "nothing is deleted meanwhile")
    os.rename(p.dir + "/kept-wal", p.dir + STORE + "/wal_005/" + victim)
    p.orders()
    p.again("wal-verify types")
    t.ok(p.until(lambda: "error" in p.page_status()["facts"]["wal"], 60), "WAL that cannot be verified: %s" % p.page_status()["facts"]["wal"])
    p.again()
    t.ok(p.until(lambda: p.reason() == "BackupsFine", 60), "back, and all is well: %s" % p.reason())

def retention(p, t):
    before = p.backups()
    t.ok(len(before) >= 3, "%d backups" % len(before))
    p.orders(("retention: 14d", "retention: 1s"), ("minimum: 3", "minimum: 2"))
    p.again("delete greedy")
    t.ok(p.until(lambda: p.reason() == "RetentionFails", 60), "wal-g would delete what has to stay: %s" % p.reason())
    t.ok(p.backups() == before and not any("--confirm" in c for _, _, c in p.calls("delete")), "so it is not told to")
    p.again("delete partial")
    t.ok(p.until(lambda: len(p.backups()) == len(before) - 1, 60), "killed in the middle of a deletion")
    p.kill()
    p.double()
    p.start()
    t.ok(p.until(lambda: p.backups() == before[-2:], 90), "two stay, as ordered: %s" % p.backups())
    t.ok(p.until(lambda: p.reason() == "BackupsFine" and p.told().get("count") == 2, 90), "they are still verified: %s %s" % (p.reason(), p.told()))
    # the WAL that a deletion left which was cut off goes with the next one: what counts is backups
    p.orders(("retention: 14d", "retention: 1s"), ("minimum: 3", "minimum: 1"))
    t.ok(p.until(lambda: p.backups() == before[-1:], 90), "one stays, as ordered: %s" % p.backups())
    oldest = before[-1][5:29]
    t.ok(p.until(lambda: all(n[8:24] >= oldest[8:] for n in os.listdir(p.dir + STORE + "/wal_005") if len(n) == 28), 60), "older WAL is gone")
    t.ok(not any(files for _, _, files in os.walk(p.dir + STORE + "/basebackups_005/" + before[0])), "and older backups, whole")
    t.ok(not os.path.exists(p.dir + STORE + "/basebackups_005/base_000000010000000000000001/tar_partitions/part_001.tar.lz4"), "and what was left of one that was never finished")
    deletes = len(p.calls("delete"))
    time.sleep(5)
    t.ok(len(p.calls("delete")) == deletes, "once")

def replica_fails(p, t):
    """What happens at the other member is seen by the leader, and somebody else is tried."""
    p.only(2)
    ends(p, t, "at the replica, the store answers 503", "503", ["backup-push fail"])
    t.ok(p.calls("backup-push")[-1][1] == B, "it was the replica: %s" % p.calls("backup-push")[-1][1])
    p.orders()
    p.sql("update howdah.backup_attempts set error = null")     # or the leader would make the next one
    t.ok(due(p, "backup-push hang") and p.until(lambda: p.calls("backup-push")[-1][0] > time.time() - 5), "killed at the replica")
    for pid in [*p.below(p.second.pid), p.second.pid]: os.kill(pid, signal.SIGKILL)
    p.second.wait()
    p.orders()
    p.double()
    p.start_second()
    t.ok(p.until(lambda: not p.open(), 60) and "restarted" in last_error(p), "its next process is another: %s" % last_error(p),
         p.sql("select * from howdah.backup_attempts order by id desc limit 3"))
    p.sql("update howdah.backup_attempts set ended = now() - interval '10 minutes' where id = (select max(id) from howdah.backup_attempts)")
    p.orders(*FAST)
    t.ok(p.until(lambda: p.calls("backup-push")[-1][1] == A and p.reason() == "BackupsFine" and not p.open(), 100), "the leader makes it then: %s" % p.reason())
    p.orders()

def retirement(p, t):
    """The cluster retires: a last backup, named; and a week later none."""
    before, pushes = p.backups(), len(p.calls("backup-push"))
    p.orders(("  life:\n", "  life:\n    retire: {step: closing, backups: delete}\n"), ("retention: 14d", "retention: 14d\n    deleteAll: true"))
    t.ok(p.until(lambda: p.api.condition("Retired") == ("True", "RetireReady"), 120), "a last backup is made and verified: %s" % (p.api.condition("Retired"),))
    last = p.backups()[-1]
    message = next(c["message"] for c in p.api.record["status"]["conditions"] if c["type"] == "Retired")
    t.ok(last not in before and last in message, "and named: %s" % message)
    time.sleep(8)
    t.ok(len(p.calls("backup-push")) == pushes + 1 and not p.calls("delete", "everything"), "one, and nothing is deleted yet")
    p.sql("update howdah.backup_attempts set ended = now() - interval '8 days' where why like 'last backup%'")
    t.ok(p.until(lambda: not p.backups(), 90), "a week later none is left: %s" % p.backups())
    t.ok(p.until(lambda: p.api.condition("Retired") == ("True", "RetireDeleted"), 90), "that is told: %s" % (p.api.condition("Retired"),))
    t.ok(p.reason() == "BackupsRetired", "and that nobody misses them: %s" % p.reason())
    time.sleep(15)
    t.ok(len(p.calls("delete", "everything")) == 1 and len(p.calls("backup-push")) == pushes + 1, "once, and no other one is made")

database.main(tap, "base backups", Cluster, (first, restores, from_replica, restores, api_away, replica_fails, wrong_lists, failures, kills, put_off, pages, missing_wal, retention, restores, retirement),
              ("/log", "/log-second"))
