# SPDX-License-Identifier: Apache-2.0
"""Container images made here: Debian packages, PyPI packages and files become the layers of an OCI image."""
import hashlib, io, json, os, shutil, subprocess, sys, tarfile, tempfile, time

SUITE, PYTHON = "bookworm", "python3.11"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
LISTS = ("deb", "users", "run", "pip", "add", "env", "entrypoint", "cmd")

def digest(data): return "sha256:" + hashlib.sha256(data).hexdigest()

def file_digest(path):
    with open(path, "rb") as f: return "sha256:" + hashlib.file_digest(f, "sha256").hexdigest()

def cached(cache, kind, recipe, make):
    """The tar of a layer, made once per recipe."""
    folder = os.path.join(cache, "layers")
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, "%s-%s.tar" % (kind, hashlib.sha256(json.dumps(recipe).encode()).hexdigest()[:16]))
    if not os.path.exists(path):
        start, part = time.time(), "%s.%d" % (path, os.getpid())
        try:
            make(part)
            os.rename(part, path)
        finally:
            if os.path.exists(part): os.unlink(part)
        print("layer of %s: %.0f s" % (kind, time.time() - start), file=sys.stderr)
    return path

def pack(path, entries):
    """A tar that depends on nothing but ENTRIES: (name inside, file here, mode or None)."""
    def clean(info):
        info.uid = info.gid = info.mtime = 0
        info.uname = info.gname = ""
        return info
    with tarfile.open(path, "w") as tar:
        folders = set()
        for name, source, mode in sorted(entries):
            parent = ""
            for part in name.split("/")[:-1]:
                parent = parent + part + "/"
                if parent not in folders:
                    folders.add(parent)
                    info = tarfile.TarInfo(parent)
                    info.type, info.mode = tarfile.DIRTYPE, 0o755
                    tar.addfile(info)
            info = clean(tar.gettarinfo(source, name))
            info.type = tarfile.REGTYPE if info.islnk() else info.type      # a hard link here is a file there
            info.size = os.path.getsize(source) if info.isreg() else 0
            info.mode = mode if mode is not None else 0o755 if info.mode & 0o111 else 0o644
            if info.isreg():
                with open(source, "rb") as f: tar.addfile(info, f)
            else:
                tar.addfile(info)

def walk(source, name):
    if not os.path.isdir(source): return [(name, source)]
    return [(os.path.join(name, os.path.relpath(os.path.join(at, f), source)), os.path.join(at, f))
            for at, _, files in os.walk(source) for f in files]

def deb_layer(path, suite, packages, users, run):
    hooks = []
    for user in users:                          # before any package asks for its own user: name:uid:gid:home
        name, uid, gid, home = user.split(":")
        hooks.append('echo "%s:x:%s:%s::%s:/bin/bash" >>"$1/etc/passwd"; echo "%s:x:%s:" >>"$1/etc/group"; '
                     'echo "%s:*:1::::::" >>"$1/etc/shadow"' % (name, uid, gid, home, name, gid, name))
    subprocess.run(["mmdebstrap", "--quiet", "--variant=minbase", "--include=" + ",".join(packages),
                    *["--essential-hook=" + h for h in hooks], *["--customize-hook=chroot \"$1\" " + r for r in run],
                    "--dpkgopt=path-exclude=/usr/share/doc/*", "--dpkgopt=path-exclude=/usr/share/man/*",
                    "--dpkgopt=path-exclude=/usr/share/locale/*",
                    "--format=tar", suite, path], check=True, stdout=sys.stderr)

def pip_layer(path, packages):
    with tempfile.TemporaryDirectory() as top:
        site = top + "/usr/local/lib/" + PYTHON + "/dist-packages"
        subprocess.run(["/usr/bin/python3", "-m", "pip", "install", "--quiet", "--no-input", "--root-user-action=ignore",
                        "--target", site, *packages], check=True, stdout=sys.stderr)
        if os.path.isdir(site + "/bin"): shutil.move(site + "/bin", top + "/usr/local/bin")
        pack(path, [(n.lstrip("/"), s, None) for n, s in walk(top, "")])

def build(cache, spec, scratch):
    """SPEC is a mapping of the LISTS above, user, workdir and suite (of Debian). Returns (layers, config, manifest); files go to SCRATCH."""
    unknown = set(spec) - set(LISTS) - {"user", "workdir", "suite"}
    if unknown: raise ValueError("unknown image keys: " + ", ".join(sorted(unknown)))
    spec = {**{k: [] for k in LISTS}, **spec}
    layers = []
    if spec["deb"]:
        recipe = [spec.get("suite") or SUITE, sorted(spec["deb"]), spec["users"], spec["run"]]
        layers.append(cached(cache, "deb", recipe, lambda p: deb_layer(p, *recipe)))
    if spec["pip"]:
        layers.append(cached(cache, "pip", [PYTHON, sorted(spec["pip"])], lambda p: pip_layer(p, sorted(spec["pip"]))))
    if spec["add"]:
        entries = []
        for item in spec["add"]:                # SRC:DST[:MODE]
            source, name, mode = (item.split(":") + [None])[:3]
            entries += [(n.lstrip("/"), s, int(mode, 8) if mode else None) for n, s in walk(source, name)]
        layers.append(os.path.join(scratch, "add.tar"))
        pack(layers[-1], entries)
    digests = [file_digest(p) for p in layers]
    names = {e.split("=")[0] for e in spec["env"]}
    config = {"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": digests},
              "config": {"Env": ([] if "PATH" in names else ["PATH=" + PATH]) + spec["env"], "Entrypoint": spec["entrypoint"],
                         "Cmd": spec["cmd"], "User": str(spec.get("user", "")), "WorkingDir": spec.get("workdir", "/")}}
    config = json.dumps(config, sort_keys=True).encode()
    kind = "application/vnd.oci.image."
    manifest = {"schemaVersion": 2, "mediaType": kind + "manifest.v1+json",
                "config": {"mediaType": kind + "config.v1+json", "digest": digest(config), "size": len(config)},
                "layers": [{"mediaType": kind + "layer.v1.tar", "digest": d, "size": os.path.getsize(p)}
                           for d, p in zip(digests, layers)]}
    return dict(zip(digests, layers)), config, json.dumps(manifest, sort_keys=True).encode()

def write(out, name, layers, config, manifest):
    """The image as an OCI archive, as "ctr images import" reads it."""
    index = {"schemaVersion": 2, "manifests": [{"mediaType": "application/vnd.oci.image.manifest.v1+json",
             "digest": digest(manifest), "size": len(manifest), "annotations": {"io.containerd.image.name": name}}]}
    with tarfile.open(fileobj=out, mode="w|") as tar:
        def put(path, data):
            info = tarfile.TarInfo(path)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
        put("oci-layout", b'{"imageLayoutVersion":"1.0.0"}')
        put("index.json", json.dumps(index).encode())
        for blob in (config, manifest): put("blobs/sha256/" + digest(blob)[7:], blob)
        for d, path in layers.items():
            info = tarfile.TarInfo("blobs/sha256/" + d[7:])
            info.size = os.path.getsize(path)
            with open(path, "rb") as f: tar.addfile(info, f)
