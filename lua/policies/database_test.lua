-- SPDX-License-Identifier: Apache-2.0
-- Tests of database.lua.

local function extensions(allowed, name, ensure)
	return {
		platform = { guardrails = { extensions = allowed } },
		agent = { orders = { databases = { { name = "db", extensions = { { name = name, ensure = ensure } } } } } },
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

test "a tenth of the memory stays free" (function(t)
	t.passes("memory-headroom", { capacity = { budget = { total = 900, limit = 1000 } } })
	t.warns("memory-headroom", { capacity = { budget = { total = 901, limit = 1000 } } }, "901 of 1000")
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
