# SPDX-License-Identifier: Apache-2.0
"""A cluster without containers: three members (PostgreSQL, Patroni, howdah-agent), two poolers (PgBouncer, its agent), each in a
network and mounts of its own, a false API server, and a proxy in the place of the leader's Service. Real: all programs, TLS,
logins. Not there: the kubelet and kube-proxy."""
import json, os, select, shutil, signal, socket, ssl, subprocess, sys, tempfile, threading, time, http.client
import place

PATRONI = os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "howdah/patroni-4.1.5")  # tests/deps.sh e2e
BIN = "/usr/lib/postgresql/15/bin"
PGBOUNCER = os.environ.get("PGBOUNCER") or shutil.which("pgbouncer", path="/usr/sbin:/usr/bin")
NS, DOMAIN, HEADLESS = "team-shared", "team-shared.svc.cluster.local", "shared-pods"
MEMBERS, POOLERS = place.NAMES, ["shared-pooler-0", "shared-pooler-1"]
SERVICE = "shared-leader." + DOMAIN
OUTSIDE, LEADER = "10.9.0.1", "10.9.0.2"
ADDRESS = {name: "10.9.0.%d" % (10 + i) for i, name in enumerate(MEMBERS + POOLERS)}
RIGHT = 60                                    # seconds after an event in which the record tells the truth
LATE = float(os.environ.get("LATE", "0.5"))   # seconds until the Service leads to a new primary
POSTGRES = ["setpriv", "--pdeathsig", "TERM", "--reuid", "postgres", "--regid", "postgres", "--init-groups"]

def missing():
    """Why no cluster can run here, or nothing."""
    for path in (PATRONI + "/patroni", BIN + "/postgres", "/usr/bin/etcd", PGBOUNCER or "pgbouncer"):
        if not os.path.exists(path): return "no %s: tests/deps.sh e2e test" % path
    try: import psycopg2
    except ImportError: return "no psycopg2: tests/deps.sh e2e"

def run(*argv): subprocess.run(argv, check=True, capture_output=True)

ARCHIVING = {"archive_mode": "on", "archive_timeout": "10s", "archive_command": "/usr/local/bin/envdir /run/etc/wal-e.d/env /usr/local/bin/wal-g wal-push \"%p\""}
FETCHING = {"restore_command": "/usr/local/bin/envdir /run/etc/wal-e.d/env /usr/local/bin/wal-g wal-fetch \"%f\" \"%p\""}   # as Spilo has it
ASKING = {"auth_query": "SELECT usename, passwd FROM howdah_pooler.get_auth($1)", "auth_user": "howdah_pooler"}

# What a member that starts, and a pooler that is asked, say several times a second
NOISE = ("the database system is starting up", "establishing a new patroni heartbeat", "client close request", "login attempt", "tls_sbufio_recv")

def below(pid):
    try:
        with open("/proc/%d/task/%d/children" % (pid, pid)) as f: kids = [int(k) for k in f.read().split()]
    except OSError: return []
    return kids + [k for kid in kids for k in below(kid)]

def postmaster(c, name):
    with open(c.pods[name].dir + "/home/postgres/pgdata/pgroot/data/postmaster.pid") as f: return int(f.readline())

def shoot(pids, number):
    for pid in pids:
        try: os.kill(pid, number)
        except ProcessLookupError: pass

class Pod:
    """A network, and /run, /etc and /home of its own below DIR. Programs in it are ended with it."""
    def __init__(self, cluster, name):
        self.cluster, self.name, self.dir, self.programs = cluster, name, "%s/%s" % (cluster.dir, name), {}
        for top in ("run", "home", "etc"): os.makedirs("%s/%s" % (self.dir, top))
        if cluster.volume: run("mount", "-t", "tmpfs", "-o", "mode=755,size=%dm" % cluster.volume, "tmpfs", self.dir + "/home")
        for part in ("passwd", "group", "nsswitch.conf", "ssl"):
            if os.path.isdir("/etc/" + part): shutil.copytree("/etc/" + part, self.dir + "/etc/" + part, symlinks=True)
            elif os.path.exists("/etc/" + part): shutil.copy("/etc/" + part, self.dir + "/etc/")
        with open(self.dir + "/etc/hosts", "w") as f: f.write("127.0.0.1 localhost\n" + cluster.hosts())
        self.log = open(self.dir + "/log", "a")
        self.holder = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", "unshare", "-mn", "--propagation", "private", "sleep", "100000"])
        end = "v%d" % len(cluster.pods)
        run("ip", "link", "add", end, "type", "veth", "peer", "name", end + "in")
        time.sleep(0.1)
        run("ip", "link", "set", end + "in", "netns", str(self.holder.pid))
        run("ip", "link", "set", end, "master", "br0", "up")
        for top in ("run", "home", "etc"): self.do("mount", "--bind", "%s/%s" % (self.dir, top), "/" + top)
        for argv in (("link", "set", "lo", "up"), ("addr", "add", ADDRESS[name] + "/24", "dev", end + "in"), ("link", "set", end + "in", "up")): self.do("ip", *argv)

    def inside(self, *argv): return ["nsenter", "-t", str(self.holder.pid), "-m", "-n", "--", *argv]

    def do(self, *argv):
        p = subprocess.run(self.inside(*argv), capture_output=True, text=True, timeout=60)
        if p.returncode: raise RuntimeError("%s: %s: %s" % (self.name, argv, p.stderr))
        return p.stdout

    def start(self, what, *argv, env=()):
        """Begins a program as postgres; its process is .programs[what]."""
        env = {"PATH": "/usr/bin:/bin:" + BIN, "HOME": "/home/postgres", "LC_ALL": "C.UTF-8", **dict(env)}
        if "ASAN_OPTIONS" in os.environ: env["ASAN_OPTIONS"] = os.environ["ASAN_OPTIONS"]
        self.programs[what] = subprocess.Popen(self.inside(*POSTGRES, *argv), env=env, stdout=self.log, stderr=self.log, stdin=subprocess.DEVNULL)

    def kill(self, what, number=signal.SIGKILL):
        p = self.programs.pop(what, None)
        if p:
            p.send_signal(number)
            p.wait()

    def put(self, path, text, mode=0o644):
        os.makedirs(os.path.dirname(self.dir + path), exist_ok=True)
        with open(self.dir + path + ".new", "w") as f: f.write(text)
        os.chmod(self.dir + path + ".new", mode)
        os.replace(self.dir + path + ".new", self.dir + path)

    def own(self, *paths):
        for path in paths: run("chown", "-R", "postgres:", self.dir + path)

    def events(self):
        """What its agent logged."""
        found = []
        for line in open(self.dir + "/log", errors="replace"):
            try: found.append(json.loads(line))
            except ValueError: pass
        return [e for e in found if isinstance(e, dict) and "event" in e]

    def stop(self):
        for what in [w for w in self.programs if w != "patroni"] + ["patroni"]: self.kill(what, signal.SIGTERM if what == "patroni" else signal.SIGKILL)
        self.holder.kill()
        self.holder.wait()
        if self.cluster.volume: run("umount", "-l", self.dir + "/home")

class Service(threading.Thread):
    """In the place of the leader's Service: leads to whoever says it is the primary. Its answer is a moment old, as kube-proxy's is."""
    def __init__(self, cluster):
        super().__init__(daemon=True)
        self.cluster, self.to, self.over, self.away = cluster, None, False, []
        self.server = socket.create_server((LEADER, 5432), backlog=64)
        threading.Thread(target=self.find, daemon=True).start()

    def find(self):
        while not self.over:
            seen = next((n for n in MEMBERS if self.cluster.rest(n, "/primary")[0] == 200), self.to)
            if self.to and seen != self.to: time.sleep(LATE)
            self.to = seen
            time.sleep(0.2)

    def run(self):
        while not self.over:
            try: guest = self.server.accept()[0]
            except OSError: return
            threading.Thread(target=self.carry, args=(guest,), daemon=True).start()

    def carry(self, guest):
        if guest.getpeername()[0] == ADDRESS.get(self.to): return self.away.append(guest)    # not every network leads a pod back to itself
        try: there = socket.create_connection((ADDRESS[self.to], 5432), timeout=3)
        except (OSError, KeyError):
            guest.close()
            return
        pair = {guest: there, there: guest}
        try:
            while True:
                for side in select.select(list(pair), [], [])[0]:
                    data = side.recv(65536)
                    if not data: return
                    pair[side].sendall(data)
        except OSError: pass
        finally:
            guest.close()
            there.close()

class Client(threading.Thread):
    """An application: a row every 20 ms through one pooler, again when its fate is unknown. Counts failed statements and the longest wait for one."""
    def __init__(self, number, pooler):
        super().__init__(daemon=True)
        self.number, self.pooler, self.rows, self.failed, self.wait, self.errors, self.over = number, pooler, 0, 0, 0.0, [], False

    def run(self):
        import psycopg2
        session = None
        while not self.over:
            began = time.monotonic()
            try:
                if session is None:
                    session = psycopg2.connect(host=ADDRESS[self.pooler], port=6432, user="app", password="app-secret", dbname="loyalty", sslmode="require", connect_timeout=40)
                    session.autocommit = True
                with session.cursor() as c: c.execute("insert into rows values (%s, %s) on conflict do nothing", (self.number, self.rows))
                self.rows += 1
            except psycopg2.Error as e:
                self.failed += 1
                self.errors.append(str(e).strip()[:200])
                session = None
                time.sleep(0.2)
            self.wait = max(self.wait, time.monotonic() - began)
            time.sleep(0.02)

    def reset(self): self.failed, self.wait, self.errors = 0, 0.0, []

class Api(place.Api):
    """As place.Api; pods carry the label of the role that Patroni gives them."""
    def __init__(self, cluster):
        self.cluster = cluster
        super().__init__(cluster.pki, OUTSIDE)

    def serve(self, method, path, body):
        if "/pods?" in path:
            leader = self.cluster.service.to
            for p in self.pods: p["metadata"]["labels"]["howdah.dev/role"] = "primary" if p["metadata"]["name"] == leader else "replica"
        return super().serve(method, path, body)

class Kubelet(threading.Thread):
    """Brings what is in objects of the API into the pods, some time later: bring(data) for each path, when its data are others."""
    def __init__(self, c, late=2.0):
        super().__init__(daemon=True)
        self.c, self.late, self.over, self.seen, self.paths = c, late, False, {}, {}

    def watch(self, path, bring): self.paths[path] = bring

    def run(self):
        while not self.over:
            for path, bring in list(self.paths.items()):
                one = self.c.api.objects.get(path)
                data = dict(one.get("data", {})) if one else None   # what is not there any more stays in the pods
                if data is None or data == self.seen.get(path): continue
                time.sleep(self.late)
                self.seen[path] = data
                bring(data)
            time.sleep(0.2)

class Cluster:
    """Use as a context manager, inside mounts and a network of its own (place.inside)."""
    def __init__(self, synchronous=False, asking=False, archive=False, volume=None):
        """asking: poolers ask PostgreSQL for verifiers, as compiled ones do; their own two logins are in the Secret shared-system.
        archive: WAL and backups go to a folder, through walg_double, whose faults are put into the /etc of a pod.
        volume: MB of a volume of its own for the data of each pod."""
        self.synchronous, self.asking, self.archive, self.volume, self.pods, self.clients = synchronous, asking, archive, volume, {}, []
        self.service = self.etcd = None
        self.environment = {}               # of the agents, beside their own

    def hosts(self):
        lines = ["%s %s.%s.%s.svc %s.%s.%s" % (ADDRESS[n], n, HEADLESS, NS, n, HEADLESS, DOMAIN) for n in MEMBERS]
        lines += ["%s %s.shared-pooler-pods.%s" % (ADDRESS[n], n, DOMAIN) for n in POOLERS]
        return "\n".join(lines + ["%s %s" % (LEADER, SERVICE), ""])

    def __enter__(self):
        try: return self.begin()
        except BaseException:
            self.__exit__()
            raise

    def begin(self):
        self.dir = tempfile.mkdtemp(prefix="hw-", dir="/dev/shm")
        os.chmod(self.dir, 0o755)
        self.pki = self.dir + "/pki"
        os.makedirs(self.pki)
        place.authority(self.pki, "ca")
        self.trust = self.pki + "/trust.crt"        # whom this side trusts
        shutil.copy(self.pki + "/ca.crt", self.trust)
        run("ip", "link", "set", "lo", "up")
        # an address of its own: else it is that of one of its ends, and changes when that end leaves
        run("ip", "link", "add", "name", "br0", "address", "02:00:0a:09:00:01", "type", "bridge")
        for address in (OUTSIDE, LEADER): run("ip", "addr", "add", address + "/24", "dev", "br0")
        run("ip", "link", "set", "br0", "up")
        shutil.copytree(PATRONI, self.dir + "/site")
        self.etcd = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", "etcd", "--name", "e", "--data-dir", self.dir + "/etcd", "--listen-client-urls", "http://%s:2379" % OUTSIDE,
                                      "--advertise-client-urls", "http://%s:2379" % OUTSIDE, "--listen-peer-urls", "http://%s:2380" % OUTSIDE,
                                      "--initial-advertise-peer-urls", "http://%s:2380" % OUTSIDE, "--initial-cluster", "e=http://%s:2380" % OUTSIDE],
                                     stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.service = Service(self)
        self.service.start()
        self.api = Api(self)
        with open(place.ORDERS) as f: self.orders = f.read()
        if self.archive: self.store()
        for name in MEMBERS: self.member(name)
        for name in MEMBERS:
            self.begin_patroni(name)
            if name == MEMBERS[0]: self.until(lambda: self.service.to, 240, "a leader")
        self.until(self.healthy, 240, "three members")
        self.prepare()
        for name in POOLERS: self.pooler(name)
        return self

    def __exit__(self, *_):
        for c in self.clients: c.over = True
        if self.service: self.service.over = True
        for pod in list(self.pods.values())[::-1]: pod.stop()
        if self.etcd:
            self.etcd.terminate()
            self.etcd.wait()
        shutil.rmtree(self.dir, ignore_errors=True)

    def begin_patroni(self, name): self.pods[name].start("patroni", "/usr/bin/python3", "-m", "patroni", "/etc/patroni.yml", env={"PYTHONPATH": self.dir + "/site"})

    def begin_pooler(self, name): self.pods[name].start("pgbouncer", PGBOUNCER, "/etc/pgbouncer/pgbouncer.ini")

    def store(self):
        """The archive's folder, and the programs that write it."""
        for folder in ("/store", "/bin"): os.makedirs(self.dir + folder)
        os.chmod(self.dir + "/store", 0o777)
        shutil.copy(os.path.dirname(os.path.realpath(__file__)) + "/walg_double", self.dir + "/bin/wal-g")
        standin = place.ROOT + "/tests/testbed/kube-testbed/spilo-standin/"
        shutil.copy(standin + "wal-g", self.dir + "/bin/wal-g.standin")
        shutil.copy(standin + "envdir", self.dir + "/bin/envdir")

    def archives(self, pod):
        """The pod reaches the archive."""
        pod.do("mount", "--bind", self.dir + "/bin", "/usr/local/bin")
        for name, text in (("WALG_FILE_PREFIX", self.dir + "/store"), ("WALG_COMPRESSION_METHOD", "lz4")): pod.put("/run/etc/wal-e.d/env/" + name, text)
        for name in ("/etc/walg-calls", "/etc/walg-double"): pod.put(name, "", 0o666)
        pod.put("/etc/howdah/secrets/backup-key/key", "ab" * 32)

    def certificates(self, pod, folder, name, more=(), ca="ca"): place.leaf(self.pki, ca, name, pod.dir + folder, more=more)

    def issue(self, name, part, ca="ca"):
        """A certificate of a member (PART: server, postgres, standby), or of a pooler, signed by CA."""
        pod = self.pods[name]
        if name in POOLERS: self.certificates(pod, "/etc/howdah/tls", name + ".shared-pooler-pods." + DOMAIN, ["IP:" + ADDRESS[name]], ca)
        else:
            more = ["DNS:%s.%s.%s.svc" % (n, HEADLESS, NS) for n in MEMBERS] + ["DNS:" + SERVICE, "IP:" + ADDRESS[name]]
            self.certificates(pod, "/etc/howdah/tls/" + part, "shared-primary." + DOMAIN, more, ca)
            os.chmod(pod.dir + "/etc/howdah/tls/" + part + "/tls.key", 0o600)
        pod.own("/etc/howdah")

    def member(self, name):
        pod = self.pods[name] = Pod(self, name)
        for part in ("server", "postgres", "standby"): self.issue(name, part)
        with open(self.pki + "/ca.crt") as f: ca = f.read()
        for path, text in (("/etc/howdah/trust/ca.crt", ca), ("/run/howdah/trust.crt", ca), (place.TOKEN + "/ca.crt", ca), (place.TOKEN + "/token", self.api.token),
                           ("/etc/howdah/hba/pg_hba.conf", "local all postgres peer\n"), ("/etc/howdah/orders/orders.yaml", self.orders),
                           ("/etc/howdah/secrets/pooler/console-password", "console-secret"), ("/etc/howdah/secrets/system/superuser-password", "super"),
                           ("/etc/patroni.yml", self.patroni(name))): pod.put(path, text)
        if self.archive: self.archives(pod)
        os.makedirs(pod.dir + "/run/howdah/bin")
        shutil.copy(os.path.join(os.path.dirname(place.AGENT), "handover"), pod.dir + "/run/howdah/bin/handover")
        for path in ("/run/postgresql", "/home/postgres/pgdata/pgroot"): os.makedirs(pod.dir + path)
        pod.own("/run", "/home/postgres", "/etc/howdah")

    def patroni(self, name):
        tls = "/etc/howdah/tls/server/tls"
        return json.dumps({
            "scope": "shared-i2", "name": name, "namespace": "/service/", "etcd3": {"host": OUTSIDE + ":2379"},
            "restapi": {"listen": "0.0.0.0:8008", "connect_address": "%s.%s.%s.svc:8008" % (name, HEADLESS, NS), "certfile": tls + ".crt", "keyfile": tls + ".key",
                        "cafile": "/run/howdah/trust.crt", "verify_client": "optional"},
            "ctl": {"cacert": "/run/howdah/trust.crt", "certfile": tls + ".crt", "keyfile": tls + ".key"},
            "bootstrap": {"dcs": {"ttl": 30, "loop_wait": 10, "retry_timeout": 10, "maximum_lag_on_failover": 33554432, "synchronous_mode": self.synchronous,
                                  "postgresql": {"use_pg_rewind": True, "use_slots": True, "parameters": {"wal_log_hints": "on", "max_connections": 150}}},
                          "initdb": [{"encoding": "UTF8"}, "data-checksums", {"locale": "C.UTF-8"}]},
            "postgresql": {"listen": "0.0.0.0:5432", "connect_address": "%s:5432" % ADDRESS[name], "data_dir": "/home/postgres/pgdata/pgroot/data", "bin_dir": BIN,
                           "pgpass": "/home/postgres/pgpass", "use_unix_socket": True, **({"recovery_conf": FETCHING} if self.archive else {}), "basebackup": [{"checkpoint": "fast"}],
                           "authentication": {"superuser": {"username": "postgres", "password": "super"}, "replication": {"username": "standby", "password": "repl"}},
                           "parameters": {**(ARCHIVING if self.archive else {}), "unix_socket_directories": "/run/postgresql", "password_encryption": "scram-sha-256", "shared_buffers": "32MB", "ssl": "on",
                                          "ssl_cert_file": tls + ".crt", "ssl_key_file": tls + ".key", "ssl_ca_file": "/run/howdah/trust.crt"},
                           "pg_hba": ["local all postgres peer", "local replication standby scram-sha-256", "hostssl replication standby all scram-sha-256",
                                      "hostssl all postgres all scram-sha-256", "hostssl all all all scram-sha-256"]}})

    def pooler(self, name):
        pod = self.pods[name] = Pod(self, name)
        self.issue(name, None)
        shutil.copy(self.pki + "/ca.crt", pod.dir + "/etc/howdah/ca.crt")
        pod.put("/etc/howdah/trust/ca.crt", open(self.pki + "/ca.crt").read())
        users = {"howdah_console": "console-secret", **({"howdah_pooler": "pooler-secret"} if self.asking else {"app": "app-secret"})}
        pod.put("/etc/howdah/pooler/userlist.txt", "".join('"%s" "%s"\n' % u for u in users.items()))
        pod.put("/etc/pgbouncer/pgbouncer.ini", "\n".join(["[databases]", "loyalty = dbname=loyalty host=%s port=5432 pool_mode=transaction" % SERVICE, "[pgbouncer]"] + [
            "%s = %s" % row for row in {
                "admin_users": "howdah_console", "auth_file": "/etc/howdah/pooler/userlist.txt", "auth_type": "scram-sha-256", "client_tls_cert_file": "/etc/howdah/tls/tls.crt",
                "client_tls_key_file": "/etc/howdah/tls/tls.key", "client_tls_sslmode": "require", "dns_max_ttl": 5, "dns_nxdomain_ttl": 2, **(ASKING if self.asking else {}), "listen_addr": "*",
                "listen_port": 6432, "pool_mode": "transaction", "query_wait_timeout": 30, "server_connect_timeout": 5, "server_login_retry": 1,
                "server_tls_ca_file": "/etc/howdah/trust/ca.crt", "server_tls_sslmode": "verify-full", "tcp_user_timeout": 10000, "unix_socket_dir": "/run/pgbouncer"}.items()]) + "\n")
        os.makedirs(pod.dir + "/run/pgbouncer")
        pod.own("/run", "/etc/howdah", "/etc/pgbouncer")
        self.begin_pooler(name)

    def prepare(self):
        for text in ("create role app login password 'app-secret'", "create database loyalty owner app"): self.sql(self.leader(), text)
        self.sql(self.leader(), "create table rows (client int, n int, primary key (client, n)); alter table rows owner to app", "loyalty")

    def order(self, text):
        """New orders for every member, as the kubelet brings them."""
        for name in MEMBERS: self.pods[name].put("/etc/howdah/orders/orders.yaml", text)

    def agent(self, name):
        """Begins the agent of a pod."""
        pod = self.pods[name]
        if name in POOLERS: return pod.start("agent", place.AGENT, "pooler", env=self.environment)
        pod.start("agent", place.AGENT, "run", env={**self.environment, "POD_NAME": name, "POD_NAMESPACE": NS, "POD_IP": ADDRESS[name], "SCOPE": "shared-i2",
                                                    "KUBERNETES_SERVICE_HOST": OUTSIDE, "KUBERNETES_SERVICE_PORT": str(self.api.port)})

    def load(self, n=4):
        for i in range(n):
            self.clients.append(Client(i, POOLERS[i % len(POOLERS)]))
            self.clients[-1].start()
        self.until(lambda: all(c.rows > 20 for c in self.clients), 60, "clients at work: %s" % [c.errors[-1:] for c in self.clients])

    def unload(self):
        """The clients stop; they are still known."""
        for c in self.clients: c.over = True
        for c in self.clients: c.join(40)

    def reset(self):
        for c in self.clients: c.reset()

    def suffered(self):
        """(failed statements, longest wait in seconds, what was said) since reset."""
        return sum(c.failed for c in self.clients), max(c.wait for c in self.clients), [e for c in self.clients for e in c.errors][:3]

    def tell(self, t, lines=80):
        """What is worth reading when a test failed: the last events of each agent, and what else was said."""
        for pod in self.pods.values():
            said = open(pod.dir + "/log", errors="replace").read().splitlines()
            events = [l for l in said if l.startswith("{")]
            t.note("\n".join(["== " + pod.name, *events[-lines:], "-- others", *[l for l in said if not l.startswith("{") and not any(w in l for w in NOISE)][-lines // 2:]]))

    # ---- what can be seen

    def rest(self, name, path):
        tls = ssl.create_default_context(cafile=self.trust)
        try:
            c = http.client.HTTPSConnection(ADDRESS[name], 8008, context=tls, timeout=2)
            c.request("GET", path)
            r = c.getresponse()
            return r.status, r.read().decode()
        except OSError: return 0, ""

    def leader(self): return next((n for n in MEMBERS if self.rest(n, "/primary")[0] == 200), None)

    def sql(self, name, text, database="postgres"): return self.pods[name].do(*POSTGRES, "psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-h", "/run/postgresql", "-c", text, database)

    def healthy(self):
        """All stream, and in a synchronous cluster one is known to be synchronous."""
        leader = self.leader()
        mode = json.loads(self.rest(leader, "/config")[1])["synchronous_mode"] if leader else False
        if mode not in (False, "off") and "sync_standby" not in self.rest(leader, "/cluster")[1]: return False
        return leader and self.sql(leader, "select count(*) from pg_stat_replication where state = 'streaming'").strip() == "2"

    def paused(self):
        """Poolers whose database is paused."""
        return [n for n in POOLERS if any(l.split("|")[0] == "loyalty" and l.split("|")[-2] == "1" for l in self.console(n, "show databases").splitlines())]

    def console(self, name, text):
        return subprocess.run(["psql", "-XAt", "-c", text, "host=%s port=6432 user=howdah_console password=console-secret dbname=pgbouncer sslmode=require connect_timeout=3" % ADDRESS[name]],
                              capture_output=True, text=True, timeout=20).stdout

    def primary(self):
        """Who leads, as the record tells it."""
        return self.api.record["status"].get("primary")

    def well(self):
        """All is well, and the record says so."""
        return self.healthy() and self.api.condition("Degraded") == ("False", "AllWell") and self.api.record["status"]["membersReady"] == "3/3" and self.primary() == self.leader()

    def told(self, t, title, began, what, most=RIGHT):
        """The record tells it in time."""
        try: self.until(what, max(1, began + most - time.monotonic()), title)
        except RuntimeError: t.ok(False, "%s: the record tells it within %d s" % (title, most), self.api.record.get("status"))
        else: t.ok(True, "%s: the record tells it %.0f s after the event, %d are allowed" % (title, time.monotonic() - began, most))

    def another(self, old, seconds):
        """Another leader than that."""
        self.until(lambda: self.leader() not in (None, old), seconds, "another leader")
        return self.leader()

    def write_on(self, seconds):
        """Each client has one more row."""
        before = [k.rows for k in self.clients]
        self.until(lambda: all(k.rows > n for k, n in zip(self.clients, before)), seconds, "clients that write")

    def lost(self):
        """(rows that were acknowledged until now, {client: how many of them are not there})"""
        acknowledged = {k.number: k.rows for k in self.clients}
        rows = {n: 0 for n in acknowledged}
        for line in self.sql(self.leader(), "select client, n from rows", "loyalty").split():
            client, n = map(int, line.split("|"))
            if client in rows and n < acknowledged[client]: rows[client] += 1
        return sum(acknowledged.values()), {n: most - rows[n] for n, most in acknowledged.items() if rows[n] < most}

    def cut(self, name, others):
        """Packets from the member to the others go nowhere, and nobody is told."""
        for other in others: self.pods[name].do("ip", "neigh", "replace", ADDRESS[other], "lladdr", "02:00:00:00:00:77", "dev", self.wire(name), "nud", "permanent")

    def heal(self, name, others):
        for other in others: self.pods[name].do("ip", "neigh", "del", ADDRESS[other], "dev", self.wire(name))

    def wire(self, name): return "v%din" % list(self.pods).index(name)

    def timeline(self): return int(self.sql(self.leader(), "select timeline_id from pg_control_checkpoint()"))

    def launches(self):
        """How often PostgreSQL was started, by member."""
        return {n: open(self.pods[n].dir + "/log", errors="replace").read().count("starting PostgreSQL") for n in MEMBERS}

    def page(self, name, path):
        tls = ssl.create_default_context(cafile=self.trust)
        c = http.client.HTTPSConnection(ADDRESS[name], 8010, context=tls, timeout=5)
        c.request("GET", path)
        return json.loads(c.getresponse().read())

    def leads(self, name):
        """Its agent knows that its member leads."""
        try: return self.page(name, "/status")["leads"]
        except (OSError, ValueError, KeyError): return False

    def until(self, what, seconds, title):
        end = time.time() + seconds
        while time.time() < end:
            try:
                if what(): return True
            except (OSError, RuntimeError, ValueError, subprocess.SubprocessError, KeyError): pass
            time.sleep(0.1)
        raise RuntimeError("%s: not after %d s" % (title, seconds))

def main(t, title, steps, **how):
    """Runs steps(c, t) on a cluster, one after the other, up to the first that cannot go on; ends the process."""
    why = place.inside() or missing()
    if why:
        t.skip(title, why)
        t.done()
    with Cluster(**how) as c:
        try:
            for step in steps: step(c, t)
        except Exception as e:
            status = c.api.record.get("status", {})
            t.ok(False, "%s: %s" % (type(e).__name__, e), "\n".join(map(str, [*status.get("conditions", []), *status.get("operations", [])])))
        if t.counts["not ok"]: c.tell(t)
    t.done()
