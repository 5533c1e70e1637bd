#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""test_provisioning.py [SCENE...] - the agent is killed at each step of provisioning on a real PostgreSQL; the next one comes to the same end, and nobody sees half of it. TAP.

Scenes: databases, roles, extensions and logins are made; more come; a rotation; some go, and their data. Each is played undisturbed once,
its steps are counted: changes of PostgreSQL, Secrets, the record's word on an operation. Then it is played again from its beginning with the
agent killed before or right behind one of them. Whatever is there while no agent lives must be fit for use, and what the next agent makes of it
must be what the undisturbed one made. POINTS (56; ALL=1: every step), SEED. Not there: Patroni, the API server (false ones), wal-g, a kubelet."""
import base64, copy, os, random, re, shutil, subprocess, sys, time
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
import tap
import database, place
from database import A, DATA, named, run

SEED = int(os.environ.get("SEED") or random.SystemRandom().randrange(10 ** 6))
POINTS = int(os.environ.get("POINTS") or 56)
OURS, GUESTS = "/api/v1/namespaces/%s/secrets/%s", "/apis/howdah.dev/v1alpha1/namespaces/team-loyalty/postgresdatabases/loyalty"

# ---- scenes ---------------------------------------------------------------------------------------------------------

SYSTEM = """  removalGrace: 2s
  system: {database: howdah, roles: [{name: howdah_exporter, kind: monitor}, {name: howdah_pooler, kind: pooler}, {name: standby, kind: replication}]}
"""
STANDING = "owner: %s_owner, writer: %s_writer, reader: %s_reader"
LOGIN = """    - {name: %s, pair: [%s_a, %s_b], role: %s, database: %s, secret: {namespace: %s, name: credentials},
       endpoints: {directHost: shared-primary.team-shared.svc, poolerHost: shared-pooler.team-shared.svc}}
"""
def standing(name): return STANDING % (name, name, name)
def login(name, role, where, namespace): return LOGIN % (name, name, name, role, where, namespace)

APP, REPORT, GUEST = login("app", "orders_owner", "orders", "app"), login("report", "orders_report", "orders", "bi"), login("guest", "loyalty_owner", "loyalty", "loyalty-api")
ORDERS = """    - {name: orders, %s, connectionLimit: 20, schemas: [billing, tools], settings: {lock_timeout: 5s},
       extensions: [citext, {name: cube, schema: tools}, {name: earthdistance, schema: tools}],
       roles: [{name: orders_report, memberOf: [orders_reader], connectionLimit: 3, settings: {statement_timeout: 45s}}]%%s}
""" % standing("orders")
MORE = """, {name: orders_audit, memberOf: [orders_reader]}],
       grants: [{role: orders_report, schema: billing, objects: tables, privileges: [insert]},
                {role: orders_audit, schema: billing, objects: tables, names: [ledger], privileges: [delete]}"""
LOYALTY = "    - {name: loyalty, %s, extensions: [pg_trgm], guest: {namespace: team-loyalty, name: loyalty}}\n" % standing("loyalty")
LESS = """    - {name: orders, %s, schemas: [tools, {name: billing, ensure: absent}], extensions: [{name: citext, ensure: absent},
       {name: cube, schema: tools}, {name: earthdistance, schema: tools}],
       roles: [{name: orders_report, ensure: absent}, {name: orders_audit, memberOf: [orders_reader]}]}
    - {name: loyalty, %s, ensure: absent, reclaim: delete}
""" % (standing("orders"), standing("loyalty"))
more = (ORDERS % "").replace("}]}\n", "}" + MORE + "]}\n")

# name: (lines of the databases, lines of the logins, operations, what people did before: (database, role, SQL))
SCENES = {
    "made": (ORDERS % "", APP + REPORT, "", ()),
    "grown": (more + LOYALTY, APP + REPORT + GUEST, "", (("orders", "orders_owner", "create table billing.ledger (n int); create table plain (n int)"),)),
    "rotated": (more + LOYALTY, APP + REPORT + GUEST, "{id: rotate-1, action: rotate}", ()),
    "less": (LESS, APP, "", (("loyalty", "loyalty_owner", "create table points (n int)"),)),
}

# ---- what is there --------------------------------------------------------------------------------------------------

class Provisioning(database.Cluster):
    def primary(self):
        super().primary()
        self.pg_ctl("stop", "-m", "fast")
        with open(self.dir + DATA + "/pg_hba.conf", "w") as f: f.write("local all postgres trust\nlocal all all scram-sha-256\n")
        with open(self.dir + DATA + "/postgresql.conf", "a") as f: f.write("archive_mode = off\nautovacuum = off\n")
        self.pg_ctl("start", "-l", "/tmp/howdah-pg-a.log")
        self.sql("create role standby replication login")
        self.double("backup-list fail", "wal-verify fail")          # so that no base backup is ordered meanwhile
        self.only(1)
        self.shim = place.preloaded("killed_at.c", self.dir)
        for namespace in ("app", "bi", "loyalty-api"): self.api.put(OURS % (namespace, "credentials"))
        self.api.put(GUESTS)

    # ---- from one scene to the next -----------------------------------------------------------------------------------

    def save(self, name):
        self.pg_ctl("stop", "-m", "fast")
        run("cp", "-a", self.dir + DATA, self.dir + "/saved-" + name)
        self.pg_ctl("start", "-l", "/tmp/howdah-pg-a.log")
        self.kept = getattr(self, "kept", {})
        self.kept[name] = copy.deepcopy((self.api.record, self.api.objects, self.patroni.dynamic))

    def restore(self, name):
        self.pg_ctl("stop", "-m", "immediate")
        shutil.rmtree(self.dir + DATA)
        run("cp", "-a", self.dir + "/saved-" + name, self.dir + DATA)
        started = self.pg_ctl("start", "-l", "/tmp/howdah-pg-a.log")
        if started.returncode: raise OSError(started.stderr)
        self.api.record, self.api.objects, self.patroni.dynamic = copy.deepcopy(self.kept[name])

    def scene(self, name):
        """Everything is as before the scene, and the orders are those of the scene."""
        databases, logins, operations, people = SCENES[name]
        for where, role, text in people: self.sql("set role %s; %s" % (role, text), database=where)
        with open(place.ORDERS) as f: text = f.read().replace("version: 17,", "version: 15,")
        text = re.sub(r"(?s)\n  databases:\n.*?(?=\n  endpoints:\n)", lambda _: "\n" + SYSTEM + "  databases:\n" + databases + "  logins:\n" + logins.rstrip("\n"), text)
        text = re.sub(r"(?s)\n  life:\n.*?(?=\n  operations:)", "\n  life: {}", text)
        text = re.sub(r"operations: \[.*\]", "operations: [%s]" % operations, text)
        self.put("/etc/howdah/orders/orders.yaml", text)
        self.api.record.get("status", {}).pop("conditions", None)
        self.api.record.setdefault("status", {})["backups"] = {"last": {"finished": "2099-01-01T00:00:00Z"}}    # data may go
        open(self.dir + "/notes", "w").close()
        self.rotates = "rotate-1" in operations
        self.gone, self.logins = {"bi", "loyalty-api"} if name == "less" else set(), logins.count("- {name:")

    def begin(self, **env):
        self.prefix = [*named(A), "env", *("%s=%s" % e for e in env.items())]
        place.Place.start(self)

    # ---- steps --------------------------------------------------------------------------------------------------------

    def step_of(self, request, body):
        """The name of a step that is a request, or None."""
        if request.command != "PATCH": return None
        if "/secrets/" in request.path: return "Secret " + request.path.split("/")[4]
        said = [o.get("state") for o in body.get("status", {}).get("operations") or []]
        return "record, operation %s" % said[0] if said and said != [o.get("state") for o in self.api.record["status"].get("operations") or []] else None

    def watch(self, at=None, when=None):
        """Notes the requests that are steps; the agent is killed before or behind one of them."""
        self.asked = []
        def fault(request, body):
            step = self.step_of(request, body)
            if not step: return False
            self.asked.append(step)
            if len(self.asked) != at: return False
            if when == "behind": self.api.serve(request.command, request.path, body)
            os.kill(self.agent.pid, 9)
            return True
        self.api.fault = fault

    def ended(self, seconds=40):
        """Whether the agent was killed."""
        end = time.time() + seconds
        while time.time() < end and self.agent.poll() is None: time.sleep(0.05)
        if self.agent.poll() is None: return False
        self.agent = None
        return True

    # ---- what it came to ------------------------------------------------------------------------------------------------

    def value(self, namespace, key):
        data = self.api.objects[OURS % (namespace, "credentials")].get("data", {})
        return base64.b64decode(data.get(key, "")).decode()

    def dump(self):
        """All that PostgreSQL has besides data, without moments and without which of a pair is in use."""
        text = run("pg_dumpall", "-s", "--no-role-passwords", "-h", "/run/postgresql", "-U", "postgres")
        for name, namespace in (("app", "app"), ("report", "bi"), ("guest", "loyalty-api")):
            if self.value(namespace, "username") == name + "_b": text = re.sub(r"\b%s_([ab])\b" % name, lambda m: name + ("_b" if m[1] == "a" else "_a"), text)
        text = re.sub(r"\b\d{10}\b", "T", text)
        return sorted(l for l in text.split("\n") if l and not l.startswith(("--", "\\")))

    def told(self, kind): return next((c for c in self.api.record["status"].get("conditions", []) if c["type"] == kind), None)

    def calm(self):
        """All is declared and delivered, and what was to be taken back is."""
        now = {c["type"]: c["reason"] for c in self.page_status()["conditions"]}
        rotated = [o.get("state") for o in self.api.record["status"].get("operations") or [] if o["id"] == "rotate-1"]
        return now.get("DatabasesReady") == "AsDeclared" and (rotated == ["Done"] or not self.rotates) and self.sql(
            "select count(*) from pg_authid where rolname ~ '_[ab]$' and rolcanlogin") == str(self.logins)

    def unfit(self):
        """What of the things that are there is not fit for use: lines."""
        found = []
        for name, namespace in (("app", "app"), ("report", "bi"), ("guest", "loyalty-api")):
            user = self.value(namespace, "username")
            if not user or namespace in self.gone: continue
            lacks = [k for k in ("uri", "jdbc-url", "direct-uri", "PGPASSWORD", "ca.crt") if not self.value(namespace, k)]
            where = self.value(namespace, "PGDATABASE")
            r = subprocess.run(["psql", "-XAtq", "-h", "/run/postgresql", "-U", user, "-d", where, "-c", "select current_user <> session_user"], capture_output=True, text=True,
                               env={"PATH": "/usr/bin:/bin", "PGPASSWORD": self.value(namespace, "password")})
            if lacks or r.stdout != "t\n": found.append("Secret of %s: lacks %s; %s%s" % (name, lacks, r.stdout, r.stderr))
        half = self.sql("""select string_agg(r.rolname, ' ') from pg_authid r where r.rolcanlogin and r.rolname ~ '_[ab]$' and (not exists (select from pg_auth_members m where m.member = r.oid)
            or not exists (select from pg_db_role_setting s where s.setrole = r.oid and s.setconfig::text ~ 'role='))""")
        if half: found.append("logins without their role: " + half)
        open_ = self.sql("""select string_agg(datname, ' ') from pg_database where datallowconn and datname not in ('postgres', 'template1')
            and has_database_privilege('standby', oid, 'connect')""")
        if open_: found.append("databases that everybody connects to: " + open_)
        if self.sql("select count(*) from pg_database where datname = 'howdah' and datallowconn") == "1":
            if self.sql("select bool_or(has_function_privilege('standby', p.oid, 'execute')) from pg_proc p where proname = 'get_auth'", database="howdah") == "t":
                found.append("everybody asks for verifiers")
        return found

# ---- the test -------------------------------------------------------------------------------------------------------

def undisturbed(p, t, name):
    """Plays a scene; (what it came to, its steps)"""
    p.scene(name)
    p.watch()
    p.begin(LD_PRELOAD=p.shim, KILL_NOTES=p.dir + "/notes")
    good = p.until(p.calm, 60)
    time.sleep(5)
    want = p.dump()
    p.stop()
    with open(p.dir + "/notes") as f: changes = f.read().splitlines()
    t.ok(good and not p.unfit(), "%s: undisturbed, in %d changes and %d requests" % (name, len(changes), len(p.asked)),
         "%s\n%s\n%s" % (p.told("DatabasesReady"), p.unfit(), "\n".join(changes)))
    if not good: raise RuntimeError("it cannot go on")
    return want, [("change", i + 1, c) for i, c in enumerate(changes)] + [("request", i + 1, c) for i, c in enumerate(p.asked)]

def killed(p, name, before, want, point):
    """What is wrong when it is killed there, or None; whether it was."""
    (kind, n, _), when = point
    p.restore(before)
    p.scene(name)
    user = p.value("app", "username")
    p.watch(*((n, when) if kind == "request" else ()))
    p.begin(**({"LD_PRELOAD": p.shim, "KILL_AT": n, "KILL_WHEN": when} if kind == "change" else {}))
    if not p.ended():
        p.stop()
        return "it was not killed"
    unfit = p.unfit()
    p.watch()
    p.begin()
    same = p.until(lambda: p.calm() and p.dump() == want, 60)
    p.stop()
    if unfit: return "when it was killed: " + "; ".join(unfit)
    if not same: return "another end: %s %s" % (p.told("DatabasesReady"), [l for l in {*p.dump()} ^ {*want}][:6])
    if p.unfit(): return "at the end: " + "; ".join(p.unfit())
    if p.rotates and p.value("app", "username") == user: return "the rotation: from %s to %s" % (user, p.value("app", "username"))
    return None

def play(p, t):
    dice, before, all_points = random.Random(SEED), "start", []
    tap.note("seed %d" % SEED)
    p.save("start")
    for name in SCENES:
        want, steps = undisturbed(p, t, name)
        p.save(name)
        if name in (sys.argv[1:] or SCENES): all_points += [(name, before, want, (s, when)) for s in steps for when in ("before", "behind")]
        before = name
    n = len(all_points)
    chosen = [all_points[i] for i in sorted(dice.sample(range(n), n if os.environ.get("ALL") == "1" else min(POINTS, n)))]
    for name in (s for s in SCENES if s in (sys.argv[1:] or SCENES)):
        mine, wrong = [c for c in chosen if c[0] == name], []
        for _, start, want, point in mine:
            why = killed(p, name, start, want, point)
            if why: wrong.append("%s %s %d (%s): %s" % (point[1], *point[0], why))
        t.ok(mine and not wrong, "%s: killed at %d of %d points, the same end each time and nothing half-made" % (name, len(mine), len([c for c in all_points if c[0] == name])), "\n".join(wrong))
    t.note("%d points of %d" % (len(chosen), n))

if os.environ.get("SLOW_BUILD"):
    tap.skip("provisioning with kills", "a sanitizer's build cannot be preloaded")
    tap.done()
database.main(tap, "provisioning with kills", Provisioning, (play,), ("/log",))
