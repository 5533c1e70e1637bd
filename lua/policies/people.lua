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

-- Whether a value is a password by its key: `password: hunter`.
local function is_named(key, value)
	local k = type(key) == "string" and type(value) == "string" and string.lower(key)
	return k and (string.find_plain(k, "pass") or string.find_plain(k, "pwd")) and secret_like(k .. ': "' .. value .. '"')
end

-- Calls f(what, path) for all of value that looks like a secret; where that is a key, it has no path.
local function secrets(value, path, f)
	for k, v in pairs(value) do
		local what = type(k) == "string" and secret_like(k)
		if what then
			f("a key looks like " .. what)
		end
		if type(v) == "table" then
			secrets(v, rules.below(path, k), f)
		elseif type(v) == "string" then
			what = secret_like(v) or (is_named(k, v) and "a password")
			if what then
				f("the value looks like " .. what, rules.below(path, k))
			end
		end
	end
end

rule {
	id = "no-secrets",
	title = "No password, key or token lies in an intent",
	controls = { "SOC2 CC6.1", "HIPAA 164.308(a)(5)(ii)(D)" },
	check = function(c)
		local out = {}
		local function say(what, path)
			out[#out + 1] = {
				message = what .. " (it is not shown): take it out, and change it, since Git keeps it",
				path = path,
			}
		end
		secrets(c.intent.spec, "", say)
		for _, guest in ipairs(c.guests) do
			secrets(guest.spec, "", function(what)
				say(what .. " in database " .. guest.namespace .. "/" .. guest.name)
			end)
		end
		return out
	end,
}
