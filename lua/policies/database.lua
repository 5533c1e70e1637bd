-- SPDX-License-Identifier: Apache-2.0
-- database: what is emitted keeps to the lists of the platform, whoever wrote it: intent, layer or template.

rule {
	id = "extensions-allowed",
	title = "Databases have only the extensions that the platform allows",
	controls = { "SOC2 CC6.8", "SOC2 CC8.1" },
	check = function(c)
		local allowed = c.platform.guardrails and c.platform.guardrails.extensions
		local out, own = {}, {}
		for _, database in ipairs(c.spec.databases or {}) do
			own[database.name] = true
		end
		for _, database in ipairs(allowed and c.agent.orders.databases or {}) do
			local path = own[database.name] and "databases[name=" .. database.name .. "].extensions" or nil
			for _, extension in ipairs(database.extensions or {}) do
				if not std.contains(allowed, extension.name) and extension.ensure ~= "absent" then
					out[#out + 1] = {
						message = "database '" .. database.name .. "' has extension '" .. extension.name
							.. "', which the platform does not list in guardrails.extensions: take it away, or ask the platform team",
						path = path and path .. "[name=" .. extension.name .. "].name" or "databasesFrom",
					}
				end
			end
		end
		return out
	end,
}

-- Calls f(settings, whose, path) for all settings of a database and its roles.
local function settings(database, path, f)
	f(database.settings, " of database '" .. database.name .. "'", path and path .. ".settings")
	for _, role in ipairs(database.roles or {}) do
		f(role.settings, " of role '" .. role.name .. "'", path and path .. ".roles[name=" .. role.name .. "].settings")
	end
end

rule {
	id = "parameters-allowed",
	title = "An intent sets only the parameters that the platform allows",
	controls = { "SOC2 CC8.1" },
	check = function(c)
		local out, allowed = {}, {}
		local list = c.platform.guardrails and c.platform.guardrails.parameters
		for _, name in ipairs(list or {}) do
			allowed[name] = true
		end
		local function look(values, whose, path)
			for name in pairs(list and values or map({})) do
				if not allowed[name] then
					out[#out + 1] = {
						message = "'" .. name .. "'" .. whose .. " is not in guardrails.parameters, the settings that the platform lets"
							.. " an intent change: leave it to the tier, which computes most, or ask the platform team",
						path = path and path .. '["' .. name .. '"]' or "databasesFrom",
					}
				end
			end
		end
		look(c.intent.spec.parameters, "", "parameters")
		for _, database in ipairs(c.intent.spec.databases or {}) do
			if type(database) == "table" then
				settings(database, "databases[name=" .. database.name .. "]", look)
			end
		end
		for _, guest in ipairs(c.guests or {}) do
			settings(guest.spec.database, nil, look)
		end
		return out
	end,
}

local TIME = { us = 0, ms = 1, s = 1000, min = 60 * 1000, h = 3600 * 1000, d = 86400 * 1000 }

-- A number with one of these units in the smallest of them, without one times own; nil for other text.
local function amount(value, own, units)
	if type(value) == "number" then
		return value * own
	end
	for unit, scale in pairs(units) do
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
			local n = safe and amount(value, safe[3], TIME)
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

local MEMORY = { kB = 1, MB = 1024, GB = 1024 * 1024, TB = 1024 * 1024 * 1024 }

-- A setting of memory in kB; a number alone counts in pieces of own kB.
local function kilobytes(value, own)
	return amount(value, own, MEMORY)
end

local BACKEND = 5 * 1024

-- The budget in MiB with what people set instead of the computed figures: total, and what busy sessions take of it.
local function budget_of(c)
	local b, p = c.capacity.budget, c.spec.parameters or map({})
	local count = c.capacity.maxConnections
	local busy = (count + 1) // 2
	local work = p.work_mem and kilobytes(p.work_mem, 1)
	local sessions = work and busy * (BACKEND + work) // 1024 or b.busyConnections
	local shared = p.shared_buffers and kilobytes(p.shared_buffers, 8) // 1024 or b.sharedBuffers
	local vacuum = b.autovacuum
	if p.autovacuum_work_mem or p.autovacuum_max_workers then
		local each = kilobytes(p.autovacuum_work_mem or c.capacity.parameters.autovacuum_work_mem, 1)
		if each < 0 then
			each = kilobytes(p.maintenance_work_mem or c.capacity.parameters.maintenance_work_mem, 1)
		end
		vacuum = tonumber(p.autovacuum_max_workers or c.capacity.parameters.autovacuum_max_workers) * each // 1024
	end
	return {
		total = b.total - b.busyConnections - b.sharedBuffers - b.autovacuum + sessions + shared + vacuum,
		busy = busy, sessions = sessions, shared = shared, vacuum = vacuum, work = work,
	}
end

-- The work_mem that leaves a tenth free, as an edit; nil where none does.
local function work_fix(limit, b)
	local room = (limit * 9 // 10 - b.total + b.sessions) * 1024 // b.busy - BACKEND
	return room >= 1024 and "parameters: {work_mem: " .. room // 1024 .. "MB}" or nil
end

rule {
	id = "memory-headroom",
	title = "PostgreSQL leaves a tenth of its memory free",
	severity = "warn",
	controls = { "SOC2 A1.1" },
	check = function(c)
		local limit, b = c.capacity.budget.limit, budget_of(c)
		if b.total * 10 <= limit * 9 then
			return nil
		end
		local more = "memory: " .. std.quantity(std.ceil_div(b.total * 10, 9 * 1024) * 1024 * 1024 * 1024)
		return {
			message = "with half of its connections busy PostgreSQL takes " .. b.total .. " of " .. limit .. " MiB ("
				.. b.busy .. " sessions " .. b.sessions .. ", shared_buffers " .. b.shared .. ", autovacuum " .. b.vacuum
				.. "): one surprise, and the kernel ends it",
			path = b.work and "parameters.work_mem" or "memory",
			fix = not b.work and more or work_fix(limit, b),
		}
	end,
}

rule {
	id = "guests-fit",
	title = "What guests are promised leaves something to the cluster",
	severity = "warn",
	controls = { "SOC2 A1.1" },
	check = function(c)
		local connections, bytes, out = 0, 0, {}
		for _, guest in ipairs(c.spec.databasesFrom or {}) do
			connections = connections + guest.maxConnections
			bytes = bytes + std.bytes(guest.storage)
		end
		if connections >= c.capacity.maxConnections then
			out[#out + 1] = {
				message = "guests are promised " .. connections .. " connections, and the server has "
					.. c.capacity.maxConnections .. ": the pools of everybody shrink to one each",
				path = "databasesFrom",
			}
		end
		if bytes > std.bytes(c.spec.storage.size) then
			out[#out + 1] = {
				message = "guests are promised " .. std.quantity(bytes) .. " of a disk of " .. c.spec.storage.size,
				path = "databasesFrom",
			}
		end
		return out
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
