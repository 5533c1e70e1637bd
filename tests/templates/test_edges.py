#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""test_edges.py - edges of the connection graph that nodes are not tried with (tests/e2e/edges.py has no cloud and no second
Kubernetes cluster): a member's way to the cloud's tokens (credentials: irsa) and a standby's to its source, both ends. Each
is in the policies, and link-flows names it by its reason when it is taken away, and when one stands too many. TAP."""
import copy, os, shutil, subprocess, sys, tempfile
sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
import tap, yaml

ROOT = os.path.dirname(os.path.dirname(HERE))
EXE = os.path.realpath(os.environ.get("HOWDAH", os.path.join(ROOT, "build", "release", "howdah")))
STANDBY = "feature/standby"

# (folders of the source, day, policy, direction, what the rule holds, the reason that link gives)
EDGES = [
    (None, "2026-11-26", "prod/erp/erp/networkpolicy-erp-postgres.yaml", "egress", "0.0.0.0/0", "credentials of the cloud"),
    (STANDBY, "2026-03-01", "prod/team-orders/orders/networkpolicy-orders-postgres.yaml", "ingress", "10.8.0.0/16", "a standby cluster streams"),
    (STANDBY, "2026-03-01", "dr/dr-orders/orders-west/networkpolicy-orders-west-postgres.yaml", "egress", "10.1.0.0/16", "the primary that is followed"),
]

def source(case, scratch):
    """The demo, or what a golden case reads."""
    if not case: return ROOT + "/examples/demo"
    at = scratch + "/in"
    shutil.rmtree(at, ignore_errors=True)
    for top in "fixtures/fleet", case: shutil.copytree("%s/golden/%s/in" % (ROOT, top), at, dirs_exist_ok=True)
    for name in os.listdir("%s/golden/%s/edit" % (ROOT, case)):
        subprocess.run(["sed", "-i", "-f", "%s/golden/%s/edit/%s" % (ROOT, case, name), at + "/" + name], check=True)
    return at

def change(path, direction, text, extra):
    """Takes the rules that hold the text away, or adds one like it on a port that nobody needs; how many there were."""
    with open(path) as f: policy = yaml.safe_load(f)
    rules = policy["spec"][direction]
    hits = [r for r in rules if text in str(r)]
    if extra: rules.append({**copy.deepcopy(hits[0]), "ports": [{"port": 5433, "protocol": "TCP"}]})
    else: policy["spec"][direction] = [r for r in rules if r not in hits]
    with open(path, "w") as f: yaml.safe_dump(policy, f)
    return len(hits)

def main():
    with tempfile.TemporaryDirectory() as scratch:
        out = scratch + "/out"
        for case, day, policy, direction, text, why in EDGES:
            src = source(case, scratch)
            check = lambda: subprocess.run([EXE, "check", "--objects", out, "-C", src, "--as-of", day, "--only", os.path.dirname(policy)], capture_output=True, text=True)
            for extra in False, True:
                shutil.rmtree(out, ignore_errors=True)
                subprocess.run([EXE, "compile", "-C", src, "-o", out, "--as-of", day], capture_output=True)
                clean = check()
                found = change(os.path.join(out, policy), direction, text, extra)
                p = check()
                wanted = "5433" if extra else why
                said = [l for l in p.stderr.split("\n") if "[link-flows]" in l and wanted in l]
                tap.ok(clean.returncode == 0 and found and p.returncode == 1 and said, "%s: %s %s" % (policy, why, "and one more" if extra else "taken away"), p.stderr)
    tap.done()

main()
