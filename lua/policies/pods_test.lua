-- SPDX-License-Identifier: Apache-2.0
-- Tests of pods.lua.

local GOOD = {
	allowPrivilegeEscalation = false, privileged = false, runAsNonRoot = true,
	capabilities = { drop = { "ALL" } }, seccompProfile = { type = "RuntimeDefault" },
}

local function pod(container, spec)
	container.name = "postgres"
	local whole = std.merge({ { containers = { container } }, spec or map({}) })
	local set = { kind = "StatefulSet", metadata = { name = "db" }, spec = { template = { spec = whole } } }
	return { objects = { StatefulSet = { set } } }
end

local function context(change, spec)
	return pod({ securityContext = std.merge({ GOOD, change }) }, spec)
end

test "pods meet the restricted profile" (function(t)
	t.passes("pod-restricted", { objects = {} })
	t.passes("pod-restricted", context(map({})))
	t.denies("pod-restricted", pod(map({})), "no securityContext")
	t.denies("pod-restricted", context({ privileged = true }), "gain privileges")
	t.denies("pod-restricted", context({ allowPrivilegeEscalation = true }))
	t.denies("pod-restricted", context({ capabilities = { drop = { "NET_RAW" } } }), "drop ALL")
	t.denies("pod-restricted", context({ runAsNonRoot = false }), "as root")
	t.denies("pod-restricted", context({ runAsUser = 0 }), "as root")
	t.denies("pod-restricted", context({ seccompProfile = { type = "Unconfined" } }), "seccomp")
	t.denies("pod-restricted", context(map({}), { hostNetwork = true }), "namespaces with its node")
	t.denies("pod-restricted", context(map({}), { volumes = { { name = "v", hostPath = { path = "/" } } } }), "folder of the node")
end)

test "what the pod says holds for its containers" (function(t)
	local bare = { allowPrivilegeEscalation = false, capabilities = { drop = { "ALL" } } }
	local whole = { runAsNonRoot = true, seccompProfile = { type = "RuntimeDefault" } }
	t.passes("pod-restricted", pod({ securityContext = bare }, { securityContext = whole }))
	t.denies("pod-restricted", pod({ securityContext = bare }))
end)

local function resources(requests, limits)
	return pod({ resources = { requests = requests, limits = limits } })
end

test "memory is asked for as it is used" (function(t)
	t.passes("memory-guaranteed", resources({ memory = "1Gi" }, { memory = "1024Mi" }))
	t.denies("memory-guaranteed", resources({ memory = "512Mi" }, { memory = "1Gi" }), "may use 1Gi")
	t.denies("memory-guaranteed", resources(map({}), { memory = "1Gi" }), "no memory request")
	t.denies("memory-guaranteed", pod(map({})), "no memory request")
end)

test "processor time is asked for" (function(t)
	t.passes("cpu-requested", resources({ cpu = "100m" }, map({})))
	t.denies("cpu-requested", resources(map({}), { cpu = "1" }), "no processor time")
	t.denies("cpu-requested", pod(map({})))
end)

test "what serves is watched" (function(t)
	t.passes("probes", pod(map({})))
	t.passes("probes", pod({ ports = { {} }, readinessProbe = map({}) }))
	t.denies("probes", pod({ ports = { {} } }), "no probe")
end)

test "jobs and init containers count, too" (function(t)
	local job = { spec = { template = { spec = { initContainers = { { name = "first" } } } } } }
	local cron = { kind = "CronJob", metadata = { name = "drill" }, spec = { jobTemplate = job } }
	t.denies("cpu-requested", { objects = { CronJob = { cron } } }, "'first'")
end)
