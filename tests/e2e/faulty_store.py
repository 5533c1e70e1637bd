#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""faulty_store.py slow|errors HOST:PORT TO CERTIFICATE KEY - where the object store listened, until it is ended.

slow: what is said goes on to port TO of the host and back, each connection after a while and at a modem's speed.
errors: each request is read to its end and answered 503 or 500 in turn, as S3 does when it is overloaded or ill (Amazon S3 API
Reference, Error responses: SlowDown, InternalError)."""
import http.server, itertools, socket, ssl, sys, threading, time

WAIT, RATE, BLOCK = 10.0, 200_000, 20_000           # seconds before the first byte; bytes per second, at once
ERRORS = ((503, "SlowDown"), (500, "InternalError"))

def carry(source, target):
    try:
        while data := source.recv(BLOCK):
            time.sleep(len(data) / RATE)
            target.sendall(data)
    except OSError: pass
    for side in (source, target):
        try: side.shutdown(socket.SHUT_RDWR)
        except OSError: pass

def forward(guest, address):
    time.sleep(WAIT)
    try: there = socket.create_connection(address)
    except OSError: return guest.close()
    threading.Thread(target=carry, args=(guest, there), daemon=True).start()
    carry(there, guest)

def slow(host, port, to):
    with socket.create_server((host, port), backlog=64) as server:
        while True: threading.Thread(target=forward, args=(server.accept()[0], (host, to)), daemon=True).start()

class Ill(http.server.BaseHTTPRequestHandler):
    protocol_version, turns = "HTTP/1.1", itertools.cycle(ERRORS)

    def answer(self):
        left = int(self.headers.get("Content-Length") or 0)
        while left > 0: left -= len(self.rfile.read(min(left, 65536))) or left
        code, name = next(self.turns)
        text = b"" if self.command == "HEAD" else b"<Error><Code>%s</Code><Message>a fault that was asked for</Message></Error>" % name.encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/xml")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = answer

def errors(host, port, certificate, key):
    server = http.server.ThreadingHTTPServer((host, port), Ill)
    server.daemon_threads = True
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate, key)
    server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    server.serve_forever()

def main(how, listen, to, certificate, key):
    host, port = listen.rsplit(":", 1)
    if how == "slow": slow(host, int(port), int(to))
    errors(host, int(port), certificate, key)

if len(sys.argv) != 6 or sys.argv[1] not in ("slow", "errors"): sys.exit(__doc__)
main(*sys.argv[1:])
