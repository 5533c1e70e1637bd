-- SPDX-License-Identifier: Apache-2.0
-- Tests of sizing.lua: the worked example of PGTune, the small and the large end, and that every budget fits.

local GI = 1024 * 1024 * 1024

local function input(memory, millis, volume, workload, major)
	return {
		memory = memory, millis = millis, volume = volume, workload = workload,
		disk = "ssd", major = major, connections = 0,
	}
end

test "the worked example: 16 GiB, 4 cores, web, 200 connections" (function(t)
	local i = input(16 * GI, 4000, 200 * GI, "web", 17)
	local p = sizing.parameters(i, 200)
	t.equal(sizing.max_connections(i), 200)
	t.equal(sizing.shared_buffers(i), 4096)
	t.equal(p.effective_cache_size, "12288MB")
	t.equal(p.maintenance_work_mem, "1024MB")
	t.equal(p.work_mem, "20164kB")
	t.equal(p.max_wal_size, "4096MB")
	t.equal(p.max_parallel_workers, 4)
	t.equal(p.max_parallel_workers_per_gather, 2)
	t.equal(p.effective_io_concurrency, 200)
end)

test "a small container gets few connections and the floors" (function(t)
	local i = input(GI // 2, 250, 5 * GI, "web", 17)
	t.equal(sizing.max_connections(i), 42)
	t.equal(sizing.shared_buffers(i), 128)
	t.equal(sizing.parameters(i, 42).work_mem, "4096kB")
	t.equal(sizing.parameters(i, 42).max_wal_size, "512MB")
end)

test "WAL and slots never outgrow the volume" (function(t)
	local p = sizing.parameters(input(64 * GI, 16000, 100 * GI, "oltp", 17), 300)
	t.equal(p.max_wal_size, "8192MB")
	t.equal(p.max_slot_wal_keep_size, "20480MB")
	t.equal(sizing.parameters(input(GI, 1000, 10 * GI, "oltp", 17), 80).max_wal_size, "1024MB")
end)

test "parameters follow the major version" (function(t)
	t.equal(sizing.parameters(input(4 * GI, 2000, 50 * GI, "web", 15), 200).reserved_connections, nil)
	t.equal(sizing.parameters(input(4 * GI, 2000, 50 * GI, "web", 16), 200).reserved_connections, 10)
	t.equal(sizing.parameters(input(4 * GI, 2000, 50 * GI, "web", 17), 200).io_method, nil)
	t.equal(sizing.parameters(input(4 * GI, 2000, 50 * GI, "web", 18), 200).io_method, "worker")
end)

test "guests add their slots" (function(t)
	local i = input(16 * GI, 4000, 200 * GI, "web", 17)
	i.connections = 30
	t.equal(sizing.max_connections(i), 230)
end)

test "half of the connections busy fits the limit, from 512 MiB to 256 GiB" (function(t)
	local memory = GI // 2
	while memory <= 256 * GI do
		for _, workload in ipairs({ "web", "oltp", "dw", "mixed" }) do
			local i = input(memory, 2000, 100 * GI, workload, 17)
			local b = sizing.budget(i, sizing.max_connections(i))
			t.equal({ workload, memory, b.total <= b.limit }, { workload, memory, true })
		end
		memory = memory * 2
	end
end)

test "an unknown workload is an error" (function(t)
	t.fails(function() return sizing.max_connections(input(GI, 1000, GI, "games", 17)) end)
end)

test "poolers share what is left, one pod more than declared" (function(t)
	t.equal(sizing.pool_share(200, 0, 2), 56)
	t.equal(sizing.pool_share(40, 20, 2), 1)
end)
