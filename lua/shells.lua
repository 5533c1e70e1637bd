-- SPDX-License-Identifier: Apache-2.0
-- shells: Secrets that are empty in Git, and the External Secrets that make them instead.

local shells = {}

-- Secrets ---------------------------------------------------------------------------------------------------------

local function password(name, role)
	return { name = name, content = "password", role = role }
end

-- Passwords that a standby has from its source: these roles come with the data and log in before it is promoted. Its poolers
-- reach nobody until then, and whether the source has a role for the autoscaler is not known here.
local FOLLOWED = { exporter = true, system = true }

-- The Secrets that bootstrap fills, or waits for: purpose, name, keys, annotations of the shell.
function shells.shells(names, spec, external, origin, annotations, sql, pooled)
	local fill = external and "wait" or "bootstrap"
	local passwords = spec.standby and "wait" or fill
	local own_key = spec.incarnation == 1 and origin.kind == "empty"
	local out = {
		{
			purpose = "backup-key", name = names.backupKeySecret, fill = own_key and fill or "wait",
			annotations = annotations.backupKey, keys = { { name = "key", content = "libsodium-key" } },
		},
		{
			purpose = "exporter", name = names.exporterSecret, fill = passwords, annotations = annotations.shell,
			keys = { password("password", "howdah_exporter") },
		},
		{
			purpose = "system", name = names.systemSecret, fill = passwords, annotations = annotations.systemSecret,
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
function shells.remote_path(prefix, environment, namespace, cluster)
	return prefix .. "/" .. environment .. "/" .. namespace .. "/" .. cluster
end

-- External Secrets ------------------------------------------------------------------------------------------------

local function generated_source(generator, from, to)
	local source = {
		sourceRef = {
			generatorRef = { apiVersion = "generators.external-secrets.io/v1alpha1", kind = "Password", name = generator },
		},
	}
	if to ~= from then
		source.rewrite = { { regexp = { source = from, target = to } } }
	end
	return source
end

local function variable(key)
	return string.replace(key, "-", "_")
end

local function userlist(users)
	return std.join(std.map(users, function(u)
		return '"' .. u.name .. '" "{{ .' .. variable(u.key) .. ' }}"'
	end), "\n") .. "\n"
end

-- Annotations of the External Secret in a shell's place: Git holds all of it, so every change of it must be applied.
local function without_shell(annotations)
	local out = {}
	for name, value in pairs(annotations or {}) do
		if name ~= "kustomize.toolkit.fluxcd.io/ssa" then
			out[name] = value
		end
	end
	if std.is_empty(out) then
		return nil
	end
	return out
end

-- A Secret of which each key is one generated value, or PgBouncer's list of users made from them.
local function generated(shell, meta)
	local out = { annotations = without_shell(shell.annotations), data = {}, dataFrom = {}, name = shell.name }
	for i = 1, #shell.keys do
		local key = shell.keys[i]
		if key.content == "userlist" then
			out.data[key.name] = userlist(key.users)
		else
			local generator = meta.name .. (key.content == "password" and "-password" or "-key")
			out.dataFrom[#out.dataFrom + 1] = generated_source(generator, "password", variable(key.name))
			out.data[key.name] = "{{ ." .. variable(key.name) .. " }}"
		end
	end
	return out
end

local function remote(key, path, property)
	return {
		remoteRef = {
			conversionStrategy = "Default", decodingStrategy = "None", key = path, metadataPolicy = "None",
			property = property,
		},
		secretKey = key,
	}
end

-- Secrets that are read from the outside store: keys of another archive, passwords of the cluster that is followed.
local function fetched(shell, path)
	return {
		annotations = without_shell(shell.annotations),
		data = std.map(shell.keys, function(k) return remote(k.name, path, k.name) end),
		interval = "0s",
		name = shell.name,
		policy = "CreatedOnce",
	}
end

local function remote_source(shell, ctx)
	local own = ctx.remote .. "/" .. shell.purpose
	local from = ctx.source
	local there = from and shells.remote_path(ctx.prefix, from.environment, from.namespace, from.name)
	if shell.purpose == "source-key" then
		return (there or ctx.remote) .. "/backup-key"
	end
	if FOLLOWED[shell.purpose] and ctx.origin.kind == "standby" and there then
		return there .. "/" .. shell.purpose
	end
	if shell.purpose == "backup-key" and not ctx.archive.generateKey then
		return own
	end
end

local STORE_KEYS = {
	azure = { "account-key" },
	gcs = { "service-account.json" },
	s3 = { "access-key-id", "secret-access-key" },
}

local function store_keys(store)
	return {
		data = std.map(STORE_KEYS[store.type], function(k) return remote(k, store.keysRemotePath, k) end),
		interval = "1h0m0s",
		name = store.keysSecret,
		policy = "Periodic",
	}
end

-- External Secrets that generate, and those that fetch; nil without that provider.
function shells.generated_secrets(ctx)
	if not ctx.external then
		return nil
	end
	local made = std.filter(ctx.shells, function(shell) return remote_source(shell, ctx) == nil end)
	return std.map(made, function(shell) return generated(shell, ctx.meta) end)
end

function shells.fetched_secrets(ctx)
	if not ctx.external then
		return nil
	end
	local out = list({})
	for i = 1, #ctx.shells do
		local path = remote_source(ctx.shells[i], ctx)
		if path then
			out[#out + 1] = fetched(ctx.shells[i], path)
		end
	end
	if ctx.store.main.keysRemotePath then
		out[#out + 1] = store_keys(ctx.store.main)
	end
	local other = ctx.origin.store
	if other and other.folder == "source" and other.keysRemotePath then
		out[#out + 1] = store_keys(other)
	end
	return out
end

-- What is kept outside: the backup key that is made here, and for a standby the passwords, wherever they are from.
function shells.pushed_secrets(ctx)
	if not ctx.external then
		return nil
	end
	local kept = std.filter(ctx.shells, function(shell)
		return FOLLOWED[shell.purpose] or (shell.purpose == "backup-key" and remote_source(shell, ctx) == nil)
	end)
	return std.map(kept, function(shell)
		return {
			data = std.map(shell.keys, function(k)
				local ref = { property = k.name, remoteKey = ctx.remote .. "/" .. shell.purpose }
				return { conversionStrategy = "None", match = { remoteRef = ref, secretKey = k.name } }
			end),
			name = shell.name,
		}
	end)
end

return shells
