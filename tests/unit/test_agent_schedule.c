/* SPDX-License-Identifier: Apache-2.0 */
/* test_agent_schedule.c: due times of cron schedules, across months, leap days and changes of
 * clocks. */
#include "check.h"
#include "ground/schedule.h"
#include "tree/number.h"

static int64_t at(const char *time)
{
	struct instant i = { 0, 0 };

	CHECK(time_parse(str_of(time), &i) == NULL);
	return i.seconds;
}

/* 2026-01-04 is a Sunday. */
static const struct {
	const char *cron, *zone, *now, *last, *next;
} rows[] = {
	{ "45 0 * * *", "UTC", "2026-01-04T00:44:59Z", "2026-01-03T00:45:00Z",
	  "2026-01-04T00:45:00Z" },
	{ "45 0 * * *", "UTC", "2026-01-04T00:45:00Z", "2026-01-04T00:45:00Z",
	  "2026-01-05T00:45:00Z" },
	{ "*/15 6-8 * * *", "UTC", "2026-01-04T08:46:00Z", "2026-01-04T08:45:00Z",
	  "2026-01-05T06:00:00Z" },
	{ "0 5 * * 6", "UTC", "2026-01-04T12:00:00Z", "2026-01-03T05:00:00Z",
	  "2026-01-10T05:00:00Z" },
	{ "0 5 * * sun", "UTC", "2026-01-04T12:00:00Z", "2026-01-04T05:00:00Z",
	  "2026-01-11T05:00:00Z" },
	/* a day of the month or a day of the week, since both are limited */
	{ "0 5 1 * 6", "UTC", "2026-01-02T12:00:00Z", "2026-01-01T05:00:00Z",
	  "2026-01-03T05:00:00Z" },
	/* and both, since one of them is every day */
	{ "0 5 1 * *", "UTC", "2026-01-02T12:00:00Z", "2026-01-01T05:00:00Z",
	  "2026-02-01T05:00:00Z" },
	{ "0 5 */1 * 6", "UTC", "2026-01-02T12:00:00Z", "2025-12-27T05:00:00Z",
	  "2026-01-03T05:00:00Z" },
	{ "0 0 29 2 *", "UTC", "2026-01-02T12:00:00Z", "2024-02-29T00:00:00Z",
	  "2028-02-29T00:00:00Z" },
	{ "0 0 31 1,12 *", "UTC", "2026-02-01T00:00:00Z", "2026-01-31T00:00:00Z",
	  "2026-12-31T00:00:00Z" },
	{ "0 3 * * *", "Europe/Berlin", "2026-01-04T01:59:59Z", "2026-01-03T02:00:00Z",
	  "2026-01-04T02:00:00Z" },
	{ "0 3 * * *", "Europe/Berlin", "2026-07-04T01:00:00Z", "2026-07-04T01:00:00Z",
	  "2026-07-05T01:00:00Z" },
	/* 2026-03-29 has no 02:30 in Berlin: an hour later by the old time */
	{ "30 2 * * *", "Europe/Berlin", "2026-03-29T01:30:00Z", "2026-03-29T01:30:00Z",
	  "2026-03-30T00:30:00Z" },
	/* 2026-10-25 has two: the first counts, once */
	{ "30 2 * * *", "Europe/Berlin", "2026-10-25T00:30:00Z", "2026-10-25T00:30:00Z",
	  "2026-10-26T01:30:00Z" },
	/* local midnight is another day in UTC */
	{ "0 0 1 * *", "Asia/Tokyo", "2026-01-31T15:00:00Z", "2026-01-31T15:00:00Z",
	  "2026-02-28T15:00:00Z" },
	{ "0 0 1 * *", "America/New_York", "2026-01-01T04:59:59Z", "2025-12-01T05:00:00Z",
	  "2026-01-01T05:00:00Z" },
	{ "59 23 * * *", "UTC", "2026-01-01T00:00:00Z", "2025-12-31T23:59:00Z",
	  "2026-01-01T23:59:00Z" },
};

int main(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct str cron = str_of(rows[i].cron), zone = str_of(rows[i].zone);
		int64_t now = at(rows[i].now);

		if (!CHECK(schedule_last(cron, zone, now) == at(rows[i].last)) |
		    !CHECK(schedule_next(cron, zone, now) == at(rows[i].next)))
			(void)printf("#   row %zu: %s %s at %s: %lld, %lld\n", i, rows[i].cron,
				     rows[i].zone, rows[i].now,
				     (long long)schedule_last(cron, zone, now),
				     (long long)schedule_next(cron, zone, now));
	}
	CHECK(schedule_last(str_of("nonsense"), str_of("UTC"), 1767225600) == 0);
	CHECK(schedule_next(str_of("@daily"), str_of("UTC"), 1767225600) == INT64_MAX);
	CHECK(schedule_last(str_of("0 0 29 2 *"), str_of("UTC"), 1000) == 0);
	return check_done("agent_schedule");
}
