-- SPDX-License-Identifier: Apache-2.0
-- config: parameters of PostgreSQL, Patroni's configuration, PgBouncer's files.

local config = {}

-- PostgreSQL's parameters -----------------------------------------------------------------------------------------

-- Spilo writes these into its local configuration, which wins over the dynamic one: they may stand nowhere else.
local LOCAL_ONLY = { "shared_buffers", "shared_preload_libraries", "log_destination", "logging_collector" }

local function integer_or_text(value)
	local sum = 0
	for i = 1, #value do
		local digit = string.byte(value, i) - 48
		if digit < 0 or digit > 9 or i > 15 then
			return value
		end
		sum = sum * 10 + digit
	end
	return #value > 0 and sum or value
end

-- The computed parameters with what the intent says about the same names.
function config.override(computed, parameters)
	local out = std.merge({ computed })
	for name, value in pairs(parameters or {}) do
		if out[name] ~= nil then
			out[name] = integer_or_text(value)
		end
	end
	return out
end

-- Everything for Patroni's dynamic configuration: computed values, then what the intent says, but for local names.
function config.dynamic_parameters(maps, parameters)
	local out = std.merge(maps)
	for name, value in pairs(parameters or {}) do
		if not std.contains(LOCAL_ONLY, name) then
			out[name] = integer_or_text(value)
		end
	end
	return out
end

function config.shared_buffers(computed_mb, parameters)
	if parameters and parameters.shared_buffers then
		return parameters.shared_buffers
	end
	return computed_mb .. "MB"
end

-- Libraries loaded at server start: statistics and audit always, so that turning audit on restarts nothing, and what
-- the extensions of the databases need.
function config.preload(spec, guests, preload)
	local out = { "pg_stat_statements", "pgaudit" }
	local function add(extensions)
		for i = 1, #(extensions or {}) do
			local library = preload and preload[extensions[i].name]
			if library and extensions[i].ensure ~= "absent" then
				out[#out + 1] = library
			end
		end
	end
	for i = 1, #(spec.databases or {}) do
		add(spec.databases[i].extensions)
	end
	for i = 1, #(guests or {}) do
		add(guests[i].spec.database.extensions)
	end
	return std.join(std.unique(out), ",")
end

-- Patroni ---------------------------------------------------------------------------------------------------------

-- The same map with every value as text.
function config.texts(map)
	local out = {}
	for k, v in pairs(map) do
		out[k] = tostring(v)
	end
	return out
end

function config.fixed_parameters(spec)
	return {
		archive_mode = "on",
		archive_timeout = std.seconds(spec.backup.maxDataLoss) .. "s",
		default_transaction_read_only = spec.closed and "on" or nil,
		password_encryption = "scram-sha-256",
		tcp_keepalives_idle = 60,
		tcp_keepalives_interval = 10,
		tcp_user_timeout = "30s",
		track_io_timing = "on",
		wal_log_hints = "on",
	}
end

local function on(flag)
	return flag and "on" or "off"
end

-- A duration as PostgreSQL writes it; absent is off.
local function after(duration)
	if not duration then
		return "-1"
	end
	if string.ends_with(duration, "ms") then
		return duration
	end
	return std.seconds(duration) .. "s"
end

function config.log_parameters(logging)
	return {
		log_autovacuum_min_duration = after(logging.autovacuum),
		log_checkpoints = "on",
		log_connections = on(logging.connections),
		log_disconnections = on(logging.connections),
		log_line_prefix = "%m [%p] %q%u@%d %a ",
		log_lock_waits = on(logging.lockWaits),
		log_min_duration_statement = after(logging.slowStatements),
		log_statement = logging.statements or "none",
		log_temp_files = logging.tempFiles and (std.bytes(logging.tempFiles) // 1024) .. "kB" or "-1",
	}
end

function config.audit_parameters(audit)
	local classes = audit.log and #audit.log > 0 and std.join(std.sort(audit.log), ",") or "none"
	return {
		["pgaudit.log"] = classes,
		["pgaudit.log_parameter"] = on(audit.parameters),
		["pgaudit.log_relation"] = on(audit.relations),
	}
end

function config.synchronous_mode(synchronous)
	return synchronous == "strict" and "on" or synchronous
end

-- Permanent slots for the clusters that follow this one over the network, until they are promoted.
function config.follower_slots(followers, here, destinations)
	local out = {}
	for i = 1, #(followers or {}) do
		local f = followers[i]
		if not f.promoted and walg.streams(destinations, here, f) then
			out[walg.standby_slot(f.destination, f)] = { type = "physical" }
		end
	end
	return std.some(out)
end

-- Present as long as the cluster follows: without it the agent would promote. How it follows was laid down by Spilo.
function config.standby_cluster(origin, spec)
	if origin.kind ~= "standby" or spec.standby.promoted then
		return nil
	end
	if origin.direct then
		return { host = origin.direct, port = 5432, primary_slot_name = origin.slot }
	end
	return map({})
end

local function client(paths, directory)
	return {
		sslcert = directory .. "/tls.crt", sslkey = directory .. "/tls.key",
		sslmode = "verify-full", sslrootcert = paths.trust,
	}
end

-- What Spilo lays over the configuration that it makes: fixed for the life of a pod.
function config.spilo_configuration(patroni, paths, spec, tags)
	return {
		bootstrap = {
			dcs = {
				failsafe_mode = true,
				postgresql = {
					parameters = patroni.restartParameters,
					use_pg_rewind = true,
					use_slots = true,
				},
			},
			initdb = {
				{ encoding = "UTF8" }, { locale = spec.locale }, "data-checksums",
				{ ["auth-host"] = "scram-sha-256" }, { ["auth-local"] = "trust" },
			},
			post_init = "/bin/true",
		},
		ctl = {
			cacert = paths.trust,
			certfile = paths.superuserCertificates .. "/tls.crt",
			keyfile = paths.superuserCertificates .. "/tls.key",
		},
		postgresql = {
			authentication = {
				replication = client(paths, paths.replicationCertificates),
				superuser = client(paths, paths.superuserCertificates),
			},
			callbacks = { on_role_change = "/bin/true" },
			parameters = patroni.localParameters,
		},
		restapi = { listen = "0.0.0.0:8008", verify_client = "optional" },
		tags = tags,
	}
end

-- Pooler ----------------------------------------------------------------------------------------------------------

function config.pooler_replicas(spec)
	if spec.closed or spec.retire or (spec.hibernate and spec.hibernate.always) then
		return 0
	end
	return spec.pooler.instances
end

-- Databases as the pooler names them: each once per way of lending connections that somebody wants.
function config.pooler_databases(entries, databases)
	local out = {}
	for i = 1, #databases do
		if databases[i].ensure ~= "absent" then
			out[#out + 1] = { database = databases[i].name, mode = "transaction", name = databases[i].name }
		end
	end
	local seen = {}
	for i = 1, #entries do
		local e = entries[i]
		if e.session and not seen[e.poolerDatabase] then
			seen[e.poolerDatabase] = true
			out[#out + 1] = { database = e.database, mode = "session", name = e.poolerDatabase }
		end
	end
	return std.sort(out, function(d) return d.name end)
end


-- PgBouncer's files -----------------------------------------------------------------------------------------------

local function ini_section(name, settings)
	local out = { "[" .. name .. "]" }
	for key, value in pairs(settings) do
		out[#out + 1] = key .. " = " .. tostring(value)
	end
	return std.join(out, "\n") .. "\n"
end

local function ini_pairs(fields)
	local out = {}
	for key, value in pairs(fields) do
		out[#out + 1] = key .. "=" .. tostring(value)
	end
	return std.join(out, " ")
end

local function pgbouncer_settings(spec, pooler, access, ports)
	local wait = spec.pooler.queryWait and std.seconds(spec.pooler.queryWait) or 120
	return {
		admin_users = access.console,
		auth_dbname = access.poolerDatabase,
		auth_file = "/etc/howdah/pooler/userlist.txt",
		auth_query = "SELECT usename, passwd FROM howdah_pooler.get_auth($1)",
		auth_type = "scram-sha-256",
		auth_user = access.pooler,
		client_tls_cert_file = "/etc/howdah/tls/tls.crt",
		client_tls_key_file = "/etc/howdah/tls/tls.key",
		client_tls_sslmode = "require",
		default_pool_size = pooler.poolSize,
		dns_max_ttl = 5,
		dns_nxdomain_ttl = 2,
		ignore_startup_parameters = "extra_float_digits,options",
		listen_addr = "*",
		listen_port = ports.pooler,
		max_client_conn = spec.pooler.maxClients,
		max_db_connections = pooler.maxDbConnections,
		max_prepared_statements = 200,
		min_pool_size = pooler.minPoolSize,
		pool_mode = "transaction",
		query_wait_timeout = wait,
		reserve_pool_size = std.max(1, pooler.poolSize // 8),
		server_connect_timeout = 5,
		server_lifetime = 600,
		server_login_retry = 1,
		server_tls_ca_file = "/etc/howdah/trust/ca.crt",
		server_tls_sslmode = "verify-full",
		tcp_keepalive = 1,
		tcp_user_timeout = 10000,
		unix_socket_dir = "/run/pgbouncer",
	}
end

-- pgbouncer.ini and one small file per ordinal that includes it and names its peer: the ordinal counts from 0, peers from 1. The
-- peer's line goes on in the section that the included file ends with: a second [pgbouncer] would set all to its defaults.
function config.pooler_files(spec, pooler, access, ports, names, dns)
	local databases, peers, out = {}, {}, {}
	for i = 1, #pooler.databases do
		local d = pooler.databases[i]
		databases[d.name] = ini_pairs({ dbname = d.database, host = dns.leader, pool_mode = d.mode, port = ports.postgres })
	end
	-- auth_dbname is looked for among the entries: without one of its own every login ends as "bouncer config error"
	databases[access.poolerDatabase] = ini_pairs({
		dbname = access.poolerDatabase, host = dns.leader, max_db_connections = 1, pool_mode = "transaction", pool_size = 1, port = ports.postgres,
	})
	for n = 0, spec.pooler.instances - 1 do
		local host = names.pooler .. "-" .. n .. "." .. dns.poolerHeadless
		peers[tostring(n + 1)] = ini_pairs({ host = host, port = ports.pooler })
		out["peer-" .. n .. ".ini"] = "%include /etc/pgbouncer/pgbouncer.ini\npeer_id = " .. (n + 1) .. "\n"
	end
	out["pgbouncer.ini"] = std.join({
		ini_section("databases", databases), ini_section("peers", peers), ini_section("pgbouncer", pgbouncer_settings(spec, pooler, access, ports)),
	}, "\n")
	return out
end

return config
