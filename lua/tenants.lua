-- SPDX-License-Identifier: Apache-2.0
-- tenants: databases, access entries and guests with every name spelt out.

local tenants = {}

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
function tenants.access_entries(meta, spec, guests)
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
			reclaim = r.reclaim,
			settings = r.settings,
		}
	end)
end

local function grants(database)
	return std.map(database.grants or {}, function(g)
		return {
			ensure = g.ensure, names = g.names, objects = g.objects, privileges = g.privileges,
			role = role_in(database.name, g.role), schema = g.schema,
		}
	end)
end

local function database_orders(database, guest)
	return {
		connectionLimit = database.connectionLimit,
		ensure = database.ensure,
		extensions = std.some(database.extensions),
		grants = std.some(grants(database)),
		guest = guest,
		name = database.name,
		owner = role_in(database.name, "owner"),
		reader = role_in(database.name, "reader"),
		reclaim = database.reclaim,
		roles = std.some(extra_roles(database)),
		schemas = std.some(database.schemas),
		settings = database.settings,
		writer = role_in(database.name, "writer"),
	}
end

-- Databases as the agent is told to keep them, the guests' included, sorted by name.
function tenants.databases(spec, guests)
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

-- Secrets that applications get, each once.
function tenants.access_secrets(entries)
	local out, seen = {}, {}
	for i = 1, #entries do
		local key = entries[i].namespace .. "/" .. entries[i].secret
		if not seen[key] then
			seen[key] = true
			out[#out + 1] = { name = entries[i].secret, namespace = entries[i].namespace }
		end
	end
	return out
end

-- What the agent may do in one of these namespaces: fill the Secrets, write the status of the guests.
local function grant_rules(secrets, records)
	local out = {}
	if #secrets > 0 then
		out[1] = { apiGroups = { "" }, resourceNames = secrets, resources = { "secrets" }, verbs = { "get", "patch" } }
	end
	if #records > 0 then
		local group = { "howdah.dev" }
		out[#out + 1] = {
			apiGroups = group, resourceNames = records, resources = { "postgresdatabases" }, verbs = { "get" },
		}
		out[#out + 1] = {
			apiGroups = group, resourceNames = records, resources = { "postgresdatabases/status" },
			verbs = { "patch" },
		}
	end
	return out
end

-- Name of a cluster's Role in another namespace; it is a label's value, too, of which 63 characters may be.
local function role_name(meta)
	local name = "howdah-" .. meta.namespace .. "-" .. meta.name
	if #name <= 63 then
		return name
	end
	return "howdah-" .. meta.name .. "-" .. std.checksum(meta.namespace)
end

-- Namespaces that get a Role and a RoleBinding, with the rules of each.
function tenants.grantees(entries, guests, meta)
	local out = {}
	for _, namespace in ipairs(std.unique(std.concat({
		std.map(entries, function(e) return e.namespace end), std.map(guests or {}, function(g) return g.namespace end),
	}))) do
		local here = std.filter(entries, function(e) return e.namespace == namespace end)
		local records = std.filter(guests or {}, function(g) return g.namespace == namespace end)
		out[#out + 1] = {
			namespace = namespace,
			role = role_name(meta),
			rules = grant_rules(
				std.unique(std.map(here, function(e) return e.secret end)),
				std.unique(std.map(records, function(g) return g.name end))
			),
		}
	end
	return out
end

return tenants
