/* SPDX-License-Identifier: Apache-2.0 */
/* test_agent_switchover.c: what is asked over the local door, who takes over, and who ends a pause.
 */
#include "agent_fixture.h"
#include "decide/decide.h"
#include "rolling/plan.h"

static struct orders *orders;
static struct fact_standby standbys[2];
static struct fact_ask ask;
static struct past past;

static void begin(struct world *w)
{
	world_begin(w, orders);
	for (size_t i = 0; i < 2; i++)
		standbys[i] = (struct fact_standby){ w->members[i + 1].name, str_of("streaming"),
						     str_of("async"), 0 };
	w->members[2].role = ROLE_SYNC;
	w->postgres.standbys = standbys;
	w->postgres.n_standbys = 2;
}

static void nothing(struct world *w)
{
	(void)w;
}

static void one_synchronous(struct world *w)
{
	w->members[1].role = ROLE_REPLICA;
}

static void set_mode(struct world *w, const char *config)
{
	w->members[1].role = w->members[2].role = ROLE_REPLICA;
	w->config.dynamic = world_json(w->arena, config);
}

static void asynchronous(struct world *w)
{
	set_mode(w, "{\"synchronous_mode\":\"off\"}");
}

static void asynchronous_flag(struct world *w)
{
	set_mode(w, "{\"synchronous_mode\":false}");
}

static void asynchronous_unsaid(struct world *w)
{
	set_mode(w, "{}");
}

static void none_synchronous(struct world *w)
{
	set_mode(w, "{\"synchronous_mode\":true}");
	ask.at_ms = MS - 10000;
}

static void none_in_quorum(struct world *w)
{
	set_mode(w, "{\"synchronous_mode\":\"quorum\"}");
	ask.at_ms = MS - 10000;
}

static void one_late(struct world *w)
{
	w->members[1].lag = 4096;
}

static void one_old(struct world *w)
{
	w->pod[1].hash = str_of("0000");
}

static void all_old(struct world *w)
{
	w->pod[1].hash = w->pod[2].hash = str_of("0000");
}

static void no_pods(struct world *w)
{
	w->pods.n = 0;
}

static void none_streams(struct world *w)
{
	w->postgres.n_standbys = 0;
}

static void one_leaves(struct world *w)
{
	w->pod[1].deleting = true;
}

static void one_may_not(struct world *w)
{
	w->members[1].nofailover = true;
}

static void one_reader(struct world *w)
{
	w->members[1].role = ROLE_READER;
}

static void one_starts(struct world *w)
{
	w->members[1].state = str_of("starting");
}

static void follows(struct world *w)
{
	world_follow(w);
}

static void nobody(struct world *w)
{
	world_headless(w, 5000);
}

static void patroni_silent(struct world *w)
{
	w->facts.sight[FACT_patroni].at_ms = MS - 31000;
}

static void put_past(struct world *w, enum action_kind kind, int failures, int64_t ended_ms)
{
	past = (struct past){ .kind = (int)kind,
			      .target = str_of("shared-i2-1"),
			      .failures = failures,
			      .started_ms = ended_ms - 500,
			      .ended_ms = ended_ms,
			      .result = str_of(failures ? "Patroni says no" : "") };
	w->facts.past = &past;
}

static void it_failed(struct world *w)
{
	put_past(w, ACTION_switchover, 1, MS - 10);
}

static void late(struct world *w)
{
	(void)w;
	ask.at_ms = MS - 10000;
}

static void it_failed_late(struct world *w)
{
	it_failed(w);
	late(w);
}

static void alone(struct world *w)
{
	w->patroni.n_members = 1;
	late(w);
}

static void another_failed(struct world *w)
{
	put_past(w, ACTION_switchover, 1, MS - 5000);
}

static void it_runs(struct world *w)
{
	put_past(w, ACTION_switchover, 0, 0);
	past.started_ms = MS - 10;
	past.running = true;
}

static void reloaded(struct world *w)
{
	put_past(w, ACTION_reload, 0, MS - 10);
}

static void reload_failed(struct world *w)
{
	put_past(w, ACTION_reload, 1, MS - 10);
}

static void attempt(struct world *w, const char *why, const char *error)
{
	w->attempt[0] = (struct fact_attempt){ .id = 7,
					       .member = str_of("shared-i2-2"),
					       .agent = str_of("t"),
					       .why = str_of(why),
					       .asked = WALL - 60,
					       .ended = error ? WALL - 5 : 0,
					       .backup = str_of(""),
					       .error = str_of(error ? error : "") };
	w->attempts.items = w->attempt;
	w->attempts.n = 1;
}

static void another_backup(struct world *w)
{
	attempt(w, "it is due", NULL);
	late(w);
}

static void backup_runs(struct world *w)
{
	attempt(w, arena_fmt(w->arena, "once 7, asked of %s", w->facts.self.token.p).p, NULL);
	late(w);
}

static void backup_failed(struct world *w)
{
	attempt(w, arena_fmt(w->arena, "once 7, asked of %s", w->facts.self.token.p).p,
		"disk full");
}

/* What is wanted for an ask that is 100 ms old: an action on target, or an answer. */
struct row {
	void (*change)(struct world *w);
	const char *name;
	enum action_kind action;
	const char *target; /* or the text of the answer */
	bool done;
};

static const struct row rows[] = {
	{ nothing, "handover", ACTION_switchover, "shared-i2-1", true },
	{ one_synchronous, "handover", ACTION_switchover, "shared-i2-2", true },
	{ asynchronous, "handover", ACTION_switchover, "shared-i2-1", true },
	{ asynchronous_flag, "handover", ACTION_switchover, "shared-i2-1", true },
	{ asynchronous_unsaid, "handover", ACTION_switchover, "shared-i2-1", true },
	{ none_synchronous, "handover", ACTION_answer, "no other member can take over", false },
	{ none_in_quorum, "handover", ACTION_answer, "no other member can take over", false },
	{ one_late, "handover", ACTION_switchover, "shared-i2-2", true },
	{ one_old, "handover", ACTION_switchover, "shared-i2-2", true },
	{ all_old, "handover", ACTION_switchover, "shared-i2-1", true },
	{ no_pods, "handover", ACTION_switchover, "shared-i2-1", true },
	{ one_leaves, "handover", ACTION_switchover, "shared-i2-2", true },
	{ one_may_not, "handover", ACTION_switchover, "shared-i2-2", true },
	{ one_reader, "handover", ACTION_switchover, "shared-i2-2", true },
	{ one_starts, "handover", ACTION_switchover, "shared-i2-2", true },
	{ another_failed, "handover", ACTION_switchover, "shared-i2-1", true },
	{ it_runs, "handover", ACTION_switchover, "shared-i2-1", true },
	{ it_failed, "handover", ACTION_switchover, "shared-i2-1", true },
	{ it_failed_late, "handover", ACTION_answer, "Patroni says no", false },
	{ alone, "handover", ACTION_answer, "no other member can take over", false },
	{ patroni_silent, "handover", ACTION_answer, "Patroni does not answer", false },
	{ follows, "handover", ACTION_answer, "shared-i2-0 leads", true },
	{ nobody, "handover", ACTION_answer, "nobody leads", true },
	{ nothing, "backup", ACTION_order_backup, "shared-i2-1", true },
	{ follows, "backup", ACTION_answer, "shared-i2-0 leads: ask there", false },
	{ nobody, "backup", ACTION_answer, "nobody leads", false },
	{ patroni_silent, "backup", ACTION_answer, "Patroni does not answer", false },
	{ another_backup, "backup", ACTION_answer, "another backup is being made", false },
	{ backup_runs, "backup", ACTION_count, "", false },
	{ backup_failed, "backup", ACTION_answer, "shared-i2-2: disk full", false },
	{ nothing, "reload", ACTION_reload, "once", true },
	{ follows, "reload", ACTION_reload, "once", true },
	{ reloaded, "reload", ACTION_answer, "reloaded", true },
	{ reload_failed, "reload", ACTION_answer, "Patroni says no", false },
};

static void asks(void)
{
	struct world w;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct action *a;
		struct round r;

		begin(&w);
		ask = (struct fact_ask){ str_of("7"), str_of(rows[i].name), MS - 100 };
		w.asks = (struct fact_asks){ &ask, 1 };
		rows[i].change(&w);
		r = world_decide(&w, decide_asks);
		a = r.actions;
		if (rows[i].action == ACTION_count)
			CHECK(!a);
		else if (!CHECK(a && !a->next && a->kind == rows[i].action))
			(void)printf("#  row %zu\n", i);
		else if (a->kind == ACTION_answer)
			CHECK(str_is(a->target, "7") &&
			      str_is(node_text(a->body, "text"), rows[i].target) &&
			      node_flag(a->body, "done", false) == rows[i].done);
		else if (!CHECK(str_is(a->target, rows[i].target)))
			(void)printf("#  row %zu: %s\n", i, a->target.p);
		world_end(&w);
	}
	/* it waits for the end of the pod: no long checkpoint */
	begin(&w);
	w.asks = (struct fact_asks){ &ask, 1 };
	ask.name = str_of("handover");
	CHECK(node_flag(world_decide(&w, decide_asks).actions->body, "quick", false));
	/* for a moment it is waited for somebody to hand over to */
	ask.at_ms = MS - 9900;
	none_streams(&w);
	CHECK(!world_decide(&w, decide_asks).actions);
	ask.at_ms = MS - 10100;
	CHECK(world_decide(&w, decide_asks).actions->kind == ACTION_answer);
	w.asks.n = 0;
	CHECK(!world_decide(&w, decide_asks).actions);
	world_end(&w);
}

static void paused(struct world *w)
{
	w->poolers.paused = str_of("shared-pooler-0/loyalty");
}

static bool resumes(void (*change)(struct world *w))
{
	struct world w;
	struct round r;
	bool yes;

	begin(&w);
	paused(&w);
	change(&w);
	r = world_decide(&w, decide_resume);
	yes = world_action(&r, ACTION_resume) != NULL;
	world_end(&w);
	return yes;
}

static void not_paused(struct world *w)
{
	w->poolers.paused = str_of("");
}

static void replays(struct world *w)
{
	w->postgres.in_recovery = true;
}

static void of_a_standby(struct world *w)
{
	w->patroni.role = ROLE_STANDBY_LEADER;
	w->postgres.in_recovery = true;
}

static void seen_long_ago(struct world *w)
{
	w->facts.sight[FACT_poolers].at_ms = MS - 21000;
}

static void lull_over_since(struct world *w)
{
	put_past(w, ACTION_switchover, 0, MS - 100);
}

static void lull_over_before(struct world *w)
{
	put_past(w, ACTION_switchover, 1, MS - 900);
}

static void restart_runs(struct world *w)
{
	put_past(w, ACTION_restart, 0, 0);
	past.running = true;
}

static void pauses(void)
{
	struct world w;

	CHECK(resumes(nothing));
	CHECK(resumes(of_a_standby));
	CHECK(resumes(lull_over_before));
	CHECK(!resumes(not_paused));
	CHECK(!resumes(follows));
	CHECK(!resumes(replays));
	CHECK(!resumes(seen_long_ago));
	/* what was seen in a lull of its own is no pause that was left behind */
	CHECK(!resumes(it_runs));
	CHECK(!resumes(restart_runs));
	CHECK(!resumes(lull_over_since));
	/* after a promotion it is looked each second */
	begin(&w);
	w.patroni.led_since_ms = MS - 59000;
	CHECK(world_decide(&w, decide_resume).look_ms[FACT_poolers] == 1000);
	w.patroni.led_since_ms = MS - 61000;
	CHECK(world_decide(&w, decide_resume).look_ms[FACT_poolers] == INT64_MAX);
	world_end(&w);
}

/* A roll is in no hurry. */
static void heirs(void)
{
	struct world w;
	struct round r;

	begin(&w);
	all_old(&w);
	r = round_begin(w.arena, &w.facts, orders, w.now);
	CHECK(roll_heir(&r, false).n == 0 && str_is(roll_heir(&r, true), "shared-i2-1"));
	world_end(&w);
}

int main(void)
{
	struct orders_reader *reader = orders_reader_new();
	struct arena *a = arena_new();

	orders = world_orders(reader, a);
	asks();
	pauses();
	heirs();
	orders_free(orders);
	orders_reader_free(reader);
	arena_free(a);
	return check_done("agent_switchover");
}
