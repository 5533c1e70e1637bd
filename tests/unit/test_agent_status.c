/* SPDX-License-Identifier: Apache-2.0 */
/* test_agent_status.c: what is written to the record, when, and which Events go with it. */
#include "agent_fixture.h"
#include "decide/decide.h"
#include "report/metrics.h"
#include "report/status.h"
#include "report/summary.h"

static struct orders *orders;

static void decide_all(struct round *r)
{
	decide_ready(r);
	decide_archive(r);
	decide_certificates(r);
	decide_config(r);
	decide_status(r);
}

/* The record says what a write at wall would have left there. */
static void tell_record(struct world *w, int64_t wall)
{
	struct moment now = w->now;
	struct round r;

	w->now.wall = wall;
	r = round_begin(w->arena, &w->facts, w->orders, w->now);
	decide_all(&r);
	w->record.status = status_of(&r).whole;
	w->now = now;
}

static const struct action *write_of(struct world *w)
{
	struct round r = world_decide(w, decide_all);

	return world_action(&r, ACTION_write_status);
}

static void put_past(struct world *w, struct past *p, const char *target, int64_t ms_ago)
{
	*p = (struct past){ .next = p->next,
			    .kind = ACTION_write_status,
			    .target = str_of(target),
			    .started_ms = MS - ms_ago,
			    .ended_ms = MS - ms_ago + 100,
			    .result = str_of("") };
	w->facts.past = p;
}

static void first_write(void)
{
	struct world w;
	const struct action *a;
	const struct node *status, *ready;

	world_begin(&w, orders);
	a = write_of(&w);
	if (!CHECK(a != NULL))
		return;
	status = node_at(node_at(a->body, "patch"), "status");
	CHECK(str_is(node_text(node_at(node_at(a->body, "patch"), "metadata"), "resourceVersion"),
		     "500"));
	ready = node_at(status, "conditions")->kids;
	CHECK(str_is(node_text(ready, "type"), "Ready") &&
	      str_is(node_text(ready, "status"), "True") &&
	      str_is(node_text(ready, "reason"), "Serving") &&
	      str_is(node_text(ready, "lastTransitionTime"), "2026-01-01T00:00:00Z"));
	CHECK(str_is(node_text(status, "primary"), "shared-i2-0"));
	CHECK(str_is(node_text(status, "membersReady"), "3/3"));
	CHECK(str_is(node_text(status, "heartbeat"), "2026-01-01T00:00:00Z"));
	CHECK(str_eq(node_text(status, "observedOrders"), orders->digest));
	CHECK(node_num(status, "observedGeneration", 0) == 7);
	CHECK(node_count(node_at(status, "members")) == 3);
	/* the first status tells everything: no Event */
	CHECK(node_count(node_at(a->body, "events")) == 0);
	world_end(&w);
}

static void quiet(void)
{
	struct world w;

	world_begin(&w, orders);
	tell_record(&w, WALL - 59);
	CHECK(write_of(&w) == NULL);
	tell_record(&w, WALL - 60);
	CHECK(write_of(&w) != NULL);
	/* one of the future was written before the clock was set back: nobody hears it age */
	tell_record(&w, WALL + 3600);
	CHECK(write_of(&w) != NULL);
	tell_record(&w, WALL + 30);
	CHECK(write_of(&w) == NULL);
	/* what grows all the time is no news */
	tell_record(&w, WALL - 30);
	w.disk.used += 1000000;
	w.members[1].lag = 1000;
	w.postgres.archived = str_of("000000030000000A000000F4");
	CHECK(write_of(&w) == NULL);
	/* a replica speaks only when nobody leads */
	tell_record(&w, WALL - 600);
	world_follow(&w);
	CHECK(write_of(&w) == NULL);
	world_end(&w);
}

/* The next incarnation waits for this one to end, and says so: nobody says otherwise. */
static void superseded(void)
{
	struct world w;

	world_begin(&w, orders);
	w.record.status =
	    world_json(w.arena, "{\"incarnation\":1,\"conditions\":[{\"type\":\"Ready\",\"status\":"
				"\"False\",\"reason\":\"EarlierAlive\"}]}");
	CHECK(write_of(&w) != NULL);
	w.fact_orders.problem = str_of("'shared-i3' is another incarnation than this pod's");
	CHECK(write_of(&w) == NULL);
	w.record.status = NULL;
	CHECK(write_of(&w) != NULL);
	world_end(&w);
}

static void news(void)
{
	struct world w;
	struct past p = { 0 }, q = { 0 };
	const struct action *a;
	const struct node *event;

	world_begin(&w, orders);
	tell_record(&w, WALL - 30);
	w.patroni.n_members = 2;
	a = write_of(&w);
	if (!CHECK(a && str_is(a->target, "conditions")))
		return;
	event = node_at(a->body, "events")->kids;
	CHECK(node_count(node_at(a->body, "events")) == 1);
	CHECK(str_is(node_text(event, "reason"), "MembersMissing") &&
	      str_is(node_text(event, "type"), "Warning") &&
	      str_is(node_text(event, "eventTime"), "2026-01-01T00:00:00.000000Z") &&
	      str_is(node_text(node_at(event, "regarding"), "uid"), "r-1"));
	/* a condition that flaps is written once in ten seconds */
	put_past(&w, &p, "conditions", 9000);
	CHECK(write_of(&w) == NULL);
	put_past(&w, &p, "conditions", 10000);
	CHECK(write_of(&w) != NULL);
	/* a heartbeat a moment ago does not hold it up */
	put_past(&w, &p, "conditions", 60000);
	q.next = &p;
	put_past(&w, &q, "record", 1000);
	CHECK(write_of(&w) != NULL);
	world_end(&w);

	/* other news wait ten seconds */
	world_begin(&w, orders);
	tell_record(&w, WALL - 30);
	w.patroni.timeline = 4;
	p = (struct past){ 0 };
	put_past(&w, &p, "record", 9000);
	CHECK(write_of(&w) == NULL);
	put_past(&w, &p, "record", 10000);
	CHECK(write_of(&w) != NULL);
	world_end(&w);
}

/* A transition keeps its time while the truth stays, whatever the reason. */
static void transitions(void)
{
	struct world w;
	struct round r;
	const struct node *degraded;

	world_begin(&w, orders);
	w.patroni.paused = true;
	tell_record(&w, WALL - 600);
	w.patroni.paused = false;
	w.patroni.n_members = 2;
	r = round_begin(w.arena, &w.facts, orders, w.now);
	decide_all(&r);
	degraded = node_at(status_of(&r).whole, "conditions")->kids->next;
	CHECK(str_is(node_text(degraded, "reason"), "MembersMissing"));
	CHECK(str_is(node_text(degraded, "lastTransitionTime"), "2025-12-31T23:50:00Z"));
	CHECK(status_of(&r).n_flips == 1);
	world_end(&w);
}

/* Every reason belongs to its condition, and every message fits the record's schema. */
static void reasons(void)
{
	struct arena *a = arena_new();
	char *detail = arena_alloc(a, 5001, 1);

	memset(detail, 'x', 5000);
	for (int i = 1; i < REASON_count; i++) {
		const struct reason_row *row = reason_row((enum reason)i);

		CHECK(row->condition < CONDITION_count && row->text[0]);
		CHECK(status_message(a, orders, (enum reason)i, str_of(detail)).n <= 1000);
	}
	arena_free(a);
}

static void pages(void)
{
	struct world w;
	struct buf out = { 0 };
	struct counts counts = { 12 };
	struct round r;
	const char *text;

	world_begin(&w, orders);
	r = world_decide(&w, decide_all);
	metrics_print(&out, &r, &counts);
	text = buf_z(&out);
	CHECK(strstr(text, "\nhowdah_connections 10\n") != NULL);
	CHECK(strstr(text, "howdah_condition{type=\"Ready\",reason=\"Serving\"} 1\n") != NULL);
	CHECK(strstr(text, "howdah_api_requests_total 12\n") != NULL);
	CHECK(str_ends(buf_view(&out), "# EOF\n"));
	text = world_text(w.arena, summary_of(&r));
	CHECK(strstr(text, "\"pod\":\"shared-i2-0\"") && strstr(text, "\"reason\":\"Serving\""));
	buf_release(&out);
	world_end(&w);
}

int main(void)
{
	struct orders_reader *reader = orders_reader_new();
	struct arena *a = arena_new();

	orders = world_orders(reader, a);
	first_write();
	quiet();
	news();
	superseded();
	transitions();
	reasons();
	pages();
	orders_free(orders);
	orders_reader_free(reader);
	arena_free(a);
	return check_done("agent_status");
}
