-- SPDX-License-Identifier: Apache-2.0
-- Tests of people.lua. What looks like a secret here was never one.

local function labelled(labels)
	return {
		labels = { owner = { team = "a", cost = "b" } },
		objects = { Service = { { kind = "Service", metadata = { name = "db", labels = labels } } } },
	}
end

test "every object says whose it is" (function(t)
	t.passes("owner-labels", labelled({ team = "a", cost = "b", more = "c" }))
	t.denies("owner-labels", labelled({ team = "a" }), "label cost is missing")
	local guest = labelled({ team = "a" })
	guest.spec = { labels = { cost = "written by the host" } }
	t.passes("owner-labels", guest)
	t.denies("owner-labels", labelled(nil))
end)

local function team(production, on_call)
	return {
		environment = { production = production }, spec = { team = "a" }, team = { onCall = on_call },
		platform = { teams = { a = map({}) } },
	}
end

test "somebody is called" (function(t)
	t.passes("on-call", team(true, "rota"))
	t.passes("on-call", team(false, nil))
	t.denies("on-call", team(true, nil), "names nobody")
end)

local function intent(text)
	return { intent = { spec = { databases = { { name = "db", settings = { x = text } } } } }, guests = {} }
end

test "secrets are found by their form" (function(t)
	local stem = "ABCDEFGHIJKLMNOP"
	t.denies("no-secrets", intent("AKIA" .. stem), "an AWS access key id")
	t.denies("no-secrets", intent("-----BEGIN " .. "PRIVATE KEY-----"), "a private key")
	t.denies("no-secrets", intent("postgres://app:hunter2@db/x"), "an address with a password")
	t.denies("no-secrets", intent("host=db Password=hunter2"), "a password")
	t.denies("no-secrets", intent("glpat-" .. stem), "a GitLab token")
	t.denies("no-secrets", intent("SCRAM-SHA-256$4096:abcd"), "a password verifier")
	t.denies("no-secrets", { intent = { spec = { labels = { ["glpat-" .. stem] = "x" } } }, guests = {} }, "a key looks like")
end)

test "and by how random they are" (function(t)
	t.denies("no-secrets", intent("x9Kq2LmV8tR4wZ7b"), "random letters and digits")
	t.denies("no-secrets", intent("9f8a7b6c5d4e3f2a1b0c9d8e7f6a5b4c"), "random letters and digits")
	t.denies("no-secrets", intent("key " .. "Zm9vYmFyMTIzNDU2Nzg5MGFiY2RlZg"), "random letters and digits")
end)

test "and by what people make of words" (function(t)
	t.denies("no-secrets", intent("our login is Tr0ub4dor&3xKq9!zP (Ada knows)"), "a password")
	t.denies("no-secrets", intent("P@ssw0rd123!"), "a password")
	t.passes("no-secrets", intent("com.acme.OrderService$Inner1$Builder2"))
	t.passes("no-secrets", intent("Ada.Lovelace1@Example-2.com"))
	t.passes("no-secrets", intent("https://wiki.example.com/Databases/On-Call/Runbook2026"))
	t.passes("no-secrets", intent("3f786850e387550fdab836ed7e6dc881de23001b"))
end)

test "words, names, dates and numbers are no secrets" (function(t)
	local plain = {
		"select coalesce(sum(amount), 0) = 0 from ledger.entries",
		"base_000000010000000000000042", "00000001000000A3000000FE", "orders-api-internal-service-2026",
		"2026-03-01T06:00:00Z", "arn:aws:iam::123456789012:role/postgres-team-orders", "pagerduty:shop-core",
		"0 19 * * mon-fri", "https://wiki.example.com/howdah/runbooks", "registry.example.com:5000/mirror/image",
		"PGBOUNCER_CONFIGURATION_2026", "password", "rotate-2026-03", "Europe/Berlin", "team_reporting_v2_2026_q1_final",
	}
	for i = 1, #plain do
		t.passes("no-secrets", intent(plain[i]))
	end
end)

test "it is not shown" (function(t)
	local token = "ghp_" .. "abcdefghijklmnopqrstuvwxyz0123456789"
	t.denies("no-secrets", intent(token), "it is not shown")
	t.fails(function()
		t.denies("no-secrets", intent(token), token)
	end, "which has no")
end)

test "and by the key they stand under" (function(t)
	local function under(key, value)
		return { intent = { spec = { annotations = { [key] = value } } }, guests = {} }
	end
	t.denies("no-secrets", under("db-Password", "hunter"), "a password")
	t.denies("no-secrets", under("passphrase", "correcthorse"), "a password")
	t.passes("no-secrets", under("password-rotation", "each quarter"))
	t.passes("no-secrets", under("note", "correcthorse"))
end)

test "databases of guests are looked at, too" (function(t)
	local c = intent("fine")
	c.guests = { { namespace = "a", name = "b", spec = { x = "token=abc" } } }
	t.denies("no-secrets", c, "database a/b")
end)
