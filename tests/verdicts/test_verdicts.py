#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""test_verdicts.py [--write] [PART] - each single edit of edits.yaml, made to fleet/, gets the class and the cause that
stand beside it: the worst cluster's class, the first cause that does not follow from another (for what is refused: the
id), and the field of the input that it is traced to; `of` asks for one cluster, or "destinations/NAME", instead of the
worst cluster (or, when no cluster changes, the worst destination). --write renews cause and line (never the class); PART: only rows
that hold this text. TAP."""
import json, os, re, shutil, subprocess, sys, tempfile
sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
import jsonschema, tap, yaml

ROOT = os.path.dirname(os.path.dirname(HERE))
EXE = os.environ.get("HOWDAH", os.path.join(ROOT, "build", "release", "howdah"))
with open(os.path.join(ROOT, "schema", "verdict.json")) as f: SCHEMA = json.load(f)
PLACES = {"shop": "intents/prod/team-shop/shop.yaml", "readers": "intents/prod/team-data/readers.yaml",
          "one": "intents/dev/dev-shop/one.yaml", "west": "intents/dr/dr-shop/shop.yaml",
          "tier": "presets/own.yaml", "platform": "platform.yaml"}
CLASSES = ["none", "metadata", "exposure", "reload", "pooler", "rolling-restart", "failover", "multi-step", "refused"]

class Loader(yaml.SafeLoader):
    """Times stay text."""
Loader.yaml_implicit_resolvers = {k: [(t, r) for t, r in v if t != "tag:yaml.org,2002:timestamp"]
                                  for k, v in yaml.SafeLoader.yaml_implicit_resolvers.items()}

def steps(path):
    return [int(a) if a else b or c for a, b, c in re.findall(r'\[(\d+)\]|\["([^"]*)"\]|\.?([^.\[]+)', path)]

def put(doc, path, value):
    """Sets (or, for null, takes away) the field of spec."""
    at, keys = doc["spec"], steps(path)
    for k in keys[:-1]:
        if isinstance(at, dict) and not isinstance(at.get(k), (dict, list)): at[k] = {}
        at = at[k]
    if value is None: at.pop(keys[-1], None)
    else: at[keys[-1]] = value

def edit(row, tree):
    """Makes the edit to a copy of fleet/."""
    if row["in"].startswith("templates/") or row["in"].startswith("revisions/"):
        old = os.path.join(ROOT, row["in"])
        new = os.path.join(tree, row["in"])
        os.makedirs(os.path.dirname(new), exist_ok=True)
        text = subprocess.run(["sed", "-e", row["sed"], old], capture_output=True, text=True, check=True).stdout
        if text == open(old).read(): raise SystemExit("%s: sed changes nothing" % row)
        with open(new, "w") as f: f.write(text)
        return
    path = os.path.join(tree, PLACES[row["in"]])
    with open(path) as f: doc = yaml.load(f, Loader)
    for field, value in row["set"].items(): put(doc, field, value)
    with open(path, "w") as f: yaml.safe_dump(doc, f, sort_keys=False, width=200)

def judge(row, scratch):
    """(class, cause, line) of the edit, or what went wrong."""
    tree = os.path.join(scratch, "new")
    shutil.rmtree(tree, ignore_errors=True)
    shutil.copytree(os.path.join(HERE, "fleet"), tree)
    edit(row, tree)
    p = subprocess.run([EXE, "diff", "-j1", "--as-of", "2026-03-01", "--format", "json", os.path.join(HERE, "fleet"), tree], capture_output=True, text=True)
    if not p.stdout: return ("error", p.stderr.strip()[:600], "")
    out = json.loads(p.stdout)
    try: jsonschema.validate(out, SCHEMA)
    except jsonschema.ValidationError as e: return ("error", "schema/verdict.json: %s" % e.message, "")
    if out["failed"]: return ("error", p.stderr.strip()[:600], "")
    clusters, places = out["clusters"], out["destinations"]
    if (p.returncode == 3) != any(c["class"] == "refused" for c in clusters + places): return ("error", "exit code %d" % p.returncode, "")
    named = {c.get("cluster") or c["destination"]: c for c in clusters + places}
    worst = named.get(row["of"]) if "of" in row else next(iter(clusters or places), None)
    if not worst: return ("none", "", "")
    causes = [c for c in worst["causes"] if not c["derived"]] or worst["causes"]
    field = causes[0]["cause"].get("field", "") if causes else ""
    if worst["class"] == "refused": return ("refused", worst["refusals"][0]["id"], field)
    assert worst["class"] == causes[0]["class"], worst
    return (worst["class"], (causes[0]["object"] + " " + causes[0].get("path", "")).strip(), field)

def flow(value):
    """A value on one line, as YAML's flow style has it."""
    return json.dumps(value, ensure_ascii=False)

def print_row(row):
    what = "sed: %s" % flow(row["sed"]) if "sed" in row else "set: %s" % flow(row["set"])
    return "- in: %s\n  %s\n%s  class: %s\n  cause: %s\n  line: %s\n  because: %s\n%s" % (
        row["in"], what, "  of: %s\n" % row["of"] if "of" in row else "", row["class"], flow(row.get("cause", "")), flow(row.get("line", "")), flow(row["because"]),
        "".join("  %s: %s\n" % (k, flow(row[k])) for k in ("observed", "back") if k in row))

def write_rows(path, rows):
    """edits.yaml anew, with the head that it has."""
    with open(path) as f: text = f.read()
    head = text[:text.index("\n- ") + 1] if "\n- " in text else ""
    with open(path, "w") as f: f.write(head + "".join(print_row(r) for r in rows))

def main():
    path = os.path.join(HERE, "edits.yaml")
    with open(path) as f: text = f.read()
    rows = yaml.load(text, Loader)
    write = "--write" in sys.argv
    part = [a for a in sys.argv[1:] if not a.startswith("-")]
    seen, checked = set(), 0
    with tempfile.TemporaryDirectory() as scratch:
        for row in rows:
            if part and part[0] not in print_row(row): continue
            got = judge(row, scratch)
            want = (row["class"], row.get("cause", ""), row.get("line", ""))
            if write: row["cause"], row["line"] = got[1], got[2]
            title = "%s %s: %s" % (row["in"], row.get("sed") or flow(row["set"]), row["class"])
            tap.ok(got == want or (write and got[0] == want[0]), title, "wanted %s\ngot    %s" % (want, got))
            seen.add(got[0])
            checked += 1
    if write and not part: write_rows(path, rows)
    if not part:
        tap.ok(checked >= 150, "%d edits, 150 at least" % checked)
        tap.ok(seen == set(CLASSES), "each class comes up", sorted(set(CLASSES) - seen))
        tap.ok(all(len(r["because"]) > 10 for r in rows), "each row is argued")
        observed = sum(bool(r.get("observed")) for r in rows)
        tap.ok(observed >= 25, "%d rows are observed by observe.py, 25 at least" % observed)
    tap.done()

if __name__ == "__main__": main()
