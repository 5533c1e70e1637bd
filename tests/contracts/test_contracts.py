#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# Checks the shape and the sense of schema/contracts/, and that a broken copy is found out.
"""test_contracts.py [DIR]: TAP on stdout. Needs python3 and python3-yaml, nothing else."""
import copy
import os
import re
import sys

import yaml

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.normpath(os.path.join(HERE, "..", "..", "schema", "contracts"))
MAJORS = (15, 16, 17, 18)
STATUS = {"verified", "read", "assumed"}
CONTEXTS = {"internal", "postmaster", "sighup", "superuser-backend", "backend", "superuser", "user"}
GUC_TYPES = {"bool", "integer", "real", "string", "enum"}
GUC_UNITS = {"B", "kB", "8kB", "MB", "ms", "s", "min"}
GUC_FIELDS = {"type", "context", "unit", "min", "max", "enum", "default", "group", "file", "status",
              "source", "library", "majors", "note", "format", "orZero"}
FILES = [
    "extension-gucs", "extensions-spilo-b", "gucs/15", "gucs/16", "gucs/17", "gucs/18", "kubernetes",
    "metrics-patroni-4.1", "metrics-pgbouncer-exporter", "metrics-postgres-exporter-0.20", "patroni",
    "pgbouncer-1.25", "postgresql", "spilo-b", "walg-az", "walg-common", "walg-gs", "walg-s3",
    "api-calls", "flows", "metrics-howdah-agent",
]
# forms: what parts of objects must be, one file per check of link
FORMS = sorted("objects/" + f[:-5] for f in os.listdir(os.path.join(ROOT, "objects")) if f.endswith(".yaml"))
FILES += FORMS
NESTED = set(FORMS) | {"api-calls", "flows"}
LEAST_ROWS = {"gucs/15": 340, "gucs/16": 350, "gucs/17": 360, "gucs/18": 380, "spilo-b": 130,
              "patroni": 120, "pgbouncer-1.25": 99, "extensions-spilo-b": 90, "extension-gucs": 90,
              "metrics-postgres-exporter-0.20": 300, "kubernetes": 50, "walg-common": 60,
              "walg-s3": 35, "walg-gs": 6, "walg-az": 12, "metrics-patroni-4.1": 23,
              "metrics-pgbouncer-exporter": 40, "postgresql": 5, "api-calls": 20, "flows": 25}
MAX_BYTES = 1 << 20
# name: (context, unit, majors); what PostgreSQL's own documentation says of them
SENTINELS = {
    "max_connections": ("postmaster", None, MAJORS),
    "shared_buffers": ("postmaster", "8kB", MAJORS),
    "work_mem": ("user", "kB", MAJORS),
    "maintenance_work_mem": ("user", "kB", MAJORS),
    "wal_level": ("postmaster", None, MAJORS),
    "max_wal_size": ("sighup", "MB", MAJORS),
    "checkpoint_timeout": ("sighup", "s", MAJORS),
    "archive_timeout": ("sighup", "s", MAJORS),
    "log_min_duration_statement": ("superuser", "ms", MAJORS),
    "log_connections": ("superuser-backend", None, MAJORS),
    "post_auth_delay": ("backend", "s", MAJORS),
    "block_size": ("internal", None, MAJORS),
    "transaction_timeout": ("user", "ms", (17, 18)),
    "idle_replication_slot_timeout": ("sighup", "s", (18,)),
    "io_method": ("postmaster", None, (18,)),
    "reserved_connections": ("postmaster", None, (16, 17, 18)),
    "autovacuum_worker_slots": ("postmaster", None, (18,)),
    "max_slot_wal_keep_size": ("sighup", "MB", MAJORS),
    "promote_trigger_file": ("sighup", None, (15,)),
}
# autovacuum_max_workers stopped needing a restart in 18
CHANGED = {"autovacuum_max_workers": {15: "postmaster", 16: "postmaster", 17: "postmaster",
                                      18: "sighup"}}


# ---- reading -------------------------------------------------------------------------------

def strict_findings(text):
    """What the project's strict YAML reader would refuse."""
    found = []
    if len(text.encode()) > MAX_BYTES:
        found.append("larger than 1 MiB")
    if "\t" in text:
        found.append("a tab")
    documents = 0
    for event in yaml.parse(text):
        documents += isinstance(event, yaml.DocumentStartEvent)
        if getattr(event, "anchor", None):
            found.append("an anchor or alias")
        if getattr(event, "tag", None):
            found.append("a tag")
    if documents != 1:
        found.append("%d documents" % documents)
    stack = [yaml.compose(text)]
    while stack:
        node = stack.pop()
        if isinstance(node, yaml.MappingNode):
            keys = [k.value for k, _ in node.value]
            found += ["key %s twice" % k for k in sorted(set(keys)) if keys.count(k) > 1]
            found += ["key %s is not a string" % k.value for k, _ in node.value
                      if k.tag != "tag:yaml.org,2002:str"]
            stack += [v for _, v in node.value]
        elif isinstance(node, yaml.SequenceNode):
            stack += node.value
        elif node.tag.rsplit(":", 1)[-1] not in ("str", "int", "bool"):
            found.append("%s: neither string, integer nor boolean" % node.value)
        elif node.tag.endswith(":bool") and node.value not in ("true", "false"):
            found.append("%s: quote this word" % node.value)
        elif node.tag.endswith(":int") and not re.fullmatch(r"0|-?[1-9][0-9]*", node.value):
            found.append("%s: not a plain integer" % node.value)
    return found


def load(root):
    texts, docs = {}, {}
    for name in FILES:
        with open(os.path.join(root, name + ".yaml"), encoding="utf-8") as f:
            texts[name] = f.read()
        docs[name] = yaml.safe_load(texts[name])
    return texts, docs


def sections(doc):
    """The maps of rows of a file: every top-level map but the head's."""
    return {k: v for k, v in doc.items() if isinstance(v, dict) and k not in ("image", "software")}


# ---- checks: each yields findings ----------------------------------------------------------

def check_head(docs):
    for name, doc in docs.items():
        want = name.replace("/", "-")
        if doc.get("contract") != want:
            yield "%s: contract is %s, not %s" % (name, doc.get("contract"), want)
        if not ("image" in doc or ("software" in doc and doc["software"].get("versions"))):
            yield "%s: neither image nor software with versions" % name
        if not doc.get("source"):
            yield "%s: no source" % name
        if doc.get("status") not in STATUS:
            yield "%s: status %s" % (name, doc.get("status"))
        if len(doc.get("rows") or {}) < LEAST_ROWS.get(name, 1):
            yield "%s: only %d rows" % (name, len(doc.get("rows") or {}))


def check_rows(docs):
    for name, doc in docs.items():
        for section, rows in sections(doc).items():
            if section == "parts":
                continue
            for key, row in rows.items():
                where = "%s: %s.%s" % (name, section, key)
                if not isinstance(row, dict):
                    yield "%s: not a map" % where
                    continue
                if row.get("status", doc.get("status")) not in STATUS:
                    yield "%s: status %s" % (where, row.get("status", doc.get("status")))
                if not row.get("source", doc.get("source")):
                    yield "%s: no source" % where
                for field, value in row.items() if name not in NESTED else ():
                    items = value if isinstance(value, list) else [value]
                    if any(isinstance(v, (dict, list)) or v is None for v in items):
                        yield "%s: %s is neither a scalar nor a list of scalars" % (where, field)


# Sections whose assumed rows are told to whom they concern: settings and extensions by a warning (contract-assumed),
# metrics by a refusal. spilo-b's preload list is replaced whole, so nothing rests on what Spilo would append.
TELLS_ASSUMED = re.compile(r"(gucs/\d+|extension-gucs|extensions-.*|metrics-.*): rows\.|spilo-b: preload\.appended$")


def check_assumed(docs):
    """No row is only assumed where its use would be silent."""
    for name, doc in docs.items():
        if doc.get("status") == "assumed":
            yield "%s: the whole contract is assumed" % name
        for section, rows in sections(doc).items():
            for key, row in rows.items():
                where = "%s: %s.%s" % (name, section, key)
                if isinstance(row, dict) and row.get("status") == "assumed" and not TELLS_ASSUMED.match(where):
                    yield "%s: assumed, and nothing warns of its use" % where


def guc_findings(where, row):
    if set(row) - GUC_FIELDS:
        yield "%s: unknown fields %s" % (where, sorted(set(row) - GUC_FIELDS))
    if row.get("context") not in CONTEXTS:
        yield "%s: unknown context %s" % (where, row.get("context"))
    if row.get("type") not in GUC_TYPES:
        yield "%s: unknown type %s" % (where, row.get("type"))
    if row.get("unit") not in GUC_UNITS | {None}:
        yield "%s: unknown unit %s" % (where, row.get("unit"))
    if not isinstance(row.get("default"), str):
        yield "%s: default must be text" % where
        return
    if row.get("type") == "enum":
        if not row.get("enum"):
            yield "%s: an enum without values" % where
        elif row["default"] not in row["enum"] and row["default"]:
            yield "%s: default %s is none of its values" % (where, row["default"])
    if row.get("type") == "integer":
        if not all(isinstance(row.get(k), int) for k in ("min", "max")):
            yield "%s: an integer without whole bounds" % where
        elif not row["min"] <= int(row["default"]) <= row["max"]:
            yield "%s: default %s out of range" % (where, row["default"])
    if row.get("type") == "real":
        if not all(isinstance(row.get(k), str) for k in ("min", "max")):
            yield "%s: bounds of a real must be text" % where
        elif not float(row["min"]) <= float(row["default"]) <= float(row["max"]):
            yield "%s: default %s out of range" % (where, row["default"])
    if row.get("type") == "bool" and row["default"] not in ("on", "off"):
        yield "%s: default %s of a bool" % (where, row["default"])


def check_gucs(docs):
    for major in MAJORS:
        rows = docs["gucs/%d" % major]["rows"]
        for key, row in rows.items():
            yield from guc_findings("gucs/%d: %s" % (major, key), row)
        if list(rows) != sorted(rows):
            yield "gucs/%d: rows are not in order" % major
    for key, row in docs["extension-gucs"]["rows"].items():
        yield from guc_findings("extension-gucs: %s" % key, row)
        if "." not in key or not row.get("library"):
            yield "extension-gucs: %s: no prefix or no library" % key


def check_sentinels(docs):
    for name, (context, unit, majors) in SENTINELS.items():
        for major in MAJORS:
            row = docs["gucs/%d" % major]["rows"].get(name)
            if (row is not None) != (major in majors):
                yield "gucs/%d: %s is %s" % (major, name, "there" if row else "missing")
            elif row and (row["context"], row.get("unit")) != (context, unit):
                yield "gucs/%d: %s is %s in %s" % (major, name, row["context"], row.get("unit"))
    for name, by_major in CHANGED.items():
        for major, context in by_major.items():
            if docs["gucs/%d" % major]["rows"][name]["context"] != context:
                yield "gucs/%d: %s is not %s" % (major, name, context)


def check_patroni(docs):
    """Every parameter with a place of its own is one of PostgreSQL's or of a library's."""
    known = set(docs["extension-gucs"]["rows"])
    for major in MAJORS:
        known |= set(docs["gucs/%d" % major]["rows"])
    doc = docs["patroni"]
    for name, row in doc["parameters"].items():
        if name not in known and name != "wal_keep_segments":
            yield "patroni: parameters.%s: no such GUC" % name
        if row.get("where") not in ("dcs", "local", "both", "never"):
            yield "patroni: parameters.%s: where is %s" % (name, row.get("where"))
    for name, row in doc["rows"].items():
        if row.get("where") not in ("dcs", "local", "both", "bootstrap"):
            yield "patroni: %s: where is %s" % (name, row.get("where"))
        if row.get("apply") not in ("reload", "restart", "start", "never"):
            yield "patroni: %s: apply is %s" % (name, row.get("apply"))
    for name in ("max_connections", "wal_level", "max_wal_senders", "max_worker_processes",
                 "max_prepared_transactions", "max_locks_per_transaction"):
        if doc["parameters"].get(name, {}).get("where") != "dcs":
            yield "patroni: %s must count in the DCS only" % name


def check_spilo(docs):
    doc = docs["spilo-b"]
    walg = {}
    for name in ("walg-common", "walg-s3", "walg-gs", "walg-az"):
        walg.update(docs[name]["rows"])
    for name, row in doc["rows"].items():
        if name in doc["forbidden"] and "only" not in row:
            yield "spilo-b: %s is accepted and forbidden" % name
        if not set(row.get("prefixes", [])) <= {"CLONE_", "STANDBY_"}:
            yield "spilo-b: %s: unknown prefix" % name
        if not set(row.get("stores", [])) <= {"s3", "gs", "az", "ssh"}:
            yield "spilo-b: %s: unknown store" % name
        if not row.get("reader"):
            yield "spilo-b: %s: read by nothing" % name
        if row["type"] == "enum" and not row.get("enum"):
            yield "spilo-b: %s: an enum without values" % name
        if re.search("PASSWORD|SECRET|PRIVATE_KEY$|PASSPHRASE|SAS_TOKEN|LIBSODIUM_KEY$|ACCESS_KEY$",
                     name) and not row.get("sensitive"):
            yield "spilo-b: %s is not marked sensitive" % name
        if name in walg and bool(row.get("envdir")) != walg[name]["envdir"]:
            yield "spilo-b: %s: envdir differs from the wal-g contract" % name
    for name, row in doc["forbidden"].items():
        if not row.get("reason"):
            yield "spilo-b: forbidden.%s: no reason" % name
    for name, row in doc["constants"].items():
        if "value" not in row:
            yield "spilo-b: constants.%s: no value" % name


def check_extensions(docs):
    rows = docs["extensions-spilo-b"]["rows"]
    libraries = {r.get("library") for r in rows.values()}
    for name, row in rows.items():
        majors = row.get("majors", [])
        if not majors or not set(majors) <= set(MAJORS):
            yield "extensions-spilo-b: %s: majors %s" % (name, majors)
        if not set(row.get("majorsVerified", [])) <= set(majors):
            yield "extensions-spilo-b: %s: verified in a major that lacks it" % name
        if row.get("preload") not in ("none", "optional", "required"):
            yield "extensions-spilo-b: %s: preload is %s" % (name, row.get("preload"))
        if row.get("preload") != "none" and not row.get("library"):
            yield "extensions-spilo-b: %s: preload without a library" % name
        for other in row.get("requires", []):
            if other not in rows:
                yield "extensions-spilo-b: %s requires %s, which is not there" % (name, other)
    for name, row in docs["extension-gucs"]["rows"].items():
        library = row.get("library")
        if library not in libraries and library not in rows:
            yield "extension-gucs: %s: library %s is in no row" % (name, library)


def check_pgbouncer(docs):
    doc = docs["pgbouncer-1.25"]
    for section in ("rows", "databases", "users", "peers"):
        for name, row in doc[section].items():
            if row.get("type") not in GUC_TYPES | {"path"}:
                yield "pgbouncer-1.25: %s.%s: type %s" % (section, name, row.get("type"))
            if row.get("type") == "enum" and row.get("default", row["enum"][0]) not in row["enum"]:
                yield "pgbouncer-1.25: %s.%s: default is none of its values" % (section, name)
    for name, row in doc["rows"].items():
        if not isinstance(row.get("reloadable"), bool) or "default" not in row:
            yield "pgbouncer-1.25: %s: no default or no reloadable" % name
    for name, row in doc["console"].items():
        if row.get("users") not in ("admin", "stats"):
            yield "pgbouncer-1.25: console.%s: users %s" % (name, row.get("users"))


def check_metrics(docs):
    types = {"gauge", "counter", "histogram", "summary", "untyped"}
    for name in [n for n in FILES if n.startswith("metrics-")]:
        for metric, row in docs[name]["rows"].items():
            if row.get("type") not in types:
                yield "%s: %s: type %s" % (name, metric, row.get("type"))
            if not re.fullmatch(r"[a-z][a-z0-9_]*", metric):
                yield "%s: %s: not a metric's name" % (name, metric)
    doc = docs["metrics-postgres-exporter-0.20"]
    for metric, row in doc["rows"].items():
        collector = row.get("collector")
        if collector != "exporter" and collector not in doc["collectors"]:
            yield "%s: no collector %s" % (metric, collector)
        elif collector != "exporter" and row["default"] != doc["collectors"][collector]["default"]:
            yield "%s: default differs from its collector's" % metric


def check_kubernetes(docs):
    doc = docs["kubernetes"]
    for name, row in doc["rows"].items():
        if not set(row) & {"max", "min", "pattern"}:
            yield "kubernetes: %s: no limit" % name
        if "pattern" in row:
            re.compile(row["pattern"])
    for name, row in doc["fields"].items():
        if row.get("mutable") not in (True, False, "grows"):
            yield "kubernetes: %s: mutable is %s" % (name, row.get("mutable"))
        if (row.get("mutable") is False) != (row.get("impact") == "replace"):
            yield "kubernetes: %s: impact %s" % (name, row.get("impact"))
    for name, most in (("name.StatefulSet", 52), ("name.CronJob", 52), ("name.Service", 63),
                       ("name.ScaledObject", 54), ("label.value", 63), ("port.name", 15)):
        if doc["rows"].get(name, {}).get("max") != most:
            yield "kubernetes: %s is not %d" % (name, most)


FORM_KEYS = {"kind", "name", "namespace", "each", "as", "inner", "when", "needed", "part", "container", "must",
             "use", "why", "source", "status"}
DIRECTIVES = {"$when", "$is", "$else", "$least", "$most", "$oneOf", "$any", "$absent", "$optional", "$same",
              "$with", "$use", "$only", "$each", "$as", "$if", "$item"}


def form_findings(where, tree):
    if isinstance(tree, list):
        for i, item in enumerate(tree):
            yield from form_findings("%s[%d]" % (where, i), item)
    if not isinstance(tree, dict):
        return
    for i, (key, value) in enumerate(tree.items()):
        if key.startswith("$") and key not in DIRECTIVES:
            yield "%s: no directive %s" % (where, key)
        if key == "$when" and i:
            yield "%s: $when must be the first key" % where
        yield from form_findings("%s.%s" % (where, key), value)


def check_forms(docs):
    with open(os.path.join(HERE, "..", "..", "compiler", "link", "link.c"), encoding="utf-8") as f:
        ids = set(re.findall(r'^\t\{ "([a-z-]+)",', f.read(), re.M))
    for name in FORMS:
        doc = docs[name]
        if name.split("/")[1] not in ids:
            yield "%s: no check of link has this name" % name
        for key, row in doc["rows"].items():
            where = "%s: %s" % (name, key)
            if set(row) - FORM_KEYS or not row.get("kind"):
                yield "%s: no kind, or unknown keys %s" % (where, sorted(set(row) - FORM_KEYS))
            if ("each" in row) != ("as" in row):
                yield "%s: each and as go together" % where
            if not row.get("must") and not row.get("use") and not row.get("needed"):
                yield "%s: it asks for nothing" % where
            for part in row.get("use", []):
                if part not in doc.get("parts", {}):
                    yield "%s: no part %s" % (where, part)
            yield from form_findings(where, row.get("must"))
        for key, part in doc.get("parts", {}).items():
            yield from form_findings("%s: %s" % (name, key), part)
            if not any(key in row.get("use", []) for row in doc["rows"].values()) and "$use': '%s'" % key not in str(doc):
                yield "%s: part %s is used by no row" % (name, key)


def check_calls(docs):
    verbs = {"get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"}
    for key, row in docs["api-calls"]["rows"].items():
        if not row.get("by") or row.get("account") not in ("members", "drill") or not set(row["verbs"]) <= verbs:
            yield "api-calls: %s: by %s, account %s, verbs %s" % (key, row.get("by"), row.get("account"), row.get("verbs"))
        if not set(row.get("rare") or {}) <= set(row["verbs"]) or not all((row.get("rare") or {"": "x"}).values()):
            yield "api-calls: %s: rare: %s" % (key, row["rare"])
        if not row.get("names") and set(row["verbs"]) - {"create", "list", "watch"}:
            yield "api-calls: %s: %s could be given by name" % (key, row["verbs"])
    for key, row in docs["flows"]["rows"].items():
        if row.get("direction") not in ("egress", "ingress") or not set(row.get("of", ["?"])) <= {"postgres", "pooler", "drill"}:
            yield "flows: %s: direction %s of %s" % (key, row.get("direction"), row.get("of"))
        if ("cidrs" in row) == ("pods" in row) or not row.get("ports") or not row.get("why"):
            yield "flows: %s: cidrs or pods, ports and a reason" % key
    for key, row in docs["flows"]["logins"].items():
        if row.get("type") not in ("local", "hostssl") or not row.get("why"):
            yield "flows: logins.%s: type %s" % (key, row.get("type"))


CHECKS = [check_forms, check_calls, check_head, check_rows, check_assumed, check_gucs, check_sentinels, check_patroni, check_spilo,
          check_extensions, check_pgbouncer, check_metrics, check_kubernetes]

# ---- copies that are broken on purpose: (what, file, change, check that must see it) ---------


def put(*path_and_value):
    *path, value = path_and_value

    def change(doc):
        for key in path[:-1]:
            doc = doc[key]
        if value is None:
            del doc[path[-1]]
        else:
            doc[path[-1]] = value
    return change


BROKEN = [
    ("a row loses its file's status", "walg-gs", put("status", None), check_rows),
    ("a status of another word", "patroni", put("rows", "ttl", "status", "known"), check_rows),
    ("a file without a source", "kubernetes", put("source", ""), check_rows),
    ("an assumed variable", "spilo-b", put("rows", "SCOPE", "status", "assumed"), check_assumed),
    ("an assumed contract", "walg-gs", put("status", "assumed"), check_assumed),
    ("a nested field", "spilo-b", put("rows", "SCOPE", "note", {"a": 1}), check_rows),
    ("a wrong contract name", "gucs/18", put("contract", "gucs-17"), check_head),
    ("a table cut short", "gucs/16", lambda d: d.update(rows=dict(list(d["rows"].items())[:300])),
     check_head),
    ("an unknown context", "gucs/17", put("rows", "work_mem", "context", "sometimes"), check_gucs),
    ("an unknown unit", "gucs/17", put("rows", "work_mem", "unit", "KB"), check_gucs),
    ("an enum without values", "gucs/15", put("rows", "wal_level", "enum", None), check_gucs),
    ("a default out of range", "gucs/15", put("rows", "max_connections", "default", "0"), check_gucs),
    ("a real with a float bound", "gucs/18", put("rows", "jit_above_cost", "min", -1.0), check_gucs),
    ("a library's parameter without library", "extension-gucs",
     put("rows", "pgaudit.log", "library", None), check_gucs),
    ("a wrong context of a sentinel", "gucs/18", put("rows", "max_connections", "context", "sighup"),
     check_sentinels),
    ("a wrong unit of a sentinel", "gucs/16", put("rows", "shared_buffers", "unit", "kB"),
     check_sentinels),
    ("a missing sentinel", "gucs/15", put("rows", "wal_level", None), check_sentinels),
    ("a parameter of a later major", "gucs/15",
     put("rows", "io_method", {"context": "postmaster", "type": "enum"}), check_sentinels),
    ("max_connections as a local parameter", "patroni",
     put("parameters", "max_connections", "where", "local"), check_patroni),
    ("a parameter that is no GUC", "patroni", put("parameters", "max_connection", {"where": "dcs"}),
     check_patroni),
    ("a forbidden variable that is accepted", "spilo-b",
     put("rows", "PGROOT", {"type": "path", "reader": ["x"]}), check_spilo),
    ("a password that is not sensitive", "spilo-b",
     put("rows", "PGPASSWORD_STANDBY", "sensitive", False), check_spilo),
    ("envdir that differs between the contracts", "walg-s3",
     put("rows", "AWS_REGION", "envdir", False), check_spilo),
    ("an unknown prefix", "spilo-b", put("rows", "SCOPE", "prefixes", ["COPY_"]), check_spilo),
    ("an extension of no major", "extensions-spilo-b", put("rows", "hstore", "majors", []),
     check_extensions),
    ("a preload without a library", "extensions-spilo-b", put("rows", "pgaudit", "library", None),
     check_extensions),
    ("a requirement that is not there", "extensions-spilo-b",
     put("rows", "earthdistance", "requires", ["cubes"]), check_extensions),
    ("an enum default of no value", "pgbouncer-1.25", put("rows", "pool_mode", "default", "pool"),
     check_pgbouncer),
    ("a setting without reloadable", "pgbouncer-1.25",
     put("rows", "max_client_conn", "reloadable", None), check_pgbouncer),
    ("a metric of no collector", "metrics-postgres-exporter-0.20",
     put("rows", "pg_locks_count", "collector", "lock"), check_metrics),
    ("a collector whose default differs", "metrics-postgres-exporter-0.20",
     put("collectors", "stat_statements", "default", True), check_metrics),
    ("a longer StatefulSet name", "kubernetes", put("rows", "name.StatefulSet", "max", 63),
     check_kubernetes),
    ("an immutable field without replacement", "kubernetes",
     put("fields", "StatefulSet:spec.selector", "impact", "rolling"), check_kubernetes),
    ("a form of no check", "objects/probes", put("rows", "pooler", "kind", None), check_forms),
    ("a form with a misspelt directive", "objects/probes", put("rows", "pooler", "must", "startupProbe", {"$absnet": True}), check_forms),
    ("a form that uses a part that is not there", "objects/security", put("rows", "members", "use", ["pods"]), check_forms),
    ("a form that asks for nothing", "objects/record", put("rows", "cluster", "must", None), check_forms),
    ("a call without a name that the API could name", "api-calls", put("rows", "agent-trust", "names", None), check_calls),
    ("a flow without ports", "flows", put("rows", "api", "ports", None), check_calls),
    ("a login without TLS", "flows", put("logins", "pooler", "type", "host"), check_calls),
]

UNREADABLE = [
    ("a duplicate key", "a: 1\na: 2\n", "twice"),
    ("an anchor", "a: &x 1\nb: *x\n", "anchor"),
    ("a tag", "a: !!str 1\n", "tag"),
    ("a float", "a: 1.5\n", "neither"),
    ("null", "a:\n", "neither"),
    ("a boolean word", "a: on\n", "quote"),
    ("a key that is no string", "on: 1\n", "not a string"),
    ("an octal integer", "a: 0640\n", "plain integer"),
    ("two documents", "a: 1\n---\nb: 1\n", None),
]


def strict_or_error(text):
    try:
        return strict_findings(text)
    except yaml.YAMLError as why:
        return [str(why)]


def main():
    texts, docs = load(sys.argv[1] if len(sys.argv) > 1 else ROOT)
    results = []
    for name in FILES:
        results.append(("%s.yaml is strict YAML" % name, strict_or_error(texts[name])))
    for check in CHECKS:
        results.append((check.__name__.replace("_", " "), list(check(docs))))
    for what, name, change, check in BROKEN:
        broken = dict(docs)
        broken[name] = copy.deepcopy(docs[name])
        change(broken[name])
        seen = list(check(broken))
        results.append(("found out: %s in %s" % (what, name), [] if seen else ["not noticed"]))
    for what, text, word in UNREADABLE:
        seen = [f for f in strict_or_error(text) if word is None or word in f]
        results.append(("refused: %s" % what, [] if seen else ["not noticed"]))
    print("1..%d" % len(results))
    for i, (what, found) in enumerate(results, 1):
        print("%s %d - %s" % ("not ok" if found else "ok", i, what))
        for finding in found[:20]:
            print("# %s" % finding)
    return 1 if any(found for _, found in results) else 0


if __name__ == "__main__":
    sys.exit(main())
