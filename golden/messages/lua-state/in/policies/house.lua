local n = 0
defaults{id = "house", set = function(c)
	n = n + 1
	return {pooler = {instances = n}}
end}

test "it is called" (function(t)
	t.ok(true)
end)
