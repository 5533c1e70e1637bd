#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks the vocabulary: every field documented, every $ref resolved, every document valid.

Own reading of schema/*.yaml, independent of the compiler: the schema language of docs/architecture.md section 2 is
turned into JSON Schema and every preset, tier and example is judged by it with jsonschema. Each kind's own `example`
values are judged too, so that what the reference prints is right.

usage: tests/schema_lint.py [ROOT]      exit 0 when there is nothing to say
"""
import copy
import glob
import os
import re
import sys

import jsonschema
import yaml

KINDS = ["PostgresCluster", "PostgresDatabase", "Platform", "Tier", "Waiver", "Report", "IntentTest", "AgentConfig"]
STRUCTURE = {"type", "properties", "additionalProperties", "required", "items", "enum", "pattern", "minLength",
             "maxLength", "minimum", "maximum", "minItems", "maxItems", "minProperties", "maxProperties",
             "uniqueItems", "default", "description", "example", "$ref"}
OWN = {"x-howdah-format", "x-howdah-key-format", "x-howdah-unit", "x-howdah-merge", "x-howdah-source",
       "x-howdah-pending", "x-howdah-rules", "x-howdah-docs", "x-howdah-values", "x-howdah-layer",
       "x-howdah-complete", "x-howdah-shorthand", "x-howdah-known-as", "x-howdah-audience", "x-howdah-min", "x-howdah-max"}
FORMATS = {
    "quantity": r"^[0-9]+(\.[0-9]+)?(m|k|Ki|M|Mi|G|Gi|T|Ti|P|Pi)?$",
    "bytes": r"^[1-9][0-9]*(k|Ki|M|Mi|G|Gi|T|Ti|P|Pi)$",
    "cpu": r"^([1-9][0-9]*m?|[0-9]+\.[0-9]{1,3})$",
    "duration": r"^[1-9][0-9]*(s|m|h|d)$",
    "cron": r"^[^ ]+ [^ ]+ [^ ]+ [^ ]+ [^ ]+$",
    "timezone": r"^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*$",
    "time": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})$",
    "date": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
    "dns-label": r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$",
    "dns-name": r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$",
    "pg-identifier": r"^[a-z_][a-z0-9_]{0,62}$",
    "cidr": r"^[0-9a-f.:]+/[0-9]{1,3}$",
    "label-value": r"^([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$",
    "label-key": r"^([a-z0-9]([a-z0-9.-]*[a-z0-9])?/)?[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$",
    "image": r"^[a-z0-9][A-Za-z0-9._/:@-]*$",
    "digest": r"^sha256:[0-9a-f]{64}$",
    "url": r"^https?://[^ ]+$",
    "email": r"^[^ @]+@[^ @]+$",
    "regex": r"",
    "guc": r"^[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)?$",
    "decimal": r"^[0-9]+(\.[0-9]{1,6})?$",
    "ip": r"^[0-9a-f.:]+$",
    "path": r"^[A-Za-z_][A-Za-z0-9_.\[\]\"=/-]*$",
    "name-pattern": r"^([a-z0-9*-]+/)?[a-z0-9*-]+$",
    "file-path": r"^[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$",
}
# Numbers that name something instead of counting or measuring it: they have no unit.
NAMES = {"version", "versions", "incarnation", "number", "n", "purged", "to", "member", "observedGeneration", "timeline", "port", "ports", "poolerPort",
         "directPort", "podRevision", "user", "group", "keyEpoch", "orders"}
# What holds without an optional field that has no default.
ABSENT = re.compile(r"\b[Ww]ithout (it|them|this)\b|\b[Dd]efault|left out")
RULE_FORMS = {"requires", "forbids", "oneOf", "lessOrEqual", "less", "differ", "immutable", "growsOnly"}


class Loader(yaml.SafeLoader):
    """YAML 1.2's core scalars: `on`, `off`, `yes` and dates are text; no anchors, no duplicate keys."""

    def compose_node(self, parent, index):
        if self.check_event(yaml.events.AliasEvent):
            raise yaml.composer.ComposerError(None, None, "alias", self.peek_event().start_mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node, deep=False):
        seen = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.constructor.ConstructorError(None, None, f"duplicate key {key.value}", key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


Loader.yaml_implicit_resolvers = {}
for tag, rx, first in [
        ("bool", r"^(true|false)$", "tf"), ("null", r"^(null|~|)$", ["n", "~", ""]), ("int", r"^-?(0|[1-9][0-9]*)$", "-0123456789"),
        ("float", r"^-?[0-9]+\.[0-9]+$", "-0123456789")]:
    Loader.add_implicit_resolver("tag:yaml.org,2002:" + tag, re.compile(rx), list(first))

class Plain(str):
    """A scalar that was written without quotes: the schema decides what it is."""


class DocumentLoader(Loader):
    """Documents are typed by their schema, so nothing but null is typed here."""


DocumentLoader.yaml_implicit_resolvers = {}
DocumentLoader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"^(null|~|)$"), ["n", "~", ""])
DocumentLoader.add_constructor("tag:yaml.org,2002:str", lambda loader, node: Plain(node.value) if node.style is None else node.value)

found = []


def say(where, what):
    found.append(f"{where}: {what}")


def read(path, loader=DocumentLoader):
    with open(path, encoding="utf-8") as f:
        try:
            return yaml.load(f, loader)
        except yaml.YAMLError as e:
            say(path, " ".join(str(e).split()))
            return None


# ---------------------------------------------------------------- schema files

def resolve(files, home, schema, where, depth=0):
    """The schema with every $ref inlined; keys beside a $ref win."""
    if depth > 40:
        raise SystemExit(f"{where}: $ref goes in a circle")
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        name = schema["$ref"]
        target_file, _, entry = name.rpartition("#")
        target_home = target_file or home
        target = (files.get(target_home) or {}).get("definitions", {}).get(entry)
        if target is None:
            say(where, f"$ref {name} names nothing")
            return {}
        merged = dict(resolve(files, target_home, target, where, depth + 1))
        for key, value in schema.items():
            if key != "$ref":
                merged[key] = value
        return merged
    out = dict(schema)
    if "properties" in out:
        out["properties"] = {k: resolve(files, home, v, f"{where}.{k}", depth + 1) for k, v in out["properties"].items()}
    for key in ("items", "additionalProperties"):
        if key in out:
            out[key] = resolve(files, home, out[key], f"{where}.{key}", depth + 1)
    return out


def find(schema, path):
    """The schema of a dotted path below an object, or None."""
    for part in path.split("."):
        schema = schema.get("properties", {}).get(part)
        if schema is None:
            return None
    return schema


def lint_rules(schema, where):
    for rule in schema.get("x-howdah-rules", []):
        forms = RULE_FORMS & rule.keys()
        at = f"{where} rule {rule.get('id')}"
        if len(forms) != 1 or not {"id", "message"} <= rule.keys() or rule.keys() - forms - {"id", "message", "within", "unless"}:
            say(at, "needs id, message and exactly one form")
            continue
        form = forms.pop()
        body = rule[form]
        paths = {"requires": lambda b: [b["when"]["path"], b["then"]["path"]],
                 "forbids": lambda b: [b["when"]["path"], b["then"]["path"]],
                 "oneOf": list, "lessOrEqual": list, "less": list, "differ": list, "immutable": lambda b: [b], "growsOnly": lambda b: [b]}[form](body)
        for path in paths + [rule[k] for k in ("within", "unless") if k in rule]:
            if find(schema, path) is None:
                say(at, f"path {path} is not a field")
        if form in ("requires", "forbids"):
            for side in ("when", "then"):
                target = find(schema, body[side]["path"]) or {}
                values = body[side].get("in", [body[side]["equals"]] if "equals" in body[side] else [])
                for value in values:
                    if "enum" in target and value not in target["enum"]:
                        say(at, f"{value} is not a value of {body[side]['path']}")


def lint_absent(schema, where):
    """An optional field has a default, or says what holds without it. Lists and maps are empty then, objects whose
    fields are all optional have none of them; a layer lacks what the layers below it say."""
    if not {"default", "x-howdah-pending", "x-howdah-layer", "additionalProperties", "items"} & schema.keys() \
            and (schema["type"] != "object" or "required" in schema) and not ABSENT.search(schema.get("description", "")):
        say(where, "optional, but neither a default nor a word of what holds without it")


def lint(schema, where, is_field, ids, pending=False):
    """One resolved schema node and all below it."""
    pending = pending or "x-howdah-pending" in schema
    unknown = schema.keys() - STRUCTURE - OWN
    if unknown:
        say(where, f"unknown keys {sorted(unknown)}")
    kind = schema.get("type")
    if kind not in ("object", "array", "string", "integer", "boolean"):
        say(where, f"type is {kind}")
        return
    if is_field and not schema.get("description", "").strip():
        say(where, "no description")
    if "\n" in schema.get("description", ""):
        say(where, "description has a line break")
    leaf = kind not in ("object", "array")
    if leaf and "example" not in schema:
        say(where, "no example")
    for key in ("x-howdah-format", "x-howdah-key-format"):
        if key in schema and schema[key] not in FORMATS:
            say(where, f"unknown format {schema[key]}")
    if kind == "integer" and not {"minimum"} <= schema.keys() and "enum" not in schema:
        say(where, "integer without range")
    if kind == "integer" and "x-howdah-unit" not in schema and re.split(r"[.\[#]", where.rstrip("[]"))[-1] not in NAMES:
        say(where, "integer without unit")
    if schema.get("x-howdah-format") in ("bytes", "cpu", "duration"):
        if not where.startswith("AgentConfig") and not {"x-howdah-min", "x-howdah-max"} <= schema.keys():
            say(where, "quantity without range")
        for key in ("example", "default"):
            if key in schema and not in_range(schema, schema[key]):
                say(where, f"{key} is out of range")
    if kind == "string" and not {"enum", "x-howdah-format", "pattern", "maxLength"} & schema.keys():
        say(where, "string without bound")
    if "pattern" in schema and re.search(r"\\[dwsbDWSB]", schema["pattern"]):
        say(where, "pattern is no POSIX expression")
    if kind == "object":
        props = schema.get("properties", {})
        must = {*schema.get("required", []), *schema.get("x-howdah-complete", [])}
        if not props and "additionalProperties" not in schema:
            say(where, "object without fields")
        for name in list(schema.get("required", [])) + list(schema.get("x-howdah-complete", [])):
            if name not in props:
                say(where, f"{name} is required and not a field")
        short = schema.get("x-howdah-shorthand")
        if short and props.get(short, {}).get("type") in (None, "object", "array"):
            say(where, f"shorthand {short} is no scalar field")
        if "additionalProperties" in schema and "x-howdah-key-format" not in schema and not where.startswith("AgentConfig"):
            say(where, "free keys without x-howdah-key-format")
        lint_rules(schema, where)
        for rule in schema.get("x-howdah-rules", []):
            ids.setdefault(rule["id"], set()).add(rule["message"])
        for name, child in props.items():
            if "_" in name and not re.search("patroni|dynamic", where):
                say(f"{where}.{name}", "field names are camelCase")
            lint(child, f"{where}.{name}", True, ids, pending)
            # what the agent says or reads is written whole, by programs
            if name not in must and not pending and not re.match(r"AgentConfig|.*#|.*[.]status", where):
                lint_absent(child, f"{where}.{name}")
        if "additionalProperties" in schema:
            lint(schema["additionalProperties"], f"{where}.*", True, ids)
    if kind == "array":
        if "items" not in schema:
            say(where, "array without items")
            return
        merge = schema.get("x-howdah-merge")
        if merge and merge not in schema["items"].get("required", []):
            say(where, f"merge key {merge} is not required in its items")
        if "maxItems" not in schema:
            say(where, "array without maxItems")
        lint(schema["items"], f"{where}[]", True, ids)
    if "x-howdah-values" in schema and set(schema["x-howdah-values"]) != set(schema.get("enum", [])):
        say(where, "x-howdah-values and enum differ")
    validator = jsonschema.Draft202012Validator(to_json(schema, False))
    for key in ("example", "default"):
        if key in schema:
            for error in validator.iter_errors(long_form(schema, schema[key])):
                say(where, f"{key} is not valid: {error.message}")


# ---------------------------------------------------------------- JSON Schema

def to_json(schema, layer):
    """JSON Schema of a resolved schema, for values in their long form."""
    layer = layer or schema.get("x-howdah-layer", False)
    kind = schema.get("type")
    if kind == "string":
        out = {"type": "string"}
        patterns = [schema["pattern"]] if "pattern" in schema else []
        if schema.get("x-howdah-format") in FORMATS:
            patterns.append(FORMATS[schema["x-howdah-format"]])
        if patterns:
            out["allOf"] = [{"pattern": p} for p in patterns]
        for key in ("enum", "minLength", "maxLength"):
            if key in schema:
                out[key] = schema[key]
        return out
    if kind in ("integer", "boolean"):
        return {k: schema[k] for k in ("type", "enum", "minimum", "maximum") if k in schema}
    if kind == "array":
        out = {"type": "array", "items": to_json(schema["items"], layer)}
        for key in ("minItems", "maxItems", "uniqueItems"):
            if key in schema:
                out[key] = schema[key]
        return out
    if kind != "object":
        return {}
    out = {"type": "object", "additionalProperties": False}
    props = {}
    for name, child in schema.get("properties", {}).items():
        if layer and child.get("x-howdah-source") == "intent":
            props[name] = {"not": {}}
        elif "x-howdah-pending" in child:
            props[name] = {"not": {}}
        else:
            props[name] = to_json(child, layer)
    if props:
        out["properties"] = props
    if "additionalProperties" in schema:
        out["additionalProperties"] = to_json(schema["additionalProperties"], layer)
        key_format = FORMATS.get(schema.get("x-howdah-key-format"))
        if key_format:
            out["propertyNames"] = {"pattern": key_format}
    if "required" in schema and not layer:
        out["required"] = list(schema["required"])
    for key in ("minProperties", "maxProperties"):
        if key in schema and not layer:
            out[key] = schema[key]
    return out


def long_form(schema, value):
    """The value with every shorthand written out and every scalar typed by the schema."""
    kind = schema.get("type")
    if kind == "object":
        short = schema.get("x-howdah-shorthand")
        if short and isinstance(value, (str, int)):
            value = {short: value}
        if not isinstance(value, dict):
            return value
        props = schema.get("properties", {})
        free = schema.get("additionalProperties")
        return {k: long_form(props.get(k, free or {}), v) for k, v in value.items()}
    if kind == "array" and isinstance(value, list):
        return [long_form(schema["items"], v) for v in value]
    if isinstance(value, Plain):
        if kind == "integer" and re.fullmatch(r"-?(0|[1-9][0-9]*)", value):
            return int(value)
        if kind == "boolean" and value in ("true", "false"):
            return value == "true"
        return str(value)
    return value


def merge(schema, low, high):
    """high over low by the schema's merge keys."""
    if isinstance(low, dict) and isinstance(high, dict):
        out = copy.deepcopy(low)
        props = schema.get("properties", {})
        free = schema.get("additionalProperties", {})
        for key, value in high.items():
            out[key] = merge(props.get(key, free), out[key], value) if key in out else value
        return out
    key = schema.get("x-howdah-merge")
    if key and isinstance(low, list) and isinstance(high, list):
        out = {item[key]: item for item in low}
        for item in high:
            out[item[key]] = merge(schema["items"], out[item[key]], item) if item[key] in out else item
        return [out[k] for k in sorted(out)]
    return high


# ---------------------------------------------------------------- cross-field rules and completeness

def at(value, path):
    for part in path.split("."):
        if not isinstance(value, dict) or part not in value:
            return None
        value = value[part]
    return value


UNITS = {"": 1, "m": 0.001, "k": 1e3, "Ki": 2**10, "M": 1e6, "Mi": 2**20, "G": 1e9, "Gi": 2**30, "T": 1e12, "Ti": 2**40,
         "P": 1e15, "Pi": 2**50}


def number(value):
    if isinstance(value, int):
        return value
    m = re.match(r"^([0-9.]+)([a-zA-Z]*)$", str(value))
    return float(m.group(1)) * UNITS[m.group(2)] if m and m.group(2) in UNITS else None


def amount(schema, value):
    """The value of a bytes, cpu or duration text as a number."""
    if schema.get("x-howdah-format") == "duration":
        m = re.match(r"^([0-9]+)(s|m|h|d)$", value)
        return int(m.group(1)) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[m.group(2)]
    return number(value)


def in_range(schema, value):
    low, high = (amount(schema, schema[k]) if k in schema else None for k in ("x-howdah-min", "x-howdah-max"))
    n = amount(schema, value)
    return (low is None or n >= low) and (high is None or n <= high)


def holds(cond, value):
    v = at(value, cond["path"])
    if "set" in cond:
        return (v is not None) == cond["set"]
    if v is None:
        return False
    if "equals" in cond:
        return v == cond["equals"]
    if "in" in cond:
        return v in cond["in"]
    n = number(v)
    tests = {"atLeast": lambda b: n >= b, "above": lambda b: n > b, "atMost": lambda b: n <= b, "below": lambda b: n < b}
    return all(tests[k](cond[k]) for k in cond if k in tests)


def judge(schema, value, where, layer=False):
    """x-howdah-rules, ranges and x-howdah-complete of a finished spec."""
    if isinstance(value, list) and schema.get("type") == "array":
        for i, item in enumerate(value):
            judge(schema["items"], item, f"{where}[{i}]", layer)
    if isinstance(value, str) and "x-howdah-min" in schema and not in_range(schema, value):
        say(where, f"{value} is not within {schema['x-howdah-min']} to {schema['x-howdah-max']}")
    if not isinstance(value, dict):
        return
    layer = layer or schema.get("x-howdah-layer", False)
    for rule in [] if layer else schema.get("x-howdah-rules", []):
        bad = ("requires" in rule and holds(rule["requires"]["when"], value) and not holds(rule["requires"]["then"], value)
               or "forbids" in rule and holds(rule["forbids"]["when"], value) and holds(rule["forbids"]["then"], value)
               or "oneOf" in rule and sum(at(value, p) is not None for p in rule["oneOf"]) != 1)
        if "lessOrEqual" in rule:
            a, b = (at(value, p) for p in rule["lessOrEqual"])
            bad = a is not None and b is not None and number(a) > number(b)
        if "less" in rule:
            a, b = (at(value, p) and amount(find(schema, p), at(value, p)) for p in rule["less"])
            bad = a is not None and b is not None and a >= b
        if "differ" in rule:
            a, b = (at(value, p) for p in rule["differ"])
            bad = a is not None and a == b
        if bad:
            say(where, f"{rule['id']}: {rule['message']}")
    for name in [] if layer else schema.get("x-howdah-complete", []):
        if name not in value:
            say(where, f"{name} is not set by any layer")
    props = schema.get("properties", {})
    for key, child in value.items():
        sub = props.get(key, schema.get("additionalProperties"))
        if sub:
            judge(sub, child, f"{where}.{key}", layer)


def validate(schema, value, where, layer=False):
    before = len(found)
    for error in jsonschema.Draft202012Validator(to_json(schema, layer)).iter_errors(long_form(schema, value)):
        say(where, f"{'.'.join(str(p) for p in error.absolute_path) or '.'}: {error.message[:200]}")
    return len(found) == before


# ---------------------------------------------------------------- repositories

def matches(pattern, env, namespace):
    name = pattern
    if "/" in pattern:
        want, name = pattern.split("/", 1)
        if not re.fullmatch(want.replace("*", ".*"), env):
            return None
    if not re.fullmatch(name.replace("*", ".*"), namespace):
        return None
    return ("/" in pattern, len(name.replace("*", "")), -name.count("*"))


def best(patterns, env, namespace):
    fits = sorted((matches(p, env, namespace), p) for p in patterns if matches(p, env, namespace))
    return fits[-1][1] if fits else None


def check_repository(root, schemas, tiers, builtin):
    platform_path = os.path.join(root, "platform.yaml")
    platform = read(platform_path)
    if platform is None or not validate(schemas["Platform"], platform, platform_path):
        return 0
    spec_schema = schemas["Platform"]["properties"]["spec"]
    spec = merge(spec_schema, builtin, long_form(spec_schema, platform["spec"]))
    judge(spec_schema, spec, platform_path)
    tiers = dict(tiers)
    for path in sorted(glob.glob(os.path.join(root, "presets", "*.yaml"))):
        tier = read(path)
        if tier and validate(schemas["Tier"], tier, path):
            tier = long_form(schemas["Tier"], tier)
            base = tiers.get(tier.get("base"), {"spec": {}, "limits": {}})
            if "base" in tier and tier["base"] not in tiers:
                say(path, f"base {tier['base']} is no tier")
            tiers[tier["metadata"]["name"]] = {
                "spec": merge(cluster_spec(schemas), base["spec"], tier["spec"]),
                "limits": {**base.get("limits", {}), **tier.get("limits", {})}}
    count = 0
    seen = {}
    for path in sorted(glob.glob(os.path.join(root, "intents", "*", "*", "*.yaml"))):
        count += 1
        env, namespace, name = os.path.relpath(path, os.path.join(root, "intents"))[:-5].split(os.sep)
        intent = read(path)
        if intent is None:
            continue
        schema = schemas.get(intent.get("kind"))
        if schema is None or not validate(schema, intent, path):
            continue
        intent = long_form(schema, intent)
        seen[env, namespace, name] = intent
        if (intent["metadata"]["namespace"], intent["metadata"]["name"]) != (namespace, name):
            say(path, "path and metadata disagree")
        if env not in spec["environments"]:
            say(path, f"no environment {env}")
            continue
        pattern = best(spec["namespaces"], env, namespace)
        if pattern is None:
            say(path, f"namespace {namespace} fits no pattern")
            continue
        team = intent["spec"]["team"]
        team_key = team if team in spec["teams"] else "*"
        if team_key not in spec["teams"]:
            say(path, f"no team {team}")
            continue
        allowed = spec["teams"][team_key].get("namespaces")
        if allowed and not any(re.fullmatch(p.replace("*", ".*"), namespace) for p in allowed):
            say(path, f"team {team} may not use namespace {namespace}")
        if intent["kind"] != "PostgresCluster":
            judge(schema, intent, path)
            continue
        check_cluster(path, intent, schemas, spec, tiers, env, pattern, team_key)
    for (env, namespace, name), intent in seen.items():
        check_references(root, env, namespace, name, intent, seen)
    waivers = os.path.join(root, "waivers.yaml")
    if os.path.exists(waivers):
        value = read(waivers)
        if value and validate(schemas["Waiver"], value, waivers):
            for w in value["spec"]["waivers"]:
                if tuple(w["object"].split("/")) not in seen:
                    say(waivers, f"{w['object']} is no intent")
    return count


def cluster_spec(schemas):
    return schemas["PostgresCluster"]["properties"]["spec"]


def check_cluster(path, intent, schemas, spec, tiers, env, pattern, team_key):
    """Layers the intent and judges the finished spec and the limits."""
    tier = tiers.get(intent["spec"]["tier"])
    if tier is None:
        say(path, f"no tier {intent['spec']['tier']}")
        return
    schema = cluster_spec(schemas)
    destination = spec["destinations"][spec["environments"][env]["destination"]]
    final = spec.get("defaults", {})
    classes = sorted(destination["storageClasses"])
    default_class = destination.get("storageClass", classes[0] if len(classes) == 1 else None)
    if default_class:
        final = merge(schema, final, {"storage": {"class": default_class}})
    limits = dict(spec.get("limits", {}))
    for layer in (tier["spec"], spec["environments"][env].get("defaults", {}), spec["teams"][team_key].get("defaults", {}),
                  spec["namespaces"][pattern].get("defaults", {}), intent["spec"]):
        final = merge(schema, final, long_form(schema, layer))
    for more in (tier.get("limits", {}), spec["environments"][env].get("limits", {}),
                 spec["teams"][team_key].get("limits", {}), spec["namespaces"][pattern].get("limits", {})):
        limits.update(more)
    judge(schema, final, path)
    for field, bound in limits.items():
        if bound.get("locked") and at(intent["spec"], field) is not None:
            say(path, f"{field} is locked")
        value = at(final, field)
        if value is None:
            continue
        days = {"s": 1, "m": 60, "h": 3600, "d": 86400}
        is_time = isinstance(value, str) and re.fullmatch(r"[0-9]+[smhd]", value) and field.split(".")[-1] not in ("cpu", "cpuLimit")
        num = (lambda v: int(v[:-1]) * days[v[-1]]) if is_time else number
        if "max" in bound and num(value) > num(bound["max"]):
            say(path, f"{field} {value} is above {bound['max']}")
        if "min" in bound and num(value) < num(bound["min"]):
            say(path, f"{field} {value} is below {bound['min']}")
        if "allowed" in bound and str(value) not in bound["allowed"]:
            say(path, f"{field} {value} is not allowed")
    if final["storage"].get("class") not in destination["storageClasses"]:
        say(path, f"storage class {final['storage'].get('class')} is not at the destination")
    store = final["backup"].get("store")
    if store not in spec["objectStores"]:
        say(path, f"backup.store {store} is no object store")
    elif store not in destination.get("storeEgress", {}):
        say(path, f"the destination has no storeEgress for {store}")
    for name in final.get("parameters", {}):
        if name not in spec["guardrails"]["parameters"]:
            say(path, f"parameter {name} is not on the list")
    if final["scheduling"]["zones"] == "required" and final["instances"] > len(destination.get("zones", [])):
        say(path, "scheduling.zones required, and fewer zones than instances")
    databases = {d["name"] for d in final.get("databases", [])}
    for entry in final.get("access", []):
        if entry.get("database") is None and len(databases) != 1:
            say(path, f"access of {entry['namespace']} must name its database")
        elif entry.get("database", next(iter(databases), None)) not in databases:
            say(path, f"access names no database: {entry['database']}")


def check_references(root, env, namespace, name, intent, seen):
    where = f"{root}/intents/{env}/{namespace}/{name}.yaml"
    if intent["kind"] == "PostgresDatabase":
        host = intent["spec"]["cluster"]
        target = seen.get((env, host["namespace"], host["name"]))
        if target is None:
            say(where, "the host is no intent of this environment")
        elif namespace not in [g["namespace"] for g in target["spec"].get("databasesFrom", [])]:
            say(where, "the host does not list this namespace in databasesFrom")
        return
    for field in ("standby", "restore"):
        ref = intent["spec"].get(field, {})
        if "cluster" in ref:
            key = (ref.get("environment", env), ref.get("namespace", namespace), ref["cluster"])
            if key not in seen:
                say(where, f"{field} names no intent: {'/'.join(key)}")


def check_cases(schemas):
    """tests/schema/good-*.yaml must be valid; each bad-*.yaml must give the text of its first line's `# expect:`."""
    paths = sorted(glob.glob("tests/schema/*.yaml"))
    for path in paths:
        with open(path, encoding="utf-8") as f:
            want = f.readline().partition("# expect: ")[2].strip()
        good = os.path.basename(path).startswith("good-")
        if good == bool(want):
            say(path, "a good case expects nothing, a bad one something")
            continue
        before = len(found)
        value = read(path)
        schema = schemas.get((value or {}).get("kind"))
        if schema is None:
            say(path, "no kind")
        elif validate(schema, value, path):
            value = long_form(schema, value)
            # An intent alone is not complete: only its rules and ranges count here.
            judge(schema, value, path)
            found[before:] = [line for line in found[before:] if "not set by any layer" not in line]
        said = found[before:]
        if not good:
            del found[before:]
            if not any(want in line for line in said):
                say(path, f"expected '{want}', got {said}")
    return len(paths)


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    os.chdir(root)
    files = {f"{k}.yaml": read(f"schema/{k}.yaml", Loader) for k in KINDS}
    if None in files.values():
        print("\n".join(found))
        return 1
    schemas = {}
    ids = {}
    fields = 0
    for kind in KINDS:
        doc = files[f"{kind}.yaml"]
        for key in ("kind", "group", "version", "scope", "plural", "description", "schema"):
            if key not in doc:
                say(f"schema/{kind}.yaml", f"no {key}")
        schemas[kind] = resolve(files, f"{kind}.yaml", doc["schema"], kind)
        lint(schemas[kind], kind, True, ids)
        for name, definition in doc["definitions"].items():
            lint(resolve(files, f"{kind}.yaml", definition, f"{kind}#{name}"), f"{kind}#{name}", True, ids)
        if "status" in doc:
            status = resolve(files, f"{kind}.yaml", doc["status"], f"{kind}.status")
            lint(status, f"{kind}.status", True, ids)
            for column in doc.get("printer", []):
                parts = re.sub(r"\[\?.*\]", "", column["path"]).strip(".").split(".")
                node = {"spec": schemas[kind]["properties"]["spec"], "status": status}.get(parts[0])
                for part in parts[1:]:
                    node = (node or {}).get("properties", (node or {}).get("items", {}).get("properties", {})).get(part)
                if parts[0] != "metadata" and node is None:
                    say(f"{kind} column {column['name']}", "path is no field")
    for rule_id, messages in ids.items():
        if len(messages) > 1:
            say(f"rule {rule_id}", "two rules of one id")
    tiers = {}
    for path in sorted(glob.glob("revisions/*/tiers/*.yaml")):
        tier = read(path)
        if tier and validate(schemas["Tier"], tier, path):
            tier = long_form(schemas["Tier"], tier)
            tiers[tier["metadata"]["name"]] = {"spec": tier["spec"], "limits": tier.get("limits", {})}
    builtin = {}
    spec_schema = schemas["Platform"]["properties"]["spec"]
    for path in sorted(glob.glob("presets/*.yaml")):
        doc = read(path)
        if doc and validate(schemas["Platform"], doc, path, layer=True):
            builtin = merge(spec_schema, builtin, long_form(spec_schema, doc["spec"]))
    intents = 0
    for root_dir in sorted(glob.glob("examples/*/")):
        if os.path.exists(root_dir + "platform.yaml"):
            intents += check_repository(root_dir.rstrip("/"), schemas, tiers, builtin)
    cases = check_cases(schemas)
    for line in found:
        print(line)
    print(f"schema_lint: {len(KINDS)} kinds, {len(tiers)} tiers, {intents} intents, {cases} cases, {len(ids)} rules, {len(found)} findings")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
