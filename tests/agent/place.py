# SPDX-License-Identifier: Apache-2.0
"""A place for howdah-agent without a container: own mounts and network, a false API server, a Patroni that says what it is told."""
import json, os, shutil, signal, ssl, subprocess, sys, tempfile, threading, time, http.client, http.server

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
AGENT = os.path.join(os.path.dirname(os.environ.get("HOWDAH", ROOT + "/build/release/howdah")), "howdah-agent")
ORDERS = ROOT + "/tests/schema/good-agentconfig.yaml"
NAMES = ["shared-i2-0", "shared-i2-1", "shared-i2-2"]
IMAGES = {"agent": "ghcr.io/howdah-dev/howdah-agent:0.1.0", "exporter": "quay.io/prometheuscommunity/postgres-exporter:v0.20.1"}
TOKEN = "/run/secrets/kubernetes.io/serviceaccount"

def inside():
    """Come back in mounts and a network of our own, or say why not."""
    if os.environ.get("HOWDAH_INSIDE"): return None
    if os.getuid() != 0: return "needs root for mounts and a network of its own"
    if subprocess.run(["unshare", "-mn", "true"], capture_output=True).returncode: return "unshare is not allowed here"
    os.execvpe("unshare", ["unshare", "-mn", "--propagation", "private", sys.executable, *sys.argv], {**os.environ, "HOWDAH_INSIDE": "1"})

def openssl(*argv, **kw): subprocess.run(["openssl", *argv], check=True, capture_output=True, **kw)

def authority(folder, name):
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30", "-subj", "/CN=" + name,
            "-keyout", folder + "/" + name + ".key", "-out", folder + "/" + name + ".crt")

def leaf(folder, ca, name, where, days=30, more=()):
    """tls.crt and tls.key in WHERE, the key first, as a swap in two steps leaves it; MORE: names such as DNS:a, IP:1.2.3.4"""
    os.makedirs(where, exist_ok=True)
    openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=" + name, "-keyout", folder + "/leaf.key",
            "-out", folder + "/leaf.csr")
    with open(folder + "/ext", "w") as f: f.write("subjectAltName=%s\n" % ",".join(["DNS:" + name, "DNS:localhost", "IP:127.0.0.1", *more]))
    openssl("x509", "-req", "-in", folder + "/leaf.csr", "-CA", folder + "/" + ca + ".crt", "-CAkey", folder + "/" + ca + ".key", "-days", str(days),
            "-CAcreateserial", "-extfile", folder + "/ext", "-out", folder + "/leaf.crt")
    os.replace(folder + "/leaf.key", where + "/tls.key")
    os.replace(folder + "/leaf.crt", where + "/tls.crt")

def preloaded(source, folder):
    """A library for LD_PRELOAD, made from a source of tests/agent or a path."""
    out = "%s/%s.so" % (folder, os.path.basename(source)[:-2])
    subprocess.run([shutil.which("cc") or "gcc", "-shared", "-fPIC", "-O1", "-o", out, os.path.join(ROOT, "tests/agent", source), "-ldl"], check=True)
    return out

class Patroni:
    """Answers as the Patroni of shared-i2-0; `heard` are requests that change something, `away` says that it cannot reach the API server,
    `confirmed` that all members said to it meanwhile that it leads (failsafe mode)."""
    def __init__(self, cert, ca):
        self.dynamic = {"ttl": 30, "loop_wait": 10}
        self.leader, self.heard, self.down = NAMES[0], [], False
        self.away, self.confirmed = False, True
        me = self
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            def log_message(self, *_): pass
            def answer(self, code, body):
                text = (body if isinstance(body, str) else json.dumps(body)).encode()
                self.send_response(code)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)
            def do_GET(self):
                if me.down: return self.answer(503, "")
                if me.away and self.path == "/cluster":
                    time.sleep(10)                  # retry_timeout; then it fails, and nobody gets an answer
                    self.close_connection = True
                    return
                self.answer(200, {"/patroni": me.member(), "/cluster": me.cluster(), "/config": me.dynamic}.get(self.path, ""))
            def do_PATCH(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                me.heard.append(("PATCH", self.path, body))
                merge(me.dynamic, body)
                self.answer(200, me.dynamic)
            def do_POST(self):
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                me.heard.append(("POST", self.path, None))
                self.answer(202, "reload scheduled")
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 8008), Handler)
        self.server.daemon_threads = True
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(cert + "/tls.crt", cert + "/tls.key")
        self.tls = tls
        self.server.socket = tls.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
    def member(self):
        return {"state": "running", "role": "primary" if self.leader == NAMES[0] else "replica", "timeline": 3, "server_version": 170006,
                "patroni": {"version": "4.1.0", "scope": "shared-i2"}, "database_system_identifier": "7461234567890123456", **self.alone()}
    def alone(self):
        """What it says besides while it cannot reach the API server (patroni/api.py, get_postgresql_status)"""
        if not self.away: return {}
        return {"cluster_unlocked": True, **({"failsafe_mode_is_active": True} if self.confirmed else {}),
                "replication": [{"application_name": m["name"], "state": "streaming"} for m in self.cluster()["members"] if m["name"] != self.leader]}
    def cluster(self):
        return {"scope": "shared-i2", "members": [
            {"name": n, "state": "running" if n == self.leader else "streaming", "role": "leader" if n == self.leader else "replica", "timeline": 3,
             **({} if n == self.leader else {"lag": 0})} for n in NAMES]}

def merge(below, above):
    for key, value in above.items():
        if value is None: below.pop(key, None)
        elif isinstance(value, dict) and isinstance(below.get(key), dict): merge(below[key], value)
        else: below[key] = value

class Api:
    """The objects of one cluster over https, in memory, with faults: `fault` is called with each request and may answer in its place."""
    def __init__(self, pki, address="127.0.0.1"):
        self.address = address
        self.record = {"metadata": {"uid": "r-1", "generation": 7, "resourceVersion": "100"}, "spec": {}}
        self.pods = [{"metadata": {"name": n, "uid": "u-" + n, "resourceVersion": "1", "creationTimestamp": "2026-01-01T00:00:00Z",
                                   "labels": {"howdah.dev/set": "shared-i2", "howdah.dev/role": "primary" if n == NAMES[0] else "replica"},
                                   "annotations": {"howdah.dev/template-hash": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}},
                      "spec": {"initContainers": [{"name": "bootstrap", "image": IMAGES["agent"]}] +
                                                 [{"name": k, "image": v, "restartPolicy": "Always"} for k, v in IMAGES.items()]},
                      "status": {"conditions": [{"type": "Ready", "status": "True"}],
                                 "initContainerStatuses": [{"name": k, "ready": True, "containerID": "c://%s-%s-0" % (n, k),
                                                            "state": {"running": {"startedAt": "2026-01-01T00:00:00Z"}}} for k in IMAGES]}}
                     for n in NAMES]
        self.patched, self.bad = [], set()
        self.objects = {}                   # others, by path: they are read and patched
        self.events, self.log, self.token, self.fault = [], [], "one", None
        self.pki, self.server = pki, None
        self.start("ca")

    def start(self, ca):
        """Serve with a certificate of authority CA, on the same port as before."""
        leaf(self.pki, ca, "kubernetes.default.svc", self.pki + "/api", more=["IP:" + self.address])
        port = self.server.server_address[1] if self.server else 0
        if self.server:
            self.server.shutdown()
            self.server.server_close()
            for link in self.links:
                try: link.shutdown(2)
                except OSError: pass
        self.links = []
        me = self
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            def setup(self):
                super().setup()
                me.links.append(self.connection)
            def log_message(self, *_): pass
            def raw(self, code, text, headers=()):
                self.send_response(code)
                self.send_header("Content-Type", "application/json")
                for name, value in headers: self.send_header(name, value)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                try: self.wfile.write(text)
                except OSError: pass        # who asked is gone
            def answer(self, code, body, headers=()): self.raw(code, json.dumps(body).encode(), headers)
            def handle_any(self):
                length = int(self.headers.get("Content-Length") or 0)
                body = json.loads(self.rfile.read(length)) if length else None
                me.log.append((time.time(), self.command, self.path))
                if me.fault and me.fault(self, body): return
                if self.headers.get("Authorization") != "Bearer " + me.token: return self.answer(401, {"message": "Unauthorized"})
                self.answer(*me.serve(self.command, self.path, body))
            do_GET = do_POST = do_PATCH = handle_any
        self.server = http.server.ThreadingHTTPServer((self.address, port), Handler)
        self.server.daemon_threads = True
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(self.pki + "/api/tls.crt", self.pki + "/api/tls.key")
        self.server.socket = tls.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.port = self.server.server_address[1]

    def serve(self, method, path, body):
        if method == "GET" and "/pods?" in path: return 200, {"items": self.pods}
        if method == "GET" and path.endswith("/postgresclusters/shared"): return 200, self.record
        if method == "PATCH" and "/pods/" in path: return self.patch_pod(next(p for p in self.pods if path.endswith("/pods/" + p["metadata"]["name"])), body)
        if method == "POST" and path.endswith("/events"):
            self.events.append(body)
            return 201, body
        if method == "PATCH" and path.endswith("/postgresclusters/shared/status"):
            meta = self.record["metadata"]
            if body["metadata"]["resourceVersion"] != meta["resourceVersion"]: return 409, {"message": "the object has been modified"}
            merge(self.record.setdefault("status", {}), body["status"])
            meta["resourceVersion"] = str(int(meta["resourceVersion"]) + 1)
            return 200, self.record
        one = self.objects.get(path.removesuffix("/status"))
        if not one: return 404, {"message": "not here"}
        return self.patch(one, body) if method == "PATCH" else (200, one)

    def patch(self, one, body):
        """A merge patch, bound to the version that it was made for."""
        meta = one["metadata"]
        if body.get("metadata", {}).get("resourceVersion", meta["resourceVersion"]) != meta["resourceVersion"]: return 409, {"message": "the object has been modified"}
        merge(one, {**body, "metadata": {}})
        meta["resourceVersion"] = str(int(meta["resourceVersion"]) + 1)
        return 200, one

    def put(self, path, **parts):
        """An object is made, or made anew."""
        self.version = getattr(self, "version", 1000) + 1000
        self.objects[path] = {"metadata": {"name": path.rsplit("/", 1)[1], "uid": "u-%d" % self.version, "resourceVersion": str(self.version), "generation": 1}, **parts}
        return self.objects[path]

    def patch_pod(self, pod, body):
        """A strategic merge of images and annotations; the kubelet then restarts the container, unless its image is bad."""
        meta = pod["metadata"]
        if body["metadata"]["resourceVersion"] != meta["resourceVersion"]: return 409, {"message": "the object has been modified"}
        meta["resourceVersion"] = str(int(meta["resourceVersion"]) + 1)
        merge(meta["annotations"], body["metadata"].get("annotations", {}))
        for new in body.get("spec", {}).get("initContainers", []):
            one = next(c for c in pod["spec"]["initContainers"] if c["name"] == new["name"])
            was, one["image"] = one["image"], new["image"]
            self.patched.append((meta["name"], new["name"], was, new["image"]))
            status = next(s for s in pod["status"]["initContainerStatuses"] if s["name"] == new["name"])
            bad = new["image"] in self.bad
            status["state"] = {"waiting": {"reason": "ErrImagePull"}} if bad else {"running": {"startedAt": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}}
            if not bad: status["containerID"] = "c://%s-%s-%s" % (meta["name"], new["name"], meta["resourceVersion"])
        return 200, pod

    def condition(self, name):
        """(status, reason) that the record tells"""
        for c in self.record.get("status", {}).get("conditions", []):
            if c["type"] == name: return c["status"], c["reason"]

class Place:
    """The agent of shared-i2-0 with everything that it mounts; use as a context manager."""
    def __enter__(self):
        self.dir = tempfile.mkdtemp(prefix="howdah-agent-")
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        for top in ("run", "home", "etc"):
            os.makedirs(self.dir + "/" + top)
        for name in ("passwd", "group", "nsswitch.conf", "hosts", "ssl"):
            if os.path.isdir("/etc/" + name): shutil.copytree("/etc/" + name, self.dir + "/etc/" + name, symlinks=True)
            elif os.path.exists("/etc/" + name): shutil.copy("/etc/" + name, self.dir + "/etc/")
        pki = self.pki = self.dir + "/pki"
        os.makedirs(pki)
        authority(pki, "ca")
        for name in ("server", "postgres", "standby"):
            leaf(pki, "ca", "shared-primary.team-shared.svc.cluster.local", self.dir + "/etc/howdah/tls/" + name)
        for folder in ("/etc/howdah/orders", "/etc/howdah/hba", "/etc/howdah/trust", "/run/howdah", "/run/postgresql", TOKEN, "/home/postgres/pgdata"):
            os.makedirs(self.dir + folder, exist_ok=True)
        shutil.copy(ORDERS, self.dir + "/etc/howdah/orders/orders.yaml")
        shutil.copy(pki + "/ca.crt", self.dir + "/etc/howdah/trust/ca.crt")
        shutil.copy(pki + "/ca.crt", self.dir + "/run/howdah/trust.crt")
        with open(self.dir + "/etc/howdah/hba/pg_hba.conf", "w") as f: f.write("local all postgres peer\n")
        self.api = Api(pki)
        for top in ("run", "home", "etc"): subprocess.run(["mount", "--bind", self.dir + "/" + top, "/" + top], check=True)
        self.patroni = Patroni(self.dir + "/etc/howdah/tls/server", pki + "/ca.crt")
        self.prefix = []                    # argv in front of the agent's
        self.agent, self.log = None, open(self.dir + "/log", "w+")
        return self

    def __exit__(self, *_):
        self.stop()
        for top in ("etc", "home", "run"): subprocess.run(["umount", "-l", "/" + top])
        shutil.rmtree(self.dir, ignore_errors=True)

    def put(self, path, text):
        """A mounted file changes, as the kubelet changes it: in one step."""
        with open(self.dir + path + ".new", "w") as f: f.write(text)
        os.replace(self.dir + path + ".new", self.dir + path)

    def start(self):
        self.put(TOKEN + "/token", self.api.token)
        shutil.copy(self.pki + "/ca.crt", self.dir + TOKEN + "/ca.crt")
        env = {"POD_NAME": NAMES[0], "POD_NAMESPACE": "team-shared", "POD_IP": "127.0.0.1", "SCOPE": "shared-i2", "PATH": "/usr/bin:/bin",
               "KUBERNETES_SERVICE_HOST": "127.0.0.1", "KUBERNETES_SERVICE_PORT": str(self.api.port), "https_proxy": "http://127.0.0.1:1"}
        if "ASAN_OPTIONS" in os.environ: env["ASAN_OPTIONS"] = os.environ["ASAN_OPTIONS"]
        self.agent = subprocess.Popen([*self.prefix, AGENT, "run"], env=env, stderr=self.log)

    def stop(self):
        """End the agent as the kubelet does; its exit code."""
        if not self.agent: return None
        self.agent.send_signal(signal.SIGTERM)
        try: code = self.agent.wait(20)
        except subprocess.TimeoutExpired:
            self.agent.kill()
            code = self.agent.wait()
        self.agent = None
        return code

    def page(self, path, method="GET"):
        tls = ssl.create_default_context(cafile=self.pki + "/ca.crt")
        c = http.client.HTTPSConnection("localhost", 8010, context=tls, timeout=10)
        c.request(method, path)
        r = c.getresponse()
        return r.status, r.read().decode()

    def events(self):
        """What the agent logged."""
        with open(self.dir + "/log") as f: return [json.loads(line) for line in f if line.startswith("{")]

    def until(self, what, seconds=60):
        """Wait until WHAT() is true; whether it became so."""
        end = time.time() + seconds
        while time.time() < end:
            try:
                if what(): return True
            except (OSError, KeyError, http.client.HTTPException): pass
            if self.agent and self.agent.poll() is not None: return False
            time.sleep(0.1)
        return False

    def used(self):
        """(kB resident, kB of them anonymous, milliseconds of processor time)"""
        with open("/proc/%d/smaps_rollup" % self.agent.pid) as f: kb = {l.split(":")[0]: int(l.split()[1]) for l in f if l.endswith("kB\n")}
        with open("/proc/%d/stat" % self.agent.pid) as f: stat = f.read().rpartition(")")[2].split()
        return kb["Rss"], kb["Anonymous"], (int(stat[11]) + int(stat[12])) * 1000 // os.sysconf("SC_CLK_TCK")
