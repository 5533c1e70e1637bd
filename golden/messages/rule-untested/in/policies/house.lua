rule{id = "house-small", title = "Clusters are small", check = function(c)
end}
