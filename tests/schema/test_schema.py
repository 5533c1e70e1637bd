#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The vocabulary and every document that is written in it, by tests/schema_lint.py, as TAP."""
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests"))
import tap  # noqa: E402

run = subprocess.run([sys.executable, os.path.join(ROOT, "tests", "schema_lint.py")], capture_output=True, text=True, check=False)
lines = (run.stdout + run.stderr).splitlines()
tap.ok(run.returncode == 0 and lines and lines[-1].endswith(" 0 findings"), lines[-1] if lines else "schema_lint says nothing",
       "\n".join(lines))
tap.done()
