# SPDX-License-Identifier: Apache-2.0
"""A small client of the Kubernetes API: JSON over https, standard library only."""
import http.client, json, os, ssl, urllib.parse

MERGE, APPLY = "application/merge-patch+json", "application/apply-patch+yaml"

class ApiError(Exception):
    def __init__(self, status, message):
        super().__init__("%d %s" % (status, message))
        self.status = status

class Api:
    """Speaks for the admin of the cluster in DIRECTORY; to be used inside the cluster's network namespace."""
    def __init__(self, directory):
        with open(os.path.join(directory, "kubeconfig")) as f:
            config = json.load(f)
        cluster = config["clusters"][0]["cluster"]
        self.address = urllib.parse.urlsplit(cluster["server"]).netloc
        self.token = config["users"][0]["user"]["token"]
        self.tls = ssl.create_default_context(cafile=os.path.join(directory, "pki/ca.crt"))
        self.connection = None

    def _open(self, timeout):
        return http.client.HTTPSConnection(self.address, timeout=timeout, context=self.tls)

    def _headers(self, content="application/json"):
        return {"Authorization": "Bearer " + self.token, "Accept": "application/json", "Content-Type": content}

    def request(self, method, path, body=None, content="application/json"):
        data = None if body is None else json.dumps(body)
        while True:
            fresh = self.connection is None
            self.connection = self.connection or self._open(30)
            try:
                self.connection.request(method, path, data, self._headers(content))
                answer = self.connection.getresponse()
                text = answer.read()
                break
            except (OSError, http.client.HTTPException) as e:
                self.connection.close()
                self.connection = None
                if fresh: raise OSError(str(e))         # else: the server had closed a connection that was idle
        if answer.status >= 300:
            raise ApiError(answer.status, text.decode(errors="replace")[:500])
        return json.loads(text) if text[:1] == b"{" else text.decode()

    def get(self, path): return self.request("GET", path)
    def post(self, path, body): return self.request("POST", path, body)
    def patch(self, path, body): return self.request("PATCH", path, body, MERGE)
    def delete(self, path): return self.request("DELETE", path)

    def apply(self, path, body):
        return self.request("PATCH", path + "?fieldManager=kube-testbed&force=true", body, APPLY)

    def watch(self, path, seconds=300):
        """Lists, then yields every event: (None, list) first, then (type, object); ends after a while or on 410."""
        listed = self.get(path)
        yield None, listed["items"]
        connection = self._open(seconds + 30)
        try:
            connection.request("GET", "%s?watch=1&timeoutSeconds=%d&resourceVersion=%s" %
                               (path, seconds, listed["metadata"]["resourceVersion"]), headers=self._headers())
            for line in connection.getresponse():
                event = json.loads(line)
                if event["type"] == "ERROR": return
                yield event["type"], event["object"]
        finally:
            connection.close()
