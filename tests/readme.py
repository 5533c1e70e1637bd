#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""readme.py [--write] [PAGE...]: what the pages show is what the commands print (default: README.md and docs/*.md).

In a page, blocks fenced as "console" are run, in order, in an empty directory of the page's own: a line "$ COMMAND"
("> " goes on), then what it prints. No printed lines: only the exit code counts. A line "..." stands for any lines;
"in N ms" for any time. "console exit=1" expects that code of the block's last command. Blocks fenced "yaml file=PATH"
(or "lua file=PATH") are written there, "yaml append=PATH" appended. `howdah` is the build under test; `make demo` runs tests/demo.sh.
--write puts what came out in place of what differs, except in blocks with "...".
"""
import glob, os, re, shutil, subprocess, sys, tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
HOWDAH = os.path.realpath(os.environ.get("HOWDAH", ROOT + "/build/release/howdah"))
FENCE = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```$", re.M | re.S)

class Page:
    def __init__(self, scratch):
        self.cwd = scratch + "/tree"
        for d in ("/tree/build/release", "/tree/tests", "/bin"): os.makedirs(scratch + d)
        shutil.copy(ROOT + "/tests/demo.sh", self.cwd + "/tests/demo.sh")
        for link in (self.cwd + "/build/release/howdah", scratch + "/bin/howdah"): os.symlink(HOWDAH, link)
        keep = {k: v for k, v in os.environ.items() if k in ("ASAN_OPTIONS", "UBSAN_OPTIONS")}
        self.env = {**keep, "PATH": scratch + "/bin:" + os.environ["PATH"], "HOME": scratch, "LC_ALL": "C.UTF-8", "GIT_CONFIG_NOSYSTEM": "1",
                    "GIT_PAGER": "cat", "GIT_AUTHOR_NAME": "Platform", "GIT_AUTHOR_EMAIL": "platform@example.com",
                    "GIT_COMMITTER_NAME": "Platform", "GIT_COMMITTER_EMAIL": "platform@example.com",
                    "GIT_AUTHOR_DATE": "2026-01-05T09:00:00Z", "GIT_COMMITTER_DATE": "2026-01-05T09:00:00Z"}
        self.place = scratch + "/cwd"

    def run(self, command):
        command = "tests/demo.sh" if command == "make demo" else command
        p = subprocess.run(["sh", "-c", "%s\ncode=$?\npwd >'%s'\nexit $code" % (command, self.place)], cwd=self.cwd, env=self.env,
                           stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if os.path.exists(self.place): self.cwd = open(self.place).read().rstrip("\n")
        return re.sub(r"\bin \d+ ms\b", "in N ms", p.stdout), p.returncode

    def put(self, option, text):
        how, _, path = option.partition("=")
        path = os.path.join(self.cwd, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, {"file": "w", "append": "a"}[how]) as f: f.write(text)

def steps(text):
    """[(command as written, command to run, printed lines)]"""
    found = []
    for line in text.split("\n")[:-1]:
        if line.startswith("$ "): found.append([line, line[2:], []])
        elif line.startswith("> ") and not found[-1][2]: found[-1][0] += "\n" + line; found[-1][1] += "\n" + line[2:]
        else: found[-1][2].append(line)
    return found

def fits(want, got):
    parts = [re.escape(line) + "\n" if line != "..." else "(?:.*\n)*?" for line in want]
    return re.fullmatch("".join(parts), got if got.endswith("\n") or not got else got + "\n") is not None

def judge(page, name, m, write, failed):
    """The block as it should stand; what is wrong goes to failed."""
    options = m[2].split()
    if m[1] != "console":
        for o in options: page.put(o, m[3])
        return m[0]
    code, out = next((int(o[5:]) for o in options if o.startswith("exit=")), 0), []
    found = steps(m[3])
    for i, (written, command, want) in enumerate(found):
        got, came = page.run(command)
        if came != (code if i == len(found) - 1 else 0): failed.append((name, command, "exit code %d\n%s" % (came, got)))
        elif want and not fits(want, got):
            if write and "..." not in want: want = got.rstrip("\n").split("\n")
            else: failed.append((name, command, got))
        out += [written, *want]
    return "```%s%s\n%s\n```" % (m[1], m[2], "\n".join(out))

def check(path, write):
    name, failed, blocks = os.path.relpath(path, ROOT), [], 0
    with open(path) as f: text = f.read()
    with tempfile.TemporaryDirectory() as scratch:
        page = Page(scratch)
        def one(m):
            nonlocal blocks
            if m[1] != "console" and not (m[1] in ("yaml", "lua") and m[2].strip()): return m[0]
            blocks += m[1] == "console"
            return judge(page, name, m, write, failed)
        new = FENCE.sub(one, text)
    if write and new != text:
        with open(path, "w") as f: f.write(new)
    for _, command, got in failed:
        print("# %s: $ %s" % (name, command.replace("\n", "\n#   ")))
        print("".join("#   " + line + "\n" for line in got.rstrip("\n").split("\n")[:45]), end="")
    print("%s - %s: %d blocks of commands do and print what it says" % ("not ok" if failed else "ok", name, blocks))
    return not failed

def narrow():
    """The demo's screen fits one screen."""
    with open(ROOT + "/README.md") as f: m = re.search(r"^\$ make demo\n(.*?)^```$", f.read(), re.M | re.S)
    lines = m[1].split("\n") if m else []
    good = 0 < len(lines) <= 40 and max(map(len, lines)) <= 100
    print("%s - the screen of make demo stands in README.md and is at most 40 lines of 100 columns" % ("ok" if good else "not ok"))
    return good

def pasted():
    """The commands that the screen ends with do what they say, pasted one after the other into the directory of `make demo`."""
    with tempfile.TemporaryDirectory() as scratch:
        page = Page(scratch)
        screen, code = page.run("make demo")
        commands = screen.partition("\nnext: ")[2].partition("\n")[2]
        got, failed = page.run("set -e\n" + commands)
        good = commands.count("build/release/howdah") == 4 and code == failed == 0
        good = good and "spec.replicas = 3" in got and '+      storage: "300Gi"' in got and "howdah: 4 clusters (4 compiled" in got
        print("%s - the commands that make demo ends with do what it says" % ("ok" if good else "not ok"))
        if not good: print("".join("# " + line + "\n" for line in got.split("\n")[-40:]), end="")
        return good

def main(argv):
    write = "--write" in argv
    pages = [a for a in argv if a != "--write"] or [p for p in [ROOT + "/README.md", *sorted(glob.glob(ROOT + "/docs/*.md"))] if os.path.exists(p)]
    good = [check(os.path.realpath(p), write) for p in pages] + ([narrow(), pasted()] if len(argv) == write else [])
    sys.exit(0 if all(good) else 1)

main(sys.argv[1:])
