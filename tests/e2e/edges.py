# SPDX-License-Identifier: Apache-2.0
"""The connection graph of compiled clusters, held against what a network with enforced policies lets through.

What is allowed is asked of the compiler (`howdah compile --dump-after=model`, graph.edges), never of a list of ours. Every
pod probes every pod, the API server, the object store and addresses outside on every port that any edge names and on some that
none does. A connection must come about exactly where the graphs of both ends allow it: an end that is no component of a cluster
allows everything, unless it stands in a namespace of databases, where the default policy allows nothing."""
import ipaddress, itertools, json, subprocess
from concurrent.futures import ThreadPoolExecutor
import yaml
from fleet import HOWDAH
from testbed import LOADER

SECONDS = 3                                             # after which a packet counts as dropped
NEVER = (22, 5433, 8080)                                # ports that no edge names; listened on by every pod of ours

class Pod:
    def __init__(self, body, container, owner=None, component=None):
        meta = body["metadata"]
        self.name, self.namespace, self.labels, self.ip = meta["name"], meta["namespace"], meta.get("labels", {}), body["status"]["podIP"]
        self.container, self.owner, self.component = container, owner, component
        self.title = "%s/%s" % (self.namespace, self.name)

class Place:
    """An address outside the pods' network."""
    def __init__(self, title, ip): self.title, self.ip, self.component, self.namespace, self.labels = title, ip, None, None, {}

def edges(source, cluster):
    """graph.edges of one cluster, as the compiler says them."""
    p = subprocess.run([HOWDAH, "compile", "-C", source, "-o", "/nonexistent", "--dump-after=model", "--only", cluster, "--as-of", "2026-11-01"], capture_output=True, text=True)
    model = next(d for d in yaml.load_all(p.stdout, LOADER) if d)
    return model["graph"]["edges"]

def protocols(edge): return ("UDP", "TCP") if edge["protocol"] == "DNS" else (edge["protocol"],)

def fits(edge, own, other):
    """Is the pod or place the peer that the edge of a cluster in namespace `own` names?"""
    peer = edge["peer"]
    if "cidrs" in peer:
        address = ipaddress.ip_address(other.ip)
        return any(address in ipaddress.ip_network(c) for c in peer["cidrs"]) and not any(address in ipaddress.ip_network(c) for c in peer.get("except") or [])
    if other.namespace != (peer.get("namespace") or own): return False
    return all(other.labels.get(k) == v for k, v in (peer.get("pods") or {}).items())

class Graph:
    def __init__(self, source, clusters, guarded):
        self.edges, self.guarded = {c: edges(source, c) for c in clusters}, guarded
        self.seen = set()                               # edges that some probe of a pair went along

    def lets(self, end, direction, other, port, protocol):
        """Does this end allow it?"""
        if isinstance(end, Place) or end.owner is None: return isinstance(end, Place) or end.namespace not in self.guarded
        good = False
        for i, e in enumerate(self.edges[end.owner]):
            if e["component"] == end.component and e["direction"] == direction and port in e["ports"] and protocol in protocols(e) and fits(e, end.namespace, other):
                good = True
        return good

    def allows(self, source, target, port, protocol):
        return self.lets(source, "egress", target, port, protocol) and self.lets(target, "ingress", source, port, protocol)

    def goes(self, source, target, port, protocol):
        """Notes which edges this connection went along."""
        for end, direction, other in ((source, "egress", target), (target, "ingress", source)):
            if isinstance(end, Place) or end.owner is None: continue
            for i, e in enumerate(self.edges[end.owner]):
                if e["component"] == end.component and e["direction"] == direction and port in e["ports"] and protocol in protocols(e) and fits(e, end.namespace, other):
                    self.seen |= {(end.owner, i, port, protocol)}

    def unseen(self):
        """Edges, port by port, that nothing went along: described."""
        for owner, list_ in self.edges.items():
            for i, e in enumerate(list_):
                for port, protocol in itertools.product(e["ports"], protocols(e)):
                    if (owner, i, port, protocol) not in self.seen:
                        yield "%s: %s %s %s port %d/%s (%s)" % (owner, e["component"], e["direction"], json.dumps(e["peer"]), port, protocol, e["why"])

    def ports(self): return sorted({p for list_ in self.edges.values() for e in list_ for p in e["ports"]})

def probe(cluster, sources, targets, graph):
    """[(source, target, port, protocol, allowed?, what came of it)] of every pair. What should come about and did not gets a second,
    patient try: a busy machine drops packets, too."""
    def answers(source, tries, seconds):
        if not tries: return []
        text = json.dumps([[t.ip, port, protocol, seconds] for t, port, protocol in tries])
        return json.loads(cluster.run(source.namespace, source.name, source.container, "/usr/local/bin/standin", "probe", text=text, wait=240))
    def ask(source):
        tries = [(t, port, "TCP") for t in targets for port in (*graph.ports(), *NEVER) if t is not source]
        tries += [(t, 53, "UDP") for t in targets if t.labels.get("k8s-app") == "kube-dns"]
        first = dict(zip(tries, answers(source, tries, SECONDS)))
        again = [t for t in tries if first[t] == "dropped" and graph.allows(source, *t)]
        first.update(zip(again, answers(source, again, 4 * SECONDS)))
        return [(source, t, port, protocol, graph.allows(source, t, port, protocol), a) for (t, port, protocol), a in first.items()]
    with ThreadPoolExecutor(3) as pool: return [r for found in pool.map(ask, sources) for r in found]
