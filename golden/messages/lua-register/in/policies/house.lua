defaults{id = "House rules", set = function(c) return {} end}
