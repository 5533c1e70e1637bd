#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""fields.py [--list] - every field of PostgresCluster, PostgresDatabase, Platform, Tier and Waiver that is not pending
has a case golden/field/KIND/PATH that sets it and stores how the output changes, or a reason below why not. TAP; --list prints the
fields. PATH leaves out [] of lists and names of free maps: databases.roles.name, destinations.dns.port."""
import glob, os, re, sys
import yaml
sys.dont_write_bytecode = True
import tap

ROOT = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))

# Fields whose effect no case can store.
NO_CASE = {
    "Platform/images.sets.podRevision": "only revision 1 is there; messages/images-none shows an unknown one",
    "Platform/images.sets.postgres.contract": "one contract for each image is there",
    "Platform/images.sets.pooler.contract": "one contract for each image is there",
    "Platform/images.sets.exporter.contract": "one contract for each image is there",
    "Platform/images.sets.agent.contract": "howdah's own image has none",
}

# Fields that no object shows, and why that is right. Any other case must show a difference.
JUDGED = "it only judges: what it refuses is an error, see golden/messages"
PEOPLE = "for people who read the file"
PRICES = "no object has a price: the case stores what howdah cost prints"
NO_EFFECT = {
    **{"Platform/%slimits.%s" % (where, what): JUDGED for where in ("", "environments.", "namespaces.", "teams.") for what in ("locked", "min", "max", "allowed")},
    **{"Platform/teams.budget." + what: JUDGED for what in ("clusters", "cpu", "memory", "storage", "monthly")},
    **{"Platform/guardrails." + what: JUDGED for what in ("extensions", "parameters", "unpinnedImages", "versions", "registries", "maxWindow", "scanReport",
                                                           "retention.internal", "retention.confidential", "retention.regulated")},
    **{"Platform/rates." + what: PRICES for what in ("currency", "cpu", "memory", "storage", "backup", "backupRatio", "backupReport", "crossZone", "walRatio")},
    **{"Tier/limits." + what: JUDGED for what in ("locked", "min", "max", "allowed")},
    "Tier/description": PEOPLE,
    **{"Waiver/spec.waivers." + what: PEOPLE for what in ("owner", "reason", "ticket")},
    "Platform/policies.severity": JUDGED,
    "Platform/images.sets.endOfLife": JUDGED,
    "Platform/destinations.storageClasses.encrypted": JUDGED,
    "Platform/teams.namespaces": JUDGED,
    "Platform/images.sets.versions": JUDGED,
    "Platform/destinations.storageClasses.expansion": JUDGED,
    "Platform/objectStores.formerEndpoints": "it is the guard's",
    "Platform/destinations.zones": "it is read by nothing that is emitted",
    "Platform/destinations.description": PEOPLE,
    "Platform/environments.description": PEOPLE,
    "Platform/images.sets.description": PEOPLE,
    "Platform/support.contact": PEOPLE,
    "Platform/teams.owner": PEOPLE,
    "Platform/teams.onCall": "alert routes are not emitted yet",
    "Platform/teams.dataClass": JUDGED,
    "Platform/images.sets.agent.user": "the agent runs as the user of the pod it serves",
    "Platform/images.sets.agent.group": "the agent runs as the group of the pod it serves",
}

# Fields that a case can only show by what they refuse.
REFUSED = {
    **{"Waiver/spec.waivers." + what: "the waiver excuses nothing then" for what in ("rule", "object", "field", "expires")},
}

# Fields that change the record and nothing else, and why that is right.
RECORD_ONLY = {
    "PostgresCluster/annotations": "they are the record's",
    "PostgresCluster/retire.owner": PEOPLE,
    "PostgresCluster/retire.reason": PEOPLE,
    "PostgresCluster/ring": "the case has one image set for all rings; Platform/rings.* show its effect",
    "PostgresCluster/standby.incarnation": "the case writes what is the default",
    "PostgresCluster/standby.sourceLost": "it is the guard's",
    "PostgresDatabase/access.database": "the one there is",
    "PostgresDatabase/annotations": "they are the record's",
    "PostgresDatabase/labels": "the record is the only object of its own",
    "PostgresDatabase/team": "the record is the only object of its own",
}

COMMON = ("apiVersion", "kind", "metadata")

class Schemas:
    def __init__(self): self.files = {}
    def file(self, name):
        if name not in self.files:
            with open(ROOT + "/schema/" + name) as f: self.files[name] = yaml.safe_load(f)
        return self.files[name]

    def resolve(self, schema, name):
        """schema without $ref: (schema, the file that its own references are read in)"""
        while "$ref" in schema:
            other, mark, key = schema["$ref"].partition("#")
            if not mark: other, key = name, schema["$ref"]
            beside = {k: v for k, v in schema.items() if k != "$ref"}
            schema, name = {**self.file(other)["definitions"][key], **beside}, other
        return schema, name

    def walk(self, schema, name, path):
        schema, name = self.resolve(schema, name)
        if "x-howdah-pending" in schema: return
        if path and schema.get("x-howdah-layer"): yield path; return
        inner = schema.get("items") or schema.get("additionalProperties")
        if schema.get("properties"):
            for key, value in schema["properties"].items(): yield from self.walk(value, name, (path + "." if path else "") + key)
        elif isinstance(inner, dict) and self.resolve(inner, name)[0].get("type") == "object": yield from self.walk(inner, name, path)
        else: yield path

    def fields(self, kind):
        """The paths below spec; those of a file's kinds below its root."""
        whole = self.file(kind + ".yaml")
        top = whole["definitions"].get("spec") or {**whole["schema"], "properties": {k: v for k, v in whole["schema"]["properties"].items() if k not in COMMON}}
        return list(self.walk(top, kind + ".yaml", ""))

def text(path):
    try:
        with open(path, errors="replace") as f: return f.read()
    except FileNotFoundError: return ""

def judge(name, case):
    """One result: the case shows what the tables above say of its field."""
    diff, refused = text(case + "/want.diff"), os.path.exists(case + "/want.code")
    files = re.findall(r"^\+\+\+ (\S+)", diff, re.M)
    record = bool(files) and all(re.search(r"/postgres(cluster|database)-", f) for f in files)
    if not os.path.exists(case + "/args"): return tap.ok(False, "%s has a case" % name)
    is_so = {"is refused": refused, "changes nothing": not files and not refused, "changes the record only": record, "changes the output": bool(files) and not record}
    wanted = "is refused" if name in REFUSED else "changes nothing" if name in NO_EFFECT else "changes the record only" if name in RECORD_ONLY else "changes the output"
    tap.ok(is_so[wanted], "%s %s" % (name, wanted), "it " + " ".join(k for k in is_so if is_so[k]))

def main():
    schemas, known = Schemas(), set()
    for kind in ("PostgresCluster", "PostgresDatabase", "Platform", "Tier", "Waiver"):
        for field in schemas.fields(kind):
            name = kind + "/" + field
            known.add(name)
            if "--list" in sys.argv: print(name); continue
            case = ROOT + "/golden/field/" + name
            if name in NO_CASE:
                tap.ok(not os.path.exists(case), "%s needs no case: %s" % (name, NO_CASE[name]))
                continue
            judge(name, case)
    for path in sorted(glob.glob(ROOT + "/golden/field/*/*")):
        if "--list" not in sys.argv: tap.ok(os.path.relpath(path, ROOT + "/golden/field") in known, os.path.relpath(path, ROOT) + " is a case of a field")
    if "--list" not in sys.argv: tap.done()

main()
