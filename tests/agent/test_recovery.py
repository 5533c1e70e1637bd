#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A replica's recovery wants WAL that neither the leader nor the archive has any more: PostgreSQL and Patroni would wait for
ever, and its own agent has it built anew. TAP, a quarter of an hour.

Real: PostgreSQL 15, Patroni, the agents. False: the API server, the kubelet, wal-g."""
import glob, json, os, re, signal, sys, time
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
import tap
import cluster
from cluster import BIN, MEMBERS, below, postmaster, shoot

DATA = "/home/postgres/pgdata/pgroot/data"
SEGMENT = 16 * 1024 * 1024

def control(c, name, what):
    said = c.pods[name].do(BIN + "/pg_controldata", "-D", DATA)
    return re.search(r"^%s: +(.*)$" % re.escape(what), said, re.M)[1]

def position(lsn):
    high, low = lsn.split("/")
    return (int(high, 16) << 32) + int(low, 16)

def state(c, name): return json.loads(c.rest(name, "/patroni")[1]).get("state")

def kill(c, name):
    """Patroni and PostgreSQL of a member, without a goodbye."""
    server = postmaster(c, name)
    pids = [server, *below(server)]
    c.pods[name].kill("patroni")
    shoot(pids, signal.SIGKILL)
    time.sleep(1)

def torn(c, t):
    """The replica has pages that are newer than what its recovery can reach."""
    for name in MEMBERS: c.agent(name)
    c.until(c.healthy, 60, "all stream")
    leader = c.leader()
    c.lost = lost = next(n for n in MEMBERS if n != leader)
    c.sql(lost, "checkpoint")
    c.sql(leader, "create table junk as select i, repeat('x', 500) from generate_series(1, 200000) i", "loyalty")
    c.sql(leader, "update junk set i = i + 1", "loyalty")
    flushed = c.sql(leader, "select pg_current_wal_lsn()").strip()
    c.until(lambda: c.sql(lost, "select pg_last_wal_replay_lsn() >= '%s'" % flushed).strip() == "t", 60, "the replica has it")
    kill(c, lost)
    redo, least = position(control(c, lost, "Latest checkpoint's REDO location")), position(control(c, lost, "Minimum recovery ending location"))
    t.ok(least - redo > 3 * SEGMENT, "a replica that was killed must recover %d MB before it is consistent" % ((least - redo) >> 20))
    c.sql(leader, "checkpoint")
    c.sql(leader, "select pg_switch_wal()")
    c.sql(leader, "checkpoint")
    timeline = int(control(c, leader, "Latest checkpoint's TimeLineID"))
    gone = ["%08X%08X%08X" % (timeline, n // 256, n % 256) for n in range(redo // SEGMENT + 2, least // SEGMENT + 1)]
    for name in gone:
        for path in [*(c.pods[m].dir + DATA + "/pg_wal/" + name for m in MEMBERS), *glob.glob(c.dir + "/store/**/" + name + "*", recursive=True)]:
            if os.path.exists(path): os.unlink(path)
    c.begin_patroni(lost)
    c.until(lambda: state(c, lost) == "starting", 60, "it starts")
    time.sleep(30)
    t.ok(state(c, lost) == "starting", "it waits for WAL that nobody has: %s" % ", ".join(gone))

def mended(c, t):
    began = time.monotonic()
    done = lambda: [e["event"] for e in c.pods[c.lost].events() if e.get("action") == "reinit"]
    c.until(lambda: done()[:1] == ["begun"], 900, "the agent sees that it comes no further")
    took = time.monotonic() - began
    t.ok(took > 500, "its agent has it built anew, not before ten minutes: behind %.0f s" % took)
    c.until(c.healthy, 120, "all stream again")
    c.until(lambda: state(c, c.lost) == "running", 60, "it runs")
    t.ok(c.sql(c.lost, "select count(*) from junk", "loyalty").strip() == "200000", "and it has everything")
    t.ok(done() == ["begun", "done"], "once", done())
    others = [n for n in MEMBERS if n != c.lost and any(e.get("action") == "reinit" for e in c.pods[n].events())]
    t.ok(not others, "nobody else was", others)

cluster.main(tap, "recovery that stands still", (torn, mended), archive=True)
