# SPDX-License-Identifier: Apache-2.0
"""One compiled cluster that lives on nodes with its agents, and applications that write through its pooler.

The platform repository is a copy of examples/demo in which the cluster asks for the PostgreSQL that the stand-in has. What
changes the cluster is an edit of that copy, compiled and applied, as GitOps would; nothing is patched by hand."""
import datetime, glob, json, os, re, shutil, signal, subprocess, sys, tempfile, time
import tap, yaml
import fleet as fleets, nodes
from testbed import LOADER, ROOT, Object

SOURCE, DESTINATION, CLUSTER = ROOT + "/examples/demo", "hamburg", "ci/team-shared/shared"
NAMESPACE, NAME, APPLICATION, SECRET = "team-shared", "shared", "loyalty-api", "shared-loyalty"
AGENT = os.path.join(os.path.dirname(fleets.HOWDAH), "howdah-agent")
OVER = ("Done", "Failed", "Unknown", "Skipped")
REAL = {"howdah-agent": nodes.AGENT, "/pgbouncer": nodes.POOLER}        # images beside Spilo's that are more than a listener
FAULTY, BEHIND = os.path.dirname(os.path.realpath(__file__)) + "/faulty_store.py", 1443
GOOD = {"DatabasesReady": "True", "CertificatesHealthy": "True", "ArchiveHealthy": "True", "KeysMissing": "False", "ConfigApplied": "True", "BackupHealthy": "True"}

def ground(c, fleet, namespaces):
    """What there is before a cluster: the platform's objects, an object store, what a platform team gives. What was refused of it."""
    wrong = c.surroundings(fleet, DESTINATION)
    platform = fleet.objects([fleet.platform_dir(DESTINATION)])
    wrong += c.apply([o for o in platform if o.kind == "CustomResourceDefinition"])
    c.kubectl("wait", "--for=condition=Established", "--timeout=60s", "crd", "--all")
    wrong += c.apply([o for o in platform if o.kind != "CustomResourceDefinition"])
    c.store(fleet)
    return wrong + c.given(fleet, namespaces)

def pod(name, namespace, argv, node=None, secret=SECRET, app=None):
    """An application under Pod Security restricted, with a Secret of howdah."""
    body = nodes.pod(name, namespace, {"app": app or namespace}, image=nodes.CLIENT)
    spec = body["spec"]
    spec["containers"][0].update(command=["/usr/local/bin/client", *argv], volumeMounts=[{"name": "db", "mountPath": "/etc/db", "readOnly": True}, {"name": "tmp", "mountPath": "/tmp"}])
    spec["volumes"] = [{"name": "db", "secret": {"secretName": secret, "defaultMode": 0o444}}, {"name": "tmp", "emptyDir": {}}]
    spec["securityContext"].pop("sysctls")
    spec["restartPolicy"] = "Never"
    if node: spec["nodeName"] = node
    return body

def client(c, name, namespace, secret, app=None):
    """A pod of an application that waits to be asked."""
    wrong = c.create([pod(name, namespace, ["load", "9000", "0"], secret=secret, app=app)])
    if wrong: raise RuntimeError("\n".join(wrong))

def ask(c, namespace, text, uri="uri", name="once"):
    """What a statement of an application comes to: its first value, or what was said."""
    try: return c.run(namespace, name, "main", "/usr/local/bin/client", "once", text, uri).strip()
    except RuntimeError as e: return str(e)

def until(c, what, condition, seconds=120):
    """The first true value of the condition, or None."""
    try: return c.wait(what, condition, seconds)
    except RuntimeError: return None

class Load:
    """Writers in a pod of the application, on a node that nothing happens to."""
    def __init__(self, living, number, node, writers=4):
        self.living, self.name, self.first, self.writers, self.since = living, "load-%d" % number, number * 100, writers, time.time()
        wrong = living.c.create([pod(self.name, APPLICATION, ["load", str(self.first), str(writers)], node)])
        if wrong: raise RuntimeError("\n".join(wrong))
        living.c.wait("writers at work", lambda: min(self.rows().values()) > 20, 90)
        self.followed = living.follow(living.leader())
        self.since = time.time()

    def lines(self):
        code, out, err = self.living.c.kubectl("logs", "-n", APPLICATION, self.name)
        if code: raise RuntimeError(err)
        return [json.loads(l) for l in out.splitlines() if l.startswith("{")]

    def told(self, event): return [l for l in self.lines() if l.get("event") == event]

    def rows(self):
        """{writer: acknowledged rows}, as it was told last."""
        told = [l for l in self.lines() if l.get("event") in ("state", "end")]
        return {int(k): v for k, v in told[-1]["rows"].items()} if told else {0: 0}

    def end(self):
        """Stops; its acknowledged rows."""
        self.living.c.run(APPLICATION, self.name, "main", "/usr/bin/touch", "/tmp/stop")
        self.living.c.wait("the end of " + self.name, lambda: self.told("end"), 60)
        return self.rows()

    def suffered(self):
        """(failed statements, longest wait for one, what was said, connections that were closed in between) since it began."""
        lines = [l for l in self.lines() if l["t"] >= self.since]
        failed, waits = [l for l in lines if l.get("event") == "failed"], [l["seconds"] for l in lines if "seconds" in l]
        states = [l for l in lines if l.get("event") in ("state", "end")]
        return len(failed), max(waits or [0.0]), [l["error"] for l in failed][:4], states[-1]["closed"] if states else 0

    def goes_on(self, seconds=60):
        """Waits until each writer has one more row."""
        before = self.rows()
        self.living.c.wait("writers that go on", lambda: all(n > before[k] for k, n in self.rows().items()), seconds)

    def back(self, moment):
        """({writer: seconds after the moment until it writes again and has no outage any more}, writers with failures). A wait of less than
        a second is a hiccup of the machine, unless it is the only one."""
        done, waits = {}, [l for l in self.lines() if l.get("event") == "wait"]
        for l in waits:
            first = l["client"] not in done
            if l["began"] + l["seconds"] > moment and (first or l["seconds"] >= 1): done[l["client"]] = max(done.get(l["client"], 0), l["began"] + l["seconds"] - moment)
        failed = {l["client"] for l in self.told("failed") if l["t"] > moment}
        return done, failed

class Living:
    def __init__(self, c, work, cluster=CLUSTER, members=3):
        self.c, self.work, self.cluster, self.count, self.loads = c, work, cluster, members, []
        self.environment, self.namespace, self.name = cluster.split("/")
        self.scope = self.name                          # of its incarnation: NAME-iN from the second one on
        self.source, self.out, self.numbers = work + "/source", work + "/out", work + "/loads"
        if not os.path.exists(self.source): shutil.copytree(SOURCE, self.source)
        self.fit()

    # ---- the repository ---------------------------------------------------------------------------------------------

    def fit(self):
        """What the stand-in has: PostgreSQL 15, without pgvector."""
        path = "%s/intents/%s.yaml" % (self.source, self.cluster)
        with open(path) as f: text = f.read()
        text = re.sub(r"(?m)^  version: \d+$", "  version: 15", text.replace(", vector]", "]"))
        with open(path, "w") as f: f.write(text)

    def intent(self, **fields):
        """Sets fields of the cluster's spec."""
        path = "%s/intents/%s.yaml" % (self.source, self.cluster)
        with open(path) as f: body = yaml.load(f, LOADER)
        body["spec"].update(fields)
        body["spec"] = {k: v for k, v in body["spec"].items() if v is not None}
        with open(path, "w") as f: yaml.safe_dump(body, f, sort_keys=False)

    def images(self, **tags):
        """Other tags in the image set that the cluster uses: postgres, agent, pooler, exporter."""
        path = self.source + "/platform.yaml"
        with open(path) as f: body = yaml.load(f, LOADER)
        sets = body["spec"].setdefault("images", {}).setdefault("sets", {})
        with open(ROOT + "/presets/images.yaml") as f: known = yaml.load(f, LOADER)["spec"]["images"]["sets"]
        mine = sets.setdefault("spilo-18-4.1-p2", known["spilo-18-4.1-p2"])     # a set is written whole
        for part, tag in tags.items(): mine[part]["tag"] = tag
        with open(path, "w") as f: yaml.safe_dump(body, f, sort_keys=False)

    def compile(self):
        """The cluster's objects, with those that it puts into other namespaces."""
        code, said = fleets.compile(self.source, self.out)
        if code: raise RuntimeError("compile: " + said[-1500:])
        return self.objects()

    def objects(self):
        """Those of the last output."""
        self.fleet = fleets.Fleet(self.source, self.out)
        return self.fleet.objects([os.path.join(self.out, self.cluster), *sorted(glob.glob("%s/%s/*/%s.access" % (self.out, self.environment, self.name)))])

    def apply(self, only=None):
        """Compiles, and applies what has changed in Git, as GitOps does: all of it."""
        objects = self.compile()
        self.c.images(objects_with(objects, "missing", False), REAL)
        wrong = self.c.apply([o for o in objects if not only or only(o)])
        if wrong: raise RuntimeError("\n".join(wrong))

    # ---- what is there ----------------------------------------------------------------------------------------------

    def members(self): return ["%s-%d" % (self.scope, i) for i in range(self.count)]

    def pod(self, name): return self.c.one("v1", "Pod", self.namespace, name)

    def record(self): return self.c.one("howdah.dev/v1alpha1", "PostgresCluster", self.namespace, self.name)

    def status(self): return self.record().get("status", {})

    def tier(self): return self.record()["spec"]["tier"]

    def condition(self, kind):
        """(status, reason, message)"""
        x = next((x for x in self.status().get("conditions", []) if x["type"] == kind), {})
        return x.get("status"), x.get("reason"), x.get("message")

    def becomes_good(self, kind, seconds=240):
        """Whether one of GOOD is what it should be, in time."""
        try: return self.c.wait(kind, lambda: self.condition(kind)[0] == GOOD[kind], seconds)
        except RuntimeError: return False

    def operation(self, id): return next((o for o in self.status().get("operations", []) if o["id"] == id), {})

    def leader(self): return self.c.one("v1", "ConfigMap", self.namespace, self.scope + "-leader")["metadata"]["annotations"].get("leader")

    def sql(self, member, text, database="postgres", wait=30):
        return self.c.run(self.namespace, member, "postgres", "psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-h", "/run/postgresql", "-U", "postgres", "-d", database, "-c", text, wait=wait).strip()

    def archived(self, member):
        """Waits until all that is written so far is in the archive; None when it does not come."""
        self.sql(member, "select pg_switch_wal()")
        file = self.sql(member, "select pg_walfile_name(pg_current_wal_lsn() - 1)")
        return until(self.c, "WAL in the archive", lambda: self.sql(member, "select last_archived_wal >= '%s' from pg_stat_archiver" % file) == "t", 60)

    def healthy(self):
        """The leader's name when all stream, each pod is ready and the record says so."""
        leader = self.leader()
        streams = "select count(*) from pg_stat_replication where state = 'streaming' and application_name ~ '^%s-[0-9]+$'" % self.scope
        if not leader or self.sql(leader, streams) != str(self.count - 1): return None
        ready = [p for p in self.c.pods(self.namespace, "howdah.dev%2Fset%3D" + self.scope) if is_ready(p)]
        return leader if len(ready) == self.count and self.record_is_right(leader) else None

    def record_is_right(self, leader):
        """The record tells who leads, and that nothing is amiss."""
        s = self.status()
        return s.get("primary") == leader and s.get("membersReady") == "%d/%d" % (self.count, self.count) and self.condition("Ready")[0] == "True" and self.condition("Degraded")[0] == "False"

    def calm(self, seconds=180): return self.c.wait("a whole cluster", self.healthy, seconds)

    def starts(self):
        """Since when PostgreSQL runs, and which container it runs in, by member."""
        found = {}
        for m in self.members():
            status = next(s for s in self.pod(m)["status"]["containerStatuses"] if s["name"] == "postgres")
            found[m] = (self.sql(m, "select pg_postmaster_start_time()"), status["containerID"])
        return found

    def uids(self): return {p["metadata"]["name"]: p["metadata"]["uid"] for p in self.c.pods(self.namespace, "howdah.dev%2Fset%3D" + self.scope)}

    def hashes(self): return {p["metadata"]["name"]: p["metadata"]["annotations"].get("howdah.dev/template-hash") for p in self.c.pods(self.namespace, "howdah.dev%2Fset%3D" + self.scope)}

    def wanted(self):
        """The template hash that the StatefulSet carries."""
        return self.c.one("apps/v1", "StatefulSet", self.namespace, self.scope)["spec"]["template"]["metadata"]["annotations"]["howdah.dev/template-hash"]

    def node_of(self, member): return self.pod(member)["spec"]["nodeName"]

    def refused(self):
        """What the API server refused any account of the cluster."""
        mine = "system:serviceaccount:%s:%s-" % (self.namespace, self.name)
        return sorted({"%s %s %s" % (a["user"]["username"].rpartition(":")[2], a["verb"], a["requestURI"]) for a in self.c.asked()
                       if a.get("user", {}).get("username", "").startswith(mine) and a.get("responseStatus", {}).get("code") == 403})

    def follow(self, member, container="agent"):
        """What a container says from now on, kept even when its pod is gone: a file."""
        path = "%s/log-%s-%s-%d" % (self.work, member, container, time.time())
        with open(path, "w") as f:
            subprocess.Popen([nodes.TOOL, "kubectl", self.c.dir, "logs", "-f", "--tail=0", "-n", self.namespace, member, "-c", container], stdout=f, stderr=subprocess.DEVNULL)
        return path

    # ---- what is done to it -----------------------------------------------------------------------------------------

    def load(self, away=None):
        """Writers on a node that is not the one named, nor that of the leader."""
        number = int(open(self.numbers).read()) + 1 if os.path.exists(self.numbers) else 1
        with open(self.numbers, "w") as f: f.write(str(number))
        avoid = {away, self.node_of(self.leader())}
        node = next(n for n in ("node%d" % i for i in range(1, self.c.count + 1)) if n not in avoid)
        self.loads.append(Load(self, number, node))
        return self.loads[-1]

    def containers(self, name):
        """Ids of all containers of a pod."""
        status = self.pod(name)["status"]
        return {s["containerID"].rpartition("/")[2] for s in status["containerStatuses"] + status["initContainerStatuses"] if s.get("containerID")}

    def processes(self, name): return processes_of(self.containers(name))

    def freeze(self, name, how=signal.SIGSTOP):
        for pid in self.processes(name):
            try: os.kill(pid, how)
            except ProcessLookupError: pass

    def stop_agents(self, names):
        """The agents of these pods stand still; their processes."""
        found = [pid for name in names for pid in self.processes(name) if comm(pid) == "howdah-agent"]
        if len(found) != len(names): raise RuntimeError("agents of %s: %s" % (names, found))
        for pid in found: os.kill(pid, signal.SIGSTOP)
        return found

    def go_on(self, pids):
        for pid in pids:
            try: os.kill(pid, signal.SIGCONT)
            except ProcessLookupError: pass             # the kubelet has begun it anew

    def dark(self, node):
        """The node's power is cut: its pods fall silent first, as no machine says goodbye; then everything on it ends."""
        ips = [p["status"]["podIP"] for p in self.c.get("v1", "Pod") if p["spec"].get("nodeName") == node and p["status"].get("podIP")]
        rules = "table ip dark { set gone { type ipv4_addr; elements = { %s } }\n" % ", ".join(ips)
        for hook in ("forward", "input", "output"): rules += "chain %s { type filter hook %s priority -300; ip saddr @gone drop; ip daddr @gone drop; }\n" % (hook, hook)
        subprocess.run([nodes.TOOL, "sh", self.c.dir, "nft", "-f", "-"], input=rules + "}\n", text=True, check=True)
        nodes.tool("node", self.c.dir, node, "kill")

    def light(self, node):
        subprocess.run([nodes.TOOL, "sh", self.c.dir, "nft", "delete", "table", "ip", "dark"], check=True)
        nodes.tool("node", self.c.dir, node, "start")

    def stop_api(self):
        """Whoever connects to the API server, or is connected, is told that nobody is there, as when its process has ended."""
        rules = "table ip stopped {\nchain input {\ntype filter hook input priority -300;\ntcp dport 6443 reject with tcp reset\n}\n}\n"
        subprocess.run([nodes.TOOL, "sh", self.c.dir, "nft", "-f", "-"], input=rules, text=True, check=True)

    def start_api(self): subprocess.run([nodes.TOOL, "sh", self.c.dir, "nft", "delete", "table", "ip", "stopped"], check=True)

    def faulty_store(self, how):
        """In the place of the object store is one that is "slow", or answers "errors"; what ends that."""
        pid, tls = self.outside("s3"), ["%s/pki/s3.%s" % (self.c.dir, end) for end in ("crt", "key")]
        argv = arguments(pid)
        listen = next(a for a in argv if a.startswith("--port=")).partition("=")[2]
        os.kill(pid, signal.SIGTERM)
        self.c.wait("the end of the store", lambda: not arguments(pid), 20)
        started = [subprocess.Popen([nodes.TOOL, "sh", self.c.dir, *program], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                   for program in ([a.replace(listen, "%s:%d" % (nodes.STORE, BEHIND)) for a in argv], [FAULTY, how, listen, str(BEHIND), *tls])]
        def end():
            if any(p.poll() is not None for p in started): raise RuntimeError("the faulty store ended by itself")
            for p in started:
                p.terminate()
                p.wait()
            self.c.store(self.fleet)
            self.c.first()
        return end

    def outside(self, name):
        """The pid of a program of the test bed: kube-apiserver, s3."""
        with open("%s/run/%s.pid" % (self.c.dir, name)) as f: return int(f.read())

def processes_of(containers):
    """By their cgroup."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/cgroup" % pid) as f: text = f.read()
        except OSError: continue
        if any(i in text for i in containers): found.append(int(pid))
    return found

def is_writable(containers):
    """Whether the PostgreSQL in these containers takes writes, asked past the API server; None when it does not answer."""
    server = next((p for p in processes_of(containers) if comm(p) == "postgres"), None)
    try:
        with open("/proc/%s/status" % server) as f: ids = dict(l.rstrip().split("\t", 1) for l in f if "\t" in l)
        argv = ["nsenter", "-t", str(server), "-m", "-n", "-S", ids["Uid:"].split()[0], "-G", ids["Gid:"].split()[0], "psql", "-XAtq", "-h", "/run/postgresql", "-U", "postgres",
                "-c", "select not pg_is_in_recovery()", "postgres"]
        return {"t": True, "f": False}.get(subprocess.run(argv, capture_output=True, text=True, timeout=5).stdout.strip())
    except (OSError, subprocess.TimeoutExpired): return None

def arguments(pid):
    """Of a process; none when it has ended."""
    try:
        with open("/proc/%d/cmdline" % pid) as f: return [a for a in f.read().split("\0") if a]
    except OSError: return []

def comm(pid):
    try:
        with open("/proc/%d/comm" % pid) as f: return f.read().strip()
    except OSError: return ""

def objects_with(objects, tag, there):
    """The objects with, or without, an image of that tag."""
    return [o for o in objects if any(c["image"].endswith(":" + tag) for c in nodes.containers(o.body)) == there]

def is_ready(p): return any(x["type"] == "Ready" and x["status"] == "True" for x in p["status"].get("conditions", []))

def window():
    """A maintenance window that is open now and for some hours: an edit of the intent."""
    start = datetime.datetime.utcnow() - datetime.timedelta(hours=1)
    return {"days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "start": start.strftime("%H:00"), "duration": "6h", "timezone": "UTC"}

# ---- a test of steps ------------------------------------------------------------------------------------------------

def missing():
    """Why none of it can run here, or None."""
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    if os.geteuid() or not glob.glob(cache + "/kube-testbed/*/hyperkube") or not os.path.exists(AGENT): return "needs root, what tests/deps.sh e2e builds, and %s" % AGENT

def play(title, steps, argv, what, usage, **bed):
    """Runs the steps that argv names, each of WHAT(cluster, work), on nodes of their own (BED: how many, and other arguments); ends the
    process. -x: up to the first failure."""
    wanted = [a for a in argv if a != "-x"] or list(steps)
    if any(s not in steps for s in wanted): sys.exit(usage)
    if missing():
        for s in wanted: tap.skip("%s: %s" % (title, s), missing())
        tap.done()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))       # so that the cluster is stopped
    left = os.environ.get("CLUSTER")
    work = left or tempfile.mkdtemp(prefix="howdah-nodes-", dir=os.environ.get("E2E_DIR"))
    c = nodes.Nodes(work + "/cluster", **bed)
    try:
        if left: c.attach()
        else: c.__enter__()
        it = what(c, work)
        c.first()
        for s in steps:
            if s not in wanted and (s != "start" or left) or left and s == "start" and "start" not in argv: continue
            tap.note("== %s" % s)
            try: steps[s](it)
            except (RuntimeError, subprocess.SubprocessError, OSError, KeyError, ValueError, StopIteration) as e:
                tap.ok(False, "%s came to its end" % s, "%s: %s\n%s" % (type(e).__name__, e, c.kubectl("get", "pods", "-A", "-o", "wide")[1]))
            if "-x" in argv and tap.counts["not ok"]: break
    finally:
        if os.environ.get("KEEP") or left: tap.note("the cluster runs on in " + work)
        else:
            c.__exit__()
            shutil.rmtree(work, ignore_errors=True)
    tap.done()
