# SPDX-License-Identifier: Apache-2.0
"""Platform repositories for the property tests: copies of the demo, edits of them, output trees as digests."""
import hashlib, os, random, shutil, subprocess, sys
import yaml

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
HOWDAH = os.environ.get("HOWDAH") or ROOT + "/build/release/howdah"
DEMO = os.environ.get("PROPERTY_SOURCE") or ROOT + "/examples/demo"
SLOW = bool(os.environ.get("SLOW_BUILD"))
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
PLAIN = {"PATH": "/usr/bin:/bin", **{k: v for k, v in os.environ.items() if k.endswith("SAN_OPTIONS")}}

def howdah(*argv, wrap=(), **options):
    """The finished process; options as of subprocess.run."""
    options.setdefault("env", PLAIN)
    return subprocess.run([*wrap, HOWDAH, *argv], capture_output=True, text=True, errors="replace", stdin=subprocess.DEVNULL, **options)

def copy(source, to, dice=None):
    """A copy whose files were made in another order, so that a directory lists them differently."""
    paths = [os.path.join(d, n) for d, _, names in os.walk(source) for n in names]
    (dice or random.Random(0)).shuffle(paths)
    for p in paths:
        there = os.path.join(to, os.path.relpath(p, source))
        os.makedirs(os.path.dirname(there), exist_ok=True)
        shutil.copyfile(p, there)
    return to

def digests(top, skip=(".howdah-work",)):
    """{path: digest of content} of all files below top"""
    found = {}
    for d, folders, names in os.walk(top):
        folders[:] = [f for f in folders if f not in skip]
        for n in names:
            path = os.path.join(d, n)
            with open(path, "rb") as f: found[os.path.relpath(path, top)] = hashlib.sha256(f.read()).hexdigest()
    return found

def units(tree):
    """{unit directory: {file: digest}}: a cluster <environment>/<namespace>/<name>, a destination's folder, the root"""
    found = {}
    for path, digest in tree.items():
        parts = path.split("/")
        found.setdefault("/".join(parts[:3]) if len(parts) > 3 else "/".join(parts[:-1]), {})[path] = digest
    return found

def git(directory, *argv, env=None, check=True):
    p = subprocess.run(["git", "-c", "init.defaultBranch=main", "-C", directory, *argv], capture_output=True, text=True,
                       env={**PLAIN, "HOME": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1", **(env or {})})
    if check and p.returncode: sys.exit("git %s: %s" % (" ".join(argv), p.stderr))
    return p.stdout.strip() if check else p

def commit(source, message="change"):
    """Makes or goes on with a Git repository in source; the commit's date is fixed, so its id depends on the content."""
    if not os.path.isdir(source + "/.git"): git(source, "init", "-q")
    git(source, "add", "-A")
    who = {k: "2026-01-02T03:04:05Z" if k.endswith("DATE") else "someone" if k.endswith("NAME") else "someone@example.com"
           for k in ("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_AUTHOR_DATE", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL", "GIT_COMMITTER_DATE")}
    git(source, "commit", "-q", "--allow-empty", "-m", message, env=who)
    return git(source, "rev-parse", "HEAD")

def load(path):
    with open(path) as f: return yaml.load(f, LOADER)

def store(path, tree):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as f: yaml.safe_dump(tree, f, sort_keys=False)

def intents(source, kind=None):
    """Paths of the intents, in a fixed order."""
    paths = sorted(os.path.join(d, n) for d, _, names in os.walk(source + "/intents") for n in names if n.endswith(".yaml"))
    return [p for p in paths if kind is None or load(p)["kind"] == kind]
