-- SPDX-License-Identifier: Apache-2.0
-- walg: object stores, archives and where an incarnation's data come from, as Spilo and wal-g want to be told.

local walg = {}

-- Object store and archive ----------------------------------------------------------------------------------------

local SCHEMES = { azure = "azure://", gcs = "gs://", s3 = "s3://" }

-- {namespace} and {cluster} in a cloud identity stand for those of this cluster.
local function fill(text, meta)
	local out = std.join(string.split(text, "{namespace}"), meta.namespace)
	return std.join(string.split(out, "{cluster}"), meta.name)
end

-- Annotations by which the cloud gives the ServiceAccount its identity.
function walg.identity_annotations(credentials, identity, meta)
	local out = {}
	if identity == nil then
		return nil
	end
	if credentials == "irsa" and identity.roleArn then
		out["eks.amazonaws.com/role-arn"] = fill(identity.roleArn, meta)
	elseif credentials == "gkeWorkloadIdentity" and identity.serviceAccountEmail then
		out["iam.gke.io/gcp-service-account"] = fill(identity.serviceAccountEmail, meta)
	elseif credentials == "azure" then
		out["azure.workload.identity/client-id"] = identity.clientId
		out["azure.workload.identity/tenant-id"] = identity.tenantId
	end
	if std.is_empty(out) then
		return nil
	end
	return out
end

-- The cloud's webhooks give tokens to every container of a pod; the exporter shall have none.
function walg.identity_pod_annotations(credentials)
	if credentials == "irsa" or credentials == "podIdentity" then
		return { ["eks.amazonaws.com/skip-containers"] = "exporter" }
	end
	if credentials == "azure" then
		return { ["azure.workload.identity/skip-containers"] = "exporter" }
	end
	return {}
end

-- What the programs need to know of one store, with defaults applied. folder is where its files are mounted: "store", or
-- "source" for a second one, where the data come from.
function walg.store(stores, name, destination, names, folder)
	local s = stores[name]
	local keys = s.keys or {}
	local external = destination.secrets ~= nil and destination.secrets.provider == "externalSecrets"
	local encryption = s.encryption or (s.endpoint and "none" or "managed")
	local out = {
		account = s.account,
		bucket = s.path and s.bucket .. "/" .. s.path or s.bucket,
		credentials = destination.credentials,
		encryption = encryption,
		endpoint = s.endpoint,
		forcePathStyle = s.forcePathStyle == true,
		kmsKey = s.kmsKey,
		name = name,
		region = s.region or destination.region,
		type = s.type,
		storageClass = s.storageClass,
		objectLock = s.objectLock,
		conditionalWrites = s.conditionalWrites ~= false,
		authority = s.caConfigMap,
		folder = folder or "store",
	}
	out.url = SCHEMES[s.type] .. out.bucket
	if destination.credentials == "keys" then
		local made = folder == "source" and names.sourceStoreSecret or names.storeSecret
		out.keysSecret = external and keys.remotePath and made or keys.secret
		out.keysRemotePath = external and keys.remotePath or nil
	end
	return out
end

-- Path of one incarnation's archive below the store: derived, never written, unique in the fleet.
function walg.archive_path(environment, namespace, scope, incarnation)
	return "spilo/" .. environment .. "/" .. namespace .. "/" .. scope .. "/" .. incarnation
end

local function literal(name, value)
	if value ~= nil then
		return { name = name, value = value }
	end
end

local function from_secret(name, secret, key)
	return { name = name, valueFrom = { secretKeyRef = { key = key, name = secret, optional = false } } }
end

local function add(list, item)
	if item ~= nil then
		list[#list + 1] = item
	end
end

-- Folder of a store's files in the containers: what is "ca" or "keys".
local function mounted(store, what)
	return "/etc/howdah/" .. store.folder .. "-" .. what
end

local function s3_env(store, p, out)
	add(out, literal(p .. "AWS_REGION", store.region))
	if store.endpoint and store.forcePathStyle then
		add(out, literal(p .. "AWS_ENDPOINT", store.endpoint))
	elseif store.endpoint then
		add(out, literal(p .. "WALG_S3_ENDPOINT", std.join(string.split(store.endpoint, "://"), "+virtualhost://")))
	end
	add(out, literal(p .. "WALG_DISABLE_S3_SSE", store.encryption == "none" and "true" or "false"))
	if store.encryption == "managed" then
		add(out, literal(p .. "WALG_S3_SSE", "AES256"))
	elseif store.encryption == "kms" then
		add(out, literal(p .. "WALG_S3_SSE", "aws:kms"))
		add(out, literal(p .. "WALG_S3_SSE_KMS_ID", store.kmsKey))
	end
	if store.authority then
		add(out, literal(p .. "WALG_S3_CA_CERT_FILE", mounted(store, "ca") .. "/ca.crt"))
	end
	if store.keysSecret then
		add(out, from_secret(p .. "AWS_ACCESS_KEY_ID", store.keysSecret, "access-key-id"))
		add(out, from_secret(p .. "AWS_SECRET_ACCESS_KEY", store.keysSecret, "secret-access-key"))
	end
end

local function gcs_env(store, p, out)
	if store.keysSecret then
		add(out, literal(p .. "GOOGLE_APPLICATION_CREDENTIALS", mounted(store, "keys") .. "/service-account.json"))
	end
end

local function azure_env(store, p, out)
	add(out, literal(p .. "AZURE_STORAGE_ACCOUNT", store.account))
	if store.keysSecret then
		add(out, from_secret(p .. "AZURE_STORAGE_ACCESS_KEY", store.keysSecret, "account-key"))
	end
end

-- Keys of the archive's store for bootstrap, which writes the claim before Spilo writes any of wal-g's files. What a cloud
-- gives the pod needs no variables of ours.
function walg.credentials_env(store)
	local out = {}
	if not store.keysSecret then
		return out
	end
	if store.type == "s3" then
		add(out, from_secret("AWS_ACCESS_KEY_ID", store.keysSecret, "access-key-id"))
		add(out, from_secret("AWS_SECRET_ACCESS_KEY", store.keysSecret, "secret-access-key"))
	elseif store.type == "azure" then
		add(out, from_secret("AZURE_STORAGE_ACCESS_KEY", store.keysSecret, "account-key"))
	else
		gcs_env(store, "", out)
	end
	return out
end

local STORE_ENV = { azure = azure_env, gcs = gcs_env, s3 = s3_env }

-- How Spilo reaches the store; prefix is "" for the archive, "CLONE_" or "STANDBY_" for where the data come from.
local function store_env(store, prefix)
	local out = {}
	STORE_ENV[store.type](store, prefix, out)
	return out
end

-- Variables that make Spilo archive into the set's own prefix. On Azure Spilo derives no prefix, so it is given whole.
function walg.archive_env(store, archive, set, version)
	local out = store_env(store, "")
	if store.type == "azure" then
		local path = walg.archive_path(archive.environment, archive.namespace, set.scope, set.incarnation)
		add(out, literal("WALG_AZ_PREFIX", store.url .. "/" .. path .. "/wal/" .. version))
	else
		add(out, literal(store.type == "s3" and "WAL_S3_BUCKET" or "WAL_GS_BUCKET", store.bucket))
		add(out, literal("WAL_BUCKET_SCOPE_PREFIX", archive.environment .. "/" .. archive.namespace .. "/"))
		add(out, literal("WAL_BUCKET_SCOPE_SUFFIX", "/" .. set.incarnation))
	end
	return out
end

local PREFIX_NAMES = { azure = "WALG_AZ_PREFIX", gcs = "WALG_GS_PREFIX", s3 = "WALG_S3_PREFIX" }

-- Variables for the first start of an incarnation that is restored: another archive, another key, a moment. Z is an
-- abbreviation that PostgreSQL does not know yet when it reads recovery_target_time.
function walg.clone_env(store, url, time, key_path)
	local out = {
		literal("CLONE_METHOD", "CLONE_WITH_WALE"),
		literal("CLONE_" .. PREFIX_NAMES[store.type], url),
		literal("CLONE_WALG_LIBSODIUM_KEY_PATH", key_path),
		literal("CLONE_WALG_LIBSODIUM_KEY_TRANSFORM", "hex"),
	}
	add(out, literal("CLONE_TARGET_TIME", time and string.replace(time, "Z", "+00:00")))
	return std.concat({ out, store_env(store, "CLONE_") })
end

-- Variables for the first start of a standby: the source's archive, and its primary where the network reaches it.
function walg.standby_env(store, url, host, slot, key_path)
	local out = {
		literal("STANDBY_" .. PREFIX_NAMES[store.type], url),
		literal("STANDBY_WALG_LIBSODIUM_KEY_PATH", key_path),
		literal("STANDBY_WALG_LIBSODIUM_KEY_TRANSFORM", "hex"),
	}
	if host then
		add(out, literal("STANDBY_HOST", host))
		add(out, literal("STANDBY_PORT", "5432"))
		add(out, literal("STANDBY_PRIMARY_SLOT_NAME", slot))
	end
	return std.concat({ out, store_env(store, "STANDBY_") })
end

-- Mounts and volumes that reach the store: an authority for the endpoint, keys that are files.
function walg.store_mounts(store)
	local out = {}
	if store.authority then
		out[1] = { mountPath = mounted(store, "ca"), name = store.folder .. "-ca", readOnly = true }
	end
	if store.type == "gcs" and store.keysSecret then
		out[#out + 1] = { mountPath = mounted(store, "keys"), name = store.folder .. "-keys", readOnly = true }
	end
	return out
end

function walg.store_volumes(store)
	local out = {}
	if store.authority then
		out[1] = { configMap = { defaultMode = 420, name = store.authority }, name = store.folder .. "-ca" }
	end
	if store.type == "gcs" and store.keysSecret then
		out[#out + 1] = { name = store.folder .. "-keys", secret = { defaultMode = 416, secretName = store.keysSecret } }
	end
	return out
end


function walg.identity_pod_labels(credentials)
	if credentials == "azure" then
		return { ["azure.workload.identity/use"] = "true" }
	end
	return {}
end

-- Key of the claim in the bucket: beside the archive of the incarnation, above the major versions.
function walg.claim_key(store, path)
	local folder = store.path and store.path .. "/" or ""
	return folder .. path .. "/howdah-claim.json"
end

-- A file that Spilo fills with the prefix where there are no keys.
local function keyless(store)
	local name = not store.keysSecret and ({ gcs = "GOOGLE_APPLICATION_CREDENTIALS", s3 = "AWS_ACCESS_KEY_ID" })[store.type]
	return name and { [name] = "" } or {}
end

-- Files of wal-g's envdir that Spilo does not write, or writes wrongly: bootstrap makes them first, Spilo leaves what is
-- there, and the agent keeps them as written, so a change of these restarts nothing. An empty file unsets a variable.
function walg.envdir(store, backup)
	local out = {
		WALG_ALIVE_CHECK_INTERVAL = "1m",
		WALG_COMPRESSION_METHOD = backup.compression,
		WALG_VERIFY_PAGE_CHECKSUMS = "true",
		WALG_S3_STORAGE_CLASS = store.storageClass,
	}
	local numbers = {
		WALG_DISK_RATE_LIMIT = backup.diskRate and std.bytes(backup.diskRate),
		WALG_DOWNLOAD_CONCURRENCY = backup.downloadConcurrency,
		WALG_NETWORK_RATE_LIMIT = backup.networkRate and std.bytes(backup.networkRate),
		WALG_UPLOAD_CONCURRENCY = backup.uploadConcurrency,
		S3_RETENTION_PERIOD = store.objectLock and std.seconds(store.objectLock.retention),
	}
	for name, value in pairs(numbers) do
		out[name] = tostring(value)
	end
	if store.objectLock then
		out.S3_RETENTION_MODE = string.upper(store.objectLock.mode)
	end
	return std.merge({ out, keyless(store) })
end

local INHERITED = {
	azure = { "AZURE_AUTHORITY_HOST", "AZURE_CLIENT_ID", "AZURE_FEDERATED_TOKEN_FILE", "AZURE_TENANT_ID" },
	podIdentity = { "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_FULL_URI" },
	irsa = { "AWS_ROLE_ARN", "AWS_ROLE_SESSION_NAME", "AWS_STS_REGIONAL_ENDPOINTS", "AWS_WEB_IDENTITY_TOKEN_FILE" },
}

-- Variables that the cloud's webhook gives the container and that wal-g's envdir must have too.
function walg.inherited_env(store)
	return INHERITED[store.credentials] or {}
end

-- Where the data come from ----------------------------------------------------------------------------------------

function walg.origin_store(kind, spec, source, platform, destination, names)
	if kind == "empty" then
		return nil
	end
	local prefix = kind == "restore" and spec.restore.prefix
	local name = prefix and prefix.store or (source and source.store) or spec.backup.store
	local folder = name ~= spec.backup.store and "source" or nil
	local out = walg.store(platform.objectStores, name, destination, names, folder)
	local there = not prefix and source and platform.destinations[source.destination]
	if there and there.region and not platform.objectStores[name].region then
		out.region = there.region
	end
	return out
end

-- What the envdir of the source's archive needs besides Spilo's variables, as that of the own archive: nothing is inherited.
function walg.origin_envdir(store)
	return store and std.some(keyless(store))
end

function walg.origin_inherited(store)
	return store and std.some(walg.inherited_env(store))
end

-- The archive that is read. Without a major version behind /wal, a restore tries every one that is installed; a standby
-- reads the one that it is told.
function walg.origin_url(kind, store, spec, source, meta, environment)
	if kind == "empty" then
		return nil
	end
	if kind == "restore" and spec.restore.prefix then
		return store.url .. "/" .. spec.restore.prefix.path
	end
	local from = source or {
		environment = environment.name, namespace = meta.namespace, name = meta.name,
		incarnation = spec.restore.incarnation,
	}
	local scope = model.scope(from.name, from.incarnation)
	local url = store.url .. "/" .. walg.archive_path(from.environment, from.namespace, scope, from.incarnation) .. "/wal"
	return kind == "standby" and url .. "/" .. (from.version or spec.version) or url
end

-- Whether a way leads through the network from destination `from` to a standby on `to`, and both trust one issuer.
local function connected(destinations, from, to)
	local there, here = destinations[from], destinations[to]
	if not there or not here or not there.issuer or not here.issuer then
		return false
	end
	if there.issuer.name ~= here.issuer.name or from == to then
		return from == to
	end
	local back, way = there.standbyPeers and there.standbyPeers[to], here.standbyPeers and here.standbyPeers[from]
	return back ~= nil and way ~= nil and way.domain ~= nil
end

-- Whether a standby streams from its source, or reads its archive alone. Both ends decide by this, so that no slot is
-- kept for a follower that never comes. Members of the same name on both sides could fake each other's
-- acknowledgements: these never stream.
function walg.streams(destinations, source, follower)
	return connected(destinations, source.destination, follower.destination)
		and model.scope(source.name, source.incarnation) ~= model.scope(follower.name, follower.incarnation)
end

-- Address of the source's primary for a standby that streams from it.
function walg.direct_host(destinations, source, follower)
	if not source or not walg.streams(destinations, source, follower) then
		return nil
	end
	local service = source.name .. "." .. source.namespace
	if source.destination == follower.destination then
		return service .. ".svc." .. destinations[source.destination].clusterDomain
	end
	return service .. "." .. destinations[follower.destination].standbyPeers[source.destination].domain
end

-- Names by which followers on other destinations ask for the primary, each once.
function walg.follower_names(destinations, here, followers)
	local elsewhere = std.filter(followers, function(f)
		return f.destination ~= here.destination and walg.streams(destinations, here, f)
	end)
	return std.unique(std.map(elsewhere, function(f) return walg.direct_host(destinations, here, f) end))
end

-- Slot that the source keeps for a follower.
function walg.standby_slot(destination, meta)
	return "standby_" .. std.checksum(destination .. "/" .. meta.namespace .. "/" .. meta.name)
end

function walg.origin_env(origin, spec)
	if origin.kind == "restore" then
		return walg.clone_env(origin.store, origin.url, spec.restore.time, origin.keyPath)
	end
	if origin.kind == "standby" then
		return walg.standby_env(origin.store, origin.url, origin.direct, origin.slot, origin.keyPath)
	end
	return {}
end

-- The drill -------------------------------------------------------------------------------------------------------

-- wal-g's own settings to read the archive: the drill has no Spilo to make them.
function walg.drill_env(store, prefix, key_path)
	local out = store_env(store, "")
	out = std.filter(out, function(e) return e.name ~= "WALG_DISABLE_S3_SSE" end)
	add(out, literal(PREFIX_NAMES[store.type], prefix))
	add(out, literal("WALG_LIBSODIUM_KEY_PATH", key_path))
	add(out, literal("WALG_LIBSODIUM_KEY_TRANSFORM", "hex"))
	if store.type == "s3" and store.forcePathStyle then
		add(out, literal("AWS_S3_FORCE_PATH_STYLE", "true"))
	end
	return std.map(out, function(e)
		if e.name == "WALG_S3_ENDPOINT" then
			return literal("AWS_ENDPOINT", store.endpoint)
		end
		return e
	end)
end

return walg
