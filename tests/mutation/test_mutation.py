#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""test_mutation.py [--seed N] [--objects N] [--templates N] [--howdah EXE] [--list] - wrong edits of the demo fleet against link

Sites are drawn uniformly over all keys, list items and leaves of what examples/demo compiles to (texts that are
documents, such as pg_hba.conf and the agent's orders, line by line or key by key), and of the templates. At each one
wrong edit is made: a key dropped or renamed, an item dropped, a value changed. Digests are not looked at. A mutant of an
object counts when it still passes strict schema validation; one of a template when the repository still loads and what
it makes differs. equivalent.yaml argues which edits change nothing that matters (at most 10 %). Of the rest link must find
95 %; what it does not find is listed. TAP lines, then "N passed, N failed"."""
import argparse, collections, json, os, random, re, shutil, subprocess, sys, tempfile
from concurrent.futures import ThreadPoolExecutor
import yaml
sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, HERE)
import mutants

ROOT = os.path.dirname(os.path.dirname(HERE))
DEMO = os.path.join(ROOT, "examples", "demo")
DAY = ["--as-of", "2026-11-26"]             # on which the waivers of the demo hold
TEMPLATES = ["templates/" + d for d in ("cluster", "access", "destination", "sync", "model")]
# Findings of strict validation: the mutant is no valid object, or no template that loads.
INVALID = re.compile(r"^(yaml-.*|unknown-field|wrong-type|missing-field|not-allowed|out-of-range|wrong-length|wrong-count|bad-value|bad-key"
                     r"|null-value|not-yet|quote-value|duplicate-item|incomplete|cross-field|template-.*|lua-.*|world-.*|schema-file|object-invalid)$")
LEAST, EQUIVALENT_MOST = 95.0, 10.0


def read(path):
    with open(path, encoding="utf-8") as f:
        return yaml.load(f, Loader=yaml.CSafeLoader)


def findings(argv):
    """(exit code, ids of the errors) of a run of howdah."""
    p = subprocess.run(argv, capture_output=True, text=True, errors="replace", cwd=ROOT)
    if p.returncode not in (0, 1, 3): sys.exit("%s: exit %d: %s" % (" ".join(argv), p.returncode, p.stderr[-400:]))
    errors = []
    for line in p.stdout.split("\n"):
        if line.startswith("{"):
            d = json.loads(line)
            if d["severity"] == "error":
                errors.append((d["id"], d["message"]))
    if p.returncode not in (0, 1):
        errors.append(("exit-%d" % p.returncode, p.stderr[-300:]))
    return errors


class Base:
    """The correct fleet, compiled once."""
    def __init__(self, exe, work):
        self.exe, self.work, self.out = os.path.join(work, "howdah"), work, os.path.join(work, "base")
        shutil.copy2(exe, self.exe)
        exe = self.exe
        subprocess.run([exe, "compile", "-C", DEMO, "-o", self.out, *DAY], check=True, capture_output=True)
        self.files = sorted(os.path.relpath(os.path.join(d, f), self.out) for d, _, fs in os.walk(self.out) for f in fs)
        self.repo = os.path.join(work, "repo")
        shutil.copytree(DEMO, self.repo)
        self.plain = {}                                 # of templates: what they make unchanged
        self.owners = {}                                # directory -> cluster
        for f in self.files:
            if f.endswith("howdah.lock"):
                with open(os.path.join(self.out, f), encoding="utf-8") as lock:
                    self.owners[os.path.dirname(f)] = re.search(r"^owner: (.*)$", lock.read(), re.M)[1].strip('"')

    def object_sites(self):
        for f in self.files:
            if f.endswith(".yaml"):
                yield from mutants.sites(f, read(os.path.join(self.out, f)))

    def template_sites(self):
        for top in TEMPLATES:
            for d, _, fs in sorted(os.walk(os.path.join(ROOT, top))):
                for f in sorted(fs):
                    path = os.path.relpath(os.path.join(d, f), ROOT)
                    yield from mutants.sites(path, read(os.path.join(ROOT, path)))


def link_tree(base, files, into):
    for f in files:
        path = os.path.join(into, f)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        os.link(os.path.join(base.out, f), path)


def lay_out(base, owner, into):
    """What a run of proofs over one cluster or destination reads; its command line."""
    if owner.startswith("destinations/"):
        owner = "/".join(owner.split("/")[:2])
        files = [f for f in base.files if f.startswith(owner + "/") or re.search(r"/(postgrescluster-[^/]*|howdah.lock)$", f)]
    else:
        files = [f for f in base.files if base.owners.get(os.path.dirname(f)) == owner]
    link_tree(base, files, into)
    return [base.exe, "check", "-C", DEMO, "--objects", into, "--only", owner, "--format", "json", "-j", "1", *DAY]


def object_mutant(base, number, site, rng):
    doc = read(os.path.join(base.out, site.file))
    done = mutants.apply(rng, doc, site)
    into = os.path.join(base.work, "m%05d" % number)
    argv = lay_out(base, base.owners[os.path.dirname(site.file)], into)
    os.unlink(os.path.join(into, site.file))
    with open(os.path.join(into, site.file), "w", encoding="utf-8") as f:
        f.write(mutants.dump(doc))
    errors = findings(argv)
    shutil.rmtree(into)
    return done, errors, False


def untouched(base):
    """Findings in the correct fleet, each unit laid out as its mutants are and printed anew: there must be none."""
    wrong = []
    for n, owner in enumerate(sorted(set(base.owners.values()))):
        into = os.path.join(base.work, "u%05d" % n)
        argv = lay_out(base, owner, into)
        for d, _, fs in os.walk(into):
            for f in fs:
                if f.endswith(".yaml"):
                    doc = read(os.path.join(d, f))
                    os.unlink(os.path.join(d, f))
                    with open(os.path.join(d, f), "w", encoding="utf-8") as out:
                        out.write(mutants.dump(doc))
        wrong += ["%s: %s" % (owner, e) for e in findings(argv)]
        shutil.rmtree(into)
    return wrong


def template_mutant(base, number, site, rng):
    doc = read(os.path.join(ROOT, site.file))
    done = mutants.apply(rng, doc, site)
    repo = os.path.join(base.work, "t%05d" % number)
    shutil.copytree(base.repo, repo)
    os.makedirs(os.path.dirname(os.path.join(repo, site.file)), exist_ok=True)
    with open(os.path.join(repo, site.file), "w", encoding="utf-8") as f:
        f.write(mutants.dump(doc))
    errors = findings([base.exe, "check", "-C", repo, "--format", "json", "-j", "1", *DAY])
    same = False
    if not errors:
        out = os.path.join(base.work, "o%05d" % number)
        errors = findings([base.exe, "compile", "-C", repo, "-o", out, "--format", "json", *DAY])
        same = not errors and subprocess.run(["diff", "-rq", "-x", "howdah.*", base.out, out], capture_output=True).returncode == 0
        shutil.rmtree(out, ignore_errors=True)
    shutil.rmtree(repo)
    return done, errors, same


def argued(rows, site, done):
    for row in rows:
        if re.search(row.get("kind", ""), site.kind) and re.search(row.get("file", ""), site.file) \
                and re.search(row["path"], site.where()) and re.search(row.get("edit", ""), done):
            return row
    return None


class Tally:
    def __init__(self):
        self.mutants = self.invalid = self.same = self.equivalent = self.caught = 0
        self.missed, self.checks, self.kinds = [], collections.Counter(), collections.defaultdict(lambda: [0, 0])
        self.used = collections.Counter()

    def add(self, rows, site, done, errors, same):
        self.mutants += 1
        if any(INVALID.match(i) for i, _ in errors):
            self.invalid += 1
            return
        if same:
            self.same += 1
            return
        errors = [e for e in errors if e[0].startswith("link-")]    # what rules or the reader of intents say does not count
        row = argued(rows, site, done) if not errors else None
        if row:
            self.equivalent += 1
            self.used[row["why"]] += 1
            return
        self.kinds[site.kind][0] += 1
        if errors:
            self.caught += 1
            self.kinds[site.kind][1] += 1
            for i in sorted(set(i for i, _ in errors)):
                self.checks[i] += 1
        else:
            self.missed.append((site, done))

    def report(self, title):
        valid = self.mutants - self.invalid - self.same
        counted = valid - self.equivalent
        share = 100.0 * self.caught / counted if counted else 0.0
        print("# %s: %d mutants, %d not valid, %d without effect; of %d valid %d equivalent (%.1f %%); %d of %d caught: %.1f %%" % (
            title, self.mutants, self.invalid, self.same, valid, self.equivalent, 100.0 * self.equivalent / max(1, valid), self.caught, counted, share))
        print("#   by kind: " + ", ".join("%s %d/%d" % (k, c[1], c[0]) for k, c in sorted(self.kinds.items())))
        print("#   by check: " + ", ".join("%s %d" % c for c in self.checks.most_common()))
        for why, n in self.used.most_common():
            print("#   equivalent %d: %s" % (n, why))
        for site, done in self.missed:
            print("#   missed: %s %s: %s" % (site.file, site.where(), done))
        return valid, counted, share


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--seed", type=int, default=20261126)
    p.add_argument("--objects", type=int, default=480)
    p.add_argument("--templates", type=int, default=400)
    p.add_argument("--howdah", default=os.environ.get("HOWDAH") or os.path.join(ROOT, "build", "release", "howdah"))
    p.add_argument("--list", action="store_true", help="print every mutant and what found it")
    o = p.parse_args()
    rng = random.Random(o.seed)
    rows = read(os.path.join(HERE, "equivalent.yaml"))["rows"] if os.path.exists(os.path.join(HERE, "equivalent.yaml")) else []
    with tempfile.TemporaryDirectory(prefix="howdah-mutation-") as work:
        base = Base(o.howdah, work)
        jobs = []
        for make, all_sites, n in ((object_mutant, list(base.object_sites()), o.objects), (template_mutant, list(base.template_sites()), o.templates)):
            print("# %s: %d sites" % (make.__name__, len(all_sites)))
            for site in rng.sample(all_sites, min(n, len(all_sites))):
                jobs.append((make, site, rng.randrange(1 << 30)))
        wrong = untouched(base)
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            results = list(pool.map(lambda j: j[1][0](base, j[0], j[1][1], random.Random(j[1][2])), enumerate(jobs)))
    tallies = {"objects": Tally(), "templates": Tally()}
    for (make, site, _), (done, errors, same) in zip(jobs, results):
        tallies["objects" if make is object_mutant else "templates"].add(rows, site, done, errors, same)
        if o.list:
            print("# %s %s: %s: %s" % (site.file, site.where(), done, "same" if same else errors[:1]))
    passed = failed = 0
    valid = counted = caught = equivalent = 0
    for title, t in tallies.items():
        v, c, share = t.report(title)
        valid, counted, caught, equivalent = valid + v, counted + c, caught + t.caught, equivalent + t.equivalent
    share = 100.0 * caught / counted if counted else 0.0
    for line in wrong:
        print("# not wrong at all: " + line)
    for what, ok in (("the correct fleet has no findings", not wrong),
                     ("at least 500 valid mutants (%d)" % valid, valid >= 500 or o.objects + o.templates < 700),
                     ("at most %.0f %% equivalent (%.1f %%)" % (EQUIVALENT_MOST, 100.0 * equivalent / max(1, valid)), equivalent <= valid * EQUIVALENT_MOST / 100),
                     ("link finds %.1f %% of %d, at least %.0f %%" % (share, counted, LEAST), share >= LEAST)):
        passed, failed = passed + ok, failed + (not ok)
        print("%s - seed %d: %s" % ("ok" if ok else "not ok", o.seed, what))
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
