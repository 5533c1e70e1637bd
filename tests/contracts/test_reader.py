#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# The project's own strict reader takes every contract, and reads it as PyYAML does.
"""test_reader.py: TAP on stdout. Needs build/release/unit/tool_yaml (make check-build)."""
import glob
import json
import os
import subprocess
import sys

import yaml

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.normpath(os.path.join(HERE, "..", ".."))
sys.path.insert(0, os.path.join(ROOT, "tests"))
import tap  # noqa: E402

TOOL = os.path.join(ROOT, "build", "release", "unit", "tool_yaml")


def main():
    paths = sorted(glob.glob(os.path.join(ROOT, "schema", "contracts", "**", "*.yaml"),
                             recursive=True))
    for path in paths:
        name = os.path.relpath(path, ROOT)
        if not os.access(TOOL, os.X_OK):
            tap.skip(name, "%s is not built" % os.path.relpath(TOOL, ROOT))
            continue
        done = subprocess.run([TOOL, "json", path], capture_output=True, text=True)
        with open(path, encoding="utf-8") as f:
            want = yaml.safe_load(f)
        good = done.returncode == 0 and json.loads(done.stdout) == want
        tap.ok(good, "%s reads the same in both readers" % name, done.stderr or "trees differ")
    tap.ok(len(paths) >= 17, "all contracts were read", "%d files" % len(paths))
    tap.done()


if __name__ == "__main__":
    main()
