#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""test_explain.py - howdah explain answers for any leaf of any file of the output: clusters, access, destinations,
kustomizations, and values inside texts. TAP.
LEAVES (60; 12 in slow builds) draws of each run, SEED (1), at most TIME_LIMIT seconds (90)."""
import os, random, re, sys, tempfile, time
sys.dont_write_bytecode = True
sys.path[:0] = [os.path.dirname(os.path.realpath(__file__)), os.path.dirname(os.path.dirname(os.path.realpath(__file__)))]
import yaml
import tap
from repo import DEMO, LOADER, SLOW, howdah, load

LEAVES = int(os.environ.get("LEAVES") or (12 if SLOW else 60))
SEED = int(os.environ.get("SEED") or 1)
TIME_LIMIT = float(os.environ.get("TIME_LIMIT") or 90)
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
    dice, began = random.Random(SEED), time.time()
    tap.note("SEED=%d LEAVES=%d" % (SEED, LEAVES))
    with tempfile.TemporaryDirectory() as out:
        run = howdah("compile", "-C", DEMO, "-o", out)
        if not tap.ok(run.returncode == 0, "the demo compiles", run.stderr): tap.done()
        files, asked, bad = {}, 0, []
        for d, _, names in sorted(os.walk(out)):
            for n in sorted(names):
                path = os.path.relpath(os.path.join(d, n), out)
                if n.endswith(".yaml"): files.setdefault(kind_of(path), []).append(path)
        tap.ok(len(files) == 7, "files of every kind", sorted(files))
        while asked < LEAVES and time.time() - began < TIME_LIMIT:
            path = dice.choice(files[sorted(files)[asked % len(files)]])
            leaf = dice.choice(list(leaves(load(out + "/" + path))))
            said = howdah("explain", "-C", DEMO, "%s/%s:%s" % (out, path, leaf))
            asked += 1
            if said.returncode or not said.stdout.startswith(leaf + " = ") or not ROW.search(said.stdout):
                bad.append("%s:%s\n%s%s" % (path, leaf, said.stdout, said.stderr))
        tap.ok(not bad, "%d leaves are explained" % asked, "\n".join(bad))
        tap.ok(asked >= min(LEAVES, 12), "enough leaves in %d s" % TIME_LIMIT, asked)
    tap.done()

main()
