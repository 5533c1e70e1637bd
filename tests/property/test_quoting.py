#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""test_quoting.py [--wide] - what howdah writes is one text to all YAML readers, and so is what it reads without quotes. TAP.

1. TOKENS (60,000; 6,000 in slow builds) texts that look like numbers, booleans, dates, paths, signs or noise are written by
   the canonical writer as values and as keys, and read back by PyYAML (its C and, for a part, its pure reader), by
   sigs.k8s.io/yaml (kubectl, Argo CD, Flux) and by gopkg.in/yaml.v3: the texts must come back.
2. Texts of many lines, the same way (literal blocks and quoted text).
3. Each token without quotes: where the strict reader takes it for this string or integer, so must all the others.
--wide (nightly): js-yaml through npm and Psych through ruby read the documents too. SEED repeats a run."""
import json, os, random, re, shutil, subprocess, sys, yaml
sys.dont_write_bytecode = True
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests"))
import tap

HOWDAH = os.path.realpath(os.environ.get("HOWDAH") or os.path.join(ROOT, "build/release/howdah"))
TOOL = os.path.join(os.path.dirname(HOWDAH), "unit/tool_yaml")
SLOW = bool(os.environ.get("SLOW_BUILD"))
TOKENS = int(os.environ.get("TOKENS") or (6000 if SLOW else 60000))
SEED = int(os.environ.get("SEED") or random.SystemRandom().randrange(10 ** 6))
WORK = os.path.join(ROOT, "build/property")

WORDS = """y n yes no on off true false null none nil ~ = << .inf -.inf +.inf .nan . .. ... - -- --- ? : , [ ] { } # & * ! | > ' " % @ `
012 0o17 0O17 -0o17 +012 08 09 0129 00 000 007 0b101 0x1F 0X1F 0x_1 1_000 1_ 1__0 0.1_0 1e3 1E3 1.0e3 12e03 0e0 .5 5. -.5 +.5 1.10 16.4
1e309 12:30 12:30:45 22:22 190:20:30 1:2:3 -1:30 1:30.5 2001-12-14 2024-02-30 2024-01-15 2001-12-14t21:59:43.10-05:00 2001-12-14 21:59:43
18446744073709551616 9223372036854775807 9223372036854775808 -9223372036854775808 -0 +0 0 1 -1 +1 1,000 :x ::1 10.0.0.1 10.0.0.0/8
fe80::1 a:b a: :a a:b:c http://x/y a#b a\u2028b \ufeffa \x85 \u00e9 \u00a0 \U0001f418 -1e3 1e-3 0.0 -0.0 e3 1e 0x 0b 0o 2Gi 500m 17.2 17.2.1
infinity Infinity NaN nan INF -inf +inf .INF .Inf .NaN .NAN .iNf 1.e+3 1.5e+3 0x1p4 0_1 _1 1: 1:2 60:60 1:60 99:99 a=b = == <<< << !!str
!!int |- >- |+ {} [] {a [b ]c }d ,e &f *g !h %i @j `k "l 'm -n ?o :p #q""".split(" ")
ALPHABETS = ["0123456789", "0123456789._,+-eExXoObB:", "0123456789-: tTzZ.", "yYnNoOfFtTrRuUeEsSaAlL~", "abcXYZ/._-@+:=,",
             "abcXYZ09/._-@+:=,", "ab12 -?:,[]{}#&*!|>'\"%@`~", "a\t\n\r \\\"'\x01\x7f", "a\u00e9\u00a0\u2028\u0085\ufeff\u202e\U0001f418 "]

def token(dice):
    kind = dice.random()
    if kind < 0.15: word = dice.choice(WORDS)
    elif kind < 0.25: word = "".join(dice.choice([c.lower(), c.upper()]) for c in dice.choice(WORDS))
    else: return "".join(dice.choice(alphabet) for alphabet in [dice.choice(ALPHABETS)] for _ in range(dice.randrange(1, 10)))
    return word if dice.random() < 0.7 else dice.choice(["%s", " %s", "%s ", "-%s", "+%s", "%s:", "%s: x", "%s #", "x%s", "%sx", "%s0", "\n%s", "%s\n", "%s\n\n"]) % word

def lines(dice):
    """A text of several lines, near the borders of what a literal block can hold."""
    pieces = ["a", "b c", "  indented", "", "#", "- x", "k: v", "---", "...", "\ttab", "x\ttab", "end ", "end\t", "\u00e9", "'", '"', "%", "|", "\\n", " ", "\x01"]
    few = dice.choice([pieces[:10], pieces[:10], pieces])
    return dice.choice(["", "", "", "\n", " "]) + "\n".join(dice.choice(few) for _ in range(dice.randrange(1, 7))) + dice.choice(["\n", "\n", "", "\n\n", "\r\n"])

def tool(mode, texts):
    p = subprocess.run([TOOL, mode], input=b"".join(t.encode() + b"\0" for t in texts), capture_output=True)
    if p.returncode: raise RuntimeError(p.stderr.decode(errors="replace"))
    return p.stdout

def command(*argv):
    """A reader that is a program: YAML on stdin, JSON on stdout."""
    def read(text):
        p = subprocess.run(argv, input=text, capture_output=True)
        if p.returncode: raise ValueError(p.stderr.decode(errors="replace")[:300])
        return json.loads(p.stdout)
    return read

def go_readers():
    cache = os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "howdah")
    places = [os.path.dirname(shutil.which("go") or "/nowhere/go")] + sorted([os.path.join(cache, d, "bin") for d in os.listdir(cache) if d.startswith("go-")] if os.path.isdir(cache) else [])
    go = next((os.path.join(d, "go") for d in places if os.access(os.path.join(d, "go"), os.X_OK)), None)
    if not go: return tap.skip("sigs.k8s.io/yaml, yaml.v3", "no go here") or {}
    program = os.path.join(WORK, "goyaml")
    p = subprocess.run([go, "build", "-o", program, "."], cwd=os.path.join(ROOT, "tests/property/goyaml"), capture_output=True, text=True, env={**os.environ, "CGO_ENABLED": "0"})
    if p.returncode: return tap.skip("sigs.k8s.io/yaml, yaml.v3", "go build: " + p.stderr.strip().split("\n")[-1]) or {}
    return {"sigs.k8s.io/yaml": command(program, "sigs"), "yaml.v3": command(program, "v3")}

def wide_readers():
    readers = {}
    place = os.path.join(WORK, "node")
    os.makedirs(place, exist_ok=True)
    made = shutil.which("npm") and subprocess.run(["npm", "install", "--silent", "--no-audit", "--prefix", place, "js-yaml@4.1.0"], capture_output=True).returncode == 0
    script = "const y=require(process.argv[1]);console.log(JSON.stringify(y.load(require('fs').readFileSync(0,'utf8'))))"
    if made: readers["js-yaml"] = command("node", "-e", script, os.path.join(place, "node_modules/js-yaml"))
    else: tap.skip("js-yaml", "npm cannot install it")
    script = "require 'yaml';require 'json';require 'date';class Date;def to_json(*)='\"a date\"';end;class Time;def to_json(*)='\"a time\"';end;" \
             "def plain(v)=v.is_a?(Symbol)? {'a symbol'=>v.to_s}:v.is_a?(Array)? v.map{|x|plain(x)}:v.is_a?(Hash)? v.map{|k,x|[k.is_a?(String)? k:\"not a string: #{k.inspect}\",plain(x)]}.to_h: v;" \
             "puts JSON.generate(plain(YAML.unsafe_load($stdin.read)), allow_nan: true)"
    if shutil.which("ruby"): readers["Psych"] = command("ruby", "-Eutf-8", "-e", script)
    else: tap.skip("Psych", "no ruby here")
    return readers

class Pure(yaml.SafeLoader): pass

def same(a, b):
    """Equal, types too: 1 is not True and not 1.0."""
    if type(a) is not type(b): return False
    if isinstance(a, list): return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict): return a.keys() == b.keys() and all(isinstance(k, str) and same(v, b[k]) for k, v in a.items())
    return a == b

def reads(name, read, document, want, what):
    try: got = read(document)
    except Exception as e: return tap.ok(False, "%s reads %s" % (name, what), e)
    if isinstance(want, dict): wrong = [(k, got.get(k) if isinstance(got, dict) else got) for k in want if not isinstance(got, dict) or not same(got.get(k), want[k])]
    else: wrong = [(w, g) for w, g in zip(want, got) if not same(w, g)]
    return tap.ok(same(got, want) and not wrong, "%s reads %d %s back" % (name, len(want), what), "\n".join("%r came back as %r" % w for w in wrong[:20]) or "another shape")

def clean(document, what):
    """UTF-8, lines that end in LF and not in blanks, no tab in an indentation, nothing invisible."""
    bad = [line for line in document.decode().split("\n")[:-1] if re.search("[ \t]$|^ *\t|[\0-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\u202a-\u202e]", line)]
    tap.ok(not bad and document.endswith(b"\n"), "%s are written in clean lines" % what, "\n".join(map(repr, bad[:20])))

def written(readers, texts, what):
    """Properties 1 and 2."""
    unique = list(dict.fromkeys(texts))
    values, keys = tool("list", texts), tool("map", unique)
    clean(values, what + " as values")
    clean(keys, what + " as keys")
    for name, read in readers.items():
        few = len(texts) // 10 if name == "PyYAML (pure)" else len(texts)
        reads(name, read, values if few == len(texts) else tool("list", texts[:few]), texts[:few], what + " as values")
        some = unique[:few]
        reads(name, read, keys if few == len(texts) else tool("map", some), {t: t for t in some}, what + " as keys")

def unquoted(readers, texts):
    """Property 3."""
    texts = [t for t in dict.fromkeys(texts) if "\n" not in t and "\r" not in t]
    letters = tool("plain", texts).decode().split("\n")
    values = [(t, l[0]) for t, l in zip(texts, letters) if l[0] in "si"]
    keys = [t for t, l in zip(texts, letters) if l[1] == "s"]
    tap.ok(len(values) > len(texts) // 10 and len(keys) > len(texts) // 10, "a tenth of the tokens can stand without quotes", "%d values, %d keys" % (len(values), len(keys)))
    for name, read in readers.items():
        some = values[:len(values) // 10] if name == "PyYAML (pure)" else values
        if name == "js-yaml": some = [(t, l) for t, l in some if l == "s" or abs(int(t)) < 2 ** 53]   # its numbers are doubles
        document = "".join("- %s\n" % t for t, _ in some).encode()
        reads(name, read, document, [t if l == "s" else int(t) for t, l in some], "unquoted texts and integers")
        some = keys[:len(keys) // 10] if name == "PyYAML (pure)" else keys
        reads(name, read, "".join("%s: %d\n" % (t, i) for i, t in enumerate(some)).encode(), {t: i for i, t in enumerate(some)}, "unquoted keys")

def main():
    dice = random.Random(SEED)
    tap.note("seed %d" % SEED)
    os.makedirs(WORK, exist_ok=True)
    readers = {"PyYAML": lambda text: yaml.load(text, yaml.CSafeLoader), "PyYAML (pure)": lambda text: yaml.load(text, Pure), **go_readers()}
    if "--wide" in sys.argv[1:]: readers.update(wide_readers())
    texts = WORDS + [token(dice) for _ in range(TOKENS - len(WORDS))]
    written(readers, texts, "tokens")
    written(readers, [lines(dice) for _ in range(TOKENS // 10)], "texts of many lines")
    unquoted(readers, texts)
    tap.done()

if __name__ == "__main__": main()
