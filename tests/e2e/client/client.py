#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""An application with a Secret of howdah mounted at /etc/db.

client load FIRST COUNT     COUNT writers with the numbers FIRST.., each a row every 20 ms into table rows, until /tmp/stop is there
client hold NUMBER          one session at the primary itself, past the pooler, which asks for a row every 200 ms and is never made anew
client once [SQL [URI]]     one statement through the pooler, or as another URI of the Secret says; its first value
A row is written again when its fate is unknown. A connection that was closed while nothing was asked of it is made anew, as every
pool of connections does, and counted apart ("closed"). Each waiting of 0.3 s or more for a row, failures and all, and each failure is
a line of JSON with its time; "state" tells each second how far all are, "end" what is acknowledged."""
import json, os, pathlib, select, sys, threading, time
import psycopg2

PERIOD, SLOW = 0.02, 0.3
os.environ["PGSSLROOTCERT"] = "/etc/db/ca.crt"

def say(**what): print(json.dumps({"t": round(time.time(), 3), **what}), flush=True)

def session(seconds=5, uri="uri"):
    # the password may be another one by now: read each time
    s = psycopg2.connect(pathlib.Path("/etc/db/" + uri).read_text(), connect_timeout=seconds, keepalives_idle=5, keepalives_interval=2, keepalives_count=3, tcp_user_timeout=10000)
    s.autocommit = True
    return s

class Writer(threading.Thread):
    def __init__(self, number):
        super().__init__(daemon=True)
        self.number, self.rows, self.failed, self.closed, self.over, self.since = number, 0, 0, 0, False, None

    def write(self, s):
        if s is not None and select.select([s.fileno()], [], [], 0)[0]:
            self.closed += 1
            s.close()
            s = None
        if s is None: s = session()
        with s.cursor() as c: c.execute("insert into rows values (%s, %s) on conflict do nothing", (self.number, self.rows))
        return s

    def run(self):
        s = None
        while not self.over:
            tried = time.time()
            self.since = self.since or tried
            try:
                s = self.write(s)
                self.rows += 1
                took = time.time() - self.since
                if took >= SLOW: say(event="wait", client=self.number, began=round(self.since, 3), seconds=round(took, 3))
                self.since = None
            except psycopg2.Error as e:
                self.failed += 1
                say(event="failed", client=self.number, began=round(tried, 3), seconds=round(time.time() - tried, 3), error=str(e).strip()[:300])
                s = None
                time.sleep(0.2)
            time.sleep(PERIOD)

def load(first, count):
    writers = [Writer(first + i) for i in range(count)]
    for w in writers: w.start()
    tell = lambda event: say(event=event, rows={w.number: w.rows for w in writers}, failed=sum(w.failed for w in writers), closed=sum(w.closed for w in writers))
    while not os.path.exists("/tmp/stop"):
        time.sleep(1)
        tell("state")
    for w in writers: w.over = True
    for w in writers: w.join(45)
    tell("end")
    while True: time.sleep(60)

def hold(number):
    s, n = session(uri="direct-uri"), 0
    while True:
        try:
            with s.cursor() as c: c.execute("insert into rows values (%s, %s)", (number, n))
            n += 1
            say(event="held", n=n)
        except psycopg2.Error as e:
            say(event="over", error=str(e).strip()[:300])
            while True: time.sleep(60)
        time.sleep(0.2)

def main(argv):
    if argv[:1] == ["hold"]: return hold(int(argv[1]))
    if argv[:1] == ["load"]: return load(int(argv[1]), int(argv[2]))
    with session(10, *argv[2:3]).cursor() as c:
        c.execute(argv[1] if argv[1:] else "select 1")
        print(c.fetchone()[0] if c.description else c.statusmessage)

main(sys.argv[1:])
