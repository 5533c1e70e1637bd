#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The lead moves while clients write through two poolers: before a pod ends, and with agents killed in the middle of it. TAP."""
import os, subprocess, sys, threading, time
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
import tap
import cluster, place
from cluster import MEMBERS, POOLERS, POSTGRES

STALL = 5.0                             # seconds that a client may wait in a hand-over

def ask(c, name):
    """Runs what the members' container runs before it ends: (exit code, its words, seconds)."""
    began = time.time()
    p = subprocess.run(c.pods[name].inside(*POSTGRES, "/run/howdah/bin/handover"), capture_output=True, text=True, timeout=60)
    return p.returncode, p.stderr, time.time() - began

def begin(c, t):
    for name in MEMBERS + POOLERS: c.agent(name)
    c.load()
    c.until(lambda: c.leads(c.leader()), 30, "the leader's agent")
    c.until(lambda: all(c.page(n, "/status")["leader"] == c.leader() for n in MEMBERS), 30, "all agents know the leader")

def no_leader(c, t):
    name = next(n for n in MEMBERS if n != c.leader())
    code, said, seconds = ask(c, name)
    t.ok(code == 0 and '"done":true' in said and "leads" in said and seconds < 1.5, "a replica is answered at once", (code, said, seconds))

def leader(c, t):
    for turn in range(2):
        old = c.leader()
        c.until(lambda: c.healthy() and c.leads(old), 60, "all is well")
        c.reset()
        code, said, seconds = ask(c, old)
        new = c.leader()
        t.ok(code == 0 and '"done":true' in said and new not in (None, old), "turn %d: %s hands over to %s" % (turn, old, new), (code, said))
        time.sleep(3)
        failed, wait, errors = c.suffered()
        t.ok(failed == 0, "no statement fails", errors)
        t.ok(wait <= STALL, "clients wait %.1f s, %.0f are allowed" % (wait, STALL))
        t.ok(seconds < 30, "it is done in %.1f s, before the 30 that the program waits" % seconds)
        told = [e for e in c.pods[old].events() if e["event"] == "done" and e["action"] == "switchover"]
        t.ok(told and "clients waited" in told[-1]["result"], "the outage is in the log: %s" % (told[-1:],))

def killed(c, t, whom, title, most, back=None):
    """Agents are killed when the poolers are paused, and begun anew after BACK seconds, as the kubelet does: how long is the pause?"""
    old = c.leader()
    c.until(lambda: c.healthy() and c.leads(old), 60, "all is well")
    c.reset()
    threading.Thread(target=ask, args=(c, old), daemon=True).start()
    c.until(c.paused, 20, "a pause")
    for name in whom(old): c.pods[name].kill("agent")
    began = time.time()
    if back:
        time.sleep(back)
        for name in whom(old): c.agent(name)
    c.until(lambda: not c.paused(), 60, "the end of the pause")
    seconds = time.time() - began
    t.ok(seconds <= most, "%s: the pause ends after %.1f s, %.0f are allowed" % (title, seconds, most))
    time.sleep(2)
    failed, wait, errors = c.suffered()
    t.note("%d statements failed, the longest wait was %.1f s %s" % (failed, wait, errors))
    if not back:
        for name in whom(old): c.agent(name)
    return failed, wait

def dark(c, t):
    """One pooler's machine is dark: it is named, and the other one's clients go on."""
    old = c.leader()
    c.until(lambda: c.healthy() and c.leads(old), 60, "all is well")
    c.pods[POOLERS[1]].do("ip", "link", "set", "v4in", "down")
    code, said, seconds = ask(c, old)
    t.ok(code == 0 and '"done":true' in said and seconds < 30, "a switchover with one pooler dark succeeds in %.1f s" % seconds, said)
    t.ok(any(e["event"] == "poolers-skipped" and e["poolers"] == POOLERS[1] for e in c.pods[old].events()), "the dark one is named")
    c.pods[POOLERS[1]].do("ip", "link", "set", "v4in", "up")

def stuck(c, t):
    """A transaction that does not end: nothing moves, everybody goes on."""
    import psycopg2
    old = c.leader()
    c.until(lambda: c.healthy() and c.leads(old), 60, "all is well")
    session = psycopg2.connect(host=cluster.ADDRESS[POOLERS[0]], port=6432, user="app", password="app-secret", dbname="loyalty", sslmode="require")
    with session.cursor() as cur: cur.execute("select 1")
    c.reset()
    code, said, seconds = ask(c, old)
    t.ok(code == 0 and '"done":false' in said and "could not be paused" in said, "it is told: %s" % said.strip())
    t.ok(c.leader() == old and not c.paused(), "nothing moved, nothing is paused")
    t.ok(seconds < 30, "told after %.1f s" % seconds)
    failed, wait, errors = c.suffered()
    t.ok(failed == 0 and wait < 14, "nobody failed; the longest wait was %.1f s" % wait, errors)
    session.close()

def once(c, t):
    """What a person asks for in a pod."""
    do = lambda *argv, name=None: subprocess.run(c.pods[name or c.leader()].inside(*POSTGRES, place.AGENT, "once", *argv), capture_output=True, text=True, timeout=90)
    p = do("reload")
    t.ok(p.returncode == 0 and p.stdout == "reloaded\n", "once reload", p)
    p = do("backup", name=next(n for n in MEMBERS if n != c.leader()))
    t.ok(p.returncode == 3 and p.stderr == "howdah-agent: %s leads: ask there\n" % c.leader(), "once backup is asked of the leader's agent: %s" % p.stderr.strip(), p)
    p = do("drop")
    t.ok(p.returncode == 2 and "cannot be asked for" in p.stderr, "anything else is usage", p)
    c.pods[c.leader()].kill("agent")
    p = do("reload")
    t.ok(p.returncode == 4 and "the agent does not run" in p.stderr, "nobody answers when the agent does not run", p)
    c.agent(c.leader())

def acknowledged(c, t):
    time.sleep(1)
    c.unload()
    rows, lost = c.lost()
    t.ok(not lost, "no acknowledged row is lost: %d rows" % rows, lost)

def one_agent(c, t):
    failed, wait = killed(c, t, lambda old: [old], "its initiator's agent killed", 15, back=2)
    t.ok(failed == 0, "and no statement fails")

def all_agents(c, t): killed(c, t, lambda old: MEMBERS, "all members' agents killed", 40)

cluster.main(tap, "hand-over of a real cluster", (begin, no_leader, leader, one_agent, all_agents, dark, stuck, once, acknowledged))
