-- Where people read of a cluster: for templates and policies alike.
local pages = {}

function pages.of(environment, name)
	return "https://wiki.example.com/" .. environment .. "/" .. string.lower(name)
end

return pages
