rule{id = "house-backups", title = "Backups are kept", check = function(c)
	return {message = "longer", path = "backup.retentoin"}
end}

test "it is called" (function(t)
	t.ok(true)
end)
