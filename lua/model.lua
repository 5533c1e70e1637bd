-- SPDX-License-Identifier: Apache-2.0
-- model: what the facts of a cluster need beyond slots: names of incarnations, member sets, the connection graph and
-- what derives from it (hba lines, network policies), PgBouncer's ini, Spilo's configuration.

local model = {}

-- Names ------------------------------------------------------------------------------------------------------------

-- Name of everything that belongs to one incarnation: the cluster's own for the first, "-iN" behind it later.
function model.scope(cluster, incarnation)
	if incarnation == 1 then
		return cluster
	end
	return cluster .. "-i" .. incarnation
end

-- A dns label made of `text`: lower case, everything else a dash.
local function slug(text)
	local out = {}
	for i = 1, #text do
		local c = string.sub(string.lower(text), i, i)
		if not string.find_plain("abcdefghijklmnopqrstuvwxyz0123456789", c) then
			c = "-"
		end
		out[i] = c
	end
	return table.concat(out)
end

-- The read replicas' StatefulSet carries class and size in its name, so that growth makes a new one. The longest
-- name a StatefulSet may have is 52 (its pods carry a revision label); a class that does not fit gives way to a hash.
function model.read_replica_set(scope, class, size)
	local name = scope .. "-ro-" .. slug(class) .. "-" .. slug(size)
	if #name <= 52 then
		return name
	end
	return scope .. "-ro-" .. std.checksum(class .. "/" .. size)
end

-- Member sets -------------------------------------------------------------------------------------------------------

-- Replicas to write into the HA StatefulSet; nil leaves them to KEDA, which wakes and sleeps the cluster by the clock.
local function wanted_replicas(spec)
	if spec.retire and spec.retire.step == "stopped" then
		return 0
	end
	if spec.hibernate and spec.hibernate.always then
		return 0
	end
	if spec.hibernate and spec.hibernate.sleep then
		return nil
	end
	return spec.instances
end

local function old_storage(spec, n)
	if spec.incarnations then
		for i = 1, #spec.incarnations do
			if spec.incarnations[i].n == n then
				return spec.incarnations[i].storage
			end
		end
	end
	return spec.storage
end

local function ha_set(meta, spec, n)
	local current = n == spec.incarnation
	local storage = current and spec.storage or old_storage(spec, n)
	local scope = model.scope(meta.name, n)
	local replicas = 0
	if current then
		replicas = wanted_replicas(spec)
	end
	return {
		claims = true,
		component = "database",
		current = current,
		incarnation = n,
		name = scope,
		pods = spec.instances,
		replicas = replicas,
		scope = scope,
		storage = { class = storage.class, size = storage.size },
	}
end

-- Every StatefulSet of members that is emitted: the running incarnation, the read replicas, then the earlier
-- incarnations whose disks are still kept, at 0 replicas.
function model.member_sets(meta, spec)
	local out = { ha_set(meta, spec, spec.incarnation) }
	local scope = out[1].scope
	if model.autoscaled(spec) then
		out[2] = {
			claims = false,
			component = "read-replica",
			current = true,
			incarnation = spec.incarnation,
			name = model.read_replica_set(scope, spec.storage.class, spec.storage.size),
			pods = spec.autoscale.max,
			scope = scope,
			storage = { class = spec.storage.class, size = spec.storage.size },
		}
		if out[1].replicas == 0 then
			out[2].replicas = 0
		end
	end
	for n = 1, spec.incarnation - 1 do
		if not std.contains(spec.purged, n) then
			out[#out + 1] = ha_set(meta, spec, n)
		end
	end
	for i = 1, #out do
		out[i].index = i
	end
	return out
end

function model.autoscaled(spec)
	return spec.autoscale ~= nil and spec.autoscale.max ~= nil and spec.autoscale.max > 0
end

-- One claim per ordinal of every HA set, named as its StatefulSet names them.
function model.claims(sets)
	local out = {}
	for i = 1, #sets do
		if sets[i].claims then
			for ordinal = 0, sets[i].pods - 1 do
				out[#out + 1] = {
					current = sets[i].current,
					name = "pgdata-" .. sets[i].name .. "-" .. ordinal,
					scope = sets[i].scope,
					set = sets[i].name,
					storage = sets[i].storage,
				}
			end
		end
	end
	return out
end

-- Names of the pods of one set.
function model.pods(set)
	return std.map(std.ordinals(set.pods), function(n) return set.name .. "-" .. n end)
end


-- Slots that guests were promised.
function model.guest_connections(spec)
	local sum = 0
	if spec.databasesFrom then
		for i = 1, #spec.databasesFrom do
			sum = sum + spec.databasesFrom[i].maxConnections
		end
	end
	return sum
end

-- Requests and limits -------------------------------------------------------------------------------------------------

-- Of one container: memory is request and limit at once, so that nothing is promised twice.
function model.resources(container, scratch, scratch_limit)
	return {
		limits = {
			cpu = std.cpu(std.millis(container.cpuLimit or container.cpu)),
			["ephemeral-storage"] = scratch_limit,
			memory = std.quantity(std.bytes(container.memory)),
		},
		requests = {
			cpu = std.cpu(std.millis(container.cpu)),
			["ephemeral-storage"] = scratch,
			memory = std.quantity(std.bytes(container.memory)),
		},
	}
end

-- PostgreSQL's parameters -----------------------------------------------------------------------------------------------

-- Spilo writes these into its local configuration, which wins over the dynamic one: they may stand nowhere else.
local LOCAL_ONLY = { "shared_buffers", "shared_preload_libraries", "log_destination", "logging_collector" }

local function integer_or_text(value)
	local sum = 0
	for i = 1, #value do
		local digit = string.byte(value, i) - 48
		if digit < 0 or digit > 9 or i > 15 then
			return value
		end
		sum = sum * 10 + digit
	end
	return #value > 0 and sum or value
end

-- The computed parameters with what the intent says about the same names.
function model.override(computed, parameters)
	local out = std.merge({ computed })
	for name, value in pairs(parameters or {}) do
		if out[name] ~= nil then
			out[name] = integer_or_text(value)
		end
	end
	return out
end

-- Everything for Patroni's dynamic configuration: computed values, then what the intent says, but for local names.
function model.dynamic_parameters(maps, parameters)
	local out = std.merge(maps)
	for name, value in pairs(parameters or {}) do
		if not std.contains(LOCAL_ONLY, name) then
			out[name] = integer_or_text(value)
		end
	end
	return out
end

function model.shared_buffers(computed_mb, parameters)
	if parameters and parameters.shared_buffers then
		return parameters.shared_buffers
	end
	return computed_mb .. "MB"
end

-- Libraries loaded at server start: statistics and audit always, so that turning audit on restarts nothing, and what
-- the extensions of the databases need.
function model.preload(spec, guests, preload)
	local out = { "pg_stat_statements", "pgaudit" }
	local function add(extensions)
		for i = 1, #(extensions or {}) do
			local library = preload and preload[extensions[i].name]
			if library then
				out[#out + 1] = library
			end
		end
	end
	for i = 1, #(spec.databases or {}) do
		add(spec.databases[i].extensions)
	end
	for i = 1, #(guests or {}) do
		add(guests[i].spec.extensions)
	end
	return std.join(std.unique(out), ",")
end

-- Names a certificate must cover ------------------------------------------------------------------------------------

local function service_names(service, namespace, domain)
	return {
		service, service .. "." .. namespace, service .. "." .. namespace .. ".svc",
		service .. "." .. namespace .. ".svc." .. domain,
	}
end

local function pod_names(service, namespace, domain)
	return { "*." .. service .. "." .. namespace .. ".svc", "*." .. service .. "." .. namespace .. ".svc." .. domain }
end

function model.server_names(names, namespace, domain)
	return std.concat({
		service_names(names.primary, namespace, domain), service_names(names.replicas, namespace, domain),
		service_names(names.leader, namespace, domain), pod_names(names.headless, namespace, domain),
	})
end

function model.pooler_names(names, namespace, domain)
	return std.concat({
		service_names(names.pooler, namespace, domain), pod_names(names.poolerHeadless, namespace, domain),
	})
end

-- Annotations for GitOps tools ----------------------------------------------------------------------------------------

-- Keeps the object when its file disappears. nil without a tool: nothing prunes then.
function model.protection(tool)
	if tool == "argocd" then
		return { ["argocd.argoproj.io/sync-options"] = "Delete=false,Prune=false" }
	end
	if tool == "flux" then
		return { ["kustomize.toolkit.fluxcd.io/prune"] = "disabled" }
	end
end

-- For objects whose data is written in the cluster: made once, their content left alone. Argo CD does that by server-side
-- apply, which leaves alone what the file does not have.
function model.shell(tool)
	if tool == "flux" then
		return { ["kustomize.toolkit.fluxcd.io/ssa"] = "IfNotPresent" }
	end
end

-- The given maps in one; nil when nothing is in them.
function model.annotations(list)
	local out = {}
	for i = 1, 4 do
		for k, v in pairs(list[i] or {}) do
			out[k] = v
		end
	end
	if std.is_empty(out) then
		return nil
	end
	return out
end

-- Scheduling ----------------------------------------------------------------------------------------------------------

local function host_term(selector)
	return { labelSelector = { matchLabels = selector }, topologyKey = "kubernetes.io/hostname" }
end

-- Keeps pods of one set on different nodes.
function model.anti_affinity(mode, selector)
	if mode == "required" then
		return { requiredDuringSchedulingIgnoredDuringExecution = { host_term(selector) } }
	end
	return { preferredDuringSchedulingIgnoredDuringExecution = { { podAffinityTerm = host_term(selector), weight = 100 } } }
end

local function spread(selector, key, hard)
	return {
		labelSelector = { matchLabels = selector },
		maxSkew = 1,
		topologyKey = key,
		whenUnsatisfiable = hard and "DoNotSchedule" or "ScheduleAnyway",
	}
end

function model.topology_spread(zones, selector)
	local out = {}
	if zones ~= "off" then
		out[1] = spread(selector, "topology.kubernetes.io/zone", zones == "required")
	end
	out[#out + 1] = spread(selector, "kubernetes.io/hostname", false)
	return out
end

-- A node that is gone: its pods are given up after the destination's time, not Kubernetes' 5 minutes.
function model.tolerations(spec, node_failure)
	local out = {}
	for i = 1, #(spec.scheduling.tolerations or {}) do
		local t = spec.scheduling.tolerations[i]
		out[i] = { effect = t.effect, key = t.key, operator = t.operator, value = t.value }
	end
	local seconds = node_failure and node_failure.evictionSeconds
	if seconds then
		for _, key in ipairs({ "node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable" }) do
			out[#out + 1] = { effect = "NoExecute", key = key, operator = "Exists", tolerationSeconds = seconds }
		end
	end
	return out
end

-- Object store and archive ----------------------------------------------------------------------------------------------

local SCHEMES = { azure = "azure://", gcs = "gs://", s3 = "s3://" }

-- {namespace} and {cluster} in a cloud identity stand for those of this cluster.
local function fill(text, meta)
	local out = std.join(string.split(text, "{namespace}"), meta.namespace)
	return std.join(string.split(out, "{cluster}"), meta.name)
end

-- Annotations by which the cloud gives the ServiceAccount its identity.
function model.identity_annotations(credentials, identity, meta)
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
function model.identity_pod_annotations(credentials)
	if credentials == "irsa" then
		return { ["eks.amazonaws.com/skip-containers"] = "exporter" }
	end
	if credentials == "azure" then
		return { ["azure.workload.identity/skip-containers"] = "exporter" }
	end
	return {}
end

-- What the programs need to know of one store, with defaults applied.
function model.store(stores, name, destination, names)
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
	}
	out.url = SCHEMES[s.type] .. out.bucket
	if destination.credentials == "keys" then
		out.keysSecret = external and keys.remotePath and names.storeSecret or keys.secret
		out.keysRemotePath = external and keys.remotePath or nil
	end
	return out
end

-- Path of one incarnation's archive below the store: derived, never written, unique in the fleet.
function model.archive_path(environment, namespace, scope, incarnation)
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
		add(out, literal(p .. "WALG_S3_CA_CERT_FILE", "/etc/howdah/store-ca/ca.crt"))
	end
	if store.keysSecret then
		add(out, from_secret(p .. "AWS_ACCESS_KEY_ID", store.keysSecret, "access-key-id"))
		add(out, from_secret(p .. "AWS_SECRET_ACCESS_KEY", store.keysSecret, "secret-access-key"))
	end
end

local function gcs_env(store, p, out)
	if store.keysSecret then
		add(out, literal(p .. "GOOGLE_APPLICATION_CREDENTIALS", "/etc/howdah/store-keys/service-account.json"))
	end
end

local function azure_env(store, p, out)
	add(out, literal(p .. "AZURE_STORAGE_ACCOUNT", store.account))
	if store.keysSecret then
		add(out, from_secret(p .. "AZURE_STORAGE_ACCESS_KEY", store.keysSecret, "account-key"))
	end
end

local STORE_ENV = { azure = azure_env, gcs = gcs_env, s3 = s3_env }

-- How Spilo reaches the store; prefix is "" for the archive, "CLONE_" or "STANDBY_" for where the data come from.
local function store_env(store, prefix)
	local out = {}
	STORE_ENV[store.type](store, prefix, out)
	return out
end

-- Variables that make Spilo archive into the set's own prefix. On Azure Spilo derives no prefix, so it is given whole.
function model.archive_env(store, archive, set, version)
	local out = store_env(store, "")
	if store.type == "azure" then
		local path = model.archive_path(archive.environment, archive.namespace, set.scope, set.incarnation)
		add(out, literal("WALG_AZ_PREFIX", store.url .. "/" .. path .. "/wal/" .. version))
		return out
	end
	add(out, literal(store.type == "s3" and "WAL_S3_BUCKET" or "WAL_GS_BUCKET", store.bucket))
	add(out, literal("WAL_BUCKET_SCOPE_PREFIX", archive.environment .. "/" .. archive.namespace .. "/"))
	add(out, literal("WAL_BUCKET_SCOPE_SUFFIX", "/" .. set.incarnation))
	return out
end

local PREFIX_NAMES = { azure = "WALG_AZ_PREFIX", gcs = "WALG_GS_PREFIX", s3 = "WALG_S3_PREFIX" }

-- Variables for the first start of an incarnation that is restored: another archive, another key, a moment.
function model.clone_env(store, url, time, key_path)
	local out = {
		literal("CLONE_METHOD", "CLONE_WITH_WALE"),
		literal("CLONE_USE_WALG_RESTORE", "true"),
		literal("CLONE_" .. PREFIX_NAMES[store.type], url),
		literal("CLONE_WALG_LIBSODIUM_KEY_PATH", key_path),
		literal("CLONE_WALG_LIBSODIUM_KEY_TRANSFORM", "hex"),
	}
	add(out, literal("CLONE_TARGET_TIME", time))
	return std.concat({ out, store_env(store, "CLONE_") })
end

-- Variables for the first start of a standby: the source's archive, and its primary where the network reaches it.
function model.standby_env(store, url, host, slot, key_path)
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
function model.store_mounts(store)
	local out = {}
	if store.authority then
		out[1] = { mountPath = "/etc/howdah/store-ca", name = "store-ca", readOnly = true }
	end
	if store.type == "gcs" and store.keysSecret then
		out[#out + 1] = { mountPath = "/etc/howdah/store-keys", name = "store-keys", readOnly = true }
	end
	return out
end

function model.store_volumes(store)
	local out = {}
	if store.authority then
		out[1] = { configMap = { defaultMode = 420, name = store.authority }, name = "store-ca" }
	end
	if store.type == "gcs" and store.keysSecret then
		out[#out + 1] = { name = "store-keys", secret = { defaultMode = 416, secretName = store.keysSecret } }
	end
	return out
end


-- value, unless the condition holds.
function model.unless(condition, value)
	if condition then
		return nil
	end
	return value
end

function model.identity_pod_labels(credentials)
	if credentials == "azure" then
		return { ["azure.workload.identity/use"] = "true" }
	end
	return {}
end

-- Key of the claim in the bucket: beside the archive of the incarnation, above the major versions.
function model.claim_key(store, path)
	local folder = store.path and store.path .. "/" or ""
	return folder .. path .. "/howdah-claim.json"
end

-- Files of wal-g's envdir that Spilo does not write, or writes wrongly: bootstrap makes them first, Spilo leaves what is
-- there, and the agent keeps them as written, so a change of these restarts nothing. An empty file unsets a variable.
function model.envdir(store, backup)
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
	if not store.keysSecret and store.type == "s3" then
		out.AWS_ACCESS_KEY_ID = ""
	elseif not store.keysSecret and store.type == "gcs" then
		out.GOOGLE_APPLICATION_CREDENTIALS = ""
	end
	return out
end

local INHERITED = {
	azure = { "AZURE_AUTHORITY_HOST", "AZURE_CLIENT_ID", "AZURE_FEDERATED_TOKEN_FILE", "AZURE_TENANT_ID" },
	podIdentity = { "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_FULL_URI" },
	irsa = { "AWS_ROLE_ARN", "AWS_ROLE_SESSION_NAME", "AWS_STS_REGIONAL_ENDPOINTS", "AWS_WEB_IDENTITY_TOKEN_FILE" },
}

-- Variables that the cloud's webhook gives the container and that wal-g's envdir must have too.
function model.inherited_env(store)
	return INHERITED[store.credentials] or {}
end

-- Where the data come from ----------------------------------------------------------------------------------------------

function model.origin_store(kind, spec, source, stores, destination, names)
	if kind == "empty" then
		return nil
	end
	if kind == "restore" and spec.restore.prefix then
		return model.store(stores, spec.restore.prefix.store, destination, names)
	end
	return model.store(stores, source and source.store or spec.backup.store, destination, names)
end

-- The archive that is read. Without a major version behind /wal, Spilo tries every one that is installed.
function model.origin_url(kind, store, spec, source, meta, environment)
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
	return store.url .. "/" .. model.archive_path(from.environment, from.namespace, scope, from.incarnation) .. "/wal"
end

-- Address of the source's primary, where this destination reaches it and both trust one issuer.
function model.direct_host(source, destination, place, names)
	if not source or not destination.issuer then
		return nil
	end
	local service = source.name .. "." .. source.namespace
	if source.destination == place.destination then
		return service .. ".svc." .. destination.clusterDomain
	end
	local peer = destination.standbyPeers and destination.standbyPeers[source.destination]
	if peer and peer.domain then
		return service .. "." .. peer.domain
	end
end

-- Slot that the source keeps for a follower.
function model.standby_slot(destination, meta)
	return "standby_" .. std.checksum(destination .. "/" .. meta.namespace .. "/" .. meta.name)
end

function model.origin_env(origin, spec)
	if origin.kind == "restore" then
		return model.clone_env(origin.store, origin.url, spec.restore.time, origin.keyPath)
	end
	if origin.kind == "standby" then
		return model.standby_env(origin.store, origin.url, origin.direct, origin.slot, origin.keyPath)
	end
	return {}
end

-- Secrets -------------------------------------------------------------------------------------------------------------

local function password(name, role)
	return { name = name, content = "password", role = role }
end

-- The Secrets that bootstrap fills, or waits for: purpose, name, keys, annotations of the shell.
function model.shells(names, spec, external, origin, annotations, sql, pooled)
	local fill = external and "wait" or "bootstrap"
	local standby = spec.standby ~= nil
	local own_key = spec.incarnation == 1 and origin.kind == "empty"
	local out = {
		{
			purpose = "backup-key", name = names.backupKeySecret, fill = own_key and fill or "wait",
			annotations = annotations.backupKey, keys = { { name = "key", content = "libsodium-key" } },
		},
		{
			purpose = "exporter", name = names.exporterSecret, fill = fill, annotations = annotations.shell,
			keys = { password("password", "howdah_exporter") },
		},
		{
			purpose = "system", name = names.systemSecret, fill = standby and "wait" or fill,
			annotations = annotations.systemSecret,
			keys = { password("replication-password", "standby"), password("superuser-password", "postgres") },
		},
	}
	if pooled then
		out[#out + 1] = {
			purpose = "pooler", name = names.poolerSecret, fill = fill, annotations = annotations.shell,
			keys = {
				password("console-password", nil), password("pooler-password", "howdah_pooler"),
				{
					name = "userlist.txt", content = "userlist",
					users = {
						{ name = "howdah_console", key = "console-password" },
						{ name = "howdah_pooler", key = "pooler-password" },
					},
				},
			},
		}
	end
	if origin.kind ~= "empty" and not origin.own then
		out[#out + 1] = {
			purpose = "source-key", name = names.sourceKeySecret, fill = "wait", annotations = annotations.shell,
			keys = { { name = "key", content = "libsodium-key" } },
		}
	end
	if sql then
		out[#out + 1] = {
			purpose = "autoscaler", name = names.autoscalerSecret, fill = fill, annotations = annotations.shell,
			keys = { password("password", "howdah_autoscaler") },
		}
	end
	return out
end

-- Folder of the cluster's keys in the outside store.
function model.remote_path(prefix, environment, namespace, cluster)
	return prefix .. "/" .. environment .. "/" .. namespace .. "/" .. cluster
end


-- Databases and access --------------------------------------------------------------------------------------------------

local function role_in(database, role)
	return database .. "_" .. role
end

local STANDING = { "owner", "reader", "writer" }

-- Common part of a login pair's names; long or repeated ones are told apart by a hash.
local function login_name(namespace, database, role, secret, taken)
	local name = database .. "_" .. std.join(string.split(namespace, "-"), "_") .. "_" .. role
	if #name > 48 or taken[name] then
		name = database .. "_" .. std.checksum(namespace .. "/" .. role .. "/" .. secret)
	end
	taken[name] = true
	return name
end

local function access_entry(meta, entry, database, guest, taken)
	local role = entry.role or "owner"
	local secret = entry.secret or (meta.name .. "-" .. database)
	local name = login_name(entry.namespace, database, role, secret, taken)
	return {
		database = database,
		guest = guest,
		login = name,
		namespace = entry.namespace,
		pair = { name .. "_a", name .. "_b" },
		pods = entry.pods,
		poolerDatabase = entry.poolMode == "session" and database .. "_session" or nil,
		role = role_in(database, role),
		secret = secret,
		session = entry.poolMode == "session",
	}
end

-- Every access entry of the cluster and of its guests, in the order of the intents.
function model.access_entries(meta, spec, guests)
	local out, taken = {}, {}
	for i = 1, #(spec.access or {}) do
		local entry = spec.access[i]
		local database = entry.database or spec.databases[1].name
		out[#out + 1] = access_entry(meta, entry, database, nil, taken)
	end
	for i = 1, #(guests or {}) do
		local g = guests[i]
		local ref = { name = g.name, namespace = g.namespace }
		for j = 1, #(g.spec.access or {}) do
			out[#out + 1] = access_entry(meta, g.spec.access[j], g.spec.database.name, ref, taken)
		end
	end
	return out
end

local function extra_roles(database)
	return std.map(database.roles or {}, function(r)
		local inherits = r.inherits or "none"
		return {
			connectionLimit = r.connectionLimit,
			database = database.name,
			ensure = r.ensure,
			memberOf = inherits ~= "none" and { role_in(database.name, inherits) } or nil,
			name = role_in(database.name, r.name),
			settings = r.settings,
		}
	end)
end

local function grants(database)
	return std.map(database.grants or {}, function(g)
		return {
			ensure = g.ensure, names = g.names, on = g.on, privileges = g.privileges,
			role = role_in(database.name, g.role), schema = g.schema,
		}
	end)
end

local function some(list)
	if list ~= nil and #list > 0 then
		return list
	end
end

local function database_orders(database, guest)
	return {
		connectionLimit = database.connectionLimit,
		ensure = database.ensure,
		extensions = some(database.extensions),
		grants = some(grants(database)),
		guest = guest,
		name = database.name,
		owner = role_in(database.name, "owner"),
		reader = role_in(database.name, "reader"),
		reclaim = database.reclaim,
		roles = some(extra_roles(database)),
		schemas = some(database.schemas),
		settings = database.settings,
		writer = role_in(database.name, "writer"),
	}
end

-- Databases as the agent is told to keep them, the guests' included, sorted by name.
function model.databases(spec, guests)
	local out = {}
	for i = 1, #(spec.databases or {}) do
		out[#out + 1] = database_orders(spec.databases[i], nil)
	end
	for i = 1, #(guests or {}) do
		local g = guests[i]
		out[#out + 1] = database_orders(g.spec.database, { name = g.name, namespace = g.namespace })
	end
	return std.sort(out, function(d) return d.name end)
end

-- Namespaces that get Secrets, a Role and a RoleBinding, with the Secrets of each and the records of guests in it.
function model.grantees(entries, guests, meta)
	local out = {}
	for _, namespace in ipairs(std.unique(std.concat({
		std.map(entries, function(e) return e.namespace end), std.map(guests or {}, function(g) return g.namespace end),
	}))) do
		local here = std.filter(entries, function(e) return e.namespace == namespace end)
		local records = std.filter(guests or {}, function(g) return g.namespace == namespace end)
		out[#out + 1] = {
			namespace = namespace,
			records = std.map(records, function(g) return g.name end),
			role = "howdah-" .. meta.namespace .. "-" .. meta.name,
			secrets = std.unique(std.map(here, function(e) return e.secret end)),
		}
	end
	return out
end

-- Patroni ---------------------------------------------------------------------------------------------------------------

-- The same map with every value as text.
function model.texts(map)
	local out = {}
	for k, v in pairs(map) do
		out[k] = tostring(v)
	end
	return out
end

function model.fixed_parameters(spec)
	return {
		archive_mode = "on",
		archive_timeout = std.seconds(spec.backup.maxDataLoss) .. "s",
		default_transaction_read_only = spec.closed and "on" or nil,
		password_encryption = "scram-sha-256",
		tcp_keepalives_idle = 60,
		tcp_keepalives_interval = 10,
		tcp_user_timeout = "30s",
		track_io_timing = "on",
		wal_log_hints = "on",
	}
end

local function on(flag)
	return flag and "on" or "off"
end

function model.log_parameters(logging)
	return {
		log_autovacuum_min_duration = logging.autovacuum and std.seconds(logging.autovacuum) .. "s" or "-1",
		log_checkpoints = "on",
		log_connections = on(logging.connections),
		log_disconnections = on(logging.connections),
		log_line_prefix = "%m [%p] %q%u@%d %a ",
		log_lock_waits = on(logging.lockWaits),
		log_min_duration_statement = logging.slowStatements and std.seconds(logging.slowStatements) .. "s" or "-1",
		log_statement = logging.statements or "none",
		log_temp_files = logging.tempFiles and (std.bytes(logging.tempFiles) // 1024) .. "kB" or "-1",
	}
end

function model.audit_parameters(audit)
	local classes = audit.log and #audit.log > 0 and std.join(std.sort(audit.log), ",") or "none"
	return {
		["pgaudit.log"] = classes,
		["pgaudit.log_parameter"] = on(audit.parameters),
		["pgaudit.log_relation"] = on(audit.relations),
	}
end

function model.synchronous_mode(synchronous)
	return synchronous == "strict" and "on" or synchronous
end

-- Permanent slots for the clusters that follow this one over the network.
function model.follower_slots(followers, here, destination)
	local out = {}
	for i = 1, #(followers or {}) do
		local f = followers[i]
		if f.destination == here or (destination.standbyPeers and destination.standbyPeers[f.destination]) then
			out[model.standby_slot(f.destination, f)] = { type = "physical" }
		end
	end
	if std.is_empty(out) then
		return nil
	end
	return out
end

-- Present as long as the cluster follows: without it the agent would promote. How it follows was laid down by Spilo.
function model.standby_cluster(origin, spec)
	if origin.kind ~= "standby" or spec.standby.promoted then
		return nil
	end
	if origin.direct then
		return { host = origin.direct, port = 5432, primary_slot_name = origin.slot }
	end
	return {}
end

local function client(paths, directory)
	return {
		sslcert = directory .. "/tls.crt", sslkey = directory .. "/tls.key",
		sslmode = "verify-full", sslrootcert = paths.trust,
	}
end

-- What Spilo lays over the configuration that it makes: fixed for the life of a pod.
function model.spilo_configuration(patroni, paths, spec, tags)
	return {
		bootstrap = {
			dcs = {
				failsafe_mode = true,
				postgresql = {
					parameters = patroni.restartParameters,
					use_pg_rewind = true,
					use_slots = true,
				},
			},
			initdb = {
				{ encoding = "UTF8" }, { locale = spec.locale }, "data-checksums",
				{ ["auth-host"] = "scram-sha-256" }, { ["auth-local"] = "trust" },
			},
			post_init = "/bin/true",
		},
		ctl = {
			cacert = paths.trust,
			certfile = paths.superuserCertificates .. "/tls.crt",
			keyfile = paths.superuserCertificates .. "/tls.key",
		},
		postgresql = {
			authentication = {
				replication = client(paths, paths.replicationCertificates),
				superuser = client(paths, paths.superuserCertificates),
			},
			callbacks = { on_role_change = "/bin/true" },
			parameters = patroni.localParameters,
		},
		restapi = { listen = "0.0.0.0:8008", verify_client = "optional" },
		tags = tags,
	}
end

-- Pooler ----------------------------------------------------------------------------------------------------------------

function model.pooler_replicas(spec)
	if spec.closed or spec.retire or (spec.hibernate and spec.hibernate.always) then
		return 0
	end
	return spec.pooler.instances
end

-- Databases as the pooler names them: each once per way of lending connections that somebody wants.
function model.pooler_databases(entries, databases)
	local out = {}
	for i = 1, #databases do
		if databases[i].ensure ~= "absent" then
			out[#out + 1] = { database = databases[i].name, mode = "transaction", name = databases[i].name }
		end
	end
	local seen = {}
	for i = 1, #entries do
		local e = entries[i]
		if e.session and not seen[e.poolerDatabase] then
			seen[e.poolerDatabase] = true
			out[#out + 1] = { database = e.database, mode = "session", name = e.poolerDatabase }
		end
	end
	return std.sort(out, function(d) return d.name end)
end


-- References to the platform's pull Secrets; nil when there are none.
function model.pull_secrets(images)
	if images and images.pullSecrets and #images.pullSecrets > 0 then
		return std.map(images.pullSecrets, function(name) return { name = name } end)
	end
end

return model
