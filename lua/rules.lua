-- SPDX-License-Identifier: Apache-2.0
-- rules: walking the finished objects of a cluster, for policies.

local rules = {}

-- Where each kind of object keeps the spec of its pods.
local POD_SPECS = {
	{ "CronJob", "spec.jobTemplate.spec.template.spec", { "spec", "jobTemplate", "spec", "template", "spec" } },
	{ "DaemonSet", "spec.template.spec", { "spec", "template", "spec" } },
	{ "Deployment", "spec.template.spec", { "spec", "template", "spec" } },
	{ "Job", "spec.template.spec", { "spec", "template", "spec" } },
	{ "Pod", "spec", { "spec" } },
	{ "StatefulSet", "spec.template.spec", { "spec", "template", "spec" } },
}

-- Every object of a kind; none is an empty list.
function rules.objects(c, kind)
	return c.objects[kind] or list({})
end

-- "StatefulSet/orders".
function rules.name(object)
	return object.kind .. "/" .. object.metadata.name
end

-- {object = "StatefulSet/orders", path = "spec.template.spec", spec = ...} for all that makes pods.
function rules.pods(c)
	local out = {}
	for i = 1, #POD_SPECS do
		local kind, path, steps = POD_SPECS[i][1], POD_SPECS[i][2], POD_SPECS[i][3]
		local objects = c.objects[kind]
		for k = 1, objects and #objects or 0 do
			local spec = objects[k]
			for s = 1, #steps do
				spec = spec[steps[s]]
			end
			out[#out + 1] = { object = rules.name(objects[k]), path = path, spec = spec }
		end
	end
	return out
end

local GROUPS = { "initContainers", "containers" }

-- Calls f(container, pod, path) for every container of every pod, and returns the list of what it returns.
function rules.containers(c, f)
	local out, pods = {}, rules.pods(c)
	for i = 1, #pods do
		for g = 1, #GROUPS do
			local group = GROUPS[g]
			local containers = pods[i].spec[group]
			for k = 1, containers and #containers or 0 do
				local one = containers[k]
				local found = f(one, pods[i], pods[i].path .. "." .. group .. "[name=" .. one.name .. "]")
				if found then
					out[#out + 1] = found
				end
			end
		end
	end
	return out
end

-- The path of key or item k below path.
function rules.below(path, k)
	if type(k) == "number" then
		return path .. "[" .. (k - 1) .. "]"
	end
	if string.find_plain(k, ".") or string.find_plain(k, "/") then
		return path .. '["' .. k .. '"]'
	end
	return path == "" and k or path .. "." .. k
end

-- Calls f(text, path) for every text below value.
function rules.texts(value, path, f)
	if type(value) == "string" then
		f(value, path)
	elseif type(value) == "table" then
		for k, v in pairs(value) do
			rules.texts(v, rules.below(path, k), f)
		end
	end
end

-- Stands: neither taken out of service nor asleep by order.
function rules.runs(c)
	return not c.spec.retire and not c.spec.closed
end

return rules
