-- SPDX-License-Identifier: Apache-2.0
-- availability: production survives the loss of a node, a zone, and an update.

-- Members that a loss may take without an outage: 3 where the destination has zones for them.
rule {
	id = "prod-three-instances",
	title = "Production has three instances, over three zones where the destination has them",
	controls = { "SOC2 A1.2", "HIPAA 164.308(a)(7)(ii)(C)" },
	check = function(c)
		if not c.environment.production or c.spec.instances >= 3 then
			return nil
		end
		return {
			message = "a production cluster has 3 instances, this one " .. c.spec.instances,
			path = "instances",
			fix = "instances: 3",
		}
	end,
}
