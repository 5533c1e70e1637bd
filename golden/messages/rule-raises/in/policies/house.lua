-- fails for one cluster alone
rule{id = "house-naps", title = "Clusters sleep", check = function(c)
	if c.meta.name == "orders" and c.spec.hibernate.sleep then
		return nil
	end
end}

test "it is called" (function(t)
	t.ok(true)
end)
