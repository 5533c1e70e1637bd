# SPDX-License-Identifier: Apache-2.0
"""CustomResourceDefinitions from JSON schemas, so that a real API server knows and checks the kinds of other projects.

A CRD's schema must be structural, which is less than JSON Schema: references are inlined, and what is forbidden or would not
work is dropped (constants, names of properties, keys of lists that are not required, look-ahead patterns). Unknown fields
need no keyword: the API server refuses them itself under strict validation, and drops them otherwise."""
import json, os, re

KEPT = ("type enum required pattern minLength maxLength minimum maximum minItems maxItems minProperties maxProperties uniqueItems multipleOf "
        "x-kubernetes-list-type x-kubernetes-list-map-keys x-kubernetes-map-type").split()
PRESERVE = {"x-kubernetes-preserve-unknown-fields": True}

def structural(schema, definitions, seen=()):
    """One schema as a CRD may hold it."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return PRESERVE if name in seen else structural(definitions[name], definitions, (*seen, name))
    kind = schema.get("type")
    branches = schema.get("anyOf") or schema.get("oneOf") or []
    kinds = set(kind) if isinstance(kind, list) else {b.get("type") for b in branches} if branches and not kind else set()
    if kinds and kinds <= {"integer", "number", "string"}: return {"x-kubernetes-int-or-string": True}
    if not isinstance(kind, str): return PRESERVE
    made = {k: schema[k] for k in KEPT if k in schema}
    if re.search(r"\(\?[=!<]", made.get("pattern", "")): del made["pattern"]
    if isinstance(schema.get("exclusiveMinimum"), (int, float)): made.update(minimum=schema["exclusiveMinimum"], exclusiveMinimum=True)
    if "properties" in schema:
        made["properties"] = {k: structural(v, definitions, seen) for k, v in schema["properties"].items()}
        for key in "oneOf", "anyOf", "allOf", "not":
            value = schema.get(key)
            if value: made[key] = {"required": value["required"]} if key == "not" else [{"required": b.get("required", [])} for b in value]
    elif isinstance(schema.get("additionalProperties"), dict) and schema["additionalProperties"]:
        made["additionalProperties"] = structural(schema["additionalProperties"], definitions, seen)
    elif kind == "object":
        made.update(PRESERVE)
    if kind == "array":
        items = made["items"] = structural(schema.get("items") or {}, definitions, seen)
        if set(made.get("x-kubernetes-list-map-keys") or []) - set(items.get("required") or []):
            del made["x-kubernetes-list-map-keys"], made["x-kubernetes-list-type"]
        if items.get("type") in (None, "object", "array") and made.get("x-kubernetes-list-type") == "set": del made["x-kubernetes-list-type"]
        made.pop("uniqueItems", None)               # forbidden: too slow to check
    return made

def plural(kind):
    name = kind.lower()
    if name.endswith("chaos"): return name
    if re.search("[^aeiou]y$", name): return name[:-1] + "ies"
    return name + ("es" if name.endswith(("s", "x", "ch")) else "s")

def rank(version):
    """v1 before v1beta1 before v1alpha1, the newest first."""
    major, stage, minor = re.fullmatch(r"v(\d+)(?:(alpha|beta)(\d+))?", version).groups()
    return {None: 0, "beta": 1, "alpha": 2}[stage], -int(major), -int(minor or 0)

def convert(folder, wanted=()):
    """(a List of CRDs, [(kind, why it cannot be one)]) for the kinds in FOLDER/index.json that are not Kubernetes' own."""
    with open(os.path.join(folder, "index.json")) as f: index = json.load(f)["kinds"]
    made, failed = {}, []
    for name, entry in sorted(index.items(), key=lambda item: (item[1]["kind"], rank(item[1]["apiVersion"].rpartition("/")[2]))):
        group, _, version = entry["apiVersion"].rpartition("/")
        if entry["source"] == "kubernetes" or (wanted and entry["kind"] not in wanted): continue
        with open(os.path.join(folder, entry["file"])) as f: schema = json.load(f)
        try: body = structural(schema, schema.get("definitions", {}))
        except (KeyError, TypeError, RecursionError) as e:
            failed.append((name, repr(e)))
            continue
        body["properties"].update(apiVersion={"type": "string"}, kind={"type": "string"}, metadata={"type": "object"})
        names = {"kind": entry["kind"], "listKind": entry["kind"] + "List", "plural": plural(entry["kind"]), "singular": entry["kind"].lower()}
        crd = made.setdefault((group, entry["kind"]), {
            "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": {"name": names["plural"] + "." + group, "annotations": {"api-approved.kubernetes.io": "unapproved, made for tests"}},
            "spec": {"group": group, "scope": entry["scope"], "names": names, "versions": []}})
        crd["spec"]["versions"].append({
            "name": version, "served": True, "storage": not crd["spec"]["versions"], "schema": {"openAPIV3Schema": body},
            **({"subresources": {"status": {}}} if "status" in body["properties"] else {})})
    return {"apiVersion": "v1", "kind": "List", "items": list(made.values())}, failed
