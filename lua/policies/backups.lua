-- SPDX-License-Identifier: Apache-2.0
-- backups: they are kept long enough, proved by restores, encrypted, and can be opened when a cluster is lost.

local DAY = 24 * 60 * 60

rule {
	id = "prod-retention",
	title = "Production keeps a week of backups, and two of them at least",
	controls = { "SOC2 A1.2", "HIPAA 164.308(a)(7)(ii)(A)" },
	check = function(c)
		local backup = c.spec.backup
		if not c.environment.production then
			return nil
		end
		if std.seconds(backup.retention) < 7 * DAY then
			return {
				message = "production keeps backups for 7 days at least, this cluster for " .. backup.retention,
				path = "backup.retention",
				fix = "backup: {retention: 7d}",
			}
		end
		if backup.minimum < 2 then
			return {
				message = "production keeps 2 backups at least: with one, a broken one is the last",
				path = "backup.minimum",
				fix = "backup: {minimum: 2}",
			}
		end
	end,
}

rule {
	id = "prod-restore-drill",
	title = "Production proves its backups by restoring them",
	controls = { "SOC2 A1.3", "SOC2 CC7.5", "HIPAA 164.308(a)(7)(ii)(D)" },
	check = function(c)
		if c.environment.production and not c.spec.backup.drill.enabled then
			return {
				message = "no restore drill proves the backups of this production cluster",
				path = "backup.drill.enabled",
				fix = "backup: {drill: {enabled: true}}",
			}
		end
	end,
}

rule {
	id = "retention-by-class",
	title = "Backups are kept as long as the team's class of data asks for",
	controls = { "SOC2 A1.2", "SOC2 C1.1" },
	check = function(c)
		local least = c.platform.guardrails and c.platform.guardrails.retention
		local class = c.team.dataClass
		if least and least[class] and c.environment.production
			and std.seconds(c.spec.backup.retention) < std.seconds(least[class]) then
			return {
				message = "backups of " .. class .. " data are kept for " .. least[class] .. " at least, here for "
					.. c.spec.backup.retention,
				path = "backup.retention",
				fix = "backup: {retention: " .. least[class] .. "}",
			}
		end
	end,
}

rule {
	id = "object-lock-ends",
	title = "The store's lock of an object ends before its backup is deleted",
	controls = { "SOC2 A1.2", "SOC2 C1.1" },
	check = function(c)
		local backup = c.spec.backup
		local lock = c.platform.objectStores[backup.store].objectLock
		if lock and std.seconds(lock.retention) > std.seconds(backup.retention) then
			return {
				message = "object store '" .. backup.store .. "' locks objects for " .. lock.retention .. ", backups are kept for "
					.. backup.retention .. " only: what is to be deleted then cannot be",
				path = "backup.retention",
				fix = "backup: {retention: " .. lock.retention .. "}",
			}
		end
	end,
}

-- The members of the running incarnation encrypt what they archive before it leaves them.
rule {
	id = "backup-encrypted",
	title = "Every member encrypts backups and WAL before they leave it",
	controls = { "SOC2 CC6.1", "SOC2 C1.1", "HIPAA 164.312(a)(2)(iv)" },
	check = function(c)
		local out = {}
		for _, set in ipairs(rules.objects(c, "StatefulSet")) do
			for _, container in ipairs(set.spec.template.spec.containers) do
				local archives, key = false, false
				for _, e in ipairs(container.env or {}) do
					archives = archives or e.name == "USE_WALG_BACKUP"
					key = key or e.name == "WALG_LIBSODIUM_KEY_PATH" or e.name == "WALG_PGP_KEY_PATH"
				end
				if archives and not key then
					out[#out + 1] = {
						message = "the member archives without an encryption key",
						object = rules.name(set),
						path = "spec.template.spec.containers[name=" .. container.name .. "].env",
					}
				end
			end
		end
		return out
	end,
}

local function recipients(c)
	local escrow = c.platform.backup and c.platform.backup.escrow
	return escrow and escrow.recipients or {}
end

rule {
	id = "key-escrow",
	title = "The backup key of production survives its Kubernetes cluster",
	controls = { "SOC2 A1.2", "SOC2 C1.1", "HIPAA 164.308(a)(7)(ii)(B)" },
	check = function(c)
		if not c.environment.production or c.destination.secrets.provider == "externalSecrets" then
			return nil
		end
		if #recipients(c) == 0 then
			return {
				message = "the key of these backups is kept in one Kubernetes cluster alone, and lost with it:"
					.. " name who can open them in backup.escrow, or keep keys in an outside store",
				platform = "backup.escrow",
			}
		end
	end,
}

-- A line of the certificate that `howdah init` writes: its private key was thrown away.
local EXAMPLE = "PDEUMBIGA1UECgwLaG93ZGFoIGluaXQxJDAiBgNVBAMMG2V4YW1wbGUgZXNjcm93"

rule {
	id = "escrow-example",
	title = "The escrow certificate is your own",
	severity = "warn",
	controls = { "SOC2 A1.2" },
	check = function(c)
		local list = recipients(c)
		for i = 1, #list do
			if string.find_plain(list[i].certificate, EXAMPLE) then
				return {
					message = "this is the example certificate of howdah init, whose key nobody has: put your own here",
					platform = "backup.escrow.recipients[name=" .. list[i].name .. "].certificate",
				}
			end
		end
	end,
}
