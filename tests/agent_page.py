#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""agent_page.py - prints docs/reference/agent.md: conditions, reasons, actions and metrics of howdah-agent, from its tables."""
import os, re

ROOT = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))

def rows(path, macro):
    """Arguments of each MACRO(...) of a .def file, texts without their quotes."""
    with open(os.path.join(ROOT, "runtime", path)) as f: text = re.sub(r"/\*.*?\*/", "", f.read(), flags=re.S)
    for m in re.finditer(macro + r'\(((?:[^()"]|"[^"]*"|\([^()]*\))*)\)', text):
        yield [a.strip().strip('"') for a in re.findall(r'"[^"]*"|(?:[^,()"]|\([^()]*\))+', m[1]) if a.strip()]

def table(head, lines):
    print("\n| " + " | ".join(head) + " |\n" + "|---" * len(head) + "|")
    for line in lines: print("| " + " | ".join(line) + " |")

def main():
    print("# howdah-agent\n\nMade from the tables in `runtime/` by `tests/docs.sh --write`.")
    print("\n## Conditions\n\nIn `status.conditions` of the record, and as `howdah_condition`. A change to the good state is a Normal Event, to any\n"
          "other a Warning. With `runbooks` set, each message links `#Reason` of it.")
    reasons = list(rows("frame/reasons.def", "REASON"))
    for name, good, means in rows("frame/conditions.def", "CONDITION"):
        print("\n### %s\n\nTrue: %s.%s" % (name, means, "" if good == "Unknown" else " Good is %s." % good))
        table(["reason", "status", "what it says"], [["`%s`" % i, truth, text] for condition, i, truth, text in reasons if condition == name])
    print("\n## Actions\n\nEach is done once at a time for one target, and tried again with a growing wait when it failed.")
    table(["action", "what it does", "may take"], [["`%s`" % r[1], r[2], "%g s" % (int(r[3]) / 1000)] for r in rows("frame/actions.def", "ACTION")])
    print("\n## Metrics\n\nPort 8010, `/metrics`, OpenMetrics. Counters end in `_total`.")
    table(["metric", "type", "what it tells"], [["`%s`" % (r[2] + ("_total" if r[1] == "counter" else "")), r[1], r[3]]
                                                for r in rows("report/metrics.def", "METRIC")])

main()
