-- SPDX-License-Identifier: Apache-2.0
-- Tests of flows.lua: pg_hba and network policies hold what the edges need, and nothing else.

local function access(entries, open)
	return {
		autoscaler = "howdah_autoscaler", entries = entries, exporter = "howdah_exporter", open = open,
		pooler = "howdah_pooler", poolerDatabase = "howdah", replication = "standby", superuser = "postgres",
	}
end

local function graph(overrides)
	local g = {
		access = access(list({}), true),
		autoscale = { sql = false },
		destination = { apiServer = { cidrs = { "10.0.0.1/32" } }, credentials = "keys", storeEgress = map({}) },
		destinations = map({}),
		drill = { enabled = false },
		followers = list({}),
		labels = {
			selectors = {
				drill = { w = "orders-drill" }, pooler = { w = "orders-pooler" }, postgres = { w = "orders-postgres" },
			},
		},
		origin = map({}),
		place = { destination = "here" },
		pooler = { enabled = true },
		ports = { agent = 8010, exporter = 9187, patroni = 8008, pooler = 6432, postgres = 5432 },
		store = { main = { name = "s" } },
	}
	for k, v in pairs(overrides) do
		g[k] = v
	end
	return g
end

local APP = {
	database = "orders", namespace = "orders-api", pair = { "o_a", "o_b" }, pods = { app = "api" },
}

local function has_line(lines, wanted)
	return std.contains(lines, wanted)
end

test "a closed cluster lets no application in, by hba or network" (function(t)
	local g = graph({ access = access({ APP }, false) })
	local edges = flows.edges(g)
	for _, line in ipairs(flows.hba_lines(edges, g.access)) do
		t.equal(string.find_plain(line, "o_a"), nil)
	end
	for _, component in ipairs({ "postgres", "pooler" }) do
		local rules = json(flows.policy_rules(edges, component, "ingress"))
		t.equal(string.find_plain(rules, "orders-api"), nil)
	end
end)

test "an application gets its own logins and ports, and no more" (function(t)
	local g = graph({ access = access({ APP }, true) })
	local edges = flows.edges(g)
	local lines = flows.hba_lines(edges, g.access)
	t.ok(has_line(lines, "hostssl orders o_a all scram-sha-256"))
	t.ok(has_line(lines, "hostssl orders o_b all scram-sha-256"))
	t.equal(json(flows.policy_rules(edges, "pooler", "ingress")[3]), json({
		from = {
			{
				namespaceSelector = { matchLabels = { ["kubernetes.io/metadata.name"] = "orders-api" } },
				podSelector = { matchLabels = { app = "api" } },
			},
		},
		ports = { { port = 6432, protocol = "TCP" } },
	}))
end)

test "hba: superuser and replication only with a client certificate, refusal comes last" (function(t)
	local g = graph({})
	local lines = flows.hba_lines(flows.edges(g), g.access)
	t.equal(lines[1], "local all postgres peer")
	t.ok(has_line(lines, "hostssl all postgres all scram-sha-256 clientcert=verify-full"))
	t.ok(has_line(lines, "hostssl replication standby all scram-sha-256 clientcert=verify-full"))
	t.ok(has_line(lines, "hostssl postgres howdah_exporter 127.0.0.1/32 scram-sha-256"))
	t.equal(lines[#lines - 1], "host all all all reject")
	t.equal(lines[#lines], "host replication all all reject")
	for _, line in ipairs(lines) do
		t.equal(string.find_plain(line, "trust"), nil)
		t.equal(string.find_plain(line, "md5"), nil)
	end
end)

test "names that pg_hba takes for keywords are quoted" (function(t)
	local odd = { database = "all", namespace = "x", pair = { "replication", "samerole" } }
	local g = graph({ access = access({ odd }, true) })
	local lines = flows.hba_lines(flows.edges(g), g.access)
	t.ok(has_line(lines, 'hostssl "all" "replication" all scram-sha-256'))
	t.ok(has_line(lines, 'hostssl "all" "samerole" all scram-sha-256'))
end)

test "without a pooler nothing speaks to one" (function(t)
	local edges = flows.edges(graph({ pooler = { enabled = false } }))
	t.equal(#flows.policy_rules(edges, "pooler", "ingress"), 0)
	t.equal(string.find_plain(json(flows.policy_rules(edges, "postgres", "egress")), "6432"), nil)
end)

test "every edge between our own pods stands at both ends" (function(t)
	local edges = flows.edges(graph({}))
	local function count(component, direction, peer)
		return #std.filter(edges, function(e)
			return e.component == component and e.direction == direction and e.peer.component == peer and #e.ports > 0
		end)
	end
	t.equal(count("pooler", "egress", "postgres"), count("postgres", "ingress", "pooler"))
	t.equal(count("postgres", "egress", "pooler"), count("pooler", "ingress", "postgres"))
	t.equal(count("postgres", "egress", "postgres"), count("postgres", "ingress", "postgres"))
end)

test "the metadata address is never part of anywhere" (function(t)
	local g = graph({
		destination = {
			apiServer = { cidrs = { "10.0.0.1/32" } }, credentials = "keys",
			storeEgress = { s = { cidrs = { "0.0.0.0/0" } } },
		},
	})
	local rules = json(flows.policy_rules(flows.edges(g), "postgres", "egress"))
	t.ok(string.find_plain(rules, '"cidr":"0.0.0.0/0","except":["169.254.169.254/32"]'))
end)

test "names are asked over both protocols" (function(t)
	local rule = flows.policy_rules(flows.edges(graph({})), "pooler", "egress")[1]
	t.equal(rule.ports, { { port = 53, protocol = "UDP" }, { port = 53, protocol = "TCP" } })
end)
