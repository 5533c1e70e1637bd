/* SPDX-License-Identifier: Apache-2.0 */
/* window.c: days of the week, times of day, time zones. */
#include "ground/window.h"

#include "ground/zone.h"
#include "tree/number.h"

enum { DAY = 86400, LOOK_DAYS = 9 };

static const char *const days[] = { "sun", "mon", "tue", "wed", "thu", "fri", "sat" };

/* The window opens on the local day number day (days since 1970-01-01, a Thursday). */
static bool opens_on(const struct node *maintenance, int64_t day)
{
	const char *name = days[(day + 4) % 7];
	const struct node *list = node_at(maintenance, "days");

	if (list)
		node_each(d, list) if (str_is(d->text, name)) return true;
	return false;
}

/* Seconds after midnight of "HH:MM". */
static int64_t seconds_of(struct str start)
{
	int64_t h = 0, m = 0;

	if (start.n != 5)
		return 0;
	h = (start.p[0] - '0') * 10 + start.p[1] - '0';
	m = (start.p[3] - '0') * 10 + start.p[4] - '0';
	return h * 3600 + m * 60;
}

struct window window_at(const struct node *maintenance, int64_t wall)
{
	struct window w = { false, 0, INT64_MAX };
	struct str zone = node_text(maintenance, "timezone");
	int64_t start = seconds_of(node_text(maintenance, "start")), length = 0;
	int64_t today;

	if (!maintenance || duration_parse(node_text(maintenance, "duration"), &length))
		return w;
	today = (wall + zone_offset(zone, wall)) / DAY;
	/* one that opened yesterday may still be open */
	for (int64_t day = today - 1; day < today + LOOK_DAYS; day++) {
		int64_t opens = zone_moment(zone, day, start);

		if (!opens_on(maintenance, day) || opens + length <= wall)
			continue;
		if (opens <= wall)
			return (struct window){ true, opens + length, 0 };
		w.opens = opens;
		return w;
	}
	return w;
}
