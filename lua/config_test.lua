-- SPDX-License-Identifier: Apache-2.0
-- Tests of config.lua: where parameters go, libraries to preload, PgBouncer's files.

test "libraries: of the cluster's and the guests' extensions, once, and not of those that go" (function(t)
	local libraries = { pg_cron = "pg_cron", timescaledb = "timescaledb", gone = "gone" }
	local spec = { databases = { { name = "a", extensions = { { name = "pg_cron" }, { name = "gone", ensure = "absent" } } } } }
	local guest = { spec = { database = { name = "b", extensions = { { name = "timescaledb" }, { name = "pg_cron" } } } } }
	t.equal(config.preload(spec, { guest }, libraries), "pg_cron,pg_stat_statements,pgaudit,timescaledb")
	t.equal(config.preload({}, {}, libraries), "pg_stat_statements,pgaudit")
end)

test "what the intent says wins over what is computed" (function(t)
	t.equal(config.override({ max_connections = 200 }, { max_connections = "300" }).max_connections, 300)
	t.equal(config.dynamic_parameters({ { work_mem = "4MB" } }, { work_mem = "64MB" }).work_mem, "64MB")
end)

test "names that Spilo keeps local never reach the dynamic configuration" (function(t)
	local out = config.dynamic_parameters({ map({}) }, { shared_buffers = "1GB", statement_timeout = "30s" })
	t.equal(out.shared_buffers, nil)
	t.equal(out.statement_timeout, "30s")
	t.equal(config.shared_buffers(128, { shared_buffers = "1GB" }), "1GB")
	t.equal(config.shared_buffers(128, nil), "128MB")
end)

test "a closed cluster is read-only" (function(t)
	local backup = { maxDataLoss = "1m" }
	t.equal(config.fixed_parameters({ backup = backup, closed = { reason = "x" } }).default_transaction_read_only, "on")
	t.equal(config.fixed_parameters({ backup = backup }).default_transaction_read_only, nil)
	t.equal(config.fixed_parameters({ backup = backup }).archive_timeout, "60s")
end)

test "log settings: durations as PostgreSQL writes them, absent is off" (function(t)
	local p = config.log_parameters({ slowStatements = "500ms", autovacuum = "5s", tempFiles = "64Mi" })
	t.equal(p.log_min_duration_statement, "500ms")
	t.equal(p.log_autovacuum_min_duration, "5s")
	t.equal(p.log_temp_files, "65536kB")
	t.equal(config.log_parameters({}).log_min_duration_statement, "-1")
	t.equal(config.audit_parameters({ log = list({}) })["pgaudit.log"], "none")
end)

test "a standby stays one until it is promoted" (function(t)
	local origin = { kind = "standby", direct = "a.b.example.com", slot = "s" }
	t.equal(config.standby_cluster(origin, { standby = { promoted = true } }), nil)
	t.equal(config.standby_cluster(origin, { standby = map({}) }).host, "a.b.example.com")
	t.equal(config.standby_cluster({ kind = "standby" }, { standby = map({}) }), map({}))
	t.equal(config.standby_cluster({ kind = "restore" }, map({})), nil)
end)

test "a slot is kept for a follower that streams, until it is promoted" (function(t)
	local d = { main = { clusterDomain = "cluster.local", issuer = { name = "ca" } } }
	local here = { destination = "main", incarnation = 1, name = "a" }
	local function kept(promoted)
		local f = { destination = "main", incarnation = 1, name = "b", namespace = "n", promoted = promoted }
		return config.follower_slots(list({ f }), here, d)
	end
	t.equal(std.keys(kept(false)), { walg.standby_slot("main", { name = "b", namespace = "n" }) })
	t.equal(kept(true), nil)
end)

test "each pooler pod names itself among its peers" (function(t)
	local spec = { pooler = { instances = 2, maxClients = 100 } }
	local pooler = {
		databases = { { database = "a", mode = "session", name = "a_session" } }, maxDbConnections = 10, minPoolSize = 2, poolSize = 5,
	}
	local access = { console = "c", pooler = "p", poolerDatabase = "howdah" }
	local files = config.pooler_files(spec, pooler, access, { pooler = 6432, postgres = 5432 }, { pooler = "o-pooler" },
		{ leader = "o-leader.ns.svc", poolerHeadless = "o-pooler-pods.ns.svc" })
	t.equal(std.keys(files), { "peer-0.ini", "peer-1.ini", "pgbouncer.ini" })
	t.equal(files["peer-1.ini"], "%include /etc/pgbouncer/pgbouncer.ini\npeer_id = 2\n")
	t.ok(string.find_plain(files["pgbouncer.ini"], "[peers]") < string.find_plain(files["pgbouncer.ini"], "[pgbouncer]"))
	t.ok(string.find_plain(files["pgbouncer.ini"], "2 = host=o-pooler-1.o-pooler-pods.ns.svc port=6432\n"))
	t.ok(string.find_plain(files["pgbouncer.ini"], "a_session = dbname=a host=o-leader.ns.svc pool_mode=session port=5432\n"))
	t.ok(string.find_plain(files["pgbouncer.ini"], "server_tls_sslmode = verify-full\n"))
	t.ok(string.find_plain(files["pgbouncer.ini"],
		"howdah = dbname=howdah host=o-leader.ns.svc max_db_connections=1 pool_mode=transaction pool_size=1 port=5432\n"))
end)
