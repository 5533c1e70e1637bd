-- SPDX-License-Identifier: Apache-2.0
-- availability: production survives the loss of a node or a zone, an update, a drained node.

rule {
	id = "prod-three-instances",
	title = "A production cluster has three instances",
	controls = { "SOC2 A1.2", "HIPAA 164.308(a)(7)(ii)(C)" },
	check = function(c)
		if c.environment.production and c.spec.instances < 3 then
			return {
				message = "a production cluster has 3 instances, this one " .. c.spec.instances,
				path = "instances",
				fix = "instances: 3",
			}
		end
	end,
}

rule {
	id = "prod-zones",
	title = "A production cluster is spread over the zones of its destination",
	controls = { "SOC2 A1.2", "HIPAA 164.308(a)(7)(ii)(C)" },
	check = function(c)
		local zones = c.destination.zones and #c.destination.zones or 1
		if c.environment.production and zones > 1 and c.spec.scheduling.zones == "off" and c.spec.instances > 1 then
			return {
				message = "the destination has " .. zones .. " zones, but all instances may land in one",
				path = "scheduling.zones",
				fix = "scheduling: {zones: preferred}",
			}
		end
	end,
}

rule {
	id = "failover-timing",
	title = "A leader has two tries to renew its lock before it ends",
	controls = { "SOC2 A1.2" },
	check = function(c)
		local f = c.spec.failover
		local needs = f.loopWait + 2 * f.retryTimeout
		if needs > f.ttl then
			local mine = c.intent.spec.failover or map({})
			return {
				message = "failover.loopWait + 2 x failover.retryTimeout is " .. needs .. " s and must not exceed failover.ttl, "
					.. f.ttl .. " s: Patroni would take other values",
				path = mine.ttl and "failover.ttl" or mine.retryTimeout and "failover.retryTimeout" or "failover.loopWait",
				fix = needs <= 300 and "failover: {ttl: " .. needs .. "}" or nil,
			}
		end
	end,
}

rule {
	id = "sync-replicas",
	title = "Synchronous replication leaves production writable when one instance is lost",
	controls = { "SOC2 A1.2" },
	check = function(c)
		local mode = c.spec.synchronous
		if c.environment.production and mode ~= "off" and c.spec.instances < 3 then
			return {
				message = "synchronous: " .. mode .. " with " .. c.spec.instances
					.. " instances: one that is lost leaves no replica to wait for",
				path = c.intent.spec.instances and "instances" or "synchronous",
				fix = "instances: 3",
			}
		end
	end,
}

-- Pods that an object keeps running at least, by the labels that select them.
local function replicas_of(c, labels)
	local most = 0
	for _, kind in ipairs({ "StatefulSet", "Deployment" }) do
		for _, set in ipairs(rules.objects(c, kind)) do
			local fits = true
			for k, v in pairs(labels) do
				fits = fits and set.spec.template.metadata.labels[k] == v
			end
			if fits then
				most = most + (set.spec.replicas or 1)
			end
		end
	end
	return most
end

rule {
	id = "pdb-satisfiable",
	title = "Every disruption budget lets a node be drained",
	controls = { "SOC2 A1.2" },
	check = function(c)
		local out = {}
		for _, budget in ipairs(rules.objects(c, "PodDisruptionBudget")) do
			local least, most = budget.spec.minAvailable, budget.spec.maxUnavailable
			local pods = replicas_of(c, budget.spec.selector.matchLabels)
			local stuck = most == 0 or most == "0%" or least == "100%"
			if stuck or (type(least) == "number" and pods > 0 and least >= pods) then
				out[#out + 1] = {
					message = "the disruption budget lets none of its " .. pods .. " pods be evicted: nodes cannot be drained",
					object = rules.name(budget),
					path = least and "spec.minAvailable" or "spec.maxUnavailable",
				}
			end
		end
		return out
	end,
}

rule {
	id = "autoscale-bounds",
	title = "Read replicas stay within what the primary can feed",
	controls = { "SOC2 A1.1" },
	check = function(c)
		local auto = c.spec.autoscale
		if not auto or auto.max == 0 then
			return nil
		end
		local senders = tonumber(c.capacity.restart.max_wal_senders)
		-- each member but one streams, followers too; two are left for base backups
		local need = c.spec.instances - 1 + auto.max + #c.followers + 2
		if need > senders then
			return {
				message = "with autoscale.max " .. auto.max .. " the primary feeds up to " .. need
					.. " streams, but max_wal_senders is " .. senders,
				path = "autoscale.max",
				fix = auto.max - need + senders >= 0 and "autoscale: {max: " .. (auto.max - need + senders) .. "}" or nil,
			}
		end
	end,
}

rule {
	id = "maintenance-window",
	title = "The maintenance window of production is no longer than the platform allows",
	controls = { "SOC2 CC8.1" },
	check = function(c)
		local most = c.platform.guardrails and c.platform.guardrails.maxWindow
		local window = c.spec.maintenance
		if c.environment.production and most and std.seconds(window.duration) > std.seconds(most) then
			return {
				message = "the maintenance window lasts " .. window.duration .. ", the platform allows " .. most,
				path = "maintenance.duration",
				fix = "maintenance: {duration: " .. most .. "}",
			}
		end
	end,
}

rule {
	id = "standby-elsewhere",
	title = "A production standby lives in another region than its source",
	controls = { "SOC2 A1.2", "HIPAA 164.308(a)(7)(ii)(B)" },
	check = function(c)
		if not c.spec.standby or not c.source or not c.environment.production then
			return nil
		end
		local there = c.platform.destinations[c.source.destination].region
		if c.source.destination == c.place.destination or (there and there == c.destination.region) then
			return {
				message = "the standby lives in the region of its source (" .. (there or c.source.destination)
					.. "): both are lost together",
				path = "standby",
			}
		end
	end,
}
