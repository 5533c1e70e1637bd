/* SPDX-License-Identifier: Apache-2.0 */
/* test_agent_state.c: drills, keys and the disk: what is told of them. */
#include "agent_fixture.h"
#include "decide/decide.h"

static struct orders *orders;

static void drills(void)
{
	static const struct {
		const char *status;
		enum reason reason;
	} cases[] = {
		{ "{}", REASON_DrillAwaited },
		{ "{\"drills\":{\"next\":\"2026-01-03T05:00:00Z\"}}", REASON_DrillAwaited },
		{ "{\"drills\":{\"last\":\"2025-12-31T05:00:00Z\",\"results\":[{\"started\":"
		  "\"2025-12-31T04:50:00Z\",\"result\":\"Passed\"}]}}",
		  REASON_DrillPassed },
		{ "{\"drills\":{\"last\":\"2025-12-24T05:00:00Z\",\"results\":[{\"started\":"
		  "\"2025-12-31T04:50:00Z\",\"result\":\"Failed\",\"message\":\"x\"}]}}",
		  REASON_DrillFailed },
		/* thresholds.drillAge is 16 days */
		{ "{\"drills\":{\"last\":\"2025-12-15T00:00:01Z\"}}", REASON_DrillOld },
		{ "{\"drills\":{\"last\":\"2025-12-16T00:00:00Z\"}}", REASON_DrillPassed },
		{ "{\"drills\":{\"last\":7,\"results\":\"none\"}}", REASON_DrillAwaited },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct world w;
		struct round r;

		world_begin(&w, orders);
		w.record.status = world_json(w.arena, cases[i].status);
		r = world_decide(&w, decide_drills);
		if (!CHECK(r.conditions[CONDITION_RestoreProven].reason == cases[i].reason))
			(void)printf("#   %s\n", cases[i].status);
		world_end(&w);
	}
}

static void keys(void)
{
	struct world w;
	struct round r;

	world_begin(&w, orders);
	r = world_decide(&w, decide_keys);
	CHECK(r.conditions[CONDITION_KeysMissing].reason == REASON_KeysThere);
	w.keys.awaited = str_of("shared-system/superuser-password");
	r = world_decide(&w, decide_keys);
	CHECK(r.conditions[CONDITION_KeysMissing].reason == REASON_KeysAwaited);
	w.keys.backup_key = str_of("shared-backup-key");
	r = world_decide(&w, decide_keys);
	CHECK(r.conditions[CONDITION_KeysMissing].reason == REASON_BackupKeyGone);
	w.facts.sight[FACT_keys].at_ms = 0;
	r = world_decide(&w, decide_keys);
	CHECK(r.conditions[CONDITION_KeysMissing].reason == REASON_none);
	world_end(&w);
}

/* When the disk is full. */
static void disk(void)
{
	static const struct {
		struct fact_disk disk;
		int64_t in; /* seconds from now, -1: nothing is said */
	} cases[] = {
		{ { .size = 1 << 30, .used = 1 << 29 }, -1 },
		{ { .size = 1 << 30, .used = 1 << 29, .since = WALL - 200 }, -1 },
		{ { .size = 1 << 30,
		    .used = 1 << 29,
		    .since = WALL - 600,
		    .since_used = (1 << 29) - (1 << 26) },
		  4799 },
		{ { .size = 1 << 30, .used = 1 << 29, .since = WALL - 600, .since_used = 1 << 29 },
		  -1 },
		/* the older of two moments counts */
		{ { .size = 1 << 30,
		    .used = 1 << 29,
		    .since = WALL - 10,
		    .since_used = 1 << 29,
		    .before = WALL - 1200,
		    .before_used = 1 << 28 },
		  2399 },
		/* a kilobyte in ten minutes fills a terabyte in more than a year */
		{ { .size = INT64_C(1) << 40,
		    .used = 2048,
		    .since = WALL - 600,
		    .since_used = 1024 },
		  -1 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		int64_t at = disk_full_at(&cases[i].disk, WALL);

		if (!CHECK(at == (cases[i].in < 0 ? 0 : WALL + cases[i].in)))
			(void)printf("#   case %zu: %lld\n", i, (long long)(at - WALL));
	}
}

int main(void)
{
	struct arena *a = arena_new();
	struct orders_reader *reader = orders_reader_new();

	orders = world_orders(reader, a);
	drills();
	keys();
	disk();
	orders_free(orders);
	orders_reader_free(reader);
	arena_free(a);
	return check_done("agent_state");
}
