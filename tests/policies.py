#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""policies.py - every shipped rule has a title, a control it serves, and in the file of tests beside it a case that passes
and one that fails; docs/policies.md lists it; ids are those of no message. TAP."""
import glob, os, re, sys
sys.dont_write_bytecode = True
import tap

ROOT = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
CONTROL = re.compile(r'^(SOC2 (CC[1-9]|A1|C1|PI1)\.\d|HIPAA 164\.\d{3}\([a-e]\)(\(\d{1,2}\)(\([iv]+\)(\([A-F]\))?)?)?)$')

def text(path):
    with open(path) as f: return f.read()

def rules(source):
    """(id, severity, controls) of each rule{...} of a file"""
    for m in re.finditer(r'^rule \{\n(.*?)^\}', source, re.M | re.S):
        field = lambda name: re.search(r'^\t%s = "([^"]+)"' % name, m[1], re.M)
        controls = re.search(r'^\tcontrols = \{(.*?)\}', m[1], re.M)
        yield field("id")[1], (field("severity") or [0, "deny"])[1], re.findall(r'"([^"]+)"', controls[1]) if controls else []

def main():
    page = text(ROOT + "/docs/policies.md")
    messages = set(re.findall(r'^MESSAGE\(\s*\w+,\s*"([^"]+)"', text(ROOT + "/compiler/base/messages.def"), re.M))
    known = set()
    for path in sorted(glob.glob(ROOT + "/lua/policies/*.lua")):
        if path.endswith("_test.lua"): continue
        tests = text(path[:-4] + "_test.lua")
        for rule, severity, controls in rules(text(path)):
            says = "denies" if severity == "deny" else "warns"
            tap.ok('t.passes("%s"' % rule in tests, "rule %s has a case that passes" % rule)
            tap.ok('t.%s("%s"' % (says, rule) in tests, "rule %s has a case that it %s" % (rule, says))
            tap.ok(bool(controls) and all(CONTROL.match(c) for c in controls), "rule %s serves a control" % rule, ", ".join(controls))
            tap.ok("| `%s` |" % rule in page, "docs/policies.md lists rule %s" % rule)
            tap.ok(rule not in known and rule not in messages, "id %s is its own" % rule)
            known.add(rule)
    for rule in sorted(set(re.findall(r"^\| `([a-z0-9-]+)` \| (?:deny|warn) \|", page, re.M)) - known): tap.ok(False, "docs/policies.md lists a rule that there is: %s" % rule)
    tap.done()

main()
