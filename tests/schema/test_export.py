#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What `howdah schema` exports is what editors and the API server take.

JSON Schemas are draft-07, accept every good document and refuse the bad ones that JSON Schema can refuse; CRDs pass
validate-manifests --strict, are structural, and keep below the size that client-side apply can carry.
"""
import glob
import json
import os
import subprocess
import sys

import jsonschema
import yaml

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
HOWDAH = os.environ.get("HOWDAH", os.path.join(ROOT, "build/release/howdah"))
LIMIT = 256 * 1024      # an annotation's share of an object: kubectl apply keeps the whole of it there
failed = 0


class Loader(yaml.SafeLoader):
    """YAML 1.2's core types, as editors read: `on`, `off` and dates are text."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in rows
            if tag not in ("tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:bool")]
    for first, rows in yaml.SafeLoader.yaml_implicit_resolvers.items()}
Loader.add_implicit_resolver("tag:yaml.org,2002:bool", __import__("re").compile("^(true|false)$"), list("tf"))


def check(ok, what, why=""):
    global failed
    failed += not ok
    print("%s - %s" % ("ok" if ok else "not ok", what))
    if not ok and why:
        print("# " + str(why).replace("\n", "\n# ")[:800])


def howdah(*args):
    return subprocess.run([HOWDAH, "schema", *args], check=True, capture_output=True, text=True).stdout


def read(path):
    with open(path, encoding="utf-8") as f:
        return yaml.load(f, Loader)


# Mistakes that only the engine can tell: between fields, ranges of text, one item twice.
def can_tell(name):
    return name in {"bad-field-unknown", "bad-null", "bad-version-not-whole", "bad-unit-missing", "bad-tier-names-version",
                    "bad-tier-limit-empty", "bad-upgrade-pending", "bad-waiver-endless", "bad-platform-rates-pending",
                    "bad-restore-time-without-offset"}


def structural(schema, path="spec"):
    """Every place has a type, objects are closed or free but not both, and nothing is left that a CRD refuses."""
    if "type" not in schema and not schema.get("x-kubernetes-preserve-unknown-fields"):
        return path + " has no type"
    if "properties" in schema and "additionalProperties" in schema:
        return path + " has properties and additionalProperties"
    for key in schema:
        if key in ("uniqueItems", "$ref", "examples", "anyOf", "patternProperties") or key.startswith("x-howdah"):
            return "%s has %s" % (path, key)
    below = dict(schema.get("properties", {}))
    below.update({k: schema[k] for k in ("items", "additionalProperties") if k in schema})
    for key, value in below.items():
        why = structural(value, path + "." + key)
        if why:
            return why
    return ""


def main():
    kinds = [line.split()[0] for line in howdah().splitlines()]
    schemas = {}
    for kind in kinds:
        schemas[kind] = json.loads(howdah(kind, "--format", "jsonschema"))
        try:
            jsonschema.Draft7Validator.check_schema(schemas[kind])
            check(True, "%s: JSON Schema draft-07" % kind)
        except jsonschema.SchemaError as e:
            check(False, "%s: JSON Schema draft-07" % kind, e.message)
    documents = sorted(glob.glob(ROOT + "/tests/schema/*.yaml") + glob.glob(ROOT + "/examples/**/intents/**/*.yaml", recursive=True)
                       + glob.glob(ROOT + "/revisions/*/tiers/*.yaml"))
    for path in documents:
        doc, name = read(path), os.path.basename(path)[:-5]
        if not isinstance(doc, dict) or doc.get("kind") not in schemas:
            continue
        errors = list(jsonschema.Draft7Validator(schemas[doc["kind"]]).iter_errors(doc))
        if not name.startswith("bad-"):
            check(not errors, "%s: no mark in an editor" % os.path.relpath(path, ROOT), errors and errors[0].message)
        elif can_tell(name):
            check(bool(errors), "%s: marked in an editor" % name)
    for kind in kinds:
        crd = subprocess.run([HOWDAH, "schema", kind, "--format", "crd"], capture_output=True, text=True, check=False)
        if crd.returncode == 2:
            continue
        valid = subprocess.run([ROOT + "/tests/testbed/validate-manifests", "--strict", "-"], input=crd.stdout,
                               capture_output=True, text=True, check=False)
        check(valid.returncode == 0, "%s: CRD is valid" % kind, valid.stdout)
        check(len(crd.stdout) < LIMIT, "%s: CRD of %d bytes" % (kind, len(crd.stdout)))
        version = yaml.safe_load(crd.stdout)["spec"]["versions"][0]
        why = structural(version["schema"]["openAPIV3Schema"])
        check(not why, "%s: CRD is structural" % kind, why)
    return failed != 0


sys.exit(main())
