/* SPDX-License-Identifier: Apache-2.0 */
/* test_agent_repair.c: slots that were lost, replicas that do not start, and whose recovery stands
 * still. */
#include "agent_fixture.h"
#include "decide/decide.h"

static struct orders_reader *schema;

/* The repair of that kind is wanted. */
static bool repairs(enum action_kind kind, void (*change)(struct world *w))
{
	struct orders *orders = world_orders(schema, NULL);
	struct world w;
	struct round r;
	bool wanted;

	world_begin(&w, orders);
	change(&w);
	r = world_decide(&w, decide_repair);
	wanted = world_action(&r, kind) != NULL;
	world_end(&w);
	orders_free(orders);
	return wanted;
}

static bool reinits(void (*change)(struct world *w))
{
	return repairs(ACTION_reinit, change);
}

static void nothing(struct world *w)
{
	(void)w;
}

static void slot_lost(struct world *w)
{
	w->postgres.lost_slots = str_of("else shared_i2_2");
	w->members[2].state = str_of("in archive recovery");
}

static void slot_lost_paused(struct world *w)
{
	slot_lost(w);
	w->patroni.paused = true;
}

static void slot_lost_elsewhere(struct world *w)
{
	slot_lost(w);
	world_follow(w);
}

/* Of a member that is down, and of nobody that has a longer name. */
static void slot_lost_and_down(struct world *w)
{
	slot_lost(w);
	w->members[2].state = str_of("stopped");
}

static void slot_lost_of_another(struct world *w)
{
	slot_lost(w);
	w->postgres.lost_slots = str_of("shared_i2_21 xshared_i2_2 shared_i2_");
}

static void slot_lost_in_recovery(struct world *w)
{
	slot_lost(w);
	w->postgres.in_recovery = true;
}

static void stuck(struct world *w)
{
	w->members[2].state = str_of("start failed");
	w->members[2].failing_ms = MS - 301000;
}

static void stuck_lately(struct world *w)
{
	stuck(w);
	w->members[2].failing_ms = MS - 299000;
}

static void recovers(struct world *w)
{
	stuck(w);
	w->members[2].state = str_of("starting");
}

static void stuck_paused(struct world *w)
{
	stuck(w);
	w->patroni.paused = true;
}

static void stuck_elsewhere(struct world *w)
{
	stuck(w);
	world_follow(w);
}

static void stuck_reader(struct world *w)
{
	stuck(w);
	w->members[2].role = ROLE_READER;
}

static void stuck_again(struct world *w)
{
	static struct past built;

	stuck(w);
	built = (struct past){ .kind = ACTION_reinit,
			       .target = w->members[2].name,
			       .ended_ms = MS - 3500000,
			       .result = str_of(""),
			       .done = 1 };
	w->facts.past = &built;
}

/* This replica is starting, and its recovery wrote nothing for ms milliseconds. */
static void still(struct world *w, int64_t ms)
{
	world_follow(w);
	w->patroni.state = w->members[1].state = str_of("starting");
	w->recovery.still_ms = MS - ms;
	w->facts.sight[FACT_postgres].at_ms = 0;
}

static void still_long(struct world *w)
{
	still(w, 660000);
}
static void still_first(struct world *w)
{
	still(w, 659000);
}

static void still_runs(struct world *w)
{
	still_long(w);
	w->patroni.state = w->members[1].state = str_of("running");
}

static void still_moves(struct world *w)
{
	still_long(w);
	w->recovery.still_ms = 0;
}

static void still_unseen(struct world *w)
{
	still_long(w);
	w->facts.sight[FACT_recovery].at_ms = MS - 61000;
}

static void still_headless(struct world *w)
{
	still_long(w);
	world_headless(w, 1000);
}

static void still_led_ill(struct world *w)
{
	still_long(w);
	w->members[0].state = str_of("starting");
}

static void still_leads(struct world *w)
{
	w->patroni.state = w->members[0].state = str_of("starting");
	w->recovery.still_ms = MS - 6600000;
}

static void still_waits(struct world *w)
{
	still_long(w);
	w->members[2].state = str_of("creating replica");
}

static void still_paused(struct world *w)
{
	still_long(w);
	w->patroni.paused = true;
}

static void still_again(struct world *w)
{
	static struct past built;

	still_long(w);
	built = (struct past){ .kind = ACTION_reinit,
			       .target = w->members[1].name,
			       .ended_ms = MS - 3500000,
			       .result = str_of(""),
			       .done = 1 };
	w->facts.past = &built;
}

/* What follows "start failed" seen at 1000, and a state seen at 2000: since when it only fails. */
static const struct {
	const char *was;
	int64_t since;
	const char *is;
	int64_t then;
} failures[] = {
	{ "streaming", 0, "start failed", 2000 },
	{ "start failed", 1000, "start failed", 1000 },
	{ "start failed", 1000, "starting", 1000 },
	{ "starting", 1000, "start failed", 1000 },
	{ "starting", 0, "starting", 0 },
	/* hours of recovery, or of a copy, are no failures to start */
	{ "starting", 0, "start failed", 2000 },
	{ "creating replica", 0, "start failed", 2000 },
	{ "start failed", 1000, "creating replica", 0 },
	{ "start failed", 1000, "streaming", 0 },
	{ "start failed", 1000, "in archive recovery", 0 },
	{ NULL, 0, "start failed", 2000 },
};

static void check_failures(void)
{
	for (size_t i = 0; i < sizeof(failures) / sizeof(*failures); i++) {
		struct member old = { .failing_ms = failures[i].since }, m = { .lag = 0 };

		if (failures[i].was)
			old.state = str_of(failures[i].was);
		m.state = str_of(failures[i].is);
		if (!CHECK(member_failing(&m, failures[i].was ? &old : NULL, 2000) ==
			   failures[i].then))
			(void)printf("# %s\n", failures[i].is);
	}
}

/* A server that crashed replays what it has in its own time; only one that waits for WAL may wait
 * for ever. */
static void check_control(void)
{
	char control[24] = { 0 };
	uint32_t state = 5; /* DB_IN_ARCHIVE_RECOVERY */
	struct str file = { control, sizeof(control) };

	(void)memcpy(control + 16, &state, sizeof(state));
	CHECK(recovery_from_archive(file));
	CHECK(!recovery_from_archive(str_cut(file, 0, 19)));
	CHECK(!recovery_from_archive(str_of("")));
	for (state = 0; state < 8; state++) {
		(void)memcpy(control + 16, &state, sizeof(state));
		CHECK(recovery_from_archive(file) == (state == 5));
	}
}

/* A replica that does not start is built anew, by the leader's agent; one whose recovery stands
 * still by its own. */
static void check_repairs(struct orders_reader *r)
{
	schema = r;
	check_failures();
	check_control();
	CHECK(repairs(ACTION_renew_slot, slot_lost));
	CHECK(!repairs(ACTION_renew_slot, nothing));
	CHECK(!repairs(ACTION_renew_slot, slot_lost_and_down));
	CHECK(!repairs(ACTION_renew_slot, slot_lost_of_another));
	CHECK(!repairs(ACTION_renew_slot, slot_lost_paused));
	CHECK(!repairs(ACTION_renew_slot, slot_lost_elsewhere));
	CHECK(!repairs(ACTION_renew_slot, slot_lost_in_recovery));
	/* what has to be seen again before it is done again is seen although PostgreSQL answers
	 * nobody */
	CHECK(!(action_row(ACTION_reinit)->ages & 1U << FACT_postgres));
	CHECK(reinits(stuck));
	CHECK(!reinits(nothing));
	CHECK(!reinits(stuck_lately));
	CHECK(!reinits(recovers));
	CHECK(!reinits(stuck_paused));
	CHECK(!reinits(stuck_elsewhere));
	CHECK(!reinits(stuck_reader));
	CHECK(!reinits(stuck_again));
	CHECK(reinits(still_long));
	CHECK(!reinits(still_first));
	CHECK(!reinits(still_runs));
	CHECK(!reinits(still_moves));
	CHECK(!reinits(still_unseen));
	CHECK(!reinits(still_headless));
	CHECK(!reinits(still_led_ill));
	CHECK(!reinits(still_leads));
	CHECK(!reinits(still_waits));
	CHECK(!reinits(still_paused));
	CHECK(!reinits(still_again));
}

int main(void)
{
	struct orders_reader *reader = orders_reader_new();

	check_repairs(reader);
	orders_reader_free(reader);
	return check_done("agent_repair");
}
