#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Memory and system calls that fail under the agent, once, at any point: it goes on or ends in order; nothing is left half-made. TAP.

Memory: the unit tests of what it decides, plans and reads, each with one request for memory refused, and with each of OpenSSL's first
requests, by which it makes its own state. System calls: the running agent, with
a PostgreSQL, files and servers of its own, while it has a bundle to copy, a configuration to patch and a status to write; then another one
without faults, which must come to the end. POINTS (30 for each program, 5 for each call; ALL=1: every request), SEED."""
import errno, os, random, shutil, subprocess, sys, time
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
import tap
import database, place

HERE = os.path.dirname(os.path.realpath(__file__))
SEED = int(os.environ.get("SEED") or random.SystemRandom().randrange(10 ** 6))
POINTS = int(os.environ.get("POINTS") or 30)
ALL = os.environ.get("ALL") == "1"
UNITS = ("decide", "ledger", "life", "trust", "shells", "logins", "rolling", "sidecars", "switchover", "status", "config", "orders", "walg", "pooler", "cert", "drill", "bootstrap")
CALLS = {"read": "EIO EINTR", "write": "ENOSPC EINTR", "write-short": "EIO", "send": "ECONNRESET EPIPE", "recv": "ECONNRESET EINTR", "open": "EMFILE EIO", "socket": "EMFILE",
         "connect": "ECONNREFUSED ENOBUFS", "accept": "EMFILE", "poll": "EINTR ENOMEM", "epoll_wait": "EINTR", "stat": "EIO", "rename": "EIO ENOSPC", "fchmod": "EPERM", "close": "EIO"}
OPENSSL, OPENSSL_FIRST = ("shells", "pooler", "cert", "bootstrap"), 60      # programs that begin with it; the requests of its beginning
FINE = (0, 1, 4)                        # well; a unit test that saw the failure; outside trouble

def unit(program, shim, **env):
    return subprocess.run([program], cwd=place.ROOT, capture_output=True, text=True, errors="replace", timeout=120, env={"PATH": "/usr/bin:/bin", "LD_PRELOAD": shim, **env})

def refuse(program, shim, points, **env):
    """The program once for each point, where one request for memory is refused; its exit codes, and what is wrong."""
    codes, wrong = {}, []
    for n in points:
        r = unit(program, shim, FAIL_AT=str(n), FAIL_ONCE="1", **env)
        codes[r.returncode] = codes.get(r.returncode, 0) + 1
        if r.returncode not in FINE or "this is a bug" in r.stderr: wrong.append("%d: exit %d: %s" % (n, r.returncode, r.stderr[-200:]))
    return codes, "\n".join(wrong)

def requests(p, program, shim, **env):
    unit(program, shim, FAIL_COUNT=p.dir + "/count", **env)
    with open(p.dir + "/count") as f: return int(f.read())

def memory(p, t, dice):
    shim = place.preloaded("../property/failing.c", p.dir)
    for name in UNITS:
        program = os.path.dirname(place.AGENT) + "/unit/test_agent_" + name
        most = requests(p, program, shim)
        points = range(1, most + 1) if ALL else sorted(dice.sample(range(1, most + 1), min(POINTS, most)))
        codes, wrong = refuse(program, shim, points)
        t.ok(not wrong, "%s: %d of %d requests for memory refused, exit codes %s" % (name, len(points), most, codes), wrong)
        if name not in OPENSSL: continue
        first = min(OPENSSL_FIRST, requests(p, program, shim, FAIL_OF="libcrypto"))
        codes, wrong = refuse(program, shim, range(1, first + 1), FAIL_OF="libcrypto")
        t.ok(first and not wrong, "%s: each of OpenSSL's first %d requests refused, exit codes %s" % (name, first, codes), wrong)

def work(p):
    """There is something to do: the copy of the bundle is old, Patroni's configuration another, the record empty."""
    p.put("/run/howdah/trust.crt", "old\n")
    p.patroni.dynamic.clear()
    p.patroni.dynamic.update({"ttl": 30, "loop_wait": 10})
    p.api.record.pop("status", None)

def whole(p):
    """Nothing is half-made: the copy is the old one or the new one, the status is all or nothing."""
    with open(p.dir + "/run/howdah/trust.crt") as one, open(p.dir + "/etc/howdah/trust/ca.crt") as two: copy, bundle = one.read(), two.read()
    status = p.api.record.get("status")
    if copy not in ("old\n", bundle): return "the copy of the bundle is neither old nor new"
    if status is not None and not {"conditions", "heartbeat", "members", "incarnation"} <= status.keys(): return "half a status: %s" % sorted(status)
    return None

def done(p):
    with open(p.dir + "/run/howdah/trust.crt") as one, open(p.dir + "/etc/howdah/trust/ca.crt") as two: same = one.read() == two.read()
    return same and p.api.condition("Degraded") and p.patroni.dynamic.get("postgresql", {}).get("parameters", {}).get("max_connections") == "150"

def hit(p, shim, call, number, n, seconds):
    """The agent with one failing call; what is wrong, or None, and its exit code (None: it went on)."""
    work(p)
    p.prefix = ["env", "LD_PRELOAD=" + shim, "FAIL_CALL=" + call, "FAIL_ERRNO=%d" % getattr(errno, number), "FAIL_AT=%d" % n]
    p.start()
    began = time.time()
    p.until(lambda: (done(p) and time.time() - began > 3) or p.agent.poll() is not None, seconds)
    code = p.agent.poll()
    wrong = whole(p)
    ended = p.stop() if code is None else code
    p.agent = None
    if not wrong and ended not in (0, 1, 2, 4): wrong = "exit %s" % ended
    p.prefix = []
    p.start()                           # as the kubelet does
    if not wrong and not p.until(lambda: done(p), 40): wrong = "the next one does not come to the end"
    p.stop()
    return wrong, code

def calls(p, t, dice):
    shim = place.preloaded("failing_calls.c", p.dir)
    for call, numbers in CALLS.items():
        wrong, ended, points = [], 0, max(1, POINTS // 6)
        for i in range(points):
            number = dice.choice(numbers.split())
            n = dice.randrange(1, 6) if call in ("rename", "fchmod", "accept", "socket", "connect") else dice.randrange(1, 200)
            why, code = hit(p, shim, call, number, n, 12)
            ended += code is not None
            if why: wrong.append("%s, call %d: %s" % (number, n, why))
        t.ok(not wrong, "%s fails (%s): %d runs in order, %d ended and were begun anew" % (call, numbers, points, ended), "\n".join(wrong))

def main():
    why = place.inside()
    if why or os.environ.get("SLOW_BUILD"):
        tap.skip("failing calls under the agent", why or "a sanitizer's own allocator cannot be told to fail")
        tap.done()
    tap.note("seed %d" % SEED)
    dice = random.Random(SEED)
    with database.Cluster() as p:
        try:
            memory(p, tap, dice)
            calls(p, tap, dice)
        except Exception as e: tap.ok(False, "%s: %s" % (type(e).__name__, e))
        if tap.counts["not ok"]: sys.stdout.write("".join("#  " + l for l in open(p.dir + "/log", errors="replace").readlines()[-40:]))
    tap.done()

main()
