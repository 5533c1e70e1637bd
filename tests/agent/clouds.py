# SPDX-License-Identifier: Apache-2.0
"""What stands where clouds stand: Google's and Azure's stores and who gives tokens, as far as bootstrap asks them. Each checks
what the real one checks: signatures, tokens, conditions, and nothing else is answered."""
import base64, email.utils, hashlib, hmac, http.server, json, ssl, subprocess, threading, urllib.parse

class Clouds:
    """Two servers on loopback: one with TLS for stores and tokens, one without for what runs on a node."""
    def __init__(self, work, certificate, account_key, service_key):
        self.work, self.objects, self.asked = work, {}, []
        self.account_key, self.service_key = account_key, service_key
        self.tls, self.node = self.serve(ssl_of(*certificate)), self.serve(None)

    def serve(self, context):
        clouds = self
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            def log_message(self, *_): pass
            def do_any(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                code, text = clouds.answer(self.command, self.path, self.headers, body)
                clouds.asked.append((self.command, self.path, code))
                self.send_response(code)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)
            do_GET = do_PUT = do_POST = do_any
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if context: server.socket = context.wrap_socket(server.socket, server_side=True)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return server

    def url(self, server=None): return "%s://127.0.0.1:%d" % (("https", self.tls.server_port) if server is None else ("http", server.server_port))

    def stop(self):
        for s in (self.tls, self.node): s.shutdown(); s.server_close()

    def answer(self, method, path, headers, body):
        u = urllib.parse.urlsplit(path)
        query = dict(urllib.parse.parse_qsl(u.query))
        form = dict(urllib.parse.parse_qsl(body.decode())) if method == "POST" else {}
        if u.path == "/sts": return self.sts(form)
        if u.path == "/pod-identity": return self.pod_identity(headers)
        if u.path.startswith("/computeMetadata/"):
            good = headers.get("Metadata-Flavor") == "Google" and u.path.endswith("/service-accounts/default/token")
            return (200, b'{"access_token":"google","expires_in":3599,"token_type":"Bearer"}') if good else (403, b"")
        if u.path == "/google-token": return self.google_token(form)
        if u.path == "/tenant/oauth2/v2.0/token":
            good = form.get("client_assertion") == "federated" and form.get("client_id") == "client" and form.get("scope") == "https://storage.azure.com/.default"
            return (200, b'{"access_token":"azure","expires_in":3599}') if good else (400, b"{}")
        if "x-ms-version" in headers: return self.azure(method, u.path, query, headers, body)
        return self.google(method, u.path, query, headers, body)

    def sts(self, form):
        good = form == {"Action": "AssumeRoleWithWebIdentity", "Version": "2011-06-15", "RoleArn": "arn:role", "RoleSessionName": "howdah-agent", "WebIdentityToken": "federated"}
        return (200, b"<AssumeRoleWithWebIdentityResponse><Credentials><AccessKeyId>k</AccessKeyId><SecretAccessKey>s</SecretAccessKey>"
                     b"<SessionToken></SessionToken></Credentials></AssumeRoleWithWebIdentityResponse>") if good else (403, b"")

    def pod_identity(self, headers):
        good = headers.get("Authorization") == "federated"
        return (200, b'{"AccessKeyId":"k","SecretAccessKey":"s","Token":"","Expiration":"2030-01-01T00:00:00Z"}') if good else (403, b"")

    def google_token(self, form):
        """RFC 7523: the assertion is signed by the service account's key."""
        head, claims, signature = form["assertion"].split(".")
        plain = lambda s: base64.urlsafe_b64decode(s + "=" * (-len(s) % 4))
        for name, data in (("signed", (head + "." + claims).encode()), ("signature", plain(signature))):
            with open(self.work + "/" + name, "wb") as f: f.write(data)
        good = subprocess.run(["openssl", "dgst", "-sha256", "-verify", self.service_key, "-signature", self.work + "/signature", self.work + "/signed"], capture_output=True).returncode == 0
        claims = json.loads(plain(claims))
        good = good and claims["iss"] == "robot@example" and claims["exp"] - claims["iat"] <= 3600 and claims["scope"].endswith("devstorage.read_write")
        return (200, b'{"access_token":"google","expires_in":3599}') if good else (401, b"{}")

    def google(self, method, path, query, headers, body):
        if headers.get("Authorization") != "Bearer google": return 401, b"<Error><Code>AuthenticationRequired</Code></Error>"
        return self.store(method, path, query, body, headers.get("x-goog-if-generation-match") == "0", "<ListBucketResult>%s</ListBucketResult>", "Key")

    def azure(self, method, path, query, headers, body):
        given = headers.get("Authorization", "")
        if given != "Bearer azure" and given != "SharedKey acc:" + self.shared_key(method, path, query, headers): return 403, b"<Error><Code>AuthenticationFailed</Code></Error>"
        if method == "PUT" and headers.get("x-ms-blob-type") != "BlockBlob": return 400, b""
        return self.store(method, path, query, body, headers.get("If-None-Match") == "*", '<EnumerationResults ServiceEndpoint="x">%s</EnumerationResults>', "Name")

    def shared_key(self, method, path, query, headers):
        lines = [method, "", "", headers.get("Content-Length") or "", headers.get("Content-MD5") or "", headers.get("Content-Type") or "", "", "", "",
                 headers.get("If-None-Match") or "", "", ""]
        lines += ["%s:%s" % (k, headers[k]) for k in sorted(k.lower() for k in headers if k.lower().startswith("x-ms-"))]
        resource = "/acc" + path + "".join("\n%s:%s" % (k, query[k]) for k in sorted(query))
        return base64.b64encode(hmac.new(self.account_key, ("\n".join(lines) + "\n" + resource).encode(), hashlib.sha256).digest()).decode()

    def store(self, method, path, query, body, only_new, listed, tag):
        bucket, _, key = path[1:].partition("/")
        if bucket != "walg": return 404, b"<Error><Code>NoSuchBucket</Code></Error>"
        if method == "GET" and not key:
            names = sorted(k for k in self.objects if k.startswith(query["prefix"]))
            return 200, (listed % "".join("<%s>%s</%s>" % (tag, n, tag) for n in names)).encode()
        if method == "GET": return (200, self.objects[key]) if key in self.objects else (404, b"<Error><Code>NoSuchKey</Code></Error>")
        if only_new and key in self.objects: return 412, b"<Error><Code>PreconditionFailed</Code></Error>"
        self.objects[key] = body
        return 201, b""

def ssl_of(certificate, key):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context
