#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""test_incremental.py - over random edit sequences an incremental compile gives the bytes, messages and exit code of --full. TAP.

Hosts and guests, layers, the platform, incarnations, retirements and files that come and go are edited; wrong edits too, with and without
--keep-going, taken back afterwards. EDITS (120; 16 in slow builds), SEED."""
import difflib, os, random, re, shutil, sys, tempfile
sys.dont_write_bytecode = True
sys.path[:0] = [os.path.dirname(os.path.realpath(__file__)), os.path.dirname(os.path.dirname(os.path.realpath(__file__)))]
import tap
from repo import DEMO, SLOW, copy, digests, howdah, intents, load, store

EDITS = int(os.environ.get("EDITS") or (16 if SLOW else 120))
SEED = int(os.environ.get("SEED") or random.SystemRandom().randrange(10 ** 6))

class Edits:
    def __init__(self, source, dice):
        self.source, self.dice, self.count, self.undo = source, dice, 0, {}

    def change(self, path, function):
        """Rewrites a file, and remembers how it was for a wrong edit to be taken back."""
        if path not in self.undo: self.undo[path] = open(path).read() if os.path.exists(path) else None
        tree = load(path)
        function(tree)
        store(path, tree)

    def back(self):
        for path, text in self.undo.items():
            if text is None: os.unlink(path)
            else:
                os.makedirs(os.path.dirname(path), exist_ok=True)
                with open(path, "w") as f: f.write(text)

    def pick(self, kind="PostgresCluster"): return self.dice.choice(intents(self.source, kind))

    def platform(self, function): self.change(self.source + "/platform.yaml", function)

    def label(self):
        self.change(self.pick(), lambda t: t["spec"].setdefault("labels", {}).update({"example.com/edit": "e%d" % self.count}))

    def annotation(self):
        self.change(self.pick(), lambda t: t["spec"].setdefault("annotations", {}).update({"example.com/note": "n %d" % self.count}))

    def storage(self):
        def turn(t): t["spec"]["storage"] = {"size": "%dGi" % self.dice.choice([100, 200, 400, 800, 2])}
        self.change(self.pick(), turn)

    def parameters(self):
        self.change(self.pick(), lambda t: t["spec"].setdefault("parameters", {}).update({"work_mem": "%dMB" % self.dice.randrange(4, 64)}))

    def access(self):
        def turn(t):
            listed = t["spec"].setdefault("access", [])
            if len(listed) > 1 and self.dice.random() < 0.4: listed.pop()
            else: listed.append({"namespace": "app-%d" % self.count, "role": self.dice.choice(["owner", "writer", "reader"])})
        self.change(self.pick(), turn)

    def database(self):
        self.change(self.pick(), lambda t: t["spec"].setdefault("databases", []).append({"name": "extra_%d" % self.count}))

    def tier(self): self.change(self.pick(), lambda t: t["spec"].update({"tier": self.dice.choice(["small", "medium", "large", "dev", "huge"])}))

    def guest(self): self.change(self.pick("PostgresDatabase"), lambda t: t["spec"]["database"].update({"connectionLimit": self.dice.randrange(1, 60)}))

    def guest_access(self): self.change(self.pick("PostgresDatabase"), lambda t: t["spec"].setdefault("access", []).append({"namespace": "guest-%d" % self.count}))

    def host(self):
        hosts = [p for p in intents(self.source, "PostgresCluster") if load(p)["spec"].get("databasesFrom")]
        def turn(t): self.dice.choice(t["spec"]["databasesFrom"])["maxConnections"] = self.dice.randrange(1, 60)
        if hosts: self.change(self.dice.choice(hosts), turn)

    def environment(self):
        def turn(t):
            name = self.dice.choice(sorted(t["spec"]["environments"]))
            t["spec"]["environments"][name].setdefault("defaults", {}).setdefault("labels", {})["example.com/layer"] = "v%d" % self.count
        self.platform(turn)

    def team(self):
        def turn(t):
            teams = t["spec"]["teams"]
            teams[self.dice.choice(sorted(teams))].setdefault("defaults", {}).setdefault("labels", {})["example.com/team"] = "t%d" % self.count
        self.platform(turn)

    def destination(self):
        def turn(t):
            d = t["spec"]["destinations"]
            d[self.dice.choice(sorted(d))]["description"] = "described %d times" % self.count
        self.platform(turn)

    def added(self):
        pattern = self.pick()
        tree = load(pattern)
        name = "new%d" % self.count
        path = os.path.join(os.path.dirname(pattern), name + ".yaml")
        tree["metadata"]["name"] = name
        tree["spec"] = {k: tree["spec"][k] for k in ("team", "tier", "version")}
        self.undo[path] = None
        store(path, tree)

    def removed(self):
        """Refused by the guard unless it was retired: the output is kept, by both."""
        path = self.pick()
        self.undo[path] = open(path).read()
        os.unlink(path)

    def retired(self):
        """The next step of a retirement; the last one takes the file away."""
        started = [p for p in intents(self.source, "PostgresCluster") if "retire" in load(p)["spec"]]
        path = self.dice.choice(started) if started else self.pick()
        step = load(path)["spec"].get("retire", {}).get("step")
        if step == "stopped":
            self.undo[path] = open(path).read()
            return os.unlink(path)
        def turn(t):
            t["spec"]["retire"] = {"owner": "dba@example.com", "reason": "nobody uses it any more", "step": "stopped" if step else "closing"}
            if step: t["spec"]["retire"].update({"finalBackup": "skip", "backups": self.dice.choice(["retain", "delete"])})
        self.change(path, turn)

    def incarnation(self):
        def turn(t):
            n = t["spec"].get("incarnation", 1)
            t["spec"].update({"incarnation": n + 1, "restore": {"incarnation": n}})
        self.change(self.pick(), turn)

    def guest_gone(self):
        guests = intents(self.source, "PostgresDatabase")
        if len(guests) < 2: return self.touched()       # others edit what is left
        path = self.dice.choice(guests)
        self.undo[path] = open(path).read()
        os.unlink(path)

    def unlisted(self):
        """A host that no longer lists its guest."""
        hosts = [p for p in intents(self.source, "PostgresCluster") if load(p)["spec"].get("databasesFrom")]
        if hosts: self.change(self.dice.choice(hosts), lambda t: t["spec"]["databasesFrom"].pop())

    def misspelt(self): self.change(self.pick(), lambda t: t["spec"].update({"storrage": {"size": "10Gi"}}))

    def touched(self):
        """The same meaning, other bytes."""
        path = self.pick()
        self.undo[path] = open(path).read()
        with open(path, "a") as f: f.write("# edit %d\n" % self.count)

    ALL = "label annotation storage parameters access database tier guest guest_access host environment team destination added removed retired retired incarnation guest_gone unlisted misspelt touched".split()

    def one(self):
        self.count += 1
        self.undo = {}
        name = self.dice.choice(self.ALL)
        getattr(self, name)()
        return name

def findings(p, out):
    """Its errors. Warnings of a cluster are said when it is compiled; the closing line counts what was compiled anew."""
    return [line for line in p.stderr.replace(out, "OUT").split("\n") if re.match(r"\S+: error: ", line)]

def main():
    dice, wrong, codes = random.Random(SEED), [], {}
    tap.note("seed %d" % SEED)
    with tempfile.TemporaryDirectory(prefix="howdah-edits-") as work:
        source = copy(DEMO, work + "/source")
        parts, whole = work + "/parts", work + "/whole"
        p = howdah("compile", "-C", source, "-o", parts)
        if not tap.ok(p.returncode == 0, "the demo compiles", p.stderr): tap.done()
        shutil.copytree(parts, whole)
        edits = Edits(source, dice)
        for n in range(EDITS):
            names = [edits.one()]
            keep = ["--keep-going"] if dice.random() < 0.3 else []
            if keep and names[0] == "added": shutil.copytree(parts, work + "/before")
            a = howdah("compile", "-C", source, "-o", parts, *keep)
            b = howdah("compile", "-C", source, "-o", whole, "--full", *keep)
            what = "edit %d (%s%s)" % (n, names[0], " " + keep[0] if keep else "")
            codes[a.returncode] = codes.get(a.returncode, 0) + 1
            if a.returncode not in (0, 1, 3): wrong.append("%s: exit %d: %s" % (what, a.returncode, a.stderr[-300:]))
            if a.returncode != b.returncode: wrong.append("%s: exit %d, --full %d" % (what, a.returncode, b.returncode))
            said = list(difflib.unified_diff(findings(b, whole), findings(a, parts), "--full", "incremental", n=0, lineterm=""))
            if said: wrong.append("%s: says otherwise than --full:\n%s" % (what, "\n".join(said[:12])))
            left, right = digests(parts), digests(whole)
            if left != right:
                wrong.append("%s: %s" % (what, sorted(k for k in set(left) | set(right) if left.get(k) != right.get(k))[:8]))
                shutil.rmtree(parts)
                shutil.copytree(whole, parts)
            if a.returncode: edits.back()
            if os.path.exists(work + "/before"):
                if a.returncode:    # the new cluster may have been published beside one that failed: it cannot be taken back by its file alone
                    for tree in (parts, whole):
                        shutil.rmtree(tree)
                        shutil.copytree(work + "/before", tree)
                shutil.rmtree(work + "/before")
            if len(wrong) > 10: break
        p = howdah("compile", "-C", source, "-o", parts)
        fresh = howdah("compile", "-C", source, "-o", work + "/fresh")
        tap.ok(p.returncode == 0 and fresh.returncode == 0 and digests(parts) == digests(work + "/fresh"), "after all edits the output is that of a first compile",
               "\n".join(findings(p, parts) + findings(fresh, parts)) or "other bytes")
    tap.note("exit codes: %s" % codes)
    tap.ok(codes.get(0, 0) > EDITS // 3 and codes.get(1, 0) > 0, "right and wrong edits were among them", codes)
    tap.ok(not wrong, "%d edits: incremental is --full" % EDITS, "\n".join(wrong))
    tap.done()

if __name__ == "__main__": main()
