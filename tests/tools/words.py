#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""words.py - no unfinished work and no stray licence text in what the repository holds. TAP."""
import os, re, subprocess, sys
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
import tap

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
UNFINISHED = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "X" + "XX", "HA" + "CK")) + r")\b")
OTHERS = ("schema/kubernetes/", "golden/")           # data of others, and output that templates made

def main():
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True).stdout.split("\0")
    unfinished, unsigned = [], []
    for name in filter(None, names):
        path = os.path.join(ROOT, name)
        if name.startswith(OTHERS) or not os.path.isfile(path): continue
        with open(path, errors="replace") as f: text = f.read()
        for n, line in enumerate(text.split("\n"), 1):
            if UNFINISHED.search(line): unfinished.append("%s:%d: %s" % (name, n, line.strip()[:100]))
        if name.endswith((".c", ".h", ".def", ".py", ".sh", ".lua")) and "SPDX-License-Identifier: Apache-2.0" not in text[:300]:
            unsigned.append(name)
    tap.ok(not unfinished, "nothing is marked unfinished", "\n".join(unfinished))
    tap.ok(not unsigned, "source files name their licence", "\n".join(unsigned))
    tap.done()

main()
