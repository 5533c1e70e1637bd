#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""test_explain.py - howdah explain answers for any leaf of any file of the output: clusters, access, destinations,
kustomizations, and values inside texts. TAP.
LEAVES (200; 12 in slow builds) draws of each run, SEED (random, printed)."""
import os, random, re, sys, tempfile
from concurrent.futures import ThreadPoolExecutor
sys.dont_write_bytecode = True
sys.path[:0] = [os.path.dirname(os.path.realpath(__file__)), os.path.dirname(os.path.dirname(os.path.realpath(__file__)))]
import yaml
import tap
from repo import DEMO, LOADER, SLOW, howdah, load

LEAVES = int(os.environ.get("LEAVES") or (12 if SLOW else 200))
SEED = int(os.environ.get("SEED") or random.SystemRandom().randrange(10 ** 6))
ROW = re.compile(r"^  +(template|fact|schema|default|intent|tier|platform|environment|destination|team|namespace|image set|object store|howdah writes)\b", re.M)

def step(path, key):
    if isinstance(key, int): return "%s[%d]" % (path, key)
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_-]*", key): return '%s["%s"]' % (path, key)
    return path + "." + key if path else key

def inside(text):
    """What a path may enter: a text that is YAML with parts, or has lines."""
    try: tree = yaml.load(text, LOADER)
    except yaml.YAMLError: tree = None
    if isinstance(tree, (dict, list)): return tree
    return text.split("\n")[:-1] if text.endswith("\n") else None

def leaves(tree, path=""):
    if isinstance(tree, (dict, list)) and tree:
        for key, part in tree.items() if isinstance(tree, dict) else enumerate(tree): yield from leaves(part, step(path, key))
        return
    parts = inside(tree) if isinstance(tree, str) and "\n" in tree else None
    if parts: yield from leaves(parts, path)
    else: yield path

def kind_of(path):
    """Files that are made in one way: each is drawn as often as the others."""
    parts = path.split("/")
    if parts[-1] == "kustomization.yaml": return "kustomization"
    if parts[-1].startswith("customresourcedefinition"): return "definition"
    if parts[0] == "destinations": return parts[2]
    if parts[2].endswith(".access"): return "access"
    return "texts" if parts[-1].startswith("configmap") else "cluster"

def main():
    dice = random.Random(SEED)
    tap.note("SEED=%d LEAVES=%d" % (SEED, LEAVES))
    with tempfile.TemporaryDirectory() as out:
        run = howdah("compile", "-C", DEMO, "-o", out)
        if not tap.ok(run.returncode == 0, "the demo compiles", run.stderr): tap.done()
        files = {}
        for d, _, names in sorted(os.walk(out)):
            for n in sorted(names):
                path = os.path.relpath(os.path.join(d, n), out)
                if n.endswith(".yaml"): files.setdefault(kind_of(path), []).append(path)
        tap.ok(len(files) == 7, "files of every kind", sorted(files))
        drawn = []
        for i in range(LEAVES):
            path = dice.choice(files[sorted(files)[i % len(files)]])
            drawn.append((path, dice.choice(list(leaves(load(out + "/" + path))))))
        with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
            said = list(pool.map(lambda d: howdah("explain", "-C", DEMO, "%s/%s:%s" % (out, *d)), drawn))
        bad = ["%s:%s\n%s%s" % (path, leaf, s.stdout, s.stderr) for (path, leaf), s in zip(drawn, said)
               if s.returncode or not s.stdout.startswith(leaf + " = ") or not ROW.search(s.stdout)]
        tap.ok(not bad, "%d leaves of %d files are explained" % (len(drawn), len({path for path, _ in drawn})), "\n".join(bad))
    tap.done()

main()
