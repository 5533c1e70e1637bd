rule{id = "house-loop", title = "Runs for ever", check = function(c)
	while c.meta.name == "orders" do
	end
end}

test "it is called" (function(t)
	t.ok(true)
end)
