-- SPDX-License-Identifier: Apache-2.0
-- budget: what a team takes in one environment, against its budget. Rules of the fleet see all clusters at once.

rule {
	id = "team-budget",
	title = "A team's clusters stay within its monthly budget in each environment",
	controls = { "SOC2 A1.1" },
	applies = { "fleet" },
	check = function(f)
		local sums, out = {}, {}
		for _, c in ipairs(f.clusters) do
			local team = f.platform.teams[c.team] or f.platform.teams["*"]
			local most = team and team.budget and team.budget.monthly
			if most then
				local key = c.environment .. "/" .. c.team
				sums[key] = (sums[key] or 0) + c.cost.total
				if sums[key] > std.micros(most) then
					out[#out + 1] = {
						message = "with this cluster team '" .. c.team .. "' costs " .. std.money(sums[key]) .. " a month in '"
							.. c.environment .. "', its budget is " .. most,
						cluster = c.name,
						platform = "teams[\"" .. (f.platform.teams[c.team] and c.team or "*") .. "\"].budget.monthly",
					}
				end
			end
		end
		return out
	end,
}
