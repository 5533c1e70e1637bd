/* SPDX-License-Identifier: Apache-2.0 */
/* test_agent_lead.c: what a new leader does for those who still follow the old one: labels,
 * poolers. */
#include "agent_fixture.h"
#include "decide/decide.h"

static struct orders *orders;

static void nothing(struct world *w)
{
	(void)w;
}

static void promoted(struct world *w)
{
	w->patroni.led_since_ms = MS - 5000;
	w->patroni.passed = true;
}

static void promoted_long_ago(struct world *w)
{
	promoted(w);
	w->patroni.led_since_ms = MS - 61000;
}

static void promoted_in_recovery(struct world *w)
{
	promoted(w);
	w->postgres.in_recovery = true;
}

/* The lead was there at the agent's first look: it has seen no promotion. */
static void there_at_once(struct world *w)
{
	promoted(w);
	w->patroni.passed = false;
	w->facts.self.started_ms = MS - 6000;
}

/* The agent was started a moment ago, and has seen it all the same. */
static void promoted_just_started(struct world *w)
{
	promoted(w);
	w->facts.self.started_ms = MS - 6000;
}

static struct past told;

static void promoted_and_told(struct world *w)
{
	promoted(w);
	told =
	    (struct past){ .kind = ACTION_reconnect, .target = str_of(""), .ended_ms = MS - 4000 };
	w->facts.past = &told;
}

static void promoted_told_before(struct world *w)
{
	promoted_and_told(w);
	told.ended_ms = MS - 6000;
}

static void promoted_not_heard(struct world *w)
{
	promoted_and_told(w);
	told.failures = 1;
}

/* The dead leader's pod keeps its label: the poolers' Service leads there, too. */
static void promoted_two_primaries(struct world *w)
{
	promoted(w);
	w->patroni.led_since_ms = MS - 4000;
	w->pod[2].role = str_of("primary");
}

static void promoted_two_primaries_for_long(struct world *w)
{
	promoted_two_primaries(w);
	w->patroni.led_since_ms = MS - 5000;
}

static void promoted_stripping(struct world *w)
{
	promoted(w);
	w->patroni.led_since_ms = MS - 4000;
	told = (struct past){ .kind = ACTION_strip_label,
			      .target = str_of("shared-i2-2"),
			      .running = true,
			      .started_ms = MS - 3000 };
	w->facts.past = &told;
}

static void promoted_stripped(struct world *w)
{
	promoted_stripping(w);
	told.running = false;
	told.ended_ms = MS - 499;
}

static void promoted_stripped_before(struct world *w)
{
	promoted_stripped(w);
	told.ended_ms = MS - 500;
}

static void promoted_stripped_long_ago(struct world *w)
{
	promoted_stripping(w);
	told.started_ms = MS - 4001;
}

static void reconnects(void)
{
	struct world w;

	CHECK(!world_wants(orders, nothing, decide_reconnect, ACTION_reconnect));
	CHECK(world_wants(orders, promoted, decide_reconnect, ACTION_reconnect));
	CHECK(!world_wants(orders, promoted_long_ago, decide_reconnect, ACTION_reconnect));
	CHECK(!world_wants(orders, promoted_in_recovery, decide_reconnect, ACTION_reconnect));
	CHECK(!world_wants(orders, there_at_once, decide_reconnect, ACTION_reconnect));
	CHECK(world_wants(orders, promoted_just_started, decide_reconnect, ACTION_reconnect));
	CHECK(!world_wants(orders, promoted_and_told, decide_reconnect, ACTION_reconnect));
	CHECK(world_wants(orders, promoted_told_before, decide_reconnect, ACTION_reconnect));
	CHECK(world_wants(orders, promoted_not_heard, decide_reconnect, ACTION_reconnect));
	CHECK(!world_wants(orders, promoted_two_primaries, decide_reconnect, ACTION_reconnect));
	CHECK(world_wants(orders, promoted_two_primaries_for_long, decide_reconnect,
			  ACTION_reconnect));
	CHECK(!world_wants(orders, promoted_stripping, decide_reconnect, ACTION_reconnect));
	CHECK(!world_wants(orders, promoted_stripped, decide_reconnect, ACTION_reconnect));
	CHECK(world_wants(orders, promoted_stripped_before, decide_reconnect, ACTION_reconnect));
	CHECK(world_wants(orders, promoted_stripped_long_ago, decide_reconnect, ACTION_reconnect));
	world_begin(&w, orders);
	promoted_two_primaries(&w);
	CHECK(world_decide(&w, decide_reconnect).wake_ms == MS + 1000);
	promoted_stripped(&w);
	w.pod[2].role = str_of("replica");
	CHECK(world_decide(&w, decide_reconnect).wake_ms == MS + 1);
	world_end(&w);
}

/* A dead pod kept its label, and the lock's object names this member. */
static void two_primaries(struct world *w)
{
	w->pod[2].role = str_of("primary");
	w->pods.holder = str_of("shared-i2-0");
}

static void two_primaries_other_holder(struct world *w)
{
	two_primaries(w);
	w->pods.holder = str_of("shared-i2-2");
}

static void two_primaries_in_recovery(struct world *w)
{
	two_primaries(w);
	w->postgres.in_recovery = true;
}

static void two_primaries_stale_patroni(struct world *w)
{
	two_primaries(w);
	w->facts.sight[FACT_patroni].at_ms = MS - 11000;
}

static void two_primaries_replica(struct world *w)
{
	two_primaries(w);
	world_follow(w);
}

/* While the lead moves, what decides it is looked at four times a second. */
static void looks_closely(void)
{
	struct world w;
	struct round r;

	world_begin(&w, orders);
	world_headless(&w, 5000);
	r = world_decide(&w, decide_labels);
	CHECK(r.look_ms[FACT_patroni] == 250 && r.look_ms[FACT_pods] == INT64_MAX);
	world_headless(&w, 120000);
	CHECK(world_decide(&w, decide_labels).look_ms[FACT_patroni] == INT64_MAX);
	world_end(&w);

	world_begin(&w, orders);
	w.patroni.led_since_ms = MS - 400;
	w.patroni.role = ROLE_REPLICA;
	w.postgres.in_recovery = true;
	r = world_decide(&w, decide_labels);
	CHECK(r.look_ms[FACT_patroni] == 250 && r.look_ms[FACT_pods] == 250 &&
	      r.look_ms[FACT_postgres] == 250);
	/* seen since: nobody else has the label, so a look each second will do */
	w.patroni.led_since_ms = MS - 600;
	CHECK(world_decide(&w, decide_labels).look_ms[FACT_pods] == 1000);
	w.pod[2].role = str_of("primary");
	CHECK(world_decide(&w, decide_labels).look_ms[FACT_pods] == 250);
	w.pod[2].role = str_of("replica");
	w.pod[0].role = str_of("replica");
	CHECK(world_decide(&w, decide_labels).look_ms[FACT_pods] == 250);
	w.pod[0].role = str_of("primary");
	w.patroni.led_since_ms = MS - 400;
	w.pods.holder = str_of("shared-i2-0");
	w.patroni.role = ROLE_PRIMARY;
	r = world_decide(&w, decide_labels);
	CHECK(r.look_ms[FACT_patroni] == INT64_MAX && r.look_ms[FACT_pods] == 1000 &&
	      r.look_ms[FACT_postgres] == 250);
	/* seen before the promotion */
	w.postgres.in_recovery = false;
	CHECK(world_decide(&w, decide_labels).look_ms[FACT_postgres] == 250);
	w.facts.sight[FACT_postgres].at_ms = MS - 300;
	CHECK(world_decide(&w, decide_labels).look_ms[FACT_postgres] == INT64_MAX);
	/* who follows another cluster stays in recovery */
	w.patroni.role = ROLE_STANDBY_LEADER;
	w.postgres.in_recovery = true;
	CHECK(world_decide(&w, decide_labels).look_ms[FACT_postgres] == INT64_MAX);
	world_end(&w);
}

/* Without a leader one agent speaks, a member's before a read replica's. */
static bool speaks(size_t self, bool first_lives)
{
	struct world w;
	struct round r;

	world_begin(&w, orders);
	world_headless(&w, 61000);
	w.pod[3] = w.pod[0];
	w.pod[3].name = str_of("shared-readers-0");
	w.pod[3].set = str_of("shared-readers");
	w.pods.n = 4;
	w.pod[0].agent_ready = w.pod[1].agent_ready = first_lives;
	w.facts.self.pod = w.pod[self].name;
	w.facts.self.ordinal = w.pod[self].ordinal;
	r = round_begin(w.arena, &w.facts, w.orders, w.now);
	world_end(&w);
	return r.speaks;
}

static void speakers(void)
{
	CHECK(speaks(0, true) && !speaks(1, true) && !speaks(2, true) && !speaks(3, true));
	CHECK(speaks(2, false) && !speaks(3, false));
}

/* Of an agent that does not see its Patroni, who speaks is told by the lock: whether somebody
 * renews it. Patroni was last seen seen ms ago (0: never), the lock renewed renewed ms ago, the
 * pods looked at pods ms ago; leader is what Patroni said. */
static const struct {
	int64_t seen, renewed, pods;
	const char *leader;
	bool speaks;
} blind[] = {
	/* another member leads, for as long as this one's image is pulled */
	{ 0, 9000, 500, "", false },
	{ 0, 60000, 500, "", false },
	/* nobody's Patroni runs */
	{ 0, 61000, 500, "", true },
	/* nor does this agent know whether the lock is renewed */
	{ 0, 61000, 61000, "", false },
	/* Patroni was there, and said that nobody leads: somebody does since */
	{ 40000, 9000, 500, "", false },
	{ 40000, 61000, 500, "", true },
	{ 3600000, 9000, 500, "", false },
	/* whoever led when it was there leads still, or nobody does any more */
	{ 59000, 61000, 500, "shared-i2-2", false },
	{ 61000, 9000, 500, "shared-i2-2", false },
	{ 61000, 61000, 500, "shared-i2-2", true },
	{ 61000, 61000, 500, "shared-i2-0", true },
	{ 61000, 29000, 29000, "shared-i2-0", false },
};

static void blind_speakers(void)
{
	for (size_t i = 0; i < sizeof(blind) / sizeof(*blind); i++) {
		struct world w;
		struct round r;

		world_begin(&w, orders);
		if (blind[i].leader[0] == '\0')
			world_headless(&w, 200000);
		w.patroni.leader = str_of(blind[i].leader);
		world_blind(&w, blind[i].seen, blind[i].renewed);
		w.facts.sight[FACT_pods].at_ms = MS - blind[i].pods;
		r = round_begin(w.arena, &w.facts, w.orders, w.now);
		if (!CHECK(r.speaks == blind[i].speaks && !r.leads))
			(void)printf("#  row %zu\n", i);
		world_end(&w);
	}
}

/* While the API server is away Patroni's members confirm who leads; what this one's Patroni says
 * of itself, and who leads by that. */
static const struct {
	bool failsafe;
	const char *role, *state, *before;
	bool told;
	const char *leader;
} confirmed[] = {
	{ true, "primary", "running", "shared-i2-0", true, "shared-i2-0" },
	{ true, "primary", "running", "", true, "shared-i2-0" },
	{ true, "replica", "running", "shared-i2-1", true, "shared-i2-1" },
	/* it was asked to confirm another one */
	{ true, "replica", "running", "shared-i2-0", true, "" },
	/* all the same what it was and has: without the others' word it leads no more */
	{ false, "primary", "running", "shared-i2-0", false, "" },
	{ true, "primary", "stopping", "shared-i2-0", false, "" },
	{ true, "demoted", "stopped", "shared-i2-0", false, "" },
	{ true, "standby_leader", "running", "shared-i2-0", false, "" },
};

static void failsafe(void)
{
	static const char json[] = "[{\"application_name\": \"shared-i2-2\", \"state\":"
				   " \"streaming\"}, {\"application_name\": \"shared-i2-1\","
				   " \"state\": \"catchup\"}, {\"application_name\": \"x\","
				   " \"state\": \"streaming\"}]";
	struct fact_patroni fact;
	const struct node *seen;
	struct world w;

	world_begin(&w, orders);
	seen = world_json(w.arena, json);
	for (size_t i = 0; i < sizeof(confirmed) / sizeof(*confirmed); i++) {
		fact = (struct fact_patroni){ .role = role_of(str_of(confirmed[i].role)),
					      .state = str_of(confirmed[i].state),
					      .failsafe = confirmed[i].failsafe };
		w.patroni.leader = str_of(confirmed[i].before);
		if (!CHECK(patroni_failsafe(w.arena, &fact, &w.patroni, w.facts.self.pod, seen) ==
			       confirmed[i].told &&
			   str_is(fact.leader, confirmed[i].leader)))
			(void)printf("#  row %zu: %s\n", i, fact.leader.p);
	}
	/* what the leader sees of the others is all that is known of them */
	fact = (struct fact_patroni){ .role = ROLE_PRIMARY,
				      .state = str_of("running"),
				      .failsafe = true };
	w.members[2].role = ROLE_READER;
	w.members[1].failing_ms = 1;
	CHECK(patroni_failsafe(w.arena, &fact, &w.patroni, w.facts.self.pod, seen));
	CHECK(fact.n_members == 3 && fact.members[0].role == ROLE_PRIMARY &&
	      member_healthy(&fact.members[0]));
	CHECK(fact.members[1].role == ROLE_SYNC && !member_healthy(&fact.members[1]) &&
	      fact.members[1].failing_ms == 0 && fact.members[1].lag == -1);
	CHECK(fact.members[2].role == ROLE_READER && member_healthy(&fact.members[2]));
	/* an agent that was started meanwhile knows of its own member alone */
	w.patroni.n_members = 0;
	CHECK(patroni_failsafe(w.arena, &fact, &w.patroni, w.facts.self.pod, NULL));
	CHECK(fact.n_members == 1 && fact.members[0].role == ROLE_PRIMARY &&
	      member_healthy(&fact.members[0]));
	world_end(&w);

	/* the API server that tells this one of no leader is away for the leader only */
	world_begin(&w, orders);
	world_headless(&w, 61000);
	CHECK(round_begin(w.arena, &w.facts, w.orders, w.now).speaks);
	w.patroni.failsafe = true;
	CHECK(!round_begin(w.arena, &w.facts, w.orders, w.now).speaks);
	CHECK(!round_begin(w.arena, &w.facts, w.orders, w.now).nobody_leads);
	world_end(&w);
}

static void labels(void)
{
	struct world w;
	struct round r;

	CHECK(!world_wants(orders, nothing, decide_labels, ACTION_strip_label));
	CHECK(world_wants(orders, two_primaries, decide_labels, ACTION_strip_label));
	CHECK(!world_wants(orders, two_primaries_other_holder, decide_labels, ACTION_strip_label));
	/* whoever holds the lock may still be about to be promoted */
	CHECK(world_wants(orders, two_primaries_in_recovery, decide_labels, ACTION_strip_label));
	CHECK(!world_wants(orders, two_primaries_stale_patroni, decide_labels, ACTION_strip_label));
	CHECK(!world_wants(orders, two_primaries_replica, decide_labels, ACTION_strip_label));
	world_begin(&w, orders);
	two_primaries(&w);
	w.pod[2].version = str_of("abc-1");
	r = world_decide(&w, decide_labels);
	CHECK(r.actions && str_is(r.actions->target, "shared-i2-2") &&
	      str_is(r.actions->version, "abc-1") && !r.actions->next);
	/* for two minutes after a promotion the pods are looked at each second */
	CHECK(r.look_ms[FACT_pods] == INT64_MAX);
	w.patroni.led_since_ms = MS - 119000;
	CHECK(world_decide(&w, decide_labels).look_ms[FACT_pods] == 1000);
	w.patroni.led_since_ms = MS - 121000;
	CHECK(world_decide(&w, decide_labels).look_ms[FACT_pods] == INT64_MAX);
	world_end(&w);
	looks_closely();
}

int main(void)
{
	struct orders_reader *reader = orders_reader_new();
	struct arena *a = arena_new();

	orders = world_orders(reader, a);
	reconnects();
	labels();
	speakers();
	blind_speakers();
	failsafe();
	orders_free(orders);
	orders_reader_free(reader);
	arena_free(a);
	return check_done("agent_lead");
}
