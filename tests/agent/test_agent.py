#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""howdah-agent run against a false API server and Patroni, with faults: the status converges, calls are counted. TAP.

Real: the agent, its files and their changes, TLS on both sides. Not there: PostgreSQL, the kubelet, a Role."""
import json, os, shutil, sys, time
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
import tap
import place

SLOW = os.environ.get("SLOW_BUILD")
BUSY_MS = 20                            # of processor for each second in which the API server does not cope

def begins(p, t):
    p.start()
    t.ok(p.until(lambda: p.api.condition("Degraded")), "the record gets a status")
    t.ok(p.api.condition("Degraded") == ("False", "AllWell"), "every member works: %s" % (p.api.condition("Degraded"),))
    t.ok(p.api.condition("Ready") == ("False", "NotWritable"), "without PostgreSQL it is not Ready: %s" % (p.api.condition("Ready"),))
    s = p.api.record["status"]
    t.ok(s["primary"] == place.NAMES[0] and s["membersReady"] == "3/3" and s["observedGeneration"] == 7, "members and generation are told")
    t.ok(p.until(lambda: any(h[0] == "PATCH" for h in p.patroni.heard), 100), "Patroni's configuration is patched")
    t.ok(p.until(lambda: p.patroni.dynamic["postgresql"]["parameters"].get("max_connections") == "150"), "to what the orders say")
    t.ok(p.until(lambda: p.api.condition("ConfigApplied") == ("True", "Applied")), "and that is told")
    count = len(p.patroni.heard)
    time.sleep(12)
    t.ok(len(p.patroni.heard) == count, "once: %d patches" % count)

def pages(p, t):
    t.ok(p.page("/healthz") == (200, "ok\n"), "/healthz")
    code, text = p.page("/metrics")
    t.ok(code == 200 and "\nhowdah_connections 0\n" in text and text.endswith("# EOF\n"), "/metrics")
    code, text = p.page("/status")
    t.ok(code == 200 and json.loads(text)["leads"], "/status")
    t.ok(p.page("/nothing")[0] == 404, "no other page")
    t.ok(p.page("/status", "POST")[0] == 405 and p.page("/healthz", "DELETE")[0] == 405, "nothing but reading")

def member_leaves(p, leader_only=True):
    """A change that flips a condition: which reason Degraded has once it is told."""
    whole = p.patroni.cluster
    p.patroni.cluster = lambda: {"members": whole()["members"][:2]}
    return lambda: setattr(p.patroni, "cluster", whole)

def converges(p, t, name, fault, seconds, most):
    """With FAULT a member leaves; once the fault is over the record tells so, and comes back when the member does."""
    log = p.api.log
    begin, p.api.fault, cpu = len(log), fault, p.used()[2]
    heal = member_leaves(p)
    time.sleep(seconds)
    during, cpu = len(log) - begin, p.used()[2] - cpu
    p.api.fault = None
    if not SLOW: t.ok(cpu <= BUSY_MS * seconds, "%s: %d ms of processor in %d s, %d are allowed" % (name, cpu, seconds, BUSY_MS * seconds))
    t.ok(p.until(lambda: p.api.condition("Degraded") == ("True", "MembersMissing"), 50), "%s: the status converges" % name)
    t.ok(during <= most, "%s: %d requests in %d s, %d are allowed" % (name, during, seconds, most))
    heal()                              # conditions that flap are written once in ten seconds
    t.ok(p.until(lambda: p.api.condition("Degraded") == ("False", "AllWell"), 50), "%s: and back" % name)

def status_of(code, headers=(), text=b'{"message":"fault"}'):
    def fault(request, body):
        request.raw(code, text, headers)
        return True
    return fault

def trickle(request, body):
    request.send_response(200)
    request.send_header("Content-Length", "100000")
    request.end_headers()
    try:
        for _ in range(60):
            request.wfile.write(b" ")
            time.sleep(1)
    except OSError: pass
    return True

def closes(request, body):
    """The connection ends without an answer, as a watch or a server does that goes away."""
    request.close_connection = True
    try: request.connection.shutdown(2)
    except OSError: pass
    return True

def cut_off(request, body):
    request.send_response(200)
    request.send_header("Content-Type", "application/json")
    request.send_header("Content-Length", "5000")
    request.end_headers()
    try: request.wfile.write(b'{"metadata":')
    except OSError: pass
    return closes(request, body)

def flaky():
    turn = []
    def fault(request, body):
        turn.append(1)
        return len(turn) % 2 and closes(request, body)
    return fault

def faults(p, t):
    conflicts = []
    def conflict(request, body):
        if request.command != "PATCH" or len(conflicts) >= 3: return False
        conflicts.append(1)
        request.answer(409, {"message": "the object has been modified"})
        return True
    converges(p, t, "409", conflict, 15, 30)
    t.ok(len(conflicts) == 3, "409: tried again after each conflict")
    converges(p, t, "410", status_of(410), 6, 20)
    converges(p, t, "429", status_of(429, [("Retry-After", "7")]), 12, 4)
    converges(p, t, "500", status_of(500), 12, 12)
    converges(p, t, "half JSON", status_of(200, (), b'{"metadata":{"resourceV'), 6, 8)
    converges(p, t, "slow body", trickle, 14, 5)
    converges(p, t, "closed connections", closes, 12, 20)
    converges(p, t, "bodies that are cut off", cut_off, 12, 20)
    converges(p, t, "every second one closed", flaky(), 14, 30)

def token(p, t):
    p.until(lambda: p.api.condition("Degraded") == ("False", "AllWell"), 50)
    begin, p.api.token = len(p.api.log), "two"
    heal = member_leaves(p)
    time.sleep(8)
    t.ok(p.api.condition("Degraded") == ("False", "AllWell"), "an old token writes nothing")
    p.put(place.TOKEN + "/token", "two\n")
    t.ok(p.until(lambda: p.api.condition("Degraded") == ("True", "MembersMissing"), 50), "a new token is taken without a restart")
    t.ok(len(p.api.log) - begin < 60, "%d requests meanwhile" % (len(p.api.log) - begin))
    heal()

def authority(p, t):
    p.until(lambda: p.api.condition("Degraded") == ("False", "AllWell"), 50)
    place.authority(p.pki, "other")
    p.api.start("other")
    heal = member_leaves(p)
    time.sleep(8)
    t.ok(p.api.condition("Degraded") == ("False", "AllWell"), "a server of an unknown authority is not spoken to")
    t.ok("secret" not in open(p.dir + "/log").read() and not any(a for a in p.api.log if a[0] > time.time() - 7), "nor shown the token")
    with open(p.pki + "/ca.crt") as one, open(p.pki + "/other.crt") as two: p.put(place.TOKEN + "/ca.crt", one.read() + two.read())
    t.ok(p.until(lambda: p.api.condition("Degraded") == ("True", "MembersMissing"), 50), "a new authority is taken without a restart")
    heal()

def orders(p, t):
    with open(place.ORDERS) as f: good = f.read()
    p.put("/etc/howdah/orders/orders.yaml", good.replace("ttl: 30", "ttl: 3"))
    t.ok(p.until(lambda: p.api.condition("ConfigApplied") == ("False", "OrdersRefused")), "bad orders are refused, and that is told")
    heal = member_leaves(p)
    t.ok(p.until(lambda: p.api.condition("Degraded") == ("True", "MembersMissing"), 50), "the last good ones go on to count")
    heal()
    p.put("/etc/howdah/orders/orders.yaml", good.replace("ttl: 30", "ttl: 40"))
    t.ok(p.until(lambda: p.patroni.dynamic["ttl"] == 40, 50), "corrected ones are taken")
    t.ok(p.until(lambda: p.api.condition("ConfigApplied") == ("True", "Applied"), 50), "and that is told")
    p.put("/etc/howdah/orders/orders.yaml", good.replace("scope: shared-i2", "scope: shared-i3").replace("ttl: 30", "ttl: 50"))
    t.ok(p.until(lambda: p.api.condition("ConfigApplied") == ("False", "OrdersRefused"), 50), "orders of the next incarnation are not this one's")
    t.ok(p.patroni.dynamic["ttl"] == 40, "and nothing of them is done", p.patroni.dynamic)
    p.put("/etc/howdah/orders/orders.yaml", good)
    t.ok(p.until(lambda: p.api.condition("ConfigApplied") == ("True", "Applied"), 50), "its own are taken again")
    refused = [e for e in p.events() if e["event"] == "orders-refused" and "another incarnation" not in e["why"]]
    t.ok(len(refused) == 1 and "ttl" in refused[0]["why"], "the log says it once")

def sidecars(p, t):
    """Other images for the sidecars: the other members' are changed, one after the other, and a bad one is taken back."""
    with open(place.ORDERS) as f: good = f.read()
    old, new = place.IMAGES["exporter"], "quay.io/prometheuscommunity/postgres-exporter:v0.21.0"
    one, two, none = (place.NAMES[i] for i in (1, 2, 0))
    p.put("/etc/howdah/orders/orders.yaml", good.replace(old, new))
    t.ok(p.until(lambda: p.api.patched == [(two, "exporter", old, new)], 40), "the last member gets the new image", p.api.patched)
    began = time.time()
    t.ok(p.until(lambda: p.api.condition("UpgradePending") == ("True", "SidecarsChange"), 30), "and that is told", p.api.condition("UpgradePending"))
    t.ok(p.until(lambda: p.api.patched[1:] == [(one, "exporter", old, new)], 40), "then the other replica", p.api.patched)
    t.ok(time.time() - began > 5, "when the first one has proved itself")
    time.sleep(20)
    t.ok(len(p.api.patched) == 2, "not the pod of its own member, which leads", p.api.patched)
    p.api.bad.add(old + "-bad")
    p.put("/etc/howdah/orders/orders.yaml", good.replace(old, old + "-bad"))
    t.ok(p.until(lambda: p.api.patched[2:] == [(two, "exporter", new, old + "-bad")], 40), "one that does not come up", p.api.patched)
    began = time.time()
    t.ok(p.until(lambda: p.api.patched[3:] == [(two, "exporter", old + "-bad", new)], 90), "is taken back", p.api.patched)
    t.ok(59 < time.time() - began < 75, "after a minute: %.0f s" % (time.time() - began))
    t.ok(p.until(lambda: p.api.condition("UpgradePending") == ("True", "SidecarRefused"), 30), "that is told, and no other member gets it", p.api.condition("UpgradePending"))
    time.sleep(8)
    t.ok(len(p.api.patched) == 4 and none not in str(p.api.patched), "nothing more is changed", p.api.patched)
    p.put("/etc/howdah/orders/orders.yaml", good)

def costs(p, t):
    time.sleep(11)
    before = p.used()
    time.sleep(20)
    rss, anonymous, cpu = p.used()
    t.ok(cpu - before[2] <= 100, "idle: %d ms of processor in 20 s, 100 are allowed" % (cpu - before[2]))
    t.ok(rss <= 24 * 1024, "%d kB resident, 24 MB are allowed" % rss)
    t.ok(anonymous <= 8 * 1024, "%d kB anonymous, 8 MB are allowed" % anonymous)

def blind(p, t):
    """The agent of the lowest pod begins, and its Patroni never does: it speaks when nobody holds the lock, not when it does not see who does."""
    p.stop()
    with open(place.ORDERS) as f: good = text = f.read()
    for old, new in (("ttl: 30", "ttl: 20"), ("loop_wait: 10", "loop_wait: 5"), ("retry_timeout: 10", "retry_timeout: 5")): text = text.replace(old, new, 1)
    p.put("/etc/howdah/orders/orders.yaml", text)
    lock = p.api.put("/api/v1/namespaces/team-shared/configmaps/shared-i2-leader")["metadata"]
    p.patroni.down = True
    p.api.record.pop("status", None)
    p.start()
    end = time.time() + 60                              # three times the ttl
    while time.time() < end and "status" not in p.api.record:
        lock["annotations"] = {"leader": place.NAMES[1], "renewTime": str(time.time() // 5)}
        time.sleep(1)
    t.ok("status" not in p.api.record and not json.loads(p.page("/status")[1])["speaks"], "without a Patroni, and another member leads: nothing is told", p.api.record)
    began = time.time()
    t.ok(p.until(lambda: p.api.condition("Ready") == ("False", "Starting"), 90) and time.time() - began > 35, "nobody holds the lock any more: it is told after %.0f s" % (time.time() - began))
    p.patroni.down = False
    t.ok(p.until(lambda: p.api.condition("Degraded") == ("False", "AllWell"), 60), "Patroni begins: this member leads, and tells so")
    p.put("/etc/howdah/orders/orders.yaml", good)

def ends(p, t):
    t.ok(p.stop() == 0, "SIGTERM ends it with 0")
    text = open(p.dir + "/log").read()
    for secret in ("Bearer", "BEGIN", p.api.token): t.ok(secret not in text, "no '%s' in its log" % secret)

def main():
    t, why = tap, place.inside()
    if why:
        t.skip("the agent against false servers", why)
        t.done()
    with place.Place() as p:
        try:
            for step in (begins, pages, *(() if SLOW else (blind,)), sidecars, faults, token, authority, orders, *(() if SLOW else (costs,)), ends): step(p, t)
        except Exception as e:
            t.ok(False, "%s: %s" % (type(e).__name__, e))
        if t.counts["not ok"]: sys.stdout.write("".join("#  " + l for l in open(p.dir + "/log").readlines()[-40:]))
    t.done()

main()
