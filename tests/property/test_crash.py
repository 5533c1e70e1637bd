#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""test_crash.py - kill -9 while howdah writes: every unit is wholly old or new, the ref is old or new, a re-run completes. TAP.

The points are system calls that change or order what is on disk, found by one traced run: strace kills the process at
the n-th call of a kind. POINTS (200, half to a directory and half to Git; 24 in slow builds), SEED."""
import collections, os, random, re, shutil, subprocess, sys, tempfile
sys.dont_write_bytecode = True
sys.path[:0] = [os.path.dirname(os.path.realpath(__file__)), os.path.dirname(os.path.dirname(os.path.realpath(__file__)))]
import tap
from repo import DEMO, HOWDAH, SLOW, PLAIN, commit, copy, digests, git, howdah, intents, load, store, units

POINTS = int(os.environ.get("POINTS") or (24 if SLOW else 200))
SEED = int(os.environ.get("SEED") or random.SystemRandom().randrange(10 ** 6))
CALLS = ("write pwrite64 writev openat openat2 mkdir mkdirat rename renameat renameat2 link linkat symlinkat unlink unlinkat rmdir "
         "ftruncate fsync fdatasync syncfs fallocate fchmod close").split()

def trace(out, argv, inject=None):
    """Runs howdah under strace; the exit status. With inject (call, n): SIGKILL at the n-th such call of a thread."""
    calls = ",".join("?" + c for c in CALLS)
    how = ["-e", "inject=%s:signal=KILL:when=%d" % inject] if inject else []
    p = subprocess.run(["strace", "-f", "-qq", "-o", out, "-e", "trace=" + (inject[0] if inject else calls), *how, HOWDAH, *argv],
                       capture_output=True, text=True, env={**PLAIN, "ASAN_OPTIONS": "detect_leaks=0"}, stdin=subprocess.DEVNULL)
    return p.returncode

def points(dice, argv, log, wanted):
    """(call, n) spread over all calls that one run makes."""
    if trace(log, argv): return None
    counts = collections.Counter()
    with open(log) as f:
        for line in f:
            m = re.match(r"(\d+)\s+(\w+)\(", line)
            if m: counts[m[1], m[2]] += 1
    most = collections.Counter()
    for (_, call), n in counts.items(): most[call] = max(most[call], n)
    every = [(call, n) for call in sorted(most) for n in range(1, most[call] + 1)]
    rare = [p for p in every if most[p[0]] <= 12]           # renames, syncs, the ref: every one of them
    others = [p for p in every if p not in set(rare)]
    dice.shuffle(rare)
    chosen = rare[:wanted * 2 // 3]
    return chosen + dice.sample(others, min(len(others), wanted - len(chosen))), sum(counts.values()), dict(most)

def sources(work):
    """Some of the demo's clusters, and the same with every one changed a little."""
    old = copy(DEMO, work + "/old")
    for path in intents(old):
        if "/prod/" in path and "-orders/" not in path or "/ci/" in path or "/dr/" in path: os.unlink(path)
    new = copy(old, work + "/new")
    for path in intents(new, "PostgresCluster"):
        tree = load(path)
        tree["spec"].setdefault("labels", {})["crash.example.com/test"] = "second"
        store(path, tree)
    return old, new

def into_directory(dice, work, old, new):
    a, b, out = work + "/a", work + "/b", work + "/out"
    for source, tree in ((old, a), (new, b)):
        p = howdah("compile", "-C", source, "-o", tree)
        if p.returncode and not tap.ok(False, "both versions compile", p.stderr): return
    before, after = units(digests(a)), units(digests(b))
    fresh = work + "/probe"
    shutil.copytree(a, fresh)
    answer = points(dice, ["compile", "-C", new, "-o", fresh], work + "/log", POINTS // 2)
    if not answer: return tap.ok(False, "a traced run ends well")
    torn, unfinished, killed, mixed = [], [], 0, 0
    for call, n in answer[0]:
        shutil.rmtree(out, ignore_errors=True)
        shutil.copytree(a, out)
        killed += trace("/dev/null", ["compile", "-C", new, "-o", out], (call, n)) in (-9, 137)
        now = units(digests(out))
        for unit in set(before) | set(after) | set(now):
            if now.get(unit) not in (before.get(unit), after.get(unit)): torn.append("%s %d: %s" % (call, n, unit))
        mixed += now != before and now != after
        p = howdah("compile", "-C", new, "-o", out)
        if p.returncode or units(digests(out)) != after: unfinished.append("%s %d: exit %d %s" % (call, n, p.returncode, p.stderr[-200:]))
    tap.note("directory: %d traced calls %s, %d of %d runs were killed, %d left a mix of old and new units" % (answer[1], answer[2], killed, len(answer[0]), mixed))
    tap.ok(killed >= len(answer[0]) * 9 // 10, "kill -9 hit %d of %d runs into a directory" % (killed, len(answer[0])))
    tap.ok(not torn, "each of %d units is wholly old or new after every kill" % len(after), "\n".join(torn))
    tap.ok(not unfinished, "a re-run completes after every kill", "\n".join(unfinished))

def into_git(dice, work, old, new):
    commit(old)
    commit(new)
    bare = work + "/bare"
    os.makedirs(bare)
    git(bare, "init", "-q", "--bare")
    arguments = lambda source, target: ["compile", "--source", source + "@HEAD", "--git", target, "--branch", "main"]
    p = howdah(*arguments(old, bare))
    if p.returncode: return tap.ok(False, "the old version is committed", p.stderr)
    first, probe = git(bare, "rev-parse", "main"), work + "/bare-probe"
    shutil.copytree(bare, probe)
    answer = points(dice, arguments(new, probe), work + "/log", POINTS - POINTS // 2)
    if not answer: return tap.ok(False, "a traced run into Git ends well")
    second = git(probe, "rev-parse", "main")
    wrong, unfinished, killed, moved, locks = [], [], 0, 0, 0
    for call, n in answer[0]:
        target = work + "/bare-now"
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(bare, target)
        killed += trace("/dev/null", arguments(new, target), (call, n)) in (-9, 137)
        now = git(target, "rev-parse", "main", check=False).stdout.strip()
        moved += now == second
        if now not in (first, second): wrong.append("%s %d: the ref is %s" % (call, n, now))
        p = git(target, "fsck", "--strict", "--no-dangling", check=False)
        if p.returncode: wrong.append("%s %d: fsck: %s" % (call, n, p.stderr[:200]))
        p = howdah(*arguments(new, target))
        stale = re.search(r"'(\S+\.lock)' is held", p.stderr)
        if p.returncode == 4 and stale and stale[1].startswith(target + "/"):  # as Git: a lock that may be another's is named, never taken
            locks += 1
            os.unlink(stale[1])
            p = howdah(*arguments(new, target))
        if p.returncode or git(target, "rev-parse", "main") != second: unfinished.append("%s %d: exit %d %s" % (call, n, p.returncode, p.stderr[-200:]))
    tap.note("Git: %d traced calls %s, %d of %d runs were killed, in %d the ref had moved, "
             "in %d the message named a lock of the ref to be removed" % (answer[1], answer[2], killed, len(answer[0]), moved, locks))
    tap.ok(killed >= len(answer[0]) * 9 // 10, "kill -9 hit %d of %d runs into Git" % (killed, len(answer[0])))
    tap.ok(first != second and not wrong, "the ref is the old or the new commit after every kill, and git fsck is content", "\n".join(wrong))
    tap.ok(not unfinished, "a re-run makes the same commit after every kill", "\n".join(unfinished))

def main():
    if not shutil.which("strace"):
        tap.skip("crash tests", "strace is not installed: tests/deps.sh test")
        tap.done()
    dice = random.Random(SEED)
    tap.note("seed %d" % SEED)
    with tempfile.TemporaryDirectory(prefix="howdah-crash-") as work:
        old, new = sources(work)
        into_directory(dice, work, old, new)
        into_git(dice, work, old, new)
    tap.done()

main()
