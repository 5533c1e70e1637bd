/* SPDX-License-Identifier: Apache-2.0 */
/* reloads.c: the last reload of this member. */
#include "report/reloads.h"

#include "facts/files.h"
#include "facts/postgres.h"

enum { LATE_MS = 5000 };

static const struct past *last(const struct round *r)
{
	return facts_past(r->facts, ACTION_reload, str_of(""));
}

bool reload_taken(const struct round *r)
{
	const struct past *p = last(r);
	int64_t changed = facts_files(r->facts)->changed;

	if (!p || p->running || p->failures > 0 || p->done == 0)
		return false;
	/* a file of the future is one whose clock was wrong */
	return changed > r->now.wall || r->now.wall - (r->now.ms - p->started_ms) / 1000 > changed;
}

bool reload_settled(const struct round *r)
{
	int64_t turn_ms = orders_int(r->orders, "patroni.dynamic.loop_wait", 10) * 1000;

	return reload_taken(r) && r->now.ms - last(r)->ended_ms > turn_ms + LATE_MS &&
	       facts_postgres(r->facts)->loaded > facts_files(r->facts)->changed;
}
