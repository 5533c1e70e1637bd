-- SPDX-License-Identifier: Apache-2.0
-- Tests of backups.lua.

local function cluster(production, backup, more)
	local c = {
		environment = { production = production },
		spec = { backup = backup },
		team = { dataClass = "regulated" },
		platform = { guardrails = { retention = { regulated = "35d" } } },
		destination = { secrets = { provider = "shells" } },
	}
	return std.merge({ c, more or map({}) })
end

test "production keeps a week and two backups" (function(t)
	t.passes("prod-retention", cluster(true, { retention = "7d", minimum = 2 }))
	t.passes("prod-retention", cluster(false, { retention = "1d", minimum = 1 }))
	t.denies("prod-retention", cluster(true, { retention = "6d", minimum = 2 }), "for 6d")
	t.denies("prod-retention", cluster(true, { retention = "7d", minimum = 1 }), "2 backups")
end)

test "production restores its backups" (function(t)
	t.passes("prod-restore-drill", cluster(true, { drill = { enabled = true } }))
	t.passes("prod-restore-drill", cluster(false, { drill = { enabled = false } }))
	t.denies("prod-restore-drill", cluster(true, { drill = { enabled = false } }), "no restore drill")
end)

test "a locked object can be deleted when its backup ends" (function(t)
	local function store(lock)
		return cluster(true, { retention = "14d", store = "one" }, { platform = { objectStores = { one = { objectLock = lock } } } })
	end
	t.passes("object-lock-ends", store(nil))
	t.passes("object-lock-ends", store({ retention = "14d" }))
	t.denies("object-lock-ends", store({ retention = "15d" }), "for 15d")
end)

test "the class of data decides how long" (function(t)
	t.passes("retention-by-class", cluster(true, { retention = "35d" }))
	t.passes("retention-by-class", cluster(false, { retention = "1d" }))
	t.passes("retention-by-class", cluster(true, { retention = "1d" }, { team = { dataClass = "public" } }))
	t.passes("retention-by-class", cluster(true, { retention = "1d" }, { platform = {} }))
	t.denies("retention-by-class", cluster(true, { retention = "34d" }), "regulated data are kept for 35d")
end)

local function member(env)
	local pod = { spec = { containers = { { name = "postgres", env = env }, { name = "exporter" } } } }
	return { objects = { StatefulSet = { { kind = "StatefulSet", metadata = { name = "db" }, spec = { template = pod } } } } }
end

test "what archives also encrypts" (function(t)
	t.passes("backup-encrypted", { objects = {} })
	t.passes("backup-encrypted", member({ { name = "USE_WALG_BACKUP" }, { name = "WALG_LIBSODIUM_KEY_PATH" } }))
	t.denies("backup-encrypted", member({ { name = "USE_WALG_BACKUP" } }), "without an encryption key")
end)

local function escrow(certificate)
	return { platform = { backup = { escrow = { recipients = { { name = "safe", certificate = certificate } } } } } }
end

test "the key survives its Kubernetes cluster" (function(t)
	t.passes("key-escrow", cluster(true, map({}), escrow("x")))
	t.passes("key-escrow", cluster(false, map({}), { platform = {} }))
	t.passes("key-escrow", cluster(true, map({}), { platform = {}, destination = { secrets = { provider = "externalSecrets" } } }))
	t.denies("key-escrow", cluster(true, map({}), { platform = {} }), "lost with it")
	t.denies("key-escrow", cluster(true, map({}), { platform = { backup = { escrow = { recipients = {} } } } }))
end)

test "the example certificate is found out" (function(t)
	t.passes("escrow-example", cluster(true, map({}), escrow("your own")))
	t.passes("escrow-example", cluster(true, map({}), { platform = {} }))
	t.warns("escrow-example", cluster(true, map({}),
		escrow("x\nPDEUMBIGA1UECgwLaG93ZGFoIGluaXQxJDAiBgNVBAMMG2V4YW1wbGUgZXNjcm93\ny\n")), "example certificate")
end)
