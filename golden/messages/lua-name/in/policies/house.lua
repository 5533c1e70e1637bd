defaults{id = "house", set = function(c) retun_value = 3 return {} end}
