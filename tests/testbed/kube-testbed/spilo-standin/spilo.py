#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A stand-in for the start-up of Zalando's Spilo, to run generated StatefulSets where the real image cannot be had.

usage: spilo.py launch               what the container runs: check, configure, run Patroni until told to stop
       spilo.py check                only check the environment
       spilo.py basebackup|archive|clone|clone-basebackup ...     how Patroni makes a data directory

It reads Spilo's environment variables and writes /run/postgres.yml and the wal-g envdirs as Spilo does. Its value as a test is
that it is strict where Spilo is silent: it refuses to start with variables that Spilo does not know, with values that Spilo
would mangle or ignore, with mounts or a user that Spilo cannot work with (list: mistakes()).
What it does not do: runit, cron (backups on a schedule, five-minute certificate reload), the base backup after start, log
shipping, in-place major upgrade, PAM, pgq, bg_mon on port 8080, the roles and schemas of post_init, WAL-E, cloud metadata,
other stores than S3. All majors are PostgreSQL 15. wal-g is a stand-in too.
SPILO_GENERATION=A in the environment: behave as spilo-17:4.0 where generations differ; default B (spilo-18:4.1).
STANDIN_ALLOW=NAME,...: variables to let pass."""
import html, json, os, re, signal, subprocess, sys, time
import yaml

ENV, RUN = os.environ, os.environ.get("RW_DIR", "/run")
GENERATION = ENV.get("SPILO_GENERATION", "B")
WAL_ENV = RUN + "/etc/wal-e.d/env"
CONFIG = RUN + "/postgres.yml"

# ---- what Spilo knows -----------------------------------------------------------------------------------------------

STORES = {
    "S3": "WALE_S3_PREFIX WALG_S3_PREFIX AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_ENDPOINT WALE_S3_ENDPOINT WALG_S3_ENDPOINT AWS_REGION "
          "AWS_INSTANCE_PROFILE WALG_S3_SSE WALG_S3_SSE_KMS_ID WALE_DISABLE_S3_SSE WALG_DISABLE_S3_SSE AWS_S3_FORCE_PATH_STYLE AWS_ROLE_ARN "
          "AWS_WEB_IDENTITY_TOKEN_FILE AWS_STS_REGIONAL_ENDPOINTS AWS_EC2_METADATA_SERVICE_ENDPOINT AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE",
    "GS": "WALE_GS_PREFIX WALG_GS_PREFIX GOOGLE_APPLICATION_CREDENTIALS",
    "AZ": "WALG_AZ_PREFIX AZURE_STORAGE_ACCOUNT WALG_AZURE_BUFFER_SIZE WALG_AZURE_MAX_BUFFERS AZURE_ENVIRONMENT_NAME AZURE_STORAGE_ACCESS_KEY "
          "AZURE_STORAGE_SAS_TOKEN AZURE_CLIENT_ID AZURE_CLIENT_SECRET AZURE_TENANT_ID",
    "SSH": "WALG_SSH_PREFIX SSH_PRIVATE_KEY_PATH SSH_USERNAME SSH_PORT"}
COMMON = ("WALG_DELTA_MAX_STEPS WALG_DELTA_ORIGIN WALG_DOWNLOAD_CONCURRENCY WALG_UPLOAD_CONCURRENCY WALG_UPLOAD_DISK_CONCURRENCY "
          "WALG_DISK_RATE_LIMIT WALG_NETWORK_RATE_LIMIT WALG_COMPRESSION_METHOD WALG_BACKUP_COMPRESSION_METHOD WALG_BACKUP_FROM_REPLICA "
          "WALG_SENTINEL_USER_DATA WALG_PREVENT_WAL_OVERWRITE WALG_S3_CA_CERT_FILE WALG_LIBSODIUM_KEY WALG_LIBSODIUM_KEY_PATH "
          "WALG_LIBSODIUM_KEY_TRANSFORM WALG_PGP_KEY WALG_PGP_KEY_PATH WALG_PGP_KEY_PASSPHRASE no_proxy http_proxy https_proxy "
          "USE_WALG_BACKUP USE_WALG_RESTORE")
STORAGE = set((" ".join(STORES.values()) + " " + COMMON).split()) | set(
    "WAL_S3_BUCKET WAL_GS_BUCKET WAL_GCS_BUCKET WAL_SWIFT_BUCKET WAL_BUCKET_SCOPE_PREFIX WAL_BUCKET_SCOPE_SUFFIX".split())
KNOWN = STORAGE | set(
    "SCOPE POD_IP POD_NAMESPACE DCS_ENABLE_KUBERNETES_API SPILO_PROVIDER PGVERSION APIPORT PGPORT RESTAPI_CONNECT_ADDRESS PG_CONNECT_ADDRESS "
    "PGUSER_SUPERUSER PGPASSWORD_SUPERUSER PGUSER_STANDBY PGPASSWORD_STANDBY PGUSER_ADMIN PGPASSWORD_ADMIN USE_ADMIN HUMAN_ROLE PAM_OAUTH2 "
    "SPILO_CONFIGURATION SSL_CERTIFICATE_FILE SSL_PRIVATE_KEY_FILE SSL_CA_FILE SSL_CRL_FILE SSL_CERTIFICATE SSL_PRIVATE_KEY SSL_CA SSL_CRL "
    "SSL_TEST_RELOAD SSL_RESTAPI_CERTIFICATE_FILE SSL_RESTAPI_PRIVATE_KEY_FILE SSL_RESTAPI_CA_FILE SSL_RESTAPI_CERTIFICATE "
    "SSL_RESTAPI_PRIVATE_KEY SSL_RESTAPI_CA ALLOW_NOSSL BACKUP_SCHEDULE BACKUP_NUM_TO_RETAIN WALE_TMPDIR WAL_RESTORE_TIMEOUT "
    "WALE_BACKUP_THRESHOLD_MEGABYTES WALE_BACKUP_THRESHOLD_PERCENTAGE WALG_BACKUP_THRESHOLD_MEGABYTES WALG_BACKUP_THRESHOLD_PERCENTAGE "
    "ENABLE_WAL_PATH_COMPAT CRONTAB LOG_S3_BUCKET LOG_S3_ENDPOINT LOG_S3_TAGS LOG_SHIP_SCHEDULE LOG_SHIP_HOURLY LOG_BUCKET_SCOPE_PREFIX "
    "LOG_BUCKET_SCOPE_SUFFIX LOG_GROUP_BY_DATE LOG_TMPDIR CALLBACK_SCRIPT ENABLE_PG_MON USE_OLD_LOCALES INITDB_LOCALE PGBOUNCER_CONFIGURATION "
    "PGBOUNCER_AUTHENTICATION CLONE_METHOD CLONE_SCOPE CLONE_HOST CLONE_PORT CLONE_USER CLONE_PASSWORD CLONE_PGPASS CLONE_TARGET_TIME "
    "CLONE_TARGET_TIMELINE CLONE_TARGET_INCLUSIVE USE_PAUSE_AT_RECOVERY_TARGET STANDBY_HOST STANDBY_PORT STANDBY_PRIMARY_SLOT_NAME STANDBY_SCOPE".split())
KNOWN |= {prefix + name for prefix in ("CLONE_", "STANDBY_") for name in STORAGE}
OWN = set("PATH HOME HOSTNAME POD_NAME TERM PWD SHLVL _ PGHOME RW_DIR PGROOT PGDATA PGLOG WALE_ENV_DIR WALG_ENV_DIR LOG_ENV_DIR LC_ALL DEMO "
          "SPILO_GENERATION STANDIN_ALLOW".split())
FIXED = {"PGROOT": "/home/postgres/pgdata/pgroot", "PGDATA": "/home/postgres/pgdata/pgroot/data", "PGLOG": "/home/postgres/pgdata/pgroot/pg_log",
         "PGHOME": "/home/postgres", "RW_DIR": "/run", "LC_ALL": "en_US.utf-8", "APIPORT": "8008", "PGPORT": "5432"}
STORE_SWITCH = ("WAL_S3_BUCKET WALE_S3_PREFIX WALG_S3_PREFIX WALG_AZ_PREFIX WALG_SSH_PREFIX WAL_GS_BUCKET WAL_GCS_BUCKET WALE_GS_PREFIX "
                "WALG_GS_PREFIX WAL_SWIFT_BUCKET").split()

def mistakes():
    """Everything that Spilo would silently ignore, mangle or choke on."""
    allowed = KNOWN | OWN | set(ENV.get("STANDIN_ALLOW", "").split(","))
    for name in sorted(ENV):
        if name in allowed or name.startswith("KUBERNETES_"): continue
        links = " (a Service's variable: enableServiceLinks must be false)" if re.search("_SERVICE_HOST|_SERVICE_PORT|_PORT(_|$)", name) else ""
        yield "variable %s is unknown to Spilo%s" % (name, links)
    for name, value in FIXED.items():
        if name in ENV and ENV[name] != value: yield "%s must stay %s" % (name, value)
    for name in ("SCOPE", "POD_IP", "POD_NAMESPACE", "DCS_ENABLE_KUBERNETES_API", "KUBERNETES_SCOPE_LABEL", "KUBERNETES_ROLE_LABEL",
                 "KUBERNETES_LEADER_LABEL_VALUE", "KUBERNETES_STANDBY_LEADER_LABEL_VALUE", "KUBERNETES_LABELS", "PGVERSION",
                 "PGPASSWORD_SUPERUSER", "PGPASSWORD_STANDBY"):
        if not ENV.get(name): yield name + " is not set: Spilo's default does not suit"
    for name in ("PGPASSWORD_SUPERUSER", "PGPASSWORD_STANDBY"):
        if html.escape(ENV.get(name, "")) != ENV.get(name, ""): yield name + " has characters that Spilo turns into HTML entities"
    if ENV.get("KUBERNETES_BYPASS_API_SERVICE") != "false": yield "KUBERNETES_BYPASS_API_SERVICE must be false"
    if ENV.get("SPILO_PROVIDER") != "local": yield "SPILO_PROVIDER must be local, or Spilo asks 169.254.169.254"
    for name, kind in (("KUBERNETES_LABELS", dict), ("KUBERNETES_BOOTSTRAP_LABELS", dict), ("SPILO_CONFIGURATION", dict)):
        try:
            if name in ENV and not isinstance(yaml.safe_load(ENV[name]) if name[0] == "S" else json.loads(ENV[name]), kind): raise ValueError
        except (ValueError, yaml.YAMLError): yield name + " is not a mapping"
    for name in ENV:
        if name.startswith("SSL_") and name.endswith("_FILE") and not os.access(ENV[name], os.R_OK): yield "%s: cannot read %s" % (name, ENV[name])
    if not os.path.isdir("/usr/lib/postgresql/%s/bin" % ENV.get("PGVERSION")): yield "PGVERSION %s is not in the image" % ENV.get("PGVERSION")
    methods = {"A": ("CLONE_WITH_WALE",), "B": ("CLONE_WITH_WALE", "CLONE_WITH_WALG")}[GENERATION] + ("CLONE_WITH_BASEBACKUP",)
    if ENV.get("CLONE_METHOD") and ENV["CLONE_METHOD"] not in methods: yield "CLONE_METHOD: Spilo ignores it, and makes an empty cluster"
    if ENV.get("CLONE_TARGET_TIME") and not re.search(r"([+-]\d\d:?\d\d|Z)$", ENV["CLONE_TARGET_TIME"]): yield "CLONE_TARGET_TIME needs an offset"
    if any(map(ENV.get, STORE_SWITCH)):
        if GENERATION == "A" and not (ENV.get("USE_WALG_BACKUP") == ENV.get("USE_WALG_RESTORE") == "true"):
            yield "USE_WALG_BACKUP and USE_WALG_RESTORE must be true, or Spilo takes wal-e"
        if ENV.get("WALG_S3_PREFIX") is None and "WAL_BUCKET_SCOPE_PREFIX" not in ENV: yield "WAL_BUCKET_SCOPE_PREFIX must be set, even if empty"
        if not ENV.get("AWS_REGION") and store("") == "S3": yield "AWS_REGION must be set: Spilo guesses it"
        if store("") == "S3" and not (ENV.get("WALG_DISABLE_S3_SSE") or ENV.get("WALG_S3_SSE")): yield "WALG_DISABLE_S3_SSE or WALG_S3_SSE must be set"
    if os.getuid() != 101 or os.getgid() != 103: yield "runs as %d:%d, not 101:103" % (os.getuid(), os.getgid())
    for path in ("/home/postgres/pgdata", "/run", "/tmp"):
        if not os.access(path, os.W_OK): yield path + " is not writable"
    if not os.path.ismount("/home/postgres/pgdata"): yield "/home/postgres/pgdata is no volume: the data would live in the container"

# ---- configuration --------------------------------------------------------------------------------------------------

def store(prefix):
    def has(*names): return any(ENV.get(prefix + n) for n in names)
    if has("WAL_S3_BUCKET", "WALE_S3_PREFIX", "WALG_S3_PREFIX"): return "S3"
    if has("WAL_GS_BUCKET", "WAL_GCS_BUCKET", "WALE_GS_PREFIX", "WALG_GS_PREFIX"): return "GS"
    return "AZ" if has("WALG_AZ_PREFIX") else "SSH" if has("WALG_SSH_PREFIX") else None

def envdir(prefix, folder, major):
    """Write the wal-g settings of PREFIX ("", CLONE_, STANDBY_); a file that exists is left alone. None if there is no store."""
    kind = store(prefix)
    if not kind: return None
    values = {n: ENV.get(prefix + n) for n in (STORES[kind] + " " + COMMON).split()}
    bucket, scope = ENV.get(prefix + "WAL_S3_BUCKET"), ENV.get(prefix + "SCOPE" if prefix else "SCOPE", "")
    if bucket and not values.get("WALG_S3_PREFIX"):
        values["WALG_S3_PREFIX"] = "s3://%s/spilo/%s%s%s/wal/%s" % (bucket.replace("s3://", ""), ENV.get(prefix + "WAL_BUCKET_SCOPE_PREFIX", ""),
                                                                    scope, ENV.get(prefix + "WAL_BUCKET_SCOPE_SUFFIX", ""), major)
    wrongly = {"S3": "AWS_ACCESS_KEY_ID", "GS": "GOOGLE_APPLICATION_CREDENTIALS"}.get(kind)
    if GENERATION == "B" and wrongly and not values[wrongly]: values[wrongly] = values["WALG_%s_PREFIX" % kind]    # a bug of its (spilo#1209)
    if kind == "S3" and not (values["AWS_ACCESS_KEY_ID"] and values["AWS_SECRET_ACCESS_KEY"]): values["AWS_INSTANCE_PROFILE"] = "true"
    if kind == "S3" and values.get("AWS_ENDPOINT"): values["AWS_S3_FORCE_PATH_STYLE"] = "true"
    if not prefix: values["BACKUP_NUM_TO_RETAIN"] = ENV.get("BACKUP_NUM_TO_RETAIN", "5")
    values.update(WALG_LOG_DESTINATION="stderr", PGPORT="5432", TMPDIR="/home/postgres/pgdata/tmp")
    os.makedirs(folder, exist_ok=True)
    os.makedirs(values["TMPDIR"], exist_ok=True)
    for name, value in values.items():
        path = os.path.join(folder, name)
        if value and not os.path.exists(path):
            with open(path, "w") as f: f.write(value)
    return folder

def certificates():
    """Paths of certificate, key, authority, list of revoked ones; contents go to files, and without any a pair is made."""
    os.makedirs(RUN + "/certs", exist_ok=True)
    paths = {}
    for name, file in (("CERTIFICATE", "server.crt"), ("PRIVATE_KEY", "server.key"), ("CA", "ca.crt"), ("CRL", "server.crl")):
        path = ENV.get("SSL_%s_FILE" % name) or RUN + "/certs/" + file
        if ENV.get("SSL_" + name) and not os.path.exists(path):
            with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w") as f: f.write(ENV["SSL_" + name])
        paths[name] = path
    if not os.path.exists(paths["PRIVATE_KEY"]):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3650", "-subj", "/CN=spilo.example.org",
                        "-keyout", paths["PRIVATE_KEY"], "-out", paths["CERTIFICATE"]], check=True, stderr=subprocess.DEVNULL)
    return {k: p for k, p in paths.items() if os.path.exists(p)}

def memory():
    for path in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            with open(path) as f: text = f.read().strip()
            if text.isdigit() and int(text) < 1 << 50: return int(text)
        except OSError: pass
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")

def merge(below, above):
    """SPILO_CONFIGURATION over the generated: mappings merge, scalars and lists replace, null keeps what was there."""
    for key, value in above.items():
        if isinstance(value, dict) and isinstance(below.get(key), dict): merge(below[key], value)
        elif value is not None or key not in below: below[key] = value
    return below

def available(libraries, bindir):
    """The preload libraries that this image has; it lacks some of Spilo's."""
    folder = subprocess.run([bindir + "/pg_config", "--pkglibdir"], capture_output=True, text=True).stdout.strip() or "/usr/lib/postgresql/15/lib"
    names = [n.strip() for n in libraries.split(",") if n.strip()]
    missing = [n for n in names if not os.path.exists("%s/%s.so" % (folder, n))]
    if missing: log("left out, not in this image: " + ", ".join(missing))
    return ",".join(n for n in names if n not in missing)

def configuration():
    major, scope, ip = ENV["PGVERSION"], ENV["SCOPE"], ENV["POD_IP"]
    bindir, megabytes, pem = "/usr/lib/postgresql/%s/bin" % major, memory() >> 20, certificates()
    wal = envdir("", WAL_ENV, major)
    fetch = 'envdir "%s" wal-g wal-fetch "%%f" "%%p"'
    hba = ["local   all   all   trust", "host   all   all   127.0.0.1/32   md5", "host   all   all   ::1/128   md5",
           "local   replication   %s   trust" % ENV.get("PGUSER_STANDBY", "standby")]
    tls = ["host"] if ENV.get("ALLOW_NOSSL") else ["hostssl"]
    hba += ["%s   replication   %s   all   md5" % (tls[0], ENV.get("PGUSER_STANDBY", "standby"))]
    if not ENV.get("ALLOW_NOSSL"): hba += ["hostnossl   all   all   all   reject"]
    hba += ["%s   all   all   all   md5" % tls[0]]
    parameters = {
        "archive_command": 'envdir "%s" wal-g wal-push "%%p"' % WAL_ENV if wal else "/bin/true", "shared_buffers": "%dMB" % (megabytes // 5),
        "logging_collector": "on", "log_destination": "csvlog", "log_directory": "../pg_log", "log_filename": "postgresql-%u.log",
        "log_file_mode": "0644", "log_rotation_age": "1d", "log_truncate_on_rotation": "on", "ssl": "on",
        "ssl_cert_file": pem["CERTIFICATE"], "ssl_key_file": pem["PRIVATE_KEY"], "pg_stat_statements.track_utility": "off",
        "shared_preload_libraries": "bg_mon,pg_stat_statements,pgextwlist,pg_auth_mon,set_user,pg_cron,pg_stat_kcache",
        "extwlist.extensions": "btree_gin,btree_gist,citext,hstore,intarray,ltree,pgcrypto,pg_trgm,uuid-ossp", "extwlist.custom_path": "/scripts"}
    for key, name in (("ssl_ca_file", "CA"), ("ssl_crl_file", "CRL")):
        if name in pem: parameters[key] = pem[name]
    kubernetes = {n[11:].lower(): v for n, v in ENV.items() if n.startswith("KUBERNETES_") and n != "KUBERNETES_USE_CONFIGMAPS"
                  and not re.match("KUBERNETES_(SERVICE|PORT)", n)}
    for key in ("labels", "bootstrap_labels"):
        if key in kubernetes: kubernetes[key] = json.loads(kubernetes[key])
    kubernetes["bypass_api_service"] = kubernetes.get("bypass_api_service", "true") == "true"
    kubernetes.update(use_endpoints=not ENV.get("KUBERNETES_USE_CONFIGMAPS"), namespace=ENV["POD_NAMESPACE"])
    if kubernetes["use_endpoints"]: kubernetes.update(pod_ip=ip, ports=[{"name": "postgresql", "port": 5432}])
    config = {
        "scope": scope, "name": ENV["HOSTNAME"], "kubernetes": kubernetes,
        "bootstrap": {
            "initdb": [{"encoding": "UTF8"}, {"locale": ENV.get("INITDB_LOCALE", "en_US") + ".UTF-8"}, "data-checksums",
                       {"auth-host": "md5"}, {"auth-local": "trust"}],
            "dcs": {"ttl": 30, "loop_wait": 10, "retry_timeout": 10, "maximum_lag_on_failover": 33554432, "postgresql": {
                "use_pg_rewind": True, "use_slots": True, "parameters": {
                    "archive_mode": "on", "archive_timeout": "1800s", "wal_level": "hot_standby", "wal_log_hints": "on", "wal_compression": "on",
                    "max_wal_senders": 10, "max_replication_slots": 10, "max_connections": min(max(megabytes // 30, 100), 1000),
                    "hot_standby": "on", "tcp_keepalives_idle": 900, "tcp_keepalives_interval": 100, "log_checkpoints": "on",
                    "log_lock_waits": "on", "log_min_duration_statement": 500, "log_connections": "on", "log_disconnections": "on",
                    "log_statement": "ddl", "log_temp_files": 0, "track_functions": "all", "checkpoint_completion_target": 0.9,
                    "autovacuum_max_workers": 5, "autovacuum_vacuum_scale_factor": 0.05, "autovacuum_analyze_scale_factor": 0.02}}}},
        "restapi": {"listen": ":8008", "connect_address": ENV.get("RESTAPI_CONNECT_ADDRESS", ip + ":8008")},
        "postgresql": {
            "use_unix_socket": True, "use_unix_socket_repl": True, "listen": "*:5432", "bin_dir": bindir, "data_dir": FIXED["PGDATA"],
            "connect_address": ENV.get("PG_CONNECT_ADDRESS", ip + ":5432"), "pgpass": RUN + "/postgresql/pgpass", "pg_hba": hba,
            "parameters": parameters, "create_replica_method": ["wal_g", "basebackup_fast_xlog"] if wal else ["basebackup_fast_xlog"],
            "basebackup_fast_xlog": {"command": "/scripts/spilo.py basebackup", "retries": 2},
            "authentication": {"superuser": {"username": ENV.get("PGUSER_SUPERUSER", "postgres"), "password": ENV["PGPASSWORD_SUPERUSER"]},
                               "replication": {"username": ENV.get("PGUSER_STANDBY", "standby"), "password": ENV["PGPASSWORD_STANDBY"]}}}}
    parameters["unix_socket_directories"] = RUN + "/postgresql"
    if wal:
        config["postgresql"]["wal_g"] = {"command": "/scripts/spilo.py archive", "no_leader": 1}
        config["postgresql"]["recovery_conf"] = {"restore_command": fetch % wal}
    for scheme, name in (("certfile", "CERTIFICATE"), ("keyfile", "PRIVATE_KEY"), ("cafile", "CA")):
        if ENV.get("SSL_RESTAPI_%s_FILE" % name): config["restapi"][scheme] = ENV["SSL_RESTAPI_%s_FILE" % name]
    sources(config, fetch, major)
    merge(config, yaml.safe_load(ENV.get("SPILO_CONFIGURATION", "{}")) or {})
    parameters["shared_preload_libraries"] = available(parameters["shared_preload_libraries"], bindir)
    return config

def sources(config, fetch, major):
    """Where the first member gets its data from, if not from initdb."""
    bootstrap, method = config["bootstrap"], ENV.get("CLONE_METHOD")
    if method == "CLONE_WITH_BASEBACKUP":
        bootstrap.update(method="clone_with_basebackup", clone_with_basebackup={"command": "/scripts/spilo.py clone-basebackup",
                         "recovery_conf": {"restore_command": "/bin/false", "recovery_target_action": "promote"}})
    elif method:
        folder = envdir("CLONE_", WAL_ENV + "-clone" + ("-" + ENV["CLONE_SCOPE"] if ENV.get("CLONE_SCOPE") else ""), major)
        target = {"recovery_target_timeline": ENV.get("CLONE_TARGET_TIMELINE", "latest"), "recovery_target_action": "promote",
                  "restore_command": fetch % folder}
        if ENV.get("CLONE_TARGET_TIME"): target.update(recovery_target_time=ENV["CLONE_TARGET_TIME"],
                                                       recovery_target_inclusive=ENV.get("CLONE_TARGET_INCLUSIVE", "true"))
        bootstrap.update(method="clone_with_wale", clone_with_wale={"command": "/scripts/spilo.py clone " + folder, "recovery_conf": target})
    elif ENV.get("STANDBY_HOST") or store("STANDBY_"):
        standby = {"create_replica_methods": ["basebackup_fast_xlog"]}
        for key in ("host", "port", "primary_slot_name"):
            if ENV.get("STANDBY_" + key.upper()): standby[key] = ENV["STANDBY_" + key.upper()]
        folder = envdir("STANDBY_", WAL_ENV + "-standby" + ("-" + ENV["STANDBY_SCOPE"] if ENV.get("STANDBY_SCOPE") else ""), major)
        if folder:
            standby.update(restore_command=fetch % folder, create_replica_methods=["bootstrap_standby_with_wale", "basebackup_fast_xlog"])
            config["postgresql"]["bootstrap_standby_with_wale"] = {"command": "/scripts/spilo.py archive " + folder, "no_leader": 1}
        bootstrap["dcs"]["standby_cluster"] = standby

# ---- how Patroni makes a data directory -----------------------------------------------------------------------------

def options(argv):
    found = dict(re.fullmatch("--([a-z_-]+)=(.*)", a).groups() for a in argv if a.startswith("--"))
    return found, [a for a in argv if not a.startswith("--")]

def basebackup(argv):
    o, _ = options(argv)
    sys.exit(subprocess.run(["pg_basebackup", "--pgdata=" + o["datadir"], "--wal-method=stream", "--dbname=" + o["connstring"],
                             "--checkpoint=fast"]).returncode)

def walg(folder, *argv, **kw):
    return subprocess.run(["envdir", folder, "wal-g", *argv], **kw)

def prefixes(folder):
    """(file of the archive's path, paths to try): one that ends in /wal is tried with every installed major, newest first, before it is
    taken as it is (clone_with_wale.py of Spilo)."""
    for name in ("WALG_S3_PREFIX", "WALG_GS_PREFIX", "WALG_AZ_PREFIX"):
        if not os.path.exists(os.path.join(folder, name)): continue
        with open(os.path.join(folder, name)) as f: given = f.read().strip().rstrip("/")
        majors = sorted(filter(str.isdigit, os.listdir("/usr/lib/postgresql")), key=int, reverse=True) if "/spilo/" in given and given.endswith("/wal") else []
        return os.path.join(folder, name), [given + "/" + m for m in majors] + [given]
    return None, []

def from_archive(argv, until=None):
    """Fetch the newest backup of an archive that was finished before UNTIL."""
    o, rest = options(argv)
    folder, found = rest[0] if rest else WAL_ENV, []
    path, tried = prefixes(folder)
    for prefix in tried or [None]:
        if prefix:
            with open(path, "w") as f: f.write(prefix)
        listed = walg(folder, "backup-list", "--json", "--detail", stdout=subprocess.PIPE, check=True).stdout.strip()
        found = sorted(json.loads(listed or b"[]"), key=lambda b: b["finish_time"])
        if until: found = [b for b in found if when(b["finish_time"]) <= when(until)]
        if found: break
    if not found: sys.exit("no backup in the archive" + (" from before " + until if until else ""))
    sys.exit(walg(folder, "backup-fetch", o["datadir"], found[-1]["backup_name"]).returncode)

def when(text):
    from datetime import datetime
    return datetime.fromisoformat(text.replace("Z", "+00:00"))

def clone_basebackup(argv):
    o, _ = options(argv)
    pgpass = ENV.get("CLONE_PGPASS", "/home/postgres/.pgpass_" + ENV.get("CLONE_SCOPE", "clone"))
    with open(os.open(pgpass, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as f: f.write("*:*:*:*:%s\n" % ENV.get("CLONE_PASSWORD", ""))
    sys.exit(subprocess.run(["pg_basebackup", "--pgdata=" + o["datadir"], "--wal-method=stream", "--checkpoint=fast", "--host=" + ENV["CLONE_HOST"],
                             "--port=" + ENV.get("CLONE_PORT", "5432"), "--username=" + ENV["CLONE_USER"]], env={**ENV, "PGPASSFILE": pgpass}).returncode)

# ---- the container's first process ----------------------------------------------------------------------------------

def log(text): print("spilo-standin: " + text, file=sys.stderr, flush=True)

def prepare():
    for path, mode in ((RUN + "/postgresql", 0o2775), (FIXED["PGROOT"], 0o755), (FIXED["PGLOG"], 0o755)):
        os.makedirs(path, exist_ok=True)
    if os.path.isdir(FIXED["PGDATA"]): os.chmod(FIXED["PGDATA"], 0o700)
    if not os.path.exists(CONFIG):
        with open(CONFIG, "w") as f: yaml.safe_dump(configuration(), f, sort_keys=False)

def patroni_environment():
    """Spilo's runit script clears the environment; little reaches Patroni, Postgres and archive_command."""
    keep = "KUBERNETES_SERVICE|KUBERNETES_PORT|KUBERNETES_ROLE|(POD_IP|POD_NAMESPACE|HOSTNAME|PATH|PGHOME|LC_ALL|ENABLE_PG_MON|HOME|CLONE_.*)$"
    return {n: v for n, v in ENV.items() if re.match(keep, n)}

def launch():
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT): signal.signal(number, lambda n, f: os._exit(0))    # process 1 has no defaults
    wrong = list(mistakes())
    for text in wrong: log("refused: " + text)
    if wrong: sys.exit(1)
    prepare()
    if ENV["PGVERSION"] != "15": log("PostgreSQL 15 runs in the place of " + ENV["PGVERSION"])
    stopping = []
    child = None
    def stop(number, frame):
        stopping.append(number)
        if child: child.send_signal(signal.SIGTERM)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT): signal.signal(number, stop)
    for attempt in range(1, 6):
        child = subprocess.Popen(["/usr/local/bin/patroni", CONFIG], env=patroni_environment())
        if stopping: child.send_signal(signal.SIGTERM)
        while True:
            pid, code = os.waitpid(-1, 0)               # orphans of Patroni's too: this is process 1
            if pid == child.pid: break
        child.returncode = os.waitstatus_to_exitcode(code)
        if stopping: sys.exit(0)
        log("Patroni ended with %d, attempt %d" % (child.returncode, attempt))
        for _ in range(30 * attempt):
            if stopping: sys.exit(0)
            time.sleep(1)
    log("Patroni is not started again; only a liveness probe gets this container out of here")
    while not stopping: time.sleep(1)

def main(argv):
    verbs = {"launch": lambda a: launch(), "basebackup": basebackup, "archive": from_archive, "clone-basebackup": clone_basebackup,
             "clone": lambda a: from_archive(a, ENV.get("CLONE_TARGET_TIME")), "check": lambda a: sys.exit("\n".join(mistakes()) or 0)}
    if not argv or argv[0] not in verbs: sys.exit(__doc__)
    verbs[argv[0]](argv[1:])

if __name__ == "__main__": main(sys.argv[1:])
