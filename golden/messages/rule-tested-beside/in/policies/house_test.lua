test "large" (function(t)
	t.warns("house-small", {spec = {instances = 3}, meta = {name = "orders"}})
end)
