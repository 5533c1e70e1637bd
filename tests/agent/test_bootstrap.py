#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""test_bootstrap.py [CASE...] - howdah-agent bootstrap against an API in memory and a real S3 server, TAP.

Everything it asks of the API is held against the compiled Role. AGENT_BUILD=asan drives that build.
"""
import json, os, re, shutil, signal, stat, subprocess, sys, tempfile, time
sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.realpath(__file__))
sys.path[:0] = [HERE, os.path.dirname(HERE)]
import bench as benches, tap
from bench import CLUSTER, NAMESPACE

CLAIM, ESCROW = "spilo/prod/team-orders/orders/1/howdah-claim.json", "spilo/prod/team-orders/orders/1/howdah-key-1.pem"
WAL = "spilo/prod/team-orders/orders/1/wal/17/wal_005/000000010000000000000001.lz4"
BUILD = os.environ.get("AGENT_BUILD")
PROGRAM = os.path.join(benches.ROOT, "build", BUILD, "howdah") if BUILD else benches.HOWDAH

def reasons(log): return [json.loads(line).get("reason") for line in log.split("\n") if line.startswith("{") and "reason" in line]

def text(path):
    try:
        with open(path) as f: return f.read()
    except FileNotFoundError: return None

def whole(b, root):
    """What is wrong with what a pod finds when bootstrap let it start, or ''."""
    secrets, wrong = b.secrets(), []
    for name, keys in (("orders-backup-key", ["key"]), ("orders-exporter", ["password"]), ("orders-system", ["replication-password", "superuser-password"]),
                       ("orders-pooler", ["console-password", "pooler-password", "userlist.txt"])):
        if sorted(secrets[name]) != keys: wrong.append("%s has %s" % (name, sorted(secrets[name])))
    for name in ("orders-exporter", "orders-system"):
        wrong += ["%s is weak" % name for v in secrets[name].values() if not re.fullmatch("[A-Za-z0-9_-]{32}", v)]
    pooler = secrets["orders-pooler"]
    if pooler.get("userlist.txt") != '"howdah_console" "%s"\n"howdah_pooler" "%s"\n' % (pooler.get("console-password"), pooler.get("pooler-password")):
        wrong.append("userlist.txt does not hold the passwords")
    key = secrets["orders-backup-key"].get("key", "")
    if not re.fullmatch("[0-9a-f]{64}", key): wrong.append("the backup key is no key")
    if text(root + "/run/howdah/keys/backup-key") != key: wrong.append("the key in /run is another")
    if text(root + "/run/howdah-exporter/password") != secrets["orders-exporter"].get("password"): wrong.append("the exporter's password is another")
    if "BEGIN CERTIFICATE" not in (text(root + "/run/howdah/trust.crt") or ""): wrong.append("no trust in /run")
    for name, value in b.orders()["spec"]["archive"]["envdir"].items():
        if text(root + "/run/etc/wal-e.d/env/" + name) != value: wrong.append("envdir: " + name)
    for path, mode in (("/run/howdah/keys/backup-key", 0o400), ("/run/howdah/trust.crt", 0o644), ("/run/howdah-exporter/password", 0o440)):
        if os.path.exists(root + path) and stat.S_IMODE(os.stat(root + path).st_mode) != mode: wrong.append("mode of " + path)
    asked = subprocess.run([root + "/run/howdah/bin/handover", root + "/run/howdah/agent.sock"], capture_output=True, text=True)
    if (asked.returncode, asked.stderr) != (0, "handover: the agent does not run\n"): wrong.append("the hand-over's program: %s" % asked)
    return "; ".join(wrong)

def opened(b):
    """The key in the escrow, as its recipient reads it."""
    envelope = b.archive().get(ESCROW, b"")
    with open(b.work + "/envelope", "wb") as f: f.write(envelope)
    p = subprocess.run(["openssl", "cms", "-decrypt", "-inform", "PEM", "-in", b.work + "/envelope", "-recip", b.safe[0], "-inkey", b.safe[1]], capture_output=True, text=True)
    return p.stdout

def case_new(b):
    """A new cluster: claimed, filled, escrowed; what was made is never made twice."""
    root = b.pod("orders-0")
    code, log = b.run(root)
    tap.ok(code == 0, "a new cluster may start", log)
    tap.ok(not whole(b, root), "Secrets, keys, trust and wal-g's environment are there", whole(b, root))
    claim = json.loads(b.archive().get(CLAIM, b"{}"))
    tap.ok(claim.get("uid") == b.record()["metadata"]["uid"] and claim.get("incarnation") == 1 and claim.get("keys") == [1],
           "the archive is claimed by the record's uid, the incarnation and the key's id", claim)
    tap.ok(opened(b) == b.secret("orders-backup-key")["key"], "the escrow's recipient can read the backup key")
    trust = b.api.ask("GET", "/api/v1/namespaces/%s/configmaps/orders-trust" % NAMESPACE).get("data", {})
    tap.ok(trust.get("ca.crt") == text(root + "/run/howdah/trust.crt"), "the trust bundle is in its ConfigMap")
    secrets = b.secrets()
    leaks = [v for s in secrets.values() for v in s.values() if v.strip() in log]
    tap.ok(not leaks and secrets["orders-backup-key"]["key"] not in str(b.archive()), "no secret is in the log, or in the bucket")
    before, archive = secrets, b.archive()
    code, log = b.run(b.pod("orders-1"))
    tap.ok(code == 0 and b.secrets() == before and b.archive() == archive, "a second pod takes what is there", log)
    tap.ok(not [r for r in b.calls if r["method"] != "GET"], "and writes nothing", b.calls)

def case_race(b):
    """Ten rounds of three pods at once: one set of passwords, one claim, all agree."""
    bad = []
    for n in range(5):
        b.delete_all()
        shutil.rmtree(b.s3.data + "/walg/spilo", ignore_errors=True)
        b.apply()
        roots = [b.pod("orders-%d" % i) for i in range(3)]
        ended = b.run_all(roots, 60)
        bad += ["round %d: %s" % (n, log[-400:]) for code, log in ended if code != 0]
        bad += ["round %d: %s" % (n, w) for w in (whole(b, r) for r in roots) if w]
        filled = [r for r in b.calls if r["method"] == "PATCH" and "/secrets/" in r["path"] and r["code"] == 200]
        if len(filled) != 4: bad.append("round %d: %d Secrets were written" % (n, len(filled)))
        if opened(b) != b.secret("orders-backup-key").get("key"): bad.append("round %d: the escrow holds another key" % n)
    tap.ok(not bad, "3 pods at once, 5 times: each Secret is written once, all pods have the same", "\n".join(bad))

def case_kill(b):
    """Killed before each of its requests, then run again: the same end, and nothing that was made is made anew."""
    bad, n = [], 0
    while n < 30:
        b.delete_all()
        shutil.rmtree(b.s3.data + "/walg/spilo", ignore_errors=True)
        b.apply()
        root = b.pod("orders-0")
        b.api.requests()
        p = b.begin(root)
        # a kill lands anywhere: after n milliseconds, until bootstrap ends before it comes
        ms = 5 + n * (n + 9) / 4    # close together where a fast machine ends soon, far apart for a slow one
        time.sleep(ms / 1000)
        ended = p.poll() is not None
        p.kill()
        p.communicate()
        made = {name: dict(s) for name, s in b.secrets().items()}
        code, log = b.run(root)
        if code != 0 or whole(b, root): bad.append("killed after %d ms: %s %s" % (ms, log[-300:], whole(b, root)))
        after = b.secrets()
        bad += ["killed after %d ms: %s of %s was made anew" % (ms, k, name) for name, s in made.items() for k, v in s.items() if after[name].get(k) != v]
        if opened(b) != after["orders-backup-key"].get("key"): bad.append("killed after %d ms: the escrow holds another key" % ms)
        n += 1
        if ended: break
    tap.ok(not bad and n > 5, "killed at %d moments and run again: whole, and nothing made anew" % n, "\n".join(bad))

def case_lost(b):
    """All is deleted but the bucket, and the same manifests come back: nothing starts, nothing in the archive changes."""
    b.run(b.pod("orders-0"))
    b.put(WAL)
    archive = b.archive()
    b.delete_all()
    b.apply()
    code, log = b.run(b.pod("orders-0"))
    tap.ok(code == 3, "a cluster that comes back from Git does not start", log)
    said = " ".join(json.loads(line).get("why", "") for line in log.split("\n") if '"stopped"' in line)
    tap.ok("incarnation: 2" in said and "restore: {incarnation: 1}" in said, "it prints the way out", log)
    tap.ok(b.archive() == archive, "no byte below the archive's prefix changed")
    tap.ok(b.secrets()["orders-backup-key"] == {}, "no key is invented")
    ready = b.condition("Ready")
    tap.ok(ready.get("status") == "False" and ready.get("reason") == "ArchiveClaimed" and "incarnation: 2" in ready.get("message", ""), "the record says so", ready)
    before = b.record()["metadata"]["resourceVersion"]
    b.run(b.pod("orders-0"))
    tap.ok(b.record()["metadata"]["resourceVersion"] == before, "and is not written again and again")

def case_lost_data(b):
    """The record stays, volumes and Patroni's objects are gone: the archive is its own, and in use."""
    b.run(b.pod("orders-0"))
    b.put(WAL)
    archive = b.archive()
    code, log = b.run(b.pod("orders-0"))
    tap.ok(code == 3 and "ArchiveInUse" in reasons(log), "data are lost, the archive is not written over", log)
    tap.ok(b.archive() == archive, "the archive is as it was")
    b.initialize()
    code, log = b.run(b.pod("orders-1"))
    tap.ok(code == 0 and not whole(b, b.work + "/pods/orders-1"), "a new volume of a cluster that exists passes", log)

def case_orphans(b):
    """Backups that nobody claimed."""
    b.put(WAL)
    archive = b.archive()
    code, log = b.run(b.pod("orders-0"))
    tap.ok(code == 3 and "ArchiveNotEmpty" in reasons(log) and "incarnation: 2" in log, "backups without a claim stop the pod, with the way out", log)
    tap.ok(b.archive() == archive and b.secrets()["orders-system"] == {}, "nothing is written, nothing is filled")
    shutil.rmtree(b.s3.data + "/walg/spilo")
    b.put(CLAIM, "no JSON")
    code, log = b.run(b.pod("orders-0"))
    tap.ok(code == 3 and "ClaimUnreadable" in reasons(log) and b.archive()[CLAIM] == b"no JSON", "a claim that cannot be read is left alone", log)

def case_fast(b):
    """A pod with data and whole Secrets needs neither API nor store."""
    b.run(b.pod("orders-0"))
    b.initialize()
    root = b.pod("orders-0")
    b.live(root)
    b.api.requests()
    b.s3.stop()
    code, log = b.run(root, KUBERNETES_SERVICE_PORT="1")
    tap.ok(code == 0 and not whole(b, root), "data and whole Secrets: it starts without API and store", log + whole(b, root))
    tap.ok(not b.calls, "and asks nobody", b.calls)
    b.s3.start()

def case_deleted_secret(b):
    """Secrets of a living cluster are deleted: no key is invented, no password either."""
    b.run(b.pod("orders-0"))
    b.initialize()
    b.put(WAL)
    b.api.ask("DELETE", "/api/v1/namespaces/%s/secrets/orders-backup-key" % NAMESPACE)
    b.apply()
    root = b.pod("orders-0")
    b.live(root)
    code, log = b.run(root, 4)
    tap.ok(code is None and reasons(log)[:1] == ["EncryptionKeyLost"] and b.secret("orders-backup-key") == {}, "a lost encryption key is waited for, never invented", log)
    code, log = b.run(b.pod("orders-1"), 4)
    tap.ok(code is None and b.secret("orders-backup-key") == {}, "on a new volume neither", log)
    tap.ok(not [r for r in b.calls if r["method"] != "GET"], "nothing is written")
    b.api.merge("/api/v1/namespaces/%s/secrets/orders-backup-key" % NAMESPACE, {"data": {"key": "YWJj"}})
    code, log = b.run(b.pod("orders-1"), 4)
    tap.ok(code is None and "KeyUnusable" in reasons(log), "a key that is none is refused, with what is allowed", log)
    tap.ok("64 hexadecimal digits" in log and "abc" not in log.replace("abcdef", ""), "and not shown", log)
    b.api.ask("DELETE", "/api/v1/namespaces/%s/secrets/orders-pooler" % NAMESPACE)
    b.api.merge("/api/v1/namespaces/%s/secrets/orders-backup-key" % NAMESPACE, {"data": {"key": "NGE1" * 21 + "Ng=="}})
    b.apply()
    code, log = b.run(b.pod("orders-1"))
    tap.ok(code == 0, "a pooler's Secret keeps no member from starting", log)

def case_away(b):
    """API and store away: it waits, says so, and does not storm."""
    b.s3.stop()
    root = b.pod("orders-0")
    code, log = b.run(root, 8)
    tap.ok(code is None and set(reasons(log)) == {"StoreAway"} and b.secrets()["orders-system"] == {}, "store away: it waits, and invents nothing", log)
    tap.ok(log.count("StoreAway") <= 2 and len(b.calls) < 80, "it says so once, and asks ever less often (%d calls in 8 s)" % len(b.calls))
    ready = b.condition("Ready")
    tap.ok(ready.get("reason") == "StoreAway", "the record says so", ready)
    b.s3.start()
    p = b.begin(root)
    time.sleep(0.1)
    tap.ok(p.wait(20) == 0, "the store is back: it goes on")
    p.communicate()
    b.delete_all()
    shutil.rmtree(b.s3.data + "/walg/spilo")
    b.apply()
    root = b.pod("orders-0")
    b.api.freeze(True)
    p = b.begin(root)
    time.sleep(3)
    tap.ok(p.poll() is None, "API frozen: it waits")
    b.api.freeze(False)
    tap.ok(p.wait(40) == 0 and not whole(b, root), "the API is back: it goes on", whole(b, root))
    p.communicate()
    code, log = b.run(b.pod("orders-1"), 6, KUBERNETES_SERVICE_PORT="1")
    tap.ok(code is None and reasons(log) == ["ApiAway"], "no API server: one line of log", log)

def case_faults(b):
    """Answers that the API gives on a bad day."""
    bad = []
    for fault in ({"code": 500, "times": 3}, {"code": 409, "times": 2, "match": "PATCH .*secrets"}, {"code": 429, "times": 2}, {"drop": 1, "times": 3},
                  {"code": 403, "times": 2}, {"code": 503, "times": 2, "match": "PATCH .*trust"}, {"code": 401, "times": 1}, {"code": 404, "times": 1}):
        b.delete_all()
        shutil.rmtree(b.s3.data + "/walg/spilo", ignore_errors=True)
        b.apply()
        root = b.pod("orders-0")
        b.api.fault(**{"match": "team-orders", **fault})
        code, log = b.run(root, 60)
        b.api.ask("DELETE", "/fake/fault")
        if code != 0 or whole(b, root): bad.append("%s: %s %s" % (fault, log[-600:], whole(b, root)))
    tap.ok(not bad, "500, 409, 429, 403, 503, 401, 404 and cut connections are survived", "\n".join(bad))
    b.delete_all()
    shutil.rmtree(b.s3.data + "/walg/spilo", ignore_errors=True)
    b.apply()
    code, log = b.run(b.pod("orders-0"), 6, AWS_SECRET_ACCESS_KEY="wrong")
    tap.ok(code is None and set(reasons(log)) == {"StoreDenied"} and "403" in log, "a wrong secret key is told as what it is", log)
    code, log = b.run(b.pod("orders-0"), 4, AWS_ACCESS_KEY_ID="")
    tap.ok(code is None and "no credentials" in log, "no credentials are told as what they are", log)

def case_waits(b):
    """Keys that bootstrap may not make; an incarnation that still runs; orders of another."""
    o = b.orders()
    o["spec"]["cluster"]["incarnation"] = 2
    o["spec"]["archive"].update(generateKeys=False, claim=CLAIM.replace("/1/", "/2/"))
    for s in o["spec"]["shells"]:
        if s["purpose"] == "backup-key": s["fill"] = "wait"
    code, log = b.run(b.pod("orders-0", o), 4)
    tap.ok(code is None and reasons(log)[:1] == ["KeysAwaited"] and b.secret("orders-backup-key") == {}, "the key of a restored cluster is waited for", log)
    missing = b.condition("KeysMissing")
    tap.ok(missing.get("status") == "True" and "orders-backup-key" in missing.get("message", ""), "KeysMissing names the Secret", missing)
    tap.ok(sorted(b.secret("orders-system")) == ["replication-password", "superuser-password"], "what may be made is made")
    b.api.merge("/api/v1/namespaces/%s/secrets/orders-backup-key" % NAMESPACE, {"data": {"key": "NGE1" * 21 + "Ngo="}})
    o["spec"]["life"] = {"earlier": [{"n": 1, "scope": "orders", "statefulSet": "orders"}]}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "orders-0", "namespace": NAMESPACE, "labels": {"howdah.dev/scope": "orders"}},
           "spec": {"containers": [{"name": "postgres", "image": "x"}]}}
    b.made("/api/v1/namespaces/%s/pods" % NAMESPACE, pod)
    code, log = b.run(b.pod("orders-i2-0", o), 4)
    tap.ok(code is None and reasons(log)[:1] == ["EarlierAlive"], "an earlier incarnation that runs is waited for", log)
    b.api.ask("DELETE", "/api/v1/namespaces/%s/pods/orders-0" % NAMESPACE)
    code, log = b.run(b.pod("orders-i2-0", o))
    tap.ok(code == 0 and text(b.work + "/pods/orders-i2-0/run/howdah/keys/backup-key") == "4a5" * 21 + "6", "it is gone: the new one starts, with the key that was given", log)
    code, log = b.run(b.pod("orders-0"), 4, scope="orders-i2")
    tap.ok(code is None and reasons(log) == ["OtherIncarnation"], "orders of another incarnation than the pod's are not acted on", log)

def case_wrong(b):
    """Orders and escrow that cannot be used."""
    o = b.orders()
    o["spec"]["archive"]["escrow"][0]["certificate"] = o["spec"]["archive"]["escrow"][0]["certificate"].replace("M", "A", 3)
    code, log = b.run(b.pod("orders-0", o), 4)
    tap.ok(code is None and "EscrowRefused" in reasons(log) and ESCROW not in b.archive(), "a recipient that is none stops before archiving", log)
    root = b.pod("orders-0")
    with open(root + "/etc/howdah/orders/orders.yaml", "a") as f: f.write("x: 1\n")
    code, log = b.run(root, 4)
    tap.ok(code is None and "OrdersRefused" in reasons(log), "orders that are not right are not acted on", log)

CASES = {n[5:]: f for n, f in list(globals().items()) if n.startswith("case_")}

def main(wanted):
    if not benches.gateway(): return tap.skip("bootstrap", "versitygw is not built: tests/testbed/kube-testbed/kube-testbed build")
    if not os.path.exists(benches.agent_of(PROGRAM)): return tap.skip("bootstrap", "%s is not built" % benches.agent_of(PROGRAM))
    for name in wanted or CASES:
        work = tempfile.mkdtemp(prefix="howdah-bootstrap-")
        try:
            with benches.Bench(work, PROGRAM) as b:
                CASES[name](b)
                tap.ok(not b.foreign, name + ": asks nothing that the Role does not allow", "\n".join(b.foreign))
        except Exception as e:
            import traceback
            tap.ok(False, name + ": " + repr(e), traceback.format_exc())
        finally:
            if not os.environ.get("KEEP"): shutil.rmtree(work, ignore_errors=True)

main(sys.argv[1:])
tap.done()
