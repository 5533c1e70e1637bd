#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The restore drill: prepare, drill and report as its pod runs them, over a real archive of a real PostgreSQL, with faults. TAP.

Real: PostgreSQL, amcheck, the scripts, the reports. Not there: wal-g and the object store (walg_double), the pod, the API server (a false one)."""
import json, os, shutil, signal, subprocess, sys, time
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
import tap
import database, place
from database import A, BIN, STORE, Cluster, run

QUERIES = """queries:
        - {name: all, database: loyalty, sql: "select count(*) = 1000 from kept"}
        - {name: sum, database: loyalty, sql: "select sum(n) from kept", expect: "500500"}
    """
WITH = ("drill: {enabled: true, schedule: 0 5 * * 6, maxDuration: 4h, cronJob: shared-drill}",
        "drill:\n      enabled: true\n      schedule: 0 5 * * 6\n      maxDuration: 4h\n      cronJob: shared-drill\n      ")

class Drills(Cluster):
    """The drill's pod has a /run and a volume of its own; the archive is the members'"""
    def pod(self):
        """Fresh mounts: argv in front of what runs in the pod"""
        self.end()
        top = self.dir + "/drill"
        shutil.rmtree(top, ignore_errors=True)
        for folder in ("/run/secrets", "/home/postgres/pgdata", "/home/of-the-drill"): os.makedirs(top + folder)
        shutil.copytree(self.dir + place.TOKEN, top + place.TOKEN)
        with open(top + place.TOKEN + "/token", "w") as f: f.write(self.api.token)
        shutil.copy(self.pki + "/ca.crt", top + place.TOKEN + "/ca.crt")
        os.makedirs("/run/howdah", exist_ok=True)
        self.owned(top)
        self.holder = subprocess.Popen(["unshare", "-m", "--propagation", "private", "sh", "-c",
                                        "mount --bind %s/run /run && mount --bind %s/home /home && exec sleep 100000" % (top, top)])
        self.into = ["nsenter", "-t", str(self.holder.pid), "-m"]
        self.until(lambda: subprocess.run([*self.into, "test", "-e", "/home/of-the-drill"]).returncode == 0)     # it is mounted last
        return top

    def end(self):
        for p in (self.holder,):
            if p:
                p.kill()
                p.wait()
        self.holder = None

    def user(self): return [*self.into, "setpriv", "--reuid", str(self.uid), "--regid", str(self.gid), "--clear-groups"]

    def prepare(self):
        return subprocess.run([*self.user(), place.AGENT, "drill-prepare"], capture_output=True, text=True, cwd="/", env={"PATH": "/usr/bin:/bin"})

    def drill(self, **env):
        return subprocess.Popen([*self.user(), "/run/howdah/bin/drill"], cwd="/", stdout=subprocess.DEVNULL, stderr=open(self.dir + "/log-drill", "a"),
                                env={"PATH": "/usr/local/bin:/usr/bin:/bin", "PGVERSION": "15", "WALG_FILE_PREFIX": STORE, "HOME": "/tmp", **env})

    def report(self):
        return subprocess.Popen([*self.user(), place.AGENT, "drill-report"], cwd="/", stderr=self.log,
                                env={"PATH": "/usr/bin:/bin", "POD_NAMESPACE": "team-shared", "KUBERNETES_SERVICE_HOST": "127.0.0.1",
                                     "KUBERNETES_SERVICE_PORT": str(self.api.port)})

    def whole(self, *double, changes=(), **env):
        """One drill from its beginning to its report: exit codes of drill and report, and the newest result"""
        self.orders((WITH[0], WITH[1] + QUERIES), *changes)
        self.double(*double)
        self.pod()
        done = self.prepare()
        if done.returncode: return done.returncode, done.stderr, {"message": "not prepared: " + done.stderr}
        report, drill = self.report(), self.drill(**env)
        codes = drill.wait(300), report.wait(60)
        self.double()
        return (*codes, self.results()[0])

    def drills(self): return self.api.record.get("status", {}).get("drills", {})
    def results(self): return self.drills().get("results", [])

def archive(p, t):
    """A backup, then rows, one of them after the moment that a drill aims at"""
    p.sql("create database loyalty")
    p.sql("create role loyalty_reader nologin")
    p.sql("create table kept (n int primary key); insert into kept select generate_series(1, 1000); grant select on kept to loyalty_reader", database="loyalty")
    env = {"PATH": "/usr/local/bin:/usr/bin:/bin", "WALG_FILE_PREFIX": STORE, "PGHOST": "/run/postgresql", "PGUSER": "postgres"}
    subprocess.run(["/usr/local/bin/wal-g", "backup-push", "/home/postgres/pgdata/pgroot/data"], env=env, check=True, capture_output=True)
    p.switch()
    t.ok(len(p.backups()) == 1, "a backup and WAL are there")

def passes(p, t):
    drill, report, last = p.whole()
    t.ok((drill, report) == (0, 0) and last["result"] == "Passed", "a drill passes: %s %s %s" % (drill, report, last))
    t.ok(last["queries"] == "2/2" and last["backup"] == p.backups()[0] and 0 <= last["recoveryTime"] < 100, "questions, backup, recovery time")
    t.ok(p.drills()["last"] == last["finished"], "and when")
    t.ok(0 <= last["dataLoss"] < 300, "an idle database: the age of its newest change: %s" % last)
    p.sql("insert into kept values (1001)", database="loyalty")
    p.switch()
    time.sleep(4)
    p.sql("insert into kept values (1002)", database="loyalty")
    p.switch()
    drill, report, last = p.whole(changes=[("maxDataLoss: 60s", "maxDataLoss: 3s")])
    t.ok(drill == 1 and last["result"] == "Failed" and last["message"].startswith("query all:"), "a wrong answer fails it: %s" % last)
    t.ok(last["queries"] == "0/2" and "501501" in open(p.dir + "/drill/run/howdah/drill/progress" if os.path.exists(p.dir + "/drill/run/howdah/drill/progress") else p.dir + "/drill/run/howdah/drill/report").read(),
         "it is restored to a moment: the row before it is there, the one behind it is not")
    t.ok(last["dataLoss"] == 3 and p.drills()["last"] != last["finished"], "the moment counts, and the last one that passed stays told: %s" % p.drills())
    p.sql("delete from kept where n > 1000", database="loyalty")
    p.switch()

def raised(p, t):
    """A setting that was raised behind the backup: recovery would wait for it for ever, but the orders have it."""
    p.sql("alter system set max_connections = 80")
    p.pg_ctl("restart", "-l", "/tmp/howdah-pg-a.log", "-m", "fast")
    p.sql("create table later (n int)")
    p.switch()
    soon = ("maxDataLoss: 60s", "maxDataLoss: 1s")
    time.sleep(2)
    drill, report, last = p.whole(changes=[soon])
    t.ok((drill, report) == (0, 0) and last["result"] == "Passed", "max_connections was raised since: %s" % last)
    drill, report, last = p.whole(changes=[soon, ("{max_connections: 150,", "{max_connections: 60,")])
    t.ok((drill, report) == (1, 0) and "insufficient parameter settings" in last["message"], "without it, the drill does not wait for ever: %s" % last)

def wrong(p, t):
    for title, double, want in (
            ("the store does not answer", ["backup-list fail"], "cannot be listed"),
            ("half a list", ["backup-list half"], "has no backup"),
            ("a list of other things", ["backup-list types"], "has no backup"),
            ("the backup cannot be fetched", ["backup-fetch fail"], "cannot be fetched"),
            ("WAL cannot be fetched", ["wal-fetch fail"], "does not roll forward")):
        drill, report, last = p.whole(*double)
        t.ok((drill, report) == (1, 0) and last["result"] == "Failed" and want in last["message"], "%s: %s" % (title, last))
        t.ok("AKIA" not in json.dumps(p.api.record), "%s: no secret in the record" % title)
    for title, query, want in (
            ("a question that writes", "insert into kept values (0) returning 't'", "read-only"),
            ("a question that is more", "select 't'; set role postgres", "permission denied"),
            ("a question to the shell", "\\\\\\\\! touch /run/howdah/drill/owned", "backslash"),
            ("a question to the server's files", "select pg_read_file('/run/howdah/keys/backup-key')", "permission denied"),
            ("a question without an answer", "select nothing from nowhere", "does not exist")):
        drill, report, last = p.whole(changes=[('sql: "select count(*) = 1000 from kept"', 'sql: "%s"' % query)])
        t.ok(last and last["result"] == "Failed" and want in last["message"], "%s: %s" % (title, last or report))
    t.ok(not os.path.exists(p.dir + "/drill/run/howdah/drill/owned"), "nothing ran in the pod")

def damaged(p, t):
    """Pages that are wrong in the backup are found."""
    name = p.backups()[0]
    part = p.dir + STORE + "/basebackups_005/%s/tar_partitions/part_001.tar.lz4" % name
    shutil.copy(part, p.dir + "/part")
    path = p.sql("select pg_relation_filepath('kept_pkey')", database="loyalty")
    work = p.dir + "/damage"
    os.makedirs(work)
    subprocess.run("lz4 -q -d < %s | tar -x -C %s" % (part, work), shell=True, check=True)
    with open(work + "/" + path, "r+b") as f:
        f.seek(8192 + 4000)
        f.write(b"\x55" * 2000)
    subprocess.run("tar -c -C %s . | lz4 -q -1 - > %s" % (work, part), shell=True, check=True)
    drill, report, last = p.whole()
    t.ok((drill, report) == (1, 0) and last["message"].startswith("amcheck:"), "an index that is damaged: %s" % last)
    shutil.copy(p.dir + "/part", part)

def ended(p, t):
    """A drill that does not come to its end is told, too."""
    p.orders((WITH[0], WITH[1] + QUERIES))
    p.double("backup-fetch hang")
    p.pod()
    t.ok(p.prepare().returncode == 0, "prepared")
    n = len(p.results())
    calls = len(p.calls("backup-fetch"))
    report, drill = p.report(), p.drill()
    p.until(lambda: len(p.calls("backup-fetch")) > calls, 20)
    time.sleep(2)
    report.terminate()
    t.ok(report.wait(60) == 0 and p.results()[0]["message"].startswith("it took longer"), "the pod's time is over: %s" % p.results()[0])
    t.ok(len(p.results()) == min(10, n + 1) and p.results()[0]["backup"] == p.backups()[0], "with what was known")
    for pid in [*p.below(drill.pid), drill.pid]: os.kill(pid, signal.SIGKILL)
    drill.wait()
    conflicts = []
    def conflict(request, body):
        if request.command != "PATCH" or len(conflicts) >= 2: return False
        conflicts.append(1)
        request.answer(409, {"message": "the object has been modified"})
        return True
    p.api.fault = conflict
    drill, report, last = p.whole()
    p.api.fault = None
    t.ok((drill, report) == (0, 0) and len(conflicts) == 2 and last["result"] == "Passed", "conflicts: the record's newest state is taken: %s" % last)
    t.ok(len(p.results()) == 10, "ten results stay")

def unprepared(p, t):
    p.orders((WITH[0], WITH[1] + QUERIES))
    os.rename(p.dir + "/etc/howdah/secrets/backup-key/key", p.dir + "/key")
    p.pod()
    done = p.prepare()
    t.ok(done.returncode == 4 and "shared-backup-key" in done.stderr, "without the key it does not begin: %s" % done.stderr.strip())
    os.rename(p.dir + "/key", p.dir + "/etc/howdah/secrets/backup-key/key")
    p.put("/etc/howdah/orders/orders.yaml", "nonsense: [")
    t.ok(p.prepare().returncode == 4, "nor without orders")

database.main(tap, "restore drills", Drills, (archive, passes, raised, wrong, damaged, ended, unprepared),
              ("/log", "/log-drill", "/drill/run/howdah/drill/log", "/drill/run/howdah/drill/report", "/drill/run/howdah/drill/words"))
