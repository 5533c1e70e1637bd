/* SPDX-License-Identifier: Apache-2.0 */
/* near.c: names by edit distance, more of it allowed to longer names. */
#include "schema/near.h"

enum { SHORT = 4, MIDDLE = 8 };

struct near near_to(struct str want)
{
	int most = want.n <= SHORT ? 1 : want.n <= MIDDLE ? 2 : 3;

	return (struct near){ .want = want, .best = { "", 0 }, .distance = most + 1 };
}

void near_try(struct near *near, struct str name)
{
	size_t apart = near->want.n > name.n ? near->want.n - name.n : name.n - near->want.n;

	if (apart >= (size_t)near->distance || (size_t)near->distance > name.n + 1)
		return;

	int distance = str_distance(near->want, name, near->distance - 1);

	if (distance >= near->distance || (size_t)distance >= name.n)
		return;
	near->distance = distance;
	near->best = name;
}
