defaults{id = "house", set = function(c)
	local s = "x"
	for i = 1, 30 do s = s .. s end
	return {labels = {s = s}}
end}
