defaults{id = "house", set = function(c)
	return {instances = c.pooler.instances + c.hibernate.sleep}
end}

test "it is called" (function(t)
	t.ok(true)
end)
