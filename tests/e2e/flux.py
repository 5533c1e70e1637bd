# SPDX-License-Identifier: Apache-2.0
"""Flux's own kustomize-controller against the control plane: commits arrive, and nobody lends a hand.

What source-controller does is played here: the output is packed, served over http on loopback, and named in the status
of the GitRepository. What the agent does (the record's conditions) is played too: without pods nobody else would."""
import hashlib, http.server, io, json, os, shutil, subprocess, tarfile, threading, time
import yaml
import tap
from testbed import Cluster

CACHE = os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "howdah")
CONTROLLER = CACHE + "/bin/kustomize-controller"
LIMIT = 420            # one health check of an unready cluster may hold its Kustomization for its whole timeout, 5 minutes

def kind_crd(kind, plural, version):
    """A kind of source-controller that the controller watches and nobody uses here."""
    return {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": plural + ".source.toolkit.fluxcd.io"},
            "spec": {"group": "source.toolkit.fluxcd.io", "scope": "Namespaced", "names": {"kind": kind, "plural": plural, "singular": kind.lower()},
                     "versions": [{"name": version, "served": True, "storage": True, "subresources": {"status": {}},
                                   "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}}]}}

class Source:
    """Serves commits, as source-controller does."""
    def __init__(self, cluster, repositories):
        self.cluster, self.repositories, self.packs = cluster, repositories, {}
        packs = self.packs
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                body = packs.get(self.path)
                self.send_response(200 if body else 404)
                self.end_headers()
                if body: self.wfile.write(body)
            def log_message(self, *_): pass
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def commit(self, tree, number):
        """A new revision of every GitRepository: the output tree as it is."""
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w:gz") as t: t.add(tree, arcname=".")
        body = buffer.getvalue()
        path = "/%d.tar.gz" % number
        self.packs[path] = body
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        for o in self.repositories:
            branch = o.body["spec"].get("ref", {}).get("branch", "main")
            status = {"observedGeneration": 1, "artifact": {
                "url": "http://127.0.0.1:%d%s" % (self.server.server_port, path), "path": path, "size": len(body), "lastUpdateTime": now,
                "revision": "%s@sha1:%s" % (branch, hashlib.sha1(body).hexdigest()), "digest": "sha256:" + hashlib.sha256(body).hexdigest()},
                "conditions": [{"type": "Ready", "status": "True", "reason": "Succeeded", "message": "stored", "lastTransitionTime": now}]}
            path_of = "%s/%s/status" % (self.cluster.api.path(o.api, o.kind, o.namespace), o.name)
            code, answer, _ = self.cluster.api.request("PATCH", path_of, json.dumps({"status": status}), "application/merge-patch+json")
            if code != 200: raise RuntimeError("GitRepository status: %s" % answer.get("message"))

def controller(cluster, log):
    environment = {"PATH": "/usr/bin:/bin", "HOME": cluster.dir, "TMPDIR": cluster.dir, "KUBECONFIG": cluster.dir + "/kubeconfig.loopback",
                   "RUNTIME_NAMESPACE": "flux-system", "RUNTIME_SERVICE_ACCOUNT": "kustomize-controller"}
    return subprocess.Popen([CONTROLLER, "--metrics-addr=127.0.0.1:0", "--health-addr=127.0.0.1:0", "--events-addr=", "--requeue-dependency=5s", "--concurrent=20",
                             "--log-level=info"], env=environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True)

def say_ready(cluster, records, good):
    """The records' conditions, as the agents would write them."""
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    for o in records:
        path = "%s/%s/status" % (cluster.api.path(o.api, o.kind, o.namespace), o.name)
        status, item, _ = cluster.api.request("GET", path[:-7])
        if status != 200: continue
        condition = {"type": "Ready", "status": "True" if good else "False", "reason": "Ready" if good else "ArchiveFailing", "message": "said by the test",
                     "lastTransitionTime": now, "observedGeneration": item["metadata"]["generation"]}
        cluster.api.request("PATCH", path, json.dumps({"status": {"conditions": [condition], "observedGeneration": item["metadata"]["generation"]}}),
                            "application/merge-patch+json")

def missing(cluster, objects):
    """What of the objects is not there, or not as the files say (each written field must have its value)."""
    live, wrong = {}, []
    for kind in {(o.api, o.kind) for o in objects}:
        try: live.update(cluster.live([o for o in objects if (o.api, o.kind) == kind]))
        except RuntimeError: continue               # its definition has not arrived
    for o in objects:
        if o.id not in live: wrong.append(o.id + " is not there")
        elif not within(o.body, live[o.id]): wrong.append(o.id + " is not as in the commit")
    return wrong

def within(wanted, have):
    if isinstance(wanted, dict): return isinstance(have, dict) and all(k in have and within(v, have[k]) for k, v in wanted.items())
    if isinstance(wanted, list): return isinstance(have, list) and len(wanted) == len(have) and all(within(a, b) for a, b in zip(wanted, have))
    return wanted == have or str(wanted) == str(have)

def until(seconds, look):
    """Looks until nothing is wrong. (seconds it took, what was wrong at the last look)"""
    began = time.time()
    while True:
        wrong = look()
        if not wrong or time.time() - began > seconds: return time.time() - began, wrong
        time.sleep(2)

def two_commits(fleet, work, fleets, destination):
    """Some clusters of the destination, compiled with a wrong bucket in every object store, and rightly.
    (wrong fleet, right fleet, what the compiler said when it failed)"""
    source, made = work + "/flux-source", []
    shutil.copytree(fleet.source, source)
    small = [e for e in fleet.environments(destination) if not fleet.platform["environments"][e].get("production")][-2:]
    for name in set(fleet.environments(destination)) - set(small):      # those of other destinations may be sources of restores
        shutil.rmtree(os.path.join(source, "intents", name), ignore_errors=True)
    right = fleets.load(source + "/platform.yaml")
    wrong = json.loads(json.dumps(right))
    for store in wrong["spec"]["destinations"][destination].get("storeEgress", {}): wrong["spec"]["objectStores"][store]["bucket"] = "no-such-bucket"
    for name, platform in (("wrong", wrong), ("right", right)):
        with open(source + "/platform.yaml", "w") as f: yaml.safe_dump(platform, f)
        code, text = fleets.compile(source, work + "/flux-" + name)
        if code: return None, None, text
        made.append(fleets.Fleet(source, work + "/flux-" + name))
    return made[0], made[1], ""

def step(fleet, work, fleets):
    destinations = [d for d in fleet.destinations() if fleet.platform["destinations"][d].get("gitops", {}).get("tool") == "flux"]
    if not destinations: return tap.skip("flux", "no destination of this fleet uses Flux")
    if not os.path.exists(CONTROLLER): return tap.skip("flux", "kustomize-controller could not be built: tests/deps.sh e2e says why")
    destination = destinations[0]
    title = "%s: Flux's kustomize-controller" % destination
    wrong, fleet, text = two_commits(fleet, work, fleets, destination)
    if text: return tap.ok(False, title + ": the fleet with a wrong object store compiles", text)
    log, process, source = open(work + "/kustomize-controller.log", "w+"), None, None
    try:
        with Cluster(work + "/cluster-flux") as cluster:
            cluster.bind_claims()
            cluster.create(fleet.surroundings(destination) + [kind_crd("Bucket", "buckets", "v1"), kind_crd("ExternalArtifact", "externalartifacts", "v1")])
            sync = fleet.objects([fleet.sync_dir(destination)])
            said = cluster.apply(sync)
            if not tap.ok(not said, title + ": its objects are accepted", "\n".join(said)): return
            source = Source(cluster, [o for o in sync if o.kind == "GitRepository"])
            process = controller(cluster, log)
            if scenario(cluster, title, destination, fleet, wrong, source): retirement(cluster, title, destination, fleet, source, fleets)
            tap.ok(process.poll() is None, title + " ran to the end")
    except (RuntimeError, OSError, subprocess.SubprocessError) as e:
        tap.ok(False, title, e)
    finally:
        if process and process.poll() is None:
            process.terminate()
            process.wait(20)
        if source: source.server.shutdown()
        log.seek(0)
        errors = [l for l in log.read().split("\n") if '"level":"error"' in l]
        for line in errors[-5:]: tap.note(line[:500])

def scenario(cluster, title, destination, right, wrong, source):
    directories = lambda f: [f.platform_dir(destination), *f.cluster_dirs(destination)]
    bad, good = wrong.objects(directories(wrong)), right.objects(directories(right))
    differing = [o.id for o in good if o.body not in [b.body for b in bad if b.id == o.id]]
    tap.ok(differing, "%s: a wrong object store changes %d objects" % (title, len(differing)))
    source.commit(wrong.out, 1)
    seconds, left = until(LIMIT, lambda: missing(cluster, bad))
    if not tap.ok(not left, "%s: all %d objects of the commit with a wrong store are applied (%.0f s)" % (title, len(bad), seconds), "\n".join(left)): return
    records = [o for o in good if o.api.startswith("howdah.dev/")]
    say_ready(cluster, records, False)
    time.sleep(5)
    source.commit(right.out, 2)
    seconds, left = until(LIMIT, lambda: missing(cluster, good))
    tap.ok(not left, "%s: the right commit is applied by itself over unready clusters (%.0f s)" % (title, seconds), "\n".join(left))
    say_ready(cluster, records, True)
    def unready():
        say_ready(cluster, records, True)
        return ["%s: %s" % (k["metadata"]["name"], [c.get("message") for c in k.get("status", {}).get("conditions", []) if c["type"] == "Ready"])
                for k in cluster.get("kustomize.toolkit.fluxcd.io/v1", "Kustomization")
                if not any(c["type"] == "Ready" and c["status"] == "True" for c in k.get("status", {}).get("conditions", []))]
    seconds, left = until(LIMIT, unready)
    return tap.ok(not left, "%s: every Kustomization is Ready once the records are (%.0f s)" % (title, seconds), "\n".join(left))

PLAIN = {"restore", "standby", "retire", "hibernate", "closed", "databasesFrom", "autoscale"}

def to_retire(fleet, destination):
    """The directory of a cluster that serves an application and nobody follows, and its intent's path."""
    for d in reversed(fleet.cluster_dirs(destination)):
        path = "%s/intents/%s.yaml" % (fleet.source, os.path.relpath(d, fleet.out))
        if not os.path.exists(path): continue
        with open(path) as f: spec = yaml.safe_load(f)["spec"]
        if spec.get("access") and not set(spec) & PLAIN: return d, path

def retirement(cluster, title, destination, fleet, source, fleets):
    """Three commits take a cluster out of service with its disks and keys: what Flux was told to keep, it lets go when it is told."""
    directory, path = to_retire(fleet, destination)
    unit = os.path.relpath(directory, fleet.out)
    def mine():
        with_locks = [(d, open(d + "/howdah.lock").read()) for d in fleet.cluster_dirs(destination)]
        return fleet.objects([d for d, lock in with_locks if d == directory or "\nowner: %s\n" % unit in lock])
    before, number = mine(), 2
    secrets = [o for o in before if o.kind == "Secret"]
    for o in secrets:
        at = "%s/%s" % (cluster.api.path(o.api, o.kind, o.namespace), o.name)
        cluster.api.request("PATCH", at + "?fieldManager=howdah-agent", '{"data":{"key":"c2VjcmV0"}}', "application/merge-patch+json")
    with open(path) as f: intent = yaml.safe_load(f)
    for step in ("closing", "stopped"):
        intent["spec"]["retire"] = {"step": step, "owner": "dba@example.com", "reason": "nobody uses it any more", "volumes": "delete", "backups": "delete"}
        if step == "stopped": intent["spec"]["retire"]["finalBackup"] = "skip"
        with open(path, "w") as f: yaml.safe_dump(intent, f)
        code, text = fleets.compile(fleet.source, fleet.out)
        if code: return tap.ok(False, "%s: retire.step %s compiles" % (title, step), text)
        number += 1
        wrong = cluster.apply(fleet.objects([fleet.sync_dir(destination)]), force=True)
        source.commit(fleet.out, number)
        seconds, left = until(LIMIT, lambda: missing(cluster, mine()))
        tap.ok(not left and not wrong, "%s: %s of a retirement is applied (%.0f s)" % (title, step, seconds), "\n".join(wrong + left))
    kept = [k for k, o in cluster.live(secrets).items() if o.get("data") != {"key": "c2VjcmV0"}]
    tap.ok(secrets and not kept, "%s: %d filled Secrets keep their data to the end" % (title, len(secrets)), "\n".join(kept))
    held = [k for k, o in cluster.live(before).items() if o["metadata"].get("annotations", {}).get("kustomize.toolkit.fluxcd.io/prune")]
    tap.ok(not held, "%s: nothing of it is protected any more" % title, "\n".join(held))
    old = fleet.objects([fleet.sync_dir(destination)])
    os.unlink(path)
    code, text = fleets.compile(fleet.source, fleet.out)
    if code: return tap.ok(False, title + ": the retired intent's file may go", text)
    new = fleet.objects([fleet.sync_dir(destination)])
    gone = [o for o in old if o.id not in {n.id for n in new}]
    source.commit(fleet.out, number + 1)
    cluster.apply(new, force=True)
    for o in gone: cluster.api.request("DELETE", "%s/%s" % (cluster.api.path(o.api, o.kind, o.namespace), o.name))    # as the sync directory's own prune does
    seconds, left = until(LIMIT, lambda: sorted(cluster.live(before)) + sorted(cluster.live(gone)))
    tap.ok(len(gone) >= 2 and not left, "%s: %d objects of the retired cluster are gone, disks, keys and access included (%.0f s)" % (title, len(before), seconds), "\n".join(left))
    seconds, left = until(60, lambda: missing(cluster, fleet.objects([fleet.platform_dir(destination), *fleet.cluster_dirs(destination)])))
    tap.ok(not left, "%s: everything else is as it was" % title, "\n".join(left))
