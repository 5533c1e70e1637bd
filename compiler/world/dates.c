/* SPDX-License-Identifier: Apache-2.0 */
/* dates.c: finding days in texts, and telling where they stand. */
#include "world/dates.h"

#include <stdbool.h>

#include "tree/number.h"

enum { DAY_LENGTH = 10 };

enum date_state dates_state(struct str day, struct str as_of)
{
	int64_t then = 0, now = 0;

	if (date_parse(day, &then) || date_parse(as_of, &now))
		return DATE_FAR;
	if (then < now)
		return DATE_PAST;
	return then - now <= DATES_NEAR ? DATE_NEAR : DATE_FAR;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* A day begins at this dash's year. */
static bool is_day(struct str text, size_t dash)
{
	return dash >= 4 && dash + 6 <= text.n && text.p[dash + 3] == '-' &&
	       is_digit(text.p[dash - 1]) && is_digit(text.p[dash + 1]);
}

void dates_add(struct hasher *h, struct str text, struct str as_of)
{
	for (size_t i = 0; i < text.n; i++) {
		enum date_state state;
		char c;

		if (text.p[i] != '-' || !is_day(text, i))
			continue;
		state = dates_state(str_cut(text, i - 4, i - 4 + DAY_LENGTH), as_of);
		c = (char)('0' + (int)state);
		hasher_add(h, (struct str){ &c, 1 });
	}
}
