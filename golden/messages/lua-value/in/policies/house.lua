defaults{id = "house", set = function(c)
	return {instances = 5 / 2}
end}

test "it is called" (function(t)
	t.ok(true)
end)
