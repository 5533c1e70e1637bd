-- SPDX-License-Identifier: Apache-2.0
-- people: who owns a cluster, who pays, who is called; and that nobody's password lies in Git.

rule {
	id = "owner-labels",
	title = "Every object says whose it is and who pays",
	controls = { "SOC2 CC6.1", "SOC2 CC8.1" },
	check = function(c)
		local out = {}
		-- what the intent writes of its own is on what is the cluster's; its guests have labels of their own
		local written = (c.spec or {}).labels or {}
		for _, objects in pairs(c.objects) do
			for _, object in ipairs(objects) do
				local labels = object.metadata.labels
				for key in pairs(c.labels.owner) do
					if not written[key] and (not labels or not labels[key]) then
						out[#out + 1] = {
							message = "the object does not say whose it is: label " .. key .. " is missing",
							object = rules.name(object),
							path = "metadata.labels",
						}
						break
					end
				end
			end
		end
		return out
	end,
}

rule {
	id = "on-call",
	title = "Somebody is called when production is down",
	controls = { "SOC2 CC7.3", "SOC2 A1.2" },
	check = function(c)
		if c.environment.production and not c.team.onCall then
			return {
				message = "team '" .. c.spec.team .. "' has clusters in production, but onCall of its entry names nobody",
				platform = c.platform.teams[c.spec.team] and "teams." .. c.spec.team or 'teams["*"]',
			}
		end
	end,
}

rule {
	id = "no-secrets",
	title = "No password, key or token lies in an intent",
	controls = { "SOC2 CC6.1", "HIPAA 164.308(a)(5)(ii)(D)" },
	check = function(c)
		local out = {}
		local function keys(value)
			for k, v in pairs(type(value) == "table" and value or {}) do
				local what = type(k) == "string" and secret_like(k)
				if what then
					out[#out + 1] = {
						message = "a key looks like " .. what
							.. " (it is not shown): take it out, and change it, since Git keeps it",
					}
				end
				keys(v)
			end
		end
		local function look(value, prefix, where)
			rules.texts(value, "", function(text, path)
				local what = secret_like(text)
				if what then
					out[#out + 1] = {
						message = where .. " looks like " .. what
							.. " (the value is not shown): take it out, and change it, since Git keeps it",
						path = prefix and path or nil,
					}
				end
			end)
		end
		look(c.intent.spec, true, "the value")
		keys(c.intent.spec)
		for _, guest in ipairs(c.guests) do
			look(guest.spec, false, "a value of database " .. guest.namespace .. "/" .. guest.name)
		end
		return out
	end,
}
