#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The design's decisions on what comes out, one by one, over every cluster and destination of two platforms.

Each decision is a function that yields what is wrong with a cluster (or a destination), and beside it an edit of the
compiled objects that breaks it: a check that does not find its own wrong case is a failure, too, and so is one that no
cluster gives anything to look at. What pods of members must have is in test_members.py, what revisions freeze in
tests/pod_revision.py."""
import json, os, re, resource, shutil, subprocess, sys, tempfile
import yaml

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.dirname(HERE)]
from compiled import ROOT, Fleet, dig, keys, parsed, put, tree
from tap import ok, done, note

TOKEN = "/run/secrets/kubernetes.io/serviceaccount"
UNITS = {"Mi": 2 ** 20, "Gi": 2 ** 30, "Ti": 2 ** 40}
of_cluster, of_destination = [], []

def cluster(title, *breaks):
    """A decision about each cluster; each of breaks edits a copy, and says True when it found what it wanted to edit."""
    return lambda f: of_cluster.append((title, f, breaks)) or f

def destination(title, *breaks):
    return lambda f: of_destination.append((title, f, breaks)) or f

def edit(kind, path, value, name=None, when=lambda o: True):
    """An edit: sets the path in the first object of the kind (or takes it away: None)."""
    def change(c):
        for o in c.own + getattr(c, "access", []) + getattr(c, "sync", []):
            if o["kind"] == kind and (name is None or re.search(name, o["metadata"]["name"])) and (len(keys(path)) == 1 or dig(o, keys(path)[:-1]) is not None) and when(o):
                if value is not None or dig(o, path) is not None:
                    put(o, path, value)
                    return True
        return False
    return change

def drop(kind, name=""):
    def change(c):
        for group in (c.own, getattr(c, "access", []), getattr(c, "sync", [])):
            for o in group:
                if o["kind"] == kind and re.search(name, o["metadata"]["name"]):
                    group.remove(o)
                    return True
        return False
    return change

def text_edit(kind, name, key, old, new):
    """An edit of the text of a ConfigMap."""
    def change(c):
        for o in c.own + getattr(c, "sync", []):
            if o["kind"] == kind and re.search(name, o["metadata"]["name"]) and old in o.get("data", {}).get(key, ""):
                o["data"][key] = o["data"][key].replace(old, new)
                return True
        return False
    return change

def size(text): return int(re.match(r"\d+", text)[0]) * UNITS[re.sub(r"\d", "", text)]
def annotations(o): return o["metadata"].get("annotations") or {}
def containers(pod): return pod["spec"].get("initContainers", []) + pod["spec"]["containers"]
def container(pod, name): return next((c for c in containers(pod) if c["name"] == name), {})
def mounts(c): return {m["name"]: m for m in c.get("volumeMounts", [])}
def volumes(pod): return {v["name"]: v for v in pod["spec"].get("volumes", [])}
def protected(o):
    a = annotations(o)
    options = set(a.get("argocd.argoproj.io/sync-options", "").split(","))
    return {"Prune=false", "Delete=false"} <= options or a.get("kustomize.toolkit.fluxcd.io/prune") == "disabled"

# ---- per cluster at least --------------------------------------------------------------------------------------------

@cluster("accounts: each pod has its own ServiceAccount, without a token of itself",
         edit("ServiceAccount", "automountServiceAccountToken", True), drop("ServiceAccount", "pooler"))
def accounts(c):
    for owner, pod in c.pods():
        if not c.get("ServiceAccount", pod["spec"].get("serviceAccountName")): yield owner["metadata"]["name"] + " has none"
        if pod["spec"].get("automountServiceAccountToken") is not False: yield owner["metadata"]["name"] + " mounts a token by itself"
    for a in c.all("ServiceAccount"):
        if a.get("automountServiceAccountToken") is not False: yield a["metadata"]["name"]

def grouped(role):
    return {(g, r, n, v) for rule in role["rules"] for g in rule["apiGroups"] for r in rule["resources"] for v in rule["verbs"] for n in rule.get("resourceNames", ["*"])}

@cluster("roles: exactly the calls of Patroni and the agent, named wherever the API can name them",
         lambda c: bool(c.get("Role", c.name + "-postgres")["rules"].append({"apiGroups": [""], "resources": ["secrets"], "verbs": ["list"]}) or True),
         lambda c: bool(c.get("Role", c.name + "-postgres")["rules"].pop(3)))
def roles(c):
    pods = ["%s-%d" % (s["metadata"]["name"], n) for s in c.sets()
            for n in range(c.spec["autoscale"]["max"] if s in c.readers() else c.spec["instances"])]
    scopes = {s["metadata"]["labels"]["howdah.dev/scope"] for s in c.sets()}
    maps = [c.name + "-trust"] + [s + suffix for s in scopes for suffix in ("-config", "-leader", "-failover", "-sync")]
    certificates = [o["metadata"]["name"] for o in c.all("Certificate")]
    wanted = {("", "configmaps", "*", v) for v in ("create", "list", "watch")} | {("", "configmaps", m, v) for m in maps for v in ("get", "patch")}
    wanted |= {("", "pods", "*", v) for v in ("list", "watch")} | {("", "pods", p, v) for p in pods for v in ("get", "patch")}
    wanted |= {("", "pods/eviction", p, "create") for p in pods} | {("apps", "statefulsets", s["metadata"]["name"], "get") for s in c.sets()}
    wanted |= {("", "secrets", s["secret"], v) for s in c.orders["shells"] for v in (["get"] if c.external else ["get", "patch"])}
    wanted |= {("events.k8s.io", "events", "*", "create"), ("howdah.dev", "postgresclusters", c.name, "get"), ("howdah.dev", "postgresclusters/status", c.name, "patch")}
    wanted |= {("cert-manager.io", "certificates", n, "get") for n in certificates} | {("cert-manager.io", "certificates/status", n, "patch") for n in certificates}
    wanted |= {("keda.sh", "scaledobjects", o["metadata"]["name"], v) for o in c.all("ScaledObject") if o["metadata"]["name"] == c.name + "-readers" for v in ("get", "patch")}
    have = grouped(c.get("Role", c.name + "-postgres"))
    for extra in sorted(have - wanted): yield "may %s" % (extra,)
    for lacking in sorted(wanted - have): yield "may not %s" % (lacking,)
    binding = c.get("RoleBinding", c.name + "-postgres")
    if binding["roleRef"]["name"] != c.name + "-postgres" or [s["name"] for s in binding["subjects"]] != [c.name + "-postgres"]: yield "binding"
    drill = c.get("Role", c.name + "-drill")
    if drill and grouped(drill) != {("howdah.dev", "postgresclusters", c.name, "get"), ("howdah.dev", "postgresclusters/status", c.name, "patch")}: yield "the drill's"
    if len(c.all("Role")) != 1 + bool(c.all("CronJob")): yield "roles of no use"

@cluster("members: Spilo in a container, bootstrap before it, agent and exporter as native sidecars",
         edit("StatefulSet", "spec.template.spec.initContainers.1.restartPolicy", None, when=lambda o: "howdah.dev/scope" in o["metadata"]["labels"]))
def sidecars(c):
    for s in c.sets():
        pod = dig(s, "spec.template.spec")
        if [x["name"] for x in pod["containers"]] != ["postgres"]: yield "containers"
        if [(x["name"], x.get("restartPolicy")) for x in pod["initContainers"]] != [("bootstrap", None), ("agent", "Always"), ("exporter", "Always")]: yield "sidecars"

@cluster("claims: one per ordinal of every HA set, with the real size, class and labels; the template is a constant per class",
         drop("PersistentVolumeClaim"), edit("PersistentVolumeClaim", "spec.resources.requests.storage", "1Gi"),
         edit("StatefulSet", "spec.volumeClaimTemplates.0.spec.resources.requests.storage", "50Gi", when=lambda o: dig(o, "spec.updateStrategy.type") == "OnDelete"),
         edit("StatefulSet", ("spec", "volumeClaimTemplates", 0, "metadata", "labels", "howdah.dev/team"), "x", when=lambda o: "volumeClaimTemplates" in o["spec"]))
def claims(c):
    wanted = {}
    stated = {i["number"]: i["storage"] for i in c.spec.get("incarnations", [])}
    for n in range(1, c.spec["incarnation"] + 1):
        if n in c.spec.get("purged", []): continue
        scope = c.name if n == 1 else "%s-i%d" % (c.name, n)
        storage = stated.get(n, c.spec["storage"]) if n < c.spec["incarnation"] else c.spec["storage"]
        for ordinal in range(c.spec["instances"]): wanted["pgdata-%s-%d" % (scope, ordinal)] = (storage["class"], storage["size"], scope)
    have = {o["metadata"]["name"]: (o["spec"]["storageClassName"], o["spec"]["resources"]["requests"]["storage"], o["metadata"]["labels"]["howdah.dev/set"]) for o in c.all("PersistentVolumeClaim")}
    if have != wanted: yield "claims are %s" % have
    for s in c.sets():
        template = s["spec"]["volumeClaimTemplates"]
        if len(template) != 1 or set(template[0]["metadata"]["labels"]) != {"howdah.dev/cluster", "howdah.dev/scope", "howdah.dev/set"}: yield "template's labels"
        if s not in c.readers() and dig(template[0], "spec.resources.requests.storage") != "1Gi": yield "template's size"
        if s["metadata"]["labels"].get("howdah.dev/team") != c.spec["team"]: yield "a set without its team"

@cluster("read replicas: own set whose name ends in class and size, whose claims alone go with it, scaled by KEDA and by nobody else",
         edit("ScaledObject", "spec.scaleTargetRef.name", "x"), drop("ScaledObject", "readers"),
         edit("ScaledObject", "spec.triggers.1.metricType", "AverageValue", when=lambda o: dig(o, "spec.triggers.1.type") == "postgresql"),
         edit("StatefulSet", "spec.replicas", 1, name="-ro-"), edit("StatefulSet", "spec.persistentVolumeClaimRetentionPolicy.whenDeleted", "Delete", when=lambda o: dig(o, "spec.updateStrategy.type") == "OnDelete"))
def read_replicas(c):
    scaled = c.spec.get("autoscale", {}).get("max", 0) > 0
    if bool(c.readers()) != scaled: yield "set"
    running = c.step != "stopped"
    targets = {dig(o, "spec.scaleTargetRef.name"): o for o in c.all("ScaledObject")}
    for s in c.readers():
        name, storage = s["metadata"]["name"], c.spec["storage"]
        if not name.endswith("-ro-%s-%s" % (storage["class"], storage["size"].lower())): yield name
        if s["spec"]["persistentVolumeClaimRetentionPolicy"] != {"whenDeleted": "Delete", "whenScaled": "Delete"}: yield "its claims stay"
        if ("replicas" in s["spec"]) == running or not running and s["spec"]["replicas"] != 0: yield "replicas"
        if (name in targets) != running: yield "no ScaledObject, or one that wakes what is stopped"
        o = targets.get(name)
        if not o: continue
        down = dig(o, "spec.advanced.horizontalPodAutoscalerConfig.behavior.scaleDown")
        if down["stabilizationWindowSeconds"] < 1800 or down["policies"] != [{"periodSeconds": 600, "type": "Pods", "value": 1}]: yield "scale-in is not slow"
        kinds = [t["type"] for t in o["spec"]["triggers"]]
        sql = not c.destination.get("monitoring", {}).get("url")
        if kinds != ["cpu", "postgresql" if sql else "prometheus"]: yield "triggers %s" % kinds
        if sql != bool(c.get("TriggerAuthentication", o["metadata"]["name"])): yield "TriggerAuthentication"
        # One login sees one pod: it has to be a read replica, and its figure is that of each of them, while Prometheus sums them up.
        trigger = o["spec"]["triggers"][1]
        if trigger["metricType"] != ("Value" if sql else "AverageValue"): yield "%s for %s" % (trigger["metricType"], trigger["type"])
        if sql and not trigger["metadata"]["host"].startswith("%s-0.%s-pods." % (name, c.name)): yield "asks " + trigger["metadata"]["host"]
    for s in c.sets():
        if s in c.readers(): continue
        if s["spec"]["persistentVolumeClaimRetentionPolicy"] != {"whenDeleted": "Retain", "whenScaled": "Retain"}: yield "claims of members may go"
        sleeper = targets.get(s["metadata"]["name"])
        if sleeper and [t["type"] for t in sleeper["spec"]["triggers"]] != ["cron"]: yield "HA members are scaled"

def owner(c):
    """Keys of the labels for cost and people."""
    return {"howdah.dev/team", "howdah.dev/cost-centre", *c.spec.get("labels", {})}

@cluster("owner labels: on every set, and on no pod that Kubernetes would roll for them",
         edit("StatefulSet", ("spec", "template", "metadata", "labels", "howdah.dev/team"), "x", name="-pooler$"),
         edit("StatefulSet", ("spec", "template", "metadata", "labels", "howdah.dev/cost-centre"), "x", name="-ro-"))
def owner_labels(c):
    for o in c.all("StatefulSet"):
        if not owner(c) <= set(o["metadata"]["labels"]): yield "a set without them: %s" % o["metadata"]["name"]
        rolls, there = o["spec"]["updateStrategy"]["type"] == "RollingUpdate", owner(c) & set(o["spec"]["template"]["metadata"]["labels"])
        if rolls and there or not rolls and there != owner(c): yield "pods of %s" % o["metadata"]["name"]

@cluster("read replicas: SCOPE and labels of the cluster, told apart by component; never a leader, never synchronous",
         edit("StatefulSet", ("spec", "template", "metadata", "labels", "howdah.dev/scope"), "x", name="-ro-"),
         edit("StatefulSet", ("spec", "template", "metadata", "labels", "app.kubernetes.io/component"), "database", name="-ro-"))
def read_replica_pods(c):
    for s in c.readers():
        ha, ro = c.ha()["spec"]["template"], s["spec"]["template"]
        env = lambda pod: {e["name"]: e.get("value") for e in container(pod, "postgres")["env"]}
        for name in "SCOPE", "KUBERNETES_LABELS":
            if env(ro)[name] != env(ha)[name]: yield name
        mine = {k: v for k, v in ha["metadata"]["labels"].items() if k not in owner(c)}
        if {k for k in mine if mine[k] != ro["metadata"]["labels"].get(k)} != {"app.kubernetes.io/component", "app.kubernetes.io/instance", "howdah.dev/set"}: yield "labels"
        if set(mine) != set(ro["metadata"]["labels"]): yield "labels of its own"
        if parsed(env(ro)["SPILO_CONFIGURATION"])["tags"] != {"clonefrom": False, "nofailover": True, "nosync": True}: yield "tags"

@cluster("slots: what a lost replica may hold is bounded by 40 % of the disk",
         text_edit("ConfigMap", "-agent$", "orders.yaml", "max_slot_wal_keep_size: \"", "max_slot_wal_keep_size: \"9"))
def slots(c):
    kept = dig(c.orders, "patroni.dynamic.postgresql.parameters.max_slot_wal_keep_size")
    if not kept or int(kept[:-2]) * 2 ** 20 > 0.4 * size(c.spec["storage"]["size"]): yield "%s of %s" % (kept, c.spec["storage"]["size"])

@cluster("Services: primary, replicas, leader, members and pooler; clients' names outlive an incarnation, selectors move",
         edit("Service", ("spec", "selector", "howdah.dev/scope"), "x"), drop("Service", "-leader$"), edit("Service", "spec.publishNotReadyAddresses", True, name="-leader$"),
         edit("Service", ("spec", "selector", "howdah.dev/role"), "replica", name="-leader$"))
def services(c):
    wanted = {c.name: ("primary", False, False), c.name + "-replicas": ("replica", False, False), c.name + "-leader": ("primary", False, False), c.name + "-pods": (None, True, True)}
    if c.pooler(): wanted.update({c.name + "-pooler": (None, False, False), c.name + "-pooler-pods": (None, True, True)})
    for o in c.all("Service"):
        role, headless, unready = wanted.pop(o["metadata"]["name"], (None, None, None))
        s = o["spec"]
        if ((s.get("clusterIP") == "None"), bool(s.get("publishNotReadyAddresses"))) != (headless, unready): yield o["metadata"]["name"]
        if role and s["selector"] != {"howdah.dev/role": role, "howdah.dev/scope": c.scope}: yield "%s selects %s" % (o["metadata"]["name"], s["selector"])
    for name in wanted: yield name + " is not there"

@cluster("pooler: peers by ordinal, TLS on both sides, names looked up by auth_query; it reaches the primary through the leader Service",
         text_edit("ConfigMap", "-pooler$", "pgbouncer.ini", "-leader.", "-pods."), text_edit("ConfigMap", "-pooler$", "pgbouncer.ini", "verify-full", "require"),
         text_edit("ConfigMap", "-pooler$", "peer-0.ini", "peer_id = 1", "peer_id = 2"), text_edit("ConfigMap", "-pooler$", "pgbouncer.ini", "auth_query", "auth_quarrel"))
def pooler(c):
    if not c.pooler(): return
    ini, files = c.ini(), c.get("ConfigMap", c.name + "-pooler")["data"]
    domain = c.destination["clusterDomain"]
    for line in ("client_tls_sslmode = require", "server_tls_sslmode = verify-full", "server_tls_ca_file = /etc/howdah/trust/ca.crt", "auth_file = /etc/howdah/pooler/userlist.txt",
                 "auth_dbname = howdah", "auth_user = howdah_pooler", "admin_users = howdah_console"):
        if line + "\n" not in ini: yield "no " + line
    if not re.search(r"^auth_query = SELECT .* FROM howdah_pooler\.get_auth\(\$1\)$", ini, re.M): yield "auth_query"
    for line in re.findall(r"^\[databases\]\n((?:.+\n)+)", ini, re.M):
        for database in line.strip().split("\n"):
            if " host=%s-leader.%s.svc.%s " % (c.name, c.namespace, domain) not in database: yield database
    n = c.spec["pooler"]["instances"]
    peers = dict(re.findall(r"^(\d+) = host=(\S+) port=6432$", ini, re.M))
    if peers != {str(i + 1): "%s-pooler-%d.%s-pooler-pods.%s.svc.%s" % (c.name, i, c.name, c.namespace, domain) for i in range(n)}: yield "peers %s" % peers
    for i in range(n):
        if "peer_id = %d\n" % (i + 1) not in files.get("peer-%d.ini" % i, ""): yield "peer-%d.ini" % i
    if "howdah_console" not in json.dumps(next(s for s in c.orders["shells"] if s["secret"] == c.name + "-pooler")): yield "console user"

@cluster("pooler: a StatefulSet that rolls; its sidecar has no token; auth_file and certificate by items, so that it waits for them",
         edit("StatefulSet", "spec.template.spec.volumes.1.secret.items", None, name="-pooler$"), edit("StatefulSet", "spec.updateStrategy.type", "OnDelete", name="-pooler$"))
def pooler_pod(c):
    if not c.pooler(): return
    pod = c.pooler()["spec"]["template"]
    if dig(c.pooler(), "spec.updateStrategy.type") != "RollingUpdate" or c.pooler()["spec"]["serviceName"] != c.name + "-pooler-pods": yield "set"
    if "projected" in json.dumps(pod["spec"]["volumes"]) or container(pod, "agent").get("restartPolicy") != "Always": yield "sidecar"
    if container(pod, "agent")["command"][1:] != ["pooler"]: yield "mode"
    secrets = {s["secret"] for s in c.orders["shells"]}
    for v in pod["spec"]["volumes"]:
        filled = v.get("secret", {}).get("secretName") in secrets or v.get("configMap", {}).get("name") == c.name + "-trust"
        if filled and not (v.get("secret") or v.get("configMap")).get("items"): yield v["name"] + " without items"
    wanted = 0 if c.spec.get("closed") or c.spec.get("retire") or c.spec.get("hibernate", {}).get("always") else c.spec["pooler"]["instances"]
    if c.pooler()["spec"]["replicas"] != wanted: yield "%d replicas" % c.pooler()["spec"]["replicas"]

def few_files(): resource.setrlimit(resource.RLIMIT_NOFILE, (256, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))

@cluster("pooler: it may open as many files as its node allows, not as few as a program is given at its start",
         lambda c: put(container(c.pooler()["spec"]["template"], "pgbouncer"), "command", ["/usr/bin/pgbouncer", "pgbouncer.ini"]) is None if c.pooler() else False)
def open_files(c):
    if not c.pooler(): return
    before = container(c.pooler()["spec"]["template"], "pgbouncer")["command"][:-2]         # the program and its file end it
    says = subprocess.run([*before, "/bin/sh", "-c", "ulimit -S -n"], stdout=subprocess.PIPE, text=True, preexec_fn=few_files).stdout.strip()
    if says != str(resource.getrlimit(resource.RLIMIT_NOFILE)[1]): yield "%s files" % says

@cluster("certificates: server, pooler and two clients; an authority of its own for ten years where the destination has no issuer; all state life and rotation",
         edit("Certificate", "spec.privateKey.rotationPolicy", None), edit("Certificate", "spec.duration", None), edit("Certificate", "spec.privateKey.rotationPolicy", "Always", name="-ca$"),
         drop("Certificate", "client-standby"), drop("Issuer"))
def certificates(c):
    own = "issuer" not in c.destination
    wanted = {c.name + "-server", c.name + "-client-postgres", c.name + "-client-standby"} | ({c.name + "-pooler-server"} if c.pooler() else set()) | ({c.name + "-ca"} if own else set())
    have = {o["metadata"]["name"]: o["spec"] for o in c.all("Certificate")}
    if set(have) != wanted: yield "certificates are %s" % sorted(have)
    if len(c.all("Issuer")) != 2 * own: yield "issuers"
    for name, s in have.items():
        authority = name.endswith("-ca")
        if not s.get("duration") or not s.get("renewBefore") or s["privateKey"].get("rotationPolicy") != ("Never" if authority else "Always"): yield name
        if authority and (s["duration"] != "87600h" or not s["isCA"]): yield "authority"
    server = have.get(c.name + "-server", {}).get("dnsNames", [])
    domain = "%s.svc.%s" % (c.namespace, c.destination["clusterDomain"])
    for name in ["%s.%s" % (s, domain) for s in (c.name, c.name + "-replicas", c.name + "-leader", "*.%s-pods" % c.name)]:
        if name not in server: yield name + " is not covered"

@cluster("trust: one ConfigMap without data in Git; nobody reads a leaf Secret's ca.crt",
         edit("ConfigMap", "data", {"ca.crt": "x"}, name="-trust$"),
         edit("StatefulSet", "spec.template.spec.volumes.0", {"name": "x", "secret": {"secretName": "y", "items": [{"key": "ca.crt", "path": "z"}]}}))
def trust(c):
    bundle = c.get("ConfigMap", c.name + "-trust")
    if not bundle or set(bundle) & {"data", "binaryData"}: yield "the bundle"
    for owner, pod in c.pods():
        for v in pod["spec"]["volumes"]:
            for item in v.get("secret", {}).get("items", []):
                if item["key"] == "ca.crt": yield "%s reads %s" % (owner["metadata"]["name"], v["secret"]["secretName"])
    for s in c.sets():
        env = {e["name"]: e.get("value") for e in container(s["spec"]["template"], "postgres")["env"]}
        config = parsed(env["SPILO_CONFIGURATION"])
        paths = {env["SSL_CA_FILE"], env["SSL_RESTAPI_CA_FILE"], config["ctl"]["cacert"], *(v["sslrootcert"] for v in config["postgresql"]["authentication"].values())}
        if paths != {"/run/howdah/trust.crt"}: yield "members trust %s" % paths
        if "sslrootcert=/etc/howdah/trust/ca.crt" not in json.dumps(container(s["spec"]["template"], "exporter")): yield "exporter"
    if c.orders["trust"]["configMap"] != c.name + "-trust": yield "orders"

@cluster("Secrets: empty shells of type Opaque, or External Secrets by the destination's provider; passwords generated once, keys pushed outside",
         edit("Secret", "data", {}), edit("Secret", "type", "kubernetes.io/basic-auth"), edit("ExternalSecret", "spec.refreshPolicy", "Periodic"),
         edit("ExternalSecret", "spec.target.creationPolicy", "Owner"), drop("PushSecret", "backup-key"))
def shells(c):
    for o in c.all("Secret") + [o for o in c.access if o["kind"] == "Secret"]:
        if set(o) & {"data", "stringData", "immutable"} or o["type"] != "Opaque": yield o["metadata"]["name"]
    wanted = {s["secret"] for s in c.orders["shells"]}
    made = {o["metadata"]["name"] for o in c.all("ExternalSecret" if c.external else "Secret")}
    stores = {c.name + "-store", c.name + "-source-store"}
    if not wanted <= made or made - wanted - stores: yield "made: %s" % sorted(made)
    if c.external and c.all("Secret"): yield "shells beside External Secrets"
    for o in c.all("ExternalSecret"):
        keys = o["metadata"]["name"] in stores
        if o["spec"]["refreshPolicy"] != ("Periodic" if keys else "CreatedOnce"): yield o["metadata"]["name"]
        if o["spec"]["target"].get("creationPolicy") != "Orphan" or o["spec"]["target"]["deletionPolicy"] != "Retain": yield "it goes with its ExternalSecret"
        if "kustomize.toolkit.fluxcd.io/ssa" in annotations(o): yield "Flux would write it once only"
    if c.external and c.orders["archive"]["generateKeys"] and not c.get("PushSecret", c.name + "-backup-key"): yield "the backup key dies with the cluster"
    for o in c.all("PushSecret"):
        if o["spec"]["deletionPolicy"] != "None" or o["spec"]["updatePolicy"] != "IfNotExists": yield "pushed"
    for o in c.all("Password"):
        if o["spec"]["symbols"] != 0: yield "a password with symbols"

@cluster("shells survive a sync: server-side apply, nothing but annotations to compare; Flux makes them once",
         edit("Secret", "metadata.annotations", None, when=lambda o: "kustomize.toolkit.fluxcd.io/ssa" in annotations(o)))
def shell_annotations(c):
    lifted = c.step == "stopped"
    for o in c.all("Secret") + [o for o in c.access if o["kind"] == "Secret"] + [c.get("ConfigMap", c.name + "-trust")]:
        purpose = o["metadata"]["name"][len(c.name) + 1:]
        once = not (lifted and (purpose == "system" or purpose == "backup-key" and c.spec["retire"]["backups"] == "delete"))
        if c.tool == "flux" and annotations(o).get("kustomize.toolkit.fluxcd.io/ssa") != ("IfNotPresent" if once else None): yield o["metadata"]["name"]

@cluster("prune protection: claims, the backup key and the system passwords, and nothing else; lifted by the retirement as it says",
         edit("PersistentVolumeClaim", "metadata.annotations", None), edit("Service", "metadata.annotations", {"argocd.argoproj.io/sync-options": "Prune=false,Delete=false"}),
         edit("Secret", "metadata.annotations", None, name="-backup-key"), edit("ExternalSecret", "metadata.annotations", None, name="-system"))
def protection(c):
    retire = c.spec.get("retire", {})
    lifted = c.step == "stopped"
    for o in c.own + c.access:
        kind, name = o["kind"], o["metadata"]["name"]
        wanted = kind == "PersistentVolumeClaim" and not (lifted and retire["volumes"] == "delete")
        wanted |= kind in ("Secret", "ExternalSecret") and name == c.name + "-backup-key" and not (lifted and retire["backups"] == "delete")
        wanted |= kind in ("Secret", "ExternalSecret") and name == c.name + "-system" and not lifted
        if protected(o) != (wanted and c.tool != "none"): yield "%s %s" % (kind, name)

def selected(policy, pod): return policy["spec"]["podSelector"]["matchLabels"].items() <= pod["metadata"]["labels"].items()

@cluster("NetworkPolicies: exactly one for each pod of ours, in both directions; no rule without a peer; no policy on an application's pod",
         edit("NetworkPolicy", "spec.policyTypes", ["Ingress"]), drop("NetworkPolicy", "-pooler$"), edit("NetworkPolicy", "spec.podSelector", {}),
         lambda c: bool(c.get("NetworkPolicy", c.name + "-postgres")["spec"]["ingress"].append({"ports": [{"port": 5432, "protocol": "TCP"}]}) or True))
def policies(c):
    for p in c.all("NetworkPolicy"):
        if sorted(p["spec"]["policyTypes"]) != ["Egress", "Ingress"] or not p["spec"]["podSelector"].get("matchLabels"): yield p["metadata"]["name"]
        for direction, key in ("ingress", "from"), ("egress", "to"):
            for rule in p["spec"].get(direction, []):
                if not rule.get(key) or not rule.get("ports"): yield "%s: %s %s" % (p["metadata"]["name"], direction, rule)
                for peer in rule.get(key, []):
                    if peer.get("ipBlock", {}).get("cidr") == "0.0.0.0/0" and "169.254.169.254/32" not in peer["ipBlock"].get("except", []): yield "the metadata server is open"
    for owner, pod in c.pods():
        have = [p["metadata"]["name"] for p in c.all("NetworkPolicy") if p["spec"]["podSelector"].get("matchLabels") and selected(p, pod)]
        if len(have) != 1: yield "%s is selected by %s" % (owner["metadata"]["name"], have)
    if any(o["kind"] == "NetworkPolicy" for o in c.access): yield "a policy in an application's namespace"

@cluster("pg_hba and policies derive from one list: each application that may connect is in both, and no other",
         lambda c: bool(c.orders["logins"]) and text_edit("ConfigMap", "-hba$", "pg_hba.conf", c.orders["logins"][0]["pair"][1] + " ", "nobody ")(c),
         lambda c: next((p["spec"]["ingress"].remove(r) is None for p in c.all("NetworkPolicy") for r in p["spec"].get("ingress", [])
                         if "postgres" in p["metadata"]["name"] and "kubernetes.io/metadata.name" in json.dumps(r) and r["ports"] == [{"port": 5432, "protocol": "TCP"}]), False))
def one_graph(c):
    open_ = not c.spec.get("closed") and not c.spec.get("retire")
    users = {line.split()[2] for line in c.hba if line.startswith("hostssl")} - {"postgres", "standby", "howdah_exporter", "howdah_pooler", "howdah_autoscaler"}
    if users != ({u for l in c.orders["logins"] for u in l["pair"]} if open_ else set()): yield "pg_hba lets in %s" % sorted(users)
    for name, port in (("postgres", 5432), ("pooler", 6432)):
        policy = c.get("NetworkPolicy", "%s-%s" % (c.name, name))
        if not policy: continue
        let_in = {p["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"] for r in policy["spec"]["ingress"] for p in r["from"]
                  if "namespaceSelector" in p and "howdah.dev/workload" not in json.dumps(p) and [q["port"] for q in r["ports"]] == [port]} - {c.destination.get("autoscaler", {}).get("namespace")}
        if let_in != ({l["secret"]["namespace"] for l in c.orders["logins"]} if open_ else set()): yield "%s lets in %s" % (name, sorted(let_in))

@cluster("superuser over the network only with a client certificate; every other login over TLS with scram; the rest is refused",
         text_edit("ConfigMap", "-hba$", "pg_hba.conf", "hostssl all postgres all scram-sha-256 clientcert=verify-full", "hostssl all postgres all scram-sha-256"),
         text_edit("ConfigMap", "-hba$", "pg_hba.conf", "host all all all reject\n", ""))
def hba(c):
    for line in c.hba:
        fields = line.split()
        if fields[0] == "local": continue
        if fields[2] in ("postgres", "standby") and line.endswith("scram-sha-256"): yield line
        if not (fields[0] == "hostssl" and fields[4] == "scram-sha-256" or fields[0] == "host" and fields[-1] == "reject"): yield line
    for line in "local all all reject", "host all all all reject", "host replication all all reject":
        if line not in c.hba: yield "no " + line

@cluster("budgets: one for members in the plural, one for their read replicas, one for poolers in the plural; broken pods never block a drain",
         drop("PodDisruptionBudget"), edit("PodDisruptionBudget", "spec.unhealthyPodEvictionPolicy", None), edit("PodDisruptionBudget", "spec.maxUnavailable", 0))
def budgets(c):
    wanted = ([c.scope] if c.spec["instances"] > 1 else []) + [s["metadata"]["name"] for s in c.readers() if c.step != "stopped"]
    wanted += [c.name + "-pooler"] if c.pooler() and c.spec["pooler"]["instances"] > 1 else []
    if sorted(wanted) != sorted(o["metadata"]["name"] for o in c.all("PodDisruptionBudget")): yield "budgets"
    for o in c.all("PodDisruptionBudget"):
        if o["spec"].get("unhealthyPodEvictionPolicy") != "AlwaysAllow" or not 1 <= o["spec"]["maxUnavailable"]: yield o["metadata"]["name"]
        pods = [p for _, p in c.pods() if o["spec"]["selector"]["matchLabels"].items() <= p["metadata"]["labels"].items()]
        if len(pods) != 1: yield "%s is about %d kinds of pods" % (o["metadata"]["name"], len(pods))

@cluster("PodMonitors where the destination has Prometheus: exporter, Patroni and agent, by ports that the pods have, by names that the certificates have",
         drop("PodMonitor"), edit("PodMonitor", "spec.podMetricsEndpoints.1.port", "x"), edit("PodMonitor", "spec.podMetricsEndpoints.1.tlsConfig.serverName", "x"))
def monitors(c):
    wanted = [] if "monitoring" not in c.destination else [c.name + "-postgres"] + ([c.name + "-pooler"] if c.pooler() else [])
    if sorted(o["metadata"]["name"] for o in c.all("PodMonitor")) != sorted(wanted): yield "monitors"
    names = {n for o in c.all("Certificate") for n in o["spec"].get("dnsNames", [])}
    for o in c.all("PodMonitor"):
        for _, pod in c.pods():
            if not o["spec"]["selector"]["matchLabels"].items() <= pod["metadata"]["labels"].items(): continue
            ports = {p["name"] for x in containers(pod) for p in x.get("ports", [])}
            for e in o["spec"]["podMetricsEndpoints"]:
                if e["port"] not in ports: yield "no port " + e["port"]
                if e["scheme"] == "https" and e["tlsConfig"]["serverName"] not in names: yield e["tlsConfig"]["serverName"]

@cluster("drill: a CronJob of its own account that reads the newest backup on a volume that goes with it; none for what is retired or follows",
         drop("CronJob"), edit("CronJob", "spec.concurrencyPolicy", "Allow"), edit("CronJob", "spec.jobTemplate.spec.template.spec.volumes.0", {"name": "scratch", "emptyDir": {}}))
def drill(c):
    asked = dig(c.spec, "backup.drill.enabled", False) and not c.step and ("standby" not in c.spec or c.spec["standby"].get("promoted"))
    if bool(c.all("CronJob")) != bool(asked): yield "drill"
    for o in c.all("CronJob"):
        pod = o["spec"]["jobTemplate"]["spec"]["template"]["spec"]
        if "ephemeral" not in pod["volumes"][0] or o["spec"]["concurrencyPolicy"] != "Forbid" or not o["spec"].get("timeZone"): yield "form"
        if pod["serviceAccountName"] != c.name + "-drill" or dig(o, "spec.jobTemplate.spec.backoffLimit") != 0: yield "account"

@cluster("orders: a ConfigMap of a constant name, which no pod template derives from; hashes are the sealed ones",
         text_edit("ConfigMap", "-agent$", "orders.yaml", "hash: \"", "hash: \"0"))
def orders(c):
    sealed = lambda s: dig(s, "spec.template.metadata.annotations")["howdah.dev/template-hash"]
    o = c.orders
    if o["template"]["hash"] != sealed(c.ha()): yield "hash"
    for s in c.readers():
        if c.step != "stopped" and o["template"].get("readersHash") != sealed(s): yield "hash of the read replicas"
    for s in c.sets():
        if volumes(s["spec"]["template"])["orders"]["configMap"]["name"] != c.name + "-agent": yield "name"
    for key in "archive", "backup", "databases", "patroni", "trust", "shells":
        if key not in o: yield "no " + key
    if c.pooler() and (o["pooler"]["pauseLimit"], o["pooler"]["console"]) != ("40s", "howdah_console"): yield "pause"
    if o["objects"]["leaderLock"] != c.scope + "-leader": yield "leader lock"

# ---- decisions taken -------------------------------------------------------------------------------------------------

@cluster("failsafe_mode from the first start on and for good; Patroni's times satisfy its own rule",
         text_edit("ConfigMap", "-agent$", "orders.yaml", "failsafe_mode: true", "failsafe_mode: false"), text_edit("ConfigMap", "-agent$", "orders.yaml", "ttl: 30", "ttl: 20"))
def failsafe(c):
    dynamic = dig(c.orders, "patroni.dynamic")
    if dynamic["failsafe_mode"] is not True: yield "orders"
    if dynamic["loop_wait"] + 2 * dynamic["retry_timeout"] > dynamic["ttl"]: yield "loop_wait + 2 x retry_timeout > ttl"
    for s in c.sets():
        if parsed(next(e["value"] for e in container(s["spec"]["template"], "postgres")["env"] if e["name"] == "SPILO_CONFIGURATION"))["bootstrap"]["dcs"]["failsafe_mode"] is not True: yield "bootstrap"

@cluster("images: tag and digest wherever the platform pins them",
         edit("StatefulSet", "spec.template.spec.containers.0.image", "ghcr.io/zalando/spilo-18:4.1-p2", when=lambda o: "@sha256" in dig(o, "spec.template.spec.containers.0.image")))
def images(c):
    pins = dig(c.platform, "images.pins", {})
    for owner, pod in c.pods():
        for x in containers(pod):
            if not re.fullmatch(r"[^@]+:[^@:]+" + ("@sha256:[0-9a-f]{64}" if pins else ""), x["image"]): yield x["image"]

@cluster("rolling: OnDelete for members, so that the agent orders it; Parallel pod management",
         edit("StatefulSet", "spec.updateStrategy.type", "RollingUpdate", when=lambda o: dig(o, "spec.updateStrategy.type") == "OnDelete"), edit("StatefulSet", "spec.podManagementPolicy", "OrderedReady"))
def rolling(c):
    for s in c.all("StatefulSet"):
        members = s in c.sets() and s not in c.readers()
        if dig(s, "spec.updateStrategy.type") != ("OnDelete" if members else "RollingUpdate") or s["spec"]["podManagementPolicy"] != "Parallel": yield s["metadata"]["name"]

@cluster("sidecars: their images stand in the orders, as the agent is to write them into running pods",
         text_edit("ConfigMap", "-agent$", "orders.yaml", "container: exporter", "container: other"))
def sidecar_images(c):
    pod = c.ha()["spec"]["template"]
    if {(s["container"], s["image"]) for s in c.orders["sidecars"]} != {(n, container(pod, n)["image"]) for n in ("agent", "exporter")}: yield "orders"

@cluster("mounts: shells whole in the members' pods; /run for Spilo, agent and bootstrap; one projected token for just these",
         edit("StatefulSet", "spec.template.spec.volumes.11.secret.items", [{"key": "key", "path": "key"}], when=lambda o: dig(o, "spec.template.spec.volumes.11.name", "").startswith("secret-")),
         lambda c: bool(container(c.ha()["spec"]["template"], "exporter")["volumeMounts"].append({"mountPath": TOKEN, "name": "token"}) or True))
def member_mounts(c):
    shells_ = {s["secret"] for s in c.orders["shells"]}
    for s in c.sets():
        pod = s["spec"]["template"]
        for v in pod["spec"]["volumes"]:
            if v.get("secret", {}).get("secretName") in shells_ and "items" in v["secret"]: yield v["name"] + " by items"
        if any("subPath" in m for x in containers(pod) for m in x["volumeMounts"]): yield "subPath"
        for name in "run", "token":
            if {x["name"] for x in containers(pod) if name in mounts(x)} != {"postgres", "agent", "bootstrap"}: yield name
        if sum("serviceAccountToken" in json.dumps(v) for v in pod["spec"]["volumes"]) != 1: yield "tokens"

@cluster("exporter: a user of its own, no /run, no token, 127.0.0.1 with TLS, its password by file, role howdah_exporter",
         lambda c: put(container(c.ha()["spec"]["template"], "exporter"), "securityContext.runAsUser", 101) is None,
         lambda c: put(container(c.ha()["spec"]["template"], "exporter"), "env.0.value", "10.0.0.1:5432/postgres?sslmode=require") is None)
def exporter(c):
    for s in c.sets():
        x = container(s["spec"]["template"], "exporter")
        env = {e["name"]: e.get("value", "") for e in x["env"]}
        if x["securityContext"]["runAsUser"] in (0, 101): yield "user"
        if set(mounts(x)) != {"exporter-keys", "trust"}: yield "mounts"
        if not env["DATA_SOURCE_URI"].startswith("127.0.0.1:5432/") or "sslmode=verify-" not in env["DATA_SOURCE_URI"]: yield "how it connects"
        if env["DATA_SOURCE_USER"] != "howdah_exporter" or not env["DATA_SOURCE_PASS_FILE"]: yield "who it is"

@cluster("logs to stderr; audit by pgaudit, which is always loaded",
         text_edit("ConfigMap", "-agent$", "orders.yaml", "pgaudit.log:", "pgaudit.lag:"))
def logs(c):
    for s in c.sets():
        local = parsed(next(e["value"] for e in container(s["spec"]["template"], "postgres")["env"] if e["name"] == "SPILO_CONFIGURATION"))["postgresql"]["parameters"]
        if (local["log_destination"], local["logging_collector"]) != ("stderr", "off") or "pgaudit" not in local["shared_preload_libraries"]: yield s["metadata"]["name"]
    classes = ",".join(sorted(dig(c.spec, "audit.log", []))) or "none"
    if dig(c.orders, "patroni.dynamic.postgresql.parameters").get("pgaudit.log") != classes: yield "pgaudit.log"

@cluster("order inside a cluster: none, but that the record is first and claims stand before StatefulSets",
         edit("StatefulSet", "metadata.annotations", {"argocd.argoproj.io/sync-wave": "1"}), lambda c: bool(c.own.append(c.own.pop(0)) or True))
def order(c):
    kinds = [o["kind"] for o in c.own]
    if kinds[0] != "PostgresCluster": yield "the record is not first"
    if max(i for i, k in enumerate(kinds) if k == "PersistentVolumeClaim") > kinds.index("StatefulSet"): yield "claims come after StatefulSets"
    for o in c.own + c.access:
        if any("wave" in k or "hook" in k for k in annotations(o)): yield o["metadata"]["name"]

@cluster("incarnation: part of SCOPE, sets, claims and archive; never of Services, pooler, Secrets, Certificates; earlier ones stand at 0",
         edit("StatefulSet", "spec.replicas", 1, when=lambda o: re.search(r"-(i2|moved)$", o["metadata"]["name"]) and o["spec"].get("replicas") == 0),
         edit("Secret", "metadata.name", "identity-i2-x"), edit("ExternalSecret", "metadata.name", "moved-i3-x"))
def incarnation(c):
    n = c.spec["incarnation"]
    if "/%s/%d/" % (c.scope, n) not in dig(c.orders, "archive.prefix"): yield "archive"
    for o in c.own:
        suffixed = bool(re.search(r"-i\d+(-|$)", o["metadata"]["name"]))
        if suffixed and (o["kind"] not in ("StatefulSet", "PersistentVolumeClaim", "PodDisruptionBudget") or n == 1): yield "%s %s" % (o["kind"], o["metadata"]["name"])
    for s in c.sets():
        if s["metadata"]["labels"]["howdah.dev/scope"] != c.scope and s["spec"]["replicas"] != 0: yield "an earlier incarnation runs"

@cluster("retirement: access closes first, replicas stay; stopped means 0 for everything; standby and closed clusters have their forms",
         edit("StatefulSet", "spec.replicas", 3, name="^(gone|kept|leaving|ranking)$", when=lambda o: o["spec"].get("replicas") == 0), text_edit("ConfigMap", "-agent$", "orders.yaml", "default_transaction_read_only: \"on\"", "x: y"),
         text_edit("ConfigMap", "-agent$", "orders.yaml", "standby_cluster:", "standby_clusters:"))
def life(c):
    stopped = c.step == "stopped" or c.spec.get("hibernate", {}).get("always")
    wanted = 0 if stopped else None if c.spec.get("hibernate", {}).get("sleep") else c.spec["instances"]
    if c.ha()["spec"].get("replicas") != wanted: yield "replicas"
    parameters = dig(c.orders, "patroni.dynamic.postgresql.parameters")
    if (parameters.get("default_transaction_read_only") == "on") != bool(c.spec.get("closed")): yield "read only"
    follows = "standby" in c.spec and not c.spec["standby"].get("promoted")
    if ("standby_cluster" in c.orders["patroni"]["dynamic"]) != follows: yield "standby_cluster"
    if c.orders["archive"]["generateKeys"] != (c.spec["incarnation"] == 1 and "restore" not in c.spec and "standby" not in c.spec): yield "keys"

@cluster("access: in the application's namespace a shell, and a Role for just these Secrets bound to this cluster's account",
         edit("RoleBinding", "subjects.0.namespace", "default", name="^howdah-"), edit("Role", "rules.0.verbs", ["get", "list", "patch"], name="^howdah-"),
         lambda c: next((c.access.remove(o) is None for o in c.access if o["kind"] == "Secret"), False))
def access(c):
    secrets = {(o["metadata"]["namespace"], o["metadata"]["name"]) for o in c.access if o["kind"] == "Secret"}
    wanted = {(l["secret"]["namespace"], l["secret"]["name"]) for l in c.orders["logins"]}
    if secrets != wanted: yield "Secrets"
    may = {(o["metadata"]["namespace"], n) for o in c.access if o["kind"] == "Role" for r in o["rules"] if r["resources"] == ["secrets"] for n in r["resourceNames"]}
    if may != wanted: yield "rights"
    for o in c.access:
        if o["kind"] == "Role" and any(set(r["verbs"]) - {"get", "patch"} or "resourceNames" not in r for r in o["rules"]): yield "more than needed"
        if o["kind"] == "RoleBinding" and o["subjects"] != [{"kind": "ServiceAccount", "name": c.name + "-postgres", "namespace": c.namespace}]: yield "bound to another"
        if o["kind"] not in ("Secret", "Role", "RoleBinding", "PostgresDatabase"): yield o["kind"] + " in an application's namespace"

@cluster("restricted pods: requests and limits on every container, one archive, no host, no root",
         lambda c: put(container(c.ha()["spec"]["template"], "exporter"), "resources.limits.memory", None) is None,
         edit("StatefulSet", "spec.template.spec.securityContext.runAsNonRoot", False), edit("StatefulSet", "spec.template.spec.hostNetwork", True))
def restricted(c):
    for owner, pod in c.pods():
        if pod["spec"]["securityContext"].get("runAsNonRoot") is not True or set(pod["spec"]) & {"hostNetwork", "hostPID", "hostIPC"}: yield owner["metadata"]["name"]
        for x in containers(pod):
            for kind in "requests", "limits":
                if set(x["resources"][kind]) != {"cpu", "memory", "ephemeral-storage"}: yield "%s: %s" % (x["name"], kind)
            if x["securityContext"]["capabilities"] != {"drop": ["ALL"]}: yield x["name"]

@cluster("cloud identity: by annotation where there is one, keys by Secret where there is none; the metadata server is reached only where it gives tokens",
         edit("ServiceAccount", "metadata.annotations", None), edit("ServiceAccount", "metadata.annotations", {"iam.gke.io/gcp-service-account": "x"}),
         edit("StatefulSet", ("spec", "template", "metadata", "annotations", "eks.amazonaws.com/skip-containers"), None))
def identity(c):
    key = {"irsa": "eks.amazonaws.com/role-arn", "gkeWorkloadIdentity": "iam.gke.io/gcp-service-account", "azure": "azure.workload.identity/client-id"}.get(c.destination["credentials"])
    for name in c.name + "-postgres", c.name + "-drill":
        account = c.get("ServiceAccount", name)
        if account and (key in annotations(account)) != bool(key) and bool(key): yield name
        if account and not key and annotations(account): yield name + " has an identity of another cloud"
    pooler_ = c.get("ServiceAccount", c.name + "-pooler")
    if pooler_ and annotations(pooler_): yield "the pooler has an identity"
    webhook = {"irsa": "eks.amazonaws.com", "podIdentity": "eks.amazonaws.com", "azure": "azure.workload.identity"}.get(c.destination["credentials"])
    for owner, pod in c.pods():
        if webhook and container(pod, "exporter") and annotations(pod).get(webhook + "/skip-containers") != "exporter": yield owner["metadata"]["name"] + ": the exporter gets a token"
    env = container(c.ha()["spec"]["template"], "postgres")["env"]
    keys = [e["name"] for e in env if "secretKeyRef" in e.get("valueFrom", {}) and not e["name"].startswith("PGPASSWORD") and not e["name"].startswith(("CLONE_", "STANDBY_"))]
    files = "store-keys" in volumes(c.ha()["spec"]["template"])
    if (c.destination["credentials"] == "keys") != bool(keys or files): yield "keys: %s" % keys
    policy = json.dumps(c.get("NetworkPolicy", c.name + "-postgres")["spec"]["egress"])
    if ('"cidr": "169.254.169.254/32"' in policy) != (c.destination["credentials"] == "gkeWorkloadIdentity"): yield "metadata server"

@cluster("another store that the data come from has its own keys and authority, beside those of the archive",
         edit("ExternalSecret", "spec.data.0.remoteRef.key", "platform/blob", name="-source-store$"),
         lambda c: bool([m for m in container(c.ha()["spec"]["template"], "postgres")["volumeMounts"] if m["name"] == "source-ca" and m.update(mountPath="/x") is None]))
def source_store(c):
    pod = c.ha()["spec"]["template"]
    paths = {m["mountPath"] for m in container(pod, "postgres")["volumeMounts"]}
    for e in container(pod, "postgres")["env"]:
        if e["name"].startswith(("CLONE_", "STANDBY_")) and e.get("value", "").startswith("/etc/howdah/") and os.path.dirname(e["value"]) not in paths: yield e["name"]
    for o in c.all("ExternalSecret"):
        if o["metadata"]["name"] not in (c.name + "-store", c.name + "-source-store"): continue
        name = next((s for s, v in c.platform["objectStores"].items() if v.get("keys", {}).get("remotePath") == o["spec"]["data"][0]["remoteRef"]["key"]), None)
        there = (c.spec.get("standby") or c.spec.get("restore") or {}).get("environment", c.environment)
        wanted = c.spec["backup"]["store"] if o["metadata"]["name"] == c.name + "-store" else c.platform["environments"][there]["defaults"]["backup"]["store"]
        if name != wanted: yield "%s holds the keys of %s" % (o["metadata"]["name"], name)

@cluster("encryption is always on, and no secret is in Git",
         lambda c: bool([e for e in container(c.ha()["spec"]["template"], "postgres")["env"] if e["name"] == "WALG_LIBSODIUM_KEY_PATH" and e.update(name="X") is None]),
         edit("ConfigMap", "data.password", "hunter2"))
def encryption(c):
    for s in c.sets():
        env = {e["name"]: e.get("value") for e in container(s["spec"]["template"], "postgres")["env"]}
        if not env.get("WALG_LIBSODIUM_KEY_PATH"): yield "not encrypted"
    for o in c.own + c.access:
        text = json.dumps(o)
        if re.search(r"BEGIN [A-Z ]*PRIVATE KEY|hunter2", text): yield o["metadata"]["name"]
        if o["kind"] == "ConfigMap" and any(re.search("password|secret", k) for k in o.get("data", {})): yield o["metadata"]["name"]

# ---- twenty mistakes of generators, where test_members.py does not have them ----------------------------------------

MISTAKES = {"PGROOT", "PGDATA", "PGLOG", "CLONE_TARGET_BACKUP", "WALG_BACKUP_RETENTION_DAYS", "BACKUP_PATH", "STANDBY_METHOD", "WALG_S3_PREFIX", "WALG_GS_PREFIX", "AWS_SESSION_TOKEN",
            "WALG_S3_STORAGE_CLASS", "USE_WALG", "WALG_FILE_PREFIX"}

@cluster("mistakes 1, 3, 14, 15: no variable that Spilo does not read, none that it ignores, no hand-written prefix",
         lambda c: bool(container(c.ha()["spec"]["template"], "postgres")["env"].append({"name": "PGPARAM_work_mem", "value": "1MB"}) or True))
def mistake_variables(c):
    for s in c.sets():
        for e in container(s["spec"]["template"], "postgres")["env"]:
            if e["name"] in MISTAKES or e["name"].startswith(("PGPARAM_", "PATRONI_")): yield e["name"]

@cluster("mistakes 2, 20: a restored cluster says so in the one spelling that every image reads, and never archives where it reads",
         lambda c: bool([e for e in container(c.ha()["spec"]["template"], "postgres")["env"] if e["name"] == "CLONE_METHOD" and e.update(value="CLONE_WITH_WALG") is None]))
def mistake_clone(c):
    env = {e["name"]: e.get("value") for e in container(c.ha()["spec"]["template"], "postgres")["env"]}
    if ("restore" in c.spec) != ("CLONE_METHOD" in env) or env.get("CLONE_METHOD", "CLONE_WITH_WALE") != "CLONE_WITH_WALE": yield "CLONE_METHOD"
    for name in "CLONE_WALG_S3_PREFIX", "CLONE_WALG_GS_PREFIX", "CLONE_WALG_AZ_PREFIX":
        if name in env and c.orders["archive"]["prefix"].startswith(env[name]): yield "archives where it reads"

@cluster("mistakes 4, 5, 13: parameters of the dynamic configuration are kept there by the agent, and initdb keeps checksums and locale",
         text_edit("ConfigMap", "-agent$", "orders.yaml", "max_connections:", "max_connection:"))
def mistake_parameters(c):
    for s in c.sets():
        config = parsed(next(e["value"] for e in container(s["spec"]["template"], "postgres")["env"] if e["name"] == "SPILO_CONFIGURATION"))
        dynamic = dig(c.orders, "patroni.dynamic.postgresql.parameters")
        first = config["bootstrap"]["dcs"]["postgresql"]["parameters"]
        if {k: dynamic.get(k) for k in first} != first or set(config["postgresql"]["parameters"]) & set(dynamic): yield "parameters"
        if "data-checksums" not in config["bootstrap"]["initdb"] or {"locale": c.spec.get("locale", "C.UTF-8")} not in config["bootstrap"]["initdb"]: yield "initdb"

@cluster("mistakes 6 to 11: probes, Parallel, no pause before the end, no root, five minutes of grace, /run and /tmp writable",
         edit("StatefulSet", "spec.template.spec.terminationGracePeriodSeconds", 60, when=lambda o: "howdah.dev/scope" in o["metadata"]["labels"]),
         edit("StatefulSet", "spec.template.spec.containers.0.startupProbe.httpGet.path", "/readiness"))
def mistake_pod(c):
    for s in c.sets():
        pod, x = s["spec"]["template"]["spec"], container(s["spec"]["template"], "postgres")
        if x["startupProbe"]["httpGet"]["path"] != "/liveness" or x["livenessProbe"]["httpGet"]["path"] != "/liveness" or x["readinessProbe"]["httpGet"]["path"] != "/readiness": yield "probes"
        if pod["terminationGracePeriodSeconds"] < 300 or "pause" in json.dumps(x.get("lifecycle", {})): yield "end"
        if any(y["securityContext"].get("runAsUser") == 0 for y in containers(s["spec"]["template"])): yield "root"
        paths = {m["mountPath"] for m in x["volumeMounts"]}
        if not {"/run", "/tmp", "/dev/shm"} <= paths: yield "writable"

@cluster("mistakes 12, 16: passwords are generated from letters and digits; region and SSE are explicit for S3",
         edit("Password", "spec.symbols", 4), lambda c: bool([e for e in container(c.ha()["spec"]["template"], "postgres")["env"] if e["name"] == "AWS_REGION" and e.update(name="X") is None]))
def mistake_store(c):
    env = {e["name"] for e in container(c.ha()["spec"]["template"], "postgres")["env"]}
    if "WAL_S3_BUCKET" in env and not {"AWS_REGION", "WALG_DISABLE_S3_SSE"} <= env: yield "S3"
    if any(o["spec"]["symbols"] for o in c.all("Password")): yield "symbols"

@cluster("mistakes 17 to 19: no Endpoints in Git; no pooler or job with the members' labels; Patroni's port open to members, nodes and Prometheus alone",
         lambda c: bool(c.pooler()) and c.pooler()["spec"]["template"]["metadata"]["labels"].update({"howdah.dev/scope": c.scope}) is None,
         lambda c: bool(c.get("NetworkPolicy", c.name + "-postgres")["spec"]["ingress"].append({"from": [{"podSelector": {}}], "ports": [{"port": 8008, "protocol": "TCP"}]}) or True))
def mistake_labels(c):
    for o in c.own + c.access:
        if o["kind"] in ("Endpoints", "EndpointSlice", "Lease"): yield o["kind"]
    for owner, pod in c.pods():
        if owner not in c.sets() and "howdah.dev/scope" in pod["metadata"]["labels"]: yield owner["metadata"]["name"] + " looks like a member"
    monitoring = c.destination.get("monitoring", {}).get("namespace")
    for r in c.get("NetworkPolicy", c.name + "-postgres")["spec"]["ingress"]:
        if not {8008, 8080} & {p["port"] for p in r["ports"]}: continue
        for peer in r["from"]:
            members = peer == {"podSelector": {"matchLabels": {"howdah.dev/workload": c.name + "-postgres"}}}
            prometheus = monitoring and dig(peer, "namespaceSelector.matchLabels", {}).get("kubernetes.io/metadata.name") == monitoring
            nodes = dig(peer, "ipBlock.cidr") in dig(c.destination, "nodes.cidrs", [])
            if not (members or prometheus or nodes): yield "8008 is open to %s" % peer

# ---- per destination -------------------------------------------------------------------------------------------------

@destination("definitions of the records: with rules, kept when their file goes", drop("CustomResourceDefinition"),
             edit("CustomResourceDefinition", "metadata.annotations", None))
def definitions(d):
    if sorted(o["metadata"]["name"] for o in d.all("CustomResourceDefinition")) != ["postgresclusters.howdah.dev", "postgresdatabases.howdah.dev"]: yield "definitions"
    for o in d.all("CustomResourceDefinition"):
        if not protected(o): yield o["metadata"]["name"] + " may be pruned"
        if "x-kubernetes-validations" not in json.dumps(o) or dig(o, "spec.versions.0.subresources.status") is None: yield o["metadata"]["name"]

@destination("managed namespaces: Pod Security restricted, never pruned; quota as written, limits, default deny; external ones are left alone",
             edit("Namespace", ("metadata", "labels", "pod-security.kubernetes.io/enforce"), "baseline"),
             drop("ResourceQuota"), drop("LimitRange"), drop("NetworkPolicy"), edit("Namespace", "metadata.annotations", None), edit("NetworkPolicy", "spec.policyTypes", ["Ingress"]))
def namespaces(d):
    external = {n.split("/")[-1] for n, v in d.platform["namespaces"].items() if v == "external" or dig(v, "mode") == "external"}
    wanted = {c.namespace for c in d.clusters} - external
    if {o["metadata"]["name"] for o in d.all("Namespace")} != wanted: yield "namespaces"
    for o in d.all("Namespace"):
        labels = o["metadata"]["labels"]
        for mode in "enforce", "audit", "warn":
            if labels.get("pod-security.kubernetes.io/" + mode) != "restricted" or labels.get("pod-security.kubernetes.io/%s-version" % mode) != "v" + d.body["kubernetesVersion"]: yield o["metadata"]["name"]
        if not protected(o): yield o["metadata"]["name"] + " may be pruned"
    for kind in "ResourceQuota", "LimitRange", "NetworkPolicy":
        if {o["metadata"]["namespace"] for o in d.all(kind)} != wanted: yield kind
    for o in d.all("NetworkPolicy"):
        if o["spec"] != {"podSelector": {}, "policyTypes": ["Egress", "Ingress"]}: yield "default deny"
    for o in d.all("ResourceQuota"):
        if not {"requests.cpu", "limits.cpu", "requests.memory", "limits.memory", "requests.storage"} <= set(o["spec"]["hard"]): yield "quota of " + o["metadata"]["namespace"]

def syncing(d): return {dig(o, "spec.source.path") or dig(o, "spec.path")[2:]: o for o in d.sync if o["kind"] in ("Application", "Kustomization")}

@destination("sync: one object for the platform, one for each directory, by the tool of the destination; every name fits a label",
             drop("Application", "team"), drop("Kustomization", "team"), edit("Kustomization", "metadata.name", "x" * 64))
def sync_objects(d):
    kinds = {o["kind"] for o in d.sync}
    wanted = {"argocd": {"AppProject", "Application", "ConfigMap"}, "flux": {"GitRepository", "Kustomization"}, "none": set()}[d.tool]
    if kinds != wanted: yield "kinds %s" % kinds
    if d.tool == "none": return
    prefix = d.root + "/" if d.root else ""
    if set(syncing(d)) != {prefix + p for p in d.paths + ["destinations/%s/platform" % d.name]}: yield "paths"
    for o in d.sync:
        if len(o["metadata"]["name"]) > 63: yield o["metadata"]["name"]

@destination("Argo CD: everything in one wave, unlimited retry with refresh, self-heal, server-side apply, dry run skipped for what is not defined yet",
             edit("Application", "spec.syncPolicy.retry.limit", 5), edit("Application", "spec.syncPolicy.retry.refresh", None), edit("Application", "spec.syncPolicy.automated.selfHeal", False),
             edit("Application", "spec.syncPolicy.syncOptions", ["ServerSideApply=true"]), edit("Application", "spec.syncPolicy.automated.allowEmpty", True))
def argo(d):
    for o in d.all("Application"):
        policy = o["spec"]["syncPolicy"]
        if policy["automated"] != {"allowEmpty": False, "prune": True, "selfHeal": True}: yield "automated"
        if policy["retry"].get("limit") != -1 or policy["retry"].get("refresh") is not True: yield "retry"
        if not {"ServerSideApply=true", "SkipDryRunOnMissingResource=true"} <= set(policy["syncOptions"]): yield "options"
        if o["spec"]["source"]["repoURL"] != d.body["gitops"]["repoURL"] or o["spec"]["source"]["targetRevision"] != d.body["gitops"]["branch"]: yield "source"
        if o["spec"]["project"] != "howdah-" + d.name: yield "project"
    for o in d.all("AppProject"):
        if o["spec"]["sourceRepos"] != [d.body["gitops"]["repoURL"]]: yield "repositories"
        allowed = {(r["group"], r["kind"]) for r in o["spec"]["clusterResourceWhitelist"]}
        if {("apiextensions.k8s.io", "CustomResourceDefinition"), ("", "Namespace")} - allowed or ("*", "*") in allowed: yield "cluster resources"

@destination("Argo CD: what the agent writes is no drift, and stays so when Argo CD syncs",
             edit("Application", "spec.ignoreDifferences", [], name="team"), edit("Application", "spec.syncPolicy.syncOptions", ["ServerSideApply=true", "SkipDryRunOnMissingResource=true"], name="team"))
def drift(d):
    for path, o in syncing(d).items():
        if o["kind"] != "Application" or path.endswith("/platform"): continue
        ignored = {(i["group"], i["kind"]): i for i in o["spec"]["ignoreDifferences"]}
        if dig(ignored.get(("", "Secret")), "jsonPointers") != ["/data"] or ("", "ConfigMap") not in ignored: yield path
        if any(set(i) & {"name", "namespace"} for i in ignored.values()): yield path + ": by name"
        if "RespectIgnoreDifferences=true" not in o["spec"]["syncPolicy"]["syncOptions"]: yield path + ": a sync would write it"

@destination("nothing is cascaded but what a written retirement or a taken access says",
             edit("Application", "metadata.finalizers", ["resources-finalizer.argocd.argoproj.io/foreground"], name=r"team-a\.main$|team-orders\.orders$"),
             edit("Kustomization", "spec.deletionPolicy", "MirrorPrune", name="platform$"), edit("Kustomization", "spec.deletionPolicy", "Orphan", name="leaving$"))
def cascade(d):
    stopped = {c.path for c in d.clusters if c.step == "stopped"}
    prefix = d.root + "/" if d.root else ""
    for path, o in syncing(d).items():
        goes = path.endswith(".access") or path[len(prefix):] in stopped
        if o["kind"] == "Application" and o["metadata"].get("finalizers") != (["resources-finalizer.argocd.argoproj.io/foreground"] if goes else None): yield path
        if o["kind"] == "Kustomization" and o["spec"]["deletionPolicy"] != ("MirrorPrune" if goes else "Orphan"): yield path

@destination("argocd-cm: health of both records is their Ready alone; Argo CD's own object keeps its labels and its life",
             edit("ConfigMap", ("metadata", "annotations", "argocd.argoproj.io/sync-options"), "Prune=false", name="argocd-cm"),
             edit("ConfigMap", "metadata.labels", {"app.kubernetes.io/managed-by": "howdah"}, name="argocd-cm"), text_edit("ConfigMap", "argocd-cm", "resource.customizations.health.howdah.dev_PostgresCluster", "Ready", "Steady"))
def health(d):
    for o in d.sync:
        if o["kind"] != "ConfigMap": continue
        if o["metadata"]["labels"] != {"app.kubernetes.io/part-of": "argocd"} or not protected(o): yield "argocd-cm"
        for kind in "PostgresCluster", "PostgresDatabase":
            text = o["data"]["resource.customizations.health.howdah.dev_" + kind]
            for condition, wanted in ((None, "Progressing"), ("True", "Healthy"), ("False", "Degraded"), ("Unknown", "Progressing")):
                status = "" if condition is None else 'status = {conditions = {{type = "Degraded", status = "True"}, {type = "Ready", status = "%s", message = "m"}}}' % condition
                got = lua("local obj = {%s}\nlocal hs = (function()\n%s\nend)()\nprint(hs.status)" % (status, text))
                if got != wanted: yield "%s with Ready %s is %s" % (kind, condition, got)

@destination("Flux: each directory waits for the platform alone; its health is the record's Ready; never forced, retried for ever",
             edit("Kustomization", "spec.dependsOn", [], name="team"), edit("Kustomization", "spec.wait", True, name="team"), edit("Kustomization", "spec.force", True),
             edit("Kustomization", "spec.healthChecks", [{"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "x", "namespace": "y"}], name="team-a"),
             edit("Kustomization", "spec.retryInterval", None), edit("Kustomization", "spec.prune", False))
def flux(d):
    platform = "howdah-%s-platform" % d.name
    for path, o in syncing(d).items():
        if o["kind"] != "Kustomization": continue
        s = o["spec"]
        if s["force"] is not False or s["prune"] is not True or not s.get("retryInterval"): yield path
        if o["metadata"]["name"] == platform:
            if "dependsOn" in s or s["wait"] is not True: yield path
            continue
        if s["dependsOn"] != [{"name": platform}] or s["wait"] is not False: yield path + ": order"
        checks = [(h["kind"], h["name"], h["namespace"]) for h in s["healthChecks"]]
        c = next((c for c in d.clusters if path.endswith("/" + c.path) or path == c.path), None)
        if checks != ([("PostgresCluster", c.name, c.namespace)] if c else []): yield path + ": health %s" % checks
        if len(s["healthCheckExprs"]) != len(checks) or any("has(status.conditions)" not in h["current"] for h in s["healthCheckExprs"]): yield path + ": expressions"

def lua(program):
    import subprocess
    p = subprocess.run(["lua5.4", "-"], input=program, capture_output=True, text=True)
    return p.stdout.strip() if p.returncode == 0 else p.stderr

# ---- what a change may do --------------------------------------------------------------------------------------------

def changed(fleet, work, name, edits):
    """The repository with texts replaced, compiled: path -> bytes."""
    source = os.path.join(work, name)
    shutil.copytree(fleet.source, source)
    for path, old, new in edits:
        with open(os.path.join(source, path)) as f: text = f.read()
        assert old in text, "%s has no %r" % (path, old)
        with open(os.path.join(source, path), "w") as f: f.write(text.replace(old, new))
    return Fleet(source, source + "-out")

def hashes(fleet):
    return {(c.path, s["metadata"]["name"]): dig(s, "spec.template.metadata.annotations")["howdah.dev/template-hash"] for c in fleet.clusters for s in c.sets()}

def differing(a, b):
    a, b = tree(a.out), tree(b.out)
    return {p for p in set(a) | set(b) if a.get(p) != b.get(p)}

def changes(fleet, work):
    intent = "intents/rack/team-c/keyed.yaml"
    def compare(name, edits, title, judge):
        other = changed(fleet, work, name, edits)
        diff = differing(fleet, other)
        wrong = list(judge(other, diff))
        ok(diff and not wrong, title, "\n".join(wrong) or "nothing changed at all")
    def growth(other, diff):
        if any("statefulset" in p and "-ro-" not in p for p in diff): yield "a StatefulSet of HA members changes"
        if not any("persistentvolumeclaim-pgdata-keyed-0" in p for p in diff): yield "no claim changes"
        if not any("keyed-ro-nvme-900gi" in p for p in diff): yield "read replicas are not replaced"
        if any(not p.startswith("rack/team-c/keyed/") for p in diff): yield "other clusters change: %s" % sorted(diff)
    compare("grown", [(intent, "autoscale:", "storage: 900Gi\n  autoscale:")], "claims grow without the StatefulSet; read replicas are replaced by a set of another name", growth)
    def template_kept(other, diff):
        if hashes(other) != hashes(fleet): yield "a template hash changes"
    agent = "ghcr.io/howdah-dev/howdah-agent:0.1.0: sha256:"
    def sidecars_only(other, diff):
        yield from template_kept(other, diff)
        for c in other.clusters:
            if {s["image"].rpartition(":")[2] for s in c.orders["sidecars"] if s["container"] == "agent"} != {"0" * 63 + "9"}: yield c.path + ": orders"
            if not container(c.ha()["spec"]["template"], "agent")["image"].endswith("9"): yield c.path + ": template"
    compare("agent", [("platform.yaml", agent + "0" * 63 + "4", agent + "0" * 63 + "9")], "a new agent image stands in StatefulSets and orders, and outdates no pod", sidecars_only)
    compare("owner", [("platform.yaml", "costCentre: cc-1", "costCentre: cc-2")], "labels of owner and cost outdate no pod", template_kept)
    def pods_kept(other, diff):
        if any("statefulset" in p for p in diff): yield "StatefulSets change: %s" % sorted(diff)
        if not any("-agent.yaml" in p for p in diff): yield "the orders do not change"
    compare("orders", [(intent, "autoscale:", 'backup: {schedule: "5 3 * * *"}\n  parameters: {work_mem: 48MB}\n  autoscale:'), (intent, "databases: [main]", "databases: [{name: main, extensions: [pg_trgm]}]")],
            "backup schedule, databases and parameters reach running pods through the orders alone", pods_kept)
    compare("follows", [("intents/rack-gs/team-f/raised.yaml", ", promoted: true", "")], "promotion of a standby keeps its pod template byte by byte",
            lambda other, diff: ["%s changes" % p for p in diff if "statefulset-raised.yaml" in p])
    compare("pooled", [("intents/rack/team-c/moved.yaml", "namespace: web", "namespace: web2")], "another application opens policies and pg_hba without a new pod",
            lambda other, diff: ["%s changes" % p for p in diff if "statefulset" in p])

def records(fleet, work):
    """Every record's spec, put in the place of its intent, compiles to the same bytes: it is a valid intent, and a whole one."""
    source = os.path.join(work, "records-of-" + os.path.basename(fleet.source))
    shutil.copytree(fleet.source, source)
    for c in fleet.clusters:
        body = {k: c.get("PostgresCluster", c.name)[k] for k in ("apiVersion", "kind")}
        with open("%s/intents/%s.yaml" % (source, c.path), "w") as f:
            yaml.safe_dump({**body, "metadata": {"name": c.name, "namespace": c.namespace}, "spec": c.spec}, f)
    other = Fleet(source, source + "-out")
    wrong = sorted(differing(fleet, other))
    ok(not wrong, "%s: the %d records are valid, fully resolved intents" % (os.path.basename(fleet.source), len(fleet.clusters)), "\n".join(wrong[:20]))

def followed(fleet):
    """A standby that streams asks its source by a name that the source's certificate has (sslmode verify-full), and the
    slots that a source keeps are those of its followers, no more."""
    wrong, slots, looked = [], {c.path: set() for c in fleet.clusters}, 0
    for c in fleet.clusters:
        s = c.spec.get("standby")
        env = {e["name"]: e.get("value") for e in dig(c.ha(), "spec.template.spec.containers.0.env")}
        if not s or s["promoted"] or "STANDBY_HOST" not in env: continue
        source = next(o for o in fleet.clusters if o.path == "/".join([s.get("environment", c.environment), s.get("namespace", c.namespace), s["cluster"]]))
        looked += source.destination_name != c.destination_name
        slots[source.path].add(env["STANDBY_PRIMARY_SLOT_NAME"])
        if env["STANDBY_HOST"] not in source.get("Certificate", source.name + "-server")["spec"]["dnsNames"]: wrong.append("%s: %s" % (c.path, env["STANDBY_HOST"]))
    for c in fleet.clusters:
        have = set(c.orders["patroni"]["dynamic"].get("slots", {}))
        if have != slots[c.path]: wrong.append("%s keeps %s" % (c.path, sorted(have)))
    ok(looked and not wrong, "%s: who streams from another destination finds its source's name in the certificate, and has its slot there" % os.path.basename(fleet.source), "\n".join(wrong))

# ---- canonical YAML --------------------------------------------------------------------------------------------------

SAFE = re.compile(r"(?i)(?!(y|n|yes|no|on|off|true|false|null|none|nil)$)[A-Za-z/][A-Za-z0-9_./@+:=,-]*(?<!:)$")

def scalar(text):
    """What is wrong with a scalar as it is written; the rule of one way to write each text."""
    if text.startswith('"'):
        try: value = json.loads(text)
        except ValueError: return None if re.search(r"\\[^\"\\/bfnrtu]", text) else "quotes"
        return "needs no quotes" if SAFE.match(value) else None
    if SAFE.match(text) or re.fullmatch(r"true|false|0|-?[1-9][0-9]*|\{\}|\[\]|\|[-+]?[0-9]?", text): return None
    return "needs quotes"

def unsorted(node):
    if isinstance(node, dict):
        return list(node) != sorted(node, key=lambda k: k.encode()) or any(map(unsorted, node.values()))
    return isinstance(node, list) and any(map(unsorted, node))

def uncanonical(data):
    """What is wrong with a file's bytes."""
    text = data.decode()
    if not text.endswith("\n") or text.endswith("\n\n") or re.search("\r|\t| $|\n\n|^---|^#", re.sub(r"(?m)^( *)(?:- )*\S+: \|[-+0-9]*\n(?:\1 .*\n|\n)+", "", text), re.M): yield "lines"
    block = None
    for line in text.split("\n")[:-1]:
        depth = len(line) - len(line.lstrip(" "))
        if block is not None and (depth > block or not line): continue
        block = None
        body = line.strip()
        while body.startswith("- "): body = body[2:]
        m = re.match(r'("(?:[^"\\]|\\.)*"|[^" ][^ ]*?):(?: (.*))?$', body)
        for part in (m[1], m[2]) if m else (body,):
            wrong = scalar(part) if part else None
            if wrong: yield "%s %s" % (part, wrong)
        if re.search(r": \|[-+0-9]*$", line): block = depth + 2 * (len(line.lstrip(" ")) - len(body)) // 2
    if unsorted(yaml.load(text, yaml.CSafeLoader)): yield "keys are not sorted"

def canonical(fleet):
    wrong = ["%s: %s" % (p, w) for p, data in sorted(tree(fleet.out).items()) for w in uncanonical(data)]
    ok(not wrong, "%s: every file is written in the one way" % os.path.basename(fleet.source), "\n".join(wrong[:20]))

WAYS = ("b: 1\na: 1\n", "a: 'x'\n", "a: \"x\"\n", "a: 12:30\n", "a: yes\n", "a: x \n", "a: x\r\n", "a: x", "---\na: x\n", "a: &x y\n", "a: 012\n", "- 1.10\n", "a: {b: c}\n", "a: x # y\n", "y: x\n")

# ---- the run ---------------------------------------------------------------------------------------------------------

def broken(subjects, f, change):
    """Whether the check finds its own wrong case; None: nobody has what the edit needs."""
    for s in subjects:
        copy = s.copy()
        try:
            if not change(copy): continue
        except (KeyError, IndexError, TypeError, AttributeError, StopIteration): continue
        try: return bool(list(f(copy)))
        except (KeyError, IndexError, TypeError, AttributeError): return True      # what it looks at is not there any more
    return None

def main():
    with tempfile.TemporaryDirectory() as work:
        fleets = [Fleet(os.path.join(ROOT, source), os.path.join(work, name)) for source, name in (("examples/demo", "demo"), ("tests/templates/clouds", "clouds"))]
        for decisions, subjects in ((of_cluster, [c for f in fleets for c in f.clusters]), (of_destination, [d for f in fleets for d in f.destinations])):
            for title, f, breaks in decisions:
                name = lambda s: s.path if hasattr(s, "path") else s.name
                wrong = ["%s: %s" % (name(s), w) for s in subjects for w in f(s)]
                for n, change in enumerate(breaks):
                    found = broken(subjects, f, change)
                    if not found: wrong.append("wrong case %d %s" % (n + 1, "has nothing to break" if found is None else "is not found"))
                ok(breaks and not wrong, title, "\n".join(wrong))
        note("%d clusters, %d destinations" % (sum(len(f.clusters) for f in fleets), sum(len(f.destinations) for f in fleets)))
        changes(fleets[1], work)
        followed(fleets[1])
        for f in fleets:
            records(f, work)
            canonical(f)
        ok(all(list(uncanonical(way.encode())) for way in WAYS), "%d other ways to write are found" % len(WAYS), [w for w in WAYS if not list(uncanonical(w.encode()))])
    done()

if __name__ == "__main__":
    main()
