/* SPDX-License-Identifier: Apache-2.0 */
/* test_agent_window.c: when maintenance may begin, across days, weeks and changes of clocks. */
#include "check.h"
#include "ground/window.h"
#include "ground/zone.h"
#include "tree/json_in.h"
#include "tree/number.h"

static int64_t at(const char *time)
{
	struct instant i = { 0, 0 };

	CHECK(time_parse(str_of(time), &i) == NULL);
	return i.seconds;
}

#define SUN "{\"days\":[\"sun\"],\"start\":\"02:00\",\"duration\":\"4h\",\"timezone\":\"UTC\"}"
#define LATE                                                                                       \
	"{\"days\":[\"fri\",\"sat\"],\"start\":\"23:30\",\"duration\":\"2h\","                     \
	"\"timezone\":\"Europe/Berlin\"}"
#define WHOLE "{\"days\":[\"mon\"],\"start\":\"00:00\",\"duration\":\"24h\",\"timezone\":\"UTC\"}"
#define GAP                                                                                        \
	"{\"days\":[\"sun\"],\"start\":\"02:30\",\"duration\":\"1h\","                             \
	"\"timezone\":\"Europe/Berlin\"}"

/* 2026-01-04 is a Sunday. */
static const struct {
	const char *window, *now;
	bool open;
	const char *edge; /* when it closes, or opens */
} rows[] = {
	{ SUN, "2026-01-04T01:59:59Z", false, "2026-01-04T02:00:00Z" },
	{ SUN, "2026-01-04T02:00:00Z", true, "2026-01-04T06:00:00Z" },
	{ SUN, "2026-01-04T05:59:59Z", true, "2026-01-04T06:00:00Z" },
	{ SUN, "2026-01-04T06:00:00Z", false, "2026-01-11T02:00:00Z" },
	/* over midnight, into a day that is not listed */
	{ LATE, "2026-01-02T22:30:00Z", true, "2026-01-03T00:30:00Z" },
	{ LATE, "2026-01-04T00:00:00Z", true, "2026-01-04T00:30:00Z" },
	{ LATE, "2026-01-04T00:30:00Z", false, "2026-01-09T22:30:00Z" },
	/* in summer Berlin is another hour ahead */
	{ LATE, "2026-07-03T21:29:59Z", false, "2026-07-03T21:30:00Z" },
	{ WHOLE, "2026-01-05T23:59:59Z", true, "2026-01-06T00:00:00Z" },
	{ WHOLE, "2026-01-06T00:00:00Z", false, "2026-01-12T00:00:00Z" },
	/* 2026-03-29 has no 02:30 in Berlin; the window still opens, at 03:30 by the new time */
	{ GAP, "2026-03-28T12:00:00Z", false, "2026-03-29T01:30:00Z" },
	/* 2026-10-25 has two: the first counts */
	{ GAP, "2026-10-24T12:00:00Z", false, "2026-10-25T00:30:00Z" },
};

int main(void)
{
	struct arena *a = arena_new();
	const char *why = NULL;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct node *n =
		    json_read(a, str_of(rows[i].window), (struct pos){ 0 }, &why);
		struct window w = window_at(n, at(rows[i].now));
		int64_t edge = w.open ? w.ends : w.opens;

		if (!CHECK(w.open == rows[i].open && edge == at(rows[i].edge)))
			(void)printf("#  row %zu: %d %lld, not %lld\n", i, w.open, (long long)edge,
				     (long long)at(rows[i].edge));
	}
	CHECK(!window_at(NULL, 0).open && window_at(NULL, 0).opens == INT64_MAX);
	CHECK(zone_offset(str_of("Asia/Kathmandu"), 0) == 5 * 3600 + 1800);
	CHECK(zone_offset(str_of("Asia/Kathmandu"), at("2026-01-01T00:00:00Z")) == 5 * 3600 + 2700);
	CHECK(zone_offset(str_of("America/New_York"), at("2026-01-01T00:00:00Z")) == -5 * 3600);
	CHECK(zone_offset(str_of("Nowhere/Land"), 0) == 0);
	arena_free(a);
	return check_done("agent_window");
}
