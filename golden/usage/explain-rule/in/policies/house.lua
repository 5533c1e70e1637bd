rule{id = "house-small", title = "Clusters are small", severity = "warn", controls = {"house 1"}, check = function(c)
end}

test "it is called" (function(t)
	t.ok(true)
end)
