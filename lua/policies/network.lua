-- SPDX-License-Identifier: Apache-2.0
-- network: nothing is reached from outside, nothing is said in the clear.

local ANYWHERE = { ["0.0.0.0/0"] = true, ["::/0"] = true }
local OUTSIDE = { "Ingress", "Gateway", "HTTPRoute", "TCPRoute", "TLSRoute", "IngressRouteTCP" }

local function open_policies(c, out)
	for _, policy in ipairs(rules.objects(c, "NetworkPolicy")) do
		for i, entry in ipairs(policy.spec.ingress or {}) do
			for k, from in ipairs(entry.from or {}) do
				if from.ipBlock and ANYWHERE[from.ipBlock.cidr] then
					out[#out + 1] = {
						message = "a network policy lets any address in",
						object = rules.name(policy),
						path = "spec.ingress[" .. (i - 1) .. "].from[" .. (k - 1) .. "].ipBlock.cidr",
					}
				end
			end
			if not entry.from or #entry.from == 0 then
				out[#out + 1] = {
					message = "a network policy lets everybody in: an entry without `from`",
					object = rules.name(policy),
					path = "spec.ingress[" .. (i - 1) .. "]",
				}
			end
		end
	end
end

rule {
	id = "no-external-access",
	title = "No object of a cluster opens it to the outside",
	controls = { "SOC2 CC6.1", "SOC2 CC6.6", "HIPAA 164.312(e)(1)" },
	check = function(c)
		local out = {}
		for _, service in ipairs(rules.objects(c, "Service")) do
			local kind = service.spec.type or "ClusterIP"
			if kind ~= "ClusterIP" or service.spec.externalIPs then
				out[#out + 1] = {
					message = "a Service of type " .. kind .. " is reached from outside of the Kubernetes cluster",
					object = rules.name(service),
					path = service.spec.externalIPs and "spec.externalIPs" or "spec.type",
				}
			end
		end
		for _, kind in ipairs(OUTSIDE) do
			for _, object in ipairs(rules.objects(c, kind)) do
				out[#out + 1] = { message = kind .. " opens a database to the outside", object = rules.name(object) }
			end
		end
		open_policies(c, out)
		return out
	end,
}

local SECURE = { require = true, ["verify-ca"] = true, ["verify-full"] = true }

-- How a side of the pooler speaks, by its pgbouncer.ini; nil when nothing is said, which is in the clear.
local function mode_of(ini, setting)
	local _, to = string.find_plain(ini, setting .. " = ")
	local rest = to and string.sub(ini, to + 1, to + 20)
	return rest and string.split(rest, "\n")[1]
end

-- A line of pg_hba.conf that lets a login in over the network without TLS.
local function plain_login(line)
	local kind = string.sub(line, 1, 5)
	if string.starts_with(line, "hostnossl ") or (kind == "host " and not string.ends_with(line, " reject")) then
		return not string.ends_with(line, " reject")
	end
	return string.starts_with(line, "hostssl ") and (string.find_plain(line, " trust") or string.find_plain(line, " password"))
end

rule {
	id = "tls-only",
	title = "PostgreSQL and its pooler speak TLS only",
	controls = { "SOC2 CC6.6", "SOC2 CC6.7", "HIPAA 164.312(e)(2)(ii)" },
	check = function(c)
		local out = {}
		for i, line in ipairs(c.hba.lines) do
			if plain_login(line) then
				out[#out + 1] = { message = "pg_hba lets a login in without TLS and a password that is proved: " .. line }
			end
		end
		for _, config in ipairs(rules.objects(c, "ConfigMap")) do
			local ini = config.data and config.data["pgbouncer.ini"]
			for _, setting in ipairs(ini and { "client_tls_sslmode", "server_tls_sslmode" } or {}) do
				local mode = mode_of(ini, setting)
				if not SECURE[mode or ""] then
					out[#out + 1] = {
						message = "the pooler may speak in the clear: " .. setting .. " is " .. (mode or "not set"),
						object = rules.name(config),
						path = 'data["pgbouncer.ini"]',
					}
				end
			end
		end
		return out
	end,
}
