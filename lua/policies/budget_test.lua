-- SPDX-License-Identifier: Apache-2.0
-- Tests of budget.lua.

local function fleet(costs, budget)
	local clusters = {}
	for i = 1, #costs do
		clusters[i] = { name = "prod/a/c" .. i, environment = "prod", team = "shop", cost = { total = costs[i] * 1000000 } }
	end
	return { clusters = clusters, platform = { teams = { ["*"] = { budget = budget } } } }
end

test "a team's clusters fit its budget" (function(t)
	t.passes("team-budget", fleet({ 60, 40 }, { monthly = "100" }))
	t.passes("team-budget", fleet({ 60, 60 }, nil))
	t.passes("team-budget", fleet({ 60, 60 }, map({})))
	t.denies("team-budget", fleet({ 60, 41 }, { monthly = "100" }), "101.00 a month in 'prod', its budget is 100")
end)

test "each environment has its own" (function(t)
	local f = fleet({ 60, 60 }, { monthly = "100" })
	f.clusters[2].environment = "dev"
	t.passes("team-budget", f)
end)

test "a team's own entry wins" (function(t)
	local f = fleet({ 60 }, { monthly = "100" })
	f.platform.teams.shop = { budget = { monthly = "59.99" } }
	t.denies("team-budget", f, "60.00")
end)
