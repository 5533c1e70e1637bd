-- SPDX-License-Identifier: Apache-2.0
-- Tests of images.lua.

local DIGEST = "sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"

local function running(image, more)
	local pod = { spec = { containers = { { name = "postgres", image = image } } } }
	local set = { kind = "StatefulSet", metadata = { name = "db" }, spec = { template = pod } }
	local c = {
		images = {
			set = "one", postgres = { reference = "ghcr.io/a/pg:1" }, pooler = { reference = "b" },
			exporter = { reference = "c" }, agent = { reference = "d" },
		},
		platform = map({}),
		objects = { StatefulSet = { set } },
	}
	return std.merge({ c, more or map({}) })
end

test "images that the set does not know have a digest" (function(t)
	t.passes("image-digest", running("ghcr.io/a/pg:1"))
	t.passes("image-digest", running("quay.io/x:1@" .. DIGEST))
	t.denies("image-digest", running("quay.io/x:1"), "no digest")
end)

test "images come from allowed registries" (function(t)
	local allowed = { platform = { guardrails = { registries = { "ghcr.io/a", "quay.io" } } } }
	t.passes("image-registry", running("docker.io/x:1"))
	t.passes("image-registry", running("ghcr.io/a/pg:1", allowed))
	t.passes("image-registry", running("quay.io/x:1@" .. DIGEST, allowed))
	t.denies("image-registry", running("ghcr.io/ab/pg:1", allowed), "none of the registries")
	t.denies("image-registry", running("docker.io/x:1", allowed))
	t.denies("image-registry", running("b", allowed), "images.registry names a mirror")
end)

local function set(fields)
	return running("x", { platform = { images = { sets = { one = fields } } } })
end

test "an image set ends" (function(t)
	t.on("2026-06-01")
	t.passes("image-supported", set(map({})))
	t.passes("image-supported", set({ endOfLife = "2026-06-01" }))
	t.denies("image-supported", set({ endOfLife = "2026-05-31" }), "until 2026-05-31")
end)

local function version(n, spec)
	return {
		spec = std.merge({ { version = n }, spec or map({}) }),
		contracts = { postgresql = { rows = { ["17"] = { endOfLife = "2029-11-08" } } } },
	}
end

test "a major version ends" (function(t)
	t.on("2029-11-08")
	t.passes("version-supported", version(17))
	t.passes("version-supported", version(99))
	t.on("2029-11-09")
	t.denies("version-supported", version(17), "2029-11-08")
	t.passes("version-supported", version(17, { retire = { step = "closing" } }))
end)

test "a platform allows some versions" (function(t)
	local function allowed(versions)
		return { spec = { version = 17 }, platform = { guardrails = { versions = versions } } }
	end
	t.passes("version-allowed", allowed(nil))
	t.passes("version-allowed", allowed({ 16, 17 }))
	t.denies("version-allowed", allowed({ 16, 18 }), "allows: 16, 18")
end)

test "a locale is in the image" (function(t)
	local function locale(name, contract)
		return {
			spec = { locale = name },
			images = { set = "one" },
			platform = { images = { sets = { one = { postgres = { contract = contract } } } } },
			contracts = { known = { constants = { locales = { value = { "C", "en_US.UTF-8" } } } }, other = { rows = map({}) } },
		}
	end
	t.passes("locale-in-image", locale("C", "known"))
	t.passes("locale-in-image", locale("en_US.utf8", "known"))
	t.passes("locale-in-image", locale("klingon", "other"))
	t.passes("locale-in-image", locale("klingon", nil))
	t.denies("locale-in-image", locale("en_US", "known"), "it has C, en_US.UTF-8")
end)

test "without a day nothing has ended" (function(t)
	t.passes("version-supported", version(17))
end)

local function scanned(image, findings)
	local reports = { ["reports/images.yaml"] = { images = { [DIGEST] = findings } } }
	return running(image, { reports = reports, platform = { guardrails = { scanReport = "reports/images.yaml" } } })
end

test "images are scanned, and what is critical is mended in time" (function(t)
	local image = "quay.io/x:1@" .. DIGEST
	local function found(severity, due)
		return { scanned = "2026-03-01", findings = { { id = "CVE-2026-1", severity = severity, due = due } } }
	end
	t.on("2026-03-10")
	t.passes("image-scan", running(image))
	t.passes("image-scan", scanned(image, { scanned = "2026-03-01" }))
	t.passes("image-scan", scanned(image, found("critical", "2026-03-10")))
	t.passes("image-scan", scanned(image, found("high", "2026-03-02")))
	t.denies("image-scan", scanned("quay.io/x:1", nil), "has no digest")
	t.denies("image-scan", scanned(image, found("critical", "2026-03-09")), "CVE-2026-1")
	t.denies("image-scan", scanned(image, found("critical", nil)), "due 2026-03-01")
	t.denies("image-scan", scanned(image, nil), "was not scanned")
end)
