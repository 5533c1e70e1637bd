local pages = {}

function pages.of(name)
	return name
end

return pages
