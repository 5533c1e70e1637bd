local seen = 0
rule{id = "house-count", title = "Counts clusters", check = function(c)
	seen = seen + 1
end}

test "it is called" (function(t)
	t.ok(true)
end)
