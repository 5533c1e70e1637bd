/* SPDX-License-Identifier: Apache-2.0 */
/* test_agent_sidecars.c: whose sidecar gets another image, by whom, and what is done when it does
 * not come up. */
#include "agent_fixture.h"
#include "decide/decide.h"

#define AGENT "ghcr.io/howdah-dev/howdah-agent:0.1.0"
#define EXPORTER "quay.io/prometheuscommunity/postgres-exporter:v0.20.1"
#define OLD "ghcr.io/howdah-dev/howdah-agent:0.0.9"

static struct orders *orders;
static struct fact_sidecar sidecars[3][2];

static void begin(struct world *w)
{
	world_begin(w, orders);
	for (size_t i = 0; i < 3; i++) {
		sidecars[i][0] = (struct fact_sidecar){ str_of("agent"), str_of(AGENT),
							str_of("a1"), WALL - 3600 };
		sidecars[i][1] = (struct fact_sidecar){ str_of("exporter"), str_of(EXPORTER),
							str_of("e1"), WALL - 3600 };
		w->pod[i].sidecars = sidecars[i];
		w->pod[i].n_sidecars = 2;
	}
}

static void nothing(struct world *w)
{
	(void)w;
}

static void old(int first, int last)
{
	for (int i = first; i <= last; i++)
		sidecars[i][0].image = str_of(OLD);
}

static void all_old(struct world *w)
{
	(void)w;
	old(0, 2);
}

static void leader_old(struct world *w)
{
	(void)w;
	old(0, 0);
}

static void exporters_old(struct world *w)
{
	(void)w;
	for (int i = 0; i < 3; i++)
		sidecars[i][1].image = str_of("quay.io/x:1");
}

/* Member i got the wanted image s seconds ago, and container id runs since then. */
static void change(struct world *w, int i, int64_t s, const char *id)
{
	w->pod[i].update = (struct fact_update){ str_of("agent"), str_of(AGENT), str_of(OLD),
						 str_of("a0"),    WALL - s,      str_of("") };
	sidecars[i][0].id = str_of(id);
	sidecars[i][0].since = WALL - s;
}

static void last_changes(struct world *w)
{
	old(0, 1);
	change(w, 2, 5, "a1");
}

static void last_proved(struct world *w)
{
	old(0, 1);
	change(w, 2, 15, "a1");
}

/* Proved, and the note is gone: what becomes of it later is its own. */
static void last_crashes_later(struct world *w)
{
	old(0, 1);
	sidecars[2][0].id = str_of("");
	sidecars[2][0].since = 0;
	(void)w;
}

static void last_starts_again_later(struct world *w)
{
	old(0, 1);
	sidecars[2][0].id = str_of("a9");
	sidecars[2][0].since = WALL - 2;
	(void)w;
}

/* It was proved, and no agent lived to see it before now. */
static void last_seen_late(struct world *w)
{
	old(0, 1);
	change(w, 2, 3 * 86400, "a1");
}

static void leader_proved(struct world *w)
{
	change(w, 0, 15, "a1");
}

static void all_proved(struct world *w)
{
	change(w, 2, 15, "a1");
}

static void last_same_container(struct world *w)
{
	old(0, 1);
	change(w, 2, 15, "a0");
}

static void last_does_not_come(struct world *w)
{
	old(0, 1);
	change(w, 2, 61, "");
}

static void last_falls_over(struct world *w)
{
	old(0, 1);
	change(w, 2, 61, "a7");
	sidecars[2][0].since = WALL - 2;
}

static void last_refused(struct world *w)
{
	old(0, 2);
	w->pod[2].update.refused = str_of(AGENT);
}

static void another_refused(struct world *w)
{
	old(0, 2);
	w->pod[2].update.refused = str_of("ghcr.io/howdah-dev/howdah-agent:0.0.10");
}

static void last_unready(struct world *w)
{
	old(0, 2);
	w->pod[2].ready = false;
}

static void of_readers(struct world *w)
{
	old(0, 2);
	w->pod[0].set = w->pod[1].set = w->pod[2].set = str_of("shared-read");
}

static void unknown_container(struct world *w)
{
	old(0, 2);
	for (int i = 0; i < 3; i++)
		w->pod[i].n_sidecars = 0;
}

static void leader_does_not_come(struct world *w)
{
	change(w, 0, 61, "");
}

static void tried_another(struct world *w)
{
	old(0, 2);
	sidecars[2][0].image = str_of("ghcr.io/howdah-dev/howdah-agent:0.0.10");
	change(w, 2, 5, "");
	w->pod[2].update.image = sidecars[2][0].image;
}

static void as_guard(struct world *w)
{
	world_follow(w);
}

static void as_other(struct world *w)
{
	world_follow(w);
	w->facts.self.pod = str_of("shared-i2-2");
	w->facts.self.ordinal = 2;
}

static void as_second(struct world *w)
{
	as_other(w);
	w->members[1].state = str_of("starting");
}

static void alone(struct world *w)
{
	w->patroni.n_members = w->pods.n = 1;
	old(0, 0);
}

static void alone_proved(struct world *w)
{
	w->patroni.n_members = w->pods.n = 1;
	leader_proved(w);
}

static const struct row {
	void (*change)(struct world *w);
	void (*as)(struct world *w);
	const char *pod;    /* whose sidecar gets an image, "" nobody's */
	const char *image;  /* "": its note is taken off */
	enum reason reason; /* that is said, REASON_none */
} rows[] = {
	{ nothing, nothing, "", "", REASON_none },
	{ all_old, nothing, "shared-i2-2", AGENT, REASON_SidecarsChange },
	{ exporters_old, nothing, "shared-i2-2", EXPORTER, REASON_SidecarsChange },
	{ last_changes, nothing, "", "", REASON_SidecarsChange },
	{ last_same_container, nothing, "", "", REASON_SidecarsChange },
	/* the note goes first, then it is the next one's turn */
	{ last_proved, nothing, "shared-i2-2", "", REASON_SidecarsChange },
	{ all_proved, nothing, "shared-i2-2", "", REASON_SidecarsChange },
	{ last_seen_late, nothing, "shared-i2-2", "", REASON_SidecarsChange },
	{ last_crashes_later, nothing, "shared-i2-1", AGENT, REASON_SidecarsChange },
	{ last_starts_again_later, nothing, "shared-i2-1", AGENT, REASON_SidecarsChange },
	{ last_does_not_come, nothing, "shared-i2-2", OLD, REASON_SidecarRefused },
	{ last_falls_over, nothing, "shared-i2-2", OLD, REASON_SidecarRefused },
	{ last_refused, nothing, "", "", REASON_SidecarRefused },
	{ another_refused, nothing, "shared-i2-2", AGENT, REASON_SidecarsChange },
	{ last_unready, nothing, "", "", REASON_SidecarsChange },
	{ of_readers, nothing, "", "", REASON_none },
	{ unknown_container, nothing, "", "", REASON_none },
	{ tried_another, nothing, "shared-i2-2", AGENT, REASON_SidecarsChange },
	/* the leader's own pod is another agent's to change */
	{ leader_old, nothing, "", "", REASON_SidecarsChange },
	{ leader_old, as_guard, "shared-i2-0", AGENT, REASON_none },
	{ leader_old, as_other, "", "", REASON_none },
	{ leader_old, as_second, "shared-i2-0", AGENT, REASON_none },
	{ all_old, as_guard, "", "", REASON_none },
	{ last_changes, as_guard, "", "", REASON_none },
	{ last_refused, as_guard, "", "", REASON_none },
	{ leader_proved, as_guard, "shared-i2-0", "", REASON_none },
	{ leader_proved, as_other, "", "", REASON_none },
	{ leader_proved, nothing, "", "", REASON_SidecarsChange },
	{ all_proved, as_guard, "", "", REASON_none },
	{ leader_does_not_come, as_guard, "shared-i2-0", OLD, REASON_none },
	{ leader_does_not_come, nothing, "", "", REASON_SidecarRefused },
	{ alone, nothing, "shared-i2-0", AGENT, REASON_SidecarsChange },
	{ alone_proved, nothing, "shared-i2-0", "", REASON_SidecarsChange },
};

static const char *image_of(const struct action *a)
{
	const struct node *list = node_at(node_at(a->body, "spec"), "initContainers");

	return list ? node_text(list->kids, "image").p : "";
}

static bool is_right(const struct row *row, const struct round *r)
{
	const struct action *a = world_action(r, ACTION_patch_sidecar);

	return str_is(a ? a->target : str_of(""), row->pod) &&
	       (!a || strcmp(image_of(a), row->image) == 0) &&
	       r->conditions[CONDITION_UpgradePending].reason == row->reason;
}

/* Rolling has said what it says when nothing waits. */
static void decide_both(struct round *r)
{
	if (r->leads)
		round_say(r, REASON_UpToDate, "%s", "");
	decide_sidecars(r);
	if (r->conditions[CONDITION_UpgradePending].reason == REASON_UpToDate)
		r->conditions[CONDITION_UpgradePending].reason = REASON_none;
}

static void table(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct world w;
		struct round r;

		begin(&w);
		rows[i].change(&w);
		rows[i].as(&w);
		r = world_decide(&w, decide_both);
		if (!CHECK(is_right(&rows[i], &r)))
			(void)printf(
			    "#  row %zu: %s %s\n", i, r.actions ? r.actions->target.p : "",
			    reason_row(r.conditions[CONDITION_UpgradePending].reason)->name);
		world_end(&w);
	}
}

/* What is sent, as text. */
static struct str sent(struct world *w, struct round r)
{
	const struct action *a = world_action(&r, ACTION_patch_sidecar);

	return str_of(a ? world_text(w->arena, a->body) : "");
}

/* What is sent, word by word. */
static void bodies(void)
{
	struct world w;
	struct round r;

	begin(&w);
	all_old(&w);
	CHECK(str_is(sent(&w, world_decide(&w, decide_both)),
		     "{\"metadata\":{\"annotations\":{\"howdah.dev/sidecar-update\":"
		     "\"{\\\"at\\\":\\\"2026-01-01T00:00:00Z\\\",\\\"container\\\":\\\"agent\\\","
		     "\\\"id\\\":\\\"a1\\\",\\\"image\\\":\\\"" AGENT "\\\",\\\"was\\\":\\\"" OLD
		     "\\\"}\"},\"resourceVersion\":\"100\"},\"spec\":{\"initContainers\":["
		     "{\"image\":\"" AGENT "\",\"name\":\"agent\"}]}}"));
	world_end(&w);

	begin(&w);
	last_does_not_come(&w);
	CHECK(str_is(sent(&w, world_decide(&w, decide_both)),
		     "{\"metadata\":{\"annotations\":{\"howdah.dev/sidecar-refused\":\"" AGENT
		     "\",\"howdah.dev/sidecar-update\":null},\"resourceVersion\":\"100\"},\"spec\":"
		     "{\"initContainers\":[{\"image\":\"" OLD "\",\"name\":\"agent\"}]}}"));
	world_end(&w);

	begin(&w);
	last_proved(&w);
	CHECK(str_is(sent(&w, world_decide(&w, decide_both)),
		     "{\"metadata\":{\"annotations\":{\"howdah.dev/sidecar-update\":null},"
		     "\"resourceVersion\":\"100\"}}"));
	world_end(&w);

	/* an image that was tried and not proved is none to go back to */
	begin(&w);
	tried_another(&w);
	CHECK(strstr(sent(&w, world_decide(&w, decide_both)).p, "\\\"was\\\":\\\"" OLD "\\\""));
	world_end(&w);

	/* during a roll, and from an old picture, nothing is changed */
	begin(&w);
	all_old(&w);
	w.facts.sight[FACT_pods].at_ms = MS - 41000;
	CHECK(!world_decide(&w, decide_both).actions);
	w.facts.sight[FACT_pods].at_ms = MS - 500;
	r = round_begin(w.arena, &w.facts, orders, w.now);
	round_say(&r, REASON_Rolling, "%s", "");
	decide_sidecars(&r);
	CHECK(!r.actions && r.conditions[CONDITION_UpgradePending].reason == REASON_Rolling);
	world_end(&w);

	/* who stands behind the leader's agent looks at the pods, seldom; the others do not */
	begin(&w);
	as_guard(&w);
	CHECK(world_decide(&w, decide_both).look_ms[FACT_pods] == 120000);
	as_other(&w);
	CHECK(world_decide(&w, decide_both).look_ms[FACT_pods] == INT64_MAX);
	world_end(&w);
}

int main(void)
{
	struct orders_reader *reader = orders_reader_new();
	struct arena *a = arena_new();

	orders = world_orders(reader, a);
	table();
	bodies();
	orders_free(orders);
	orders_reader_free(reader);
	arena_free(a);
	return check_done("agent_sidecars");
}
