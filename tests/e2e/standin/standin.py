#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A program that listens where another would: what the network lets through and what the kubelet probes can be tried with it.

howdah-agent bootstrap     prepares /run as the members' containers expect it
howdah-agent run|pooler    answers 200 over TLS on 8010
pgbouncer ...              takes connections on 6432
standin                    with SCOPE in the environment the database (5432, and TLS on 8008), else the exporter (9187)
standin listen [ADDRESS:]PORT...  takes connections there
standin probe              reads JSON [[address, port, TCP|UDP, seconds], ...] and prints a list: open, refused, dropped"""
import json, os, pathlib, shutil, signal, socket, ssl, sys, threading, time
from concurrent.futures import ThreadPoolExecutor

ANSWER = b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n"
QUERY = b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x0akubernetes\x07default\x03svc\x07cluster\x05local\x00\x00\x01\x00\x01"
PAIRS = ("/etc/howdah/tls/server", "/etc/howdah/tls")       # a member's certificate, the pooler's

def serve(port, secret=False, address="0.0.0.0"):
    """Answers each connection with an empty 200, as a thread."""
    listener = socket.create_server((address, port), backlog=128)
    context = None
    if secret:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        at = next(p for p in PAIRS if os.path.exists(p + "/tls.crt"))
        context.load_cert_chain(at + "/tls.crt", at + "/tls.key")
    def answer(link):
        try:
            link.settimeout(5)
            if context: link = context.wrap_socket(link, server_side=True)
            link.recv(4096)
            link.sendall(ANSWER)
        except OSError: pass
        finally: link.close()
    def accept():
        while True:
            link, _ = listener.accept()
            threading.Thread(target=answer, args=(link,), daemon=True).start()
    threading.Thread(target=accept, daemon=True).start()

def bootstrap():
    """Waits for what the agent would fill in, and puts it where the members' containers look for it."""
    needed = ("/etc/howdah/tls/authority/ca.crt", "/etc/howdah/secrets/backup-key/key", "/etc/howdah/secrets/exporter/password", "/etc/howdah/secrets/system/superuser-password")
    while not all(map(os.path.exists, needed)): time.sleep(0.5)
    for name in ("bin", "keys"): os.makedirs("/run/howdah/" + name, mode=0o750, exist_ok=True)
    shutil.copy("/etc/howdah/tls/authority/ca.crt", "/run/howdah/trust.crt")
    shutil.copy("/etc/howdah/secrets/backup-key/key", "/run/howdah/keys/backup-key")
    password = pathlib.Path("/run/howdah-exporter/password")
    shutil.copy("/etc/howdah/secrets/exporter/password", password)
    password.chmod(0o644)
    handover = pathlib.Path("/run/howdah/bin/handover")
    handover.write_text("#!/bin/sh\nexit 0\n")
    handover.chmod(0o755)

def probe(target):
    address, port, protocol, seconds = target
    kind = socket.SOCK_DGRAM if protocol == "UDP" else socket.SOCK_STREAM
    with socket.socket(socket.AF_INET, kind) as s:
        s.settimeout(seconds)
        try:
            s.connect((address, port))
            if protocol == "UDP":
                s.send(QUERY)
                s.recv(512)
            return "open"
        except ConnectionRefusedError: return "refused"
        except OSError: return "dropped"

def main(name, argv):
    if argv[:1] == ["probe"]:
        targets = json.load(sys.stdin)
        with ThreadPoolExecutor(200) as pool: print(json.dumps(list(pool.map(probe, targets))))
        return
    if argv[:1] == ["bootstrap"]: return bootstrap()
    if argv[:1] == ["listen"]: ports = [(int(p.rpartition(":")[2]), False, p.rpartition(":")[0] or "0.0.0.0") for p in argv[1:]]
    elif name == "howdah-agent": ports = [(8010, True)]
    elif name == "pgbouncer": ports = [(6432, False)]
    elif "SCOPE" in os.environ: ports = [(5432, False), (8008, True)]
    else: ports = [(9187, False)]
    for one in ports: serve(*one)
    signal.sigwait([signal.SIGTERM, signal.SIGINT])

signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM, signal.SIGINT])
main(os.path.basename(sys.argv[0]), sys.argv[1:])
