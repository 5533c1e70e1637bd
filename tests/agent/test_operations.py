#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Operations of a real cluster under load: each once, answered in the record, whenever agents are killed. TAP.

KILLS=all kills them at more points."""
import os, sys, time
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
import tap
import cluster
from cluster import MEMBERS, POOLERS

OVER = ("Done", "Failed", "Unknown", "Skipped")
ALL = os.environ.get("KILLS") == "all"
LINE = "  operations: [{id: accept-2026-03-03, action: accept-restore}]\n"

def order(c, operations): c.order(c.orders.replace(LINE, "  operations: [%s]\n" % ", ".join("{%s}" % o for o in operations)))

def entry(c, name): return next((o for o in c.api.record.get("status", {}).get("operations", []) if o["id"] == name), {})

def over(c, name, seconds=90):
    try: c.until(lambda: entry(c, name).get("state") in OVER, seconds, "the end of " + name)
    except RuntimeError: pass
    return entry(c, name).get("state")

def starts(c): return {n: c.sql(n, "select pg_postmaster_start_time()").strip() for n in MEMBERS}

def calm(c): c.until(lambda: c.healthy() and c.leads(c.leader()), 90, "all is well")

def begin(c, t):
    order(c, [])
    for name in MEMBERS + POOLERS: c.agent(name)
    c.load()
    calm(c)
    c.until(lambda: "incarnation" in c.api.record.get("status", {}), 60, "a status")

def switchover(c, t):
    calm(c)
    c.reset()
    old = c.leader()
    order(c, ["id: move-1, action: switchover, now: true"])
    t.ok(over(c, "move-1") == "Done", "a switchover is done", entry(c, "move-1"))
    e = entry(c, "move-1")
    t.ok(c.leader() != old and e["by"] == old and e["started"] <= e["finished"] and c.leader() in e["message"], "by %s, and %s" % (e.get("by"), e.get("message")), e)
    time.sleep(2)
    failed, wait, errors = c.suffered()
    t.ok(failed == 0 and wait <= 5, "no statement fails, clients wait %.1f s" % wait, errors)
    new = c.leader()
    order(c, ["id: move-1, action: switchover, now: true", "id: later, action: switchover"])
    time.sleep(15)
    t.ok(c.leader() == new, "it is not done again")
    later = entry(c, "later")
    t.ok(later.get("state") == "Waiting" and "window" in later.get("message", ""), "one that is not urgent waits for the window: %s" % later.get("message"), later)

def restart(c, t):
    calm(c)
    c.reset()
    before, old, count = starts(c), c.leader(), c.launches()
    order(c, ["id: again-1, action: restart, now: true"])
    t.ok(over(c, "again-1", 120) == "Done", "all members restart", entry(c, "again-1"))
    after = starts(c)
    t.ok(all(after[n] > before[n] for n in MEMBERS), "each of them", (before, after))
    t.ok(c.leader() == old, "the leader stays")
    failed, wait, errors = c.suffered()
    t.ok(failed == 0 and wait <= 10, "no statement fails, clients wait %.1f s" % wait, errors)
    t.ok({n: c.launches()[n] - count[n] for n in MEMBERS} == dict.fromkeys(MEMBERS, 1) and max(after, key=after.get) == old, "each once, the leader last: %s" % after)
    for e in (e for n in MEMBERS for e in c.pods[n].events() if e["event"] == "failed" and e["action"] == "restart"): t.note(e)
    order(c, ["id: again-1, action: restart, now: true", "id: read-1, action: reload"])
    t.ok(over(c, "read-1") == "Done", "a reload is done", entry(c, "read-1"))
    t.ok(starts(c) == after, "and restarts nothing")

def away(c, t):
    """Without the API server a new one waits."""
    calm(c)
    old = c.leader()
    c.api.fault = lambda request, body: request.answer(500, {"message": "away"}) or True
    order(c, ["id: move-2, action: switchover, now: true"])
    time.sleep(15)
    t.ok(c.leader() == old, "without the API server nothing is begun")
    c.api.fault = None
    t.ok(over(c, "move-2") == "Done" and c.leader() != old, "with it, it is", entry(c, "move-2"))

def kill_at(c, t, name, action, seconds):
    """The agents of all members are killed so long after the orders, and begun anew."""
    calm(c)
    line, before, count = c.timeline(), starts(c), c.launches()
    order(c, ["id: %s, action: %s, now: true" % (name, action)])
    c.until(lambda: entry(c, name).get("state", "Waiting") != "Waiting", 60, name)
    time.sleep(seconds)
    for n in MEMBERS: c.pods[n].kill("agent")
    time.sleep(1)
    for n in MEMBERS: c.agent(n)
    state = over(c, name, 120)
    calm(c)
    moves = c.timeline() - line
    if action == "switchover":
        t.ok(state in ("Done", "Unknown") and moves == (state == "Done") or state == "Unknown" and moves <= 1,
             "killed %.1f s after it began: %s, the lead moved %d times" % (seconds, state, moves), entry(c, name))
    else:
        after = starts(c)
        t.ok(state == "Done" and all(c.launches()[n] == count[n] + 1 for n in MEMBERS), "each member once, restart, killed %.1f s after it began: %s" % (seconds, state), entry(c, name))
    time.sleep(8)
    t.ok(c.timeline() == line + moves and (action == "switchover" or starts(c) == after), "and nothing more happens")

def kills(c, t):
    for i, seconds in enumerate((0, 0.2, 0.5, 1, 1.7, 2.5, 4) if ALL else (0, 0.5, 2.5)): kill_at(c, t, "killed-%d" % i, "switchover", seconds)
    for i, seconds in enumerate((0, 1, 4, 7) if ALL else (1,)): kill_at(c, t, "broken-%d" % i, "restart", seconds)

cluster.main(tap, "operations of a real cluster", (begin, switchover, restart, away, kills))
