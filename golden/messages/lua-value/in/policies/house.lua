defaults{id = "house", set = function(c)
	return {instances = 5 / 2}
end}
