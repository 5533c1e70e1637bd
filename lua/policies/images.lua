-- SPDX-License-Identifier: Apache-2.0
-- images: what runs is known by digest, comes from where the platform allows, is supported, and was scanned.

-- "registry/path" and "sha256:..." of a reference repository:tag@digest.
local function split(reference)
	local at = string.find_plain(reference, "@")
	return at and string.sub(reference, 1, at - 1) or reference, at and string.sub(reference, at + 1)
end

local ROLES = { "postgres", "pooler", "exporter", "agent" }

-- The images of the cluster's image set, which the compiler itself warns of when they are not pinned.
local function of_the_set(c)
	local out = {}
	for i = 1, #ROLES do
		out[c.images[ROLES[i]].reference] = true
	end
	return out
end

rule {
	id = "image-digest",
	title = "Every image is named by digest",
	controls = { "SOC2 CC6.8", "SOC2 CC8.1", "HIPAA 164.312(c)(1)" },
	check = function(c)
		local known = of_the_set(c)
		return rules.containers(c, function(container, pod, path)
			local _, digest = split(container.image)
			if digest or known[container.image] then
				return nil
			end
			return {
				message = "image '" .. container.image .. "' has no digest: what runs can change without a commit",
				object = pod.object,
				path = path .. ".image",
			}
		end)
	end,
}

rule {
	id = "image-registry",
	title = "Images come from the registries that the platform allows",
	controls = { "SOC2 CC6.8", "HIPAA 164.308(a)(5)(ii)(B)" },
	check = function(c)
		local allowed = c.platform.guardrails and c.platform.guardrails.registries
		if not allowed then
			return nil
		end
		local known, told = of_the_set(c), {}
		return rules.containers(c, function(container, pod, path)
			for i = 1, #allowed do
				if container.image == allowed[i] or string.starts_with(container.image, allowed[i] .. "/")
					or string.starts_with(container.image, allowed[i] .. ":") then
					return nil
				end
			end
			local message = "image '" .. container.image .. "' comes from none of the registries in guardrails.registries: "
				.. std.join(allowed, ", ")
			if not known[container.image] then
				return { message = message, object = pod.object, path = path .. ".image" }
			elseif told[container.image] then
				return nil
			end
			told[container.image] = true
			return {
				message = message .. "; images.registry names a mirror for the images of every set",
				platform = "guardrails.registries",
			}
		end)
	end,
}

rule {
	id = "image-supported",
	title = "The image set is not past the end of its life",
	controls = { "SOC2 CC7.1", "HIPAA 164.308(a)(5)(ii)(B)" },
	check = function(c)
		local set = c.platform.images.sets[c.images.set]
		if set.endOfLife and past(set.endOfLife) then
			return {
				message = "image set '" .. c.images.set .. "' was supported until " .. set.endOfLife
					.. ": choose another for the ring or environment",
				platform = 'images.sets["' .. c.images.set .. '"]' .. ".endOfLife",
			}
		end
	end,
}

rule {
	id = "version-supported",
	title = "The major version of PostgreSQL is not past the end of its life",
	controls = { "SOC2 CC7.1", "HIPAA 164.308(a)(5)(ii)(B)" },
	check = function(c)
		local row = c.contracts.postgresql.rows[tostring(c.spec.version)]
		if row and past(row.endOfLife) and not c.spec.retire then
			return {
				message = "PostgreSQL " .. c.spec.version .. " got its last security fixes on " .. row.endOfLife
					.. ": take a later version",
				path = "version",
			}
		end
	end,
}

rule {
	id = "version-allowed",
	title = "The major version of PostgreSQL is one that the platform allows",
	controls = { "SOC2 CC8.1" },
	check = function(c)
		local allowed = c.platform.guardrails and c.platform.guardrails.versions
		if allowed and not std.contains(allowed, c.spec.version) then
			return {
				message = "PostgreSQL " .. c.spec.version .. " is not in guardrails.versions, the versions that the platform allows: "
					.. std.join(allowed, ", "),
				path = "version",
			}
		end
	end,
}

-- As locales are compared: the C library reads UTF-8 and utf8 alike.
local function plain(locale)
	return string.lower(string.replace(locale, "-", ""))
end

rule {
	id = "locale-in-image",
	title = "The image has the locale, without which a new cluster cannot be made",
	controls = { "SOC2 A1.1" },
	check = function(c)
		local set = c.platform.images.sets[c.images.set]
		local contract = c.contracts[set.postgres.contract or ""]
		local row = contract and contract.constants and contract.constants.locales
		for _, locale in ipairs(row and row.value or {}) do
			if plain(locale) == plain(c.spec.locale) then
				return nil
			end
		end
		return row and {
			message = "the image has no locale '" .. c.spec.locale .. "', so that initdb fails; it has " .. std.join(row.value, ", "),
			path = "locale",
		}
	end,
}

-- The first finding that must have been mended by now.
local function overdue(image)
	for _, f in ipairs(image.findings or {}) do
		if f.severity == "critical" and past(f.due or image.scanned) then
			return f
		end
	end
end

rule {
	id = "image-scan",
	title = "Every image was scanned, and no critical finding is past its day",
	controls = { "SOC2 CC7.1", "HIPAA 164.308(a)(5)(ii)(B)" },
	check = function(c)
		local path = c.platform.guardrails and c.platform.guardrails.scanReport
		local images = path and (c.reports[path].images or map({}))
		if not images then
			return nil
		end
		local seen, out = {}, {}
		rules.containers(c, function(container)
			local name, digest = split(container.image)
			local image = digest and images[digest]
			local finding = image and overdue(image)
			if seen[name] then
				return nil
			end
			seen[name] = true
			if not digest then
				out[#out + 1] = { message = "image '" .. name .. "' was not scanned: it has no digest, by which scanners report",
					platform = "guardrails.scanReport" }
			elseif not image then
				out[#out + 1] = { message = "image '" .. name .. "' was not scanned: " .. path .. " has nothing of " .. digest,
					platform = "guardrails.scanReport" }
			elseif finding then
				out[#out + 1] = {
					message = "image '" .. name .. "' has the critical finding " .. finding.id .. ", due "
						.. (finding.due or image.scanned),
					platform = "guardrails.scanReport",
				}
			end
		end)
		return out
	end,
}
