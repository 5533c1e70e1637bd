#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""messages.py [--count] - every message id of compiler/base/messages.def is shown by a golden case, and every id that a
golden case shows is a row there, a rule of a schema or a proof of the link table. TAP; --count prints "N of M" only."""
import glob, os, re, sys
sys.dont_write_bytecode = True
import tap

ROOT = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))

# What no platform repository can bring about, with the test that shows it instead.
ELSEWHERE = {
    "schema-file": ("tests/unit/test_schema.c", "bad_schemas"),    # schemas are howdah's own
    "lua-test": ("tests/unit/test_lua_library.c", r"\[lua-test\]"),      # tests of Lua files are run by make check
}

def rows():
    with open(ROOT + "/compiler/base/messages.def") as f: return re.findall(r'^MESSAGE\(\s*\w+,\s*"([^"]+)"', f.read(), re.M)

def rules():
    """Ids that stand in place of cross-field and link: rules of the schemas, proofs of the link table"""
    text = "".join(open(p).read() for p in sorted(glob.glob(ROOT + "/schema/*.yaml")))
    return set(re.findall(r"^\s*- \{id: ([a-z0-9-]+),", text, re.M))

def proofs():
    """Ids of the table of proofs, as findings print them; what validates against schemas reports as object-invalid."""
    with open(ROOT + "/compiler/link/link.c") as f: ids = re.findall(r'^\t\{ "([a-z][a-z0-9-]*)", ', f.read(), re.M)
    return ["link-" + i for i in ids if i != "schema"]

def policies():
    """Ids that stand in place of policy: rules that howdah carries, and those of the cases themselves."""
    paths = glob.glob(ROOT + "/lua/policies/*.lua") + glob.glob(ROOT + "/golden/*/*/in/policies/*.lua")
    return {i for p in paths for i in re.findall(r'\brule ?\{\s*id = "([a-z0-9-]+)"', open(p).read())}

def shown():
    """{id: the first case whose messages end a line with [id]}"""
    found = {}
    for path in sorted(glob.glob(ROOT + "/golden/*/*/want.err")):
        with open(path, errors="replace") as f:
            for line in f:
                m = re.search(r"\[([a-z][a-z0-9-]*)\]$", line.rstrip())
                if m and re.match(r"(.+: )?(error|warning|note|refused)\b|\S+:\d+(:\d+)?: ", line): found.setdefault(m[1], os.path.dirname(path))
    return found

def main():
    ids, seen, own, judged = rows(), shown(), rules(), policies()
    for i, path in list(seen.items()):
        if i in own: seen.setdefault("cross-field", path)
        elif i in judged: seen.setdefault("policy", path)
        elif i.startswith("link-"): seen.setdefault("link", path)
    if "--count" in sys.argv: return print("%d of %d" % (sum(i in seen or i in ELSEWHERE for i in ids), len(ids)))
    for i, (path, shows) in ELSEWHERE.items():
        with open(os.path.join(ROOT, path)) as f: tap.ok(re.search(shows, f.read()) is not None, "%s shows message %s" % (path, i))
        seen.setdefault(i, path)
    for i in ids: tap.ok(i in seen, "message %s has a golden case" % i)
    for i in proofs(): tap.ok(i in seen, "proof %s has a golden case that fails" % i)
    for i in sorted(set(seen) - set(ids) - own - judged - set(proofs())): tap.ok(False, "message %s of %s is a row of messages.def" % (i, os.path.relpath(seen[i], ROOT)))
    tap.ok(len(ids) == len(set(ids)), "message ids are unique")
    tap.done()

main()
