#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""test_ci.py - the shell steps of docs/ci.md, run as the two CI systems run them: a pull request that lowers
max_connections gets a comment and passes, one that shrinks storage gets one and fails, one that cannot be compiled fails.
gh and curl are stand-ins that keep what they were given. TAP."""
import os, re, subprocess, sys, tempfile
sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
import tap, yaml

ROOT = os.path.dirname(os.path.dirname(HERE))
EXE = os.path.realpath(os.environ.get("HOWDAH", os.path.join(ROOT, "build", "release", "howdah")))
INTENT = "intents/prod/team-shop/shop.yaml"
STAND_IN = """#!/bin/sh
for word; do case $word in --body-file) next=1 ;; body@*) cp "${word#body@}" "$KEPT" ;; *) [ -z "$next" ] || cp "$word" "$KEPT"; next= ;; esac; done
echo "$0 $*" >>"$KEPT.argv"
case "$*" in *"--header @-"*) cat >"$KEPT.header" ;; esac
"""

def steps():
    """{system: [scripts]} of the page; what a runner fills in, ${{ }}, stands in the environment only."""
    with open(ROOT + "/docs/ci.md") as f: blocks = [yaml.safe_load(b) for b in re.findall(r"^```yaml\n(.*?)^```$", f.read(), re.M | re.S)]
    hub = next(b for b in blocks if "jobs" in b)["jobs"]["verdict"]["steps"]
    lab = next(b for b in blocks if "verdict" in b)["verdict"]["script"]
    return {"GitHub": [s["run"] for s in hub if "run" in s], "GitLab": ["\n".join(lab)]}

def git(tree, *argv):
    p = subprocess.run(["git", "-C", tree, "-c", "user.name=ada", "-c", "user.email=ada@example.com", *argv], capture_output=True, text=True, check=True)
    return p.stdout.strip()

def run(system, scripts, tree, base, scratch):
    """(exit code, comment)"""
    kept = scratch + "/comment"
    for f in (kept, kept + ".argv", kept + ".header"):
        if os.path.exists(f): os.remove(f)
    env = {"PATH": scratch + "/bin:/usr/bin:/bin", "HOME": scratch, "KEPT": kept, "BASE": base, "PR": "7", "GH_TOKEN": "hub-secret",
           "CI_MERGE_REQUEST_DIFF_BASE_SHA": base, "VERDICT_TOKEN": "lab-secret", "CI_API_V4_URL": "https://gitlab.example.com/api/v4",
           "CI_PROJECT_ID": "1", "CI_MERGE_REQUEST_IID": "7"}
    code = 0
    for script in scripts:                          # a runner stops at the first step that fails
        p = subprocess.run(["sh", "-e", "-c", script], cwd=tree, env=env, capture_output=True, text=True)
        code = p.returncode
        if code: break
    comment = open(kept).read() if os.path.exists(kept) else ""
    argv = open(kept + ".argv").read() if os.path.exists(kept + ".argv") else ""
    tap.ok("secret" not in argv, "%s: no token on a command line" % system, argv)
    return code, comment

def main():
    with tempfile.TemporaryDirectory() as scratch:
        tree = scratch + "/tree"
        os.makedirs(scratch + "/bin")
        os.symlink(EXE, scratch + "/bin/howdah")
        for name in ("gh", "curl"):
            with open(scratch + "/bin/" + name, "w") as f: f.write(STAND_IN)
            os.chmod(scratch + "/bin/" + name, 0o755)
        subprocess.run(["cp", "-r", HERE + "/fleet", tree], check=True)
        git(tree, "init", "-q")
        git(tree, "add", "-A")
        git(tree, "commit", "-q", "-m", "base")
        base = git(tree, "rev-parse", "HEAD")
        edits = [("lowers max_connections", "  parameters: {max_connections: \"150\"}\n", 0, r"\*\*multi-step\*\*.*parameters.*max\\_connections: 150"),
                 ("shrinks storage", "  storage: {size: 50Gi}\n", 3, r"\*\*refused\*\*<br>storage-grows"),
                 ("cannot be compiled", "  storge: {size: 50Gi}\n", 1, r"2 with errors")]
        for what, line, want, shows in edits:
            git(tree, "checkout", "-q", "--detach", base)
            with open(os.path.join(tree, INTENT), "a") as f: f.write(line)
            git(tree, "commit", "-q", "-a", "-m", what)
            for system, scripts in steps().items():
                code, comment = run(system, scripts, tree, base, scratch)
                tap.ok(code == want, "%s: a pull request that %s ends with %d" % (system, what, want), "%d\n%s" % (code, comment))
                tap.ok(re.search(shows, comment), "%s: its comment says so" % system, comment)
    tap.done()

main()
