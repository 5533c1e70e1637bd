# SPDX-License-Identifier: Apache-2.0
"""kube-score and checkov over the fleet, and the one file of exceptions.

linters-exceptions.txt, one line per theme, at most 20: "ids  Kind/name-pattern  the reference that forces it"; ids are
separated by commas, the pattern is a shell pattern, the reference names a file of this repository or a public document."""
import fnmatch, json, os, subprocess, tempfile
from testbed import ROOT, Objects

EXCEPTIONS = ROOT + "/tests/e2e/linters-exceptions.txt"
MOST = 20

def kube_score(cache, files):
    """[(check id, Kind/name, what it says)] or None without the tool"""
    tool = cache + "/bin/kube-score"
    if not os.path.exists(tool): return None
    p = subprocess.run([tool, "score", "--output-format", "json", "-"], input=joined(files), capture_output=True, text=True)
    if p.returncode not in (0, 1): raise RuntimeError("kube-score: " + p.stderr[-800:])
    found = []
    for o in json.loads(p.stdout) or []:
        name = "%s/%s" % (o["type_meta"]["kind"], o["object_meta"]["name"])
        for c in o["checks"]:
            if c.get("skipped") or c["grade"] >= 10: continue
            told = "; ".join("%s %s" % (x.get("path", ""), x["summary"]) for x in c.get("comments") or [])
            found.append((c["check"]["id"], name, told))
    return found

def checkov(_, files):
    tool = ROOT + "/build/venv/bin/checkov"
    if not os.path.exists(tool): return None
    with tempfile.TemporaryDirectory() as folder:
        with open(folder + "/fleet.yaml", "w") as f: f.write(joined(files))
        p = subprocess.run([tool, "-d", folder, "--framework", "kubernetes", "-o", "json", "--compact", "--quiet", "--skip-download"],
                           capture_output=True, text=True, env={**os.environ, "LOG_LEVEL": "ERROR"})
    try: answer = json.loads(p.stdout)
    except ValueError: raise RuntimeError("checkov: " + (p.stdout + p.stderr)[-800:])
    if answer.get("summary", {}).get("resource_count", answer.get("resource_count", 0)) == 0: raise RuntimeError("checkov saw no resources")
    found = []
    for c in answer["results"]["failed_checks"]:
        kind, _, rest = c["resource"].partition(".")
        found.append((c["check_id"], "%s/%s" % (kind, rest.rpartition(".")[2]), c["check_name"]))
    return found

def joined(files):
    text = []
    for path in files:
        with open(path) as f: text.append(f.read())
    return "---\n".join(text)

def run_all(cache, files):
    for name, tool in ("kube-score", kube_score), ("checkov", checkov):
        try: yield name, tool(cache, files)
        except RuntimeError as e: yield name, [("crash", name, str(e))]

def exceptions():
    """[(line, ids, pattern, reference)]"""
    rows = []
    with open(EXCEPTIONS) as f:
        for n, line in enumerate(f, 1):
            words = line.split(None, 2)
            if not words or words[0].startswith("#"): continue
            if len(words) < 3: raise SystemExit("%s:%d: ids, object, reference are wanted" % (EXCEPTIONS, n))
            rows.append((n, words[0].split(","), words[1], words[2].strip()))
    if len(rows) > MOST: raise SystemExit("%s: %d exceptions, %d are allowed" % (EXCEPTIONS, len(rows), MOST))
    return rows

def judge(linter, found):
    """(findings that nothing excepts, exceptions of this linter that except nothing, number excepted)"""
    rows, left, used, n = exceptions(), [], set(), 0
    for check, name, told in found:
        hits = [(line, check) for line, ids, pattern, _ in rows if check in ids and fnmatch.fnmatchcase(name, pattern)]
        used |= set(hits)
        if hits: n += 1
        else: left.append("%s %s: %s" % (check, name, told))
    mine = lambda i: i.startswith(("CKV_", "CKV2_")) == (linter == "checkov")
    unused = ["line %d: %s" % (line, i) for line, ids, _, _ in rows for i in ids if mine(i) and (line, i) not in used]
    return sorted(set(left)), unused, n
