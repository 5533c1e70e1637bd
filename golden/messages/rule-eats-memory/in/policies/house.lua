rule{id = "house-memory", title = "Keeps what it builds", check = function(c)
	local text = c.meta.name
	if c.meta.name == "orders" then
		for i = 1, 40 do
			text = text .. text
		end
	end
end}

test "it is called" (function(t)
	t.ok(true)
end)
