#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""refusals.py - each refusal of the guard has a place where the API server refuses it, too, or a reason why it cannot; and
docs/verdict.md says the same. TAP."""
import os, re, sys
sys.dont_write_bytecode = True
import tap

ROOT = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))

def text(path):
    with open(os.path.join(ROOT, path)) as f: return f.read()

def main():
    plans = re.findall(r'^PLAN\("([^"]+)"', text("compiler/guard/plans.def"), re.M)
    names = dict(re.findall(r'^MESSAGE\((\w+), "([^"]+)"', text("compiler/base/messages.def"), re.M))
    rows = re.findall(r"^(SEEN|UNSEEN)\((\w+),", text("compiler/guard/admission.def"), re.M)
    seen = {names[m] for kind, m in rows if kind == "SEEN"}
    unseen = {names[m] for kind, m in rows if kind == "UNSEEN"}
    seen |= set(re.findall(r"\{id: ([a-z-]+), (?:immutable|growsOnly):", text("schema/PostgresCluster.yaml")))
    seen |= set(re.findall(r'message: "\[([a-z-]+)\]', text("templates/destination/admission.yaml")))
    seen.add("object-fixed")                        # from the table of changes
    told = {id: row[2] for row in re.findall(r"^\| ((`[a-z-]+`(?:, )?)+) \| (yes|no) \|", text("docs/verdict.md"), re.M)
            for id in re.findall(r"`([a-z-]+)`", row[0])}
    for id in sorted(set(plans) | seen | unseen | set(told)):
        tap.ok(id in plans, "%s has a way out" % id)
        tap.ok((id in seen) != (id in unseen), "%s is refused by the API server, or has a reason why not" % id)
        tap.ok(told.get(id) == ("yes" if id in seen else "no"), "docs/verdict.md says so of %s" % id, told.get(id))
    tap.done()

main()
