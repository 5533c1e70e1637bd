#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A leader whose volume is full, and one that wrote what nobody else has, lose the lead and come back by themselves. TAP, two minutes.

Real: PostgreSQL 15, Patroni, PgBouncer, pg_rewind, the agents, volumes of their own size. False: the API server, the kubelet."""
import os, signal, subprocess, sys, threading, time
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
import tap
import cluster
from cluster import MEMBERS, POOLERS, POSTGRES, below, postmaster, shoot

VOLUME_MB = 480                         # of each member
FLOOD = "select pg_logical_emit_message(false, 'flood', repeat('x', 1000000)) from generate_series(1, 2000)"
GHOST = "insert into rows values (9999, 1)"

class Filler(threading.Thread):
    """Takes what is free on a volume up to a share of it in percent, and keeps on."""
    def __init__(self, folder, share):
        super().__init__(daemon=True)
        self.path, self.share, self.over = folder + "/filler", share, False

    def run(self):
        with open(self.path, "ab", buffering=0) as f:
            while not self.over:
                s = os.statvfs(self.path)
                wanted = s.f_bavail - s.f_blocks * (100 - self.share) // 100
                try: wanted > 0 and f.write(b"x" * (wanted * s.f_frsize))
                except OSError: pass
                time.sleep(0.05)

    def end(self):
        self.over = True
        self.join()
        os.unlink(self.path)

def none_lost(c, t, title):
    """What was acknowledged until now is there."""
    acknowledged, gone = c.lost()
    t.ok(not gone, "%s: of %d acknowledged rows none is lost" % (title, acknowledged), gone)

def begin(c, t):
    for name in MEMBERS + POOLERS: c.agent(name)
    c.load()
    c.until(c.well, 120, "three members, and the record says so")
    t.ok(True, "three members on volumes of %d MB, and the record says so" % VOLUME_MB)

def full(c, t):
    """Tables cannot grow: PostgreSQL refuses writes and goes on, so the lead stays where it is."""
    old = c.leader()
    c.filler, began = Filler(c.pods[old].dir + "/home", 92), time.monotonic()
    c.filler.start()
    c.told(t, "a volume that fills up", began, lambda: c.api.condition("Degraded") == ("True", "DiskFilling"))
    t.ok(c.api.condition("Ready") == ("True", "Serving") and c.leader() == old, "it serves on", c.api.condition("Ready"))
    c.filler.share, began = 100, time.monotonic()
    c.told(t, "a full volume", began, lambda: c.api.condition("Ready") == ("False", "DiskFull") and c.primary() == old)
    c.reset()
    c.until(lambda: all("No space left on device" in " ".join(k.errors) for k in c.clients), 60, "clients that are refused")
    t.ok(c.leader() == old, "clients are told why: %s" % c.clients[0].errors[-1:])

def burst(c, t):
    """WAL cannot grow either: PostgreSQL ends itself, and a replica takes over."""
    old, began = c.leader(), time.monotonic()
    flood = subprocess.Popen(c.pods[old].inside(*POSTGRES, "psql", "-Xq", "-h", "/run/postgresql", "-c", FLOOD, "loyalty"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    new = c.another(old, 120)
    changed = time.monotonic()
    t.ok(True, "no room for WAL: %s leads after %.0f s" % (new, changed - began))
    c.write_on(60)
    t.ok(True, "no room for WAL: clients write again %.0f s after the change of lead" % (time.monotonic() - changed))
    c.told(t, "no room for WAL", changed, lambda: c.primary() == new and c.api.condition("Degraded") == ("True", "MembersMissing") and c.api.condition("Ready") == ("True", "Serving"))
    none_lost(c, t, "no room for WAL")
    flood.wait(30)
    c.filler.end()
    room = time.monotonic()
    c.until(c.healthy, 240, "the member with room again streams")
    t.ok(True, "with room again the member is back by itself after %.0f s" % (time.monotonic() - room))
    c.told(t, "room again", time.monotonic(), c.well)
    none_lost(c, t, "room again")

def rewound(c, t):
    """The leader writes what it can tell nobody, and dies; then its history is another than the new leader's."""
    old = c.leader()
    others = [n for n in MEMBERS if n != old]
    c.cut(old, others)
    ghost = subprocess.Popen(c.pods[old].inside(*POSTGRES, "psql", "-Xq", "-h", "/run/postgresql", "-c", GHOST, "loyalty"), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    time.sleep(1.5)
    server, began = postmaster(c, old), time.monotonic()
    t.ok(ghost.poll() is None, "what no replica has is not acknowledged")
    pids = [server, *below(server)]
    c.pods[old].kill("patroni")
    shoot(pids, signal.SIGKILL)
    new = c.another(old, 90)
    c.heal(old, others)                # not before: the kernel still has what was written
    t.ok(True, "%s leads %.0f s after the leader is gone" % (new, time.monotonic() - began))
    c.told(t, "a leader that is gone", time.monotonic(), lambda: c.primary() == new and c.api.condition("Degraded") == ("True", "MembersMissing"))
    c.write_on(60)
    c.begin_patroni(old)
    back = time.monotonic()
    c.until(c.healthy, 180, "the old leader follows")
    said = open(c.pods[old].dir + "/log", errors="replace").read()
    t.ok("running pg_rewind from " + new in said, "the old leader is rewound and follows %.0f s after its start" % (time.monotonic() - back), said[-3000:])
    c.told(t, "the rewound member", time.monotonic(), c.well)
    count = lambda name: c.sql(name, "select count(*) from rows where client = 9999", "loyalty").strip()
    t.ok([count(n) for n in MEMBERS] == ["0"] * 3, "what was not acknowledged is nowhere", {n: count(n) for n in MEMBERS})
    none_lost(c, t, "a rewound member")
    t.ok(not [e for n in MEMBERS for e in c.pods[n].events() if e.get("action") == "reinit"], "nobody had to be built anew")

cluster.main(tap, "members that come back", (begin, full, burst, rewound), synchronous="on", volume=VOLUME_MB)
