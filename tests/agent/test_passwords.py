#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Secrets of a real cluster are lost while clients log in: passwords come back, keys never, and nobody's login fails. TAP.

Real: PostgreSQL, Patroni, PgBouncer, the agents. The kubelet's part (files of Secrets in pods) is played here, two seconds late."""
import base64, os, shutil, subprocess, sys, threading, time
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
import tap
import cluster
from cluster import ADDRESS, MEMBERS, NS, POOLERS

SECRETS = "/api/v1/namespaces/%s/secrets/" % NS
SYSTEM, KEY = SECRETS + "shared-system", SECRETS + "shared-backup-key"
FIRST = {"superuser-password": "super", "pooler-password": "pooler-secret", "console-password": "console-secret",
         "userlist.txt": '"howdah_console" "console-secret"\n"howdah_pooler" "pooler-secret"\n'}

def coded(data): return {k: base64.b64encode(v.encode()).decode() for k, v in data.items()}

def bring(c, purpose, data):
    """Members have all of a Secret; poolers the list alone, which stays when it is gone."""
    data = {k: base64.b64decode(v).decode() for k, v in data.items()}
    for name in MEMBERS:
        pod = c.pods[name]
        shutil.rmtree(pod.dir + "/etc/howdah/secrets/" + purpose, ignore_errors=True)
        for key, text in data.items(): pod.put("/etc/howdah/secrets/%s/%s" % (purpose, key), text)
        if purpose == "system" and "console-password" in data: pod.put("/etc/howdah/secrets/pooler/console-password", data["console-password"])
    if "userlist.txt" in data:
        for name in POOLERS: c.pods[name].put("/etc/howdah/pooler/userlist.txt", data["userlist.txt"])

class Logins(threading.Thread):
    """Logs in anew every 100 ms through one pooler. Counts what fails, and the longest wait."""
    def __init__(self, pooler):
        super().__init__(daemon=True)
        self.pooler, self.done, self.failed, self.wait, self.errors, self.over = pooler, 0, 0, 0.0, [], False

    def run(self):
        import psycopg2
        while not self.over:
            began = time.monotonic()
            try:
                s = psycopg2.connect(host=ADDRESS[self.pooler], port=6432, user="app", password="app-secret", dbname="loyalty", sslmode="require", connect_timeout=40)
                with s.cursor() as cur: cur.execute("select 1")
                s.close()
                self.done += 1
            except psycopg2.Error as e:
                self.failed += 1
                self.errors.append(str(e).strip()[:200])
            self.wait = max(self.wait, time.monotonic() - began)
            time.sleep(0.1)

    def reset(self): self.done, self.failed, self.wait, self.errors = 0, 0, 0.0, []

def value(c, key): return base64.b64decode(c.api.objects[SYSTEM].get("data", {}).get(key, "")).decode()

def logs_in(c, user, password):
    p = subprocess.run(["psql", "-XAtq", "-c", "select 1", "host=%s user=%s password=%s dbname=%s sslmode=require connect_timeout=5"
                        % (ADDRESS[c.leader()], user, password, "howdah" if user == "howdah_pooler" else "postgres")], capture_output=True, text=True, timeout=20)
    return p.stdout == "1\n"

SYSTEM_ROLES = "  system: {database: howdah, roles: [{name: howdah_pooler, kind: pooler}]}\n"

def ask_here(c):
    """Debian's PgBouncer asks in the database of the client: there the function is, too."""
    body = c.sql(c.leader(), "select pg_get_functiondef('howdah_pooler.get_auth(text)'::regprocedure)", "howdah")
    c.sql(c.leader(), "create schema howdah_pooler; " + body + "; grant usage on schema howdah_pooler to howdah_pooler; grant execute on function howdah_pooler.get_auth(text) to howdah_pooler; "
          "grant connect on database loyalty to howdah_pooler", "loyalty")

def begin(c, t):
    c.order(c.orders.replace("  databases:\n", SYSTEM_ROLES + "  databases:\n", 1).replace("version: 17", "version: 15"))
    c.api.put(SYSTEM, data=coded(FIRST))
    c.api.put(KEY, data=coded({"key": "ab" * 32}))
    for name in MEMBERS:
        c.pods[name].put("/run/howdah/keys/superuser-password", "super", 0o400)
        c.pods[name].own("/run/howdah")
    c.kubelet = cluster.Kubelet(c)
    c.kubelet.watch(SYSTEM, lambda data: bring(c, "system", data))
    c.kubelet.watch(KEY, lambda data: bring(c, "backup-key", data))
    c.kubelet.start()
    for name in MEMBERS + POOLERS: c.agent(name)
    c.until(lambda: c.leads(c.leader()), 60, "the leader's agent")
    c.until(lambda: logs_in(c, "howdah_pooler", "pooler-secret"), 90, "the pooler's login")
    c.until(lambda: c.sql(c.leader(), "select count(*) from pg_proc where proname = 'get_auth'", "howdah").strip() == "1", 60, "the poolers' function")
    ask_here(c)
    t.ok(True, "a role that has no password gets that of its Secret")
    c.logins = [Logins(name) for name in POOLERS]
    for l in c.logins: l.start()
    c.until(lambda: all(l.done > 10 for l in c.logins), 60, "logins through the poolers: %s" % [l.errors[-1:] for l in c.logins])

def suffered(c, t, title):
    failed, wait = sum(l.failed for l in c.logins), max(l.wait for l in c.logins)
    t.ok(failed == 0, "%s: none of %d logins failed, the longest took %.1f s" % (title, sum(l.done for l in c.logins), wait), [l.errors[:2] for l in c.logins])

def lose(c, t, title, how):
    for l in c.logins: l.reset()
    old, began = value(c, "pooler-password"), time.time()
    how()
    c.until(lambda: len(value(c, "pooler-password")) == 32 and value(c, "pooler-password") != old, 150, "another password")
    new = value(c, "pooler-password")
    c.until(lambda: logs_in(c, "howdah_pooler", new), 60, "PostgreSQL takes it")
    t.ok(not logs_in(c, "howdah_pooler", old), "%s: another password, %.0f s later, and the old one is refused" % (title, time.time() - began))
    t.ok(value(c, "superuser-password") == "super" and logs_in(c, "postgres", "super"), "Patroni's own is put back as it was")
    want = '"howdah_console" "%s"\n"howdah_pooler" "%s"\n' % (value(c, "console-password"), new)
    t.ok(value(c, "userlist.txt") == want, "the poolers' list is that of the passwords", (value(c, "userlist.txt"), want))
    v = c.sql(c.leader(), "select rolpassword from pg_authid where rolname = 'howdah_pooler'")
    t.ok(v.startswith("SCRAM-SHA-256$4096:"), "PostgreSQL was told a verifier")
    time.sleep(8)
    # connections that the poolers had are gone, too: they have to log in with the new one
    c.sql(c.leader(), "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'howdah_pooler'")
    time.sleep(5)
    suffered(c, t, title)
    logs = "".join(open(c.pods[n].dir + "/log", errors="replace").read() for n in MEMBERS + POOLERS)
    t.ok(new not in logs and value(c, "console-password") not in logs, "no log holds them")

def key(c, t):
    c.api.put(KEY)
    c.until(lambda: c.api.condition("KeysMissing") == ("True", "BackupKeyGone"), 150, "the key is missed")
    time.sleep(20)
    t.ok("data" not in c.api.objects[KEY], "a key is never invented; the condition: %s" % (c.api.condition("KeysMissing"),))
    c.api.put(KEY, data=coded({"key": "ab" * 32}))
    c.until(lambda: c.api.condition("KeysMissing") == ("False", "KeysThere"), 150, "put back, it is there")

def unknown(c, t):
    """Nobody knows the superuser's password any more: none is made that Patroni could not use."""
    for name in MEMBERS: os.remove(c.pods[name].dir + "/run/howdah/keys/superuser-password")
    c.api.put(SYSTEM, data=coded({"pooler-password": value(c, "pooler-password")}))
    c.until(lambda: c.api.condition("KeysMissing") == ("True", "PasswordsLost"), 150, "the password is missed")
    c.until(lambda: len(value(c, "console-password")) == 32, 60, "the others are made")
    t.ok(not value(c, "superuser-password") and logs_in(c, "postgres", "super"), "what nobody knows is told: %s" % (c.api.condition("KeysMissing"),))

def emptied(c, t): lose(c, t, "the Secret is emptied", lambda: c.api.objects[SYSTEM].pop("data"))

def deleted(c, t):
    def gone():
        del c.api.objects[SYSTEM]
        time.sleep(5)
        c.api.put(SYSTEM)
    lose(c, t, "the Secret is deleted and made anew", gone)

cluster.main(tap, "lost passwords of a real cluster", (begin, emptied, deleted, key, unknown), asking=True)
