defaults{id = "house", set = function(c)
	local s = "x"
	for i = 1, 30 do s = s .. s end
	return {labels = {s = s}}
end}

test "it is called" (function(t)
	t.ok(true)
end)
