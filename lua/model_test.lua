-- SPDX-License-Identifier: Apache-2.0
-- Tests of model.lua: names of incarnations, member sets and their claims, resources.

local function spec(overrides)
	local s = {
		incarnation = 1, instances = 3, purged = list({}), storage = { class = "gp3", size = "50Gi" },
	}
	for k, v in pairs(overrides) do
		s[k] = v
	end
	return s
end

local META = { name = "orders", namespace = "team-orders" }

test "only later incarnations carry a suffix" (function(t)
	t.equal(model.scope("orders", 1), "orders")
	t.equal(model.scope("orders", 12), "orders-i12")
end)

test "names of read replicas never pass 52 characters" (function(t)
	local long = string.rep("c", 32) .. "-i999"
	t.equal(model.read_replica_set("orders", "gp3", "50Gi"), "orders-ro-gp3-50gi")
	t.ok(#model.read_replica_set(long, "premium-rwo-with-a-long-name", "1500Gi") <= 52)
	t.ok(model.read_replica_set(long, "premium-rwo-with-a-long-name", "1500Gi")
		~= model.read_replica_set(long, "premium-rwo-with-a-long-name", "1501Gi"))
end)

test "earlier incarnations stay at 0 replicas with their claims until purged" (function(t)
	local old = { { number = 1, storage = { class = "gp2", size = "20Gi" } } }
	local sets = model.member_sets(META, spec({ incarnation = 3, incarnations = old, purged = { 2 } }))
	t.equal(std.map(sets, function(s) return s.name end), { "orders-i3", "orders" })
	t.equal(sets[1].replicas, 3)
	t.equal(sets[2].replicas, 0)
	t.equal(sets[2].storage, { class = "gp2", size = "20Gi" })
	t.equal(#model.claims(sets), 6)
	t.equal(model.claims(sets)[1].name, "pgdata-orders-i3-0")
end)

test "replicas: asleep 0, by the clock left to the autoscaler, stopped 0, closing all" (function(t)
	local function replicas(overrides)
		return model.member_sets(META, spec(overrides))[1].replicas
	end
	t.equal(replicas({ hibernate = { always = true } }), 0)
	t.equal(replicas({ hibernate = { sleep = "0 19 * * *", wake = "0 7 * * *" } }), nil)
	t.equal(replicas({ retire = { step = "stopped" } }), 0)
	t.equal(replicas({ retire = { step = "closing" } }), 3)
end)

test "read replicas have no claims of their own and no replicas field" (function(t)
	local sets = model.member_sets(META, spec({ autoscale = { min = 1, max = 4 } }))
	t.equal(sets[2].name, "orders-ro-gp3-50gi")
	t.equal(sets[2].replicas, nil)
	t.equal(#model.claims(sets), 3)
	t.equal(model.pods(sets[2])[4], "orders-ro-gp3-50gi-3")
	t.equal(#model.member_sets(META, spec({ autoscale = { max = 0 } })), 1)
end)

test "memory is request and limit at once, cpu in canonical form" (function(t)
	local r = model.resources({ cpu = "0.5", cpuLimit = "1.5", memory = "1024Mi" }, "64Mi", "1Gi")
	t.equal(r.requests, { cpu = "500m", ["ephemeral-storage"] = "64Mi", memory = "1Gi" })
	t.equal(r.limits, { cpu = "1500m", ["ephemeral-storage"] = "1Gi", memory = "1Gi" })
	t.equal(model.resources({ cpu = "1", memory = "1Gi" }, "1Mi", "1Mi").limits.cpu, "1")
end)

test "a certificate covers every Service and every pod" (function(t)
	local names = {
		headless = "orders-pods", leader = "orders-leader", primary = "orders", replicas = "orders-replicas",
	}
	local covered = model.server_names(names, "ns", "cluster.local", { "orders.ns.db.example.com" })
	for _, name in ipairs({
		"orders", "orders.ns", "orders.ns.svc", "orders.ns.svc.cluster.local", "orders-leader.ns.svc.cluster.local",
		"*.orders-pods.ns.svc.cluster.local", "orders.ns.db.example.com",
	}) do
		t.ok(std.contains(covered, name), name)
	end
end)
