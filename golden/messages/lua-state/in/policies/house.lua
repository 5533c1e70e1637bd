local n = 0
defaults{id = "house", set = function(c)
	n = n + 1
	return {pooler = {instances = n}}
end}
