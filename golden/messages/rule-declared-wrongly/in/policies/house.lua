rule{id = "house-small", title = "Clusters are small", severity = "maybe", check = function(c)
end}
