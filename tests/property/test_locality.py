#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""test_locality.py - an edit of one line of an intent changes files of that cluster, and of clusters that refer to it,
and nothing else. TAP. Files of a destination change only where an edit adds or takes away an application's namespace.
A line that says what the layers below say already is not an edit: the record of the cluster as it was tells.
EDITS (100; 12 in slow builds), SEED (1), at most TIME_LIMIT seconds (60)."""
import os, random, sys, tempfile, time
sys.dont_write_bytecode = True
sys.path[:0] = [os.path.dirname(os.path.realpath(__file__)), os.path.dirname(os.path.dirname(os.path.realpath(__file__)))]
import yaml
import tap
from repo import DEMO, LOADER, SLOW, copy, digests, howdah, intents, load

EDITS = int(os.environ.get("EDITS") or (12 if SLOW else 100))
SEED = int(os.environ.get("SEED") or 1)
TIME_LIMIT = float(os.environ.get("TIME_LIMIT") or 60)

# One line each, put at the end of spec; {n} makes it differ from what was there.
LINES = {
    "labels": "  labels: {{example.com/edit: e{n}}}",
    "annotations": "  annotations: {{example.com/note: note {n}}}",
    "parameters": "  parameters: {{work_mem: {n}MB}}",
    "pooler": "  pooler: {{maxClients: 1{n:03d}}}",
    "maintenance": "  maintenance: {{start: \"0{hour}:30\", days: [sat]}}",
    "backup": "  backup: {{schedule: {minute} 3 * * *}}",
    "logging": "  logging: {{slowStatements: {n}s}}",
    "audit": "  audit: {{log: [ddl], relations: true}}",
    "workload": "  workload: dw",
    "operations": "  operations: [{{id: backup-{n}, action: backup}}]",
    "certificates": "  certificates: {{overlap: {n}d}}",
    "access": "  access: [{{namespace: new-app-{n}, database: {database}, role: reader, secret: new-{n}}}]",
}
OF_DATABASE = ("labels", "annotations")

def key(path):
    """environment/namespace/name of an intent"""
    return "/".join(path[:-len(".yaml")].split("/")[-3:])

def neighbours(paths):
    """{intent: intents that refer to it or that it refers to}"""
    near = {key(p): set() for p in paths}
    for p in paths:
        spec, (environment, namespace, _) = load(p)["spec"], key(p).split("/")
        for field in ("restore", "standby", "cluster"):
            at = spec.get(field) or {}
            name = at.get("cluster") or (at.get("name") if field == "cluster" else None)
            if not name: continue
            other = "/".join([at.get("environment", environment), at.get("namespace", namespace), name])
            near[key(p)].add(other)
            near.setdefault(other, set()).add(key(p))
    return near

def belongs(path, owners, access):
    """Whether a file of the output is one of these clusters', or of what they give to applications."""
    parts = path.split("/")
    if path.split("/")[-1] == "howdah.index" or path.endswith("/howdah.lock"): return True
    if parts[0] == "destinations": return access and parts[2] == "sync"
    for owner in owners:
        environment, namespace, name = owner.split("/")
        if parts[:3] == [environment, namespace, name] or parts[0] == environment and parts[2] == name + ".access": return True
    return False

def says_already(out, path, added):
    """Whether the resolved record holds the added line's value: then the line changes nothing, and rightly so."""
    record = "%s/%s/postgrescluster-%s.yaml" % (out, key(path), key(path).split("/")[-1])
    if not os.path.exists(record): return False
    def within(part, whole):
        if isinstance(part, dict): return isinstance(whole, dict) and all(k in whole and within(v, whole[k]) for k, v in part.items())
        return part == whole
    return within(yaml.load(added, LOADER), load(record)["spec"])

def line(dice, spec, n):
    """(field, the line) of an edit of a field that this intent does not write yet"""
    free = [f for f in LINES if f not in spec and (spec.get("tier") or f in OF_DATABASE)]
    if spec.get("closed") or spec.get("retire") or not spec.get("databases"): free = [f for f in free if f != "access"]
    if not free: return None, None
    field = dice.choice(free)
    database = (spec.get("databases") or [None])[0]
    return field, LINES[field].format(n=n + 10, hour=n % 10, minute=n % 60, database=database["name"] if isinstance(database, dict) else database)

def main():
    dice, began = random.Random(SEED), time.time()
    tap.note("SEED=%d EDITS=%d" % (SEED, EDITS))
    with tempfile.TemporaryDirectory() as top:
        source, out = copy(DEMO, top + "/in"), top + "/out"
        first = howdah("compile", "-C", source, "-o", out)
        if not tap.ok(first.returncode == 0, "the demo compiles", first.stderr): tap.done()
        start, paths = digests(out), intents(source)
        before, near, bad, edits = start, neighbours(paths), [], 0
        while edits < EDITS and time.time() - began < TIME_LIMIT:
            path = dice.choice(paths)
            field, added = line(dice, load(path)["spec"], edits)
            if not field or says_already(out, path, added): continue
            with open(path, "a") as f: f.write(added + "\n")
            run = howdah("compile", "-C", source, "-o", out)
            after, what = digests(out), "%s: %s" % (key(path), added.strip())
            changed = sorted(p for p in {*before, *after} if before.get(p) != after.get(p))
            alien = [p for p in changed if not belongs(p, {key(path)} | near[key(path)], field == "access")]
            if run.returncode:
                bad.append("%s: exit %d: %s" % (what, run.returncode, run.stderr))
                break
            if alien: bad.append("%s changes %s" % (what, " ".join(alien[:5])))
            if not [p for p in changed if not p.endswith((".index", ".lock"))]: bad.append("%s changes nothing" % what)
            before, edits = after, edits + 1
        tap.ok(not bad, "%d edits of one line stay in their clusters" % edits, "\n".join(bad))
        tap.ok(edits >= min(EDITS, 10), "enough edits in %d s" % TIME_LIMIT, "%d" % edits)
        copy(DEMO, source)
        howdah("compile", "-C", source, "-o", out)
        tap.ok(digests(out) == start, "what is taken back leaves no trace")
    tap.done()

main()
