#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""test_branch.py - from commit to branch, over random edit sequences, a compile that looks at what changed gives the tree
of --full, and its exit code. TAP. EDITS (80; 10 in slow builds), SEED."""
import os, random, sys, tempfile
sys.dont_write_bytecode = True
sys.path[:0] = [os.path.dirname(os.path.realpath(__file__)), os.path.dirname(os.path.dirname(os.path.realpath(__file__)))]
import tap
from repo import DEMO, SLOW, commit, copy, git, howdah
from test_incremental import Edits

EDITS = int(os.environ.get("EDITS") or (10 if SLOW else 80))
SEED = int(os.environ.get("SEED") or random.SystemRandom().randrange(10 ** 6))

def target(path):
    os.makedirs(path)
    git(path, "init", "-q", "--bare")
    return path

def compile(source, to, *more): return howdah("compile", "--source", source + "@HEAD", "--git", to, "--branch", "main", *more)

def tree(repo): return git(repo, "rev-parse", "main^{tree}", check=False).stdout.strip()

def errors(p): return [line for line in p.stderr.split("\n") if ": error: " in line]

def main():
    dice, wrong, few, codes = random.Random(SEED), [], 0, {}
    tap.note("seed %d" % SEED)
    with tempfile.TemporaryDirectory(prefix="howdah-branch-") as work:
        source = copy(DEMO, work + "/source")
        commit(source)
        parts, whole = target(work + "/parts"), target(work + "/whole")
        for to in (parts, whole):
            p = compile(source, to)
            if p.returncode and not tap.ok(False, "the demo compiles", p.stderr): tap.done()
        edits = Edits(source, dice)
        for n in range(EDITS):
            name = edits.one()
            if dice.random() < 0.2: name += "+" + edits.one()
            commit(source)
            before = [git(to, "rev-parse", "main") for to in (parts, whole)]
            keep = ["--keep-going"] if dice.random() < 0.3 else []
            a, b = compile(source, parts, *keep), compile(source, whole, "--full", *keep)
            codes[a.returncode] = codes.get(a.returncode, 0) + 1
            few += "(1 compiled" in a.stderr
            if a.returncode != b.returncode: wrong.append("edit %d (%s): exit %d, --full %d: %s" % (n, name, a.returncode, b.returncode, errors(a) + errors(b)))
            if tree(parts) != tree(whole):
                wrong.append("edit %d (%s): %s" % (n, name, git(parts, "--no-pager", "diff", "--stat", tree(parts), tree(whole), check=False,
                             env={"GIT_ALTERNATE_OBJECT_DIRECTORIES": whole + "/objects"}).stdout[-600:]))
                git(parts, "fetch", "-q", whole, "+main:main")
            if a.returncode:
                git(source, "reset", "-q", "--hard", "HEAD~1")
                git(source, "clean", "-qfd")
                for to, tip in zip((parts, whole), before): git(to, "update-ref", "refs/heads/main", tip)
            if len(wrong) > 10: break
        p = compile(source, parts)
        tap.ok(p.returncode == 0 and compile(source, parts).stderr.count("nothing changed") == 1, "what stands is not written again", p.stderr)
    tap.note("exit codes: %s; one cluster compiled: %d times" % (codes, few))
    tap.ok(few > 0, "some edits compiled one cluster only")
    tap.ok(not wrong, "%d edits: a branch is as --full writes it" % EDITS, "\n".join(wrong))
    tap.done()

main()
