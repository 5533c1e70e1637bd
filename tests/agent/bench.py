# SPDX-License-Identifier: Apache-2.0
"""A compiled cluster beside an API server in memory and a real S3 server, and pods as folders: for what bootstrap does."""
import base64, glob, json, os, re, shutil, signal, socket, subprocess, sys, time, urllib.request
HERE = os.path.dirname(os.path.realpath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [ROOT + "/tests", ROOT + "/tests/e2e"]
import ssl, yaml
import fleet as fleets
from testbed import Objects, files_of

HOWDAH = os.environ.get("HOWDAH") or ROOT + "/build/release/howdah"
NAMESPACE, CLUSTER = "team-orders", "orders"

def agent_of(howdah=HOWDAH): return os.path.join(os.path.dirname(howdah), "howdah-agent")

def gateway():
    """The S3 server that kube-testbed builds, or None."""
    found = glob.glob((os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")) + "/kube-testbed/*/versitygw")
    return sorted(found)[-1] if found else None

def free_port():
    with socket.create_server(("127.0.0.1", 0)) as s: return s.getsockname()[1]

def sh(*argv): subprocess.run(argv, check=True, capture_output=True)

def certificate(folder, name, days="30", extension="subjectAltName=IP:127.0.0.1"):
    """A self-signed certificate, an authority too: (certificate, key)"""
    paths = os.path.join(folder, name + ".crt"), os.path.join(folder, name + ".key")
    sh("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", days, "-subj", "/CN=" + name,
       "-addext", extension, "-keyout", paths[1], "-out", paths[0])
    return paths

class Server:
    """A child process that is ended with the bench."""
    def __init__(self, argv, log, **options):
        self.argv, self.log, self.options, self.process = argv, log, options, None

    def start(self):
        with open(self.log, "a") as f:
            self.process = subprocess.Popen(self.argv, stdout=subprocess.PIPE if self.options.get("ready") else f, stderr=f, text=True)
        return self.process.stdout.readline() if self.options.get("ready") else ""

    def stop(self):
        if self.process:
            self.process.terminate()
            self.process.wait()
            if self.process.stdout: self.process.stdout.close()
        self.process = None

    def freeze(self, frozen): self.process.send_signal(signal.SIGSTOP if frozen else signal.SIGCONT)

class S3(Server):
    """versitygw: real signatures, real TLS; each folder below data is a bucket."""
    def __init__(self, work):
        self.data, self.port = work + "/s3", free_port()
        self.ca, key = certificate(work, "s3")
        os.makedirs(self.data + "/walg")
        super().__init__([gateway(), "--access=k", "--secret=s", "--region=test", "--port=127.0.0.1:%d" % self.port, "--cert", self.ca, "--key", key,
                          "--quiet", "posix", self.data], work + "/s3.log")

    def start(self):
        super().start()
        for _ in range(100):
            with socket.socket() as s:
                if s.connect_ex(("127.0.0.1", self.port)) == 0: return
            time.sleep(0.05)
        raise RuntimeError("the S3 server does not listen")

class Api(Server):
    """tests/testbed/fake-apiserver."""
    def __init__(self, work, schemas):
        self.dir, self.tls, self.port = work, work + "/api", free_port()
        super().__init__([ROOT + "/tests/testbed/fake-apiserver", "--port", str(self.port), "--tls", self.tls, "--token", "t", "--schemas", schemas],
                         work + "/api.log", ready=True)

    def start(self):
        super().start()
        self.context = ssl.create_default_context(cafile=self.tls + "/ca.crt")

    def ask(self, method, path, body=None, content="application/json"):
        request = urllib.request.Request("https://127.0.0.1:%d%s" % (self.port, path), json.dumps(body).encode() if body is not None else None,
                                         {"Authorization": "Bearer t", "Content-Type": content}, method=method)
        try:
            with urllib.request.urlopen(request, context=self.context, timeout=10) as answer: return json.load(answer)
        except urllib.error.HTTPError as e: return json.load(e)

    def merge(self, path, patch): return self.ask("PATCH", path, patch, "application/merge-patch+json")

    def fault(self, **fault): self.ask("POST", "/fake/fault", fault)

    def requests(self): return self.ask("GET", "/fake/requests")

class Role:
    """What the compiled Role of the members allows."""
    def __init__(self, body): self.rules = body["rules"]

    def allows(self, method, path):
        m = re.match(r"/(?:api/v1|apis/([^/]+)/[^/]+)/namespaces/[^/]+/([^/?]+)(?:/([^/?]+))?(?:/([^/?]+))?", path)
        if not m: return False
        group, resource, name, sub = m[1] or "", m[2] + ("/" + m[4] if m[4] else ""), m[3], m[4]
        verb = {"GET": "get" if name else "list", "PATCH": "patch", "POST": "create"}.get(method, method)
        return any(group in r["apiGroups"] and resource in r["resources"] and verb in r["verbs"] and
                   (not r.get("resourceNames") or name in r["resourceNames"]) for r in self.rules)

class Bench:
    """One cluster of golden/fixtures/shop, whose store is the S3 server. Use as a context manager."""
    def __init__(self, work, howdah=HOWDAH):
        self.work, self.agent = work, agent_of(howdah)
        source = work + "/platform"
        shutil.copytree(ROOT + "/golden/fixtures/shop/in", source)
        self.s3 = S3(work)
        self.safe = certificate(work, "safe", extension="basicConstraints=CA:FALSE")
        self.edit(source + "/platform.yaml")
        code, said = fleets.compile(source, work + "/out")
        if code: raise RuntimeError(said)
        self.fleet = fleets.Fleet(source, work + "/out")
        self.dir = "%s/out/prod/%s/%s" % (work, NAMESPACE, CLUSTER)
        self.objects = Objects.read(files_of(self.dir))
        self.api = Api(work, fleets.schemas_with_own(self.fleet, work + "/schemas"))
        self.role = Role(self.object("Role", CLUSTER + "-postgres"))
        self.authority = certificate(work, "authority", extension="basicConstraints=critical,CA:TRUE")[0]
        self.calls, self.foreign, self.system_ca = [], [], None

    def edit(self, path):
        with open(path) as f: platform = yaml.safe_load(f)
        spec = platform["spec"]
        spec["destinations"]["frankfurt"].update(credentials="keys")
        spec["destinations"]["frankfurt"].pop("identity", None)
        spec["objectStores"]["backups"] = {"type": "s3", "bucket": "walg", "region": "test", "endpoint": "https://127.0.0.1:%d" % self.s3.port,
                                           "forcePathStyle": True, "caConfigMap": "store-ca", "keys": {"secret": "store-keys"}}
        with open(self.safe[0]) as f: spec["backup"] = {"escrow": {"recipients": [{"name": "safe", "certificate": f.read()}]}}
        with open(path, "w") as f: yaml.safe_dump(platform, f)

    def __enter__(self):
        self.s3.start()
        self.api.start()
        self.apply()
        self.api.requests()
        return self

    def __exit__(self, *exception):
        self.api.stop()
        self.s3.stop()

    def object(self, kind, name): return next(o.body for o in self.objects if o.kind == kind and o.name == name)

    def apply(self):
        """What a sync brings that bootstrap works with."""
        self.api.ask("POST", "/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})
        for o in self.objects:
            if o.kind == "Secret": self.made("/api/v1/namespaces/%s/secrets" % NAMESPACE, o.body)
            if o.kind == "ConfigMap": self.made("/api/v1/namespaces/%s/configmaps" % NAMESPACE, o.body)
            if o.kind == "PostgresCluster": self.made("/apis/howdah.dev/v1alpha1/namespaces/%s/postgresclusters" % NAMESPACE, o.body)

    def made(self, path, body):
        answer = self.api.ask("POST", path, body)
        if answer.get("kind") == "Status" and answer.get("code") != 409: raise RuntimeError(answer["message"])

    def delete_all(self):
        """The cluster is lost: record, Secrets and Patroni's objects go; the bucket stays."""
        for path in ("/api/v1/namespaces/%s/secrets", "/api/v1/namespaces/%s/configmaps", "/apis/howdah.dev/v1alpha1/namespaces/%s/postgresclusters"):
            self.api.ask("DELETE", path % NAMESPACE)

    # ---- objects as bootstrap leaves them

    def secret(self, name):
        data = self.api.ask("GET", "/api/v1/namespaces/%s/secrets/%s" % (NAMESPACE, name)).get("data") or {}
        return {k: base64.b64decode(v).decode() for k, v in data.items()}

    def secrets(self): return {o.name: self.secret(o.name) for o in self.objects if o.kind == "Secret"}

    def record(self): return self.api.ask("GET", "/apis/howdah.dev/v1alpha1/namespaces/%s/postgresclusters/%s" % (NAMESPACE, CLUSTER))

    def condition(self, kind): return next((c for c in (self.record().get("status") or {}).get("conditions", []) if c["type"] == kind), {})

    def initialize(self):
        self.made("/api/v1/namespaces/%s/configmaps" % NAMESPACE, {"apiVersion": "v1", "kind": "ConfigMap",
                  "metadata": {"name": CLUSTER + "-config", "namespace": NAMESPACE, "annotations": {"initialize": "7300000000000000001"}}})

    def orders(self): return yaml.safe_load(self.object("ConfigMap", CLUSTER + "-agent")["data"]["orders.yaml"])

    def archive(self):
        """{key: bytes} of the bucket"""
        top = self.s3.data + "/walg"
        found = {}
        for folder, _, names in os.walk(top):
            for n in names:
                path = os.path.join(folder, n)
                with open(path, "rb") as f: found[os.path.relpath(path, top)] = f.read()
        return {k: v for k, v in found.items() if not k.startswith(".sgwtmp")}

    def put(self, key, text="x"):
        path = self.s3.data + "/walg/" + key
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as f: f.write(text)

    # ---- pods

    def pod(self, name, orders=None):
        """A folder with the mounts of a new pod."""
        root = "%s/pods/%s" % (self.work, name)
        shutil.rmtree(root, ignore_errors=True)
        for d in ("etc/howdah/orders", "etc/howdah/tls/authority", "etc/howdah/store-ca", "etc/howdah/trust", "run/secrets/kubernetes.io/serviceaccount",
                  "run/howdah-exporter", "home/postgres/pgdata"): os.makedirs(os.path.join(root, d))
        token = root + "/run/secrets/kubernetes.io/serviceaccount/"
        with open(token + "token", "w") as f: f.write("t")
        shutil.copy(self.api.tls + "/ca.crt", token + "ca.crt")
        shutil.copy(self.s3.ca, root + "/etc/howdah/store-ca/ca.crt")
        shutil.copy(self.authority, root + "/etc/howdah/tls/authority/ca.crt")
        with open(root + "/etc/howdah/orders/orders.yaml", "w") as f:
            if orders: f.write(re.sub(r'(?m)^([ -]*)n:', r'\1"n":', yaml.safe_dump(orders)))
            else: f.write(self.object("ConfigMap", CLUSTER + "-agent")["data"]["orders.yaml"])
        self.mount(root, (orders or self.orders())["spec"]["shells"])
        return root

    def mount(self, root, shells):
        """The Secrets as the kubelet would mount them now."""
        for shell in shells:
            folder = "%s/etc/howdah/secrets/%s" % (root, shell["purpose"])
            os.makedirs(folder, exist_ok=True)
            for key, value in self.secret(shell["secret"]).items():
                with open(os.path.join(folder, key), "w") as f: f.write(value)

    def live(self, root):
        """Gives a pod the data of a member."""
        os.makedirs(root + "/home/postgres/pgdata/pgroot/data", exist_ok=True)
        with open(root + "/home/postgres/pgdata/pgroot/data/PG_VERSION", "w") as f: f.write("17\n")

    def begin(self, root, scope=CLUSTER, **more):
        env = {"POD_NAME": os.path.basename(root), "SCOPE": scope, "KUBERNETES_SERVICE_HOST": "127.0.0.1", "KUBERNETES_SERVICE_PORT": str(self.api.port),
               "AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "s", "ASAN_OPTIONS": "detect_leaks=1", "PATH": "/usr/bin:/bin", **more}
        argv = [self.agent, "bootstrap", "--root", root]
        if self.system_ca:                              # in place of the system's authorities, in a mount namespace of its own
            argv = ["unshare", "-m", "sh", "-c", 'mount --bind "$0" /etc/ssl/certs/ca-certificates.crt && exec "$@"', self.system_ca, *argv]
        return subprocess.Popen(argv, env=env, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)

    def run_all(self, roots, seconds=30, **more):
        """[(exit code, log)] of bootstraps that run at once; code None for one that was still waiting and was ended. What they asked the
        API is kept in .calls, what the Role does not allow of it in .foreign."""
        self.api.requests()
        running, out = [self.begin(r, **more) for r in roots], []
        until = time.time() + seconds
        for p in running:
            try: said, code = p.communicate(timeout=max(0.1, until - time.time()))[1], p.returncode
            except subprocess.TimeoutExpired:
                p.terminate()
                said, code = p.communicate()[1], None
            out.append((code, said))
        self.calls = [r for r in self.api.requests() if not r["path"].startswith("/fake/")] if self.api.process else []
        self.foreign += ["%(method)s %(path)s" % r for r in self.calls if not self.role.allows(r["method"], r["path"])]
        return out

    def run(self, root, seconds=30, **more): return self.run_all([root], seconds, **more)[0]
