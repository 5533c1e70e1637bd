#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Rolls of a real cluster under load, and the agents are killed at each of their steps: each member is replaced once, and nothing is half-made. TAP.

A step is a request that changes something, at the API server or at a Patroni, or what is told to a pooler around a hand-over (see
killed_once.c). There are two kinds of roll: pods are replaced for another template, and PostgreSQL is restarted for a setting that
waits for it. Each is done once in peace, once with each agent killed before every step that it takes for the first time, and once
right behind it. Real: PostgreSQL 15, Patroni, PgBouncer, the agents. False: the API server with its eviction, the StatefulSet's
controller, the kubelet; a killed agent is begun anew after a second."""
import json, os, signal, subprocess, sys, threading, time
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
import tap
import cluster, place
from cluster import MEMBERS, NS, POOLERS, POSTGRES

HASH = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
SET = "/apis/apps/v1/namespaces/%s/statefulsets/shared-i2" % NS
WINDOW = "{days: [sun], start: \"02:00\", duration: 4h, timezone: UTC}"
PATIENCE = 30.0                         # seconds that a pooler lets a client wait: query_wait_timeout

class Nodes(threading.Thread):
    """Evictions, the StatefulSet's controller and the kubelet. `left`: how often each pod was replaced; `killed`: agents that were, by their pid;
    `wrong`: what must not be."""
    def __init__(self, c):
        super().__init__(daemon=True)
        self.c, self.hash, self.left, self.wrong, self.leaving, self.killed, self.over = c, HASH, {}, [], set(), set(), False
        c.api.fault = self.asked
        self.template(HASH)

    def template(self, hash):
        self.hash = hash
        self.c.api.put(SET, spec={"template": {"metadata": {"annotations": {"howdah.dev/template-hash": hash}}}})

    def asked(self, request, body):
        """An eviction is answered here."""
        if not request.path.endswith("/eviction"): return False
        name = request.path.split("/")[-2]
        pod = next((p for p in self.c.api.pods if p["metadata"]["name"] == name), None)
        if not pod: request.answer(404, {"message": "not here"})
        elif body["deleteOptions"]["preconditions"]["uid"] != pod["metadata"]["uid"]: request.answer(409, {"message": "the UID in the precondition is another"})
        else:
            if "deletionTimestamp" not in pod["metadata"]: self.evict(name, pod)
            request.answer(201, {})
        return True

    def evict(self, name, pod):
        if self.leaving: self.wrong.append("%s is evicted while %s is on its way" % (name, self.leaving))
        leader = self.c.leader()
        follow = self.c.sql(leader, "select application_name from pg_stat_replication where state = 'streaming'").split() if leader else []
        if not leader or {*follow, leader, name} != {*MEMBERS}: self.wrong.append("%s is evicted while %s leads and %s follow" % (name, leader, follow))
        if name == leader: self.wrong.append("%s is evicted while it leads" % name)
        pod["metadata"]["deletionTimestamp"] = now()
        self.leaving.add(name)
        self.left[name] = self.left.get(name, 0) + 1
        threading.Thread(target=self.replace, args=(name, pod), daemon=True).start()

    def replace(self, name, old):
        """The pod ends as a pod does, and another one of its name comes."""
        c, there = self.c, self.c.pods[name]
        subprocess.run(there.inside(*POSTGRES, "/run/howdah/bin/handover"), capture_output=True, timeout=60)
        agent = there.programs["agent"]
        for what in ("patroni", "agent"): there.kill(what, signal.SIGTERM)
        self.ended(name, agent)
        time.sleep(1)
        meta = {**old["metadata"], "uid": "u-%s-%f" % (name, time.time()), "annotations": {"howdah.dev/template-hash": self.hash}, "creationTimestamp": now()}
        meta.pop("deletionTimestamp")
        new = {**old, "metadata": meta, "status": {**old["status"], "conditions": [{"type": "Ready", "status": "False", "lastTransitionTime": now()}]}}
        c.api.pods[c.api.pods.index(old)] = new
        c.begin_patroni(name)
        c.agent(name)
        self.leaving.remove(name)
        while not self.over and c.rest(name, "/readiness")[0] != 200: time.sleep(0.5)
        new["status"]["conditions"] = [{"type": "Ready", "status": "True", "lastTransitionTime": now()}]
        while not self.over: time.sleep(1)                  # programs end with the thread that began them

    def ended(self, name, agent):
        if agent.returncode == -signal.SIGKILL: self.killed.add(agent.pid)
        elif agent.returncode: self.wrong.append("the agent of %s ended by itself: %s" % (name, agent.returncode))

    def run(self):
        while not self.over:
            for name in MEMBERS + POOLERS:
                agent = self.c.pods[name].programs.get("agent")
                if name in self.leaving or not agent or agent.poll() is None: continue
                self.ended(name, agent)
                time.sleep(1)
                if name not in self.leaving: self.c.agent(name)
            time.sleep(0.1)

def now(): return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())

def window():
    """One that is open for hours."""
    return "{days: [mon, tue, wed, thu, fri, sat, sun], start: \"%s\", duration: 6h, timezone: UTC}" % time.strftime("%H:00", time.gmtime(time.time() - 3600))

def steps(c):
    with open(c.dir + "/kill/steps") as f: return f.read().splitlines()

def kill(c, when):
    """From now on agents are killed then, at each step that was not taken since."""
    for name, text in (("steps", ""), ("when", when)):
        with open("%s/kill/%s" % (c.dir, name), "w") as f: f.write(text)

def well(c):
    """All is well and as ordered."""
    return c.well() and c.leads(c.leader()) and c.api.condition("UpgradePending") == ("False", "UpToDate")

def half_made(c):
    """What a roll leaves behind that is not over."""
    found = ["the pool of %s is paused" % n for n in c.paused()]
    there = json.loads(c.rest(c.leader(), "/cluster")[1])
    return found + ["%s: %s" % (k, there[k]) for k in ("pause", "scheduled_switchover") if there.get(k)] + ["%s waits" % m["name"] for m in there["members"] if m.get("pending_restart")]

def begin(c, t):
    os.mkdir(c.dir + "/kill")
    kill(c, "never")
    for path in ("/kill", "/kill/steps"): os.chmod(c.dir + path, 0o777)
    c.environment = {"LD_PRELOAD": place.preloaded("killed_once.c", c.dir), "KILL_DIR": c.dir + "/kill"}
    c.orders = c.orders.replace(WINDOW, window()).replace("version: 17", "version: 15")
    c.order(c.orders)
    c.nodes = Nodes(c)
    for name in MEMBERS + POOLERS: c.agent(name)
    c.nodes.start()
    c.load()
    c.until(lambda: "incarnation" in c.api.record.get("status", {}), 60, "a status")
    c.until(lambda: well(c), 240, "all is well")

def roll(c, t, title, when, change):
    """One roll; CHANGE() orders it, and says whether pods are replaced by it: then the lead moves. Else PostgreSQL is restarted."""
    c.until(lambda: well(c), 120, "all is well")
    c.reset()
    line, left, count, wrong, began = c.timeline(), dict(c.nodes.left), c.launches(), len(c.nodes.wrong), time.time()
    c.nodes.killed.clear()
    kill(c, when)
    pods = change()
    done = lambda: {n: c.nodes.left.get(n, 0) - left.get(n, 0) if pods else c.launches()[n] - count[n] for n in MEMBERS}
    c.until(lambda: all(done().values()) and well(c), 400, "%s: the end" % title)
    took = time.time() - began
    time.sleep(20)                      # in which nothing more happens
    c.until(lambda: well(c), 30, "all is still well")
    t.ok(set(done().values()) == {1} and (pods or c.nodes.left == left), "%s: each member once, in %.0f s" % (title, took), done())
    t.ok(c.timeline() == line + pods, "%s: %s" % (title, "the lead moves once" if pods else "the leader stays"), c.timeline() - line)
    t.ok(not c.nodes.wrong[wrong:], "%s: one after the other, and while all others are well" % title, c.nodes.wrong[wrong:])
    t.ok(not half_made(c), "%s: nothing is half-made" % title, half_made(c))
    failed, wait, errors = c.suffered()
    t.ok(failed == 0 and wait < PATIENCE, "%s: no statement fails, clients wait %.1f s" % (title, wait), errors)
    if when != "never":
        c.until(lambda: len(c.nodes.killed) == len(steps(c)), 10, "a kill at each step: %s, %s" % (c.nodes.killed, steps(c)))
        t.ok(len(steps(c)) > 8, "%s: agents were killed at each of its %d steps" % (title, len(steps(c))), "\n".join(steps(c)))
    for step in steps(c): t.note(step)

def replaced(c, n):
    """Another template, and with it a setting that needs no restart."""
    c.nodes.template(HASH[:-1] + str(n))
    c.orders = c.orders.replace("hash: " + HASH[:-1] + c.last, "hash: " + HASH[:-1] + str(n)).replace("work_mem: 2016%dkB" % int(c.last), "work_mem: 2016%dkB" % n)
    c.last = str(n)
    c.order(c.orders)
    return True

def restarted(c, n):
    c.orders = c.orders.replace("max_connections: %d" % (150 + c.more), "max_connections: %d" % (150 + n))
    c.more = n
    c.order(c.orders)
    return False

def rolls(c, t):
    c.last, c.more = "8", 0
    c.orders = c.orders.replace("work_mem: 20164kB", "work_mem: 20168kB")
    for i, (when, title) in enumerate((("never", "in peace"), ("before", "killed before"), ("behind", "killed behind"))):
        roll(c, t, "another template, " + title, when, lambda: replaced(c, i + 1))
        roll(c, t, "a setting that waits for a restart, " + title, when, lambda: restarted(c, 10 * (i + 1)))

def acknowledged(c, t):
    c.unload()
    rows, lost = c.lost()
    t.ok(not lost, "no acknowledged row is lost: %d rows" % rows, lost)
    c.nodes.over = True

if os.environ.get("SLOW_BUILD"):
    tap.skip("rolls with kills", "a sanitizer's build cannot be preloaded")
    tap.done()
cluster.main(tap, "rolls of a real cluster", (begin, rolls, acknowledged))
