rule{id = "house-small", title = "Clusters are small", severity = "warn", check = function(c)
	if c.spec.instances > 2 and c.meta.name == "orders" then
		return {message = "a large one"}
	end
end}
