-- SPDX-License-Identifier: Apache-2.0
-- database: what is emitted keeps to the lists of the platform, whoever wrote it: intent, layer or template.

rule {
	id = "extensions-allowed",
	title = "Databases have only the extensions that the platform allows",
	controls = { "SOC2 CC6.8", "SOC2 CC8.1" },
	check = function(c)
		local allowed = c.platform.guardrails and c.platform.guardrails.extensions
		local out = {}
		for _, database in ipairs(allowed and c.agent.orders.databases or {}) do
			for _, extension in ipairs(database.extensions or {}) do
				if not std.contains(allowed, extension.name) and extension.ensure ~= "absent" then
					out[#out + 1] = {
						message = "database '" .. database.name .. "' has extension '" .. extension.name
							.. "', which guardrails.extensions does not list",
						path = "databases",
					}
				end
			end
		end
		return out
	end,
}

rule {
	id = "parameters-allowed",
	title = "An intent sets only the parameters that the platform allows",
	controls = { "SOC2 CC8.1" },
	check = function(c)
		local allowed = c.platform.guardrails and c.platform.guardrails.parameters
		local out = {}
		for name in pairs(allowed and c.intent.spec.parameters or map({})) do
			if not std.contains(allowed, name) then
				out[#out + 1] = {
					message = "'" .. name .. "' is none of the parameters that guardrails.parameters lets an intent set",
					path = 'parameters["' .. name .. '"]',
				}
			end
		end
		return out
	end,
}

local UNITS = { us = 0, ms = 1, s = 1000, min = 60 * 1000, h = 3600 * 1000, d = 86400 * 1000 }

-- A number with a unit of time in milliseconds (without one in the parameter's own), else the number alone; nil for text.
local function amount(value, own)
	if type(value) == "number" then
		return value * own
	end
	for unit, scale in pairs(UNITS) do
		local digits = string.ends_with(value, unit) and string.sub(value, 1, #value - #unit)
		local n = digits and tonumber(string.trim(digits))
		if n then
			return n * scale
		end
	end
	local n = tonumber(value)
	return n and n * own
end

-- Values that PostgreSQL takes, but that have taken clusters down: {least, most, unit of a bare number, why}.
local SAFE = {
	autovacuum_freeze_max_age = { 100000000, 1000000000, 1, "transaction ids run out before anti-wraparound vacuum can end" },
	autovacuum_naptime = { 1, 600000, 1000, "dead rows pile up between two looks of autovacuum" },
	checkpoint_timeout = { 60000, 3600000, 1000, "recovery after a crash takes as long as the WAL since the last checkpoint" },
	deadlock_timeout = { 100, 60000, 1, "sessions wait that long for a deadlock to be seen" },
	vacuum_freeze_table_age = { 0, 1000000000, 1, "transaction ids run out before old rows are frozen" },
}

rule {
	id = "parameters-safe",
	title = "Parameters stay in ranges that do not take a cluster down",
	controls = { "SOC2 A1.1" },
	check = function(c)
		local out = {}
		for name, value in pairs(c.spec.parameters or map({})) do
			local safe = SAFE[name]
			local n = safe and amount(value, safe[3])
			if n and (n < safe[1] or n > safe[2]) then
				out[#out + 1] = {
					message = name .. " = " .. tostring(value) .. " is out of the safe range: " .. safe[4],
					path = 'parameters["' .. name .. '"]',
				}
			end
		end
		return out
	end,
}

rule {
	id = "memory-headroom",
	title = "PostgreSQL leaves a tenth of its memory free",
	severity = "warn",
	controls = { "SOC2 A1.1" },
	check = function(c)
		local budget = c.capacity.budget
		if budget.total * 10 > budget.limit * 9 then
			return {
				message = "with half of its connections busy PostgreSQL takes " .. budget.total .. " of " .. budget.limit
					.. " MiB: one surprise, and the kernel ends it",
				path = "memory",
				fix = "memory: " .. std.quantity(std.ceil_div(budget.total * 10, 9 * 1024) * 1024 * 1024 * 1024),
			}
		end
	end,
}

rule {
	id = "disk-encrypted",
	title = "Confidential and regulated data lies on disks that are encrypted",
	controls = { "SOC2 CC6.1", "SOC2 C1.1", "HIPAA 164.312(a)(2)(iv)" },
	severity = "warn",
	check = function(c)
		local class = c.team.dataClass
		local disk = c.destination.storageClasses[c.spec.storage.class]
		if c.environment.production and (class == "confidential" or class == "regulated")
			and not (disk and disk.encrypted) then
			return {
				message = "storage class '" .. c.spec.storage.class .. "' is not declared to encrypt its disks, which "
					.. class .. " data needs: encrypted: true says that it does",
				platform = "destinations." .. c.place.destination .. '.storageClasses["' .. c.spec.storage.class .. '"]',
			}
		end
	end,
}
