defaults{id = "house", set = function(c) return {instances = } end}
