#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a StatefulSet for Spilo must have to work, item by item, over every member that two platforms compile to.

The items are those of Spilo's and Patroni's sources: what the image reads, where Patroni looks, what Kubernetes makes
immutable. Each is one function that yields what is wrong; a repository without members would be a failure too."""
import glob, json, os, re, subprocess, sys, tempfile
import yaml

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
HOWDAH = os.environ.get("HOWDAH", os.path.join(ROOT, "build/release/howdah"))
sys.path.insert(0, os.path.join(ROOT, "tests"))
from tap import ok, done, note

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

NEVER = {"PGROOT", "PGDATA", "PGLOG", "STANDBY_METHOD", "CLONE_TARGET_BACKUP", "WALG_S3_PREFIX", "WALG_GS_PREFIX", "APIPORT", "PGPORT"}
DCS_ONLY = {"max_connections", "max_locks_per_transaction", "max_worker_processes", "max_prepared_transactions", "wal_level",
            "track_commit_timestamp", "max_wal_senders", "max_replication_slots", "wal_keep_size", "wal_log_hints"}
LOCAL = {"archive_command", "shared_buffers", "logging_collector", "log_destination", "hba_file", "shared_preload_libraries",
         "bg_mon.listen_address"}

class Member:
    """One StatefulSet of members with everything of its cluster at hand."""
    def __init__(self, sts, objects, destinations):
        self.sts, self.objects, self.spec = sts, objects, sts["spec"]
        self.name, self.namespace = sts["metadata"]["name"], sts["metadata"]["namespace"]
        self.template = self.spec["template"]
        self.labels, self.pod = self.template["metadata"]["labels"], self.template["spec"]
        self.postgres = next(c for c in self.pod["containers"] if c["name"] == "postgres")
        self.env = {e["name"]: e for e in self.postgres["env"]}
        self.config = yaml.load(self.value("SPILO_CONFIGURATION"), LOADER)
        self.cluster = self.labels["howdah.dev/cluster"]
        orders = self.find("ConfigMap", self.cluster + "-agent")
        self.orders = yaml.load(orders["data"]["orders.yaml"], LOADER)["spec"]
        self.credentials = destinations[self.orders["cluster"]["destination"]]["credentials"]
        self.hba = self.find("ConfigMap", self.cluster + "-hba")["data"]["pg_hba.conf"].splitlines()
        self.mounts = {m["mountPath"]: m["name"] for m in self.postgres["volumeMounts"]}
        self.volumes = {v["name"]: v for v in self.pod["volumes"]}

    def value(self, name): return self.env.get(name, {}).get("value")
    def find(self, kind, name): return self.objects.get((kind, self.namespace, name))
    def all(self, kind): return [o for (k, ns, _), o in self.objects.items() if k == kind and ns == self.namespace and
                                 o["metadata"]["labels"].get("howdah.dev/cluster") == self.cluster]
    def containers(self): return self.pod["initContainers"] + self.pod["containers"]

def item_1(m):
    if not re.search(r":[A-Za-z0-9][\w.-]*(@sha256:[0-9a-f]{64})?$", m.postgres["image"]): yield "image is not pinned by a tag"
    if ":latest" in m.postgres["image"]: yield "image is latest"

def item_2(m):
    if "command" in m.postgres or "args" in m.postgres: yield "command or args replace Spilo's own start"
    if "pause" in json.dumps(m.postgres.get("lifecycle", {})): yield "preStop pauses Patroni"

def item_3(m):
    if m.value("SCOPE") != m.labels.get(m.value("KUBERNETES_SCOPE_LABEL")): yield "SCOPE is not the scope label"
    if len(m.value("SCOPE")) > 63 - len("-failover") or len(m.name) > 52: yield "name too long"

def item_4(m):
    for name, path in ("POD_IP", "status.podIP"), ("POD_NAMESPACE", "metadata.namespace"):
        if m.env[name]["valueFrom"]["fieldRef"]["fieldPath"] != path: yield name

def item_5(m):
    for name in "DCS_ENABLE_KUBERNETES_API", "KUBERNETES_USE_CONFIGMAPS":
        if m.value(name) != "true": yield name

def item_6(m):
    role, leader = m.value("KUBERNETES_ROLE_LABEL"), m.value("KUBERNETES_LEADER_LABEL_VALUE")
    selector = m.find("Service", m.cluster)["spec"]["selector"]
    if selector.get(role) != leader: yield "the primary's Service does not select the leader's label"
    if m.value("KUBERNETES_STANDBY_LEADER_LABEL_VALUE") in (None, leader): yield "a standby's leader would stand behind the write Service"

def item_7(m):
    labels = json.loads(m.value("KUBERNETES_LABELS"))
    if not labels or set(labels.items()) - set(m.labels.items()): yield "KUBERNETES_LABELS is no part of the pod's labels"
    if any(k.startswith(("app.kubernetes.io/", "argocd.", "kustomize.", "helm.")) for k in labels): yield "a tool's label in KUBERNETES_LABELS"

def item_8(m):
    if m.value("KUBERNETES_ROLE_LABEL") in m.labels: yield "the role label stands in the template"
    if m.value("KUBERNETES_SCOPE_LABEL") not in m.labels: yield "no scope label"

def item_9(m):
    wanted = {**json.loads(m.value("KUBERNETES_LABELS")), m.value("KUBERNETES_SCOPE_LABEL"): m.value("SCOPE")}
    for o in list(m.all("StatefulSet")) + list(m.all("CronJob")):
        t = o["spec"].get("template") or o["spec"]["jobTemplate"]["spec"]["template"]
        is_member = any(c["name"] == "postgres" and "command" not in c for c in t["spec"]["containers"])
        if not is_member and wanted.items() <= t["metadata"]["labels"].items(): yield o["metadata"]["name"] + " looks like a member"

def items_10_11(m):
    if m.value("KUBERNETES_BYPASS_API_SERVICE") != "false": yield "KUBERNETES_BYPASS_API_SERVICE"
    if m.value("SPILO_PROVIDER") != "local": yield "SPILO_PROVIDER"
    if m.pod.get("enableServiceLinks") is not False: yield "enableServiceLinks"
    if set(m.pod) & {"hostname", "setHostnameAsFQDN", "hostNetwork", "subdomain"}: yield "host name overridden"

def item_12(m):
    rules = m.find("Role", m.pod["serviceAccountName"])["rules"]
    def may(verb, resource, name=None):
        return any(verb in r["verbs"] and resource in r["resources"] and (name is None and "resourceNames" not in r or
                   name in r.get("resourceNames", [])) for r in rules)
    for verb in "list", "watch", "create":
        if not may(verb, "configmaps"): yield "configmaps " + verb
    for verb in "list", "watch":
        if not may(verb, "pods"): yield "pods " + verb
    for suffix in "-config", "-leader", "-failover", "-sync":
        for verb in "get", "patch":
            if not may(verb, "configmaps", m.value("SCOPE") + suffix): yield "%s of %s%s" % (verb, m.value("SCOPE"), suffix)
    for n in range(m.spec.get("replicas", 1)):
        if not may("patch", "pods", "%s-%d" % (m.name, n)): yield "patch of pod %d" % n
    if not any(s.get("serviceAccountToken") for s in m.volumes[m.mounts["/run/secrets/kubernetes.io/serviceaccount"]]["projected"]["sources"]):
        yield "no token"

def item_13(m):
    if m.mounts.get("/home/postgres/pgdata") != "pgdata" or m.spec["volumeClaimTemplates"][0]["metadata"]["name"] != "pgdata": yield "claim"
    for name in NEVER & set(m.env): yield name

def item_14(m):
    for path in "/run", "/tmp", "/dev/shm":
        if "emptyDir" not in m.volumes.get(m.mounts.get(path), {}): yield path
    if m.volumes[m.mounts["/dev/shm"]]["emptyDir"].get("medium") != "Memory": yield "/dev/shm is no memory"

def item_15(m):
    s = m.pod["securityContext"]
    if (s["runAsUser"], s["runAsGroup"], s["fsGroup"], s["fsGroupChangePolicy"]) != (101, 103, 103, "OnRootMismatch"): yield "pod"
    if s["seccompProfile"]["type"] != "RuntimeDefault": yield "seccomp"
    for c in m.containers():
        s = c["securityContext"]
        if (s["allowPrivilegeEscalation"], s["privileged"], s["readOnlyRootFilesystem"], s["capabilities"]) != (False, False, True, {"drop": ["ALL"]}):
            yield c["name"]

def item_16(m):
    for name in "PGPASSWORD_SUPERUSER", "PGPASSWORD_STANDBY":
        ref = m.env[name]["valueFrom"]["secretKeyRef"]
        shell = next((s for s in m.orders["shells"] if s["secret"] == ref["name"]), None)
        key = shell and next((k for k in shell["keys"] if k["name"] == ref["key"]), None)
        if not key or key["content"] != "password" or ref.get("optional"): yield name

def item_17(m):
    if m.pod["terminationGracePeriodSeconds"] < 300: yield "grace period"

def item_18(m):
    for probe, path in ("startupProbe", "/liveness"), ("livenessProbe", "/liveness"), ("readinessProbe", "/readiness"):
        h = m.postgres[probe]["httpGet"]
        port = next(p["containerPort"] for p in m.postgres["ports"] if p["name"] == h["port"])
        if (h["path"], port, h["scheme"]) != (path, 8008, "HTTPS") or "host" in h: yield probe
    if m.postgres["startupProbe"]["failureThreshold"] * m.postgres["startupProbe"]["periodSeconds"] < 600: yield "start-up budget"
    for c in m.pod["initContainers"]:
        if "readinessProbe" in c: yield c["name"] + " could take the database out of service"

def item_19(m):
    if m.spec["podManagementPolicy"] != "Parallel": yield "podManagementPolicy"
    if m.spec["updateStrategy"]["type"] != ("OnDelete" if m.labels["app.kubernetes.io/component"] == "database" else "RollingUpdate"):
        yield "updateStrategy"

def items_20_21(m):
    if not m.postgres["resources"]["limits"].get("memory"): yield "no memory limit"
    if "shared_buffers" not in m.config["postgresql"]["parameters"]: yield "shared_buffers is left to Spilo"
    if m.value("PGVERSION") not in ("15", "16", "17", "18"): yield "PGVERSION"

def item_22(m):
    initdb = m.config["bootstrap"]["initdb"]
    named = {k for i in initdb if isinstance(i, dict) for k in i}
    if not {"encoding", "locale", "auth-host"} <= named or "data-checksums" not in initdb: yield "initdb"

def item_23(m):
    local, dcs = m.config["postgresql"]["parameters"], m.config["bootstrap"]["dcs"]["postgresql"]["parameters"]
    dynamic = m.orders["patroni"]["dynamic"]["postgresql"]["parameters"]
    for name in set(local) - LOCAL: yield name + " belongs into the dynamic configuration"
    for name in set(dcs) - DCS_ONLY: yield name + " in bootstrap.dcs never reaches a running cluster"
    for name in set(local) & (set(dcs) | set(dynamic)): yield name + " stands in both"
    for name in dcs:
        if dynamic.get(name) != dcs[name]: yield name + " starts with another value than it is kept at"
    if m.config["bootstrap"]["dcs"]["failsafe_mode"] is not True or m.orders["patroni"]["dynamic"]["failsafe_mode"] is not True: yield "failsafe_mode"

def item_24(m):
    for line in ("hostssl replication standby all scram-sha-256 clientcert=verify-full",
                 "hostssl all postgres all scram-sha-256 clientcert=verify-full", "local all postgres peer",
                 "local replication standby scram-sha-256"):
        if line not in m.hba: yield "no line: " + line
    for line in m.hba:
        if re.search(r"\b(trust|md5|password)$", line) or line.startswith(("host ", "hostnossl")) and not line.endswith("reject"): yield line
    if m.config["postgresql"]["parameters"]["hba_file"] != "/etc/howdah/hba/pg_hba.conf" or "/etc/howdah/hba" not in m.mounts: yield "hba_file"

def item_25(m):
    for name in "SSL_CERTIFICATE_FILE", "SSL_PRIVATE_KEY_FILE", "SSL_RESTAPI_CERTIFICATE_FILE", "SSL_RESTAPI_PRIVATE_KEY_FILE":
        volume = m.volumes[m.mounts[os.path.dirname(m.value(name))]]
        if volume["secret"].get("defaultMode") != 0o640: yield name
        if not m.find("Certificate", volume["secret"]["secretName"]): yield "no Certificate makes " + volume["secret"]["secretName"]

def item_26(m):
    stores = [n for n in ("WAL_S3_BUCKET", "WAL_GS_BUCKET", "WALG_AZ_PREFIX") if n in m.env]
    if len(stores) != 1: yield "stores: %s" % stores
    if "WAL_S3_BUCKET" in m.env and not {"AWS_REGION", "WALG_DISABLE_S3_SSE"} <= set(m.env): yield "region or SSE is left to Spilo"
    if m.value("USE_WALG_BACKUP") != "true" or m.value("USE_WALG_RESTORE") != "true": yield "wal-g is not asked for"
    az = m.value("WALG_AZ_PREFIX")
    if az and not re.search(r"/spilo/.*/%s/\d+/wal/%s$" % (m.value("SCOPE"), m.value("PGVERSION")), az): yield "a major upgrade would not rewrite " + az
    if not az and (not re.fullmatch(r"/\d+", m.value("WAL_BUCKET_SCOPE_SUFFIX") or "") or "WAL_BUCKET_SCOPE_PREFIX" not in m.env): yield "prefix"

# What a store is reached by: the key that Spilo fills wrongly where there is none, and what the clouds' webhooks give instead
IDENTITY = {"irsa": ("AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE"), "azure": ("AZURE_CLIENT_ID", "AZURE_FEDERATED_TOKEN_FILE", "AZURE_TENANT_ID"),
            "podIdentity": ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_FULL_URI")}
FILLED = {"S3": "AWS_ACCESS_KEY_ID", "GS": "GOOGLE_APPLICATION_CREDENTIALS"}

def item_27(m):
    """Each envdir of Spilo has what its store asks for: wal-g sees nothing else of the container."""
    life = m.orders["life"]
    for prefix, at in (("", m.orders["archive"]), ("CLONE_", life.get("restore", {})), ("STANDBY_", life.get("standby", {}))):
        for kind in "S3", "GS", "AZ":
            if not any(prefix + n in m.env for n in ("WAL_%s_BUCKET" % kind, "WALG_%s_PREFIX" % kind)): continue
            if any(prefix + n in m.env for n in ("AWS_ACCESS_KEY_ID", "GOOGLE_APPLICATION_CREDENTIALS", "AZURE_STORAGE_ACCESS_KEY")): continue
            if kind in FILLED and at.get("envdir", {}).get(FILLED[kind]) != "": yield prefix + FILLED[kind]
            for name in IDENTITY.get(m.credentials, ()):
                if name not in at.get("inherited", []): yield prefix + name

def items_28_29(m):
    if m.value("BACKUP_SCHEDULE") != "0 0 31 2 *" or m.value("WALG_BACKUP_FROM_REPLICA") != "true": yield "Spilo would make backups too"
    for prefix in "", "CLONE_", "STANDBY_":
        if prefix and not any(n.startswith(prefix + "WALG_") for n in m.env): continue
        if not m.value(prefix + "WALG_LIBSODIUM_KEY_PATH") or m.value(prefix + "WALG_LIBSODIUM_KEY_TRANSFORM") != "hex": yield prefix + "key"

def item_30(m):
    if "CLONE_METHOD" not in m.env: return
    if m.value("CLONE_METHOD") != "CLONE_WITH_WALE": yield "CLONE_METHOD"
    time = m.value("CLONE_TARGET_TIME")
    if time and not re.search(r"(Z|[+-]\d\d:\d\d)$", time): yield "time without offset"
    for name in [n for n in m.env if re.match(r"AWS_|AZURE_|GOOGLE_|WALG_S3_|WALG_DISABLE", n)]:
        if m.env.get("CLONE_WALG_S3_PREFIX") and name.startswith(("AWS_", "WALG_")) and "CLONE_" + name not in m.env: yield "CLONE_" + name
    source = next(m.value(n) for n in m.env if re.fullmatch(r"CLONE_WALG_(S3|GS|AZ)_PREFIX", n))
    if m.orders["archive"]["prefix"].startswith(source): yield "archives where it restores from"

def item_31(m):
    if not any(n.startswith("STANDBY_WALG_") for n in m.env): return
    for shell in m.orders["shells"]:
        if shell["purpose"] in ("exporter", "system") and shell["fill"] != "wait": yield "a password of its own instead of the source's: " + shell["secret"]
    if m.value("STANDBY_HOST") and m.value("STANDBY_HOST").split(".")[0] == m.name: yield "streams from members of the same names"
    if m.value("STANDBY_HOST") and not m.value("STANDBY_PRIMARY_SLOT_NAME"): yield "no slot"

def item_32(m):
    service = m.find("Service", m.spec["serviceName"])
    if not service or service["spec"]["clusterIP"] != "None" or not service["spec"]["publishNotReadyAddresses"]: yield "headless Service"
    if not service["spec"]["selector"].items() <= m.labels.items(): yield "headless Service selects other pods"
    leader = m.find("Service", m.cluster + "-leader")["spec"]
    if leader.get("clusterIP") == "None" or leader.get("publishNotReadyAddresses"): yield "leader Service"

def item_33(m):
    policy = m.find("NetworkPolicy", m.cluster + "-postgres")["spec"]
    own = {"podSelector": policy["podSelector"]}
    def open_to(direction, key, peer): return {p["port"] for r in policy[direction] for q in r[key] if q == peer for p in r["ports"]}
    if not policy["podSelector"]["matchLabels"].items() <= m.labels.items(): yield "does not select the members"
    for direction, key in ("ingress", "from"), ("egress", "to"):
        if not {5432, 8008} <= open_to(direction, key, own): yield "members cannot reach each other: " + direction
    for r in policy["ingress"]:
        if not r.get("from") or not r.get("ports"): yield "a rule is open to everybody"
        if {p["port"] for p in r["ports"]} & {8080}: yield "8080 is open"
    if not any(p["port"] == 53 and p["protocol"] == "UDP" for r in policy["egress"] for p in r["ports"]): yield "no DNS"

def item_34(m):
    if m.labels["app.kubernetes.io/component"] == "database" and m.orders["cluster"]["scope"] == m.name and m.find("PostgresCluster", m.cluster)["spec"]["instances"] > 1:
        budget = m.find("PodDisruptionBudget", m.name)
        if not budget or budget["spec"]["selector"]["matchLabels"].items() - m.labels.items(): yield "budget"
        elif budget["spec"]["unhealthyPodEvictionPolicy"] != "AlwaysAllow": yield "a broken pod would block drains"
    if not m.pod["affinity"]["podAntiAffinity"] or not m.pod["topologySpreadConstraints"]: yield "spread"

def item_35(m):
    if m.config["restapi"] != {"listen": "0.0.0.0:8008", "verify_client": "optional"}: yield "restapi"

def item_36(m):
    template = m.spec["volumeClaimTemplates"][0]
    size = template["spec"]["resources"]["requests"]["storage"]
    if m.labels["app.kubernetes.io/component"] == "database":
        if size != "1Gi": yield "the claim template follows the size"
        for n in range(m.spec.get("replicas", 0)):
            claim = m.find("PersistentVolumeClaim", "pgdata-%s-%d" % (m.name, n))
            if not claim or claim["spec"]["storageClassName"] != template["spec"]["storageClassName"]: yield "claim %d" % n
    if not m.spec["selector"]["matchLabels"].items() <= m.labels.items(): yield "selector"
    if set(m.spec["selector"]["matchLabels"]) & {"app.kubernetes.io/version", "howdah.dev/tier", "howdah.dev/team"}: yield "selector of what may change"

def item_37(m):
    scope = m.orders["cluster"]["scope"]
    if sorted(m.orders["objects"]["patroni"]) != [scope + s for s in ("-config", "-failover", "-leader", "-sync")]: yield "Patroni's ConfigMaps are nobody's"

def hash_of_the_template(m):
    if m.name == m.orders["objects"]["statefulSet"] and m.template["metadata"]["annotations"]["howdah.dev/template-hash"] != m.orders["template"]["hash"]:
        yield "the agent is told of another template"

def secrets_stay_out(m):
    for c in m.containers():
        for e in c.get("env", []):
            if re.search("PASSWORD|SECRET|ACCESS_KEY$", e["name"]) and "value" in e: yield "%s %s" % (c["name"], e["name"])
    exporter = next(c for c in m.containers() if c["name"] == "exporter")
    if {x["name"] for x in exporter["volumeMounts"]} & {"token", "run", "pgdata"}: yield "the exporter sees too much"
    for o in m.all("Secret"):
        if set(o) & {"data", "stringData"} or o["type"] != "Opaque": yield o["metadata"]["name"] + " is no empty shell"

ITEMS = [f for name, f in sorted(globals().items()) if name.startswith("item")] + [hash_of_the_template, secrets_stay_out]

def compiled(repository, out):
    p = subprocess.run([HOWDAH, "compile", "-C", repository, "-o", out, "--as-of", "2026-11-01"], capture_output=True, text=True)
    if p.returncode: print(p.stderr[-4000:])
    objects = {}
    for path in glob.glob(out + "/*/*/*/*.yaml"):
        if path.startswith(out + "/destinations/") or path.endswith("kustomization.yaml"): continue
        with open(path) as f: o = yaml.load(f, LOADER)
        objects.setdefault(path.split("/")[-4], {})[(o["kind"], o["metadata"]["namespace"], o["metadata"]["name"])] = o
    return p.returncode, objects

def members(repository, objects):
    with open(repository + "/platform.yaml") as f: destinations = yaml.load(f, LOADER)["spec"]["destinations"]
    return [Member(o, per, destinations) for per in objects.values() for (kind, _, _), o in sorted(per.items())
            if kind == "StatefulSet" and "howdah.dev/scope" in o["spec"]["template"]["metadata"]["labels"]]

def main():
    found = []
    with tempfile.TemporaryDirectory() as tmp:
        for repository in "examples/demo", "tests/templates/clouds":
            code, objects = compiled(os.path.join(ROOT, repository), tmp + "/" + repository.replace("/", "-"))
            ok(code == 0, repository + " compiles")
            found += members(os.path.join(ROOT, repository), objects)
    ok(len(found) >= 20, "members to look at", len(found))
    for item in ITEMS:
        wrong = ["%s/%s: %s" % (m.namespace, m.name, w) for m in found for w in item(m)]
        ok(not wrong, item.__name__.replace("_", " "), "\n".join(wrong[:20]))
    note("%d StatefulSets of members" % len(found))
    done()

if __name__ == "__main__":
    main()
