-- SPDX-License-Identifier: Apache-2.0
-- sizing: PostgreSQL's parameters from memory, cores, volume and workload. Frozen with pod revision 1, so it uses no
-- other library. Memory and volume are counted in MB of 2^20 bytes; formulas after PGTune, adjusted to containers.

local sizing = {}

local GB = 1024
local UNIT = 1024 * 1024

local function min(a, b)
	return a < b and a or b
end

local function max(a, b)
	return a > b and a or b
end

local WORKLOADS = {
	web = { connections = 200, min_wal = 1 * GB, max_wal = 4 * GB, work_mem_divisor = 1 },
	oltp = { connections = 300, min_wal = 2 * GB, max_wal = 8 * GB, work_mem_divisor = 1 },
	dw = { connections = 40, min_wal = 4 * GB, max_wal = 16 * GB, work_mem_divisor = 2 },
	mixed = { connections = 100, min_wal = 1 * GB, max_wal = 4 * GB, work_mem_divisor = 2 },
}

local IO_CONCURRENCY = { hdd = 2, ssd = 200, san = 300, nvme = 1000 }

-- Slots that no application may take: PostgreSQL's own reserve, the agent, the exporter, replication, KEDA, a migration.
sizing.SUPERUSER_RESERVED = 5
sizing.RESERVED = 10
sizing.HEADROOM = 15

-- Input of every function below:
--   memory, volume: bytes; millis: thousandths of a core; workload, disk: names; major: PostgreSQL's major version;
--   connections: slots promised to guests, added to the workload's.
local function facts(input)
	local workload = WORKLOADS[input.workload]
	if not workload then
		error("no sizing for workload " .. input.workload)
	end
	return {
		workload = workload,
		memory = input.memory // UNIT,
		volume = input.volume // UNIT,
		cores = max(1, (input.millis + 999) // 1000),
	}
end

-- Connection slots: what the workload wants, never more than one per 12 MB of memory.
function sizing.max_connections(input)
	local f = facts(input)
	return max(40, min(f.workload.connections + input.connections, f.memory // 12))
end

-- shared_buffers in MB: a quarter of the memory, capped where more no longer pays.
function sizing.shared_buffers(input)
	return max(32, min(facts(input).memory // 4, 32 * GB))
end

function sizing.workers(input)
	return max(8, facts(input).cores + 4)
end

local function maintenance_work_mem(input)
	local f = facts(input)
	if input.workload == "dw" then
		return max(16, min(f.memory // 8, 8 * GB))
	end
	return max(16, min(f.memory // 16, 2 * GB))
end

local function autovacuum_workers(cores)
	if cores >= 32 then
		return 5
	end
	return cores >= 16 and 4 or 3
end

local function autovacuum_work_mem(input)
	local f = facts(input)
	local share = f.memory // (16 * autovacuum_workers(f.cores))
	return max(8, min(min(maintenance_work_mem(input), 2 * GB), share))
end

-- work_mem in kB.
local function work_mem(input, connections)
	local f = facts(input)
	local spare = (f.memory - sizing.shared_buffers(input)) * 1024
	local share = spare // ((connections + sizing.workers(input)) * 3)
	return max(4096, share // f.workload.work_mem_divisor)
end

-- max_wal_size in MB: WAL lives on the data volume and may take a tenth of it.
local function max_wal_size(input)
	local f = facts(input)
	return max(256, min(f.workload.max_wal, f.volume // 10))
end

-- The WAL that a slot may hold back, in MB: a fifth of the volume, so never without a bound and never half of the disk.
local function slot_wal(input)
	return max(512, facts(input).volume // 5)
end

-- /dev/shm in bytes, for parallel query.
function sizing.shared_memory(input)
	return max(64, min(facts(input).memory // 16, GB)) * UNIT
end

-- Parameters that count at server start only and stand in the pod template.
function sizing.restart_parameters(input)
	local connections = sizing.max_connections(input)
	return {
		max_connections = connections,
		max_locks_per_transaction = 64,
		max_prepared_transactions = 0,
		max_replication_slots = 20,
		max_wal_senders = 20,
		max_worker_processes = sizing.workers(input),
		track_commit_timestamp = "off",
		wal_level = "replica",
	}
end

local function memory_parameters(input, connections)
	local f = facts(input)
	return {
		autovacuum_work_mem = autovacuum_work_mem(input) .. "MB",
		effective_cache_size = (f.memory * 3 // 4) .. "MB",
		maintenance_work_mem = maintenance_work_mem(input) .. "MB",
		temp_file_limit = max(1 * GB, f.volume // 10) .. "MB",
		work_mem = work_mem(input, connections) .. "kB",
	}
end

local function wal_parameters(input)
	return {
		checkpoint_completion_target = "0.9",
		checkpoint_timeout = "15min",
		max_slot_wal_keep_size = slot_wal(input) .. "MB",
		max_wal_size = max_wal_size(input) .. "MB",
		min_wal_size = min(facts(input).workload.min_wal, max_wal_size(input) // 2) .. "MB",
		wal_compression = "lz4",
		wal_keep_size = min(1024, max(128, max_wal_size(input) // 8)) .. "MB",
	}
end

local function io_concurrency(input)
	if input.major >= 18 then
		return min(256, IO_CONCURRENCY[input.disk])
	end
	return IO_CONCURRENCY[input.disk]
end

local function planner_parameters(input)
	local f = facts(input)
	local gather = f.cores < 4 and 2 or (f.cores + 1) // 2
	return {
		default_statistics_target = input.workload == "dw" and 500 or 100,
		effective_io_concurrency = io_concurrency(input),
		jit = input.workload == "dw" and "on" or "off",
		max_parallel_maintenance_workers = min(4, max(1, (f.cores + 1) // 2)),
		max_parallel_workers = f.cores,
		max_parallel_workers_per_gather = input.workload == "dw" and gather or min(4, gather),
		random_page_cost = input.disk == "hdd" and "4" or "1.1",
	}
end

local function vacuum_parameters(input)
	return {
		autovacuum_analyze_scale_factor = "0.02",
		autovacuum_max_workers = autovacuum_workers(facts(input).cores),
		autovacuum_vacuum_cost_limit = input.disk == "hdd" and 200 or 2000,
		autovacuum_vacuum_scale_factor = "0.05",
	}
end

local function version_parameters(input)
	local out = { huge_pages = "off", superuser_reserved_connections = sizing.SUPERUSER_RESERVED }
	if input.major >= 16 then
		out.reserved_connections = sizing.RESERVED
	end
	if input.major >= 18 then
		out.idle_replication_slot_timeout = "1d"
		out.io_method = "worker"
	end
	if input.workload ~= "dw" then
		out.idle_in_transaction_session_timeout = "10min"
	end
	return out
end

-- Parameters that the agent keeps in Patroni's dynamic configuration, `connections` being the final max_connections.
function sizing.parameters(input, connections)
	local out = {}
	local parts = {
		memory_parameters(input, connections), wal_parameters(input), planner_parameters(input),
		vacuum_parameters(input), version_parameters(input),
	}
	for i = 1, #parts do
		for k, v in pairs(parts[i]) do
			out[k] = v
		end
	end
	return out
end

-- What the postgres container needs with half of its connections busy, in MB, part by part.
function sizing.budget(input, connections)
	local f = facts(input)
	local busy = (connections + 1) // 2
	local parts = {
		autovacuum = autovacuum_workers(f.cores) * autovacuum_work_mem(input),
		busyConnections = busy * (5 * 1024 + work_mem(input, connections)) // 1024,
		idleConnections = (connections - busy) * 2,
		runtimeFiles = 32,
		sharedBuffers = sizing.shared_buffers(input),
		sharedMemory = sizing.shared_memory(input) // UNIT,
	}
	local total = 0
	for _, v in pairs(parts) do
		total = total + v
	end
	parts.total = total
	parts.limit = f.memory
	return parts
end

-- Server connections that one pooler pod may open, with one pod more than declared for the roll of the poolers.
function sizing.pool_share(connections, direct, poolers)
	local usable = connections - sizing.SUPERUSER_RESERVED - sizing.RESERVED - sizing.HEADROOM - direct
	return max(1, usable // (poolers + 1))
end

return sizing
