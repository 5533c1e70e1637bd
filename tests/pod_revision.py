#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""pod_revision.py [--freeze N] - with the image set that it runs, a new howdah restarts no cluster of a released pod
revision. TAP.

tests/revisions.sh holds the files of revisions/N; but facts, Lua and schema defaults reach pods, too. So the golden
cases below are compiled with an image set of each released revision, and what a change of would restart a member or a
pooler, or be refused by Kubernetes (pod templates, what is immutable of StatefulSets, Patroni's configuration), is
compared with the digests in revisions/frozen-pods: "N CASE OBJECT DIGEST". --freeze N, called by
tests/revisions.sh --freeze N, writes them when N is released."""
import hashlib, json, os, re, shutil, subprocess, sys, tempfile
import yaml
sys.dont_write_bytecode = True
import tap

ROOT = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
HOWDAH = os.environ.get("HOWDAH") or ROOT + "/build/release/howdah"
FROZEN = ROOT + "/revisions/frozen-pods"
CASES = ("tier/dev", "tier/small", "tier/medium", "tier/large", "feature/autoscale", "feature/external", "feature/standby")
FIXED = ("podManagementPolicy", "selector", "serviceName", "template", "volumeClaimTemplates")    # of a StatefulSet
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

def overlay(case, into):
    """The case's repository, its base's below it, as tests/golden.py lays them."""
    here = "%s/golden/%s" % (ROOT, case)
    if os.path.exists(here + "/base"):
        with open(here + "/base") as f: overlay(f.read().strip(), into)
    if os.path.isdir(here + "/in"): shutil.copytree(here + "/in", into, dirs_exist_ok=True)
    for d, _, names in os.walk(here + "/edit"):
        for name in names:
            script = os.path.join(d, name)
            subprocess.run(["sed", "-i", "-f", script, os.path.join(into, os.path.relpath(script, here + "/edit"))], check=True)

def pin(into, revision):
    """Its clusters run an image set of this revision whose images never change."""
    with open(ROOT + "/presets/images.yaml") as f: sets = yaml.load(f, LOADER)["spec"]["images"]["sets"]
    like = next((s for s in sets.values() if s["podRevision"] == revision), None) or sys.exit("no image set names revision %d" % revision)
    images = {k: {**like[k], "repository": "registry.example.com/" + k, "tag": "frozen", "digest": "sha256:" + "%064x" % i}
              for i, k in enumerate(("postgres", "pooler", "exporter", "agent"), 1)}
    with open(into + "/platform.yaml") as f: platform = yaml.load(f, LOADER)
    made = {**platform["spec"].get("images", {}), "set": "frozen", "sets": {"frozen": {**like, **images}}}
    platform["spec"]["images"] = made
    with open(into + "/platform.yaml", "w") as f: yaml.safe_dump(platform, f)

def parts(out):
    """{object: what must not change of it}"""
    for d, _, names in os.walk(out):
        for name in sorted(names):
            if not re.match(r"(statefulset|configmap)-.*\.yaml$", name): continue
            with open(os.path.join(d, name)) as f: o = yaml.load(f, LOADER)
            where = os.path.relpath(os.path.join(d, name), out)
            if o["kind"] == "StatefulSet": yield where, {k: o["spec"].get(k) for k in FIXED}
            for text in (o.get("data") or {}).values():
                if "kind: AgentConfig\n" in text: yield where, yaml.load(text, LOADER)["spec"]["patroni"]

def snapshot(revision, change=None):
    """{"CASE OBJECT": digest}; change is done to each repository before it is compiled."""
    found = {}
    for case in CASES if change is None else CASES[:1]:
        with tempfile.TemporaryDirectory() as top:
            overlay(case, top + "/in")
            pin(top + "/in", revision)
            if change: change(top + "/in")
            run = subprocess.run([HOWDAH, "compile", "-C", top + "/in", "-o", top + "/out"], capture_output=True, text=True)
            if run.returncode: sys.exit("%s: %s" % (case, run.stderr))
            for where, what in parts(top + "/out"):
                found["%s %s" % (case, where)] = hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()
    return found

def frozen():
    """{revision: {"CASE OBJECT": digest}} and the revisions that revisions/frozen says are released"""
    kept = {}
    if os.path.exists(FROZEN):
        with open(FROZEN) as f:
            for line in f:
                if line.startswith("#") or not line.strip(): continue
                n, case, where, digest = line.split()
                kept.setdefault(int(n), {})["%s %s" % (case, where)] = digest
    with open(ROOT + "/revisions/frozen") as f: released = {int(m) for m in re.findall(r"^[0-9a-f]{64}  (\d+)/", f.read(), re.M)}
    return kept, released

def differences(old, new): return sorted(k for k in {*old, *new} if old.get(k) != new.get(k))

def memory(into):
    """A change that restarts: more memory for every cluster."""
    with open(into + "/platform.yaml") as f: platform = yaml.load(f, LOADER)
    platform["spec"]["environments"]["dev"]["defaults"] = {"memory": "3Gi"}
    with open(into + "/platform.yaml", "w") as f: yaml.safe_dump(platform, f)

def main():
    kept, released = frozen()
    if "--freeze" in sys.argv:
        n = int(sys.argv[-1])
        if n in kept: sys.exit("revision %d is frozen already" % n)
        with open(FROZEN, "a") as f:
            for k, digest in sorted(snapshot(n).items()): f.write("%d %s %s\n" % (n, k, digest))
        return
    tap.ok(set(kept) == released, "revisions/frozen and revisions/frozen-pods name the same revisions", "%s, %s" % (sorted(released), sorted(kept)))
    for n in sorted(kept):
        gone = differences(kept[n], snapshot(n))
        tap.ok(not gone, "nothing of revision %d restarts" % n, "changed: " + "\n".join(gone))
    if not kept: tap.note("no revision is released yet")
    newest = max(int(d) for d in os.listdir(ROOT + "/revisions") if d.isdigit())
    now = snapshot(newest, lambda into: None)
    tap.ok(len(now) >= 2 and now == snapshot(newest, lambda into: None), "two compiles are the same", "\n".join(now))
    seen = differences(now, snapshot(newest, memory))
    tap.ok(any("statefulset" in k for k in seen) and any("configmap" in k for k in seen), "more memory is seen in pods and configuration", "\n".join(seen))
    tap.done()

main()
