#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""messages.py [--count] - every message id of compiler/base/messages.def is shown by a golden case, and every id that a
golden case shows is a row there. TAP; --count prints "N of M" only."""
import glob, os, re, sys
sys.dont_write_bytecode = True
import tap

ROOT = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))

def rows():
    with open(ROOT + "/compiler/base/messages.def") as f: text = re.sub(r"^/\*.*?\*/", "", f.read(), flags=re.S | re.M)
    return re.findall(r'^MESSAGE\(\s*\w+,\s*"([^"]+)"', text, re.M)

def rules():
    """Ids of the cross-field rules of the schema files: they are printed in brackets too."""
    text = "".join(open(p).read() for p in glob.glob(ROOT + "/schema/*.yaml"))
    return set(re.findall(r"\{id: ([a-z][a-z0-9-]*),", text))

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
    ids, seen = rows(), shown()
    if "--count" in sys.argv: return print("%d of %d" % (sum(i in seen for i in ids), len(ids)))
    for i in ids: tap.ok(i in seen, "message %s has a golden case" % i)
    for i in sorted(set(seen) - set(ids) - rules()): tap.ok(False, "message %s of %s is a row of messages.def" % (i, os.path.relpath(seen[i], ROOT)))
    tap.ok(len(ids) == len(set(ids)), "message ids are unique")
    tap.done()

main()
