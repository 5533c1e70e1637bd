/* SPDX-License-Identifier: Apache-2.0 */
/* decide.c: a pause is a lease; files are taken when they changed and fit, and once by each process
 * of the agent: PgBouncer may run for longer than it, and what it read last is not known. */
#include "pooler/pooler.h"

enum { APART_MS = 10000 };

static bool is_stale(const struct pooler_view *v)
{
	return !str_eq(v->want, v->has) || (v->file_serial.n > 0 && v->served_serial.n > 0 &&
					    !str_eq(v->file_serial, v->served_serial));
}

bool pooler_is_current(const struct pooler_view *v)
{
	return v->answers && v->problem.n == 0 && !is_stale(v);
}

struct pooler_plan pooler_decide(const struct pooler_view *v, struct moment now, int64_t limit_ms)
{
	struct pooler_plan nothing = { POOLER_NOTHING, { "", 0 }, "" };

	if (!v->answers)
		return nothing;
	for (size_t i = 0; i < v->n; i++)
		if (v->databases[i].paused_ms && now.ms - v->databases[i].paused_ms >= limit_ms)
			return (struct pooler_plan){ POOLER_RESUME, v->databases[i].name,
						     "the pause is too old" };
	if (v->leaves)
		return (struct pooler_plan){ POOLER_LEAVE, { "", 0 }, "its pod ends" };
	if (v->problem.n > 0 || !is_stale(v) ||
	    (v->reloaded_ms && now.ms - v->reloaded_ms < APART_MS))
		return nothing;
	return (struct pooler_plan){ POOLER_RELOAD,
				     { "", 0 },
				     v->has.n > 0 ? "its files changed"
						  : "what it read is not known" };
}
