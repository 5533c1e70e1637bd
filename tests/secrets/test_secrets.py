#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""test_secrets.py - what looks like a secret (compiler/base/secret.c): each line of secret.txt does, no line of plain.txt
does, and no text of any YAML file that people write: intents, platforms, tiers, waivers, reports of golden cases, examples,
test fleets and documentation, except where a case is about secrets. TAP."""
import os, re, subprocess, sys
sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
import tap, yaml

ROOT = os.path.dirname(os.path.dirname(HERE))
EXE = os.path.realpath(os.environ.get("HOWDAH", os.path.join(ROOT, "build", "release", "howdah")))
TOOL = os.path.join(os.path.dirname(EXE), "unit", "tool_secret")
WRITTEN = re.compile(r"^(golden/.*/(in|edit)[.0-9]*/|examples/|tests/verdicts/fleet/|presets/|revisions/)")
CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.S)
MEANT = re.compile(r"^golden/messages/secret-")

def lines(name):
    with open(os.path.join(HERE, name)) as f: return f.read().rstrip("\n").split("\n")

def looks(texts):
    """What each text looks like, None for nothing."""
    p = subprocess.run([TOOL], input=b"".join(t.encode("utf-8", "replace") + b"\0" for t in texts), capture_output=True, check=True)
    said = p.stdout.decode().rstrip("\n").split("\n")
    assert len(said) == len(texts), (len(said), len(texts))
    return [None if s == "-" else s for s in said]

def texts(path):
    """Keys and values of a YAML file, or its lines where it is none."""
    with open(path, errors="replace") as f: text = CERTIFICATE.sub("", f.read())
    if "/edit" in path: text = text.replace("/", " ")          # a script of sed
    out = [line for line in text.split("\n") if line.strip()]
    try: todo = list(yaml.load_all(text, yaml.BaseLoader))
    except (yaml.YAMLError, ValueError, RecursionError): return out
    while todo:
        v = todo.pop()
        if isinstance(v, dict): todo += [*v.keys(), *v.values()]
        elif isinstance(v, list): todo += v
        elif isinstance(v, str) and v and "\0" not in v: out.append(v)
    return out

def main():
    for name, want in ("secret.txt", True), ("plain.txt", False):
        wrong = ["%s: %s" % (t, w) for t, w in zip(lines(name), looks(lines(name))) if bool(w) != want]
        tap.ok(not wrong, "%s: %d of %d lines are told as what they are" % (name, len(lines(name)) - len(wrong), len(lines(name))), "\n".join(wrong))

    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True).stdout.split("\0")
    names = [n for n in names if WRITTEN.match(n) and n.endswith(".yaml") and not MEANT.match(n) and os.path.isfile(os.path.join(ROOT, n))]
    seen = {}
    for n in names:
        for t in texts(os.path.join(ROOT, n)): seen.setdefault(t, n)
    all_texts = [t for t in seen if "\0" not in t]
    wrong = ["%s: %s: %s" % (seen[t], w, t[:80]) for t, w in zip(all_texts, looks(all_texts)) if w]
    tap.ok(len(names) > 100 and not wrong, "none of %d texts of %d files that people write" % (len(all_texts), len(names)), "\n".join(wrong))
    tap.done()

main()
