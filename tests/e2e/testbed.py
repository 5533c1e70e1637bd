# SPDX-License-Identifier: Apache-2.0
"""A control plane of kube-testbed for the end-to-end tests: start, kubectl, objects, claims that get bound."""
import http.client, json, os, socket, ssl, subprocess, threading, time
import yaml

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
TOOL = ROOT + "/tests/testbed/kube-testbed/kube-testbed"
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
OWN_SPEC = ("managedFields", "resourceVersion", "uid", "creationTimestamp", "generation")

class Objects(list):
    """Objects read from files: dicts with the key "file" kept beside them."""
    @staticmethod
    def read(files):
        found = Objects()
        for path in files:
            with open(path) as f:
                for o in yaml.load_all(f, LOADER):
                    if o: found.append(Object(path, o))
        return found

class Object:
    def __init__(self, path, body):
        self.path, self.body = path, body
        self.kind, self.api = body["kind"], body["apiVersion"]
        self.name, self.namespace = body["metadata"]["name"], body["metadata"].get("namespace")
        self.id = "%s %s/%s" % (self.kind, self.namespace or "", self.name)

def files_of(directory):
    """The manifests of an emitted directory, in the order of its kustomization.yaml, else by name."""
    listed = os.path.join(directory, "kustomization.yaml")
    if os.path.exists(listed):
        with open(listed) as f: return [os.path.join(directory, r) for r in yaml.load(f, LOADER).get("resources", [])]
    return [os.path.join(directory, n) for n in sorted(os.listdir(directory)) if n.endswith(".yaml")]

class Api:
    """The API server over https: exact bytes in, parsed objects and warnings out."""
    def __init__(self, directory, port):
        with open(directory + "/kubeconfig.loopback") as f: self.token = json.load(f)["users"][0]["user"]["token"]
        self.tls, self.port, self.local = ssl.create_default_context(cafile=directory + "/pki/ca.crt"), port, threading.local()
        self.known = {}

    def request(self, method, path, body=None, content="application/json", user=None):
        """(status, parsed answer, warnings); user: in whose name it is asked, with no more rights than theirs"""
        headers = {"Authorization": "Bearer " + self.token, "Accept": "application/json", "Content-Type": content, **({"Impersonate-User": user} if user else {})}
        for fresh in (False, True):                 # an idle connection may have been closed by the server
            if fresh or not getattr(self.local, "link", None):
                self.local.link = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=60, context=self.tls)
            try:
                self.local.link.request(method, path, body, headers)
                answer = self.local.link.getresponse()
                text = answer.read()
                break
            except (OSError, http.client.HTTPException):
                if fresh: raise
        warnings = [w.partition('"')[2].rstrip('"') for w in answer.headers.get_all("Warning") or []]
        return answer.status, json.loads(text) if text[:1] == b"{" else {"message": text.decode(errors="replace")}, warnings

    def path(self, api, kind, namespace):
        """The collection of a kind, as discovery names it."""
        if (api, kind) not in self.known:
            root = "/apis/" + api if "/" in api else "/api/" + api
            for r in self.request("GET", root)[1].get("resources", []):
                if "/" not in r["name"]: self.known[(api, r["kind"])] = (root, r["name"], r["namespaced"])
        if (api, kind) not in self.known: raise RuntimeError("the server does not know %s %s" % (api, kind))
        root, plural, namespaced = self.known[(api, kind)]
        return root + ("/namespaces/" + namespace if namespaced and namespace else "") + "/" + plural

class Cluster:
    """A control plane in DIR; use as a context manager: it is stopped and removed at the end, whatever happens."""
    def __init__(self, directory):
        self.dir, self.binding = directory, None

    def __enter__(self):
        with socket.create_server(("127.0.0.1", 0)) as s: port = s.getsockname()[1]
        p = subprocess.run([TOOL, "start", self.dir, "--control-plane", "--loopback", str(port), "--crds", ROOT + "/schema/kubernetes"],
                           capture_output=True, text=True)
        if p.returncode: raise RuntimeError("no control plane: " + (p.stdout + p.stderr)[-800:])
        self.api = Api(self.dir, port)
        return self

    def __exit__(self, *_):
        if self.binding: self.binding.set()
        subprocess.run([TOOL, "stop", self.dir, "--purge"], capture_output=True)

    def kubectl(self, *argv, text=None, wait=300):
        """(exit code, output, errors)"""
        p = subprocess.run([TOOL, "kubectl", self.dir, *argv], capture_output=True, text=True, input=text, timeout=wait)
        return p.returncode, p.stdout, p.stderr

    def get(self, api, kind, namespace=None, query=""):
        status, answer, _ = self.api.request("GET", self.api.path(api, kind, namespace) + query)
        if status != 200: raise RuntimeError(answer.get("message"))
        for item in answer["items"]: item["kind"], item["apiVersion"] = kind, api
        return answer["items"]

    def put(self, o, text=None, force=False, manager="gitops"):
        """Server-side apply of one object with strict field validation. What the server had against it: [] or lines."""
        status, answer, warnings = self.api.request(
            "PATCH", "%s/%s?fieldManager=%s&fieldValidation=Strict&force=%s" % (self.api.path(o.api, o.kind, o.namespace), o.name, manager, str(force).lower()),
            text or json.dumps(o.body), "application/apply-patch+yaml")
        wrong = [] if status in (200, 201) else ["%d %s" % (status, answer.get("message"))]
        return ["%s: %s" % (o.id, w) for w in wrong + ["warning: " + w for w in warnings]]

    def apply(self, objects, force=False):
        """Server-side apply of the objects' files, byte for byte, in order. What the server had against them."""
        wrong = []
        for o in objects:
            with open(o.path) as f: wrong += self.put(o, f.read(), force)
        return wrong

    def create(self, bodies):
        return [w for body in bodies for w in self.put(Object(None, body), manager="test")]

    def live(self, objects):
        """{id: object as the server has it} of the objects given; what is missing is absent."""
        found, kinds = {}, {}
        for o in objects: kinds.setdefault((o.api, o.kind, o.namespace), set()).add(o.name)
        for (api, kind, namespace), names in kinds.items():
            for item in self.get(api, kind, namespace):
                if item["metadata"]["name"] in names: found["%s %s/%s" % (kind, namespace or "", item["metadata"]["name"])] = item
        return found

    def remove(self, objects):
        """Deletes the objects and waits until they are gone; pods go at once, since no kubelet would ever confirm their end."""
        for o in objects: self.api.request("DELETE", "%s/%s?propagationPolicy=Background" % (self.api.path(o.api, o.kind, o.namespace), o.name))
        end, pods = time.time() + 60, "/api/v1/namespaces/%s/pods"
        while self.live(objects) and time.time() < end:
            for namespace in {o.namespace for o in objects}:
                for pod in self.get("v1", "Pod", namespace):
                    self.api.request("DELETE", "%s/%s?gracePeriodSeconds=0" % (pods % namespace, pod["metadata"]["name"]))
            time.sleep(0.3)

    def bind_claims(self):
        """Plays the volume provisioner: every pending claim gets a volume of its own, every grown one its new size."""
        self.binding = threading.Event()
        threading.Thread(target=self._bind, daemon=True).start()

    def _bind(self):
        while not self.binding.wait(0.5):
            try: claims = self.get("v1", "PersistentVolumeClaim")
            except (RuntimeError, ValueError, OSError): continue
            volumes = []
            for c in claims:
                meta, spec, size = c["metadata"], c["spec"], c["spec"]["resources"]["requests"]["storage"]
                if c.get("status", {}).get("phase") == "Pending" and not spec.get("volumeName"):
                    volumes.append({"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": "pvc-" + meta["uid"]},
                                    "spec": {"capacity": {"storage": size}, "accessModes": spec["accessModes"], "volumeMode": spec["volumeMode"],
                                             "hostPath": {"path": "/nowhere"}, "storageClassName": spec.get("storageClassName", ""),
                                             "persistentVolumeReclaimPolicy": "Delete",
                                             "claimRef": {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "name": meta["name"],
                                                          "namespace": meta["namespace"], "uid": meta["uid"]}}})
            if volumes: self.create(volumes)

def settled(cluster, objects, seconds=20):
    """The live objects once no controller changes them any more (two looks 1.5 s apart that are equal)."""
    end, before = time.time() + seconds, None
    while True:
        now = cluster.live(objects)
        marks = {k: v["metadata"]["resourceVersion"] for k, v in now.items()}
        if marks == before or time.time() > end: return now
        before = marks
        time.sleep(1.5)

def bare(o):
    """What a person wrote or a controller decided for good: without status, bookkeeping and addresses drawn by lot."""
    o = json.loads(json.dumps(o))
    o.pop("status", None)
    meta = o["metadata"]
    for key in OWN_SPEC: meta.pop(key, None)
    for key in [k for k in meta.get("annotations", {}) if k.startswith(("pv.kubernetes.io/", "kubectl.kubernetes.io/", "volume."))]:
        del meta["annotations"][key]
    if not meta.get("annotations", 1): del meta["annotations"]
    spec = o.get("spec", {})
    if o["kind"] == "Service" and spec.get("clusterIP") != "None":
        for key in ("clusterIP", "clusterIPs"): spec.pop(key, None)
    if o["kind"] == "PersistentVolumeClaim": spec.pop("volumeName", None)
    if o["kind"] == "ServiceAccount": o.pop("secrets", None)
    return o
