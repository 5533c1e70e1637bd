-- SPDX-License-Identifier: Apache-2.0
-- Tests of walg.lua: stores of each kind, credentials of each kind, prefixes that no two incarnations share.

local STORES = {
	blob = { type = "azure", account = "acc", bucket = "pg", keys = { secret = "blob-keys" } },
	gs = { type = "gcs", bucket = "pg", keys = { secret = "gs-keys" } },
	rack = {
		type = "s3", bucket = "pg", path = "db", endpoint = "https://s3.example.com:9000", forcePathStyle = true,
		caConfigMap = "ca", keys = { secret = "rack-keys" },
	},
	s3 = { type = "s3", bucket = "pg", encryption = "kms", kmsKey = "k", region = "eu" },
}

local NAMES = { sourceStoreSecret = "orders-source-store", storeSecret = "orders-store" }

local function store(name, credentials)
	return walg.store(STORES, name, { credentials = credentials, region = "here" }, NAMES)
end

local function env(list_of_variables)
	local out = {}
	for i = 1, #list_of_variables do
		local v = list_of_variables[i]
		if out[v.name] ~= nil then
			error(v.name .. " is set twice")
		end
		out[v.name] = v.value or v.valueFrom.secretKeyRef.name .. "/" .. v.valueFrom.secretKeyRef.key
	end
	return out
end

local ARCHIVE = { environment = "prod", namespace = "ns" }

test "S3 by identity: no keys, region and encryption said" (function(t)
	local e = env(walg.archive_env(store("s3", "irsa"), ARCHIVE, { scope = "orders-i2", incarnation = 2 }, 17))
	t.equal(e, {
		AWS_REGION = "eu", WALG_DISABLE_S3_SSE = "false", WALG_S3_SSE = "aws:kms", WALG_S3_SSE_KMS_ID = "k",
		WAL_BUCKET_SCOPE_PREFIX = "prod/ns/", WAL_BUCKET_SCOPE_SUFFIX = "/2", WAL_S3_BUCKET = "pg",
	})
end)

test "a server that is not Amazon's: endpoint, its authority, no encryption by the store, keys from a Secret" (function(t)
	local e = env(walg.archive_env(store("rack", "keys"), ARCHIVE, { scope = "orders", incarnation = 1 }, 17))
	t.equal(e.AWS_ENDPOINT, "https://s3.example.com:9000")
	t.equal(e.WALG_DISABLE_S3_SSE, "true")
	t.equal(e.WALG_S3_SSE, nil)
	t.equal(e.WAL_S3_BUCKET, "pg/db")
	t.equal(e.AWS_SECRET_ACCESS_KEY, "rack-keys/secret-access-key")
	t.equal(e.WALG_S3_CA_CERT_FILE, "/etc/howdah/store-ca/ca.crt")
	t.equal(#walg.store_volumes(store("rack", "keys")), 1)
end)

test "bootstrap has the keys of the store, and only where there are any" (function(t)
	t.equal(env(walg.credentials_env(store("rack", "keys"))), {
		AWS_ACCESS_KEY_ID = "rack-keys/access-key-id", AWS_SECRET_ACCESS_KEY = "rack-keys/secret-access-key",
	})
	t.equal(env(walg.credentials_env(store("gs", "keys"))), {
		GOOGLE_APPLICATION_CREDENTIALS = "/etc/howdah/store-keys/service-account.json",
	})
	t.equal(#walg.credentials_env(store("s3", "irsa")), 0)
end)

test "virtual hosts are said in the endpoint, since Spilo forces paths otherwise" (function(t)
	local s = store("rack", "keys")
	s.forcePathStyle = false
	local e = env(walg.archive_env(s, ARCHIVE, { scope = "orders", incarnation = 1 }, 17))
	t.equal(e.AWS_ENDPOINT, nil)
	t.equal(e.WALG_S3_ENDPOINT, "https+virtualhost://s3.example.com:9000")
end)

test "Azure gets its prefix whole, in the shape that a major upgrade rewrites" (function(t)
	local e = env(walg.archive_env(store("blob", "azure"), ARCHIVE, { scope = "orders", incarnation = 1 }, 17))
	t.equal(e.WALG_AZ_PREFIX, "azure://pg/spilo/prod/ns/orders/1/wal/17")
	t.equal(e.AZURE_STORAGE_ACCESS_KEY, nil)
	t.equal(env(walg.archive_env(store("blob", "keys"), ARCHIVE, { scope = "o", incarnation = 1 }, 17)).AZURE_STORAGE_ACCESS_KEY,
		"blob-keys/account-key")
end)

test "a second store, where the data come from, has its own Secret, authority and key file" (function(t)
	local destination = { credentials = "keys", region = "here", secrets = { provider = "externalSecrets" } }
	local stores = { gs = { type = "gcs", bucket = "b", keys = { remotePath = "p/gs" } }, rack = std.merge({ STORES.rack }) }
	stores.rack.keys = { remotePath = "p/rack" }
	local rack = walg.store(stores, "rack", destination, NAMES, "source")
	local e = env(walg.clone_env(rack, "s3://pg/x", nil, "/key"))
	t.equal(e.CLONE_AWS_ACCESS_KEY_ID, "orders-source-store/access-key-id")
	t.equal(e.CLONE_WALG_S3_CA_CERT_FILE, "/etc/howdah/source-ca/ca.crt")
	t.equal(walg.store_volumes(rack)[1].name, walg.store_mounts(rack)[1].name)
	local gs = walg.store(stores, "gs", destination, NAMES, "source")
	t.equal(env(walg.clone_env(gs, "gs://b/x", nil, "/key")).CLONE_GOOGLE_APPLICATION_CREDENTIALS,
		"/etc/howdah/source-keys/service-account.json")
	t.equal(walg.store_mounts(gs)[1].mountPath, "/etc/howdah/source-keys")
	t.equal(walg.store(stores, "gs", destination, NAMES).keysSecret, "orders-store")
end)

test "Google: keys are a file, identity is nothing at all" (function(t)
	t.equal(#walg.store_mounts(store("gs", "keys")), 1)
	t.equal(#walg.store_mounts(store("gs", "gkeWorkloadIdentity")), 0)
	t.equal(walg.envdir(store("gs", "gkeWorkloadIdentity"), { compression = "lz4" }).GOOGLE_APPLICATION_CREDENTIALS, "")
	t.equal(walg.envdir(store("gs", "keys"), { compression = "lz4" }).GOOGLE_APPLICATION_CREDENTIALS, nil)
end)

test "without keys the file that Spilo fills wrongly is made empty first" (function(t)
	t.equal(walg.envdir(store("s3", "irsa"), { compression = "lz4" }).AWS_ACCESS_KEY_ID, "")
	t.equal(walg.envdir(store("rack", "keys"), { compression = "lz4" }).AWS_ACCESS_KEY_ID, nil)
end)

test "a source without keys has that file, and what the cloud gives, in the envdir that is read" (function(t)
	local function orders(kind, s)
		local origin = { kind = kind, store = s, url = "u", envdir = walg.origin_envdir(s), inherited = walg.origin_inherited(s) }
		local spec = { restore = {}, standby = {} }
		return agentconfig.restore_orders(origin, spec) or agentconfig.standby_orders(origin, spec)
	end
	local o = orders("restore", store("s3", "podIdentity"))
	t.equal(o.envdir, { AWS_ACCESS_KEY_ID = "" })
	t.equal(o.inherited, { "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_FULL_URI" })
	o = orders("standby", store("gs", "gkeWorkloadIdentity"))
	t.equal(o.envdir, { GOOGLE_APPLICATION_CREDENTIALS = "" })
	t.equal(o.inherited, nil)
	o = orders("restore", store("rack", "keys"))
	t.equal(o.envdir, nil)
	t.equal(o.inherited, nil)
	t.equal(walg.origin_envdir(nil), nil)
	t.equal(walg.origin_inherited(nil), nil)
end)

test "a clone repeats everything with its prefix: nothing is inherited" (function(t)
	local e = env(walg.clone_env(store("rack", "keys"), "s3://pg/db/x/wal", "2026-01-01T00:00:00Z", "/run/k"))
	t.equal(e.CLONE_METHOD, "CLONE_WITH_WALE")
	t.equal(e.CLONE_TARGET_TIME, "2026-01-01T00:00:00+00:00")
	for _, name in ipairs({
		"CLONE_AWS_ENDPOINT", "CLONE_AWS_REGION", "CLONE_AWS_ACCESS_KEY_ID", "CLONE_WALG_DISABLE_S3_SSE",
		"CLONE_WALG_LIBSODIUM_KEY_PATH", "CLONE_WALG_LIBSODIUM_KEY_TRANSFORM", "CLONE_WALG_S3_PREFIX",
	}) do
		t.ok(e[name] ~= nil, name)
	end
end)

test "no two incarnations, namespaces or environments share an archive" (function(t)
	local seen = {}
	for _, environment in ipairs({ "dev", "prod" }) do
		for _, namespace in ipairs({ "a", "b" }) do
			for n = 1, 3 do
				local path = walg.archive_path(environment, namespace, model.scope("orders", n), n)
				t.equal(seen[path], nil)
				seen[path] = true
			end
		end
	end
end)

test "a standby streams only where both ends have a way and one issuer" (function(t)
	local issuer = { name = "ca" }
	local d = {
		east = { issuer = issuer, standbyPeers = { west = { cidrs = { "10.0.0.0/8" } } }, clusterDomain = "cluster.local" },
		west = { issuer = issuer, standbyPeers = { east = { cidrs = { "10.0.0.0/8" }, domain = "east.example.com" } } },
		north = { issuer = { name = "other" }, standbyPeers = { east = { domain = "east.example.com" } } },
		south = map({}),
	}
	local function at(destination, name)
		return { destination = destination, incarnation = 1, name = name, namespace = "n" }
	end
	t.ok(walg.streams(d, at("east", "a"), at("west", "b")))
	t.ok(walg.streams(d, at("east", "a"), at("east", "b")))
	t.ok(not walg.streams(d, at("west", "a"), at("east", "b")))
	t.ok(not walg.streams(d, at("east", "a"), at("north", "b")))
	t.ok(not walg.streams(d, at("east", "a"), at("south", "b")))
	t.ok(not walg.streams(d, at("east", "a"), at("west", "a")), "the same names on both sides")
	t.equal(walg.direct_host(d, at("east", "a"), at("west", "b")), "a.n.east.example.com")
	t.equal(walg.direct_host(d, nil, at("west", "b")), nil)
	local followers = list({ at("west", "b"), at("west", "c"), at("east", "b"), at("north", "b") })
	t.equal(walg.follower_names(d, at("east", "a"), followers), { "a.n.east.example.com" })
	t.equal(walg.follower_names(d, at("east", "a"), list({})), {})
end)

test "an unknown store is an error" (function(t)
	t.fails(function() return store("none", "keys") end)
end)
