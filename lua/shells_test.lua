-- SPDX-License-Identifier: Apache-2.0
-- Tests of shells.lua: who fills a Secret, and what an outside store makes instead.

local NAMES = {
	autoscalerSecret = "o-autoscaler", backupKeySecret = "o-key", exporterSecret = "o-exporter", poolerSecret = "o-pooler",
	sourceKeySecret = "o-source", systemSecret = "o-system",
}

local function all(spec, external, origin, pooled)
	return shells.shells(NAMES, spec, external, origin, map({}), false, pooled)
end

local function fill(list_of_shells)
	local out = {}
	for i = 1, #list_of_shells do
		out[list_of_shells[i].purpose] = list_of_shells[i].fill
	end
	return out
end

test "a key is made for an empty first incarnation only, otherwise waited for" (function(t)
	t.equal(fill(all({ incarnation = 1 }, false, { kind = "empty" }, true)), {
		["backup-key"] = "bootstrap", exporter = "bootstrap", pooler = "bootstrap", system = "bootstrap",
	})
	t.equal(fill(all({ incarnation = 2 }, false, { kind = "restore", own = true }, false)), {
		["backup-key"] = "wait", exporter = "bootstrap", system = "bootstrap",
	})
	t.equal(fill(all({ incarnation = 1, standby = map({}) }, false, { kind = "standby", own = false }, false)), {
		["backup-key"] = "wait", exporter = "wait", ["source-key"] = "wait", system = "wait",
	})
end)

local function context(origin, generate)
	return {
		archive = { generateKey = generate }, external = true, meta = { name = "o" }, origin = origin, prefix = "db",
		remote = "db/prod/ns/o", shells = all({ incarnation = generate and 1 or 2 }, true, origin, true),
		source = origin.kind == "standby" and { environment = "prod", name = "src", namespace = "s" } or nil,
		store = { main = map({}) },
	}
end

local function names(items)
	return std.sort(std.map(items, function(x) return x.name end))
end

test "outside: everything is generated once, and the key and system passwords are kept there" (function(t)
	local c = context({ kind = "empty" }, true)
	t.equal(names(shells.generated_secrets(c)), { "o-exporter", "o-key", "o-pooler", "o-system" })
	t.equal(#shells.fetched_secrets(c), 0)
	t.equal(names(shells.pushed_secrets(c)), { "o-exporter", "o-key", "o-system" })
end)

test "outside: a later incarnation fetches its key, never makes one" (function(t)
	local c = context({ kind = "restore", own = true }, false)
	t.equal(names(shells.fetched_secrets(c)), { "o-key" })
	t.equal(shells.fetched_secrets(c)[1].data[1].remoteRef.key, "db/prod/ns/o/backup-key")
	t.equal(names(shells.pushed_secrets(c)), { "o-exporter", "o-system" })
end)

test "outside: a standby takes passwords and key of the cluster that it follows, and keeps them for its own followers" (function(t)
	local c = context({ kind = "standby" }, false)
	c.shells = all({ incarnation = 1, standby = map({}) }, true, { kind = "standby" }, false)
	local paths = {}
	for _, f in ipairs(shells.fetched_secrets(c)) do
		paths[f.name] = f.data[1].remoteRef.key
	end
	t.equal(paths, {
		["o-exporter"] = "db/prod/s/src/exporter", ["o-key"] = "db/prod/ns/o/backup-key",
		["o-source"] = "db/prod/s/src/backup-key", ["o-system"] = "db/prod/s/src/system",
	})
	t.equal(names(shells.pushed_secrets(c)), { "o-exporter", "o-system" })
end)

test "outside: the keys of a second store are fetched beside those of the archive's" (function(t)
	local c = context({ kind = "empty" }, true)
	c.store.main = { keysRemotePath = "p/one", keysSecret = "o-store", type = "s3" }
	c.origin.store = { folder = "source", keysRemotePath = "p/two", keysSecret = "o-source-store", type = "azure" }
	t.equal(names(shells.fetched_secrets(c)), { "o-source-store", "o-store" })
	c.origin.store.folder = "store"
	t.equal(names(shells.fetched_secrets(c)), { "o-store" })
end)

test "PgBouncer's list of users is made of generated passwords" (function(t)
	for _, made in ipairs(shells.generated_secrets(context({ kind = "empty" }, true))) do
		if made.name == "o-pooler" then
			t.equal(made.data["userlist.txt"],
				'"howdah_console" "{{ .console_password }}"\n"howdah_pooler" "{{ .pooler_password }}"\n')
		end
	end
end)

test "without that provider there are none" (function(t)
	t.equal(shells.generated_secrets({ external = false }), nil)
	t.equal(shells.fetched_secrets({ external = false }), nil)
	t.equal(shells.pushed_secrets({ external = false }), nil)
end)
