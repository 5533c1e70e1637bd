#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The authority of a real cluster is changed, with another key, by rotate-ca: everybody trusts it before anybody serves what it signed. TAP.

Real: PostgreSQL, Patroni, PgBouncer, the agents, TLS. cert-manager and the kubelet are played here, some seconds late."""
import os, socket, ssl, struct, sys, threading, time
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
import tap
import cluster, place
from cluster import ADDRESS, MEMBERS, NS, POOLERS

CERTIFICATES = "/apis/cert-manager.io/v1/namespaces/%s/certificates/" % NS
TRUST = "/api/v1/namespaces/%s/configmaps/shared-trust" % NS
LEAVES = {"shared-server": ["server"], "shared-superuser": ["postgres"], "shared-replication": ["standby"], "shared-pooler": []}
SERVERS = [(n, port) for n in MEMBERS for port in (5432, 8008, 8010)] + [(n, port) for n in POOLERS for port in (6432, 8010)]
OWN = "  trust: {configMap: shared-trust, overlap: %%s, caSecret: shared-ca, caCertificate: shared-ca, leaves: [%s]}\n" % ", ".join(LEAVES)

def served(name, port, trust):
    """The certificate that a port serves, verified by the file TRUST: (serial, issuer), or why not."""
    tls = ssl.create_default_context(cafile=trust)
    tls.check_hostname = False
    try:
        with socket.create_connection((ADDRESS[name], port), timeout=5) as s:
            if port in (5432, 6432):
                s.sendall(struct.pack("!ii", 8, 80877103))
                if s.recv(1) != b"S": return None, "no TLS"
            with tls.wrap_socket(s) as t:
                cert = t.getpeercert()
                return cert["serialNumber"], dict(x[0] for x in cert["issuer"])["commonName"]
    except (OSError, ssl.SSLError) as e: return None, str(e)

class Issuer(threading.Thread):
    """cert-manager: what is Issuing gets issued, by the authority as it is then."""
    def __init__(self, c):
        super().__init__(daemon=True)
        self.c, self.authority, self.over, self.issued = c, "ca", False, []
        began = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 3600))
        for name in ["shared-ca", *LEAVES]: c.api.put(CERTIFICATES + name, status={"conditions": [{"type": "Ready", "status": "True"}], "notBefore": began})

    def run(self):
        while not self.over:
            for name in ["shared-ca", *LEAVES]:
                status = self.c.api.objects[CERTIFICATES + name]["status"]
                if not any(x["type"] == "Issuing" and x["status"] == "True" for x in status["conditions"]): continue
                time.sleep(1)
                self.issue(name)
                self.issued.append((name, time.time()))
                status["notBefore"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
                status["conditions"] = [x for x in status["conditions"] if x["type"] != "Issuing"]
            time.sleep(0.2)

    def issue(self, name):
        c = self.c
        if name == "shared-ca":
            place.authority(c.pki, "next")
            self.authority = "next"
            for n in MEMBERS: c.pods[n].put("/etc/howdah/tls/authority/ca.crt", open(c.pki + "/next.crt").read())
            with open(c.trust, "a") as f: f.write(open(c.pki + "/next.crt").read())
        for n in MEMBERS:
            for part in LEAVES.get(name, []): c.issue(n, part, self.authority)
        if name == "shared-pooler":
            for n in POOLERS: c.issue(n, None, self.authority)

class Watcher(threading.Thread):
    """Each pod goes on to trust what the others serve, by the bundle that lies in it."""
    def __init__(self, c):
        super().__init__(daemon=True)
        self.c, self.over, self.done, self.failed = c, False, 0, []

    def run(self):
        while not self.over:
            for viewer in MEMBERS + POOLERS:
                for name, port in SERVERS:
                    serial, why = served(name, port, self.c.pods[viewer].dir + "/etc/howdah/trust/ca.crt")
                    self.done += 1
                    if not serial and "CERTIFICATE_VERIFY" in why: self.failed.append((viewer, name, port, why))
            time.sleep(0.2)

def order(c, overlap, operations=""):
    text = c.orders.replace("  trust: {configMap: shared-trust, overlap: 30d}\n", OWN % overlap)
    text = text.replace("  endpoints:\n    -", "  endpoints:\n    - {name: patroni, protocol: https, host: shared-primary.team-shared.svc.cluster.local, port: 8008, directory: /etc/howdah/tls/server}\n    -", 1)
    text = text.replace("[{id: accept-2026-03-03, action: accept-restore}]", "[%s]" % operations)
    c.order(text)

def entry(c, name): return next((o for o in c.api.record.get("status", {}).get("operations", []) if o["id"] == name), {})

def begin(c, t):
    for name in MEMBERS: c.pods[name].put("/etc/howdah/tls/authority/ca.crt", open(c.pki + "/ca.crt").read())
    c.api.put(TRUST, data={"ca.crt": open(c.pki + "/ca.crt").read()})
    c.held = set()
    def bring(data):
        for name in MEMBERS + POOLERS:
            if name not in c.held: c.pods[name].put("/etc/howdah/trust/ca.crt", data["ca.crt"])
    c.kubelet = cluster.Kubelet(c)
    c.kubelet.watch(TRUST, bring)
    c.issuer, c.watcher = Issuer(c), Watcher(c)
    for thread in (c.kubelet, c.issuer): thread.start()
    order(c, "30d")
    for name in MEMBERS + POOLERS: c.agent(name)
    c.load()
    c.reset()
    c.until(lambda: "incarnation" in c.api.record.get("status", {}), 60, "a status")
    c.watcher.start()

def stops(c, t):
    """One pooler does not get the new bundle: nothing that the new authority signed is asked for."""
    c.held = {POOLERS[1]}
    order(c, "30d", "{id: ca-1, action: rotate-ca}")
    c.until(lambda: POOLERS[1] in entry(c, "ca-1").get("message", ""), 90, "the pooler is named")
    text = c.api.objects[TRUST]["data"]["ca.crt"]
    t.ok(text.count("BEGIN CERTIFICATE") == 2, "the bundle carries both authorities")
    time.sleep(15)
    t.ok([n for n, _ in c.issuer.issued] == ["shared-ca"], "while one pooler does not trust it nothing else is issued: %s" % entry(c, "ca-1").get("message"), c.issuer.issued)
    t.ok({served(n, p, c.trust)[1] for n, p in SERVERS} == {"ca"}, "and all serve what the old one signed")

def goes_on(c, t):
    before = {s: served(*s, c.trust)[0] for s in SERVERS}
    killed = c.leader()
    c.held = set()
    c.pods[POOLERS[1]].put("/etc/howdah/trust/ca.crt", c.api.objects[TRUST]["data"]["ca.crt"])
    c.until(lambda: len(c.issuer.issued) > 1, 90, "a certificate")
    c.pods[killed].kill("agent")            # in the middle of it
    time.sleep(1)
    c.agent(killed)
    try: c.until(lambda: entry(c, "ca-1").get("state") == "Done", 150, "the end of it")
    except RuntimeError: pass
    e = entry(c, "ca-1")
    t.ok(e.get("state") == "Done" and "5 use" in e.get("message", ""), "it is done: %s" % e.get("message"), e)
    after = {s: served(*s, c.pki + "/next.crt") for s in SERVERS}
    t.ok(all(a[0] and a[1] == "next" and a[0] != before[s] for s, a in after.items()), "each of %d ports serves a certificate of the new authority" % len(SERVERS), after)
    names = [n for n, _ in c.issuer.issued]
    t.ok(sorted(names) == sorted(["shared-ca", *LEAVES]), "each was issued once, though the agent was killed: %s" % names)
    t.ok(c.api.condition("CertificatesHealthy") == ("True", "CertificatesFine"), "all is well: %s" % (c.api.condition("CertificatesHealthy"),))

def ends(c, t):
    t.ok(c.api.objects[TRUST]["data"]["ca.crt"].count("BEGIN CERTIFICATE") == 2, "within the overlap both are trusted")
    order(c, "1s", "{id: ca-1, action: rotate-ca}")
    c.until(lambda: c.api.objects[TRUST]["data"]["ca.crt"].count("BEGIN CERTIFICATE") == 1, 120, "the old one goes")
    t.ok(c.api.objects[TRUST]["data"]["ca.crt"] == open(c.pki + "/next.crt").read(), "behind it the new one alone")
    c.until(lambda: all(open(c.pods[n].dir + "/run/howdah/trust.crt").read() == open(c.pki + "/next.crt").read() for n in MEMBERS), 60, "in each member")
    time.sleep(12)
    failed, wait, errors = c.suffered()
    t.ok(failed == 0, "no statement of an application failed, the longest wait was %.1f s" % wait, errors)
    t.ok(not c.watcher.failed, "in %d handshakes nobody met a certificate that it did not trust" % c.watcher.done, c.watcher.failed[:5])
    t.ok(c.healthy(), "and the replicas follow")

cluster.main(tap, "another authority of a real cluster", (begin, stops, goes_on, ends))
