rule{id = "house-no-orders", title = "No orders", check = function(c)
	return {message = "no", object = "Service/nobody"}
end}

test "it is called" (function(t)
	t.ok(true)
end)
