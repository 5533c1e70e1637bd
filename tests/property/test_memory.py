#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""test_memory.py - howdah without memory, and howdah with a bug, at any point. TAP.

Without memory: from the n-th request on (or at it alone) none is given (failing.c): exit 4 with words, or the run comes to its
end as if nothing had been; never a finding, never a crash. A bug is a signal at the n-th request: exit 70 with words. Either
way each unit is wholly old or new, and a re-run completes. POINTS (120 for each target), SEED."""
import os, random, re, shutil, signal, subprocess, sys, tempfile
sys.dont_write_bytecode = True
sys.path[:0] = [os.path.dirname(os.path.realpath(__file__)), os.path.dirname(os.path.dirname(os.path.realpath(__file__)))]
import tap
from repo import HOWDAH, SLOW, PLAIN, commit, digests, git, howdah, units

POINTS = int(os.environ.get("POINTS") or 120)
SEED = int(os.environ.get("SEED") or random.SystemRandom().randrange(10 ** 6))
WORDS = re.compile(r"memory|cannot be made|Cannot allocate|Resource temporarily", re.I)
BUG = "this is a bug"

class Target:
    """Where a run writes: what is there, and making it as it was."""
    def __init__(self, name, work, argv):
        self.name, self.work, self.argv = name, work, argv
        self.old, self.out = work + "/" + name + ".old", work + "/" + name

    def reset(self):
        shutil.rmtree(self.out, ignore_errors=True)
        shutil.copytree(self.old, self.out, symlinks=True)

    def seen(self):
        """What a reader finds: {unit: its files} of a directory, the tree of a branch."""
        if self.name == "directory": return units(digests(self.out))
        return {"tree": git(self.out, "rev-parse", "main^{tree}")}

def run(shim, target, env):
    return subprocess.run([HOWDAH, *target.argv], capture_output=True, text=True, errors="replace", stdin=subprocess.DEVNULL,
                          env={**PLAIN, "LD_PRELOAD": shim, **env})

def fault(p, how, before, after, target):
    """What is wrong with a run that was hit; None when nothing is."""
    now = target.seen()
    if any(now.get(u) not in (before.get(u), after.get(u)) for u in {*before, *after, *now}): return "a unit is neither old nor new"
    if p.returncode == 0: return None if now == after else "exit 0, but not all is there"
    if "FAIL_SIGNAL" in how: return None if p.returncode == 70 and BUG in p.stderr else "exit %d: %s" % (p.returncode, p.stderr[-200:])
    if p.returncode != 4 or not WORDS.search(p.stderr) or BUG in p.stderr: return "exit %d: %s" % (p.returncode, p.stderr[-200:])
    return None

def hit(dice, shim, target, after, most):
    """All points of one target; the counts of exit codes, and what was wrong."""
    target.reset()
    before, codes, wrong = target.seen(), {}, []
    for i in range(POINTS):
        # the first half of all requests loads the schemas; what is written stands at the end
        n = dice.randrange(1, most + 1) if i % 2 else most - int(most * dice.random() ** 4 * 0.5)
        how = {"FAIL_AT": str(n), **[{}, {"FAIL_ONCE": "1"}, {"FAIL_SIGNAL": str(dice.choice([signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS]).value)}][i % 3]}
        target.reset()
        p = run(shim, target, how)
        why = fault(p, how, before, after, target)
        codes[p.returncode] = codes.get(p.returncode, 0) + 1
        again = howdah(*target.argv)
        stale = re.search(r"'(\S+\.lock)' is held", again.stderr)
        if again.returncode == 4 and stale and stale[1].startswith(target.out + "/"):   # as Git: named, never taken
            os.remove(stale[1])
            again = howdah(*target.argv)
        if not why and (again.returncode or target.seen() != after): why = "a re-run does not complete: " + again.stderr[-200:]
        if why: wrong.append("%s: %s" % (how, why))
    return codes, wrong

def targets(work, source):
    """The two targets: what was compiled before, and a run that has something to change."""
    found = [Target("directory", work, ["compile", "-C", source, "-o", work + "/directory", "-j2", "--as-of", "2026-03-01"]),
             Target("branch", work, ["compile", "--source", source + "@HEAD", "--git", work + "/branch", "--branch", "main", "-j2"])]
    git(work, "init", "-q", "--bare", found[1].out)
    for t in found:
        p = howdah(*t.argv)
        if p.returncode: tap.ok(False, "it compiles", p.stderr)
        shutil.copytree(t.out, t.old, symlinks=True)
    with open(source + "/intents/prod/team-shop/shop.yaml", "a") as f: f.write("  memory: 24Gi\n")
    with open(source + "/intents/prod/team-shop/new.yaml", "w") as f:
        f.write(open(source + "/intents/prod/team-wiki/wiki.yaml").read().replace("wiki", "new").replace("team-new", "team-shop").replace("team: new", "team: shop"))
    commit(source)
    return found

def main():
    if SLOW:
        tap.skip("without memory, and with a bug", "a sanitizer's own allocator cannot be told to fail")
        tap.done()
    dice = random.Random(SEED)
    tap.note("seed %d" % SEED)
    with tempfile.TemporaryDirectory(prefix="howdah-memory-", dir=os.environ.get("TMPDIR") or "/dev/shm") as work:
        shim, source = work + "/failing.so", work + "/source"
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", shim, os.path.dirname(os.path.realpath(__file__)) + "/failing.c", "-ldl"], check=True)
        howdah("init", source)
        commit(source)
        for t in targets(work, source):
            t.reset()
            p = run(shim, t, {"FAIL_COUNT": work + "/count"})
            after = t.seen()
            if not tap.ok(p.returncode == 0, "%s: it compiles" % t.name, p.stderr): continue
            with open(work + "/count") as f: most = int(f.read())
            codes, wrong = hit(dice, shim, t, after, most)
            tap.note("%s: %d requests for memory, exit codes %s" % (t.name, most, dict(sorted(codes.items()))))
            tap.ok(not wrong, "%s: %d runs without memory, or with a bug, end in order" % (t.name, POINTS), "\n".join(wrong))
            tap.ok({4, 70} <= codes.keys(), "%s: both ends were seen" % t.name)
    tap.done()

main()
