rule {
	id = "house-page",
	title = "The page of a cluster lies in its environment's folder",
	check = function(c)
		for _, map in ipairs(rules.objects(c, "ConfigMap")) do
			local page = map.data and map.data.page
			if page and page ~= pages.of(c.environment.name, c.intent.metadata.name) then
				return { message = "another page", object = rules.name(map) }
			end
		end
	end,
}

test "the page is made of environment and name" (function(t)
	t.equal("https://wiki.example.com/prod/orders", pages.of("prod", "Orders"))
end)
