#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""beauty.py - ten indicators of the C in compiler/ and runtime/, and the limits that no file may cross.

usage: beauty.py [--objs DIR] [--root DIR]      (default build/release of this repository; needs universal-ctags, nm, cc)
Prints one line per crossed limit, "file:line: what is wrong, what is allowed [rule]", then the table. Exit 1 if any.
"""
import collections, glob, json, os, re, statistics, subprocess, sys

ROOT = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
if "--root" in sys.argv: ROOT = os.path.realpath(sys.argv[sys.argv.index("--root") + 1])
FOREIGN = {                                          # outside header -> the only places that may know it
    r"yaml\.h": r"compiler/tree/",
    r"(lua|lauxlib|lualib)\.h": r"compiler/lua/",
    r"git2(/.*)?(\.h)?": r"compiler/git/",
    r"(cjson/)?cJSON\.h": r"compiler/kube/tool/|compiler/tree/json_in\.c",
    r"openssl/.*": r"compiler/base/digest\.c|runtime/(ground|net|api|tls|frame|crypto)/",
    r"zlib\.h": r"compiler/(git|out)/",
    r"curl/.*": r"runtime/net/http\.c",
    r"libpq-fe\.h": r"runtime/sql/sql\.c",
    r"microhttpd\.h": r"runtime/net/server\.c",
}
GNU_SOURCE = ("compiler/base/os.c", "compiler/base/thread.c", "runtime/loop/sys.c")
MAY_END = r"compiler/base/|compiler/cmd/main\.c|compiler/\w+/tool/|runtime/\w+/main\.c"    # tool/: programs of the build
MACROS = r"NEW|NEW_ARRAY|STR|LEN|\w+_each"             # and rows of tables: a macro that is #undef'd in the same file
BANNED = "strcpy strcat sprintf vsprintf strtok atoi atol atoll gets alloca".split()
ENDS = r"\b(?:exit|_exit|_Exit|quick_exit|abort|die|fatal|oom)\s*\("
FREES = r"\b\w*(?:free|_release|_dispose|_clear)\w*\s*\("
DULL = {"break;", "continue;", "return;", "return0;", "return-1;", "else{", "}else{", "default:"}
GIVEN = {"on_request"}                                  # signatures that a library prescribes
LINES_FUNCTION, LINES_FILE, PARAMETERS = 60, 600, 5
found = []

def fault(path, line, text, rule):
    found.append((os.path.relpath(path, ROOT), line, text, rule))

def rooms():
    """The order of docs/architecture.md section 1: a room may include itself and the rooms before it."""
    with open(os.path.join(ROOT, "docs/architecture.md")) as f: text = f.read()
    return [re.findall(r"^%s/(\w+)/ " % top, text, re.M) for top in ("compiler", "runtime")]

def run(*cmd):
    return subprocess.run(cmd, capture_output=True, text=True, cwd=ROOT).stdout

def strip(src):
    """Blank comments and the bodies of strings; lines stay where they are."""
    pattern = r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'"
    keep = lambda m: re.sub(r"[^\n]", " ", m[0]) if m[0][0] == "/" else m[0][0] * 2 + "\n" * m[0].count("\n")
    return re.sub(pattern, keep, src, flags=re.S)

class File:
    def __init__(self, path):
        self.path, self.rel = path, os.path.relpath(path, ROOT)
        with open(path, errors="replace") as f: self.text = f.read()
        self.code = strip(self.text)
        self.lines, self.code_lines = self.text.split("\n"), self.code.split("\n")
        parts = self.rel.split("/")
        self.room = parts[1] if len(parts) > 2 else parts[0]
        # the names of #include stand in strings, which strip() blanks: take them from the text where the code has one
        self.includes = []
        for n, line in enumerate(self.lines, 1):
            m = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
            if m and re.match(r"\s*#\s*include", self.code_lines[n - 1]): self.includes.append((n, m[1], m[2]))

def sources():
    return [File(p) for top in ("compiler", "runtime") for p in sorted(glob.glob(ROOT + "/" + top + "/**/*.[ch]", recursive=True))]

def tags(files):
    out = run("ctags", "--langmap=C:.c.h", "--fields=+neS", "--kinds-C=fp", "--output-format=json", "-o", "-",
              *(f.path for f in files))
    return [json.loads(line) for line in out.splitlines()]

# ---- limits ---------------------------------------------------------------------------------------------------------

def parameters(signature):
    depth, count, text = 0, 1, (signature or "()")[1:-1].strip()
    if text in ("", "void"): return 0
    for c in text:
        depth += (c in "([{") - (c in ")]}")
        count += c == "," and depth == 0
    return count

def check_sizes(files, functions):
    for f in files:
        n = len(f.lines) - 1
        if n > LINES_FILE: fault(f.path, n, "file of %d lines, %d are allowed" % (n, LINES_FILE), "file-length")
    for t in functions:
        n, p = t["end"] - t["line"] + 1, parameters(t.get("signature"))
        if n > LINES_FUNCTION: fault(t["path"], t["line"], "'%s' has %d lines, %d are allowed" % (t["name"], n, LINES_FUNCTION), "function-length")
        if p > PARAMETERS and t["name"] not in GIVEN: fault(t["path"], t["line"], "'%s' has %d parameters, %d are allowed" % (t["name"], p, PARAMETERS), "parameters")

def check_head(files):
    for f in files:
        if "SPDX-License-Identifier: Apache-2.0" not in f.lines[0]: fault(f.path, 1, "the first line is not the SPDX line", "head")
        if not f.lines[1].startswith(("/*", "//")): fault(f.path, 2, "the second line does not say what the file's one job is", "head")

def check_calls(files):
    for f in files:
        for n, line in enumerate(f.code_lines, 1):
            for m in re.finditer(r"(?<![\w.>])(%s)\s*\(" % "|".join(BANNED), line): fault(f.path, n, "'%s' is banned" % m[1], "banned")
            if re.search(ENDS, line) and not line.lstrip().startswith("#") and not re.match(MAY_END, f.rel) and f.rel.endswith(".c"):
                fault(f.path, n, "a call that ends the process: only base and main.c may", "ends")

def check_preprocessor(files):
    for f in files:
        undefined = set(re.findall(r"^\s*#\s*undef\s+(\w+)", f.code, re.M))
        for n, line in enumerate(f.code_lines, 1):
            if f.path.endswith(".c") and re.match(r"\s*#\s*(if|ifdef|ifndef|elif)\b", line):
                fault(f.path, n, "#if in a .c file: put the choice into a header or the Makefile", "if-in-c")
            m = re.match(r"\s*#\s*define\s+(\w+)\(", line)
            if m and not re.fullmatch(MACROS, m[1]) and m[1] not in undefined:
                fault(f.path, n, "function-like macro '%s': make it a function (allowed: %s, table rows)" % (m[1], MACROS), "macro")

def check_rooms(files):
    order = [room for top in rooms() for room in top]       # the runtime stands on the compiler's rooms
    for f in files:
        if f.room not in order:
            fault(f.path, 1, "'%s' is no room of docs/architecture.md: %s" % (f.room, " ".join(order)), "room")
            continue
        for n, _, name in f.includes:
            other = name.split("/")[0]
            if f.room in order and other in order and "/" in name and order.index(other) > order.index(f.room):
                fault(f.path, n, "room '%s' includes \"%s\" of a later room" % (f.room, name), "room")
            for pattern, places in FOREIGN.items():
                if re.fullmatch(pattern, name) and not re.match(places, f.rel):
                    fault(f.path, n, "<%s> may be known to %s only" % (name, places.replace("\\", "")), "foreign-header")
        for n, line in enumerate(f.code_lines, 1):
            if "_GNU_SOURCE" in line and f.rel not in GNU_SOURCE: fault(f.path, n, "_GNU_SOURCE stands in %s only" % " and ".join(GNU_SOURCE), "gnu-source")

def graph(files):
    known, edges = {f.rel: f for f in files}, {}
    for f in files:
        at = lambda name: next((p for p in (os.path.normpath(os.path.dirname(f.rel) + "/" + name), "compiler/" + name, "runtime/" + name) if p in known), None)
        edges[f.rel] = {to: n for n, _, name in f.includes if (to := at(name)) and to != f.rel}
    return edges

def check_cycles(files):
    edges, bad = graph(files), set()
    def reach(node, seen):
        for to in edges.get(node, ()):
            if to not in seen:
                seen.add(to)
                reach(to, seen)
        return seen
    for rel in edges:
        if rel in reach(rel, set()):
            bad.add(rel)
            to = next(t for t in edges[rel] if rel in reach(t, {t}))
            fault(os.path.join(ROOT, rel), edges[rel][to], "includes \"%s\", which comes back here" % to, "include-cycle")
    return len(bad)

def check_headers(files):
    heads, alone = [f for f in files if f.path.endswith(".h")], 0
    flags = run("pkg-config", "--cflags", "yaml-0.1", "libcjson", "libgit2", "libcrypto", "lua5.4", "libcurl", "libpq", "libmicrohttpd").split()
    for f in heads:
        p = subprocess.run(["cc", "-std=c11", "-D_POSIX_C_SOURCE=200809L", "-D_XOPEN_SOURCE=700", "-fsyntax-only", "-Wall", "-Werror", "-Wno-unused-function",
                            "-Icompiler", "-Iruntime", *flags, "-include", f.path, "-x", "c", "/dev/null"],
                           capture_output=True, text=True, cwd=ROOT)
        if p.returncode == 0: alone += 1
        else: fault(f.path, 1, "does not compile by itself: " + (p.stderr.strip().split("\n") or [""])[0], "self-contained")
    return alone, len(heads)

def documented(f, line):
    """Whether a comment ends right above the declaration, or stands in its lines."""
    end = line - 1
    while end < len(f.code_lines) - 1 and ";" not in f.code_lines[end]: end += 1
    if any("/*" in f.lines[k] or "//" in f.lines[k] for k in range(line - 1, end + 1)): return True
    for k in range(line - 2, -1, -1):
        text = f.lines[k].strip()
        if text.endswith("*/") or text.startswith("//"): return True
        if not text or text[-1] in ";{}" or text[0] == "#": return False
    return False

def check_prototypes(files, prototypes):
    by, good = {f.path: f for f in files}, 0
    for t in prototypes:
        if documented(by[t["path"]], t["line"]): good += 1
        else: fault(t["path"], t["line"], "'%s' has no contract comment right above it" % t["name"], "contract")
    return good, len(prototypes)

def check_globals(objs):
    """Writable objects in compiled code, function statics included; tables that only hold relocated addresses are constant."""
    found_here = 0
    for o in sorted(glob.glob(os.path.join(objs, "compiler/**/*.o"), recursive=True)):
        for line in run("nm", "-f", "sysv", o).splitlines():
            cols = [c.strip() for c in line.split("|")]
            if len(cols) == 7 and cols[3] in ("OBJECT", "TLS") and re.match(r"\.(data|bss|tdata|tbss)(?!\.rel\.ro)", cols[6]):
                source = os.path.join(ROOT, os.path.relpath(o, objs)[:-1] + "c")
                name, at = cols[0].split(".")[0], 1
                if os.path.exists(source):
                    with open(source) as f: at = next((n for n, l in enumerate(f, 1) if re.search(r"\b%s\b.*[=;\[]" % re.escape(name), l)), 1)
                fault(source, at, "writable global '%s'" % cols[0], "global")
                found_here += 1
    return found_here

# ---- indicators -----------------------------------------------------------------------------------------------------

def duplicates(files):
    windows, rows = collections.defaultdict(list), {}
    for f in (f for f in files if f.path.endswith(".c")):
        r = [re.sub(r"\s+", "", line) for line in f.code_lines]
        rows[f.rel] = r = [line for line in r if len(line) > 2 and line not in DULL and not line.startswith("#include")]
        for k in range(len(r) - 7): windows["\n".join(r[k:k + 8])].append((f.rel, k))
    twice = {(name, k + x) for v in windows.values() if len(v) > 1 for name, k in v for x in range(8)}
    return len(twice), sum(map(len, rows.values()))

def branchy(files, functions):
    by, n = {f.path: f for f in files}, 0
    for t in functions:
        body = "\n".join(by[t["path"]].code_lines[t["line"] - 1:t["end"]])
        n += 1 + len(re.findall(r"\b(?:if|for|while|case)\b|&&|\|\||\?", body[body.find("{"):])) > 15
    return n

def history():
    """Median number of hand-written files in commits that add one thing, by the area in their title."""
    counts = collections.defaultdict(list)
    for block in run("git", "log", "-400", "--format=%x00%s", "--name-only").split("\0")[1:]:
        title, *names = [line for line in block.split("\n") if line]
        area = title.split(":")[0]
        if area in ("resource", "preset", "command", "check"): counts[area].append(sum(not n.startswith("golden/") for n in names))
    return ", ".join("%s %g" % (k, statistics.median(v)) for k, v in sorted(counts.items())) or "none in history"

def messages():
    p = subprocess.run([os.path.dirname(os.path.realpath(__file__)) + "/messages.py", "--count"], capture_output=True, text=True)
    return p.stdout.strip()

def lines_of(*patterns):
    files = {p for pat in patterns for p in glob.glob(ROOT + "/" + pat, recursive=True) if os.path.isfile(p)}
    total = 0
    for p in files:
        with open(p, "rb") as f: total += f.read().count(b"\n")
    return total

def percent(a, n): return round(100 * a / max(1, n), 1)

def main(argv):
    objs = argv[argv.index("--objs") + 1] if "--objs" in argv else ROOT + "/build/release"
    files = sources()
    if not files: return print("beauty: no C sources yet")
    marks = tags(files)
    if not marks: sys.exit("beauty: ctags gave nothing; universal-ctags with JSON output is needed")
    functions = [t for t in marks if t["kind"] == "function" and "end" in t]
    prototypes = [t for t in marks if t["kind"] == "prototype" and t["path"].endswith(".h")]
    check_sizes(files, functions)
    check_head(files)
    check_calls(files)
    check_preprocessor(files)
    check_rooms(files)
    cycles, (alone, heads) = check_cycles(files), check_headers(files)
    told, protos = check_prototypes(files, prototypes)
    built = glob.glob(os.path.join(objs, "compiler/**/*.o"), recursive=True)
    if not built: sys.exit("beauty: no objects below %s: build first" % objs)
    writable = check_globals(objs)
    for path, line, text, rule in sorted(found): print("%s:%d: %s [%s]" % (path, line, text, rule))
    kloc = sum(bool(line.strip()) for f in files for line in f.code_lines) / 1000
    body = "\n".join(re.sub(r"^[A-Za-z#].*$", "", f.code, flags=re.M) for f in files if f.path.endswith(".c"))
    sizes = [t["end"] - t["line"] + 1 for t in functions]
    lengths = [len(f.lines) - 1 for f in files if f.path.endswith(".c")]
    twice, significant = duplicates(files)
    tested = lines_of("tests/**/*.[ch]", "tests/**/*.py", "tests/**/*.sh", "tests/testbed/*", "golden/**/*")
    for name, value, limit in [
        ("1 functions > 60 lines % / longest / branchy (> 15) %", "%s / %d / %s" % (percent(sum(x > 60 for x in sizes), len(sizes)), max(sizes), percent(branchy(files, functions), len(sizes))), "0 / 60 / 1"),
        ("  functions, median lines", "%d, %g" % (len(sizes), statistics.median(sizes)), "about 12"),
        ("2 .c file lines median / max", "%g / %d" % (statistics.median(lengths), max(lengths)), "250 / 600"),
        ("3 headers in cycles / self-contained", "%d / %d of %d" % (cycles, alone, heads), "0 / all"),
        ("4 writable globals in compiler/", "%d" % writable, "0"),
        ("5 process-ending calls per kLOC", "%.1f" % (len(re.findall(ENDS, body)) / kloc), "0 outside base, main.c"),
        ("6 release calls per kLOC", "%.1f" % (len(re.findall(FREES, body)) / kloc), "2 compiler/, 9 runtime/"),
        ("7 duplicated lines %", "%s" % percent(twice, significant), "0.8"),
        ("8 files touched to add one thing (history)", history(), "resource 1, command 2, check 1"),
        ("9 documented prototypes %", "%s (%d of %d)" % (percent(told, protos), told, protos), "100"),
        ("10 test lines per source line", "%.2f" % (tested / max(1, lines_of("compiler/**/*.[ch]", "runtime/**/*.[ch]"))), "1.2"),
        ("   message ids shown by a golden case", messages(), "all"),
        ("   code kLOC", "%.1f" % kloc, "")]:
        print("%-54s %-28s %s" % (name, value, limit))
    sys.exit(bool(found))

main(sys.argv[1:])
