/* SPDX-License-Identifier: Apache-2.0 */
/* test_agent_ledger.c: operations: begun in the record first, each once, brought to their end by
 * whoever leads. */
#include "agent_fixture.h"
#include "decide/decide.h"
#include "ground/mounted.h"

/* 2026-01-04T02:30:00Z: inside the window of the fixture's orders (sunday, 02:00, 4h). */
enum { INSIDE = 1767493800, OUTSIDE = WALL };

#define LINE "  operations: [{id: accept-2026-03-03, action: accept-restore}]\n"

static struct fact_standby standbys[2];
static struct past past[3];

/* The fixture's orders with other operations. */
static struct orders *orders_with(struct orders_reader *reader, struct arena *a,
				  const char *operations)
{
	struct err err = { 0 };
	struct str text = str_of("");
	struct buf out = { 0 };
	const char *at;
	struct orders *o;

	CHECK(mounted_read(a, "tests/schema/good-agentconfig.yaml", 65536, &text, &err) == 1);
	at = strstr(text.p, LINE);
	buf_fmt(&out, "%.*s  operations: %s\n%s", (int)(at - text.p), text.p, operations,
		at + strlen(LINE));
	o = orders_read(reader, "orders.yaml", buf_view(&out), NULL, &err);
	if (!CHECK(o))
		(void)printf("#  %s\n", err.text);
	buf_release(&out);
	return o;
}

static void begin(struct world *w, struct orders *orders)
{
	world_begin(w, orders);
	w->now.wall = INSIDE;
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

static void outside(struct world *w)
{
	w->now.wall = OUTSIDE;
}

static void window_ends(struct world *w)
{
	w->now.wall = INSIDE + 3 * 3600 + 1800 - 299;
}

static void one_leaves(struct world *w)
{
	w->pod[2].deleting = true;
}

static void none_streams(struct world *w)
{
	w->postgres.n_standbys = 0;
}

static void follows(struct world *w)
{
	world_follow(w);
}

static void record_unseen(struct world *w)
{
	w->facts.sight[FACT_record].at_ms = 0;
}

static void record_old(struct world *w)
{
	w->facts.sight[FACT_record].at_ms = MS - 60000;
	w->patroni.led_since_ms = MS - 30000;
}

static void moved(struct world *w)
{
	w->patroni.leader = w->facts.self.pod = str_of("shared-i2-1");
}

static void outdated(struct world *w)
{
	w->pod[1].hash = str_of("0000");
}

static void put_past(struct world *w, int i, enum action_kind kind, const char *target,
		     int64_t ms_ago)
{
	past[i] = (struct past){ .next = (struct past *)(uintptr_t)w->facts.past,
				 .kind = (int)kind,
				 .target = str_of(target),
				 .done = 1,
				 .started_ms = MS - ms_ago,
				 .ended_ms = MS - ms_ago + 10,
				 .result = str_of("") };
	w->facts.past = &past[i];
}

/* This process began operation x a second ago. */
static void ours(struct world *w)
{
	put_past(w, 0, ACTION_begin, "x", 1000);
}

static void switched(struct world *w)
{
	ours(w);
	put_past(w, 1, ACTION_switchover, "shared-i2-1", 800);
}

static void switch_failed(struct world *w)
{
	switched(w);
	past[1].done = 0;
	past[1].failures = 1;
	past[1].result = str_of("no good candidates");
}

/* The operation began half a minute ago. */
static void switch_failed_long(struct world *w)
{
	switch_failed(w);
	past[0].started_ms = past[0].ended_ms = MS - 30000;
}

static void switch_failed_alone(struct world *w)
{
	switch_failed(w);
	w->postgres.n_standbys = 0;
}

static void switch_runs(struct world *w)
{
	switched(w);
	past[1].running = true;
}

static void switch_unseen(struct world *w)
{
	switched(w);
	w->facts.sight[FACT_patroni].at_ms = MS - 795;
}

static void switched_before(struct world *w)
{
	ours(w);
	put_past(w, 1, ACTION_switchover, "shared-i2-1", 3000);
}

static void paused(struct world *w)
{
	w->patroni.paused = true;
}

static void last_restarted(struct world *w)
{
	ours(w);
	put_past(w, 1, ACTION_restart, "shared-i2-2", 900);
}

static void replicas_restarted(struct world *w)
{
	last_restarted(w);
	put_past(w, 2, ACTION_restart, "shared-i2-1", 800);
}

static void last_failed(struct world *w)
{
	last_restarted(w);
	past[1].done = 0;
	past[1].failures = 3;
	past[1].result = str_of("restart failed");
}

/* A restart of last week came to nothing, again and again. */
static void last_failed_before(struct world *w)
{
	last_failed(w);
	past[1].started_ms = MS - 600000;
	past[1].ended_ms = MS - 500000;
}

static void last_restarted_before(struct world *w)
{
	ours(w);
	put_past(w, 1, ACTION_restart, "shared-i2-2", 2000);
}

static void all_restarted(struct world *w)
{
	last_restarted(w);
	put_past(w, 2, ACTION_restart, "shared-i2-1", 800);
	/* the leader's, on the place that `ours` had: the entry says when it was begun */
	past[0].kind = ACTION_restart;
	past[0].target = str_of("shared-i2-0");
	past[0].started_ms = MS - 500;
	past[0].ended_ms = MS - 490;
}

static void all_reloaded(struct world *w)
{
	all_restarted(w);
	for (int i = 0; i < 3; i++)
		past[i].kind = ACTION_reload;
}

static void rebuilding(struct world *w)
{
	ours(w);
	put_past(w, 1, ACTION_reinit, "shared-i2-1", 900);
}

static void rebuilt(struct world *w)
{
	put_past(w, 0, ACTION_begin, "x", 40000);
	put_past(w, 1, ACTION_reinit, "shared-i2-1", 39000);
}

static void rebuilt_not_well(struct world *w)
{
	rebuilt(w);
	w->members[1].state = str_of("creating replica");
}

static void never_well(struct world *w)
{
	rebuilt_not_well(w);
	past[0].started_ms = MS - 86500000;
	past[0].ended_ms = MS - 86490000;
	past[1].started_ms = MS - 86450000;
	past[1].ended_ms = MS - 86440000;
}

static void reinit_failed(struct world *w)
{
	rebuilding(w);
	past[1].done = 0;
	past[1].failures = 1;
	past[1].result = str_of("no leader");
}

static void attempts_unseen(struct world *w)
{
	w->facts.sight[FACT_attempts].at_ms = MS - 61000;
}

/* The one attempt in the table, begun a minute ago and ended s seconds ago, 0: not yet. */
static void attempt(struct world *w, const char *why, int64_t s)
{
	w->attempt[0] = (struct fact_attempt){ .id = 7,
					       .member = str_of("shared-i2-1"),
					       .agent = str_of("t"),
					       .why = str_of(why),
					       .asked = INSIDE - 60,
					       .ended = s ? INSIDE - s : 0,
					       .backup = str_of(""),
					       .error = str_of("") };
	w->attempts.items = w->attempt;
	w->attempts.n = 1;
}

static void attempt_of_another(struct world *w)
{
	attempt(w, "it is due", 0);
}

static void attempt_open(struct world *w)
{
	attempt(w, "operation x", 0);
}

static void attempt_put_off(struct world *w)
{
	attempt(w, "operation x", 20);
}

static void attempt_failed(struct world *w)
{
	attempt_put_off(w);
	w->attempt[0].error = str_of("disk full");
}

static void attempt_made(struct world *w)
{
	attempt_put_off(w);
	w->attempt[0].backup = str_of("base_000000030000000A000000F0");
	w->backups.at = INSIDE - 30;
}

static void attempt_lost(struct world *w)
{
	attempt_made(w);
	w->backups.n = 0;
	w->backups.at = INSIDE - 10;
}

static void attempt_corrupt(struct world *w)
{
	attempt_made(w);
	w->backup[0] = (struct fact_backup){ .name = w->attempt[0].backup,
					     .segment = str_of("000000030000000A000000F0"),
					     .last = str_of("0000000A000000F0"),
					     .host = str_of("shared-i2-1"),
					     .began = INSIDE - 50,
					     .ended = INSIDE - 20 };
	w->checked[0] = (struct fact_checked){ w->attempt[0].backup, 3 };
	w->backups.items = w->backup;
	w->backups.n = 1;
	w->attempts.checked = w->checked;
	w->attempts.n_checked = 1;
}

#define REINIT "[{id: x, action: reinit, member: 1}]"
#define OP(action) "[{id: x, action: " action "}]"
#define NOW(action) "[{id: x, action: " action ", now: true}]"
/* began two seconds before now of the fixture, in its window */
#define RUNS(action)                                                                               \
	"{\"incarnation\":2,\"operations\":[{\"id\":\"x\",\"action\":\"" action                    \
	"\",\"state\":\"Running\",\"started\":\"2026-01-04T02:29:58Z\",\"by\":\"shared-i2-0\"}]}"
#define IS(state)                                                                                  \
	"{\"incarnation\":2,\"operations\":[{\"id\":\"x\",\"action\":\"reload\",\"state\":"        \
	"\"" state "\"}]}"
#define FRESH "{\"incarnation\":2}"
#define ROTATES                                                                                    \
	"{\"incarnation\":2,\"operations\":[{\"id\":\"a\",\"action\":\"rotate\",\"state\":"        \
	"\"Running\",\"started\":\"2026-01-04T02:29:58Z\",\"by\":\"shared-i2-0\"}]}"

static const struct row {
	void (*change)(struct world *w);
	const char *orders, *record;
	const char *begins;       /* the operation that begins, "" for none */
	const char *state, *text; /* what the ledger says of x then, "" nothing */
	enum action_kind action;  /* ACTION_count: none */
	const char *target;
} rows[] = {
	/* a new one begins in the record, and nothing else happens before that */
	{ nothing, OP("reload"), FRESH, "x", "", "", ACTION_count, "" },
	{ nothing, OP("rotate"), FRESH, "x", "", "", ACTION_count, "" },
	{ outside, OP("reload"), FRESH, "x", "", "", ACTION_count, "" },
	{ nothing, OP("switchover"), FRESH, "x", "", "", ACTION_count, "" },
	{ nothing, OP("restart"), IS("Waiting"), "x", "Waiting", "", ACTION_count, "" },
	{ follows, OP("reload"), FRESH, "", "", "", ACTION_count, "" },
	{ record_unseen, OP("reload"), FRESH, "", "", "", ACTION_count, "" },
	{ record_old, OP("reload"), FRESH, "", "", "", ACTION_count, "" },
	{ record_old, OP("reload"), RUNS("reload"), "", "Running", "", ACTION_count, "" },
	/* what it waits for */
	{ outside, OP("switchover"), FRESH, "", "Waiting", "closed until 2026-01-04T02:00:00Z",
	  ACTION_count, "" },
	{ window_ends, OP("restart"), FRESH, "", "Waiting", "maintenance window", ACTION_count,
	  "" },
	{ outside, NOW("switchover"), FRESH, "x", "", "", ACTION_count, "" },
	{ outside, NOW("restart"), FRESH, "x", "", "", ACTION_count, "" },
	{ one_leaves, NOW("restart"), FRESH, "", "Waiting", "is being replaced", ACTION_count, "" },
	{ none_streams, NOW("switchover"), FRESH, "", "Waiting", "not all well", ACTION_count, "" },
	{ switch_runs, NOW("restart"), FRESH, "", "Waiting", "something is done", ACTION_count,
	  "" },
	{ nothing, "[{id: x, action: switchover, member: 7}]", FRESH, "", "Waiting",
	  "shared-i2-7 cannot take over", ACTION_count, "" },
	{ nothing, OP("backup"), FRESH, "x", "", "", ACTION_count, "" },
	{ attempts_unseen, OP("backup"), FRESH, "", "Waiting", "not seen yet", ACTION_count, "" },
	{ attempt_of_another, OP("backup"), FRESH, "", "Waiting", "another backup", ACTION_count,
	  "" },
	{ switch_runs, OP("backup"), FRESH, "", "Waiting", "a switchover is under way",
	  ACTION_count, "" },
	{ nothing, OP("rotate-ca"), FRESH, "", "Waiting", "not this cluster's own", ACTION_count,
	  "" },
	{ nothing, "[{id: x, action: reinit, member: 0}]", FRESH, "", "Waiting",
	  "shared-i2-0 leads", ACTION_count, "" },
	{ nothing, "[{id: x, action: reinit, member: 7}]", FRESH, "", "Waiting",
	  "shared-i2-7 is not there", ACTION_count, "" },
	/* a replica that is not well is what it is for */
	{ none_streams, "[{id: x, action: reinit, member: 1}]", FRESH, "x", "", "", ACTION_count,
	  "" },
	{ one_leaves, "[{id: x, action: reinit, member: 1}]", FRESH, "", "Waiting",
	  "is being replaced", ACTION_count, "" },
	/* what is over stays so */
	{ nothing, OP("reload"), IS("Done"), "", "Done", "", ACTION_count, "" },
	{ nothing, OP("reload"), IS("Failed"), "", "Failed", "", ACTION_count, "" },
	{ nothing, OP("reload"), IS("Unknown"), "", "Unknown", "", ACTION_count, "" },
	{ nothing, OP("reload"), IS("Skipped"), "", "Skipped", "", ACTION_count, "" },
	/* of a restored cluster that has no status yet */
	{ nothing, OP("reload"), "{}", "", "Skipped", "older than", ACTION_count, "" },
	/* one at a time, in their order; the one that runs first */
	{ nothing, "[{id: a, action: reload}, {id: x, action: reload}]", FRESH, "a", "Waiting",
	  "operation a comes first", ACTION_count, "" },
	{ nothing, "[{id: a, action: rotate-ca}, {id: x, action: reload}]", FRESH, "x", "", "",
	  ACTION_count, "" },
	{ ours, "[{id: a, action: reload}, {id: x, action: switchover}]", RUNS("switchover"), "",
	  "Running", "", ACTION_switchover, "shared-i2-1" },
	/* a rotation waits for access that only accept-restore opens: it waits for nobody */
	{ nothing, "[{id: a, action: rotate}, {id: x, action: accept-restore}]", ROTATES, "x", "",
	  "", ACTION_count, "" },
	{ nothing, "[{id: a, action: rotate}, {id: x, action: reload}]", ROTATES, "", "Waiting",
	  "operation a comes first", ACTION_count, "" },
	/* switchover */
	{ ours, OP("switchover"), RUNS("switchover"), "", "Running", "", ACTION_switchover,
	  "shared-i2-1" },
	{ ours, "[{id: x, action: switchover, member: 2}]", RUNS("switchover"), "", "Running", "",
	  ACTION_switchover, "shared-i2-2" },
	{ ours, "[{id: x, action: switchover, member: 0}]", RUNS("switchover"), "", "Done",
	  "leads already", ACTION_count, "" },
	{ switched_before, OP("switchover"), RUNS("switchover"), "", "Running", "",
	  ACTION_switchover, "shared-i2-1" },
	{ switch_runs, OP("switchover"), RUNS("switchover"), "", "Running", "", ACTION_count, "" },
	{ switch_unseen, OP("switchover"), RUNS("switchover"), "", "Running", "", ACTION_count,
	  "" },
	/* what Patroni refuses from an old picture it may take a moment later */
	{ switch_failed, OP("switchover"), RUNS("switchover"), "", "Running", "no good candidates",
	  ACTION_switchover, "shared-i2-1" },
	{ switch_failed_alone, OP("switchover"), RUNS("switchover"), "", "Running",
	  "no good candidates", ACTION_count, "" },
	{ switch_failed_long, OP("switchover"), RUNS("switchover"), "", "Failed",
	  "no good candidates", ACTION_count, "" },
	{ switched, OP("switchover"), RUNS("switchover"), "", "Failed", "did not move",
	  ACTION_count, "" },
	{ moved, OP("switchover"), RUNS("switchover"), "", "Done", "shared-i2-1 leads",
	  ACTION_count, "" },
	{ moved, "[{id: x, action: switchover, member: 1}]", RUNS("switchover"), "", "Done",
	  "shared-i2-1 leads", ACTION_count, "" },
	{ moved, "[{id: x, action: switchover, member: 2}]", RUNS("switchover"), "", "Unknown",
	  "shared-i2-1 leads, not shared-i2-2", ACTION_count, "" },
	{ nothing, OP("switchover"), RUNS("switchover"), "", "Unknown", "ended meanwhile",
	  ACTION_count, "" },
	/* restart: from the last member to the leader, each once */
	{ ours, OP("restart"), RUNS("restart"), "", "Running", "shared-i2-2", ACTION_restart,
	  "shared-i2-2" },
	{ last_restarted_before, OP("restart"), RUNS("restart"), "", "Running", "shared-i2-2",
	  ACTION_restart, "shared-i2-2" },
	{ last_restarted, OP("restart"), RUNS("restart"), "", "Running", "shared-i2-1",
	  ACTION_restart, "shared-i2-1" },
	{ replicas_restarted, OP("restart"), RUNS("restart"), "", "Running", "shared-i2-0",
	  ACTION_restart, "shared-i2-0" },
	{ all_restarted, OP("restart"), RUNS("restart"), "", "Done", "3 members", ACTION_count,
	  "" },
	{ last_failed, OP("restart"), RUNS("restart"), "", "Failed", "shared-i2-2: restart failed",
	  ACTION_count, "" },
	{ last_failed_before, OP("restart"), RUNS("restart"), "", "Running", "shared-i2-2",
	  ACTION_restart, "shared-i2-2" },
	{ nothing, OP("restart"), RUNS("restart"), "", "Running", "shared-i2-2", ACTION_restart,
	  "shared-i2-2" },
	{ none_streams, OP("restart"), RUNS("restart"), "", "Running", "not all well", ACTION_count,
	  "" },
	{ paused, NOW("restart"), FRESH, "", "Waiting", "Patroni is paused", ACTION_count, "" },
	{ outdated, OP("restart"), RUNS("restart"), "", "Running", "being replaced", ACTION_count,
	  "" },
	/* reload: a new leader does it again, which harms nobody */
	{ nothing, OP("reload"), RUNS("reload"), "", "Running", "shared-i2-2", ACTION_reload,
	  "shared-i2-2" },
	{ all_reloaded, OP("reload"), RUNS("reload"), "", "Done", "3 members", ACTION_count, "" },
	/* reinit: asked once */
	{ ours, REINIT, RUNS("reinit"), "", "Running", "", ACTION_reinit, "shared-i2-1" },
	{ nothing, REINIT, RUNS("reinit"), "", "Unknown", "ended meanwhile", ACTION_count, "" },
	{ rebuilding, REINIT, RUNS("reinit"), "", "Running", "is being built", ACTION_count, "" },
	{ rebuilt, REINIT, RUNS("reinit"), "", "Done", "shared-i2-1 follows", ACTION_count, "" },
	{ rebuilt_not_well, REINIT, RUNS("reinit"), "", "Running", "is being built", ACTION_count,
	  "" },
	{ never_well, REINIT, RUNS("reinit"), "", "Failed", "a day", ACTION_count, "" },
	{ reinit_failed, REINIT, RUNS("reinit"), "", "Failed", "no leader", ACTION_count, "" },
	/* backup: the table of attempts knows whether it was ordered, whoever leads */
	{ nothing, OP("backup"), RUNS("backup"), "", "Running", "", ACTION_order_backup,
	  "shared-i2-1" },
	{ attempt_open, OP("backup"), RUNS("backup"), "", "Running", "shared-i2-1 makes it",
	  ACTION_count, "" },
	{ attempt_of_another, OP("backup"), RUNS("backup"), "", "Running", "another backup",
	  ACTION_count, "" },
	{ attempt_put_off, OP("backup"), RUNS("backup"), "", "Running", "", ACTION_order_backup,
	  "shared-i2-1" },
	{ attempt_failed, OP("backup"), RUNS("backup"), "", "Failed", "disk full", ACTION_count,
	  "" },
	{ attempt_made, OP("backup"), RUNS("backup"), "", "Running", "is being verified",
	  ACTION_count, "" },
	{ attempt_lost, OP("backup"), RUNS("backup"), "", "Failed", "not in the archive",
	  ACTION_count, "" },
	{ attempt_corrupt, OP("backup"), RUNS("backup"), "", "Failed", "corrupt pages",
	  ACTION_count, "" },
	{ nothing, OP("rotate-ca"), RUNS("rotate-ca"), "", "Failed", "any more", ACTION_count, "" },
};

static const struct node *entry(const struct node *ledger, const char *id)
{
	for (const struct node *n = ledger ? ledger->kids : NULL; n; n = n->next)
		if (str_is(node_text(n, "id"), id))
			return n;
	return NULL;
}

static bool is_right(const struct row *row, const struct round *r)
{
	const struct action *b = world_action(r, ACTION_begin), *other = r->actions;
	const struct node *x = entry(r->ledger, "x");

	while (other && other->kind == ACTION_begin)
		other = other->next;
	return str_is(b ? b->target : str_of(""), row->begins) &&
	       str_is(node_text(x, "state"), row->state) &&
	       strstr(node_text(x, "message").p, row->text) &&
	       (other ? other->kind == row->action && str_is(other->target, row->target)
		      : row->action == ACTION_count);
}

/* What the round wants to write when an operation begins. */
static const struct node *begun(const struct round *r)
{
	const struct action *b = world_action(r, ACTION_begin);

	return b ? b->body : NULL;
}

static void table(struct orders_reader *reader)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct arena *a = arena_new();
		struct orders *o = orders_with(reader, a, rows[i].orders);
		struct world w;
		struct round r;

		begin(&w, o);
		w.record.status = world_json(a, rows[i].record);
		rows[i].change(&w);
		r = world_decide(&w, decide_operations);
		if (!CHECK(is_right(&rows[i], &r)))
			(void)printf("#  row %zu: %s, %s\n", i, world_text(a, r.ledger),
				     r.actions ? r.actions->target.p : "");
		world_end(&w);
		orders_free(o);
		arena_free(a);
	}
}

/* What is written, and what is left of the ledger. */
static void writes(struct orders_reader *reader)
{
	struct arena *a = arena_new();
	struct orders *o = orders_with(reader, a, OP("reload"));
	struct buf many = { 0 };
	struct world w;
	struct round r;
	const struct node *list;

	begin(&w, o);
	w.record.status =
	    world_json(a, "{\"incarnation\":2,\"operations\":[{\"id\":\"old\",\"action\":"
			  "\"backup\",\"state\":\"Done\"}]}");
	r = world_decide(&w, decide_operations);
	CHECK(str_is(str_of(world_text(a, begun(&r))),
		     "{\"metadata\":{\"resourceVersion\":\"500\"},\"status\":{\"operations\":["
		     "{\"action\":\"backup\",\"id\":\"old\",\"state\":\"Done\"},"
		     "{\"action\":\"reload\",\"by\":\"shared-i2-0\",\"id\":\"x\",\"started\":"
		     "\"2026-01-04T02:30:00Z\",\"state\":\"Running\"}]}}"));
	/* until that is written there is no news to tell, and what stands there stays */
	CHECK(!r.ledger_news && node_count(r.ledger) == 1);
	/* the oldest that are over go when there are 200 */
	buf_text(&many, "{\"incarnation\":2,\"operations\":[");
	for (int i = 0; i < 200; i++)
		buf_fmt(&many, "%s{\"id\":\"o%d\",\"action\":\"reload\",\"state\":\"%s\"}",
			i ? "," : "", i, i ? "Done" : "Running");
	buf_text(&many, "]}");
	w.record.status = world_json(a, buf_z(&many));
	r = world_decide(&w, decide_operations);
	list = node_at(node_at(begun(&r), "status"), "operations");
	CHECK(node_count(list) == 200 && entry(list, "o0") && !entry(list, "o1") &&
	      entry(list, "o2") && entry(list, "x"));
	buf_release(&many);
	world_end(&w);
	orders_free(o);
	arena_free(a);
}

int main(void)
{
	struct orders_reader *reader = orders_reader_new();

	table(reader);
	writes(reader);
	orders_reader_free(reader);
	return check_done("agent_ledger");
}
