#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""chaos.py - random faults on a real synchronous cluster under load, for CHAOS_MINUTES (120). TAP, and a record at the end.

Faults: agents, PostgreSQL, Patroni and poolers are killed; all processes of a member stand still for up to 45 s; the API server
is away, slow or full; the lock's store stands still; the archive answers errors or hangs. Meanwhile operations are asked for.
Held against it, all the time: what is acknowledged is never lost; nothing is acknowledged on an old timeline behind a newer one,
nor by two members at once; no pool is paused for longer than 45 s. In the end: each operation was begun once, a backup was
ordered once for each that asked, everything is well and told so. CHAOS_SEED repeats the choices (not the clock)."""
import json, os, random, signal, subprocess, sys, threading, time
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
import tap
import cluster, place
from cluster import ADDRESS, MEMBERS, POOLERS, below, postmaster, shoot

MINUTES = float(os.environ.get("CHAOS_MINUTES") or 120)
SEED = int(os.environ.get("CHAOS_SEED") or random.SystemRandom().randrange(10 ** 6))
OVER = ("Done", "Failed", "Unknown", "Skipped")
LINE = "  operations: [{id: accept-2026-03-03, action: accept-restore}]\n"
FROZEN_MOST, PAUSE_MOST, WELL_MOST = 45, 45.0, 900

class Writer(threading.Thread):
    """Writes to one member directly, whenever it takes writes. acks: (begun, acknowledged, timeline)."""
    def __init__(self, name):
        super().__init__(daemon=True)
        self.name, self.acks, self.over = name, [], False

    def run(self):
        import psycopg2
        session, n = None, 0
        while not self.over:
            try:
                if not session:
                    session = psycopg2.connect(host=ADDRESS[self.name], user="postgres", password="super", dbname="loyalty", sslmode="require", connect_timeout=3,
                                               options="-c statement_timeout=3000")
                    session.autocommit = True
                began = time.monotonic()
                with session.cursor() as c:
                    c.execute("select pg_is_in_recovery()")
                    if c.fetchone()[0]: raise psycopg2.OperationalError("a replica")
                    c.execute("insert into marks values (%s, %s) returning ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int", (self.name, n))
                    self.acks.append((began, time.monotonic(), c.fetchone()[0], n))
            except psycopg2.Error as e:
                # a commit that was canceled while it waited for its replica is not acknowledged
                if session and session.closed: session = None
                elif session and "a replica" not in str(e):
                    session.close()
                    session = None
            n += 1
            time.sleep(0.25)

class Pauses(threading.Thread):
    """How long each pool is paused."""
    def __init__(self, c):
        super().__init__(daemon=True)
        self.c, self.since, self.longest, self.over = c, {}, 0.0, False

    def run(self):
        while not self.over:
            try: paused = self.c.paused()
            except (OSError, subprocess.SubprocessError): paused = []
            now = time.monotonic()
            self.since = {n: self.since.get(n, now) for n in paused}
            self.longest = max([self.longest, *(now - t for t in self.since.values())])
            time.sleep(1)

# ---- faults: each begins, and gives back how it ends

def agent_killed(c, dice):
    name = dice.choice(MEMBERS + POOLERS)
    c.pods[name].kill("agent")
    return name, dice.uniform(0.2, 8), lambda: c.agent(name)

def pooler_killed(c, dice):
    name = dice.choice(POOLERS)
    c.pods[name].kill("pgbouncer")
    return name, dice.uniform(0.2, 3), lambda: c.begin_pooler(name)

def postgres_killed(c, dice):
    name = dice.choice(MEMBERS)
    shoot([postmaster(c, name)], signal.SIGKILL)
    return name, 5, lambda: None

def patroni_killed(c, dice):
    name = dice.choice(MEMBERS)
    c.pods[name].kill("patroni")
    return name, dice.uniform(1, 10), lambda: c.begin_patroni(name)

def frozen(c, dice):
    name = dice.choice([c.leader() or MEMBERS[0], dice.choice(MEMBERS)])
    pids = [p for top in [postmaster(c, name), *(x.pid for x in c.pods[name].programs.values())] for p in [top, *below(top)]]
    shoot(pids, signal.SIGSTOP)
    return name, dice.uniform(2, FROZEN_MOST), lambda: shoot(pids, signal.SIGCONT)

def api_away(c, dice):
    how = dice.choice(["500", "429", "slow", "409"])
    def fault(request, body):
        if how == "slow": time.sleep(dice.uniform(0, 3))
        elif how == "409" and request.command != "PATCH": return False
        else: request.raw(int(how), b'{"message":"chaos"}', [("Retry-After", "2")] if how == "429" else ())
        return how != "slow"
    c.api.fault = fault
    return how, dice.uniform(3, 40), lambda: setattr(c.api, "fault", None)

def lock_still(c, dice):
    c.etcd.send_signal(signal.SIGSTOP)
    return "etcd", dice.uniform(1, 15), lambda: c.etcd.send_signal(signal.SIGCONT)

def store_fails(c, dice):
    lines = [dice.choice(["wal-push fail", "wal-push slow 4", "backup-push fail", "backup-push stray", "backup-list half", "backup-list fail", "wal-verify types"]) for _ in range(2)]
    for name in MEMBERS: c.pods[name].put("/etc/walg-double", "".join(l + "\n" for l in lines), 0o666)
    return ", ".join(lines), dice.uniform(5, 40), lambda: [c.pods[n].put("/etc/walg-double", "", 0o666) for n in MEMBERS]

# those that take members away come one at a time: more than one fault is not promised to be survived
HARD, SOFT = (postgres_killed, patroni_killed, frozen), (agent_killed, agent_killed, pooler_killed, api_away, lock_still, store_fails)

# ---- operations

def order(c): c.order(c.orders.replace(LINE, "  operations: [%s]\n" % ", ".join("{id: %s, action: %s, now: true}" % o for o in c.asked)))

def entries(c): return {o["id"]: o for o in c.api.record.get("status", {}).get("operations", [])}

def ask(c, dice):
    if [o for o in c.asked if entries(c).get(o[0], {}).get("state") not in OVER]: return None
    c.asked.append(("op-%d" % len(c.asked), dice.choice(["switchover", "switchover", "restart", "reload", "backup"])))
    order(c)
    return "%s %s" % c.asked[-1]

# ---- the run

def begin(c):
    c.orders = c.orders.replace("version: 17", "version: 15")
    c.asked = []
    order(c)
    c.sql(c.leader(), "create table marks (member text, n int, primary key (member, n))", "loyalty")
    for name in MEMBERS + POOLERS: c.agent(name)
    c.load()
    c.until(lambda: "incarnation" in c.api.record.get("status", {}), 90, "a status")
    c.until(c.healthy, 120, "a synchronous replica")
    c.reset()
    c.writers, c.pauses = [Writer(n) for n in MEMBERS], Pauses(c)
    for thread in [*c.writers, c.pauses]: thread.start()

def step(c, dice, heal, counts):
    """One choice: a fault, or an operation."""
    busy = {kind for _, kind, _, _ in heal}
    kinds = [k for k in HARD if not busy & set(HARD)] + [k for k in SOFT if k not in busy]
    if dice.random() < 0.15 or not kinds:
        asked = ask(c, dice)
        if asked: tap.note("%s asked" % asked)
        return
    kind = dice.choice(kinds)
    try: what, seconds, back = kind(c, dice)
    except (OSError, RuntimeError) as e: what, seconds, back = str(e), 0, lambda: None
    counts[kind.__name__] = counts.get(kind.__name__, 0) + 1
    tap.note("%s %s (%s), %.0f s" % (time.strftime("%H:%M:%S"), kind.__name__, what, seconds))
    heal.append((time.monotonic() + seconds, kind, what, back))

def run(c, dice):
    heal, counts, end = [], {}, time.monotonic() + MINUTES * 60
    while time.monotonic() < end or heal:
        for entry in [h for h in heal if h[0] <= time.monotonic()]:
            heal.remove(entry)
            entry[3]()
        if time.monotonic() < end: step(c, dice, heal, counts)
        time.sleep(dice.uniform(1, 8) if time.monotonic() < end else 0.5)
    return counts

def well(c):
    status = c.api.record["status"]
    return (c.healthy() and c.api.condition("Ready") == ("True", "Serving") and c.api.condition("Degraded") == ("False", "AllWell") and status["membersReady"] == "3/3"
            and status["primary"] == c.leader() and not c.paused() and all(entries(c).get(i, {}).get("state") in OVER for i, _ in c.asked))

def judge(c, t):
    try: c.until(lambda: well(c), WELL_MOST, "all is well again")
    except RuntimeError as e: t.ok(False, str(e), "\n".join(map(str, [*c.api.record["status"].get("conditions", []), *entries(c).values()])))
    else: t.ok(True, "behind it all is well, and told so")
    for thread in [*c.writers, c.pauses, *c.clients]: thread.over = True
    for thread in [*c.writers, *c.clients]: thread.join(60)
    acks = sorted((*a, w.name) for w in c.writers for a in w.acks)
    old, newest, both = [], (0, 0), []
    for a in sorted(acks, key=lambda a: a[1]):
        if a[2] < newest[0] and a[0] > newest[1]: old.append((a, newest))
        newest = max(newest, (a[2], a[1]))
    for a, b in zip(acks, acks[1:]):
        # what took long may have been acknowledged long before it was told
        if a[4] != b[4] and b[0] < a[1] and max(a[1] - a[0], b[1] - b[0]) < 0.5: both.append((a, b))
    t.ok(not old, "of %d writes to members none was acknowledged on an old timeline behind a newer one" % len(acks), old[:3])
    t.ok(not both, "nor by two members at once", both[:3])
    have = set(c.sql(c.leader(), "select member || n from marks", "loyalty").split())
    lost = [a for a in acks if "%s%d" % (a[4], a[3]) not in have]
    rows = dict(map(int, l.split("|")) for l in c.sql(c.leader(), "select client, count(*) from rows group by 1", "loyalty").split())
    gone = {k.number: k.rows - rows.get(k.number, 0) for k in c.clients if rows.get(k.number, 0) < k.rows}
    t.ok(not lost and not gone, "of %d acknowledged rows none is lost" % (len(acks) + sum(k.rows for k in c.clients)), (lost[:5], gone))
    t.ok(c.pauses.longest <= PAUSE_MOST, "no pool was paused for longer than %.1f s, %.0f are allowed" % (c.pauses.longest, PAUSE_MOST))
    begun = [e["target"] for n in MEMBERS for e in c.pods[n].events() if e["event"] == "done" and e.get("action") == "begin-operation"]
    t.ok(len(begun) == len(set(begun)), "each of %d operations was begun once" % len(c.asked), begun)
    twice = c.sql(c.leader(), "select why, count(*) from howdah.backup_attempts where why like 'operation %' and backup is not null group by 1 having count(*) > 1").strip()
    t.ok(not twice, "no backup that was asked for was made twice", twice)
    failed, wait, errors = c.suffered()
    states = [entries(c).get(i, {}).get("state") for i, _ in c.asked]
    return {"statements failed": failed, "longest wait": "%.1f s" % wait, "operations": {s: states.count(s) for s in sorted(set(map(str, states)))},
            "timelines": max(a[2] for a in acks), "paused": "%.1f s" % c.pauses.longest}

def main():
    why = place.inside() or cluster.missing()
    if why:
        tap.skip("random faults on a real cluster", why)
        tap.done()
    tap.note("seed %d, %g minutes" % (SEED, MINUTES))
    with cluster.Cluster(synchronous="on", archive=True) as c:
        try:
            begin(c)
            counts = run(c, random.Random(SEED))
            seen = judge(c, tap)
            tap.note("record: " + json.dumps({"seed": SEED, "minutes": MINUTES, "faults": dict(sorted(counts.items())), **seen, "violations": tap.counts["not ok"]}))
        except Exception as e:
            import traceback
            tap.ok(False, "%s: %s" % (type(e).__name__, e), traceback.format_exc())
        if tap.counts["not ok"]: c.tell(tap, 80)
    tap.done()

main()
