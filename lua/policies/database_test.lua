-- SPDX-License-Identifier: Apache-2.0
-- Tests of database.lua.

local function extensions(allowed, name, ensure)
	return {
		platform = { guardrails = { extensions = allowed } },
		agent = { orders = { databases = { { name = "db", extensions = { { name = name, ensure = ensure } } } } } },
		spec = { databases = { { name = "db" } } },
	}
end

test "extensions are on the platform's list" (function(t)
	t.passes("extensions-allowed", extensions({ "pg_trgm" }, "pg_trgm", "present"))
	t.passes("extensions-allowed", extensions({ "pg_trgm" }, "dblink", "absent"))
	t.passes("extensions-allowed", extensions(nil, "dblink", "present"))
	t.denies("extensions-allowed", extensions({ "pg_trgm" }, "dblink", "present"), "'dblink'")
end)

local function parameters(values, allowed)
	return {
		platform = { guardrails = { parameters = allowed } },
		intent = { spec = { parameters = values } },
		spec = { parameters = values },
	}
end

test "parameters are on the platform's list" (function(t)
	t.passes("parameters-allowed", parameters(nil, { "work_mem" }))
	t.passes("parameters-allowed", parameters({ work_mem = "1MB" }, { "work_mem" }))
	t.passes("parameters-allowed", parameters({ fsync = "off" }, nil))
	t.denies("parameters-allowed", parameters({ fsync = "off" }, { "work_mem" }), "'fsync'")
	local c = parameters(nil, { "work_mem" })
	c.intent.spec.databases = { "plain", { name = "db", settings = { work_mem = "1MB" }, roles = { { name = "r", settings = { jit = "off" } } } } }
	t.denies("parameters-allowed", c, "'jit' of role 'r'")
	c.intent.spec.databases = nil
	c.guests = { { spec = { database = { name = "theirs", settings = { jit = "off" } } } } }
	t.denies("parameters-allowed", c, "'jit' of database 'theirs'")
end)

test "parameters stay in safe ranges" (function(t)
	t.passes("parameters-safe", parameters(nil))
	t.passes("parameters-safe", parameters({ work_mem = "1MB", autovacuum_freeze_max_age = 200000000 }))
	t.passes("parameters-safe", parameters({ checkpoint_timeout = "1h" }))
	t.passes("parameters-safe", parameters({ checkpoint_timeout = 900 }))
	t.passes("parameters-safe", parameters({ deadlock_timeout = "1s" }))
	t.denies("parameters-safe", parameters({ autovacuum_freeze_max_age = 2000000000 }), "run out")
	t.denies("parameters-safe", parameters({ checkpoint_timeout = "2h" }), "recovery")
	t.denies("parameters-safe", parameters({ checkpoint_timeout = 30 }))
	t.denies("parameters-safe", parameters({ autovacuum_naptime = "11min" }))
	t.denies("parameters-safe", parameters({ deadlock_timeout = "50ms" }))
end)

-- 100 connections, 50 of them busy: 50 x (5 MiB + 4 MiB).
local function memory(limit, parameters)
	local capacity = {
		budget = { autovacuum = 192, busyConnections = 450, idleConnections = 100, runtimeFiles = 32, sharedBuffers = 1000,
			sharedMemory = 64, total = 1838, limit = limit },
		maxConnections = 100,
		parameters = { autovacuum_max_workers = 3, autovacuum_work_mem = "64MB", maintenance_work_mem = "128MB" },
	}
	return { capacity = capacity, spec = { parameters = parameters } }
end

test "a tenth of the memory stays free" (function(t)
	t.passes("memory-headroom", memory(2043))
	t.warns("memory-headroom", memory(2042), "1838 of 2042 MiB (50 sessions 450, shared_buffers 1000, autovacuum 192)")
end)

test "what people set counts in place of what was computed" (function(t)
	t.passes("memory-headroom", memory(2043, { work_mem = "4MB" }))
	t.warns("memory-headroom", memory(2100, { work_mem = "6MB" }), "1938 of 2100")
	t.warns("memory-headroom", memory(2100, { work_mem = 6144 }), "1938 of 2100")
	t.warns("memory-headroom", memory(2100, { shared_buffers = "1100MB" }), "1938 of 2100")
	t.warns("memory-headroom", memory(2100, { autovacuum_max_workers = 6 }), "2030 of 2100")
	t.warns("memory-headroom", memory(2100, { autovacuum_work_mem = "-1" }), "2030 of 2100")
	t.warns("memory-headroom", memory(2100, { work_mem = "1GB" }), "of 2100")
end)

local function disk(production, class, encrypted)
	return {
		environment = { production = production },
		team = { dataClass = class },
		place = { destination = "main" },
		destination = { storageClasses = { fast = { encrypted = encrypted } } },
		spec = { storage = { class = "fast" } },
	}
end

test "sensitive data lies on encrypted disks" (function(t)
	t.passes("disk-encrypted", disk(true, "regulated", true))
	t.passes("disk-encrypted", disk(true, "internal", nil))
	t.passes("disk-encrypted", disk(false, "regulated", nil))
	t.warns("disk-encrypted", disk(true, "regulated", nil), "regulated data")
	t.warns("disk-encrypted", disk(true, "confidential", false))
end)

test "guests leave room" (function(t)
	local function host(guests)
		return { spec = { databasesFrom = guests, storage = { size = "20Gi" } }, capacity = { maxConnections = 200 } }
	end
	t.passes("guests-fit", host(nil))
	t.passes("guests-fit", host({ { maxConnections = 199, storage = "20Gi" } }))
	t.warns("guests-fit", host({ { maxConnections = 100, storage = "1Gi" }, { maxConnections = 100, storage = "1Gi" } }), "promised 200")
	t.warns("guests-fit", host({ { maxConnections = 5, storage = "11Gi" }, { maxConnections = 5, storage = "10Gi" } }), "21Gi of a disk")
end)
