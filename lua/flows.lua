-- SPDX-License-Identifier: Apache-2.0
-- flows: the connection graph, and what derives from it: pg_hba and network policies.

local flows = {}

-- The connection graph --------------------------------------------------------------------------------------------

local IMDS = "169.254.169.254/32"
local ANYWHERE = "0.0.0.0/0"

-- Addresses of cloud credentials, by how pods prove themselves: metadata servers by their own, token services anywhere.
local CREDENTIAL_PEERS = {
	azure = { { cidrs = { ANYWHERE }, except = { IMDS }, ports = { 443 } } },
	gkeWorkloadIdentity = {
		{ cidrs = { IMDS }, ports = { 80 } }, { cidrs = { "169.254.169.252/32" }, ports = { 988 } },
	},
	irsa = { { cidrs = { ANYWHERE }, except = { IMDS }, ports = { 443 } } },
	keys = {},
	podIdentity = { { cidrs = { "169.254.170.23/32" }, ports = { 80 } } },
}

local function edge(component, direction, peer, ports, why, hba)
	return {
		component = component, direction = direction, hba = hba, peer = peer, ports = ports,
		protocol = "TCP", why = why,
	}
end

local function login(database, user, address, options)
	return { address = address, database = database, options = options or "", user = user }
end

local VERIFIED = "clientcert=verify-full"

-- The range as NetworkPolicy wants it: the metadata address is never part of "anywhere".
local function ranges(cidrs)
	local out = { cidrs = std.map(cidrs, function(c) return c end) }
	if std.contains(cidrs, ANYWHERE) then
		out.except = { IMDS }
	end
	return out
end

local function dns_edges(g, component, out)
	local dns = g.destination.dns or {}
	local peer = { namespace = dns.namespace or "kube-system", pods = dns.podSelector or { ["k8s-app"] = "kube-dns" } }
	local e = edge(component, "egress", peer, { dns.port or 53 }, "names")
	e.protocol = "DNS"
	out[#out + 1] = e
	if dns.nodeLocalAddress then
		e = edge(component, "egress", { cidrs = { dns.nodeLocalAddress .. "/32" } }, { 53 }, "names, cached on the node")
		e.protocol = "DNS"
		out[#out + 1] = e
	end
end

local function api_edges(g, component, out)
	local api = g.destination.apiServer
	out[#out + 1] = edge(component, "egress", ranges(api.cidrs), api.ports or { 443, 6443 }, "Kubernetes API")
end

local function store_edge(g, component, name, out)
	local at = g.destination.storeEgress and g.destination.storeEgress[name]
	if at == nil then
		return
	end
	local peer = at.cidrs and ranges(at.cidrs) or { namespace = at.namespace, pods = at.podSelector }
	out[#out + 1] = edge(component, "egress", peer, { at.port or 443 }, "object store " .. name)
end

local function credential_edges(g, component, out)
	for _, p in ipairs(CREDENTIAL_PEERS[g.destination.credentials]) do
		local peer = { cidrs = p.cidrs, except = p.except }
		out[#out + 1] = edge(component, "egress", peer, p.ports, "cloud credentials")
	end
end

local function store_edges(g, component, out)
	store_edge(g, component, g.store.main.name, out)
	credential_edges(g, component, out)
end

local function ours(g, component)
	return { component = component, pods = g.labels.selectors[component] }
end

local function member_edges(g, out)
	local ports = { g.ports.postgres, g.ports.patroni, g.ports.agent }
	local superuser, replication = g.access.superuser, g.access.replication
	out[#out + 1] = edge("postgres", "egress", ours(g, "postgres"), ports, "replication, leader race, rewind")
	out[#out + 1] = edge("postgres", "ingress", ours(g, "postgres"), ports, "replication, leader race, rewind", {
		login("all", superuser, "all", VERIFIED), login("replication", replication, "all", VERIFIED),
		login("all", replication, "all", VERIFIED),
	})
	out[#out + 1] = {
		component = "postgres", direction = "ingress", peer = { component = "postgres" }, ports = {},
		protocol = "TCP", why = "exporter of the same pod",
		hba = { login("postgres", g.access.exporter, "127.0.0.1/32") },
	}
end

local function monitoring_edges(g, out)
	local m = g.destination.monitoring
	if not m then
		return
	end
	local peer = { namespace = m.namespace, pods = m.podSelector }
	out[#out + 1] = edge("postgres", "ingress", peer, { g.ports.exporter, g.ports.patroni, g.ports.agent }, "metrics")
	if g.pooler.enabled then
		out[#out + 1] = edge("pooler", "ingress", peer, { g.ports.agent }, "metrics")
	end
end

local function probe_edges(g, out)
	local nodes = g.destination.nodes
	if not nodes or not nodes.cidrs or #nodes.cidrs == 0 then
		return
	end
	local ports = { g.ports.patroni, g.ports.agent, g.ports.exporter }
	out[#out + 1] = edge("postgres", "ingress", ranges(nodes.cidrs), ports, "probes")
	if g.pooler.enabled then
		out[#out + 1] = edge("pooler", "ingress", ranges(nodes.cidrs), { g.ports.pooler, g.ports.agent }, "probes")
	end
end

local function pooler_edges(g, out)
	if not g.pooler.enabled then
		return
	end
	local p = g.ports
	dns_edges(g, "pooler", out)
	out[#out + 1] = edge("pooler", "egress", ours(g, "postgres"), { p.postgres }, "server connections")
	out[#out + 1] = edge("postgres", "ingress", ours(g, "pooler"), { p.postgres }, "server connections", {
		login(g.access.poolerDatabase, g.access.pooler, "all"),
	})
	out[#out + 1] = edge("pooler", "egress", ours(g, "pooler"), { p.pooler }, "cancel requests to the right pod")
	out[#out + 1] = edge("pooler", "ingress", ours(g, "pooler"), { p.pooler }, "cancel requests to the right pod")
	out[#out + 1] = edge("postgres", "egress", ours(g, "pooler"), { p.pooler, p.agent }, "pause, resume, reconnect, certificates")
	out[#out + 1] = edge("pooler", "ingress", ours(g, "postgres"), { p.pooler, p.agent }, "pause, resume, reconnect, certificates")
end

local KEYWORDS = { "all", "replication", "samegroup", "samerole", "sameuser" }

-- A name of an application; quotes take the meaning from those that pg_hba knows.
local function named(name)
	if std.contains(KEYWORDS, name) then
		return '"' .. name .. '"'
	end
	return name
end

-- One application: straight to the database and, where there is one, to the pooler.
local function access_edges(g, out)
	if not g.access.open then
		return
	end
	for i = 1, #g.access.entries do
		local e = g.access.entries[i]
		local peer = { namespace = e.namespace, pods = e.pods }
		local why = "application with database " .. e.database
		local logins = {
			login(named(e.database), named(e.pair[1]), "all"), login(named(e.database), named(e.pair[2]), "all"),
		}
		out[#out + 1] = edge("postgres", "ingress", peer, { g.ports.postgres }, why, logins)
		if g.pooler.enabled then
			out[#out + 1] = edge("pooler", "ingress", peer, { g.ports.pooler }, why)
		end
	end
end

-- Other clusters: the one that this one follows, those that follow it.
local function standby_edges(g, out)
	local p = { g.ports.postgres }
	local function other(cluster)
		if cluster.destination == g.place.destination then
			return {
				namespace = cluster.namespace,
				pods = { ["howdah.dev/workload"] = cluster.name .. "-postgres" },
			}
		end
		local peer = g.destination.standbyPeers and g.destination.standbyPeers[cluster.destination]
		return peer and ranges(peer.cidrs)
	end
	if g.origin.direct and other(g.source) then
		out[#out + 1] = edge("postgres", "egress", other(g.source), p, "primary that is followed")
	end
	for i = 1, #(g.followers or {}) do
		local peer = other(g.followers[i])
		if peer and walg.streams(g.destinations, g.cluster, g.followers[i]) then
			out[#out + 1] = edge("postgres", "ingress", peer, p, "standby cluster " .. g.followers[i].name)
		end
	end
end

local function autoscaler_edges(g, out)
	local keda = g.destination.autoscaler
	if g.autoscale.sql and keda then
		local peer = { namespace = keda.namespace, pods = keda.podSelector or { app = "keda-operator" } }
		out[#out + 1] = edge("postgres", "ingress", peer, { g.ports.postgres }, "autoscaler asks for connections", {
			login("postgres", g.access.autoscaler, "all"),
		})
	end
end

-- All flows of a cluster, both ends of ours where both are ours.
function flows.edges(g)
	local out = {}
	dns_edges(g, "postgres", out)
	api_edges(g, "postgres", out)
	store_edges(g, "postgres", out)
	if g.origin.store and g.origin.store.name ~= g.store.main.name then
		store_edge(g, "postgres", g.origin.store.name, out)
	end
	member_edges(g, out)
	pooler_edges(g, out)
	access_edges(g, out)
	standby_edges(g, out)
	autoscaler_edges(g, out)
	monitoring_edges(g, out)
	probe_edges(g, out)
	if g.drill.enabled then
		dns_edges(g, "drill", out)
		api_edges(g, "drill", out)
		store_edges(g, "drill", out)
	end
	return out
end

-- What derives from the graph -------------------------------------------------------------------------------------

local function hba_line(l)
	local line = "hostssl " .. l.database .. " " .. l.user .. " " .. l.address .. " scram-sha-256"
	if l.options ~= "" then
		line = line .. " " .. l.options
	end
	return line
end

-- pg_hba.conf, line by line. Local lines: Patroni and the agent as the operating system's user, Patroni's replication
-- checks by password. A login has a line only for what its edge needs; all else is refused.
function flows.hba_lines(edges, access)
	local out = {
		"local all " .. access.superuser .. " peer",
		"local replication " .. access.replication .. " scram-sha-256",
		"local all " .. access.replication .. " scram-sha-256",
	}
	local seen = {}
	for i = 1, #edges do
		local logins = edges[i].hba or {}
		for j = 1, #logins do
			local line = hba_line(logins[j])
			if not seen[line] then
				seen[line] = true
				out[#out + 1] = line
			end
		end
	end
	out[#out + 1] = "local all all reject"
	out[#out + 1] = "host all all all reject"
	out[#out + 1] = "host replication all all reject"
	return out
end

local function policy_peers(peer)
	if peer.cidrs then
		return std.map(peer.cidrs, function(cidr)
			local except = cidr == ANYWHERE and peer.except or nil
			return { ipBlock = { cidr = cidr, except = except } }
		end)
	end
	local out = { podSelector = map({}) }
	if peer.pods then
		out.podSelector = { matchLabels = peer.pods }
	end
	if peer.namespace then
		out.namespaceSelector = { matchLabels = { ["kubernetes.io/metadata.name"] = peer.namespace } }
	end
	return { out }
end

local function policy_ports(e)
	local out = {}
	for i = 1, #e.ports do
		if e.protocol == "DNS" then
			out[#out + 1] = { port = e.ports[i], protocol = "UDP" }
		end
		out[#out + 1] = { port = e.ports[i], protocol = "TCP" }
	end
	return out
end

-- Rules of one component's NetworkPolicy in one direction. Equal rules are written once.
function flows.policy_rules(edges, component, direction)
	local out, seen = list({}), {}
	for i = 1, #edges do
		local e = edges[i]
		if e.component == component and e.direction == direction and #e.ports > 0 then
			local rule = { ports = policy_ports(e) }
			rule[direction == "egress" and "to" or "from"] = policy_peers(e.peer)
			local text = json(rule)
			if not seen[text] then
				seen[text] = true
				out[#out + 1] = rule
			end
		end
	end
	return out
end

return flows
