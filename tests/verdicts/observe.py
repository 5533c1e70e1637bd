#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""observe.py [--write] [PART...] - what the guard says of an edit, held against what PostgreSQL and Patroni do. TAP.

Each row of edits.yaml with `observed` is made to a real cluster of the row's major, in the way of howdah's agent: the difference
of its compiled orders goes to PATCH /config, a changed pg_hba.conf or certificate is a new file and a reload, a changed pod
template is a clean end and a new start of each member (replicas, switchover, old leader). What is seen (values in
pg_settings, pending restarts, start times, timeline, sessions that ended) makes a class, and this must be the class that
`howdah diff` gives for the very same edit. Then the edit is taken back, which is an edit, too (`back`: its class).
`observed` holds what was seen, in words; --write renews it. Clusters of version 17 run as 15, the only major with TLS here.
What is no edit of an intent, but what the guard's rules rest on, is tried by FACTS. Needs "tests/deps.sh e2e"; TIME_LIMIT
(seconds, 6000): rows that find no time left are skipped by name."""
import json, os, shutil, signal, subprocess, sys, tempfile, time
sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.realpath(__file__))
sys.path[:0] = [HERE, os.path.dirname(HERE)]
import tap, yaml
import patroni
import test_verdicts as verdicts

LIMIT = int(os.environ.get("TIME_LIMIT") or 6000)
CLUSTERS = {"shop": ("prod/team-shop/shop", 15, 3), "readers": ("prod/team-data/readers", 18, 3), "one": ("dev/dev-shop/one", 16, 1),
            "west": ("dr/dr-shop/shop", 15, 3)}
# Of the pod's local parameters these name files or libraries that only the image has (pgaudit is here for 15 alone).
NOT_HERE = ("bg_mon.listen_address", "hba_file")
# Settings that follow by themselves, and say nothing of a change.
FOLLOWS = ("primary_conninfo", "primary_slot_name", "in_hot_standby", "transaction_read_only", "application_name", "client_encoding", "session_authorization",
           "recovery_target_timeline", "archive_cleanup_command", "restore_command", "transaction_isolation")

def plain(path):
    with open(path) as f: return yaml.load(f, verdicts.Loader)

class Compiled:
    """One cluster as compiled: what the agent is told, and what its pods get."""
    def __init__(self, tree, out, cluster):
        shutil.rmtree(out, ignore_errors=True)          # what is refused must compile, too, to be taken back
        p = subprocess.run([verdicts.EXE, "compile", "-j1", "--as-of", "2026-03-01", "-C", tree, "-o", out], capture_output=True, text=True)
        if p.returncode: raise RuntimeError("%s does not compile: %s" % (tree, p.stderr[-600:]))
        at, name = os.path.join(out, cluster), cluster.split("/")[2]
        scope = next(f[len("statefulset-"):-len(".yaml")] for f in sorted(os.listdir(at)) if f.startswith("statefulset-" + name) and "pooler" not in f and "-ro-" not in f)
        self.orders = yaml.safe_load(plain(at + "/configmap-%s-agent.yaml" % name)["data"]["orders.yaml"])["spec"]
        self.hba = plain(at + "/configmap-%s-hba.yaml" % name)["data"]["pg_hba.conf"]
        self.set = plain(at + "/statefulset-%s.yaml" % scope)["spec"]
        self.certificate = plain(at + "/certificate-%s-server.yaml" % name)["spec"]
        env = {e["name"]: e.get("value") for e in self.set["template"]["spec"]["containers"][0]["env"]}
        self.local = {k: v for k, v in yaml.safe_load(env["SPILO_CONFIGURATION"])["postgresql"]["parameters"].items() if k not in NOT_HERE}
        self.hash = self.set["template"]["metadata"]["annotations"]["howdah.dev/template-hash"]

    def logins(self):
        """Who may log in over the network by password alone: (database, user)."""
        lines = [l.split() for l in self.hba.split("\n") if l.startswith("hostssl")]
        return {(l[1], l[2]) for l in lines if len(l) == 5 and l[3] == "all" and l[1] != "howdah"}

def tree_of(work, name, row=None, major=17):
    """A copy of fleet/, of the major that runs here, with the row's edit."""
    tree = os.path.join(work, name)
    shutil.rmtree(tree, ignore_errors=True)
    shutil.copytree(HERE + "/fleet", tree)
    if row: verdicts.edit(row, tree)
    for f in ("intents/prod/team-shop/shop.yaml", "intents/dr/dr-shop/shop.yaml"):
        with open(os.path.join(tree, f)) as h: text = h.read()
        with open(os.path.join(tree, f), "w") as h: h.write(text.replace("version: 17", "version: 15"))
    return tree

def predicted(old, new, cluster):
    """The class that the guard gives."""
    p = subprocess.run([verdicts.EXE, "diff", "-j1", "--as-of", "2026-03-01", "--format", "json", old, new], capture_output=True, text=True)
    out = json.loads(p.stdout)
    if out["failed"]: return "error " + p.stderr[-300:]
    return next((c["class"] for c in out["clusters"] if c["cluster"] == cluster), "none")

class Seen:
    """What an edit did to a cluster."""
    def __init__(self, kind, text): self.kind, self.text = kind, text

def names(found):
    return ", ".join(sorted(found))

class Scene:
    """A cluster that runs as one of fleet/ is compiled, and its edits."""
    def __init__(self, cluster, base, major, nodes):
        self.p, self.base = cluster, base
        self.logins = set()
        self.members = "%d members" % nodes if nodes > 1 else "the member"
        self.to_base()

    def to_base(self):
        dynamic = {**self.base.orders["patroni"]["dynamic"], **patroni.QUICK}
        dynamic.pop("standby_cluster", None)
        if self.p.major != 15: dynamic["postgresql"]["parameters"]["wal_compression"] = "pglz"      # built without lz4
        if self.p.tls: self.write_hba(self.base)
        for n in self.p.nodes: self.p.configure(n, self.local(self.base))
        if self.p.tls:
            for n in self.p.nodes: self.p.configure(n, {"hba_file": self.p.dir + "/pg_hba.conf"})
        self.p.reload()
        self.p.patch(dynamic)
        self.p.loops()
        self.p.leader_first()
        if self.p.pending(): raise RuntimeError("after a restart of all still pending: %s" % self.p.pending())
        for database, user in self.base.logins(): self.known(database, user)

    def local(self, compiled):
        """What Spilo would write into the member's file, as far as this server can load it."""
        return {k: v for k, v in compiled.local.items() if k != "shared_preload_libraries" or self.p.major == 15}

    def known(self, database, user):
        """The agent makes databases and logins by SQL, before anybody is let in."""
        leader = self.p.leader()
        if not self.p.sql(leader, "select 1 from pg_database where datname = %s", database): self.p.sql(leader, 'create database "%s"' % database)
        if not self.p.sql(leader, "select 1 from pg_roles where rolname = %s", user): self.p.sql(leader, "create role \"%s\" login password 'pw'" % user)

    def write_hba(self, compiled):
        """The testbed's own lines stand before howdah's."""
        own = "local all all scram-sha-256\n" + "".join("hostssl %s 127.0.0.1/32 scram-sha-256\n" % l for l in ("replication replicator", "all postgres", "all rewinder", "all replicator"))
        with open(self.p.dir + "/pg_hba.conf", "w") as f: f.write(own + compiled.hba)
        os.chmod(self.p.dir + "/pg_hba.conf", 0o644)

    def let_in(self, logins):
        """Those of the logins that every member takes."""
        return {(d, u) for d, u in logins if all(self.enters(n, d, u) for n in self.p.nodes)}

    def enters(self, n, database, user):
        try: return bool(self.p.sql(n, "select 1", user=user, password="pw", database=database))
        except Exception: return False

    def taken_up(self, patch, before):
        """Waits until each member shows each patched parameter or says that it waits for a restart; (shown, waiting)."""
        wanted = set((patch.get("postgresql") or {}).get("parameters") or {})
        end = time.time() + 20
        while True:
            pending = self.p.pending()
            waiting = {k for ks in pending.values() for k in ks}
            now = {n: self.p.settings(n) for n in self.p.nodes}
            shown = {k for k in wanted if all(now[n].get(k) != before["settings"][n].get(k) for n in self.p.nodes)}
            if wanted <= shown | {k for k in waiting if all(k in pending.get(n, []) for n in self.p.nodes)} or time.time() > end: return shown, waiting
            time.sleep(0.3)

    def make(self, old, new):
        """The edit, as the agent makes it; what was seen."""
        self.p.wait("a healthy cluster", self.p.healthy, 60)
        self.p.writer.reset()
        before = self.p.look()
        operation = [o["action"] for o in new.orders["operations"] if o not in old.orders["operations"]] if new.orders.get("operations") else []
        if operation: return self.operate(operation[0], before)
        if new.set["replicas"] != old.set["replicas"]: return self.members_of(old, new, before)
        said = []
        patch = patroni.changed(old.orders["patroni"]["dynamic"], new.orders["patroni"]["dynamic"])
        if old.hba != new.hba: said.append(self.hba(old, new))
        if old.certificate != new.certificate: said.append(self.certificate())
        if patch: self.p.patch(patch)
        shown, waiting = self.taken_up(patch, before)
        self.p.loops()
        after = self.p.look()
        same = {n: after["started"][n] for n in self.p.nodes} == before["started"] and after["leader"] == before["leader"] and not self.p.writer.ended
        if not same: return Seen("unexpected", "a member restarted, or a session ended: %s -> %s" % (before["started"], after["started"]))
        moved = {k for n in self.p.nodes for k, v in after["settings"][n].items() if v != before["settings"][n].get(k)} - set(FOLLOWS)
        if not any(k.startswith("synchronous_") for k in patch): moved.discard("synchronous_standby_names")     # Patroni chose another replica, by itself
        if moved: said.append("new at once on %s: %s" % (self.members, names(moved)) if moved <= shown or not shown else "new at once: " + names(moved))
        dynamic = set(patch) - {"postgresql"}
        if dynamic and self.p.rest(self.p.leader(), "GET", "/config")[1].items() >= {k: patch[k] for k in dynamic if patch[k] is not None}.items():
            said.append("Patroni goes on with %s" % names(dynamic))
        if not waiting and old.hash == new.hash: return Seen("reload" if said else "none", "; ".join(said + ["nothing restarted, no session ended"]))
        return self.through_restarts(said, waiting, old, new)

    def through_restarts(self, said, waiting, old, new):
        """Each member replaced once; where that is not enough, the leader's PostgreSQL restarted first, then the replicas'."""
        if waiting: said.append("waiting for a restart: " + names(waiting))
        self.p.roll(self.local(new))
        left = self.p.pending()
        settled = all(self.p.sql(n, "select pg_size_bytes(current_setting('shared_buffers')) = pg_size_bytes(%s)", new.local["shared_buffers"])[0][0] for n in self.p.nodes)
        how = "each of %s replaced once, replicas first" % self.members if len(self.p.nodes) > 1 else "replaced once"
        if not left and settled: return Seen("rolling-restart", "; ".join(said + [how + ": all is new"]))
        said.append("%s: still waiting %s" % (how, names({k for ks in left.values() for k in ks})))
        self.p.leader_first()
        if self.p.pending(): return Seen("unsettled", "; ".join(said + ["after the leader and the replicas restarted: %s" % self.p.pending()]))
        return Seen("multi-step", "; ".join(said + ["then the leader restarted%s: all is new" % (" before the replicas" if len(self.p.nodes) > 1 else "")]))

    def hba(self, old, new):
        for database, user in new.logins() | old.logins(): self.known(database, user)
        self.p.wait("logins on all members", lambda: all(self.p.sql(n, "select count(*) = %s from pg_roles where rolname = any(%s)", len({u for _, u in old.logins() | new.logins()}),
                                                                    [u for _, u in old.logins() | new.logins()])[0][0] for n in self.p.nodes))
        were = self.let_in(old.logins() | new.logins())
        self.write_hba(new)
        for n in self.p.nodes: self.p.sql(n, "select pg_reload_conf()")
        self.p.wait("the file is read", lambda: self.let_in(old.logins() | new.logins()) == new.logins(), 20)
        if were != old.logins(): raise RuntimeError("let in before: %s, by the file %s" % (were, old.logins()))
        opened, shut = {u for _, u in new.logins() - old.logins()}, {u for _, u in old.logins() - new.logins()}
        return "pg_hba.conf, by pg_reload_conf(): " + ", ".join(w for w in ("let in now %s" % names(opened) if opened else "", "refused now %s" % names(shut) if shut else "") if w)

    def certificate(self):
        """The server's certificate issued anew: another serial is served after a reload."""
        tls = self.p.dir + "/tls"
        serials = lambda: {n: self.p.serial(n) for n in self.p.nodes}
        were = serials()
        self.p.issue()
        if serials() != were: raise RuntimeError("served before a reload: %s" % serials())
        for n in self.p.nodes: self.p.sql(n, "select pg_reload_conf()")
        self.p.wait("the new certificate is served", lambda: all(v != were[n] for n, v in serials().items()), 20)
        return "another certificate served on %s after pg_reload_conf(), not before" % self.members

    def operate(self, action, before):
        if action == "switchover": self.p.switchover()
        if action == "restart": self.p.roll(self.local(self.base))
        if action == "reload": self.p.reload()
        if action == "reinit":
            n = next(n for n in self.p.nodes if n != before["leader"])
            self.p.rest(n, "POST", "/reinitialize", {"force": True})
            self.p.wait("n%d made anew" % n, lambda: self.p.member(n).get("postmaster_start_time") not in (None, before["started"][n]) and self.p.healthy(), 120)
        self.p.loops(3)
        after = self.p.look()
        again = [n for n in self.p.nodes if after["started"][n] != before["started"][n]]
        if len(again) == len(self.p.nodes): return Seen("rolling-restart", "each of %s restarted once, replicas first, one switchover" % self.members)
        if after["leader"] != before["leader"]:
            return Seen("failover", "another member leads, timeline %+d, the old leader restarted, sessions ended: %s" % (after["timeline"] - before["timeline"], "yes" if self.p.writer.ended else "no"))
        if again: return Seen("metadata", "one replica made anew; the leader did not restart, no session of it ended" if not self.p.writer.ended else "sessions ended")
        return Seen("reload", "no member restarted, no session ended" if not self.p.writer.ended else "sessions ended")

    def members_of(self, old, new, before):
        if new.set["replicas"] > old.set["replicas"]:
            n = self.p.join()
            after = self.p.look()
            kept = after["started"] == before["started"] and after["leader"] == before["leader"] and not self.p.writer.ended
            self.p.leave(n)
            return Seen("metadata" if kept else "unexpected", "a member joined and streams; no other restarted, no session ended")
        self.p.patch(patroni.changed(old.orders["patroni"]["dynamic"], new.orders["patroni"]["dynamic"]))
        last = self.p.nodes[-1]
        self.p.loops()                                  # until nobody asks for a synchronous candidate any more
        if self.p.leader() != last: self.p.switchover(last)
        self.p.writer.reset()
        self.p.tool("kill", "n%d" % last, "stop")
        self.p.wait("another leader", lambda: self.p.leader() not in (None, last), 60)
        self.p.wait("writes", lambda: self.p.writer.ended and self.p.sql(self.p.leader(), "select 1"), 60)
        time.sleep(1)
        seen = Seen("failover", "the highest ordinal led: with its end another member leads, sessions ended")
        self.p.tool("revive", "n%d" % last)
        self.p.wait("n%d is back" % last, self.p.healthy, 120)
        return seen

# ---- a standby, promoted ----------------------------------------------------------------------------------------------

def promote(cluster, old, new):
    """The orders of a promotion, made to a standby cluster that follows this one."""
    n = cluster.standby()
    patch = patroni.changed({**old.orders["patroni"]["dynamic"], "standby_cluster": {"host": "the source"}}, new.orders["patroni"]["dynamic"])
    if set(patch) != {"standby_cluster"} or patch["standby_cluster"] is not None: return Seen("unexpected", "the orders change %s" % patch)
    before = cluster.member(n)
    refused = False
    try: cluster.sql(n, "create table written(i int)")
    except Exception: refused = True
    cluster.rest(n, "PATCH", "/config", patch)
    cluster.wait("a primary", lambda: cluster.rest(n, "GET", "/primary")[0] == 200, 60)
    cluster.wait("writes", lambda: cluster.sql(n, "create table written(i int)") == [], 30)   # /primary answers a moment earlier
    after = cluster.member(n)
    kept = after["postmaster_start_time"] == before["postmaster_start_time"]
    return Seen("failover" if refused and after["timeline"] > before["timeline"] else "unexpected",
                "standby_cluster: null promotes, timeline +1, writes are taken; PostgreSQL %s" % ("goes on running" if kept else "restarted"))

# ---- what is no edit of an intent -------------------------------------------------------------------------------------

def fact_slots(p):
    """slots (Patroni, apply: reload): a permanent slot comes and goes within a loop."""
    there = lambda: p.sql(p.leader(), "select count(*) from pg_replication_slots where slot_name = 'howdah_probe'")[0][0]
    p.patch({"slots": {"howdah_probe": {"type": "physical"}}})
    p.wait("the slot", lambda: there() == 1, 20)
    p.patch({"slots": None})
    p.wait("the slot's end", lambda: there() == 0, 20)

def fact_pending(p):
    """a postmaster parameter that goes back to the running value waits for no restart any more."""
    was = p.settings(p.leader())["autovacuum_freeze_max_age"]
    p.patch({"postgresql": {"parameters": {"autovacuum_freeze_max_age": "300000000"}}})
    p.wait("a pending restart on all", lambda: len(p.pending()) == len(p.nodes), 20)
    p.patch({"postgresql": {"parameters": {"autovacuum_freeze_max_age": was}}})
    p.wait("no pending restart", lambda: not p.pending(), 20)
    p.patch({"postgresql": {"parameters": {"autovacuum_freeze_max_age": None}}})

def fact_internal(p):
    """a parameter of context internal: no value of it, no restart pending, nothing ends."""
    before = p.settings(p.leader())["block_size"]
    p.patch({"postgresql": {"parameters": {"block_size": "16384"}}})
    p.loops()
    same = p.settings(p.leader())["block_size"] == before and all(p.member(n).get("state") == "running" for n in p.nodes)
    pending = p.pending()
    p.patch({"postgresql": {"parameters": {"block_size": None}}})
    p.loops()
    if not same or pending: raise RuntimeError("block_size %s, pending %s" % (p.settings(p.leader())["block_size"], pending))

def fact_backend(p):
    """contexts backend and superuser-backend: new sessions have the new value, those that run keep theirs."""
    import psycopg2
    was = psycopg2.connect(p.writable)
    try:
        p.patch({"postgresql": {"parameters": {"ignore_system_indexes": "on", "log_disconnections": "off"}}})
        show = "select string_agg(setting, ',' order by name) from pg_settings where name in ('ignore_system_indexes', 'log_disconnections')"
        p.wait("the value in new sessions", lambda: p.sql(p.leader(), show)[0][0] == "on,off", 20)
        with was.cursor() as c:
            c.execute(show)
            kept = c.fetchone()[0]
    finally:
        was.close()
        p.patch({"postgresql": {"parameters": {"ignore_system_indexes": None, "log_disconnections": "on"}}})
    if kept != "off,on": raise RuntimeError("a session that ran has " + kept)

def fact_lower_replica(p):
    """a replica never runs with less than its leader: restarted alone after max_connections was lowered, it keeps the old value and waits on."""
    replica = next(n for n in p.nodes if n != p.leader())
    was = p.settings(replica)["max_connections"]
    p.patch({"postgresql": {"parameters": {"max_connections": str(int(was) - 50)}}})
    p.wait("a pending restart on all", lambda: len(p.pending()) == len(p.nodes), 20)
    p.restart(replica)
    kept, waits = p.settings(replica)["max_connections"], replica in p.pending()
    p.patch({"postgresql": {"parameters": {"max_connections": was}}})
    p.wait("no pending restart", lambda: not p.pending(), 20)
    if kept != was or not waits: raise RuntimeError("max_connections %s, pending %s" % (kept, waits))

def fact_pause(p):
    """pause: settings are taken up, and a leader whose PostgreSQL is gone is not replaced until resumed."""
    leader = p.leader()
    p.patch({"pause": True, "postgresql": {"parameters": {"work_mem": "6MB"}}})
    p.wait("the setting", lambda: p.settings(leader)["work_mem"] == "6MB", 20)
    p.loops()
    p.tool("kill", "n%d" % leader, "postgres")
    time.sleep(8)
    others = [n for n in p.nodes if n != leader and p.rest(n, "GET", "/primary")[0] == 200]
    p.patch_by(next(n for n in p.nodes if n != leader), {"pause": None})
    p.wait("a whole cluster", p.healthy, 120)
    if others: raise RuntimeError("n%d leads although paused" % others[0])

FACTS = [fact_slots, fact_pending, fact_internal, fact_backend, fact_lower_replica, fact_pause]

# ---- rows -----------------------------------------------------------------------------------------------------------

def observe(scene, row, rows, cluster, work, write):
    old, new = tree_of(work, "old"), tree_of(work, "new", row)
    before, after = Compiled(old, work + "/old-out", cluster), Compiled(new, work + "/new-out", cluster)
    for direction, a, b, x, y in (("observed", old, new, before, after), ("back", new, old, after, before)):
        kind = predicted(a, b, cluster)
        if direction == "back" and (kind == "refused" or x.orders.get("operations") != y.orders.get("operations") or x.set["replicas"] != y.set["replicas"]):
            scene.p.patch(patroni.changed(x.orders["patroni"]["dynamic"], y.orders["patroni"]["dynamic"]))
            scene.p.loops()
            break
        began = time.time()
        seen = promote(scene.p, x, y) if row["in"] == "west" else scene.make(x, y)
        title = "%s %s%s: %s" % (row["in"], verdicts.flow(row["set"]), " taken back" if direction == "back" else "", kind)
        wanted = row["class"] if direction == "observed" else row.get("back", kind)
        text = seen.text if direction == "observed" else seen.kind
        told = row.get(direction, kind)
        good = kind == seen.kind and (write or (kind == wanted and text == told))
        tap.ok(good, title, "the guard says %s, the row %s\nseen    %s: %s\nwritten %s" % (kind, wanted, seen.kind, seen.text, told))
        tap.note("%s (%.1f s; longest pause of a writer %.1f s)" % (seen.text, time.time() - began, scene.p.writer.pause))
        if write and good: row[direction] = text
        if write: verdicts.write_rows(HERE + "/edits.yaml", rows)   # a run may end before its time
        if row["in"] == "west": break

def on_cluster(rows, facts, every, major, nodes, write):
    """All rows and facts that a cluster of that major and size can try."""
    with tempfile.TemporaryDirectory() as work, patroni.Patroni(major, nodes) as p:
        cluster = CLUSTERS[rows[0]["in"] if rows and rows[0]["in"] != "west" else "shop"][0]
        scene = Scene(p, Compiled(tree_of(work, "base"), work + "/base-out", cluster), major, nodes)
        for row in rows:
            title = "%s %s" % (row["in"], verdicts.flow(row["set"]))
            if time.time() - tap.began > LIMIT - 60:
                tap.skip(title, "TIME_LIMIT=%d" % LIMIT)
                continue
            try: observe(scene, row, every, CLUSTERS[row["in"]][0], work, write)
            except (RuntimeError, OSError, subprocess.SubprocessError) as e:
                tap.ok(False, title, e)
                scene.to_base()
        for fact in facts:
            title = fact.__doc__.rstrip(".")
            if time.time() - tap.began > LIMIT - 60:
                tap.skip(title, "TIME_LIMIT=%d" % LIMIT)
                continue
            try:
                p.wait("a healthy cluster", p.healthy, 60)
                fact(p)
                tap.ok(True, title)
            except (RuntimeError, OSError, subprocess.SubprocessError) as e: tap.ok(False, title, e)

def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))           # so that the clusters are stopped
    rows = plain(HERE + "/edits.yaml")
    write = "--write" in sys.argv
    part = [a for a in sys.argv[1:] if not a.startswith("-")]
    chosen = [r for r in rows if "observed" in r and (not part or any(p in verdicts.print_row(r) for p in part))]
    chosen.sort(key=lambda r: verdicts.CLASSES.index(r["class"]))    # what takes longest comes last
    for major, nodes in ((16, 1), (18, 3), (15, 3)):
        here = [r for r in chosen if CLUSTERS[r["in"]][1:] == (major, nodes)]
        facts = [f for f in FACTS if major == 15 and (not part or any(p in f.__name__ for p in part))]
        if not here and not facts: continue
        why = patroni.missing(major)
        if why:
            for title in ["%s %s" % (r["in"], verdicts.flow(r["set"])) for r in here] + [f.__doc__.rstrip(".") for f in facts]: tap.skip(title, why)
            continue
        try: on_cluster(here, facts, rows, major, nodes, write)
        except (RuntimeError, OSError, subprocess.SubprocessError) as e: tap.ok(False, "PostgreSQL %d with %d members" % (major, nodes), e)
    tap.done()

if __name__ == "__main__": main()
