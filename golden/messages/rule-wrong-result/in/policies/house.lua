rule{id = "house-no-orders", title = "No orders", check = function(c)
	if c.meta.name == "orders" then
		return {text = "no orders here"}
	end
end}

test "it is called" (function(t)
	t.ok(true)
end)
