/* SPDX-License-Identifier: Apache-2.0 */
/* test_agent_rolling.c: who is replaced when, as a table over a cluster of three in its window. */
#include "agent_fixture.h"
#include "decide/decide.h"
#include "ground/mounted.h"
#include "rolling/plan.h"

static struct orders *orders;
static struct fact_standby standbys[2];

/* 2026-01-04T02:30:00Z: inside the window of the fixture's orders (sunday, 02:00, 4h). */
enum { INSIDE = 1767493800 };

static const struct str old = { "0000", 4 };

static void begin(struct world *w)
{
	world_begin(w, orders);
	w->now.wall = INSIDE;
	for (size_t i = 0; i < 2; i++)
		standbys[i] = (struct fact_standby){ w->members[i + 1].name, str_of("streaming"),
						     str_of("async"), 0 };
	w->postgres.standbys = standbys;
	w->postgres.n_standbys = 2;
}

static void outdate(struct world *w, int first, int last)
{
	for (int i = first; i <= last; i++)
		w->pod[i].hash = old;
}

static void nothing(struct world *w)
{
	(void)w;
}

static void all_old(struct world *w)
{
	outdate(w, 0, 2);
}

static void all_old_outside(struct world *w)
{
	outdate(w, 0, 2);
	w->now.wall = WALL;
}

static void all_old_window_ends(struct world *w)
{
	outdate(w, 0, 2);
	w->now.wall = INSIDE + 3 * 3600 + 1800 - 299;
}

static void set_behind(struct world *w)
{
	outdate(w, 0, 2);
	w->pods.set_hash = old;
}

static void config_first(struct world *w)
{
	outdate(w, 0, 2);
	w->config.dynamic = world_json(w->arena, "{}");
}

static void config_unseen(struct world *w)
{
	outdate(w, 0, 2);
	w->config.dynamic = NULL;
}

static void two_old(struct world *w)
{
	outdate(w, 0, 1);
}

static void rolled_one_starts(struct world *w)
{
	outdate(w, 0, 1);
	w->pod[2].ready = false;
	w->pod[2].ready_changed = INSIDE - 10;
}

static void rolled_one_lags(struct world *w)
{
	outdate(w, 0, 1);
	standbys[1].lag = INT64_C(1) << 40;
}

static void rolled_one_unseen(struct world *w)
{
	outdate(w, 0, 1);
	w->postgres.n_standbys = 1;
}

static void rolled_one_gone(struct world *w)
{
	outdate(w, 0, 1);
	w->pods.n = 2;
}

static void one_leaves(struct world *w)
{
	outdate(w, 0, 2);
	w->pod[2].deleting = true;
}

static void leader_old(struct world *w)
{
	outdate(w, 0, 0);
}

static void leader_old_sync(struct world *w)
{
	outdate(w, 0, 0);
	w->members[1].role = ROLE_REPLICA;
	w->members[2].role = ROLE_SYNC;
}

static void leader_old_alone_fit(struct world *w)
{
	outdate(w, 0, 0);
	w->members[1].nofailover = true;
	w->members[2].nofailover = true;
}

static void replica_old(struct world *w)
{
	outdate(w, 1, 1);
}

/* A broken image: the first replica was replaced and does not come up; then it was corrected. */
static void broken_then_mended(struct world *w)
{
	outdate(w, 0, 2);
	w->now.wall = WALL;
	w->pod[2].ready = false;
	w->pod[2].ready_changed = WALL - 121;
	w->patroni.n_members = 2;
}

static void broken_not_yet(struct world *w)
{
	broken_then_mended(w);
	w->pod[2].ready_changed = WALL - 119;
}

static void broken_but_new(struct world *w)
{
	w->pod[2].ready = false;
	w->pod[2].ready_changed = WALL - 1000;
	w->patroni.n_members = 2;
}

static void broken_set_behind(struct world *w)
{
	broken_then_mended(w);
	w->pods.set_hash = old;
}

static void broken_while_leaving(struct world *w)
{
	broken_then_mended(w);
	w->pod[1].deleting = true;
}

/* Nobody leads for longer than twice the ttl, this is the lowest agent that lives. */
static void leaderless_broken(struct world *w)
{
	broken_then_mended(w);
	world_headless(w, 61000);
	w->pod[0].ready = false;
	w->pod[0].ready_changed = WALL - 300;
}

/* No Patroni ran where this agent lives, which is the lowest, and nobody renews the lock. */
static void blind_broken(struct world *w)
{
	broken_then_mended(w);
	world_blind(w, 0, 61000);
}

/* It led when its Patroni was last seen, which crashes since, as all do. */
static void blind_led_itself(struct world *w)
{
	broken_then_mended(w);
	w->pod[2].ready = true;
	w->pod[0].ready = false;
	w->pod[0].ready_changed = WALL - 300;
	world_blind(w, 300000, 200000);
}

static void leaderless_well(struct world *w)
{
	outdate(w, 0, 2);
	world_headless(w, 61000);
}

static void restart_all(struct world *w)
{
	for (int i = 0; i < 3; i++)
		w->members[i].pending_restart = true;
}

static struct past pasts[2];

/* Both replicas restarted and still wait: settings that are lowered. */
static void restart_lowered(struct world *w)
{
	restart_all(w);
	for (int i = 0; i < 2; i++)
		pasts[i] = (struct past){ .next = i ? &pasts[0] : NULL,
					  .kind = ACTION_restart,
					  .target = w->members[i + 1].name,
					  .started_ms = MS - 9000,
					  .ended_ms = MS - 8000 };
	w->facts.past = &pasts[1];
}

static struct past vain[2];

/* The leader was restarted an hour ago and still waits: something overrides Patroni's settings. */
static void restart_in_vain(struct world *w)
{
	w->members[0].pending_restart = true;
	vain[0] = (struct past){ .kind = ACTION_restart,
				 .target = w->members[0].name,
				 .started_ms = MS - 3660000,
				 .ended_ms = MS - 3600000,
				 .done = 1 };
	w->facts.past = &vain[0];
}

static void restart_of_last_week(struct world *w)
{
	restart_in_vain(w);
	w->now.ms += 7 * 86400000;
	for (int f = 0; f < FACT_count; f++)
		w->facts.sight[f].at_ms = w->now.ms - 500;
}

static void restart_changed_since(struct world *w)
{
	restart_in_vain(w);
	vain[1] = (struct past){ .next = &vain[0],
				 .kind = ACTION_patch_config,
				 .target = str_of(""),
				 .ended_ms = MS - 60000,
				 .done = 1 };
	w->facts.past = &vain[1];
}

static void restart_failed(struct world *w)
{
	restart_in_vain(w);
	vain[0].failures = 1;
}

static void restart_one(struct world *w)
{
	restart_lowered(w);
	w->facts.past = &pasts[0];
}

static void restart_outside(struct world *w)
{
	restart_all(w);
	w->now.wall = WALL;
}

static void restart_new(struct world *w)
{
	restart_outside(w);
	w->patroni.born = WALL - 599;
}

static void restart_not_new(struct world *w)
{
	restart_outside(w);
	w->patroni.born = WALL - 600;
}

static void all_old_new(struct world *w)
{
	all_old_outside(w);
	w->patroni.born = WALL - 10;
}

static void restart_and_old(struct world *w)
{
	restart_all(w);
	outdate(w, 0, 2);
}

static void stale_postgres(struct world *w)
{
	outdate(w, 0, 2);
	w->facts.sight[FACT_postgres].at_ms = MS - 21000;
}

static void all_old_paused(struct world *w)
{
	outdate(w, 0, 2);
	w->patroni.paused = true;
}

static void restart_paused(struct world *w)
{
	restart_all(w);
	w->patroni.paused = true;
}

static void paused(struct world *w)
{
	w->patroni.paused = true;
}

static void broken_paused(struct world *w)
{
	broken_then_mended(w);
	w->patroni.paused = true;
}

/* The API server is away. */
static void unseen(struct world *w)
{
	w->facts.sight[FACT_pods].at_ms = MS - 41000;
}

static void all_old_unseen(struct world *w)
{
	outdate(w, 0, 2);
	unseen(w);
}

static void broken_unseen(struct world *w)
{
	broken_then_mended(w);
	unseen(w);
}

static void restart_unseen(struct world *w)
{
	restart_all(w);
	unseen(w);
}

static const struct {
	void (*change)(struct world *w);
	enum roll_step step;
	const char *whom; /* pod or candidate, "" for none */
} rows[] = {
	{ nothing, ROLL_NOTHING, "" },
	{ all_old, ROLL_EVICT, "shared-i2-2" },
	{ all_old_outside, ROLL_WAIT_WINDOW, "shared-i2-2" },
	{ all_old_window_ends, ROLL_WAIT_WINDOW, "shared-i2-2" },
	{ set_behind, ROLL_WAIT_SET, "" },
	{ config_first, ROLL_WAIT_CONFIG, "" },
	{ config_unseen, ROLL_WAIT_CONFIG, "" },
	{ two_old, ROLL_EVICT, "shared-i2-1" },
	{ rolled_one_starts, ROLL_WAIT_MEMBER, "shared-i2-1" },
	{ rolled_one_lags, ROLL_WAIT_MEMBER, "shared-i2-1" },
	{ rolled_one_unseen, ROLL_WAIT_MEMBER, "shared-i2-1" },
	{ rolled_one_gone, ROLL_WAIT_MEMBER, "shared-i2-1" },
	{ one_leaves, ROLL_WAIT_MEMBER, "shared-i2-2" },
	{ leader_old, ROLL_SWITCH, "shared-i2-1" },
	{ leader_old_sync, ROLL_SWITCH, "shared-i2-2" },
	{ leader_old_alone_fit, ROLL_WAIT_MEMBER, "shared-i2-0" },
	{ replica_old, ROLL_EVICT, "shared-i2-1" },
	{ broken_then_mended, ROLL_EVICT, "shared-i2-2" },
	{ broken_not_yet, ROLL_WAIT_WINDOW, "shared-i2-2" },
	{ broken_but_new, ROLL_NOTHING, "" },
	{ broken_set_behind, ROLL_WAIT_SET, "" },
	{ broken_while_leaving, ROLL_WAIT_MEMBER, "shared-i2-1" },
	{ leaderless_broken, ROLL_EVICT, "shared-i2-2" },
	{ leaderless_well, ROLL_WAIT_MEMBER, "" },
	{ blind_broken, ROLL_EVICT, "shared-i2-2" },
	{ blind_led_itself, ROLL_EVICT, "shared-i2-0" },
	{ restart_all, ROLL_RESTART, "shared-i2-2" },
	{ restart_one, ROLL_RESTART, "shared-i2-2" },
	{ restart_lowered, ROLL_RESTART, "shared-i2-0" },
	{ restart_in_vain, ROLL_NOTHING, "" },
	{ restart_of_last_week, ROLL_RESTART, "shared-i2-0" },
	{ restart_changed_since, ROLL_RESTART, "shared-i2-0" },
	{ restart_failed, ROLL_RESTART, "shared-i2-0" },
	{ restart_outside, ROLL_WAIT_WINDOW, "shared-i2-2" },
	/* nobody works with a database that was just made */
	{ restart_new, ROLL_RESTART, "shared-i2-2" },
	{ restart_not_new, ROLL_WAIT_WINDOW, "shared-i2-2" },
	{ all_old_new, ROLL_WAIT_WINDOW, "shared-i2-2" },
	/* one restart per member: the new pod brings the settings */
	{ restart_and_old, ROLL_EVICT, "shared-i2-2" },
	{ stale_postgres, ROLL_WAIT_MEMBER, "" },
	/* a Patroni that is paused starts no PostgreSQL: what is taken away stays away */
	{ all_old_paused, ROLL_WAIT_MEMBER, "" },
	{ restart_paused, ROLL_WAIT_MEMBER, "" },
	{ broken_paused, ROLL_WAIT_MEMBER, "" },
	{ paused, ROLL_NOTHING, "" },
	/* nothing is rolled by an old picture, nor called so */
	{ all_old_unseen, ROLL_WAIT_MEMBER, "" },
	{ broken_unseen, ROLL_WAIT_MEMBER, "" },
	{ restart_unseen, ROLL_WAIT_MEMBER, "" },
	{ unseen, ROLL_NOTHING, "" },
};

static struct str whom(const struct roll *roll)
{
	return roll->candidate.n > 0 ? roll->candidate : roll->pod ? roll->pod->name : str_of("");
}

static void steps(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct world w;
		struct round r;
		struct roll roll;

		begin(&w);
		rows[i].change(&w);
		r = round_begin(w.arena, &w.facts, orders, w.now);
		roll = roll_plan(&r);
		if (!CHECK(roll.step == rows[i].step && str_is(whom(&roll), rows[i].whom)))
			(void)printf("#  row %zu: step %d, %s (%s)\n", i, (int)roll.step,
				     whom(&roll).p, roll.why);
		world_end(&w);
	}
}

/* The eviction is bound to the pod's uid, and old pictures lead to nothing. */
static void deeds(void)
{
	struct world w;
	struct round r;
	const struct action *a;

	begin(&w);
	all_old(&w);
	r = world_decide(&w, decide_rolling);
	a = world_action(&r, ACTION_evict);
	CHECK(a && str_is(a->target, "shared-i2-2") && str_is(a->version, "u2") && !a->next);
	CHECK(r.conditions[CONDITION_UpgradePending].reason == REASON_Rolling);
	w.facts.sight[FACT_pods].at_ms = MS - 41000;
	r = world_decide(&w, decide_rolling);
	CHECK(!r.actions);
	CHECK(r.conditions[CONDITION_UpgradePending].reason == REASON_WaitingForMember);
	CHECK(r.look_ms[FACT_pods] < 10000);
	world_end(&w);

	begin(&w);
	all_old_outside(&w);
	r = world_decide(&w, decide_rolling);
	CHECK(!r.actions);
	CHECK(str_is(r.conditions[CONDITION_UpgradePending].detail,
		     "3 members, from 2026-01-04T02:00:00Z on"));
	world_end(&w);

	begin(&w);
	leader_old(&w);
	r = world_decide(&w, decide_rolling);
	CHECK(world_action(&r, ACTION_switchover) != NULL);
	/* who does not speak does nothing */
	world_follow(&w);
	r = world_decide(&w, decide_rolling);
	CHECK(!r.actions && r.conditions[CONDITION_UpgradePending].reason == REASON_none);
	world_end(&w);

	/* nor does who only does not see the leader, whose pod is not Ready for a while */
	begin(&w);
	blind_broken(&w);
	w.pods.renewed_ms = MS - 9000;
	r = world_decide(&w, decide_rolling);
	CHECK(!r.actions && r.conditions[CONDITION_UpgradePending].reason == REASON_none);
	world_end(&w);
}

/* A cluster of one evicts its own pod. */
static void alone(struct orders_reader *reader)
{
	struct arena *a = arena_new();
	struct err err = { 0 };
	struct str text;
	struct orders *three = orders;
	struct world w;
	struct round r;
	struct roll roll;
	const char *at;

	CHECK(mounted_read(a, "tests/schema/good-agentconfig.yaml", 1 << 20, &text, &err) == 1);
	at = strstr(text.p, "replicas: 3}");
	if (!CHECK(at != NULL))
		return;
	text = arena_fmt(a, "%.*sreplicas: 1}%s", (int)(at - text.p), text.p, at + 12);
	orders = orders_read(reader, "orders.yaml", text, NULL, &err);
	if (CHECK(orders != NULL)) {
		begin(&w);
		outdate(&w, 0, 0);
		w.pods.n = w.patroni.n_members = 1;
		r = round_begin(w.arena, &w.facts, orders, w.now);
		roll = roll_plan(&r);
		CHECK(roll.step == ROLL_EVICT && str_is(roll.pod->name, "shared-i2-0"));
		/* broken, outside the window, without a leader: its agent still lives */
		w.now.wall = WALL;
		world_headless(&w, 61000);
		w.pod[0].ready = false;
		w.pod[0].ready_changed = WALL - 121;
		r = round_begin(w.arena, &w.facts, orders, w.now);
		roll = roll_plan(&r);
		CHECK(r.speaks && roll.step == ROLL_EVICT);
		/* nor did its Patroni ever run here */
		world_blind(&w, 0, 61000);
		r = round_begin(w.arena, &w.facts, orders, w.now);
		roll = roll_plan(&r);
		CHECK(r.speaks && roll.step == ROLL_EVICT);
		world_end(&w);
	}
	orders_free(orders);
	orders = three;
	arena_free(a);
}

int main(void)
{
	struct orders_reader *reader = orders_reader_new();
	struct arena *a = arena_new();

	orders = world_orders(reader, a);
	steps();
	deeds();
	alone(reader);
	orders_free(orders);
	orders_reader_free(reader);
	arena_free(a);
	return check_done("agent_rolling");
}
