#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""golden.py HOWDAH [CASE...] - run the cases of golden/AREA/CASE (all); TAP, then "N passed, N failed, N skipped"

args       command lines, one per step; @IN@ and @OUT@ stand for the platform repository and the output directory
base       names a case or fixture whose in/ lies below this one's; in/ is laid over it, in.2/ before step 2, and so on;
           edit/FILE is a sed script for in/FILE (one line that is changed or added shows best so), edit.2/FILE ...;
           rm, rm.2, ... list what is taken away at that step; out.2/ is laid over the output before step 2, and
           edit.out.2/FILE is a sed script for FILE of it
want/      the output tree, without the digests in howdah.lock and howdah.index unless the file "locks" stands here
want.diff  instead: how the output differs from that of the base
           (the file "only" names the folders that are compared, the others being beside the point; cases of messages/
           have neither: their tree is not looked at)
want.err want.out want.code   all steps' messages (none: silence; without the summary except in messages/), output
           (none: not looked at), last exit code (none: 0)
Dates are judged by 2026-03-01 where a step names no day and no commit, unless the file "undated" stands here.
Each case runs twice, under another time zone, locale, directory and number of workers, and must give the same bytes.
Cases run side by side (JOBS, twice the processors), in memory where there is room for it (or in TMPDIR): what is
written is looked at here, not how it gets to a disk. UPDATE=1 writes what came out.
"""
import concurrent.futures, difflib, os, re, shutil, subprocess, sys, tempfile, threading

ROOT = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
TOP = ROOT + "/golden"
UPDATE = os.environ.get("UPDATE") == "1"
JOBS = int(os.environ.get("JOBS") or 2 * len(os.sched_getaffinity(0)))
SECONDS = 600                                   # that one command may take, sanitizers included
DAY = "2026-03-01"
PLAIN = {"TZ": "UTC", "LC_ALL": "C"}
OTHER = {"TZ": "Asia/Kathmandu", "LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8"}
LOCKS = ("howdah.lock", "howdah.index")
SUMMARY = re.compile(rb"^howdah: [0-9]* cluster.*\n", re.M)

def read(path, absent=None):
    """The bytes of a file; absent when it is not there."""
    try:
        with open(path, "rb") as f: return f.read()
    except FileNotFoundError: return absent

def write(path, data):
    with open(path, "wb") as f: f.write(data)

def tree(top):
    """{path: bytes} of all files below top"""
    paths = (os.path.join(d, n) for d, _, names in os.walk(top) for n in names)
    return {os.path.relpath(p, top): read(p) for p in paths}

def base_of(case):
    name = read("%s/%s/base" % (TOP, case))
    return name and name.decode().strip()

def overlay(case, repository, output, step):
    """What the base (before the first step) and the case put into a platform repository."""
    base, at, suffix = base_of(case), "%s/%s/" % (TOP, case), "" if step == 1 else ".%d" % step
    if base and step == 1: overlay(base, repository, output, 1)
    for name, to in ("in", repository), ("out", output):
        if os.path.isdir(at + name + suffix): shutil.copytree(at + name + suffix, to, symlinks=True, dirs_exist_ok=True)
    for edits, top in (at + "edit" + suffix, repository), (at + "edit.out" + suffix, output):
        for d, _, names in os.walk(edits):
            for script in (os.path.join(d, n) for n in names):
                subprocess.run(["sed", "-i", "-f", script, os.path.join(top, os.path.relpath(script, edits))], check=True)
    for name in read(at + "rm" + suffix, b"").decode().split():
        gone = os.path.join(repository, name)
        shutil.rmtree(gone) if os.path.isdir(gone) else os.remove(gone)

class Ran:
    """One run of all steps: out (the output directory), stdout, stderr, code."""
    def __init__(self, case, into, cwd, jobs, env):
        self.out, self.stdout, self.stderr, self.code = into + "/out", b"", b"", 0
        os.makedirs(into + "/in")
        os.makedirs(cwd, exist_ok=True)
        for step, line in enumerate(read("%s/%s/args" % (TOP, case)).decode().splitlines(), 1):
            overlay(case, into + "/in", self.out, step)
            argv = line.replace("@IN@", into + "/in").replace("@OUT@", self.out).split()
            if argv[:1] in (["compile"], ["check"]): argv += ["-j", jobs, *self.day(case, argv)]
            self.step(step, argv, cwd, env)
        for name in ("in", "out"):
            there = ("%s/%s" % (into, name)).encode()
            for spelt in (there, there.replace(b"_", rb"\_")):     # the second as markdown has it
                self.stdout, self.stderr = (s.replace(spelt, name.encode()) for s in (self.stdout, self.stderr))
        if not case.startswith("messages/"): self.stderr = SUMMARY.sub(b"", self.stderr)
        os.makedirs(self.out, exist_ok=True)
        self.files = tree(self.out)

    def day(self, case, argv):
        dated = {"--as-of", "--source"} & set(argv) or os.path.exists("%s/%s/undated" % (TOP, case))
        return [] if dated else ["--as-of", DAY]

    def step(self, number, argv, cwd, env):
        try:
            p = subprocess.run([HOWDAH, *argv], cwd=cwd, env={**os.environ, **env}, stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS)
        except subprocess.TimeoutExpired: p = subprocess.CompletedProcess(argv, 124, b"", b"no end after %d s\n" % SECONDS)
        self.code = p.returncode if p.returncode >= 0 else 128 - p.returncode
        self.stdout, self.stderr = self.stdout + p.stdout, self.stderr + p.stderr
        if self.code >= 70: self.stderr += b"step %d crashed: exit code %d\n" % (number, self.code)

    def as_files(self):
        return {"stdout": self.stdout, "stderr": self.stderr, "code": b"%d\n" % self.code, **{"out/" + p: b for p, b in self.files.items()}}

def prune(case, top):
    """Takes away what the case does not compare, and folders without files."""
    only = read("%s/%s/only" % (TOP, case))
    kept = None if only is None else tuple(f + "/" for f in only.decode().split())
    locks = os.path.exists("%s/%s/locks" % (TOP, case))
    for d, folders, names in os.walk(top, topdown=False):
        for n in names:
            path = os.path.join(d, n)
            if n in LOCKS and not locks or kept is not None and not os.path.relpath(path, top).startswith(kept): os.remove(path)
        if d != top and not os.listdir(d): os.rmdir(d)

def tree_diff(old, new):
    """How new differs from old, without times, names from the roots."""
    lines = subprocess.run(["diff", "-ruN", old, "."], cwd=new, env={**os.environ, **PLAIN}, stdout=subprocess.PIPE).stdout
    lines = re.sub(rb"^diff -ruN .*\n", b"", lines, flags=re.M)
    return re.sub(rb"^(---|\+\+\+) (?:%s|\.)/([^\t\n]*).*" % re.escape(old.encode()), rb"\1 \2", lines, flags=re.M)

class Bases:
    """Output trees of cases that others refer to: what is stored, else made once by running them."""
    def __init__(self, tmp):
        self.tmp, self.lock, self.made = tmp, threading.Lock(), {}

    def tree(self, base, into, case):
        """The tree that case compares with, reduced in the same way; None when its base has none."""
        if not base: return None
        at = "%s/%s" % (TOP, base)
        if not os.path.isdir(at + "/want"):
            if not os.path.exists(at + "/args"): return None
            at = self.run(base)
        if not os.path.exists("%s/%s/only" % (TOP, case)): return at + "/want"
        shutil.copytree(at + "/want", into + "/old")
        prune(case, into + "/old")
        return into + "/old"

    def run(self, base):
        with self.lock: once = self.made.setdefault(base, threading.Lock())
        with once:
            at = "%s/%s" % (self.tmp, base.replace("/", ":"))
            if not os.path.isdir(at):
                ran = Ran(base, at, at, "1", PLAIN)
                prune(base, ran.out)
                os.rename(ran.out, at + "/want")
            return at

def store(case, ran, old):
    """UPDATE=1: what came out is what is wanted."""
    want = "%s/%s/want" % (TOP, case)
    shutil.rmtree(want, ignore_errors=True)
    for suffix in (".err", ".code", ".diff"):
        if os.path.exists(want + suffix): os.remove(want + suffix)
    if os.path.exists(want + ".out"): write(want + ".out", ran.stdout)
    if ran.stderr: write(want + ".err", ran.stderr)
    if ran.code: write(want + ".code", b"%d\n" % ran.code)
    if not tree(ran.out): return
    if old: write(want + ".diff", tree_diff(old, ran.out))
    else: shutil.copytree(ran.out, want)

def differs(name, want, got):
    """A diff of two texts as lines; none when they are the same."""
    if want == got: return []
    old, new = (t.decode(errors="backslashreplace").splitlines() for t in (want, got))
    return list(difflib.unified_diff(old, new, "wanted " + name, name, lineterm="")) or ["%s: other bytes, although they read alike" % name]

def judge(case, ran, old):
    """What differs from what is wanted, as lines."""
    want = "%s/%s/want" % (TOP, case)
    said = differs("code", read(want + ".code", b"0\n"), b"%d\n" % ran.code) + differs("messages", read(want + ".err", b""), ran.stderr)
    if os.path.exists(want + ".out"): said += differs("output", read(want + ".out"), ran.stdout)
    if os.path.exists(want + ".diff"): return said + differs("difference to the base", read(want + ".diff"), tree_diff(old, ran.out) if old else b"")
    if (tree(want) if os.path.isdir(want) else {}) == tree(ran.out): return said
    if os.path.isdir(want): return said + tree_diff(want, ran.out).decode(errors="backslashreplace").splitlines()
    return said + ["an output that is not wanted: " + path for path in sorted(tree(ran.out))]

def try_case(case, bases):
    """Lines that say what is wrong with a case; none when it is as wanted."""
    with tempfile.TemporaryDirectory(dir=bases.tmp) as into:
        a = Ran(case, into + "/a", into + "/a", "1", PLAIN)
        b = Ran(case, into + "/b", into + "/b/deeper/in a folder", "2", OTHER)
        x, y = a.as_files(), b.as_files()
        uneven = [p for p in sorted({*x, *y}) if x.get(p) != y.get(p)]
        said = [line for p in uneven for line in ["the second run differs in " + p] + differs(p, x.get(p, b""), y.get(p, b""))]
        if case.startswith("messages/"): shutil.rmtree(a.out), os.mkdir(a.out)
        prune(case, a.out)
        old = bases.tree(base_of(case), into, case)
        if a.code >= 70: return ["it crashed: exit code %d" % a.code, *a.stderr.decode(errors="backslashreplace").splitlines()]   # never wanted
        if UPDATE: store(case, a, old)
        return judge(case, a, old) + said

def guarded(case, bases):
    try: return try_case(case, bases)
    except (OSError, ValueError, subprocess.SubprocessError) as e: return ["%s: %s" % (type(e).__name__, e)]

def waves(cases):
    """All at once; when they are written, those first that others are compared with."""
    depth = lambda case: 1 + depth(base_of(case)) if base_of(case) else 0
    levels = {case: depth(case) if UPDATE else 0 for case in cases}
    return [[c for c in cases if levels[c] == n] for n in sorted({*levels.values()})]

def work_folder():
    """Where cases are laid out: None is the system's choice."""
    memory = "/dev/shm"
    if os.environ.get("TMPDIR") or not os.access(memory, os.W_OK): return None
    room = os.statvfs(memory)
    return memory if room.f_bavail * room.f_frsize > 256 << 20 else None

def main(argv):
    global HOWDAH
    if not argv: sys.exit(__doc__)
    HOWDAH = os.path.realpath(argv[0])
    cases = argv[1:] or sorted(os.path.relpath(d, TOP) for d, _, names in os.walk(TOP) if "args" in names)
    for case in cases:
        if not os.path.exists("%s/%s/args" % (TOP, case)): sys.exit("golden.py: there is no case '%s' with a file args in golden/" % case)
    failed = 0
    with tempfile.TemporaryDirectory(dir=work_folder()) as tmp, concurrent.futures.ThreadPoolExecutor(JOBS) as workers:
        bases, number = Bases(tmp), 0
        for wave in waves(cases):
            for case, said in zip(wave, workers.map(lambda c: guarded(c, bases), wave)):
                number += 1
                failed += bool(said)
                print("%sok %d - %s" % ("not " if said else "", number, case), *("# " + line for line in said[:60]), sep="\n", flush=True)
    print("1..%d\n%d passed, %d failed, 0 skipped" % (len(cases), len(cases) - failed, failed))
    sys.exit(1 if failed or not cases else 0)

main(sys.argv[1:])
