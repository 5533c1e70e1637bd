-- SPDX-License-Identifier: Apache-2.0
-- model: names, member sets, labels, scheduling, certificates and permissions of a cluster.

local model = {}

-- Names -----------------------------------------------------------------------------------------------------------

-- Name of everything that belongs to one incarnation: the cluster's own for the first, "-iN" behind it later.
function model.scope(cluster, incarnation)
	if incarnation == 1 then
		return cluster
	end
	return cluster .. "-i" .. incarnation
end

-- A dns label made of `text`: lower case, everything else a dash.
local function slug(text)
	local out = {}
	for i = 1, #text do
		local c = string.sub(string.lower(text), i, i)
		if not string.find_plain("abcdefghijklmnopqrstuvwxyz0123456789", c) then
			c = "-"
		end
		out[i] = c
	end
	return table.concat(out)
end

-- The read replicas' StatefulSet carries class and size in its name, so that growth makes a new one. The longest
-- name a StatefulSet may have is 52 (its pods carry a revision label); a class that does not fit gives way to a hash.
function model.read_replica_set(scope, class, size)
	local name = scope .. "-ro-" .. slug(class) .. "-" .. slug(size)
	if #name <= 52 then
		return name
	end
	return scope .. "-ro-" .. std.checksum(class .. "/" .. size)
end

-- Member sets -----------------------------------------------------------------------------------------------------

-- Replicas to write into the HA StatefulSet; nil leaves them to KEDA, which wakes and sleeps the cluster by the clock.
local function wanted_replicas(spec)
	if spec.retire and spec.retire.step == "stopped" then
		return 0
	end
	if spec.hibernate and spec.hibernate.always then
		return 0
	end
	if spec.hibernate and spec.hibernate.sleep then
		return nil
	end
	return spec.instances
end

-- Disks of an earlier incarnation: what is not stated of them is as now.
local function old_storage(spec, n)
	for i = 1, #(spec.incarnations or {}) do
		local old = spec.incarnations[i]
		if old.number == n then
			return { class = old.storage.class or spec.storage.class, size = old.storage.size or spec.storage.size }
		end
	end
	return spec.storage
end

local function ha_set(meta, spec, n)
	local current = n == spec.incarnation
	local storage = current and spec.storage or old_storage(spec, n)
	local scope = model.scope(meta.name, n)
	local replicas = 0
	if current then
		replicas = wanted_replicas(spec)
	end
	return {
		claims = true,
		component = "database",
		current = current,
		incarnation = n,
		name = scope,
		pods = spec.instances,
		replicas = replicas,
		scope = scope,
		storage = { class = storage.class, size = storage.size },
	}
end

-- Every StatefulSet of members that is emitted: the running incarnation, the read replicas, then the earlier
-- incarnations whose disks are still kept, at 0 replicas.
function model.member_sets(meta, spec)
	local out = { ha_set(meta, spec, spec.incarnation) }
	local scope = out[1].scope
	if model.autoscaled(spec) then
		out[2] = {
			claims = false,
			component = "read-replica",
			current = true,
			incarnation = spec.incarnation,
			name = model.read_replica_set(scope, spec.storage.class, spec.storage.size),
			pods = spec.autoscale.max,
			scope = scope,
			storage = { class = spec.storage.class, size = spec.storage.size },
		}
		if out[1].replicas == 0 then
			out[2].replicas = 0
		end
	end
	local purged = {}
	for _, n in ipairs(spec.purged or {}) do
		purged[n] = true
	end
	for n = 1, spec.incarnation - 1 do
		if not purged[n] then
			out[#out + 1] = ha_set(meta, spec, n)
		end
	end
	for i = 1, #out do
		out[i].index = i
	end
	return out
end

function model.autoscaled(spec)
	return spec.autoscale ~= nil and spec.autoscale.max ~= nil and spec.autoscale.max > 0
end

-- One claim per ordinal of every HA set, named as its StatefulSet names them.
function model.claims(sets)
	local out = {}
	for i = 1, #sets do
		if sets[i].claims then
			for ordinal = 0, sets[i].pods - 1 do
				out[#out + 1] = {
					current = sets[i].current,
					name = "pgdata-" .. sets[i].name .. "-" .. ordinal,
					scope = sets[i].scope,
					set = sets[i].name,
					storage = sets[i].storage,
				}
			end
		end
	end
	return out
end

-- Names of the pods of one set.
function model.pods(set)
	return std.map(std.ordinals(set.pods), function(n) return set.name .. "-" .. n end)
end


-- Slots that guests were promised.
function model.guest_connections(spec)
	local sum = 0
	if spec.databasesFrom then
		for i = 1, #spec.databasesFrom do
			sum = sum + spec.databasesFrom[i].maxConnections
		end
	end
	return sum
end

-- Requests and limits ---------------------------------------------------------------------------------------------

-- Of one container: memory is request and limit at once, so that nothing is promised twice.
function model.resources(container, scratch, scratch_limit)
	return {
		limits = {
			cpu = std.cpu(std.millis(container.cpuLimit or container.cpu)),
			["ephemeral-storage"] = scratch_limit,
			memory = std.quantity(std.bytes(container.memory)),
		},
		requests = {
			cpu = std.cpu(std.millis(container.cpu)),
			["ephemeral-storage"] = scratch,
			memory = std.quantity(std.bytes(container.memory)),
		},
	}
end

-- Names a certificate must cover ----------------------------------------------------------------------------------

local function service_names(service, namespace, domain)
	return {
		service, service .. "." .. namespace, service .. "." .. namespace .. ".svc",
		service .. "." .. namespace .. ".svc." .. domain,
	}
end

local function pod_names(service, namespace, domain)
	return { "*." .. service .. "." .. namespace .. ".svc", "*." .. service .. "." .. namespace .. ".svc." .. domain }
end

function model.server_names(names, namespace, domain, elsewhere)
	return std.concat({
		service_names(names.primary, namespace, domain), service_names(names.replicas, namespace, domain),
		service_names(names.leader, namespace, domain), pod_names(names.headless, namespace, domain), elsewhere,
	})
end

function model.pooler_names(names, namespace, domain)
	return std.concat({
		service_names(names.pooler, namespace, domain), pod_names(names.poolerHeadless, namespace, domain),
	})
end

-- Annotations for GitOps tools ------------------------------------------------------------------------------------

-- Keeps the object when its file disappears. nil without a tool: nothing prunes then.
function model.protection(tool)
	if tool == "argocd" then
		return { ["argocd.argoproj.io/sync-options"] = "Delete=false,Prune=false" }
	end
	if tool == "flux" then
		return { ["kustomize.toolkit.fluxcd.io/prune"] = "disabled" }
	end
end

-- For objects whose data is written in the cluster: made once, their content left alone. Argo CD does that by server-side
-- apply, which leaves alone what the file does not have.
function model.shell(tool)
	if tool == "flux" then
		return { ["kustomize.toolkit.fluxcd.io/ssa"] = "IfNotPresent" }
	end
end

-- The given maps in one; nil when nothing is in them.
function model.annotations(list)
	local out = {}
	for i = 1, 4 do
		for k, v in pairs(list[i] or {}) do
			out[k] = v
		end
	end
	if std.is_empty(out) then
		return nil
	end
	return out
end

-- Scheduling ------------------------------------------------------------------------------------------------------

local function host_term(selector)
	return { labelSelector = { matchLabels = selector }, topologyKey = "kubernetes.io/hostname" }
end

-- Keeps pods of one set on different nodes.
function model.anti_affinity(mode, selector)
	if mode == "required" then
		return { requiredDuringSchedulingIgnoredDuringExecution = { host_term(selector) } }
	end
	return { preferredDuringSchedulingIgnoredDuringExecution = { { podAffinityTerm = host_term(selector), weight = 100 } } }
end

local function spread(selector, key, hard)
	return {
		labelSelector = { matchLabels = selector },
		maxSkew = 1,
		topologyKey = key,
		whenUnsatisfiable = hard and "DoNotSchedule" or "ScheduleAnyway",
	}
end

function model.topology_spread(zones, selector)
	local out = {}
	if zones ~= "off" then
		out[1] = spread(selector, "topology.kubernetes.io/zone", zones == "required")
	end
	out[#out + 1] = spread(selector, "kubernetes.io/hostname", false)
	return out
end

-- A node that is gone: its pods are given up after the destination's time, not Kubernetes' 5 minutes.
function model.tolerations(spec, node_failure)
	local out = {}
	for i = 1, #(spec.scheduling.tolerations or {}) do
		local t = spec.scheduling.tolerations[i]
		out[i] = { effect = t.effect, key = t.key, operator = t.operator, value = t.value }
	end
	local seconds = node_failure and node_failure.evictionSeconds
	if seconds then
		for _, key in ipairs({ "node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable" }) do
			out[#out + 1] = { effect = "NoExecute", key = key, operator = "Exists", tolerationSeconds = seconds }
		end
	end
	return out
end

-- Certificates and permissions ------------------------------------------------------------------------------------

function model.issuer(issuer, own)
	if issuer then
		return { group = issuer.group, kind = issuer.kind, name = issuer.name }
	end
	return { group = "cert-manager.io", kind = "Issuer", name = own }
end

-- Patroni's ConfigMaps of every scope, and the trust bundle.
function model.config_maps(scopes, trust)
	local out = { trust }
	for i = 1, #scopes do
		for _, suffix in ipairs({ "-config", "-failover", "-leader", "-sync" }) do
			out[#out + 1] = scopes[i] .. suffix
		end
	end
	return std.sort(out)
end

-- value, unless the condition holds.
function model.unless(condition, value)
	if condition then
		return nil
	end
	return value
end

-- References to the platform's pull Secrets; nil when there are none.
function model.pull_secrets(images)
	if images and images.pullSecrets and #images.pullSecrets > 0 then
		return std.map(images.pullSecrets, function(name) return { name = name } end)
	end
end

return model
