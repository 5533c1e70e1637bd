#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""test_determinism.py - the same input gives the same bytes and the same commit, whatever surrounds the run. TAP.

Each run has another time zone, locale, working directory, HOME, umask, file order, place of the repository, number of
workers, and addresses fixed (setarch -R) or random; every third has an empty environment. RUNS (50; 8 in slow builds), SEED."""
import os, random, shutil, sys, tempfile
sys.dont_write_bytecode = True
sys.path[:0] = [os.path.dirname(os.path.realpath(__file__)), os.path.dirname(os.path.dirname(os.path.realpath(__file__)))]
import tap
from repo import DEMO, HOWDAH, PLAIN, ROOT, SLOW, commit, copy, digests, git, howdah

RUNS = int(os.environ.get("RUNS") or (8 if SLOW else 50))
SEED = int(os.environ.get("SEED") or random.SystemRandom().randrange(10 ** 6))
ZONES = ["UTC", "Asia/Kathmandu", "America/St_Johns", "Pacific/Kiritimati", ":/nowhere"]
LOCALES = ["C", "C.UTF-8", "tr_TR.UTF-8", "de_DE.UTF-8", "ja_JP.eucJP"]

def surroundings(dice, n, work):
    env = {} if n % 3 == 2 else {**PLAIN, "TZ": dice.choice(ZONES), "LC_ALL": dice.choice(LOCALES), "LANG": dice.choice(LOCALES), "HOME": work,
                                 "USER": "user%d" % n, "SOURCE_DATE_EPOCH": str(dice.randrange(2 ** 31)), "COLUMNS": str(dice.randrange(20, 300))}
    env.update({k: v for k, v in PLAIN.items() if k.endswith("SAN_OPTIONS")})
    cwd = os.path.join(work, "cwd %d" % n)
    os.makedirs(cwd)
    return {"env": env, "cwd": cwd, "umask": dice.choice([0o022, 0o077, 0o002])}

def main():
    dice = random.Random(SEED)
    tap.note("seed %d" % SEED)
    with tempfile.TemporaryDirectory(prefix="howdah-same-") as work:
        trees, talk, commits = {}, {}, {}
        for n in range(RUNS):
            source = copy(DEMO, os.path.join(work, "source-%d%s" % (n, "x" * dice.randrange(40))), dice)
            out, wrap = os.path.join(work, "out-%d" % n), ["setarch", "-R"] if n % 2 else []
            around, jobs = surroundings(dice, n, work), str(dice.choice([1, 2, 3, 8]))
            p = howdah("compile", "-C", source, "-o", out, "-j", jobs, wrap=wrap, **around)
            if p.returncode and not tap.ok(False, "run %d compiles" % n, p.stdout + p.stderr): tap.done()
            trees.setdefault(str(sorted(digests(out, ()).items())), []).append(n)
            talk.setdefault(p.stderr.replace(source, "SOURCE").replace(out, "OUT"), []).append(n)
            if n % 5 == 0:
                commit(source)
                target = os.path.join(work, "target-%d" % n)
                os.makedirs(target)
                git(target, "init", "-q", "--bare")
                p = howdah("compile", "--source", source + "@HEAD", "--git", target, "--branch", "main", "-j", jobs, wrap=wrap, **around)
                commits.setdefault(git(target, "rev-parse", "main") if p.returncode == 0 else p.stderr, []).append(n)
                shutil.rmtree(target)
            for path in (source, out): shutil.rmtree(path)
        tap.ok(len(trees) == 1, "%d runs write one and the same tree" % RUNS, [runs for runs in trees.values()])
        tap.ok(len(talk) == 1, "%d runs say the same" % RUNS, "\n".join("%s: %s" % (v, k) for k, v in talk.items()))
        tap.ok(len(commits) == 1 and all(len(c) == 40 for c in commits), "%d runs into Git make one and the same commit" % len(range(0, RUNS, 5)), commits)
    tap.done()

main()
