#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""test_diff.py - what needs a repository with commits: the line that is gone, between revisions and against a branch; a
guest whose file goes, against a branch; a namespace that gets another owner, which the quick way must not miss. TAP."""
import json, os, shutil, subprocess, sys, tempfile
sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
import jsonschema, tap

ROOT = os.path.dirname(os.path.dirname(HERE))
EXE = os.path.realpath(os.environ.get("HOWDAH", os.path.join(ROOT, "build", "release", "howdah")))
HOST, GUEST = "intents/prod/team-orders/orders.yaml", "intents/prod/team-billing/invoices.yaml"

with open(os.path.join(ROOT, "schema", "verdict.json")) as f: SCHEMA = json.load(f)

class Repository:
    def __init__(self, at):
        self.at = at
        for case in "fixtures/fleet", "feature/guest": shutil.copytree("%s/golden/%s/in" % (ROOT, case), at, dirs_exist_ok=True)
        self.git("init", "-q")

    def git(self, *argv):
        names = ["-c", "user.name=ada", "-c", "user.email=ada@example.com"]
        subprocess.run(["git", "-C", self.at, *names, *argv], check=True, capture_output=True)

    def commit(self, path=None, old="", new=""):
        """Commits the tree, with one text of one file replaced."""
        if path:
            with open(os.path.join(self.at, path)) as f: text = f.read()
            assert old in text, path
            with open(os.path.join(self.at, path), "w") as f: f.write(text.replace(old, new))
        self.git("add", "-A")
        self.git("commit", "-qm", "x")

    def run(self, *argv):
        return subprocess.run([EXE, *argv, "--as-of", "2026-03-01"], cwd=self.at, capture_output=True, text=True)

    def compile(self): return self.run("compile", "--source", ".@HEAD", "--git", ".", "--branch", "rendered")

    def verdict(self, *argv):
        p = self.run("diff", "--format", "json", *(argv or ("--source", ".@HEAD", "--git", ".", "--branch", "rendered")))
        out = json.loads(p.stdout)
        jsonschema.validate(out, SCHEMA)
        return p.returncode, out

def gone(out):
    return {(c["cause"]["gone"]["file"], c["cause"]["gone"]["line"]) for v in out["clusters"] for c in v["causes"] if "gone" in c["cause"]}

def main():
    with tempfile.TemporaryDirectory() as scratch:
        r = Repository(scratch)
        r.commit(HOST, "  tier: small\n", "  tier: small\n  memory: 5Gi\n")
        tap.ok(r.compile().returncode == 0, "a branch is compiled")
        r.commit(HOST, "  memory: 5Gi\n", "")
        for name, argv in ("against the branch", ()), ("between revisions", ("HEAD~1", "HEAD")):
            _, out = r.verdict(*argv)
            tap.ok(gone(out) == {(HOST, 7)}, "the line that is gone is shown %s" % name, gone(out))
        r.compile()

        os.remove(os.path.join(scratch, GUEST))
        r.commit()
        for name, argv in ("against the branch", ()), ("between revisions", ("HEAD~1", "HEAD")):
            code, out = r.verdict(*argv)
            ids = [f["id"] for v in out["clusters"] for f in v["refusals"]]
            tap.ok(code == 3 and ids == ["guest-gone"], "a guest does not go with its file, %s" % name, (code, ids))
        p = r.compile()
        tap.ok(p.returncode == 3 and "guest-gone" in p.stderr, "nor does a compile to the branch let it", p.stderr)
        r.git("revert", "--no-edit", "HEAD")

        r.commit(HOST, "team: shop", "team: ops")
        code, out = r.verdict()
        paths = [c.get("path") for d in out["destinations"] for c in d["causes"]]
        tap.ok("metadata.labels.owner" in paths, "another owner of a namespace is seen against a branch", paths)

        token = "ghp_" + "AbCdEfGhIjKlMnOp" + "QrStUvWxYz0123456789"
        r.commit(HOST, "  tier: small\n", "  tier: small\n  annotations: {note: %s}\n" % token)
        r.commit(HOST, "  annotations: {note: %s}\n" % token, "")
        said = r.run("diff", "HEAD~2", "HEAD~1", "--format", "markdown").stdout
        tap.ok("1 with errors" in said and "#### Errors and denials" in said and "no-secrets" in said and token not in said, "a comment names what denies, and no secret", said)
        _, out = r.verdict("HEAD~2", "HEAD~1")
        denied = [f for f in out["findings"] if f["severity"] == "error"]
        tap.ok([(f["id"], f["at"]["file"], f["at"]["line"]) for f in denied] == [("no-secrets", HOST, 7)], "JSON has the rule and the line", out["findings"])
        said = r.run("diff", "HEAD~2", "HEAD~1", "--format", "github").stdout
        tap.ok("::error file=%s,line=7" % HOST in said and "title=no-secrets" in said and token not in said, "so has the log of a workflow", said)
        said = r.run("diff", "HEAD~2", "HEAD~1", "--format", "sarif").stdout
        results = json.loads(said)["runs"][0]["results"]
        places = [p["physicalLocation"]["artifactLocation"]["uri"] for f in results for p in f["locations"]]
        tap.ok("no-secrets" in {f["ruleId"] for f in results} and token not in said and len(places) == len(results) and
               all(os.path.exists(os.path.join(scratch, p)) for p in places), "so has SARIF, each result at a file of the repository", said)

        said = r.run("diff", "HEAD~1", "HEAD").stdout
        tap.ok("1 not judged" in said and "could not be compiled as it was before: " in said and token not in said, "what did not compile before is not called unchanged", said)
        for limit in ("--max-verdict", "multi-step"), ("--budget", "failover=9"):
            code, out = r.verdict("HEAD~1", "HEAD", *limit)
            tap.ok(code == 3 and [x["class"] for x in out["exceeded"]] == ["not-judged"], "%s fails where something was not judged" % limit[0], (code, out["exceeded"]))
        tap.ok(r.verdict("HEAD~1", "HEAD")[0] == 0, "without a limit it is a warning")

        shutil.rmtree(os.path.join(scratch, "out"), ignore_errors=True)
        tap.ok(r.run("compile", "-o", "out").returncode == 0, "a directory is compiled")
        r.commit(HOST, "  tier: small\n", "  tier: small\n  memory: 6Gi\n")
        stand = os.path.join(scratch, "out/prod/team-orders/orders")
        for what, lose in ("lock", lambda: os.remove(stand + "/howdah.lock")), ("directory", lambda: shutil.rmtree(stand)):
            lose()
            code, out = r.verdict("-o", "out", "--max-verdict", "refused")
            tap.ok(code == 3 and out["counts"]["not-judged"] == 1 and not any(c["new"] for c in out["clusters"]),
                   "a cluster whose %s was lost is not called new" % what, (code, out["clusters"]))

        shutil.rmtree(os.path.join(scratch, "out"))
        os.mkdir(os.path.join(scratch, "out"))
        code, out = r.verdict("-o", "out", "--max-verdict", "refused")
        tap.ok(code == 3 and out["clusters"] and all(c["class"] == "not-judged" and not c["new"] for c in out["clusters"] + out["destinations"]),
               "without any old output nothing is called new", (code, out))

        moved = HOST.replace("team-orders", "team-moved")
        os.makedirs(os.path.join(scratch, os.path.dirname(moved)))
        r.git("rm", "-q", GUEST)
        r.git("mv", HOST, moved)
        r.commit(moved, "namespace: team-orders", "namespace: team-moved")
        code, out = r.verdict("HEAD~1", "HEAD")
        twins = {c["cluster"]: c.get("twin") for c in out["clusters"]}
        old, new = "prod/team-orders/orders", "prod/team-moved/orders"
        tap.ok(code == 3 and twins.get(old) == new and twins.get(new) == old, "a cluster that is moved and the one in its place name each other", twins)
        around = [c["object"] for d in out["destinations"] for c in d["causes"]]
        tap.ok(around and not any("team-orders" in o for o in around), "what is around a refused cluster stays", around)

        r.commit("platform.yaml", "environments:", "enviroments:")
        code, out = r.verdict("HEAD~1", "HEAD")
        tap.ok(code == 1 and out["broken"] and out["findings"], "a platform that cannot be read is told to programs, too", (code, out))
    tap.done()

main()
