-- SPDX-License-Identifier: Apache-2.0
-- Tests of network.lua.

local function objects(kind, spec, data)
	return { objects = { [kind] = { { kind = kind, metadata = { name = "db" }, spec = spec, data = data } } } }
end

local function ingress(entry)
	return objects("NetworkPolicy", { ingress = { entry } })
end

test "services stay inside" (function(t)
	t.passes("no-external-access", objects("Service", { clusterIP = "None" }))
	t.passes("no-external-access", objects("Service", { type = "ClusterIP" }))
	t.denies("no-external-access", objects("Service", { type = "LoadBalancer" }), "type LoadBalancer")
	t.denies("no-external-access", objects("Service", { type = "NodePort" }))
	t.denies("no-external-access", objects("Service", { externalIPs = { "192.0.2.1" } }))
end)

test "no route leads in" (function(t)
	t.denies("no-external-access", objects("Ingress", map({})), "Ingress opens")
	t.denies("no-external-access", objects("TCPRoute", map({})))
end)

test "network policies name who comes in" (function(t)
	t.passes("no-external-access", objects("NetworkPolicy", map({})))
	t.passes("no-external-access", ingress({ from = { { ipBlock = { cidr = "10.0.0.0/8" } } } }))
	t.denies("no-external-access", ingress({ from = { { ipBlock = { cidr = "0.0.0.0/0" } } } }), "any address")
	t.denies("no-external-access", ingress({ from = { { ipBlock = { cidr = "::/0" } } } }))
	t.denies("no-external-access", ingress(map({})), "lets everybody in")
end)

local function speaking(lines, ini)
	local c = objects("ConfigMap", nil, ini and { ["pgbouncer.ini"] = ini })
	c.hba = { lines = lines }
	return c
end

test "logins over the network need TLS and a proof" (function(t)
	t.passes("tls-only", speaking({ "local all postgres peer", "hostssl db app all scram-sha-256", "host all all all reject" }))
	t.denies("tls-only", speaking({ "host db app all scram-sha-256" }), "without TLS")
	t.denies("tls-only", speaking({ "hostnossl db app all scram-sha-256" }))
	t.denies("tls-only", speaking({ "hostssl db app all trust" }))
	t.denies("tls-only", speaking({ "hostssl db app all password" }))
end)

test "the pooler speaks TLS to both sides" (function(t)
	t.passes("tls-only", speaking({}, "[pgbouncer]\nclient_tls_sslmode = require\nserver_tls_sslmode = verify-full\n"))
	t.denies("tls-only", speaking({}, "client_tls_sslmode = prefer\nserver_tls_sslmode = verify-full\n"), "client_tls_sslmode is prefer")
	t.denies("tls-only", speaking({}, "client_tls_sslmode = require\n"), "server_tls_sslmode is not set")
end)
