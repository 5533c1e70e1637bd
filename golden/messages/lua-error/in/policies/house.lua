defaults{id = "house", set = function(c)
	return {instances = c.pooler.instances + c.hibernate.sleep}
end}
