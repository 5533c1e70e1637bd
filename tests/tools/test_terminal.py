#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""test_terminal.py - on a terminal a long run counts its clusters on one line and takes the line away again, whichever
worker is the last; elsewhere it is silent. Colours honour NO_COLOR. TAP."""
import os, pty, re, subprocess, sys
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
sys.path.insert(0, ROOT + "/tests")
sys.dont_write_bytecode = True
import tap

HOWDAH = os.environ.get("HOWDAH") or ROOT + "/build/release/howdah"
ROUNDS = 3 if os.environ.get("SLOW_BUILD") else 12

def on_terminal(argv, env=None):
    """What a terminal gets."""
    master, slave = pty.openpty()
    p = subprocess.Popen([HOWDAH, *argv], stdin=slave, stdout=slave, stderr=slave,
                         env={**os.environ, "TERM": "xterm", **(env or {})})
    os.close(slave)
    out = b""
    while True:
        try: part = os.read(master, 1 << 16)
        except OSError: break                       # the program has ended
        if not part: break
        out += part
    p.wait()
    os.close(master)
    return out.decode()

check = ["check", "-C", ROOT + "/examples/demo", "-j", "4"]
left, seen = [], 0
for _ in range(ROUNDS):
    out = on_terminal(check)
    counts = list(re.finditer(r"\r\d+ of \d+ clusters", out))
    seen += bool(counts)
    if counts and not out[counts[-1].end():].startswith("\r\x1b[K"): left.append(out[counts[-1].start():][:80])
    if re.search(r"\n\r?\d+ of \d+ clusters", out): left.append("counts after messages")
tap.ok(seen == ROUNDS and not left, "a terminal sees the count, and nothing of it stays", "\n".join(map(repr, left)))
plain = subprocess.run([HOWDAH, *check], capture_output=True, text=True)
tap.ok(" of " not in plain.stdout and "\x1b" not in plain.stderr and "\r" not in plain.stderr, "elsewhere it is silent and without colours", plain.stderr[:200])
bare = on_terminal(check, {"NO_COLOR": "1"})
tap.ok("\x1b[1;33m" in on_terminal(check, {"NO_COLOR": "", "TERM": "xterm"}) and not re.search(r"\x1b\[[0-9;]*m", bare), "NO_COLOR takes the colours away")
full = [" ".join(a) for a in (["--help"], ["check", "--help"], ["version"], ["schema", "Tier"])
        if subprocess.run([HOWDAH, *a], stdout=open("/dev/full", "w"), stderr=subprocess.DEVNULL).returncode != 4]
tap.ok(not full, "what cannot be written to standard output is exit 4", full)
tap.done()
