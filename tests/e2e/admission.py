# SPDX-License-Identifier: Apache-2.0
"""Step admission: edits past Git on a real API server. Each refused edit fails with the id that the compiler gives to the
same refusal; each allowed one passes, and so do Argo CD's and the agent's own writes."""
import base64, json, time
import tap

MERGE = "application/merge-patch+json"

def patch(cluster, o, body, sub="", manager="kubectl-edit"):
    """(status, message) of a merge patch."""
    path = "%s/%s%s?fieldManager=%s" % (cluster.api.path(o.api, o.kind, o.namespace), o.name, sub, manager)
    status, answer, _ = cluster.api.request("PATCH", path, json.dumps(body), MERGE)
    return status, answer.get("message", "")

def delete(cluster, o):
    status, answer, _ = cluster.api.request("DELETE", "%s/%s?dryRun=All" % (cluster.api.path(o.api, o.kind, o.namespace), o.name))
    return status, answer.get("message", "")

def shrunk(quantity):
    n = "".join(c for c in quantity if c.isdigit())
    return str(max(1, int(n) // 2)) + quantity[len(n):]

def grown(quantity):
    n = "".join(c for c in quantity if c.isdigit())
    return str(int(n) * 2) + quantity[len(n):]

def between(quantity):
    n = "".join(c for c in quantity if c.isdigit())
    return str(int(n) * 3 // 2) + quantity[len(n):]

def first(objects, kind, suffix=""):
    return next((o for o in objects if o.kind == kind and o.name.endswith(suffix)), None)

def refused_edits(objects):
    """(what, id, function of the cluster); native: the server's own validation speaks before any policy."""
    record, claim = first(objects, "PostgresCluster"), first(objects, "PersistentVolumeClaim")
    sets = first(objects, "StatefulSet", record.name)
    spec = record.body["spec"]
    edits = [
        ("a smaller disk in the record", "storage-grows", lambda c: patch(c, record, {"spec": {"storage": {"size": shrunk(spec["storage"]["size"])}}})),
        ("another storage class in the record", "storage-class-fixed", lambda c: patch(c, record, {"spec": {"storage": {"class": "other"}}})),
        ("another major version", "version-fixed", lambda c: patch(c, record, {"spec": {"version": 18 if spec["version"] != 18 else 17}})),
        ("an earlier major version", "version-rises", lambda c: patch(c, record, {"spec": {"version": 15}})),
        ("another locale", "locale-fixed", lambda c: patch(c, record, {"spec": {"locale": "de_DE.UTF-8"}})),
        ("a restore without an incarnation", "restore-fixed", lambda c: patch(c, record, {"spec": {"restore": {"incarnation": 1, "time": "2026-03-01T10:15:00Z"}, "standby": None}})),
        ("less memory than a cluster may have", "bad-value", lambda c: patch(c, record, {"spec": {"memory": "1Mi"}})),
        ("the record deleted", "intent-gone", lambda c: delete(c, record)),
    ]
    if claim:
        size = claim.body["spec"]["resources"]["requests"]["storage"]
        edits += [("a smaller claim", "native", lambda c: patch(c, claim, {"spec": {"resources": {"requests": {"storage": shrunk(size)}}}})),
                  ("a claim of another class", "native", lambda c: patch(c, claim, {"spec": {"storageClassName": "other"}})),
                  ("a claim deleted", "intent-gone", lambda c: delete(c, claim))]
    if spec.get("incarnation", 1) > 1:
        edits.append(("an earlier incarnation", "incarnation-rises", lambda c: patch(c, record, {"spec": {"incarnation": 1}})))
    if sets:
        edits += [("another serviceName", "native", lambda c: patch(c, sets, {"spec": {"serviceName": "other"}})),
                  ("another podManagementPolicy", "native", lambda c: patch(c, sets, {"spec": {"podManagementPolicy": "OrderedReady"}}))]
    return edits

def allowed_edits(objects):
    record, claim = first(objects, "PostgresCluster"), first(objects, "PersistentVolumeClaim")
    sets, hba = first(objects, "StatefulSet", record.name), first(objects, "ConfigMap", "-hba")
    now = "2026-03-01T10:15:00Z"
    ready = {"status": {"conditions": [{"type": "Ready", "status": "True", "reason": "Ready", "message": "", "lastTransitionTime": now}]}}
    edits = [("the agent writes the record's status", lambda c: patch(c, record, ready, "/status", "howdah-agent")),
             ("an annotation of the record", lambda c: patch(c, record, {"metadata": {"annotations": {"note": "seen"}}})),
             ("a larger disk in the record", lambda c: patch(c, record, {"spec": {"storage": {"size": grown(record.body["spec"]["storage"]["size"])}}}))]
    if claim: edits.append(("a larger claim", lambda c: patch(c, claim, {"spec": {"resources": {"requests": {"storage": grown(claim.body["spec"]["resources"]["requests"]["storage"])}}}})))
    if sets: edits.append(("the agent changes the StatefulSet's replicas", lambda c: patch(c, sets, {"spec": {"replicas": sets.body["spec"].get("replicas", 1) }}, manager="howdah-agent")))
    if hba: edits.append(("pg_hba.conf", lambda c: patch(c, hba, {"data": {"pg_hba.conf": "local all postgres peer\n"}})))
    return edits

BEFORE = {"incarnation": 2, "restore": {"incarnation": 1}, "instances": 3, "synchronous": "on", "standby": None, "retire": None,
          "purged": None, "operations": None, "closed": None, "hibernate": None}
STANDBY = {"restore": None, "standby": {"cluster": "source", "environment": "other", "namespace": "away", "promoted": True}}
# A record of its own for each: (what, what its spec has besides BEFORE, an edit that the id refuses, one that passes).
RECORDS = [
    ("incarnation-skipped", {}, {"incarnation": 4, "restore": {"incarnation": 2}}, {"incarnation": 3, "restore": {"incarnation": 2}}),
    ("incarnation-empty", {}, {"incarnation": 3, "restore": None}, {"incarnation": 3}),
    ("incarnation-rises", {}, {"incarnation": 1}, {"incarnation": 2}),
    ("purged-too-early", {}, {"incarnation": 3, "purged": [1, 2]}, {"incarnation": 3, "purged": [1]}),
    ("operation-reused", {"operations": [{"id": "a", "action": "restart"}]}, {"operations": [{"id": "a", "action": "reload"}]},
     {"operations": [{"id": "a", "action": "restart"}, {"id": "b", "action": "reload"}]}),
    ("promotion-undone", STANDBY, {"standby": {"promoted": False}}, {"standby": {"promoted": False}, "incarnation": 3}),
    ("standby-cluster-fixed", STANDBY, {"standby": {"cluster": "another"}}, {"standby": {"cluster": "another"}, "incarnation": 3}),
    ("standby-namespace-fixed", STANDBY, {"standby": {"namespace": "another"}}, {"standby": {"namespace": "another"}, "incarnation": 3}),
    ("standby-environment-fixed", STANDBY, {"standby": {"environment": "another"}}, {"standby": {"environment": "another"}, "incarnation": 3}),
    ("restore-fixed", {}, {"restore": {"incarnation": 1, "time": "2026-03-01T10:15:00Z"}}, {"incarnation": 3, "restore": {"incarnation": 2}}),
    ("replica-last", {}, {"instances": 1, "synchronous": "off"}, {"synchronous": "off"}),
    ("retire-skipped", {}, {"retire": {"step": "stopped", "owner": "a@example.com", "reason": "nobody uses it", "finalBackup": "skip"}},
     {"retire": {"step": "closing", "owner": "a@example.com", "reason": "nobody uses it"}}),
]

def laid(low, top):
    """top over low, as a merge patch."""
    out = dict(low)
    for k, v in top.items():
        if v is None: out.pop(k, None)
        else: out[k] = laid(out.get(k, {}), v) if isinstance(v, dict) else v
    return out

def records(cluster, record, destination):
    """What only a record of its own can try; each is retired and deleted in the end, which must pass, too."""
    path = cluster.api.path(record.api, record.kind, record.namespace)
    for id, besides, wrong, right in RECORDS:
        name = "try-" + id
        spec = laid(laid(record.body["spec"], BEFORE), besides)
        body = {"apiVersion": record.body["apiVersion"], "kind": record.kind, "spec": spec,
                "metadata": {"name": name, "namespace": record.namespace, "labels": record.body["metadata"]["labels"]}}
        def edit(spec, dry="&dryRun=All"):
            status, answer, _ = cluster.api.request("PATCH", "%s/%s?fieldManager=kubectl-edit%s" % (path, name, dry), json.dumps({"spec": spec}), MERGE)
            return status, answer.get("message", "")
        status, answer, _ = cluster.api.request("POST", path, json.dumps(body), "application/json")
        if not tap.ok(status == 201, "%s: a record to try %s with" % (destination, id), answer): continue
        status, message = edit(wrong)
        tap.ok(status in (403, 422) and "[%s]" % id in message, "%s: %s is refused by its id" % (destination, id), "%s %s" % (status, message))
        status, message = edit(right)
        tap.ok(status == 200, "%s: what passes beside %s" % (destination, id), "%s %s" % (status, message))
        owner = {"owner": "a@example.com", "reason": "only a trial"}
        ends = [edit({"retire": {"step": "closing", **owner}}, ""), edit({"retire": {"step": "stopped", "finalBackup": "skip", **owner}}, ""),
                cluster.api.request("DELETE", "%s/%s" % (path, name))[:2]]
        tap.ok(all(e[0] == 200 for e in ends), "%s: the record of %s is retired and deleted" % (destination, id), ends)

def archive(cluster, objects, destination):
    """A StatefulSet whose members would archive elsewhere, one with another variable changed, and one that has no members any more."""
    def variables(o): return [e for c in o.body["spec"]["template"]["spec"]["containers"] for e in c.get("env", [])]
    def changed(sets, names):
        pods = json.loads(json.dumps(sets.body["spec"]["template"]["spec"]["containers"]))
        for e in (e for c in pods for e in c.get("env", []) if e["name"] in names and "value" in e): e["value"] += "x"
        return patch(cluster, sets, {"spec": {"template": {"spec": {"containers": pods}}}}, "", "kubectl-edit&dryRun=All")
    archiving = [o for o in objects if o.kind == "StatefulSet" and any(e["name"] == "WAL_BUCKET_SCOPE_PREFIX" for e in variables(o))]
    sets = next(o for o in archiving if o.body["spec"].get("replicas"))
    empty = next((o for o in archiving if o.body["spec"].get("replicas") == 0), None)
    for name in ("AZURE_STORAGE_ACCOUNT", "WAL_S3_BUCKET", "WAL_GS_BUCKET", "WAL_BUCKET_SCOPE_PREFIX", "WAL_BUCKET_SCOPE_SUFFIX"):
        if not any(e["name"] == name for e in variables(sets)): continue
        status, message = changed(sets, {name})
        tap.ok(status in (403, 422) and "[archive-moved]" in message, "%s: another %s is refused as archive-moved" % (destination, name), "%s %s" % (status, message))
    status, message = changed(sets, {"WALG_LIBSODIUM_KEY_TRANSFORM"})
    tap.ok(status == 200, "%s: another variable of the members passes" % destination, "%s %s" % (status, message))
    if empty:
        status, message = changed(empty, {"WAL_BUCKET_SCOPE_PREFIX"})
        tap.ok(status == 200, "%s: the set of an earlier incarnation, without members, may change with its archive" % destination, "%s %s" % (status, message))

def databases(cluster, guest, destination):
    """A guest's record goes when its line says that the database is given up."""
    status, message = delete(cluster, guest)
    tap.ok(status in (403, 422) and "[guest-gone]" in message, "%s: a guest's record deleted is refused as guest-gone" % destination, "%s %s" % (status, message))
    given_up = patch(cluster, guest, {"spec": {"database": {"ensure": "absent"}}})
    status, message = delete(cluster, guest)
    tap.ok(given_up[0] == status == 200, "%s: one that is given up may go" % destination, "%s %s %s" % (given_up, status, message))
    patch(cluster, guest, {"spec": {"database": {"ensure": "present"}}})

def keys(cluster, key, destination):
    """The key of the backups: filled once by the agent, then never another one."""
    text = lambda s: base64.b64encode(s.encode()).decode()
    fill = patch(cluster, key, {"data": {"key": text("first")}}, manager="howdah-agent")
    again = patch(cluster, key, {"data": {"key": text("first")}}, manager="howdah-agent")
    other = patch(cluster, key, {"data": {"key": text("second")}})
    empty = patch(cluster, key, {"data": None})
    tap.ok(fill[0] == again[0] == 200, "%s: the agent fills the backup key, and writes it again" % destination, "%s %s" % (fill, again))
    tap.ok(other[0] in (403, 422) and "[key-changed]" in other[1], "%s: another backup key is refused as key-changed" % destination, other)
    tap.ok(empty[0] in (403, 422) and "[key-changed]" in empty[1], "%s: a backup key taken away is refused as key-changed" % destination, empty)
    gone = delete(cluster, key)
    tap.ok(gone[0] in (403, 422) and "[intent-gone]" in gone[1], "%s: the backup key's Secret cannot be deleted" % destination, gone)

def made_outside(keys, destination):
    """Where an external store makes the backup key, nobody fills a Secret: it is made once and immutable, or fetched; and it stays."""
    def wrong(spec):
        target = spec["target"]
        made = "dataFrom" in spec
        return made and (spec["refreshPolicy"], target.get("immutable")) != ("CreatedOnce", True) or (target["creationPolicy"], target["deletionPolicy"]) != ("Orphan", "Retain")
    bad = [o.name for o in keys if wrong(o.body["spec"])]
    tap.ok(keys and not bad, "%s: an external store makes or has the %d backup keys, and none goes with its ExternalSecret" % (destination, len(keys)), bad)

def active(cluster, objects, seconds=30):
    """Policies count a moment after they were made."""
    record, end = first(objects, "PostgresCluster"), time.time() + seconds
    while delete(cluster, record)[0] == 200 and time.time() < end: time.sleep(0.5)

def judge(cluster, fleet, destination):
    directories = [d for d in fleet.cluster_dirs(destination) if not d.endswith(".access")]
    def rank(d):
        objects = fleet.objects([d])
        record = first(objects, "PostgresCluster")
        return (record.body["spec"].get("incarnation", 1) > 1, first(objects, "Secret", "-backup-key") is not None, len(objects))
    objects = fleet.objects([max(directories, key=rank)])
    active(cluster, objects)
    for what, id, edit in refused_edits(objects):
        status, message = edit(cluster)
        good = status in (403, 422) and ("[%s]" % id in message or (id == "native" and "orbidden" in message))
        tap.ok(good, "%s: %s is refused%s" % (destination, what, "" if id == "native" else " as " + id), "%s %s" % (status, message))
    wrong = cluster.apply(objects)
    tap.ok(not wrong, "%s: %d objects are applied again, as Argo CD does" % (destination, len(objects)), "\n".join(wrong))
    for what, edit in allowed_edits(objects):
        status, message = edit(cluster)
        tap.ok(status == 200, "%s: %s passes" % (destination, what), "%s %s" % (status, message))
    records(cluster, first(objects, "PostgresCluster"), destination)
    archive(cluster, objects, destination)
    guest = first(fleet.objects(fleet.cluster_dirs(destination)), "PostgresDatabase")
    if guest: databases(cluster, guest, destination)
    claim = first(objects, "PersistentVolumeClaim")
    if claim:                                       # its volume has not grown yet: the server alone would let it go half way back
        status, message = patch(cluster, claim, {"spec": {"resources": {"requests": {"storage": between(claim.body["spec"]["resources"]["requests"]["storage"])}}}})
        tap.ok(status in (403, 422) and "[storage-grows]" in message, "%s: a claim that was to grow is not taken back: storage-grows" % destination, "%s %s" % (status, message))
    with_keys = next((o for d in directories for o in fleet.objects([d]) if o.kind == "Secret" and o.name.endswith("-backup-key")), None)
    if with_keys: keys(cluster, with_keys, destination)
    else: made_outside([o for d in directories for o in fleet.objects([d]) if o.kind == "ExternalSecret" and o.name.endswith("-backup-key")], destination)

def lift(cluster):
    """Break glass: without these bindings, what is protected can be deleted."""
    for name in ("howdah-records-delete", "howdah-databases-delete", "howdah-protected-delete"):
        cluster.api.request("DELETE", "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings/" + name)
    time.sleep(2)
