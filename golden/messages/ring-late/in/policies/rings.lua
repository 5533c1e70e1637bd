defaults{id = "small-first", set = function(c)
	if c.tier == "small" then
		return {ring = "early"}
	end
	return {}
end}

test "small clusters go first" (function(t)
	t.sets("small-first", {tier = "small"}, {ring = "early"})
end)
