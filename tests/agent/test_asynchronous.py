#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What an asynchronous cluster loses when its leader dies: what it could tell no replica, and never more than maximum_lag_on_failover. TAP.

Real: PostgreSQL 15, Patroni, PgBouncer, pg_rewind, the agents. False: the API server, the kubelet."""
import os, signal, sys, time
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
import tap
import cluster
from cluster import MEMBERS, POOLERS, below, postmaster, shoot

MOST = 33554432                         # maximum_lag_on_failover of the orders
TTL, LOOP = 30, 10
ALONE = TTL + 2 * TTL + 20              # seconds until somebody else speaks for a leader: its lock lapses, then nobody has it for twice the ttl; a look
FLOOD = "select pg_logical_emit_message(false, 'flood', repeat('x', 1000000)) from generate_series(1, 60)"

def begin(c, t):
    c.orders = c.orders.replace('synchronous_mode: "on"', 'synchronous_mode: "off"').replace("version: 17", "version: 15")
    c.order(c.orders)
    for name in MEMBERS + POOLERS: c.agent(name)
    c.load()
    c.until(c.well, 120, "all is well")
    c.until(lambda: c.api.condition("UpgradePending") == ("False", "UpToDate"), 120, "nothing waits for a restart")
    t.ok("sync_standby" not in c.rest(c.leader(), "/cluster")[1], "no commit waits for a replica")

def position(c, name): return int(c.sql(name, "select pg_current_wal_lsn() - '0/0'"))

def die(c, name):
    """The leader's power is cut: nothing that runs there says goodbye."""
    server = postmaster(c, name)
    pids = [server, *below(server)]
    c.pods[name].kill("agent")
    c.pods[name].kill("patroni")
    shoot(pids, signal.SIGKILL)

def branched(c, name):
    """Where the newest timeline begins, in bytes."""
    line = c.timeline()
    said = c.sql(name, "select pg_read_file('pg_wal/%08X.history')" % line).strip().splitlines()[-1].split("\t")
    return int(c.sql(name, "select '%s'::pg_lsn - '0/0'" % said[1]))

def loses(c, t):
    """Replicas do not hear the leader for two seconds, in which clients write; then it dies."""
    old = c.leader()
    others = [n for n in MEMBERS if n != old]
    c.cut(old, others)
    time.sleep(2)
    end = position(c, old)
    die(c, old)
    began = time.monotonic()
    new = c.another(old, 90)
    c.heal(old, others)                 # not before: the kernel still has what was written
    c.write_on(60)
    t.ok(True, "%s leads, clients write again %.0f s after the leader's end" % (new, time.monotonic() - began))
    c.told(t, "a leader that is gone", time.monotonic(), lambda: c.primary() == new and c.api.condition("Degraded") == ("True", "MembersMissing"))
    acknowledged, gone = c.lost()
    size = end - branched(c, new)
    t.ok(gone and 0 < size <= MOST, "of %d acknowledged rows %d are lost, %d bytes of WAL, of which %d may be" % (acknowledged, sum(gone.values()), size, MOST), gone)
    c.begin_patroni(old)
    c.agent(old)
    c.until(c.healthy, 180, "the old leader follows")
    c.told(t, "the old leader, rewound", time.monotonic(), c.well)
    c.unload()
    c.sql(c.leader(), "truncate rows", "loyalty")
    c.clients.clear()
    c.load()

def waits(c, t):
    """No replica has what would have to be there: nobody leads until the old leader is back, and nothing is lost."""
    c.until(c.well, 60, "all is well")
    old = c.leader()
    others = [n for n in MEMBERS if n != old]
    c.cut(old, others)
    c.sql(old, FLOOD, "loyalty")
    time.sleep(1.5 * LOOP)              # in which Patroni writes down how far the leader is
    behind = position(c, old) - max(int(c.sql(n, "select pg_last_wal_receive_lsn() - '0/0'")) for n in others)
    t.ok(behind > MOST, "the replicas are %d bytes behind, %d are allowed" % (behind, MOST))
    die(c, old)
    began = time.monotonic()
    time.sleep(TTL + LOOP)
    c.heal(old, others)
    c.told(t, "nobody may lead", began, lambda: c.api.condition("Ready") == ("False", "NoPrimary"), ALONE)
    led, end = [], time.monotonic() + 2 * TTL
    while time.monotonic() < end:
        led += filter(None, [c.leader()])
        time.sleep(1)
    t.ok(not led, "nobody leads for %.0f s" % (time.monotonic() - began), led)
    c.begin_patroni(old)
    c.agent(old)
    back = time.monotonic()
    c.write_on(120)
    t.ok(c.leader() == old, "the old leader is back and leads: clients write after %.0f s" % (time.monotonic() - back), c.leader())
    c.told(t, "the old leader is back", time.monotonic(), c.well)
    acknowledged, gone = c.lost()
    t.ok(not gone, "of %d acknowledged rows none is lost" % acknowledged, gone)

cluster.main(tap, "an asynchronous cluster", (begin, loses, waits))
