# SPDX-License-Identifier: Apache-2.0
"""TAP for the Python tests: ok(), skip(), done(); the numbers go to the plan at the end."""
import sys, time

counts = {"ok": 0, "not ok": 0, "skip": 0}
began = time.time()

def _line(kind, title, tail=""):
    counts["skip" if tail.startswith(" # SKIP") else kind] += 1
    print("%s %d - %s%s" % (kind, sum(counts.values()), title, tail), flush=True)

def ok(good, title, detail=""):
    """One result. detail (text, shown when it failed) says what was seen."""
    _line("ok" if good else "not ok", title)
    if not good and detail:
        for line in str(detail).strip().split("\n")[:40]: print("#   " + line[:400], flush=True)
    return bool(good)

def skip(title, why):
    """A test that cannot run here, by name."""
    _line("ok", title, " # SKIP " + why)

def note(text):
    for line in str(text).split("\n"): print("# " + line, flush=True)

def done():
    """The plan and the exit."""
    print("1..%d" % sum(counts.values()))
    note("%d passed, %d failed, %d skipped in %.1f s" % (counts["ok"], counts["not ok"], counts["skip"], time.time() - began))
    sys.exit(1 if counts["not ok"] else 0)
