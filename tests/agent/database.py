# SPDX-License-Identifier: Apache-2.0
"""A Place with a real PostgreSQL and an archive in a folder: one member, or a second one with a replica, in mounts and a network of its own."""
import base64, json, os, shutil, signal, subprocess, sys, time
import place

BIN = "/usr/lib/postgresql/15/bin/"
DATA = "/home/postgres/pgdata/pgroot/data"
HERE = os.path.dirname(os.path.realpath(__file__))
STORE = "/etc/store"
A, B = place.NAMES[:2]

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

    def end(self): pass

    def settings(self, run_folder):
        where = self.dir + run_folder + "/etc/wal-e.d/env"
        os.makedirs(where)
        for name, value in (("WALG_FILE_PREFIX", STORE), ("WALG_COMPRESSION_METHOD", "lz4"), ("AWS_SESSION_TOKEN", "")):
            with open(where + "/" + name, "w") as f: f.write(value)

    def secrets(self):
        users = "".join('"howdah_%s" "secret-of-%s-password"\n' % (u, u) for u in ("console", "pooler"))
        values = {k: "secret-of-" + k for k in ("superuser-password", "pooler-password", "console-password")}
        self.api.put("/api/v1/namespaces/team-shared/secrets/shared-system", data={k: base64.b64encode(v.encode()).decode() for k, v in {**values, "userlist.txt": users}.items()})
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
        for folder in ("/run/postgresql", "/run/howdah", "/home/postgres/pgdata/pgroot", "/home/of-the-second", "/run/secrets/kubernetes.io/serviceaccount"): os.makedirs(top + folder)
        shutil.copytree(self.dir + place.TOKEN, top + place.TOKEN, dirs_exist_ok=True)
        shutil.copy(self.dir + "/run/howdah/trust.crt", top + "/run/howdah/trust.crt")
        self.settings("/second/run")
        for folder in ("/home/postgres", "/run/postgresql"): self.owned(top + folder)
        self.holder = subprocess.Popen(["unshare", "-mnu", "--propagation", "private", "sh", "-c", """hostname %s
            mkdir -p %s/primary && mount --bind /run/postgresql %s/primary && mount --bind %s/run /run && mount --bind %s/home /home && exec sleep 100000"""
                                        % (B, top, top, top, top)])
        inside = self.inside = ["nsenter", "-t", str(self.holder.pid), "-m", "-n", "-u"]
        self.until(lambda: run("hostname", inside=inside).strip() == B and subprocess.run([*inside, "test", "-e", "/home/of-the-second"]).returncode == 0)
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
        self.helper = subprocess.Popen([*inside, sys.executable, os.path.realpath(__file__), self.dir], env={**os.environ, "HOWDAH_INSIDE": "1"})
        self.start_second()

    def start_second(self):
        env = {"POD_NAME": B, "POD_NAMESPACE": "team-shared", "POD_IP": "10.99.0.2", "SCOPE": "shared-i2", "PATH": "/usr/bin:/bin",
               "KUBERNETES_SERVICE_HOST": "10.99.0.9", "KUBERNETES_SERVICE_PORT": "443"}
        if "ASAN_OPTIONS" in os.environ: env["ASAN_OPTIONS"] = os.environ["ASAN_OPTIONS"]
        self.second = subprocess.Popen([*self.inside, place.AGENT, "run"], env=env, stderr=open(self.dir + "/log-second", "a"))

    def start(self):
        self.prefix = named(A)
        super().start()

    def below(self, pid):
        """Processes that PID began, and theirs"""
        with open("/proc/%d/task/%d/children" % (pid, pid)) as f: kids = [int(k) for k in f.read().split()]
        return kids + [k for kid in kids for k in self.below(kid)]

    def kill(self):
        """The container of the agent ends at once, and with it all that it runs"""
        gone = [self.agent.pid, *self.below(self.agent.pid)]
        for pid in gone: os.kill(pid, signal.SIGKILL)
        self.agent.wait()
        self.agent = None

    def again(self, *double):
        """Another process of the agent, under other faults of wal-g"""
        self.stop()
        self.double(*double)
        self.start()

    def reason(self): return (self.api.condition("BackupHealthy") or ("", ""))[1]

    def open(self): return self.sql("select count(*) from howdah.backup_attempts where ended is null") == "1"

    def sql(self, text, inside=(), database="postgres"):
        return run("psql", "-XAtq", "-h", "/run/postgresql", "-U", "postgres", "-d", database, "-c", text, inside=inside).strip()

    def switch(self):
        """What is written is in the archive"""
        last = self.sql("select pg_walfile_name(pg_switch_wal() - 1)")
        self.until(lambda: self.sql("select coalesce(last_archived_wal, '') >= '%s' from pg_stat_archiver" % last) == "t", 20)

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

def main(t, title, kind, steps, logs):
    """Runs steps(p, t) in a place of this KIND, up to the first that cannot go on; ends the process. logs: what is worth reading when one failed."""
    why = place.inside()
    if not why and not os.path.exists(BIN + "initdb"): why = "PostgreSQL 15 is not there"
    if why:
        t.skip(title, why)
        t.done()
    with kind() as p:
        try:
            for step in steps: step(p, t)
        except Exception as e:
            import traceback
            t.ok(False, "%s: %s" % (type(e).__name__, e), traceback.format_exc())
        if t.counts["not ok"]:
            for log in logs:
                if os.path.exists(p.dir + log): sys.stdout.write("".join("#  " + l[:300] + "\n" for l in ["== " + log, *open(p.dir + log).read().splitlines()[-25:]]))
        p.end()
    t.done()

def false_patroni(folder):
    """The Patroni of the second member, in its network"""
    patroni = place.Patroni(folder + "/etc/howdah/tls/server", folder + "/pki/ca.crt")
    member = patroni.member
    patroni.member = lambda: {**member(), "role": "replica"}
    signal.pause()

if __name__ == "__main__": false_patroni(sys.argv[1])
