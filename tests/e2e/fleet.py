# SPDX-License-Identifier: Apache-2.0
"""What a platform repository compiles to: its destinations, directories and objects; and schemas of howdah's own kinds."""
import glob, json, os, shutil, subprocess
import yaml
from testbed import LOADER, ROOT, Objects, files_of

HOWDAH = os.environ.get("HOWDAH") or ROOT + "/build/release/howdah"

def load(path):
    with open(path) as f: return yaml.load(f, LOADER)

def compile(source, out):
    """(exit code, messages)"""
    p = subprocess.run([HOWDAH, "compile", "-C", source, "-o", out, "--as-of", "2026-11-01"], capture_output=True, text=True)
    return p.returncode, p.stdout + p.stderr

class Fleet:
    def __init__(self, source, out):
        self.source, self.out = source, out
        self.platform = load(source + "/platform.yaml")["spec"]

    def destinations(self): return sorted(self.platform["destinations"])

    def environments(self, destination):
        return sorted(e for e, v in self.platform["environments"].items() if v["destination"] == destination)

    def platform_dir(self, destination): return os.path.join(self.out, "destinations", destination, "platform")

    def sync_dir(self, destination): return os.path.join(self.out, "destinations", destination, "sync")

    def cluster_dirs(self, destination):
        """All <environment>/<namespace>/<cluster>[.access] of a destination."""
        return [d for e in self.environments(destination) for d in sorted(glob.glob(os.path.join(self.out, e, "*", "*"))) if os.path.isdir(d)]

    def files(self, directories): return [f for d in directories for f in files_of(d)]

    def objects(self, directories): return Objects.read(self.files(directories))

    def all_files(self):
        return [p for p in sorted(glob.glob(self.out + "/**/*.yaml", recursive=True)) if os.path.basename(p) != "kustomization.yaml"]

    def surroundings(self, destination):
        """What the destination is said to have already: storage classes, and namespaces that are not howdah's."""
        classes = [{"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": name}, "provisioner": "test.example/disk",
                    "volumeBindingMode": "WaitForFirstConsumer", "allowVolumeExpansion": bool(c.get("expansion"))}
                   for name, c in sorted(self.platform["destinations"][destination]["storageClasses"].items())]
        objects = self.objects([self.platform_dir(destination), self.sync_dir(destination), *self.cluster_dirs(destination)])
        made = {o.name for o in objects if o.kind == "Namespace"}
        needed = sorted({o.namespace for o in objects if o.namespace} - made)
        restricted = {"pod-security.kubernetes.io/" + mode: "restricted" for mode in ("enforce", "warn")}
        return classes + [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": n, "labels": restricted}} for n in needed]

def closed(schema):
    """A CRD's schema in the strict form of schema/kubernetes: closed objects, int-or-string and quantities spelt out."""
    if isinstance(schema, list): return [closed(s) for s in schema]
    if not isinstance(schema, dict): return schema
    s = {k: closed(v) if k in ("items", "additionalProperties", "allOf", "anyOf", "oneOf", "not") else v for k, v in schema.items()
         if not k.startswith("x-") and k not in ("default", "description", "example", "format", "nullable")}
    if "properties" in schema:
        s["properties"] = {k: closed(v) for k, v in schema["properties"].items()}
        if "additionalProperties" not in s and not schema.get("x-kubernetes-preserve-unknown-fields"): s["additionalProperties"] = False
    if schema.get("x-kubernetes-int-or-string"): s["type"] = ["integer", "string"]
    return s

def schemas_with_own(fleet, into):
    """A copy of schema/kubernetes with the kinds of the emitted CustomResourceDefinitions added."""
    shutil.copytree(ROOT + "/schema/kubernetes", into)
    with open(into + "/index.json") as f: index = json.load(f)
    with open(into + "/v1/configmap_v1.json") as f: metadata = json.load(f)
    for crd in Objects.read(glob.glob(fleet.out + "/destinations/*/platform/customresourcedefinition-*.yaml")):
        spec = crd.body["spec"]
        for version in spec["versions"]:
            kind, api = spec["names"]["kind"], spec["group"] + "/" + version["name"]
            path = "%s/%s_%s.json" % (spec["group"], kind.lower(), version["name"])
            schema = closed(version["schema"]["openAPIV3Schema"])
            schema["properties"].update({"apiVersion": {"const": api}, "kind": {"const": kind}, "metadata": metadata["properties"]["metadata"]})
            schema["required"] = sorted({"apiVersion", "kind", "metadata", *schema.get("required", [])})
            schema["definitions"] = metadata.get("definitions", {})
            os.makedirs(os.path.join(into, spec["group"]), exist_ok=True)
            with open(os.path.join(into, path), "w") as f: json.dump(schema, f)
            index["kinds"]["%s %s" % (api, kind)] = {"apiVersion": api, "kind": kind, "file": path, "scope": spec["scope"], "source": "howdah"}
    with open(into + "/index.json", "w") as f: json.dump(index, f)
    return into
