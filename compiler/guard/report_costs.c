/* SPDX-License-Identifier: Apache-2.0 */
/* report_costs.c: what a change costs each team. */
#include <stdlib.h>

#include "guard/report.h"
#include "judge/cost.h"

void report_amount(struct buf *out, int64_t micros, bool sign)
{
	if (micros < 0)
		buf_char(out, '-');
	else if (sign && micros)
		buf_char(out, '+');
	cost_print(out, micros < 0 ? -micros : micros, true);
}

static int by_team(const void *x, const void *y)
{
	return str_cmp(((const struct report_cost *)x)->team,
		       ((const struct report_cost *)y)->team);
}

/* Sums what stands beside each other under one name, and drops what stays the same. */
static size_t sum(struct report_cost *list, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0, next = 0; i < n; i = next) {
		struct report_cost all = list[i];

		for (next = i + 1; next < n && str_eq(list[next].team, all.team); next++) {
			all.was += list[next].was;
			all.is += list[next].is;
		}
		if (all.was != all.is)
			list[kept++] = all;
	}
	return kept;
}

const struct report_costs *report_costs_of(struct arena *a, struct report_cost *rows, size_t n,
					   struct str currency)
{
	struct report_costs *costs = NEW(a, struct report_costs);

	if (n)
		qsort(rows, n, sizeof(*rows), by_team);
	*costs = (struct report_costs){ currency, rows, sum(rows, n) };
	return costs->n ? costs : NULL;
}
