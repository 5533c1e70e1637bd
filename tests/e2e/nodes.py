# SPDX-License-Identifier: Apache-2.0
"""A kube-testbed cluster with nodes, on which a compiled environment really runs: images that stand in for those of the
manifests, cert-manager, an object store, Secrets filled as the agent would fill them.

    with nodes.Nodes(directory) as c:
        c.images(objects)                           # a stand-in for each image that the objects name
        c.surroundings(fleet, destination)          # storage classes, namespaces, what the platform brings along
        c.apply(...)                                # from testbed.Cluster
        c.fill(cluster_directory)                   # passwords, keys, trust
"""
import base64, glob, json, os, re, secrets, shutil, socket, subprocess, tempfile, time
import yaml
from testbed import LOADER, ROOT, TOOL, Api, Cluster, Object, Objects, files_of

HERE = os.path.dirname(os.path.realpath(__file__))
SPILO, POOLER, STANDIN = "localhost/spilo-standin:1", "localhost/pgbouncer-standin:1", "localhost/standin:1"
AGENT, CLIENT = "localhost/agent:1", "localhost/client:1"
BED = ROOT + "/tests/testbed/kube-testbed"
SPECS = {SPILO: BED + "/spilo-standin/image.yaml", POOLER: BED + "/pgbouncer-standin/image.yaml", STANDIN: HERE + "/standin/image.yaml",
         CLIENT: HERE + "/client/image.yaml"}
STORE = "10.210.0.1"                                    # where kube-testbed's S3 server listens

def tool(*argv, text=None, wait=1800):
    """A command of kube-testbed; what it prints. In memory where there is room: images are made of many small files."""
    env = {**os.environ, **({"TMPDIR": "/dev/shm"} if os.access("/dev/shm", os.W_OK) else {})}
    p = subprocess.run([TOOL, *argv], capture_output=True, text=True, input=text, timeout=wait, env=env)
    if p.returncode: raise RuntimeError("kube-testbed %s: %s" % (" ".join(argv)[:200], (p.stdout + p.stderr)[-600:]))
    return p.stdout

def pod(name, namespace, labels, ports=(), image=STANDIN):
    """A pod under Pod Security restricted that listens on the ports and can be asked to probe."""
    container = {"name": "main", "image": image, "command": ["/usr/local/bin/standin", "listen", *map(str, ports)], "imagePullPolicy": "IfNotPresent",
                 "resources": {"requests": {"cpu": "5m", "memory": "24Mi"}, "limits": {"cpu": "500m", "memory": "96Mi"}},
                 "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}}
    spec = {"containers": [container], "automountServiceAccountToken": False, "enableServiceLinks": False, "terminationGracePeriodSeconds": 1,
            "securityContext": {"runAsNonRoot": True, "runAsUser": 65534, "runAsGroup": 65534, "seccompProfile": {"type": "RuntimeDefault"},
                                "sysctls": [{"name": "net.ipv4.ip_unprivileged_port_start", "value": "0"}]}}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": namespace, "labels": labels}, "spec": spec}

class Nodes(Cluster):
    """A cluster with nodes in DIR; a context manager: it is stopped and removed at the end, whatever happens."""
    def __init__(self, directory, count=3, arguments=()):
        """arguments: more of kube-testbed's start, such as --arg kubelet=--sync-frequency=1m."""
        super().__init__(directory)
        self.count, self.arguments, self.known_images = count, arguments, {}

    def __enter__(self):
        with socket.create_server(("127.0.0.1", 0)) as s: port = s.getsockname()[1]
        try:
            tool("start", self.dir, "--nodes", str(self.count), "--loopback", str(port), "--crds", ROOT + "/schema/kubernetes", *self.arguments)
            self.api = Api(self.dir, port)
            tool("cert-manager", self.dir)
        except BaseException:
            self.__exit__()
            raise
        return self

    def attach(self):
        """Goes on with a cluster that runs."""
        with open(self.dir + "/kubeconfig.loopback") as f: server = json.load(f)["clusters"][0]["cluster"]["server"]
        self.api = Api(self.dir, int(server.rpartition(":")[2]))

    def first(self):
        """Its programs and pods come before other work of the machine: where seconds are counted, what else runs must not count."""
        for path in glob.glob(self.dir + "/run/*.pid"):
            with open(path) as f: pid = int(f.read())
            for thread in glob.glob("/proc/%d/task/*" % pid): os.setpriority(os.PRIO_PROCESS, int(os.path.basename(thread)), -10)
        for path, weight in (("/sys/fs/cgroup/cpu/k8s.io/cpu.shares", "65536"), ("/sys/fs/cgroup/k8s.io/cpu.weight", "10000")):
            if os.path.exists(path):
                with open(path, "w") as f: f.write(weight)

    # ---- images -----------------------------------------------------------------------------------------------------

    def images(self, objects, other=None):
        """Lets every image that the objects name be one of ours: Spilo's by PostgreSQL and Patroni, the rest by STANDIN. `other`: {part
        of a reference: local image}, for instance {"howdah-agent": the image of a real agent}."""
        named = sorted({c["image"] for o in objects for c in containers(o.body) if not c["image"].startswith("localhost/")})
        wanted = {}
        for image in named:
            ours = next((v for k, v in (other or {}).items() if k in image), SPILO if "/spilo-" in image else STANDIN)
            wanted.setdefault(ours, []).append(image)
        for ours in {*wanted, STANDIN}:
            self.image(ours)
            if wanted.get(ours): tool("tag", self.dir, ours, *wanted[ours])

    def image(self, ours):
        """Makes one of SPECS, once."""
        if ours not in self.known_images and ours in SPECS: self.known_images[ours] = tool("image", self.dir, ours.partition("/")[2], "--spec", SPECS[ours]).strip()

    def agent_image(self, program):
        """AGENT: the agent as it was just built, with the libraries that docker/agent.Dockerfile names and the wal-g of Spilo's stand-in."""
        with open(ROOT + "/docker/agent.Dockerfile") as f: listed = re.findall(r"install -y --no-install-recommends \\\n\t([a-z0-9 -]*) \\\n", f.read())
        with tempfile.TemporaryDirectory() as top:
            shutil.copy(program, top + "/howdah-agent")
            shutil.copy(BED + "/spilo-standin/wal-g", top)
            spec = {"deb": [*listed[-1].split(), "python3", "python3-psycopg2", "lz4"], "cmd": ["/usr/local/bin/howdah-agent"],
                    "add": ["howdah-agent:/usr/local/bin/howdah-agent:0755", "wal-g:/usr/local/bin/wal-g:0755"]}
            with open(top + "/image.yaml", "w") as f: yaml.safe_dump(spec, f)
            tool("image", self.dir, AGENT.partition("/")[2], "--spec", top + "/image.yaml")

    # ---- what is there before howdah --------------------------------------------------------------------------------

    def surroundings(self, fleet, destination):
        """Storage classes that are there are kept; the rest as the destination says. Then what each namespace of a cluster is given by the
        platform team: keys of the object store, the authority that signed its certificate."""
        bodies = [b for b in fleet.surroundings(destination) if b["kind"] != "StorageClass" or b["metadata"]["name"] != "standard"]
        for b in bodies:
            if b["kind"] == "StorageClass": b["provisioner"] = "kube-testbed/volumes"
        return self.create(bodies)

    def store(self, fleet):
        """An S3 server where the platform says that its stores are, by name, region and bucket."""
        stores = [s for s in fleet.platform["objectStores"].values() if s.get("endpoint")]
        hosts = sorted({s["endpoint"].partition("://")[2] for s in stores})
        tool("s3", self.dir, *sorted({s["bucket"] for s in stores}), *(a for h in hosts for a in ("--host", h)), "--region", stores[0]["region"])

    def given(self, fleet, namespaces):
        """What a platform team puts into a namespace beside howdah: keys of the stores and their authority."""
        with open(self.dir + "/pki/ca.crt") as f: authority = f.read()
        bodies = []
        for store in fleet.platform["objectStores"].values():
            for n in namespaces:
                if store.get("keys"): bodies.append({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": store["keys"]["secret"], "namespace": n}, "type": "Opaque",
                                                     "stringData": {"access-key-id": "testkey", "secret-access-key": "testsecret"}})
                if store.get("caConfigMap"): bodies.append({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": store["caConfigMap"], "namespace": n},
                                                            "data": {"ca.crt": authority}})
        return self.create(bodies)

    # ---- what the agent would do ------------------------------------------------------------------------------------

    def fill(self, directory):
        """Fills the Secret shells and the trust of a cluster from its orders, as bootstrap does on its first start."""
        objects = Objects.read(files_of(directory))
        orders = next(yaml.load(o.body["data"]["orders.yaml"], LOADER) for o in objects if o.kind == "ConfigMap" and "orders.yaml" in o.body.get("data", {}))
        namespace, name = orders["metadata"]["namespace"], orders["metadata"]["name"]
        for shell in orders["spec"]["shells"]:
            data = {}
            for key in shell["keys"]:
                if key["content"] == "libsodium-key": data[key["name"]] = secrets.token_hex(32)
                elif key["content"] == "password": data[key["name"]] = secrets.token_urlsafe(24)
            for key in shell["keys"]:
                if key["content"] == "userlist": data[key["name"]] = "".join('"%s" "%s"\n' % (u["name"], data[u["key"]]) for u in key["users"])
            self.merge("v1", "Secret", namespace, shell["secret"], {"data": {k: base64.b64encode(v.encode()).decode() for k, v in data.items()}})
        certificate = self.wait("the authority of %s" % name, lambda: self.one("v1", "Secret", namespace, name + "-ca")["data"]["tls.crt"], 60)
        self.merge("v1", "ConfigMap", namespace, name + "-trust", {"data": {"ca.crt": base64.b64decode(certificate).decode()}})

    # ---- asking -----------------------------------------------------------------------------------------------------

    def one(self, api, kind, namespace, name):
        status, answer, _ = self.api.request("GET", "%s/%s" % (self.api.path(api, kind, namespace), name))
        if status != 200: raise RuntimeError(answer.get("message"))
        return answer

    def merge(self, api, kind, namespace, name, change):
        status, answer, _ = self.api.request("PATCH", "%s/%s?fieldManager=agent" % (self.api.path(api, kind, namespace), name), json.dumps(change), "application/merge-patch+json")
        if status != 200: raise RuntimeError("%s %s/%s: %s" % (kind, namespace, name, answer.get("message")))

    def wait(self, what, condition, seconds=120):
        """The first true value of the condition; RuntimeError with what it raised last when the time is over."""
        end, last = time.time() + seconds, None
        while time.time() < end:
            try:
                value = condition()
                if value: return value
            except (RuntimeError, OSError, ValueError, KeyError, IndexError) as e: last = e
            time.sleep(0.5)
        raise RuntimeError("%s: not after %d s%s" % (what, seconds, ": %s" % last if last else ""))

    def pods(self, namespace, selector=""):
        return [p for p in self.get("v1", "Pod", namespace, "?labelSelector=" + selector) if not p["metadata"].get("deletionTimestamp")]

    def ready(self, namespace, selector, count):
        """Waits until that many pods are ready; the pods."""
        def look():
            found = [p for p in self.pods(namespace, selector) if any(c["type"] == "Ready" and c["status"] == "True" for c in p["status"].get("conditions", []))]
            return found if len(found) == count else None
        try: return self.wait("%d ready pods of %s in %s" % (count, selector, namespace), look, 240)
        except RuntimeError as e: raise RuntimeError("%s\n%s" % (e, self.kubectl("get", "pods,events", "-n", namespace)[1][-3000:]))

    def run(self, namespace, name, container, *argv, text=None, wait=120):
        code, out, err = self.kubectl("exec", *(["-i"] if text is not None else []), "-n", namespace, name, "-c", container, "--", *argv, text=text, wait=wait)
        if code: raise RuntimeError("%s in %s/%s: %s" % (" ".join(argv), namespace, name, (out + err)[-400:]))
        return out

    def asked(self):
        """What service accounts outside kube-system asked of the API server so far: the lines of the audit log."""
        found = []
        with open(self.dir + "/log/audit") as f:
            for line in f:
                if line.endswith("\n"): found.append(json.loads(line))
        return found

def containers(body):
    """The containers of an object with a pod template."""
    spec = body.get("spec", {})
    template = spec.get("jobTemplate", {}).get("spec", {}).get("template") or spec.get("template") or {}
    inner = template.get("spec") or {} if isinstance(template, dict) else {}
    return inner.get("containers", []) + inner.get("initContainers", [])
