defaults{id = "house", set = function(c)
	local n = 0
	while n >= 0 do n = n + 1 end
end}

test "it is called" (function(t)
	t.ok(true)
end)
