#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""test_beauty.py - each limit of tests/beauty.py is seen when it is crossed, in a tree that crosses them all. TAP."""
import os, subprocess, sys, tempfile
sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
import tap

HEAD = "/* SPDX-License-Identifier: Apache-2.0 */\n/* its one job */\n"
TREE = {
    "docs/architecture.md": "```\ncompiler/base/     x\ncompiler/tree/     x\ncompiler/cmd/      x\n```\n",
    "compiler/base/good.h": HEAD + "#ifndef G\n#define G\n/* Adds. */\nint good(int a, int b);\n#endif\n",
    "compiler/base/good.c": HEAD + '#include "base/good.h"\nint good(int a, int b)\n{\n\treturn a + b; /* not strcpy(x) nor "exit(1)" */\n}\nstatic const char *const table[] = { "a" };\nconst char *const *tables(void);\nconst char *const *tables(void)\n{\n\treturn table;\n}\n',
    "compiler/base/up.c": HEAD + '#include "tree/t.h"\n',
    "compiler/tree/t.h": HEAD + '#ifndef T\n#define T\nint t(int a);\n#endif\n',
    "compiler/tree/lone.h": HEAD + "#ifndef L\n#define L\nextern struct unknown_t { size_t n; } x;\n#endif\n",
    "compiler/tree/long.c": HEAD + "int lines(void);\nint lines(void)\n{\n" + "\tint a;\n" * 60 + "\treturn 0;\n}\n" + "int many(int a, int (*b)(int, int), int c, int d, int e, int f);\nint many(int a, int (*b)(int, int), int c, int d, int e, int f)\n{\n\treturn a;\n}\n",
    "compiler/tree/huge.c": HEAD + "\n" * 600,
    "compiler/tree/calls.c": HEAD + "#include <stdlib.h>\n#include <string.h>\n#include <lua.h>\n#define _GNU_SOURCE\n#define TWICE(x) ((x) * 2)\n#ifdef A\n#endif\nint n;\nstatic int m = 1;\nchar *c(char *a);\nchar *c(char *a)\n{\n\tstatic int calls;\n\tcalls++;\n\tm++;\n\tstrcpy(a, a);\n\texit(1);\n}\n",
    "compiler/tree/headless.c": "int h;\n",
    "compiler/tree/a.h": HEAD + '#ifndef A_H\n#define A_H\n#include "tree/b.h"\n#endif\n',
    "compiler/tree/b.h": HEAD + '#ifndef B_H\n#define B_H\n#include "tree/a.h"\n#endif\n',
    "compiler/attic/x.c": HEAD,
}
WANTED = ["compiler/base/up.c:3: room 'base' includes", "t.h:5: 't' has no contract", "lone.h:1: does not compile by itself", "'lines' has 64 lines",
          "'many' has 6 parameters", "huge.c:602: file of 602 lines", "'strcpy' is banned", "calls.c:19: a call that ends the process", "<lua.h> may be known",
          "_GNU_SOURCE stands in", "function-like macro 'TWICE'", "#if in a .c file", "writable global 'n'", "writable global 'm'", "writable global 'calls",
          "headless.c:1: the first line", "[include-cycle]", "'attic' is no room"]

def main():
    with tempfile.TemporaryDirectory() as root:
        for name, text in TREE.items():
            path = os.path.join(root, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w") as f: f.write(text)
        for name in ("base/good", "tree/calls"):
            os.makedirs(root + "/objs/compiler/" + os.path.dirname(name), exist_ok=True)
            subprocess.run(["gcc", "-w", "-fPIE", "-I", root + "/compiler", "-I/usr/include/lua5.4", "-c", "-o", "%s/objs/compiler/%s.o" % (root, name),
                            "%s/compiler/%s.c" % (root, name)], check=True)
        p = subprocess.run([os.path.dirname(HERE) + "/beauty.py", "--root", root, "--objs", root + "/objs"], capture_output=True, text=True)
    for text in WANTED: tap.ok(text in p.stdout, "seen: " + text, p.stdout + p.stderr)
    tap.ok("good" not in p.stdout, "nothing is said of a good file", p.stdout)
    tap.ok(p.returncode == 1, "exit 1")
    tap.done()

main()
