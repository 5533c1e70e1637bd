rule{id = "house-small", title = "Clusters are small", severity = "warn", check = function(c)
	if c.spec.instances > 2 then
		return {message = "a large one", path = "instances"}
	end
end}

test "large ones are found" (function(t)
	t.warns("house-small", {spec = {instances = 3}}, "a large one")
	t.passes("house-small", {spec = {instances = 2}})
end)

test "fails on purpose" (function(t)
	t.denies("house-small", {spec = {instances = 3}})
end)
