#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""test_identity.py - bootstrap claims an archive in each kind of store, with each kind of identity, TAP.

S3 is versitygw, with keys that STS or Pod Identity's stand-in gave; Google's and Azure's stores are tests/agent/clouds.py."""
import base64, json, os, shutil, subprocess, sys, tempfile
sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.realpath(__file__))
sys.path[:0] = [HERE, os.path.dirname(HERE)]
import bench as benches, tap
from clouds import Clouds

ACCOUNT_KEY = b"the account's key"
NO_KEYS = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}

def reset(b, clouds):
    b.delete_all()
    shutil.rmtree(b.s3.data + "/walg/spilo", ignore_errors=True)
    clouds.objects.clear()
    b.apply()

def orders(b, kind, endpoint):
    o = b.orders()
    store = o["spec"]["archive"]["store"]
    store.update(type=kind, endpoint=endpoint)
    if kind == "azure": store["account"] = "acc"
    if kind != "s3": store["caFile"] = "/etc/howdah/store-ca/clouds.crt"
    return o

def try_it(b, clouds, title, kind, env, endpoint=None):
    reset(b, clouds)
    o = orders(b, kind, endpoint or (clouds.url() if kind != "s3" else b.orders()["spec"]["archive"]["store"]["endpoint"]))
    def root(name):
        path = b.pod(name, o)
        shutil.copy(b.work + "/clouds.crt", path + "/etc/howdah/store-ca/clouds.crt")
        return path
    held = lambda: {k: v for k, v in (b.archive() if kind == "s3" else clouds.objects).items()}
    code, log = b.run(root("orders-0"), **env)
    claims = [k for k in held() if k.endswith("howdah-claim.json")]
    tap.ok(code == 0 and len(claims) == 1 and any(k.endswith("howdah-key-1.pem") for k in held()), title + ": claimed, with escrow", log + str(clouds.asked[-6:]))
    before = held()
    code, log = b.run(root("orders-1"), **env)
    tap.ok(code == 0 and held() == before, title + ": a second pod takes the claim for ours", log)
    reset_api_only(b)
    code, log = b.run(root("orders-0"), **env)
    tap.ok(code == 3 and held() == before, title + ": another's claim stops the pod", log)

def reset_api_only(b):
    b.delete_all()
    b.apply()

def refuses(b, clouds, title, kind, env):
    reset(b, clouds)
    root = b.pod("orders-0", orders(b, kind, clouds.url()))
    shutil.copy(b.work + "/clouds.crt", root + "/etc/howdah/store-ca/clouds.crt")
    code, log = b.run(root, 3, **env)
    tap.ok(code is None and "StoreDenied" in log and not clouds.objects, title, log)

def all_of(b, work):
    certificate = benches.certificate(work, "clouds")
    private, public = work + "/service.key", work + "/service.pub"
    benches.sh("openssl", "genrsa", "-out", private, "2048")
    benches.sh("openssl", "rsa", "-in", private, "-pubout", "-out", public)
    clouds = Clouds(work, certificate, ACCOUNT_KEY, public)
    with open(work + "/token", "w") as f: f.write("federated\n")
    with open(work + "/stale", "w") as f: f.write("other\n")
    with open(private) as f: key = f.read()
    with open(work + "/service.json", "w") as f: json.dump({"type": "service_account", "client_email": "robot@example", "private_key": key, "token_uri": clouds.url() + "/google-token"}, f)
    node = "127.0.0.1:%d" % clouds.node.server_port
    role = {**NO_KEYS, "AWS_ROLE_ARN": "arn:role", "AWS_WEB_IDENTITY_TOKEN_FILE": work + "/token", "AWS_ENDPOINT_URL_STS": clouds.url() + "/sts", "AWS_CA_BUNDLE": work + "/clouds.crt"}
    azure = {"AZURE_FEDERATED_TOKEN_FILE": work + "/token", "AZURE_CLIENT_ID": "client", "AZURE_TENANT_ID": "tenant", "AZURE_AUTHORITY_HOST": clouds.url()}
    try:
        try_it(b, clouds, "S3, role by web identity", "s3", role)
        try_it(b, clouds, "S3, EKS Pod Identity", "s3", {**NO_KEYS, "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://%s/pod-identity" % node,
                                                         "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": work + "/token"})
        try_it(b, clouds, "Google, workload identity", "gcs", {"GCE_METADATA_HOST": node})
        try_it(b, clouds, "Azure, account key", "azure", {"AZURE_STORAGE_ACCESS_KEY": base64.b64encode(ACCOUNT_KEY).decode()})
        refuses(b, clouds, "Azure: a wrong account key is told", "azure", {"AZURE_STORAGE_ACCESS_KEY": base64.b64encode(b"other").decode()})
        refuses(b, clouds, "Google: a file that is no key is told", "gcs", {"GOOGLE_APPLICATION_CREDENTIALS": work + "/token"})
        refuses_tls(b, clouds, "Azure, workload identity: an authority that nobody trusts gets no token", "azure", azure)
        refuses_tls(b, clouds, "Google, service account: an authority that nobody trusts gets no assertion", "gcs", {"GOOGLE_APPLICATION_CREDENTIALS": work + "/service.json"})
        if os.geteuid(): return tap.skip("tokens of Azure and Google", "needs root, to stand in for the system's authorities")
        b.system_ca = work + "/clouds.crt"
        try_it(b, clouds, "Azure, workload identity", "azure", azure)
        refuses(b, clouds, "Azure: a federated token that is not ours is told", "azure", {**azure, "AZURE_FEDERATED_TOKEN_FILE": work + "/stale"})
        try_it(b, clouds, "Google, service account", "gcs", {"GOOGLE_APPLICATION_CREDENTIALS": work + "/service.json"})
    finally: clouds.stop()

def refuses_tls(b, clouds, title, kind, env):
    reset(b, clouds)
    clouds.asked.clear()
    root = b.pod("orders-0", orders(b, kind, clouds.url()))
    shutil.copy(b.work + "/clouds.crt", root + "/etc/howdah/store-ca/clouds.crt")
    code, log = b.run(root, 3, **env)
    tap.ok(code is None and "certificate" in log and not clouds.asked, title, log + str(clouds.asked))

def main():
    if not benches.gateway(): return tap.skip("identities", "versitygw is not built: tests/testbed/kube-testbed/kube-testbed build")
    if not os.path.exists(benches.agent_of()): return tap.skip("identities", "%s is not built" % benches.agent_of())
    work = tempfile.mkdtemp(prefix="howdah-identity-")
    try:
        with benches.Bench(work) as b: all_of(b, work)
    finally: shutil.rmtree(work, ignore_errors=True)

main()
tap.done()
