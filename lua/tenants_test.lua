-- SPDX-License-Identifier: Apache-2.0
-- Tests of tenants.lua: names that never collide, guests beside the cluster's own, rights in other namespaces.

local META = { name = "shared", namespace = "team-shared" }

local SPEC = {
	databases = { { name = "orders" } },
	access = {
		{ namespace = "api" },
		{ namespace = "api", role = "reader", secret = "read" },
		{ namespace = "api", role = "reader", secret = "read-too", poolMode = "session" },
		{ namespace = string.rep("n", 60), role = string.rep("r", 30) },
	},
}

local GUEST = {
	name = "loyalty", namespace = "team-loyalty",
	spec = { database = { name = "loyalty" }, access = { { namespace = "api" } } },
}

test "logins are distinct and fit PostgreSQL's 63 bytes" (function(t)
	local seen = {}
	for _, e in ipairs(tenants.access_entries(META, SPEC, { GUEST })) do
		for _, name in ipairs(e.pair) do
			t.equal(seen[name], nil)
			t.ok(#name <= 63, name)
			seen[name] = true
		end
	end
end)

test "defaults: the only database, owner, a Secret by cluster and database" (function(t)
	local e = tenants.access_entries(META, SPEC, {})[1]
	t.equal({ e.database, e.role, e.secret, e.session }, { "orders", "orders_owner", "shared-orders", false })
	t.equal(tenants.access_entries(META, SPEC, {})[3].poolerDatabase, "orders_session")
end)

test "guests come with their record, sorted among the cluster's own databases" (function(t)
	local d = tenants.databases(SPEC, { GUEST })
	t.equal(std.map(d, function(x) return x.name end), { "loyalty", "orders" })
	t.equal(d[1].guest, { name = "loyalty", namespace = "team-loyalty" })
	t.equal(tenants.access_entries(META, SPEC, { GUEST })[5].guest, { name = "loyalty", namespace = "team-loyalty" })
end)

test "rights in a namespace name every Secret and record, and nothing else" (function(t)
	local g = tenants.grantees(tenants.access_entries(META, SPEC, { GUEST }), { GUEST }, META)
	t.equal(std.map(g, function(x) return x.namespace end), { "api", string.rep("n", 60), "team-loyalty" })
	t.equal(g[1].rules, {
		{
			apiGroups = { "" }, resourceNames = { "read", "read-too", "shared-loyalty", "shared-orders" },
			resources = { "secrets" }, verbs = { "get", "patch" },
		},
	})
	t.equal(g[3].rules[2].resources, { "postgresdatabases/status" })
end)

test "a Role in another namespace has a name of at most 63 characters, its own for each cluster" (function(t)
	local function role(namespace, name)
		return tenants.grantees({ { namespace = "api" } }, {}, { name = name, namespace = namespace })[1].role
	end
	local far = string.rep("n", 45)
	t.equal(role(far, "ten-of-all"), "howdah-" .. far .. "-ten-of-all")
	t.equal(role(far, "eleven-have"), "howdah-eleven-have-" .. std.checksum(far))
	t.ok(role(far, "eleven-have") ~= role(far .. "n", "eleven-have"))
	t.ok(#role(string.rep("n", 63), string.rep("c", 32)) <= 63)
end)

test "additional roles and grants carry the database's name" (function(t)
	local d = tenants.databases({
		databases = {
			{
				name = "pay", roles = { { name = "audit", inherits = "reader" }, { name = "none" } },
				grants = { { role = "audit", privileges = { "select" } } },
			},
		},
	}, {})[1]
	t.equal(d.roles[1].name, "pay_audit")
	t.equal(d.roles[1].memberOf, { "pay_reader" })
	t.equal(d.roles[2].memberOf, nil)
	t.equal(d.grants[1].role, "pay_audit")
end)
