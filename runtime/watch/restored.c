/* SPDX-License-Identifier: Apache-2.0 */
/* restored.c: the history of the timeline, where a moment was to be restored. It never changes, so
 * it is read rarely. */
#include "facts/restored.h"

#include "watch/watch.h"

enum { ASK_MS = 5000 };

static const char history[] =
    "select coalesce(string_agg(split_part(l, e'\\t', 3), e'\\n' order by n desc), '') as reasons"
    " from pg_control_checkpoint() c, unnest(string_to_array(pg_read_file('pg_wal/' ||"
    " upper(lpad(to_hex(c.timeline_id), 8, '0')) || '.history', 0, 1048576, true), e'\\n'))"
    " with ordinality as h(l, n) where l ~ '^\\s*[0-9]'";

static void on_history(void *owner, const struct sql_answer *answer)
{
	struct look *look = owner;
	struct fact_restored *fact = NEW(look->arena, struct fact_restored);

	if (!answer->fine) {
		look_failed(look, answer->error);
		return;
	}
	fact->reasons = arena_fmt(look->arena, "%s", sql_text(answer->rows, 0, "reasons"));
	look_done(look, fact);
}

static void start(struct look *look)
{
	struct fact_restored *none;

	if (orders_text(look->hands->orders, "life.restore.time").n > 0) {
		sql_send(look->hands->sql, &(struct sql_call){ history, ASK_MS, { NULL } },
			 on_history, look);
		return;
	}
	none = NEW(look->arena, struct fact_restored);
	none->reasons = str_of("");
	look_done(look, none);
}

const struct observer watch_restored = {
	.fact = FACT_restored,
	.size = sizeof(struct fact_restored),
	.every_ms = 600000,
	.again_ms = 5000,
	.ms = 12000,
	.leader = true,
	.start = start,
};
