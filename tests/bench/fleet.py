#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""fleet.py N DIR - a platform repository with N clusters: the demo's platform, teams and namespaces by the dozen.

A function of N alone. Four clusters share a namespace; 45 % run in production; every tier, version 15-18, and the
features that people use: extensions, several databases, readers in other namespaces, parameters, autoscaling,
drills with queries, hibernation, restores in place, standbys in another region, hosts with guests."""
import os, random, sys
import yaml

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
EXTENSIONS = ["pg_trgm", "citext", "pgcrypto", "btree_gist", "unaccent", "hstore", "vector", "postgis"]
PLACES = [("prod", "team", 9), ("dev", "dev", 5), ("staging", "stg", 4), ("prod", "team", 1)]
PER_NAMESPACE, PER_TEAM = 4, 12

def platform(n):
    with open(ROOT + "/examples/demo/platform.yaml") as f: tree = yaml.safe_load(f)
    spec = tree["spec"]
    spec["teams"] = {"t%03d" % t: {"namespaces": ["*-t%03d-*" % t], "owner": "t%03d@example.com" % t, "costCentre": "cc-%04d" % t,
                                   "onCall": "pagerduty:t%03d" % t, "dataClass": ["internal", "confidential"][t % 2]}
                     for t in range((n - 1) // PER_TEAM + 1)}
    spec["teams"]["platform"] = {"namespaces": ["*-shared-*"], "owner": "platform@example.com", "costCentre": "cc-9999", "onCall": "pagerduty:platform"}
    spec["namespaces"] = {e + "/*": {"quota": {"cpu": "2000", "memory": "8Ti", "storage": "200Ti"}} for e in ("prod", "dev", "staging", "dr", "ci")}
    return tree

def place(i):
    """Environment, namespace and team of cluster i."""
    group, team = i // PER_NAMESPACE, i // PER_TEAM
    row, at = PLACES[0], group * 7 % sum(w for _, _, w in PLACES)
    for row in PLACES:
        if at < row[2]: break
        at -= row[2]
    return row[0], "%s-t%03d-%d" % (row[1], team, group), "t%03d" % team

def databases(spec, name, dice):
    more = ["", "audit", "reports"][:1 if dice.random() < 0.7 else dice.randint(2, 3)]
    spec["databases"] = [{"name": name.replace("-", "") + m} for m in more]
    if dice.random() < 0.5: spec["databases"][0]["extensions"] = sorted(dice.sample(EXTENSIONS, dice.randint(1, 3)))

def access(spec, namespace, dice):
    first = spec["databases"][0]["name"]
    spec["access"] = [{"namespace": namespace + "-api", "database": first}]
    if dice.random() < 0.3: spec["access"].append({"namespace": namespace + "-jobs", "database": first, "role": dice.choice(["reader", "writer"])})
    if dice.random() < 0.1: spec["access"].append({"namespace": "reporting", "database": first, "role": "reader", "secret": first + "-db"})

def production(spec, dice):
    spec["tier"] = dice.choices(["small", "medium", "large"], [4, 4, 2])[0]
    if dice.random() < 0.15: spec["autoscale"] = {"min": 1, "max": 2}
    if dice.random() < 0.2: spec["parameters"] = {"statement_timeout": "30s", "work_mem": "%dMB" % dice.choice([8, 16, 32])}
    if dice.random() < 0.1: spec["backup"] = {"drill": {"queries": [{"name": "has-rows", "database": spec["databases"][0]["name"], "sql": "select count(*) > 0 from pg_class"}]}}
    if dice.random() < 0.03: spec.update(incarnation=2, restore={"incarnation": 1, "time": "2026-03-03T09:41:00+01:00"})

def development(spec, dice):
    spec["tier"] = "dev"
    if dice.random() < 0.3: spec["hibernate"] = {"sleep": "0 19 * * mon-fri", "wake": "0 7 * * mon-fri"}

def cluster(i):
    dice, (environment, namespace, team) = random.Random(i), place(i)
    name = dice.choice(["orders", "carts", "billing", "users", "events", "search", "ledger", "stock"]) + "-%d" % i
    spec = {"team": team, "tier": "small", "version": dice.choices([15, 16, 17, 18], [1, 2, 4, 3])[0]}
    databases(spec, name, dice)
    access(spec, namespace, dice)
    if environment == "prod": production(spec, dice)
    if environment == "dev": development(spec, dice)
    return environment, namespace, name, "PostgresCluster", spec

def standby(of):
    environment, namespace, name, kind, spec = of
    return "dr", namespace.replace("team-", "dr-"), name, kind, {
        "team": spec["team"], "tier": spec["tier"], "version": spec["version"], "databases": spec["databases"],
        "standby": {"environment": environment, "namespace": namespace, "cluster": name}}

def shared(i, guest):
    """A host, and a database that the namespace of another cluster has in it."""
    environment, namespace, _, _, other = guest
    home, name = "team-shared-%d" % i, "guest-%d" % i
    yield environment, home, "shared-%d" % i, "PostgresCluster", {
        "team": "platform", "tier": "medium", "version": 17, "databasesFrom": [{"namespace": namespace, "maxConnections": 20, "storage": "20Gi"}]}
    yield environment, namespace, name, "PostgresDatabase", {
        "team": other["team"], "cluster": {"namespace": home, "name": "shared-%d" % i}, "database": {"name": name.replace("-", "")}, "access": [{"namespace": namespace + "-api"}]}

def intents(n):
    """N clusters; every 25th is a standby of the one before, every 40th a host of a guest."""
    last, i = None, 0
    while i < n:
        if last and i % 25 == 24: yield standby(last)
        elif last and i % 40 == 39: yield from shared(i, last)
        else:
            one = cluster(i)
            if one[0] == "prod": last = one
            yield one
        i += 1

def write(path, tree):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as f: yaml.dump(tree, f, Dumper=getattr(yaml, "CSafeDumper", yaml.SafeDumper), sort_keys=False)

def make(n, to):
    write(to + "/platform.yaml", platform(n))
    for environment, namespace, name, kind, spec in intents(n):
        write("%s/intents/%s/%s/%s.yaml" % (to, environment, namespace, name),
              {"apiVersion": "howdah.dev/v1alpha1", "kind": kind, "metadata": {"name": name, "namespace": namespace}, "spec": spec})
    return to

if __name__ == "__main__":
    if len(sys.argv) != 3: sys.exit(__doc__)
    make(int(sys.argv[1]), sys.argv[2])
