-- SPDX-License-Identifier: Apache-2.0
-- std: what templates and policies need beside the language: lists, maps, quantities in integers, text forms.

local std = {}

-- Lists and maps ---------------------------------------------------------------------------------------------------

function std.map(items, f)
	local out = list({})
	for i = 1, #items do
		out[i] = f(items[i], i)
	end
	return out
end

function std.filter(items, keep)
	local out = list({})
	for i = 1, #items do
		if keep(items[i]) then
			out[#out + 1] = items[i]
		end
	end
	return out
end

-- One list of all items of the given lists, in order.
function std.concat(lists)
	local out = list({})
	for i = 1, #lists do
		for j = 1, #lists[i] do
			out[#out + 1] = lists[i][j]
		end
	end
	return out
end

-- Whether value is an item; an absent list has none.
function std.contains(items, value)
	if items ~= nil then
		for i = 1, #items do
			if items[i] == value then
				return true
			end
		end
	end
	return false
end

-- Keys of a map, sorted bytewise (pairs is sorted in the sandbox).
function std.keys(fields)
	local out = list({})
	for k in pairs(fields) do
		out[#out + 1] = k
	end
	return out
end

function std.values(fields)
	local out = list({})
	for _, v in pairs(fields) do
		out[#out + 1] = v
	end
	return out
end

-- A sorted copy; `key` gives what to sort by and may be absent for plain values.
function std.sort(items, key)
	local out = std.map(items, function(v) return v end)
	table.sort(out, function(a, b)
		if key then
			return key(a) < key(b)
		end
		return a < b
	end)
	return out
end

-- A sorted copy without repetitions.
function std.unique(items)
	local seen, out = {}, list({})
	for i = 1, #items do
		if not seen[items[i]] then
			seen[items[i]] = true
			out[#out + 1] = items[i]
		end
	end
	return std.sort(out)
end

-- One map of the given maps, later ones win; not deep.
function std.merge(maps)
	local out = map({})
	for i = 1, #maps do
		for k, v in pairs(maps[i]) do
			out[k] = v
		end
	end
	return out
end

function std.is_empty(container)
	if container ~= nil then
		for _ in pairs(container) do
			return false
		end
	end
	return true
end

-- The container, or nil when nothing is in it: a key with it then drops.
function std.some(container)
	if std.is_empty(container) then
		return nil
	end
	return container
end

-- The integers 0, 1, ... for objects that exist once per ordinal.
function std.ordinals(count)
	local out = list({})
	for i = 1, count do
		out[i] = i - 1
	end
	return out
end

-- Integers ---------------------------------------------------------------------------------------------------------

function std.min(a, b)
	return a < b and a or b
end

function std.max(a, b)
	return a > b and a or b
end

function std.clamp(value, low, high)
	return std.max(low, std.min(value, high))
end

function std.ceil_div(a, b)
	return (a + b - 1) // b
end

-- Text -------------------------------------------------------------------------------------------------------------

function std.join(items, separator)
	local out = {}
	for i = 1, #items do
		out[i] = tostring(items[i])
	end
	return table.concat(out, separator)
end

local function digits(text)
	local n = 0
	if #text == 0 then
		return nil
	end
	for i = 1, #text do
		local d = string.byte(text, i) - 48
		if d < 0 or d > 9 then
			return nil
		end
		n = n * 10 + d
	end
	return n
end

-- A decimal number times `scale`, rounded up: ("1.5", 1000) is 1500. nil when it is not one.
local function scaled(text, scale)
	local dot = string.find_plain(text, ".")
	if not dot then
		local whole = digits(text)
		return whole and whole * scale
	end
	local whole = digits(string.sub(text, 1, dot - 1))
	local fraction = digits(string.sub(text, dot + 1))
	if not whole or not fraction then
		return nil
	end
	local unit = 1
	for _ = dot + 1, #text do
		unit = unit * 10
	end
	return whole * scale + std.ceil_div(fraction * scale, unit)
end

local BYTE_UNITS = {
	{ "Ki", 1024 }, { "Mi", 1024 * 1024 }, { "Gi", 1024 * 1024 * 1024 }, { "Ti", 1024 * 1024 * 1024 * 1024 },
	{ "k", 1000 }, { "M", 1000 * 1000 }, { "G", 1000 * 1000 * 1000 }, { "T", 1000 * 1000 * 1000 * 1000 },
}

-- Bytes of a Kubernetes quantity of memory or storage: "1.5Gi" is 1610612736.
function std.bytes(quantity)
	for i = 1, #BYTE_UNITS do
		local suffix, scale = BYTE_UNITS[i][1], BYTE_UNITS[i][2]
		if string.ends_with(quantity, suffix) then
			local n = scaled(string.sub(quantity, 1, #quantity - #suffix), scale)
			if n then
				return n
			end
		end
	end
	return scaled(quantity, 1) or error("not a quantity of bytes: " .. quantity)
end

-- The canonical quantity of a number of bytes, as the API server would write it: 1610612736 is "1536Mi".
function std.quantity(bytes)
	local units = { { "Gi", 1024 * 1024 * 1024 }, { "Mi", 1024 * 1024 }, { "Ki", 1024 } }
	for i = 1, #units do
		if bytes >= units[i][2] and bytes % units[i][2] == 0 then
			return (bytes // units[i][2]) .. units[i][1]
		end
	end
	return tostring(bytes)
end

-- Thousandths of a core: "500m" is 500, "1.5" is 1500.
function std.millis(cpu)
	if string.ends_with(cpu, "m") then
		return digits(string.sub(cpu, 1, #cpu - 1)) or error("not a quantity of cores: " .. cpu)
	end
	return scaled(cpu, 1000) or error("not a quantity of cores: " .. cpu)
end

-- The canonical quantity of thousandths of a core: 1500 is "1500m", 2000 is "2".
function std.cpu(millis)
	if millis % 1000 == 0 then
		return tostring(millis // 1000)
	end
	return millis .. "m"
end

local SECONDS = { s = 1, m = 60, h = 3600, d = 86400 }

-- Seconds of a duration such as "30s", "15m", "2h", "7d".
function std.seconds(duration)
	local unit = SECONDS[string.sub(duration, #duration)]
	local n = digits(string.sub(duration, 1, #duration - 1))
	if not unit or not n then
		error("not a duration: " .. duration)
	end
	return n * unit
end

-- Millionths of a decimal amount such as "22.50".
function std.micros(amount)
	return scaled(amount, 1000 * 1000) or error("not an amount: " .. amount)
end

-- Millionths as an amount with two places, rounded to the nearest: 22504999 is "22.50".
function std.money(micros)
	local cents = (micros + 5000) // 10000
	return cents // 100 .. "." .. string.format("%02d", cents % 100)
end

-- A short name for a long text: FNV-1a of 32 bits as 8 hexadecimal digits. Documented hashing, no protection.
function std.checksum(text)
	local h = 2166136261
	for i = 1, #text do
		h = ((h ~ string.byte(text, i)) * 16777619) % 4294967296
	end
	local out = {}
	for i = 8, 1, -1 do
		out[i] = string.sub("0123456789abcdef", h % 16 + 1, h % 16 + 1)
		h = h // 16
	end
	return table.concat(out)
end

return std
