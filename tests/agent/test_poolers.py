#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A real PgBouncer under the agent: PAUSE and RESUME of all poolers as a switchover sends them, and `howdah-agent pooler` beside it. TAP.

PGBOUNCER names the program where it is not in the PATH. Debian's 1.18 stands for the newer ones."""
import os, shutil, socket, struct, subprocess, sys, threading, time
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
import tap
import place

TOOL = os.path.join(os.path.dirname(place.AGENT), "unit", "tool_agent_console")
PGBOUNCER = os.environ.get("PGBOUNCER") or shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
HEADLESS = "shared-pooler-pods.team-shared.svc.cluster.local"
NOBODY = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]

def ini(p):
    with open(p.dir + "/etc/pgbouncer/pgbouncer.ini", "w") as f: f.write("""[databases]
loyalty = host=127.0.0.9 port=5432
other = host=127.0.0.9 port=5432
""" + "".join("more%d = host=127.0.0.9 port=5432\n" % i for i in range(8)) + """[pgbouncer]
listen_addr = 127.0.0.1
auth_user = asker
auth_query = select $1, $1
listen_port = 6432
unix_socket_dir = /run/pgbouncer
auth_type = scram-sha-256
auth_file = /etc/pgbouncer/userlist.txt
admin_users = howdah_console
client_tls_sslmode = require
client_tls_cert_file = /etc/howdah/tls/tls.crt
client_tls_key_file = /etc/howdah/tls/tls.key
""")

def owned(path):
    for top, _, files in os.walk(path):
        for name in [top, *(top + "/" + f for f in files)]: os.chown(name, 65534, 65534)

def prepare(p):
    place.leaf(p.pki, "ca", "shared-pooler-0." + HEADLESS, p.dir + "/etc/howdah/tls")
    for folder in ("/etc/pgbouncer", "/run/pgbouncer", "/etc/howdah/secrets/pooler"): os.makedirs(p.dir + folder)
    with open(p.dir + "/etc/howdah/secrets/pooler/console-password", "w") as f: f.write("console-secret")
    with open(p.dir + "/etc/pgbouncer/userlist.txt", "w") as f: f.write('"howdah_console" "console-secret"\n"writer" "secret"\n"asker" "secret"\n')
    with open(p.dir + "/etc/hosts", "a") as f: f.write("127.0.0.1 shared-pooler-0.%s\n127.0.0.3 shared-pooler-1.%s\n" % (HEADLESS, HEADLESS))
    ini(p)
    for path in ("/etc/pgbouncer", "/run/pgbouncer", "/etc/howdah"): owned(p.dir + path)
    os.chmod(p.dir, 0o755)

def tell(command, ms=3000, orders="/etc/howdah/orders/orders.yaml"):
    return subprocess.run([TOOL, orders, command, str(ms)], capture_output=True, text=True, timeout=60).stdout.strip()

def console(text):
    return subprocess.run([*NOBODY, "psql", "-XAt", "-h", "/run/pgbouncer", "-p", "6432", "-U", "pgbouncer", "pgbouncer", "-c", text],
                          capture_output=True, text=True, timeout=20).stdout

def paused():
    """Databases that PgBouncer says are paused."""
    return sorted(l.split("|")[0] for l in console("show databases").splitlines() if l.split("|")[-2:-1] == ["1"])

def consoles(p, t):
    t.ok(p.until(lambda: tell("RESUME").startswith("fine 1"), 20), "the one that answers is asked", tell("RESUME"))
    t.ok(tell("PAUSE") == "fine 1; skipped shared-pooler-1; stuck", "PAUSE; the other one is named")
    t.ok(paused() == ["loyalty"], "the orders' database is paused, and another is not: %s" % paused())
    with open(place.ORDERS) as f, open(p.dir + "/nowhere.yaml", "w") as out: out.write(f.read().replace("databases: [loyalty]}", "databases: [nowhere]}"))
    t.ok(tell("PAUSE", orders=p.dir + "/nowhere.yaml") == "fine 1; skipped shared-pooler-1; stuck", "a database that it does not have yet holds nothing up")
    stuck = tell("UNKNOWN")
    t.ok("fine 0;" in stuck and "stuck shared-pooler-0: " in stuck, "what cannot be done is told: %s" % stuck)
    t.ok(tell("RESUME") == "fine 1; skipped shared-pooler-1; stuck" and paused() == [], "RESUME")
    t.ok(tell("RESUME") == "fine 1; skipped shared-pooler-1; stuck", "RESUME of what is not paused is fine")
    t.ok(tell("RECONNECT") == "fine 1; skipped shared-pooler-1; stuck", "RECONNECT")
    with open(p.dir + "/etc/howdah/secrets/pooler/console-password", "w") as f: f.write("wrong")
    t.ok(tell("PAUSE") == "fine 0; skipped shared-pooler-0, shared-pooler-1; stuck", "a wrong password pauses nothing")
    with open(p.dir + "/etc/howdah/secrets/pooler/console-password", "w") as f: f.write("console-secret")
    shutil.copy(p.dir + "/run/howdah/trust.crt", p.dir + "/run/howdah/kept")
    place.authority(p.pki, "stranger")
    shutil.copy(p.pki + "/stranger.crt", p.dir + "/run/howdah/trust.crt")
    t.ok(tell("PAUSE").startswith("fine 0"), "nor is a pooler believed whose authority is unknown")
    shutil.copy(p.dir + "/run/howdah/kept", p.dir + "/run/howdah/trust.crt")

class Silent(threading.Thread):
    """A PostgreSQL that lets everybody in, as process PID, and never answers a statement: a leader that was frozen."""
    PID = 4711

    def run(self):
        with socket.create_server(("127.0.0.9", 5432)) as s:
            while True: threading.Thread(target=self.serve, args=(s.accept()[0],), daemon=True).start()

    def serve(self, link):
        with link:
            size = struct.unpack("!I", link.recv(4))[0]
            link.recv(size)
            message = lambda kind, body: kind + struct.pack("!I", len(body) + 4) + body
            link.sendall(message(b"R", struct.pack("!I", 0)) + message(b"S", b"server_version\x0015.0\0") + message(b"S", b"client_encoding\0UTF8\0") +
                         message(b"S", b"standard_conforming_strings\0on\0") + message(b"K", struct.pack("!II", self.PID, 1)) + message(b"Z", b"I"))
            while link.recv(4096): pass

def client(user):
    """A client that asks for something and waits for it."""
    return subprocess.Popen(["psql", "-XAt", "host=127.0.0.1 port=6432 dbname=loyalty sslmode=require user=" + user, "-c", "select 1"],
                            env={**os.environ, "PGPASSWORD": "secret"}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

def frozen(p, t):
    """The leader is silent: RECONNECT alone does not free who waits for it."""
    Silent(daemon=True).start()
    new = not subprocess.run([PGBOUNCER, "--version"], capture_output=True, text=True).stdout.startswith("PgBouncer 1.18")
    waits = lambda: [l for l in console("show servers").splitlines() if "|active|" in l]
    c = client("writer")
    t.ok(p.until(lambda: len(waits()) == 1, 20), "a client waits for a leader that says nothing", console("show servers"))
    t.ok(tell("LET_GO", 1) == "fine 1; skipped shared-pooler-1; stuck", "who was not told to end is left alone")
    tell("RECONNECT")
    t.ok(len(waits()) == 1, "RECONNECT does not end it")
    t.ok(tell("LET_GO", Silent.PID) == "fine 1; skipped shared-pooler-1; stuck" and c.poll() is None, "a client whose process is here is left alone")
    said = tell("LET_GO", 1)
    if new: t.ok(said == "fine 1; skipped shared-pooler-1; stuck ; let go 1" and "forced disconnect" in c.communicate(timeout=10)[0] and not waits(), "whose is not is let go: %s" % said)
    else: t.ok("invalid command 'KILL_CLIENT" in said, "1.18 cannot end one client, and that is told: %s" % said)
    c.kill()
    p.until(lambda: not waits(), 10)
    c = client("unknown")
    t.ok(p.until(lambda: len(waits()) == 1, 20), "a client waits for the look-up of its password", console("show servers"))
    tell("RECONNECT")
    said = tell("LET_GO", 1)
    t.ok(said.endswith("; let go 1") and c.wait(10) != 0 and not waits(), "it is let go, too: %s" % said, console("show clients"))
    t.ok(paused() == [], "and its database is not left paused")

def sidecar(p, t):
    path = p.dir + "/etc/pgbouncer/pgbouncer.ini"
    with open(path) as f: text = f.read()
    with open(path, "w") as f: f.write(text.replace("[pgbouncer]", "late = host=127.0.0.9 port=5432\n[pgbouncer]"))
    p.agent = subprocess.Popen([*NOBODY, place.AGENT, "pooler"], env={"PATH": "/usr/bin:/bin", **({"ASAN_OPTIONS": os.environ["ASAN_OPTIONS"]} if "ASAN_OPTIONS" in os.environ else {})}, stderr=p.log)
    t.ok(p.until(lambda: "howdah_pooler_current 1" in p.page("/metrics")[1], 20), "it finds PgBouncer up and current")
    t.ok(any(l.startswith("late|") for l in console("show databases").splitlines()), "what changed while it was not there is taken", console("show databases"))
    rss, anonymous, _ = p.used()
    t.note("%d kB resident, %d kB of them anonymous" % (rss, anonymous))
    serial = lambda: p.page("/status")[1].split('"servedSerial":"')[1].split('"')[0]
    before = serial()
    place.leaf(p.pki, "ca", "shared-pooler-0." + HEADLESS, p.dir + "/etc/howdah/tls")
    owned(p.dir + "/etc/howdah/tls")
    t.ok(p.until(lambda: serial() != before and "howdah_pooler_current 1" in p.page("/metrics")[1], 40), "a new certificate is served")
    place.leaf(p.pki, "stranger", "shared-pooler-0." + HEADLESS, p.dir + "/etc/howdah/tls")
    owned(p.dir + "/etc/howdah/tls")
    t.ok(p.until(lambda: "howdah_pooler_current 0" in p.page("/metrics")[1], 20), "one of an unknown authority is not taken, and that is told")
    t.ok('"problem":"no trusted authority signed it"' in p.page("/status")[1], "with its reason")
    names = ["loyalty", *("more%d" % i for i in range(8))]
    with open(place.ORDERS) as f, open(p.dir + "/many.yaml", "w") as out: out.write(f.read().replace("databases: [loyalty]}", "databases: [%s]}" % ", ".join(names)))
    tell("PAUSE", orders=p.dir + "/many.yaml")
    began = time.time()
    t.ok(paused() == names, "paused, and whoever did it is gone: %s" % paused())
    t.ok(p.until(lambda: paused() == [], 60), "the pauses of all databases end by themselves")
    t.ok(34 <= time.time() - began <= 40, "after 40 s: %.0f" % (time.time() - began))
    t.ok(p.stop() == 0, "SIGTERM ends it with 0")

def main():
    why = place.inside() or (None if PGBOUNCER and os.path.exists(TOOL) else "no pgbouncer here, or %s is not built" % TOOL)
    if why:
        tap.skip("the agent and PgBouncer", why)
        tap.done()
    with place.Place() as p:
        bouncer = None
        try:
            prepare(p)
            bouncer = subprocess.Popen([*NOBODY, PGBOUNCER, "/etc/pgbouncer/pgbouncer.ini"], stdout=subprocess.DEVNULL, stderr=open(p.dir + "/bouncer", "w"))
            for step in (consoles, frozen, sidecar): step(p, tap)
        except Exception as e:
            tap.ok(False, "%s: %s" % (type(e).__name__, e))
        finally:
            if bouncer: bouncer.kill()
        if tap.counts["not ok"]:
            for name in ("/bouncer", "/log"): tap.note("".join(open(p.dir + name).readlines()[-15:]))
    tap.done()

main()
