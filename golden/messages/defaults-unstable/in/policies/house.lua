defaults{id = "more", set = function(c)
	return {pooler = {maxClients = c.pooler.maxClients + 1}}
end}

test "it is called" (function(t)
	t.ok(true)
end)
