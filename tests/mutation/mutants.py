# SPDX-License-Identifier: Apache-2.0
"""Wrong edits of YAML trees: where one can be made, what it may be."""
import re
import yaml

EMBEDDED = {"orders.yaml": "yaml", "SPILO_CONFIGURATION": "yaml", "pg_hba.conf": "lines", ".ini": "lines"}


class Site:
    """One leaf, list item or key of a document; `inner` is the way into a text that is itself a document."""
    def __init__(self, file, kind, path, what, inner=None, form=None):
        self.file, self.kind, self.path, self.what, self.inner, self.form = file, kind, path, what, inner, form

    def where(self):
        return path_text(self.path) + (" >> " + path_text(self.inner) if self.inner is not None else "")


def path_text(path):
    out = ""
    for p in path:
        out += "[%d]" % p if isinstance(p, int) else ("." if out else "") + str(p)
    return out


def form_of(key, parent):
    """Whether the text under key is a document of its own, and how it is read."""
    if key == "value" and isinstance(parent, dict) and parent.get("name") == "SPILO_CONFIGURATION":
        return "yaml"
    for name, form in EMBEDDED.items():
        if isinstance(key, str) and (key == name or (name[0] == "." and key.endswith(name))):
            return form
    return None


def walk(node, path=()):
    """(path, what, value, parent) of every key, list item and leaf below node."""
    if isinstance(node, dict):
        for k, v in node.items():
            yield path + (k,), "key", v, node
            yield from leaf_or_walk(v, path + (k,), node)
    elif isinstance(node, list):
        for i, v in enumerate(node):
            yield path + (i,), "item", v, node
            yield from leaf_or_walk(v, path + (i,), node)


def leaf_or_walk(v, path, parent):
    if isinstance(v, (dict, list)):
        yield from walk(v, path)
    else:
        yield path, "leaf", v, parent


def lines_tree(text):
    return [line.split(" ") for line in text.split("\n") if line.strip()]


def lines_text(tree):
    return "\n".join(line if isinstance(line, str) else " ".join(str(t) for t in line) for line in tree) + "\n"


def inner_tree(form, text):
    return yaml.load(text, Loader=yaml.CSafeLoader) if form == "yaml" else lines_tree(text)


def inner_text(form, tree):
    return yaml.dump(tree, Dumper=Dumper, default_flow_style=False, sort_keys=False, width=1 << 20) if form == "yaml" else lines_text(tree)


class Dumper(yaml.CSafeDumper):
    """Writes what the strict reader reads: every text in quotes."""
    def ignore_aliases(self, data):
        return True


def text_node(dumper, data):
    return dumper.represent_scalar("tag:yaml.org,2002:str", data, style='"')


Dumper.add_representer(str, text_node)


def dump(tree):
    return yaml.dump(tree, Dumper=Dumper, default_flow_style=False, sort_keys=False, width=1 << 20)


def sites(file, doc):
    """Every site of a document, those inside of its texts included."""
    kind = doc.get("kind", "?") if isinstance(doc, dict) else "template"
    for path, what, value, parent in walk(doc):
        form = form_of(path[-1], parent) if what == "leaf" and isinstance(value, str) and "${" not in value else None
        if not form:
            yield Site(file, kind, path, what)
            continue
        for inner, inner_what, _, _ in walk(inner_tree(form, value)):
            yield Site(file, kind, path, inner_what, inner, form)


def at(node, path):
    for p in path:
        node = node[p]
    return node


def rename(rng, text):
    """Another text that looks like text."""
    numbers = list(re.finditer(r"\d+", text))
    choice = rng.randrange(4)
    if numbers and choice < 2:
        m = rng.choice(numbers)
        n = int(m[0])
        other = rng.choice([n + 1, n * 10 + 1, max(0, n - 1) if n else 7])
        return text[:m.start()] + str(other) + text[m.end():]
    if text in ("true", "false", "on", "off") and choice < 3:
        return {"true": "false", "false": "true", "on": "off", "off": "on"}[text]
    if len(text) > 2 and choice == 2:
        i = rng.randrange(len(text) - 1)
        return text[:i] + text[i + 1:]
    if choice == 3 and len(text) > 1:
        return text[:-1] + ("y" if text[-1] != "y" else "z")
    return text + "x"


def siblings(doc, path):
    """Other values of the same field elsewhere in the document, and of its neighbours in a list."""
    last, out = path[-1], []
    for p, what, value, _ in walk(doc):
        if what == "leaf" and p != path and (p[-1] == last or (isinstance(last, int) and p[:-1] == path[:-1])):
            out.append(value)
    return out


def changed(rng, doc, path, value):
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return rng.choice([value + 1, value * 10 + 1, 0 if value else 1])
    if not isinstance(value, str):
        return "x"
    others = [o for o in siblings(doc, path) if isinstance(o, str) and o != value]
    if others and rng.random() < 0.4:
        return rng.choice(others)
    return rename(rng, value)


def edit(rng, doc, path, what):
    """One wrong edit at path of doc; says what it did."""
    parent, last = at(doc, path[:-1]), path[-1]
    value = parent[last]
    if what == "key" and rng.random() < 0.35:
        new = rename(rng, str(last))
        if new == last or new in parent:
            new = str(last) + "x"
        items = list(parent.items())
        parent.clear()
        parent.update((new if k == last else k, v) for k, v in items)
        return "rename key to %s" % new
    if what in ("key", "item"):
        del parent[last]
        return "drop"
    new = changed(rng, doc, path, value)
    if new == value:
        new = "%sx" % value
    parent[last] = new
    return "%r -> %r" % (value, new)


def apply(rng, doc, site):
    """Makes the wrong edit at site in doc; returns what was done."""
    if site.inner is None:
        return edit(rng, doc, site.path, site.what)
    parent = at(doc, site.path[:-1])
    tree = inner_tree(site.form, parent[site.path[-1]])
    done = edit(rng, tree, site.inner, site.what)
    parent[site.path[-1]] = inner_text(site.form, tree)
    return done
