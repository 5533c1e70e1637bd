/* SPDX-License-Identifier: Apache-2.0 */
/* schedule.c: days that a schedule names, then the times of such a day. */
#include "ground/schedule.h"

#include "ground/zone.h"
#include "tree/number.h"

enum {
	DAY = 86400,
	LOOK_DAYS = 8 * 366, /* 29 February comes again within eight years */
	MINUTES = 24 * 60,
};

/* Month (1 to 12) and day of the month of a day since 1970-01-01. */
static void date_of(int64_t day, int *month, int *mday)
{
	int64_t z = day + 719468, of_era = z % 146097;
	int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
	int64_t m = (5 * of_year + 2) / 153;

	*mday = (int)(of_year - (153 * m + 2) / 5 + 1);
	*month = (int)(m < 10 ? m + 3 : m - 9);
}

static bool names_day(const struct cron *c, int64_t day)
{
	int month, mday;
	bool by_date, by_week;

	date_of(day, &month, &mday);
	by_date = c->days >> mday & 1;
	by_week = c->weekdays >> ((day + 4) % 7) & 1; /* 1970-01-01 was a Thursday */
	return (c->months >> month & 1) && (c->both ? by_date && by_week : by_date || by_week);
}

static bool names_minute(const struct cron *c, int minute)
{
	return (c->hours >> (minute / 60) & 1) && (c->minutes >> (minute % 60) & 1);
}

int64_t schedule_last(struct str cron, struct str zone, int64_t wall)
{
	int64_t today = (wall + zone_offset(zone, wall)) / DAY;
	struct cron c;

	if (cron_read(cron, &c))
		return 0;
	for (int64_t day = today; day > today - LOOK_DAYS && day >= 0; day--) {
		if (!names_day(&c, day))
			continue;
		for (int minute = MINUTES - 1; minute >= 0; minute--) {
			int64_t at;

			if (!names_minute(&c, minute))
				continue;
			at = zone_moment(zone, day, minute * 60L);
			if (at <= wall)
				return at;
		}
	}
	return 0;
}

int64_t schedule_next(struct str cron, struct str zone, int64_t wall)
{
	int64_t today = (wall + zone_offset(zone, wall)) / DAY;
	struct cron c;

	if (cron_read(cron, &c))
		return INT64_MAX;
	for (int64_t day = today; day < today + LOOK_DAYS; day++) {
		if (!names_day(&c, day))
			continue;
		for (int minute = 0; minute < MINUTES; minute++) {
			int64_t at;

			if (!names_minute(&c, minute))
				continue;
			at = zone_moment(zone, day, minute * 60L);
			if (at > wall)
				return at;
		}
	}
	return INT64_MAX;
}
