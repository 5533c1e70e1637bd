/* SPDX-License-Identifier: Apache-2.0 */
/* zone.c: the C library's time zones, asked for one zone at a time. */
#include "ground/zone.h"

#include <stdlib.h>
#include <time.h>

enum { DAY = 86400 };

/* Days since 1970-01-01 of a date of the Gregorian calendar. */
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
	int64_t y = month > 2 ? year : year - 1, m = month > 2 ? month - 3 : month + 9;
	int64_t era = (y >= 0 ? y : y - 399) / 400, of_era = y - era * 400;
	int64_t of_year = (153 * m + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

int64_t zone_offset(struct str zone, int64_t wall)
{
	time_t t = (time_t)wall;
	struct tm local = { 0 };
	char name[64] = ":";

	if (zone.n == 0 || zone.n >= sizeof(name) - 1 || str_is(zone, "UTC"))
		return 0;
	memcpy(name + 1, zone.p, zone.n);
	/* nothing else of the agent asks for local time, and it has one thread */
	if (setenv("TZ", name, 1))
		return 0;
	tzset();
	if (!localtime_r(&t, &local))
		return 0;
	return days_of(local.tm_year + 1900, local.tm_mon + 1, local.tm_mday) * 86400 +
	       local.tm_hour * 3600L + local.tm_min * 60L + local.tm_sec - wall;
}

int64_t zone_moment(struct str zone, int64_t day, int64_t seconds)
{
	int64_t local = day * DAY + seconds;
	int64_t before = zone_offset(zone, local - DAY), at = local - before;
	int64_t offset = zone_offset(zone, at);

	return zone_offset(zone, local - offset) == offset ? local - offset : at;
}
