-- SPDX-License-Identifier: Apache-2.0
-- Tests of availability.lua: each rule passes what is right and denies what is not.

local function cluster(production, spec, more)
	local c = {
		environment = { production = production },
		destination = { zones = { "a", "b", "c" }, region = "here" },
		place = { destination = "one" },
		platform = { guardrails = { maxWindow = "6h" }, destinations = { one = { region = "here" }, two = { region = "there" } } },
		spec = std.merge({ { instances = 3, synchronous = "on", scheduling = { zones = "required" } }, spec }),
		capacity = { restart = { max_wal_senders = 10 } },
		intent = { spec = spec },
		followers = {},
		objects = {},
	}
	return std.merge({ c, more or map({}) })
end

test "three instances in production, any number elsewhere" (function(t)
	t.passes("prod-three-instances", cluster(true, { instances = 3 }))
	t.passes("prod-three-instances", cluster(false, { instances = 1 }))
	t.denies("prod-three-instances", cluster(true, { instances = 2 }), "this one 2")
end)

test "the lock lives longer than two tries" (function(t)
	local function timing(ttl, loop, retry)
		return cluster(true, { failover = { ttl = ttl, loopWait = loop, retryTimeout = retry } })
	end
	t.passes("failover-timing", timing(30, 10, 10))
	t.denies("failover-timing", timing(30, 11, 10), "is 31 s")
	t.denies("failover-timing", timing(20, 60, 60), "is 180 s")
end)

test "zones of the destination are used" (function(t)
	local off = { scheduling = { zones = "off" } }
	t.passes("prod-zones", cluster(true, map({})))
	t.passes("prod-zones", cluster(false, off))
	t.passes("prod-zones", cluster(true, off, { destination = { zones = { "a" } } }))
	t.passes("prod-zones", cluster(true, off, { destination = {} }))
	t.passes("prod-zones", cluster(true, { instances = 1, scheduling = { zones = "off" } }))
	t.denies("prod-zones", cluster(true, off), "3 zones")
end)

test "a lost instance leaves a replica to wait for" (function(t)
	t.passes("sync-replicas", cluster(true, map({})))
	t.passes("sync-replicas", cluster(true, { instances = 2, synchronous = "off" }))
	t.passes("sync-replicas", cluster(false, { instances = 2 }))
	t.denies("sync-replicas", cluster(true, { instances = 2 }), "2 instances")
end)

local function budget(spec, replicas)
	local labels = { app = "db" }
	spec.selector = { matchLabels = labels }
	local set = {
		kind = "StatefulSet", metadata = { name = "db" },
		spec = { replicas = replicas, template = { metadata = { labels = labels } } },
	}
	local pdb = { kind = "PodDisruptionBudget", metadata = { name = "db" }, spec = spec }
	return { objects = { StatefulSet = { set }, PodDisruptionBudget = { pdb } } }
end

test "a disruption budget lets a node be drained" (function(t)
	t.passes("pdb-satisfiable", budget({ maxUnavailable = 1 }, 3))
	t.passes("pdb-satisfiable", budget({ minAvailable = 2 }, 3))
	t.passes("pdb-satisfiable", budget({ minAvailable = 1 }, 0))
	t.denies("pdb-satisfiable", budget({ minAvailable = 3 }, 3), "none of its 3 pods")
	t.denies("pdb-satisfiable", budget({ maxUnavailable = 0 }, 3))
	t.denies("pdb-satisfiable", budget({ maxUnavailable = "0%" }, 3))
	t.denies("pdb-satisfiable", budget({ minAvailable = "100%" }, 3))
end)

test "read replicas fit the senders of the primary" (function(t)
	t.passes("autoscale-bounds", cluster(true, map({})))
	t.passes("autoscale-bounds", cluster(true, { autoscale = { max = 0 } }))
	t.passes("autoscale-bounds", cluster(true, { autoscale = { min = 1, max = 6 } }))
	t.denies("autoscale-bounds", cluster(true, { autoscale = { max = 7 } }), "up to 11 streams")
	t.denies("autoscale-bounds", cluster(true, { autoscale = { max = 6 } }, { followers = { {} } }))
end)

test "the window is as long as the platform allows" (function(t)
	t.passes("maintenance-window", cluster(true, { maintenance = { duration = "6h" } }))
	t.passes("maintenance-window", cluster(false, { maintenance = { duration = "24h" } }))
	t.passes("maintenance-window", cluster(true, { maintenance = { duration = "24h" } }, { platform = {} }))
	t.denies("maintenance-window", cluster(true, { maintenance = { duration = "7h" } }), "lasts 7h")
end)

test "a standby lives elsewhere" (function(t)
	local standby = { standby = { cluster = "db" } }
	t.passes("standby-elsewhere", cluster(true, map({})))
	t.passes("standby-elsewhere", cluster(true, standby, { source = { destination = "two" } }))
	t.passes("standby-elsewhere", cluster(false, standby, { source = { destination = "one" } }))
	t.denies("standby-elsewhere", cluster(true, standby, { source = { destination = "one" } }), "region of its source")
end)
