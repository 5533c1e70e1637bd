# SPDX-License-Identifier: Apache-2.0
"""What a platform repository compiles to, as objects: per cluster (with its access elsewhere) and per destination."""
import copy, functools, glob, os, pickle, subprocess
import yaml

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
HOWDAH = os.environ.get("HOWDAH", os.path.join(ROOT, "build/release/howdah"))
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

def load(path):
    with open(path) as f: return yaml.load(f, LOADER)

@functools.lru_cache(maxsize=None)
def parsed(text):
    """YAML within YAML; shared, so nobody changes it."""
    return yaml.load(text, LOADER)

def compile(source, out):
    """(exit code, messages)"""
    p = subprocess.run([HOWDAH, "compile", "-C", source, "-o", out, "--as-of", "2026-11-01"], capture_output=True, text=True)
    return p.returncode, p.stdout + p.stderr

def objects_of(directory):
    """The objects in the order in which the kustomization lists their files."""
    return [load(os.path.join(directory, f)) for f in load(directory + "/kustomization.yaml")["resources"]]

def keys(path): return path.split(".") if isinstance(path, str) else list(path)

def dig(o, path, default=None):
    """The value at a path like spec.template.spec.containers.0.image, or a tuple of keys."""
    for key in keys(path):
        try: o = o[int(key)] if isinstance(o, list) else o[key]
        except (KeyError, IndexError, TypeError, ValueError): return default
    return o

def put(o, path, value):
    """Sets the value at a path, or takes it away (None)."""
    *way, last = keys(path)
    for key in way: o = o[int(key)] if isinstance(o, list) else o.setdefault(key, {})
    last = int(last) if isinstance(o, list) else last
    if value is None: del o[last]
    else: o[last] = value

class Cluster:
    """A cluster with all that is emitted for it."""
    def __init__(self, out, path, platform):
        self.environment, self.namespace, self.name = path.split("/")
        self.path, self.platform = path, platform
        self.destination_name = platform["environments"][self.environment]["destination"]
        self.destination = platform["destinations"][self.destination_name]
        self.own = objects_of(os.path.join(out, path))
        self.access = []
        lock = "\nowner: %s\n" % path
        for d in sorted(glob.glob("%s/%s/*/*.access" % (out, self.environment))):
            with open(d + "/howdah.lock") as f:
                if lock in "\n" + f.read(): self.access += objects_of(d)

    def copy(self):
        other = copy.copy(self)
        other.own, other.access = pickle.loads(self.frozen)
        return other

    @functools.cached_property
    def frozen(self): return pickle.dumps((self.own, self.access))

    def get(self, kind, name):
        return next((o for o in self.own if o["kind"] == kind and o["metadata"]["name"] == name), None)

    def all(self, kind): return [o for o in self.own if o["kind"] == kind]

    @property
    def spec(self): return self.get("PostgresCluster", self.name)["spec"]
    @property
    def orders(self): return parsed(self.get("ConfigMap", self.name + "-agent")["data"]["orders.yaml"])["spec"]
    @property
    def hba(self): return self.get("ConfigMap", self.name + "-hba")["data"]["pg_hba.conf"].splitlines()
    @property
    def scope(self): return self.name if self.spec["incarnation"] == 1 else "%s-i%d" % (self.name, self.spec["incarnation"])
    @property
    def tool(self): return self.destination["gitops"]["tool"]
    @property
    def external(self): return self.destination["secrets"]["provider"] == "externalSecrets"
    @property
    def step(self): return self.spec.get("retire", {}).get("step")

    def sets(self):
        """StatefulSets of members: the running incarnation, read replicas, earlier incarnations."""
        return [o for o in self.all("StatefulSet") if "howdah.dev/scope" in o["metadata"]["labels"]]
    def ha(self): return self.get("StatefulSet", self.scope)
    def readers(self): return [o for o in self.sets() if o["metadata"]["labels"]["app.kubernetes.io/component"] == "read-replica"]
    def pooler(self): return self.get("StatefulSet", self.name + "-pooler")
    def ini(self): return (self.get("ConfigMap", self.name + "-pooler") or {"data": {"pgbouncer.ini": ""}})["data"]["pgbouncer.ini"]

    def pods(self):
        """(what makes it, pod template)"""
        for o in self.all("StatefulSet"): yield o, o["spec"]["template"]
        for o in self.all("CronJob"): yield o, o["spec"]["jobTemplate"]["spec"]["template"]

class Destination:
    """A destination's own objects, and what syncs its clusters."""
    def __init__(self, out, name, platform, clusters):
        self.name, self.platform, self.body = name, platform, platform["destinations"][name]
        self.clusters = [c for c in clusters if c.destination_name == name]
        self.own = objects_of("%s/destinations/%s/platform" % (out, name))
        sync = "%s/destinations/%s/sync" % (out, name)
        self.sync = objects_of(sync) if os.path.exists(sync + "/kustomization.yaml") else []
        environments = [e for e, v in platform["environments"].items() if v["destination"] == name]
        self.paths = sorted(os.path.relpath(d, out) for e in environments for d in glob.glob("%s/%s/*/*/" % (out, e)))
        self.root = self.body["gitops"].get("path", "")

    def copy(self):
        other = copy.copy(self)
        other.own, other.sync = pickle.loads(self.frozen)
        return other

    @functools.cached_property
    def frozen(self): return pickle.dumps((self.own, self.sync))

    def all(self, kind): return [o for o in self.own + self.sync if o["kind"] == kind]
    @property
    def tool(self): return self.body["gitops"]["tool"]

def tree(out):
    """Every file of an output but locks and indexes: path -> bytes."""
    files = {}
    for p in glob.glob(out + "/**/*.yaml", recursive=True):
        with open(p, "rb") as f: files[os.path.relpath(p, out)] = f.read()
    return files

class Fleet:
    def __init__(self, source, out):
        self.source, self.out = source, out
        self.code, self.said = compile(source, out)
        if self.code: raise SystemExit("%s does not compile:\n%s" % (source, self.said[-4000:]))
        self.platform = load(source + "/platform.yaml")["spec"]

    @functools.cached_property
    def clusters(self):
        paths = sorted(os.path.relpath(os.path.dirname(p), self.out) for p in glob.glob(self.out + "/*/*/*/postgrescluster-*.yaml"))
        return [Cluster(self.out, p, self.platform) for p in paths]

    @functools.cached_property
    def destinations(self): return [Destination(self.out, d, self.platform, self.clusters) for d in sorted(self.platform["destinations"])]
