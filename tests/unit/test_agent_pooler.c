/* SPDX-License-Identifier: Apache-2.0 */
/* test_agent_pooler.c: when PgBouncer reloads, and when a pause is ended. */
#include "check.h"
#include "pooler/sidecar.h"

enum { MS = 1000000, LIMIT = 40000 };

static struct pooler_database databases[2];

static struct pooler_view well(void)
{
	databases[0] = (struct pooler_database){ { "app", 3 }, 0 };
	databases[1] = (struct pooler_database){ { "other", 5 }, 0 };
	return (struct pooler_view){ .answers = true,
				     .error = { "", 0 },
				     .want = { "d1", 2 },
				     .has = { "d1", 2 },
				     .problem = { "", 0 },
				     .file_serial = { "5d", 2 },
				     .served_serial = { "5d", 2 },
				     .reloaded_ms = MS - 600000,
				     .databases = databases,
				     .n = 2 };
}

static enum pooler_step step(const struct pooler_view *v)
{
	return pooler_decide(v, (struct moment){ MS, 0 }, LIMIT).step;
}

/* An agent that begins does not know what PgBouncer read: that may run for days, and the files have
 * changed while there was no agent, or were not taken. */
static void begins(void)
{
	struct loop *l = loop_new();
	struct sidecar *s = sidecar_new(l, LIMIT);
	struct pooler_view v = *sidecar_view(s);

	v.answers = true;
	v.problem = str_of("");
	CHECK(step(&v) == POOLER_RELOAD && !pooler_is_current(&v));
	/* not with files that are not fit */
	v.problem = str_of("no trusted authority signed it");
	CHECK(step(&v) == POOLER_NOTHING && !pooler_is_current(&v));
	v.problem = str_of("");
	v.has = v.want;
	CHECK(step(&v) == POOLER_NOTHING && pooler_is_current(&v));
	sidecar_free(s);
	loop_free(l);
}

int main(void)
{
	struct pooler_view v = well();

	begins();
	CHECK(step(&v) == POOLER_NOTHING && pooler_is_current(&v));
	v.want = str_of("d2");
	CHECK(step(&v) == POOLER_RELOAD && !pooler_is_current(&v));
	/* what did not help is not done again at once */
	v.reloaded_ms = MS - 9999;
	CHECK(step(&v) == POOLER_NOTHING);
	v.reloaded_ms = MS - 10000;
	CHECK(step(&v) == POOLER_RELOAD);
	/* files that are not fit are not taken: a swapped key would leave it without TLS */
	v.problem = str_of("its key belongs to another certificate");
	CHECK(step(&v) == POOLER_NOTHING && !pooler_is_current(&v));
	v = well();
	v.served_serial = str_of("5c");
	CHECK(step(&v) == POOLER_RELOAD && !pooler_is_current(&v));
	v.served_serial = str_of("");
	CHECK(step(&v) == POOLER_NOTHING);
	v = well();
	v.answers = false;
	v.want = str_of("d2");
	CHECK(step(&v) == POOLER_NOTHING && !pooler_is_current(&v));

	v = well();
	databases[1].paused_ms = MS - LIMIT + 1;
	CHECK(step(&v) == POOLER_NOTHING);
	databases[1].paused_ms = MS - LIMIT;
	CHECK(step(&v) == POOLER_RESUME);
	CHECK(str_is(pooler_decide(&v, (struct moment){ MS, 0 }, LIMIT).database, "other"));
	/* people wait: a pause ends before anything else */
	v.want = str_of("d2");
	CHECK(step(&v) == POOLER_RESUME);
	v.leaves = true;
	CHECK(step(&v) == POOLER_RESUME);
	/* clients are let go again and again, and no RELOAD takes it back */
	v = well();
	v.leaves = true;
	v.want = str_of("d2");
	CHECK(step(&v) == POOLER_LEAVE);
	v.answers = false;
	CHECK(step(&v) == POOLER_NOTHING);
	return check_done("agent_pooler");
}
