defaults{id = "brown", set = function(c)
	return {labels = {colour = "brown"}}
end}

defaults{id = "grey", set = function(c)
	return {labels = {colour = "grey"}}
end}

test "it is called" (function(t)
	t.ok(true)
end)
