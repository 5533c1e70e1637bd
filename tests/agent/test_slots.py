#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A replica was away for so long that its slot was given up: the leader's agent makes it anew, and the replica follows again. TAP.

Real: PostgreSQL 15, which takes such a slot up again itself (18 does not), streaming, archiving, the agent. False: Patroni, wal-g."""
import os, subprocess, sys
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
import tap
import database, place
from database import DATA

SLOT = "shared_i2_1"

def status(p): return p.sql("select wal_status || ' ' || active from pg_replication_slots where slot_name = '%s'" % SLOT)

def streams(p): return p.sql("select count(*) from pg_stat_replication where state = 'streaming'") == "1" and status(p) == "reserved true"

def away(p, t):
    """The replica is stopped, and more WAL is written than is kept for it."""
    p.only(2)
    p.double("backup-list fail", "wal-verify fail")
    p.sql("alter system set max_slot_wal_keep_size = '16MB'")
    p.sql("select pg_reload_conf()")
    p.sql("select pg_create_physical_replication_slot('%s', true); create table kept (n int)" % SLOT)
    p.replica()
    data = p.dir + "/second" + DATA
    with open(data + "/postgresql.auto.conf", "a") as f: f.write("primary_slot_name = '%s'\nrestore_command = '/usr/local/bin/envdir /run/etc/wal-e.d/env /usr/local/bin/wal-g wal-fetch \"%%f\" \"%%p\"'\n" % SLOT)
    p.pg_ctl("restart", "-m", "fast", "-l", "/tmp/howdah-pg-b.log", inside=p.inside)
    t.ok(p.until(lambda: streams(p), 30), "a replica streams through its slot: %s" % status(p))
    p.pg_ctl("stop", "-m", "fast", inside=p.inside)
    for _ in range(6):
        p.sql("insert into kept select generate_series(1, 1000)")
        p.switch()
    p.sql("checkpoint")
    t.ok(status(p) == "lost false", "it was away for too long: %s" % status(p))
    p.sql("alter system reset max_slot_wal_keep_size")
    p.sql("select pg_reload_conf()")

def told(p, state):
    """Patroni says this of the replica from now on."""
    whole = p.patroni.cluster()["members"][:2]
    p.patroni.cluster = lambda: {"scope": "shared-i2", "members": [whole[0], {**whole[1], "state": state}]}

def renewed(p, t):
    done = lambda: [(e["event"], e["target"]) for e in p.events() if e.get("action") == "renew-slot"]
    told(p, "stopped")
    p.start()
    t.ok(not p.until(done, 12), "while the replica is down its slot stays as it is: %s" % done())
    told(p, "in archive recovery")
    t.ok(p.until(lambda: status(p) == "reserved false", 30), "for one that works it is made anew: %s" % status(p))
    started = p.pg_ctl("start", "-l", "/tmp/howdah-pg-b.log", inside=p.inside)
    t.ok(started.returncode == 0 and p.until(lambda: streams(p), 60), "and the replica streams: %s" % status(p), started.stderr)
    t.ok(done() == [("begun", SLOT), ("done", SLOT)], "once", done())
    same = lambda: p.sql("select count(*) from kept", inside=p.inside) == p.sql("select count(*) from kept") == "6000"
    t.ok(p.until(same, 20), "nothing is missing")

database.main(tap, "lost slots", database.Cluster, (away, renewed), ("/log", "/log-second"))
