-- SPDX-License-Identifier: Apache-2.0
-- pods: restricted, bounded, watched.

local function at(pod, path, message)
	return { message = message, object = pod.object, path = path }
end

-- What Kubernetes' restricted profile asks of a container.
local function container_fault(container, pod, path)
	local s, all = container.securityContext, pod.spec.securityContext
	if not s then
		return at(pod, path, "container '" .. container.name .. "' has no securityContext")
	end
	local drop = s.capabilities and s.capabilities.drop
	if s.privileged or s.allowPrivilegeEscalation ~= false then
		return at(pod, path .. ".securityContext", "container '" .. container.name .. "' may gain privileges")
	end
	if not std.contains(drop, "ALL") then
		return at(pod, path .. ".securityContext", "container '" .. container.name .. "' keeps capabilities: drop ALL")
	end
	if not (s.runAsNonRoot or (s.runAsNonRoot == nil and all and all.runAsNonRoot)) or s.runAsUser == 0 then
		return at(pod, path .. ".securityContext", "container '" .. container.name .. "' may run as root")
	end
	local profile = s.seccompProfile or (all and all.seccompProfile)
	if not profile or profile.type == "Unconfined" then
		return at(pod, path .. ".securityContext", "container '" .. container.name .. "' has no seccomp profile")
	end
end

rule {
	id = "pod-restricted",
	title = "Pods meet the restricted profile of Kubernetes",
	controls = { "SOC2 CC6.8", "HIPAA 164.312(c)(1)" },
	check = function(c)
		local out = rules.containers(c, container_fault)
		for _, pod in ipairs(rules.pods(c)) do
			local spec = pod.spec
			if spec.hostNetwork or spec.hostPID or spec.hostIPC then
				out[#out + 1] = at(pod, pod.path, "the pod shares namespaces with its node")
			end
			for _, volume in ipairs(spec.volumes or {}) do
				if volume.hostPath then
					out[#out + 1] = at(pod, pod.path .. ".volumes[name=" .. volume.name .. "]",
						"volume '" .. volume.name .. "' is a folder of the node")
				end
			end
		end
		return out
	end,
}

rule {
	id = "memory-guaranteed",
	title = "Every container asks for the memory it may use",
	controls = { "SOC2 A1.1" },
	check = function(c)
		return rules.containers(c, function(container, pod, path)
			local r = container.resources or map({})
			local asked, most = r.requests and r.requests.memory, r.limits and r.limits.memory
			if asked == nil or most == nil then
				return at(pod, path .. ".resources", "container '" .. container.name .. "' has no memory request and limit")
			end
			if asked ~= most and std.bytes(asked) ~= std.bytes(most) then
				return at(pod, path .. ".resources", "container '" .. container.name .. "' asks for " .. asked
					.. " of memory and may use " .. most .. ": under pressure the node kills it first")
			end
		end)
	end,
}

rule {
	id = "cpu-requested",
	title = "Every container asks for processor time",
	controls = { "SOC2 A1.1" },
	check = function(c)
		return rules.containers(c, function(container, pod, path)
			local r = container.resources
			if not (r and r.requests and r.requests.cpu) then
				return at(pod, path .. ".resources", "container '" .. container.name .. "' asks for no processor time")
			end
		end)
	end,
}

rule {
	id = "probes",
	title = "Kubernetes watches every container that serves",
	controls = { "SOC2 A1.1", "SOC2 CC7.2" },
	check = function(c)
		return rules.containers(c, function(container, pod, path)
			if container.ports and not container.livenessProbe and not container.readinessProbe then
				return at(pod, path, "container '" .. container.name .. "' serves ports, but no probe watches it")
			end
		end)
	end,
}
