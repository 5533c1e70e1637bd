-- SPDX-License-Identifier: Apache-2.0
-- agentconfig: parts of the agent's orders (schema/AgentConfig.yaml).

local agentconfig = {}

function agentconfig.escrow(backup)
	return backup and backup.escrow and std.some(backup.escrow.recipients)
end

function agentconfig.agent_store(store, platform_store, authority)
	return {
		account = store.account,
		bucket = platform_store.bucket,
		caFile = store.authority and authority .. "/ca.crt" or nil,
		conditionalWrites = store.conditionalWrites,
		encryption = store.type == "s3" and store.encryption or nil,
		endpoint = store.endpoint,
		forcePathStyle = store.forcePathStyle,
		kmsKey = store.kmsKey,
		region = store.region,
		type = store.type,
	}
end

function agentconfig.earlier(sets)
	local old = std.filter(sets, function(s) return not s.current end)
	return std.map(old, function(s) return { n = s.incarnation, scope = s.scope, statefulSet = s.name } end)
end

function agentconfig.restore_orders(origin, spec)
	if origin.kind == "restore" then
		return {
			envdir = origin.envdir, inherited = origin.inherited, prefix = origin.url, time = spec.restore.time,
			tolerance = "60s",
		}
	end
end

function agentconfig.retire_orders(retire)
	if retire then
		return {
			backups = retire.backups, finalBackup = retire.finalBackup, step = retire.step, volumes = retire.volumes,
		}
	end
end

function agentconfig.standby_orders(origin, spec, source)
	if origin.kind == "standby" then
		local from = source and source.environment .. "/" .. source.namespace .. "/" .. source.name or nil
		return {
			envdir = origin.envdir, inherited = origin.inherited, promoted = spec.standby.promoted == true, source = from,
		}
	end
end

function agentconfig.logins(entries, dns, ports, pooled, readable)
	return std.sort(std.map(entries, function(e)
		return {
			database = e.database,
			endpoints = {
				directHost = dns.primary,
				directPort = ports.postgres,
				poolerDatabase = pooled and e.poolerDatabase or nil,
				poolerHost = pooled and dns.pooler or nil,
				poolerPort = pooled and ports.pooler or nil,
				readHost = readable and dns.replicas or nil,
			},
			guest = e.guest,
			name = e.login,
			pair = e.pair,
			role = e.role,
			secret = { name = e.secret, namespace = e.namespace },
		}
	end), function(l) return l.name end)
end

-- Roles that every cluster has, with what each is for; the replication role is Patroni's own.
function agentconfig.system(access, pooled, autoscaled)
	local roles = list({
		{ kind = "monitor", name = access.exporter },
		{ kind = "replication", name = access.replication },
	})
	if pooled then
		roles[#roles + 1] = { kind = "pooler", name = access.pooler }
	end
	if autoscaled then
		roles[#roles + 1] = { kind = "monitor", name = access.autoscaler }
	end
	return { database = access.poolerDatabase, roles = std.sort(roles, function(r) return r.name end) }
end

function agentconfig.agent_shells(shells)
	return std.sort(std.map(shells, function(s)
		return { fill = s.fill, keys = s.keys, purpose = s.purpose, secret = s.name }
	end), function(s) return s.secret end)
end

-- Days between two runs of a cron schedule, from its day-of-week and day-of-month fields.
local function interval_days(cron)
	local fields = std.filter(string.split(cron, " "), function(f) return f ~= "" end)
	if fields[3] ~= "*" then
		return 31
	end
	return fields[5] ~= "*" and 7 or 1
end

local function hours_after(cron, spare_hours)
	return (interval_days(cron) * 24 + spare_hours) .. "h"
end

-- Ages at which a condition changes: what is due plus the time it may take.
function agentconfig.thresholds(spec)
	local drill = spec.backup.drill
	return {
		archiveAge = (std.seconds(spec.backup.maxDataLoss) * 3) .. "s",
		backupAge = hours_after(spec.backup.schedule, 26),
		certificateLeft = spec.certificates.renewBefore,
		connectionsUsed = 90,
		diskUsed = 85,
		drillAge = drill and drill.enabled and hours_after(drill.schedule, 48) or nil,
		heartbeat = "60s",
		notReady = "2m",
		replicaLag = spec.failover.maxLag,
	}
end

return agentconfig
