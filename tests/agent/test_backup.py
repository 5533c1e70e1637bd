#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Base backups by two agents on a real PostgreSQL with a replica: made, verified, let go, restored; with faults and kills. TAP.

Real: PostgreSQL, streaming, archiving, the agents, TLS between them, files of the archive. Not there: wal-g and the object store (walg_double over
the testbed's stand-in, which really copies), Patroni and the API server (false ones), a kubelet. The second agent has no API server at all."""
import json, os, shutil, signal, subprocess, sys, time
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
import tap
import place

BIN = "/usr/lib/postgresql/15/bin/"
DATA = "/home/postgres/pgdata/pgroot/data"
HERE = os.path.dirname(os.path.realpath(__file__))
STORE = "/etc/store"
A, B = place.NAMES[:2]
FAST = (("schedule: 45 0 * * *", 'schedule: "* * * * *"\n    jitter: 1s'), ("retention: 14d", "retention: 365d"))

def run(*argv, inside=(), **kw):
    r = subprocess.run([*inside, *argv], capture_output=True, text=True, timeout=120, **kw)
    if r.returncode: raise OSError("%s: %d %s" % (" ".join(argv[:9])[:200], r.returncode, r.stderr[-600:]))
    return r.stdout

def named(pod):
    """argv in front of a program whose host name is that of a pod"""
    return ["unshare", "-u", "sh", "-c", 'hostname %s && exec "$@"' % pod, "sh"]

class Cluster(place.Place):
    """A Place with PostgreSQL in it, and a second member in mounts and a network of its own."""
    def __enter__(self):
        super().__enter__()
        os.chmod(self.dir, 0o755)
        self.uid, self.gid = int(run("id", "-u", "postgres")), int(run("id", "-g", "postgres"))
        os.makedirs(self.dir + "/bin")
        shutil.copy(HERE + "/walg_double", self.dir + "/bin/wal-g")
        shutil.copy(place.ROOT + "/tests/testbed/kube-testbed/spilo-standin/wal-g", self.dir + "/bin/wal-g.standin")
        shutil.copy(place.ROOT + "/tests/testbed/kube-testbed/spilo-standin/envdir", self.dir + "/bin/envdir")
        run("mount", "--bind", self.dir + "/bin", "/usr/local/bin")
        os.makedirs(self.dir + STORE)
        os.chmod(self.dir + STORE, 0o777)
        open(self.dir + "/etc/walg-calls", "w").close()
        os.chmod(self.dir + "/etc/walg-calls", 0o666)
        self.second, self.holder, self.helper = None, None, None
        self.orders()
        self.settings("/run")
        self.secrets()
        self.primary()
        return self

    def __exit__(self, *whatever):
        for program in (self.second, self.helper, self.holder):
            if program:
                program.kill()
                program.wait()
        if self.holder: self.pg_ctl("stop", "-m", "immediate", data=self.dir + "/second/home/postgres/pgdata/pgroot/data")
        self.pg_ctl("stop", "-m", "immediate")
        subprocess.run(["umount", "-l", "/usr/local/bin"])
        super().__exit__(*whatever)

    def settings(self, run_folder):
        where = self.dir + run_folder + "/etc/wal-e.d/env"
        os.makedirs(where)
        for name, value in (("WALG_FILE_PREFIX", STORE), ("WALG_COMPRESSION_METHOD", "lz4"), ("AWS_SESSION_TOKEN", "")):
            with open(where + "/" + name, "w") as f: f.write(value)

    def secrets(self):
        for purpose, keys in (("system", ("superuser-password", "pooler-password", "console-password", "userlist.txt")), ("backup-key", ("key",))):
            os.makedirs(self.dir + "/etc/howdah/secrets/" + purpose)
            for key in keys: self.put("/etc/howdah/secrets/%s/%s" % (purpose, key), "secret-of-" + key)

    def orders(self, *changes):
        """The orders with texts replaced"""
        with open(place.ORDERS) as f: text = f.read()
        for old, new in changes:
            assert old in text, old
            text = text.replace(old, new)
        self.put("/etc/howdah/orders/orders.yaml", text)

    def pg_ctl(self, *argv, data=DATA, inside=()):
        return subprocess.run([*inside, "setpriv", "--reuid", str(self.uid), "--regid", str(self.gid), "--clear-groups", BIN + "pg_ctl", "-s", "-w", "-D", data, *argv],
                              cwd="/", capture_output=True, text=True, env={"PATH": "/usr/bin:/bin", "HOME": "/tmp", "LC_ALL": "C"})

    def owned(self, top):
        for at, folders, files in os.walk(top):
            for name in [at, *(at + "/" + f for f in files)]: os.chown(name, self.uid, self.gid)

    def primary(self):
        os.makedirs(self.dir + DATA)
        os.chmod(self.dir + DATA, 0o700)
        for folder in ("/home/postgres", "/run/postgresql"): self.owned(self.dir + folder)
        self.pg_ctl("initdb", "-o", "-U postgres -A trust -k")
        with open(self.dir + DATA + "/postgresql.conf", "a") as f: f.write("""
listen_addresses = ''
unix_socket_directories = '/run/postgresql'
archive_mode = on
archive_command = '/usr/local/bin/envdir /run/etc/wal-e.d/env /usr/local/bin/wal-g wal-push "%p"'
archive_timeout = 3s
checkpoint_timeout = 30s
max_connections = 50
fsync = off
shared_buffers = 16MB
""")
        started = self.pg_ctl("start", "-l", "/tmp/howdah-pg-a.log")
        assert started.returncode == 0, started.stderr

    def replica(self):
        """A second member that streams from the first, with an agent of its own"""
        top = self.dir + "/second"
        for folder in ("/run/postgresql", "/run/howdah", "/home/postgres/pgdata/pgroot", "/run/secrets/kubernetes.io/serviceaccount"): os.makedirs(top + folder)
        shutil.copytree(self.dir + place.TOKEN, top + place.TOKEN, dirs_exist_ok=True)
        shutil.copy(self.dir + "/run/howdah/trust.crt", top + "/run/howdah/trust.crt")
        self.settings("/second/run")
        for folder in ("/home/postgres", "/run/postgresql"): self.owned(top + folder)
        self.holder = subprocess.Popen(["unshare", "-mnu", "--propagation", "private", "sh", "-c", """hostname %s
            mkdir -p %s/primary && mount --bind /run/postgresql %s/primary && mount --bind %s/run /run && mount --bind %s/home /home && exec sleep 100000"""
                                        % (B, top, top, top, top)])
        inside = self.inside = ["nsenter", "-t", str(self.holder.pid), "-m", "-n", "-u"]
        self.until(lambda: run("hostname", inside=inside).strip() == B and subprocess.run([*inside, "mountpoint", "-q", "/home"]).returncode == 0)
        run("ip", "link", "add", "ours", "type", "veth", "peer", "name", "theirs", "netns", str(self.holder.pid))
        for end, address, where in (("ours", "10.99.0.1/24", ()), ("theirs", "10.99.0.2/24", inside)):
            run("ip", "addr", "add", address, "dev", end, inside=where)
            run("ip", "link", "set", end, "up", inside=where)
        run("ip", "link", "set", "lo", "up", inside=inside)
        with open(self.dir + "/etc/hosts", "a") as f: f.write("10.99.0.2 %s.shared-pods.team-shared.svc\n" % B)
        run("setpriv", "--reuid", str(self.uid), "--regid", str(self.gid), "--clear-groups", BIN + "pg_basebackup", "-h", top + "/primary", "-U", "postgres",
            "-D", DATA, "-R", "-X", "stream", "-c", "fast", inside=inside, cwd="/")
        started = self.pg_ctl("start", "-l", "/tmp/howdah-pg-b.log", inside=inside)
        assert started.returncode == 0, started.stderr
        self.helper = subprocess.Popen([*inside, sys.executable, os.path.realpath(__file__), "patroni", self.dir], env={**os.environ, "HOWDAH_INSIDE": "1"})
        self.start_second()

    def start_second(self):
        env = {"POD_NAME": B, "POD_NAMESPACE": "team-shared", "POD_IP": "10.99.0.2", "SCOPE": "shared-i2", "PATH": "/usr/bin:/bin",
               "KUBERNETES_SERVICE_HOST": "10.99.0.9", "KUBERNETES_SERVICE_PORT": "443"}
        if "ASAN_OPTIONS" in os.environ: env["ASAN_OPTIONS"] = os.environ["ASAN_OPTIONS"]
        self.second = subprocess.Popen([*self.inside, place.AGENT, "run"], env=env, stderr=open(self.dir + "/log-second", "a"))

    def start(self):
        self.prefix = named(A)
        super().start()

    def kill(self):
        self.agent.kill()
        self.agent.wait()
        # a container would end with its first process; here its children outlive it
        subprocess.run(["pkill", "-9", "-s", "0", "-f", "^nothing"])

    def sql(self, text, inside=(), database="postgres"):
        return run("psql", "-XAtq", "-h", "/run/postgresql", "-U", "postgres", "-d", database, "-c", text, inside=inside).strip()

    def double(self, *lines): self.put("/etc/walg-double", "".join(l + "\n" for l in lines))

    def calls(self, *words):
        """Calls of wal-g that begin with words, as (time, host, rest)"""
        with open(self.dir + "/etc/walg-calls") as f: found = [l.split(" ", 2) for l in f if l.count(" ") >= 2]
        return [(int(t), host, rest.strip()) for t, host, rest in found if rest.split()[:len(words)] == list(words)]

    def backups(self):
        """Names of whole backups in the store, the oldest first"""
        try: names = os.listdir(self.dir + STORE + "/basebackups_005")
        except FileNotFoundError: return []
        tail = "_backup_stop_sentinel.json"
        return sorted((n[:-len(tail)] for n in names if n.endswith(tail)), key=lambda n: os.path.getmtime("%s/basebackups_005/%s%s" % (self.dir + STORE, n, tail)))

    def told(self): return self.api.record.get("status", {}).get("backups", {})
    def only(self, n):
        """Patroni tells of the first n members"""
        whole = place.Patroni.cluster
        self.patroni.cluster = lambda: {"scope": "shared-i2", "members": whole(self.patroni)["members"][:n]}

    def page_status(self): return json.loads(self.page("/status")[1])

def first(p, t):
    p.only(1)
    p.sql("create table kept (n int); insert into kept select generate_series(1, 1000)")
    p.start()
    t.ok(p.until(lambda: p.api.condition("BackupHealthy") == ("True", "BackupsFine"), 90), "the first backup is made at once, verified, and told: %s" % (p.api.condition("BackupHealthy"),))
    last, names = p.told().get("last", {}), p.backups()
    t.ok(len(names) == 1 and last.get("name") == names[0] and last.get("member") == A and last.get("size", 0) > 1000, "its name, member, size: %s" % last)
    t.ok(p.told().get("count") == 1 and p.told().get("oldestRestorable") == last.get("finished"), "what a restore can reach: %s" % p.told())
    t.ok(p.sql("select count(*) from howdah.backup_attempts where ended is not null and backup = '%s' and error is null" % names[0]) == "1", "the attempt is noted")
    t.ok(p.sql("select corrupt from howdah.backup_checks") == "0", "its pages were looked at")
    t.ok(len(p.calls("wal-verify")) >= 1 and p.calls("wal-verify")[-1][0] >= p.calls("backup-push")[-1][0], "WAL was verified behind it")
    t.ok(p.api.condition("KeysMissing") == ("False", "KeysThere"), "all keys are there")
    t.ok(p.api.condition("RestoreProven") == ("Unknown", "DrillAwaited"), "no drill ran yet")
    text = p.page("/metrics")[1]
    t.ok('\nhowdah_backups{state="good"} 1\n' in text and "\nhowdah_backup_failures 0\n" in text, "metrics tell it")

def restores(p, t):
    """What lies in the archive is a database: up to the last row that was archived."""
    p.sql("insert into kept values (1001)")
    p.sql("select pg_switch_wal()")
    p.until(lambda: p.sql("select last_archived_wal >= pg_walfile_name(pg_current_wal_lsn() - 1) or pg_current_wal_lsn() = '0/0' from pg_stat_archiver") == "t", 15)
    where = p.dir + "/home/scratch"
    walg = ["/usr/local/bin/envdir", "/run/etc/wal-e.d/env", "/usr/local/bin/wal-g"]
    run(*walg, "backup-fetch", "/home/scratch", p.backups()[-1])
    with open(where + "/postgresql.auto.conf", "a") as f: f.write("""restore_command = '%s wal-fetch "%%f" "%%p"'
archive_mode = off
unix_socket_directories = '/home/scratch'
""" % " ".join(walg))
    open(where + "/recovery.signal", "w").close()
    p.owned(where)
    started = p.pg_ctl("start", "-l", "/tmp/howdah-pg-c.log", data="/home/scratch")
    rows = subprocess.run(["psql", "-XAtq", "-h", "/home/scratch", "-U", "postgres", "-c", "select count(*), max(n) from kept"], capture_output=True, text=True).stdout.strip()
    t.ok(rows == "1001|1001", "it restores, with the rows that came behind it: %s %s" % (rows, started.stderr))
    p.pg_ctl("stop", "-m", "immediate", data="/home/scratch")
    shutil.rmtree(where)

def from_replica(p, t):
    p.replica()
    p.only(2)
    p.orders(*FAST)
    t.ok(p.until(lambda: p.told().get("last", {}).get("member") == B, 150), "the next one is made by the replica, without an API server: %s" % p.told())
    pushes = [host for _, host, _ in p.calls("backup-push")]
    t.ok(pushes[-1] == B and pushes[0] == A, "wal-g ran there: %s" % pushes)
    t.ok(p.sql("select count(*) from howdah.backup_attempts", inside=p.inside) == p.sql("select count(*) from howdah.backup_attempts"), "the table is replicated")
    gaps = [b - a for (a, _, _), (b, _, _) in zip(p.calls("backup-push"), p.calls("backup-push")[1:])]
    t.ok(all(g >= 20 for g in gaps), "once for each time that it is due: %s s between" % gaps)

def main():
    t, why = tap, place.inside()
    if not why and not os.path.exists(BIN + "initdb"): why = "PostgreSQL 15 is not there"
    if why:
        t.skip("base backups", why)
        t.done()
    with Cluster() as p:
        try:
            for step in (first, restores, from_replica): step(p, t)
        except Exception as e:
            import traceback
            t.ok(False, "%s: %s" % (type(e).__name__, e), traceback.format_exc())
        if t.counts["not ok"]:
            for log in ("/log", "/log-second"):
                if os.path.exists(p.dir + log): sys.stdout.write("".join("#  " + l[:300] + "\n" for l in open(p.dir + log).read().splitlines()[-30:]))
    t.done()

def false_patroni(folder):
    """The Patroni of the second member, in its network"""
    patroni = place.Patroni(folder + "/etc/howdah/tls/server", folder + "/pki/ca.crt")
    member = patroni.member
    patroni.member = lambda: {**member(), "role": "replica"}
    signal.pause()

if sys.argv[1:2] == ["patroni"]: false_patroni(sys.argv[2])
else: main()
