/* SPDX-License-Identifier: Apache-2.0 */
/* test_agent_life.c: restores that stopped elsewhere, sleep, retirement, and what guests read. */
#include "agent_fixture.h"
#include "decide/decide.h"
#include "decide/restore.h"
#include "ground/mounted.h"
#include "provision/plan.h"

enum { DAY = 86400, WEEK = 7 * DAY };

/* The fixture's orders with text in the place of what stands between `life:` and `operations:`. */
static struct orders *orders_with(struct orders_reader *reader, const char *life, const char *more)
{
	struct arena *a = arena_new();
	struct err err = { 0 };
	struct str file = str_of("");
	struct buf out = { 0 };
	const char *at, *end;
	struct orders *o;

	(void)mounted_read(a, "tests/schema/good-agentconfig.yaml", 65536, &file, &err);
	at = strstr(file.p, "  life:\n");
	end = strstr(at, "  operations:");
	buf_fmt(&out, "%.*s%s%s", (int)(at - file.p), file.p, life, end);
	if (more[0]) {
		char *retention = strstr(buf_z(&out), "    retention: 14d\n");
		struct buf with = { 0 };

		buf_fmt(&with, "%.*s%s%s", (int)(retention - buf_z(&out)), buf_z(&out), more,
			retention);
		buf_release(&out);
		out = with;
	}
	o = orders_read(reader, "orders.yaml", buf_view(&out), NULL, &err);
	if (!CHECK(o))
		(void)printf("# %s\n", err.text);
	buf_release(&out);
	arena_free(a);
	return o;
}

/* ---- restore: wanted is 2026-03-03T09:41:00+01:00, incarnation 2 ---- */

#define TOLD(reason)                                                                               \
	"{\"incarnation\":2,\"conditions\":[{\"type\":\"RestoreInexact\",\"reason\":\"" reason     \
	"\",\"lastTransitionTime\":\"2026-03-03T10:00:00Z\"}]"

static const struct {
	const char *reasons, *record;
	bool unseen;
	enum reason reason;
	bool closed;
} restores[] = {
	{ "before 2026-03-03 08:41:07.25+00\nno recovery target specified", "{}", false,
	  REASON_RestoreExact, false },
	/* nothing was written for days: the first transaction behind the moment came late */
	{ "before 2026-03-05 00:00:00+00", "{}", false, REASON_RestoreExact, false },
	{ "before 2026-03-03 08:40:30+00", "{}", false, REASON_RestoreExact, false },
	{ "before 2026-03-03 07:41:00+00", "{}", false, REASON_RestoreElsewhere, true },
	{ "no recovery target specified", "{}", false, REASON_RestoreElsewhere, true },
	{ "", "{}", false, REASON_RestoreElsewhere, true },
	{ "before nonsense", "{}", false, REASON_RestoreElsewhere, true },
	/* a promotion came behind it before anybody judged */
	{ "no recovery target specified\nbefore 2026-03-03 08:41:07+00", "{}", false,
	  REASON_RestoreExact, false },
	{ "", "{}", true, REASON_RestoreUnjudged, false },
	/* what was told of this incarnation stays; of another one it means nothing */
	{ "", TOLD("RestoreExact") "}", true, REASON_RestoreExact, false },
	{ "no recovery target specified", TOLD("RestoreAccepted") "}", false,
	  REASON_RestoreAccepted, false },
	{ "no recovery target specified",
	  "{\"incarnation\":1,\"conditions\":[{\"type\":\"RestoreInexact\",\"reason\":"
	  "\"RestoreAccepted\"}]}",
	  false, REASON_RestoreElsewhere, true },
	/* accepted by an operation that was begun behind the verdict */
	{ "no recovery target specified",
	  TOLD("RestoreElsewhere") ",\"operations\":[{\"id\":\"x\",\"action\":\"accept-restore\","
				   "\"state\":\"Done\",\"started\":\"2026-03-03T11:00:00Z\"}]}",
	  false, REASON_RestoreAccepted, false },
	{ "no recovery target specified",
	  TOLD("RestoreElsewhere") ",\"operations\":[{\"id\":\"x\",\"action\":\"accept-restore\","
				   "\"state\":\"Done\",\"started\":\"2026-03-01T11:00:00Z\"}]}",
	  false, REASON_RestoreElsewhere, true },
	{ "no recovery target specified",
	  TOLD("RestoreElsewhere") ",\"operations\":[{\"id\":\"x\",\"action\":\"accept-restore\","
				   "\"state\":\"Skipped\",\"started\":\"2026-03-03T11:00:00Z\"}]}",
	  false, REASON_RestoreElsewhere, true },
};

/* An agent that begins while the API server is away does not close a cluster that is in service. */
static void check_begin(struct orders_reader *reader)
{
	struct orders *orders = world_orders(reader, NULL);
	struct catalog_role role = { .name = str_of("loyalty_loyalty_api_owner_a"), .login = true };
	struct catalog catalog = {
		.major = 17, .orders = orders->digest, .roles = &role, .n_roles = 1
	};
	struct world w;
	struct round r;

	role.mark = (struct mark){ .ours = true, .login = true };
	world_begin(&w, orders);
	w.catalog.have = &catalog;
	w.restored.reasons = str_of("no recovery target specified");
	w.facts.sight[FACT_record].at_ms = 0;
	r = round_begin(w.arena, &w.facts, w.orders, w.now);
	decide_restore(&r);
	decide_databases(&r);
	CHECK(!r.actions &&
	      r.conditions[CONDITION_DatabasesReady].reason == REASON_DatabasesUnseen);
	w.facts.sight[FACT_record].at_ms = MS - 500;
	r = round_begin(w.arena, &w.facts, w.orders, w.now);
	decide_restore(&r);
	decide_databases(&r);
	CHECK(r.conditions[CONDITION_DatabasesReady].reason > REASON_none &&
	      r.conditions[CONDITION_DatabasesReady].reason != REASON_DatabasesUnseen);
	world_end(&w);
	orders_free(orders);
}

/* A catalog that was seen in an earlier lead is no ground to change anything. */
static void check_stale(struct orders_reader *reader)
{
	struct orders *orders = world_orders(reader, NULL);
	const struct catalog_available citext = { .name = str_of("citext"),
						  .version = str_of("1.6"),
						  .standard = true };
	struct catalog catalog = {
		.major = 17, .orders = orders->digest, .available = &citext, .n_available = 1
	};
	struct sight *seen;
	enum reason reason;
	struct world w;
	struct round r;

	world_begin(&w, orders);
	w.catalog.have = &catalog;
	seen = &w.facts.sight[FACT_catalog];
	r = world_decide(&w, decide_databases);
	reason = r.conditions[CONDITION_DatabasesReady].reason;
	CHECK(r.actions && r.look_ms[FACT_catalog] == INT64_MAX &&
	      reason == REASON_DatabasesDiffer);
	w.patroni.led_since_ms = seen->at_ms + 1;
	r = world_decide(&w, decide_databases);
	CHECK(!r.actions && r.look_ms[FACT_catalog] == 0 &&
	      r.conditions[CONDITION_DatabasesReady].reason == reason);
	seen->failures = 1;
	seen->error = str_of("too many connections");
	r = world_decide(&w, decide_databases);
	CHECK(!r.actions &&
	      r.conditions[CONDITION_DatabasesReady].reason == REASON_DatabasesUnseen);
	world_end(&w);
	orders_free(orders);
}

/* Whatever PostgreSQL refuses, and however much of it, what comes behind it is made. */
static void check_refused(struct orders_reader *reader)
{
	static struct past refused[8];
	struct buf list = { 0 };
	struct orders *orders;
	struct catalog catalog = { .major = 17 };
	const struct action *a;
	struct world w;
	struct round r;

	buf_text(&list, "  databases:\n");
	for (int i = 0; i < 9; i++)
		buf_fmt(&list,
			"    - {name: d%d, owner: d%d_owner, writer: d%d_writer, reader: "
			"d%d_reader}\n",
			i, i, i, i);
	orders = world_orders_with(reader, "", "  databases:\n", buf_z(&list));
	catalog.orders = orders->digest;
	world_begin(&w, orders);
	for (int i = 0; i < 8; i++)
		refused[i] = (struct past){ .next = i ? &refused[i - 1] : NULL,
					    .kind = ACTION_provision,
					    .target = arena_fmt(w.arena, "d%d", i),
					    .failures = 3,
					    .not_before_ms = MS + 10000,
					    .result = str_of("permission denied") };
	w.catalog.have = &catalog;
	w.facts.past = &refused[7];
	r = world_decide(&w, decide_databases);
	a = r.actions;
	while (a && !str_is(a->target, "d8"))
		a = a->next;
	CHECK(a != NULL);
	CHECK(r.conditions[CONDITION_DatabasesReady].reason == REASON_DatabasesFail ||
	      r.conditions[CONDITION_DatabasesReady].reason == REASON_DatabasesContradict);
	buf_release(&list);
	world_end(&w);
	orders_free(orders);
}

static void check_restores(struct orders_reader *reader)
{
	struct orders *orders = world_orders(reader, NULL);
	struct world w;

	world_begin(&w, orders);
	for (size_t i = 0; i < sizeof(restores) / sizeof(*restores); i++) {
		struct round r;

		w.restored.reasons = str_of(restores[i].reasons);
		w.facts.sight[FACT_restored].at_ms = restores[i].unseen ? 0 : MS - 500;
		w.record.status = world_json(w.arena, restores[i].record);
		r = world_decide(&w, decide_restore);
		if (!CHECK(r.conditions[CONDITION_RestoreInexact].reason == restores[i].reason))
			(void)printf(
			    "# restore %zu: %s\n", i,
			    reason_row(r.conditions[CONDITION_RestoreInexact].reason)->name);
		CHECK(restore_closed(&r) == restores[i].closed);
	}
	world_end(&w);
	orders_free(orders);
}

/* The operation of the fixture's orders. */
static void check_accept(struct orders_reader *reader)
{
	struct orders *orders = world_orders(reader, NULL);
	struct world w;
	struct round r;

	world_begin(&w, orders);
	w.restored.reasons = str_of("no recovery target specified");
	/* not before people could read the verdict */
	w.record.status = world_json(w.arena, "{\"incarnation\":2}");
	r = round_begin(w.arena, &w.facts, w.orders, w.now);
	decide_restore(&r);
	decide_operations(&r);
	CHECK(!world_action(&r, ACTION_begin));
	CHECK(strstr(node_text(r.ledger->kids, "message").p, "has to be told first"));
	w.record.status = world_json(w.arena, TOLD("RestoreElsewhere") "}");
	r = round_begin(w.arena, &w.facts, w.orders, w.now);
	decide_restore(&r);
	decide_operations(&r);
	CHECK(world_action(&r, ACTION_begin));
	w.record.status = world_json(
	    w.arena,
	    TOLD("RestoreElsewhere") ",\"operations\":[{\"id\":\"accept-2026-03-03\",\"action\":"
				     "\"accept-restore\",\"state\":\"Running\",\"started\":\"2026-"
				     "03-03T11:00:00Z\"}]}");
	r = round_begin(w.arena, &w.facts, w.orders, w.now);
	decide_restore(&r);
	decide_operations(&r);
	CHECK(str_is(node_text(r.ledger->kids, "state"), "Done") &&
	      str_is(node_text(r.ledger->kids, "message"), "access opens"));
	world_end(&w);
	orders_free(orders);
}

/* ---- sleep ---- */

static enum reason sleep_of(struct orders_reader *reader, const char *life)
{
	struct orders *orders = orders_with(reader, life, "");
	struct world w;
	struct round r;
	enum reason reason;

	world_begin(&w, orders);
	r = world_decide(&w, decide_hibernate);
	reason = r.conditions[CONDITION_Hibernated].reason;
	world_end(&w);
	orders_free(orders);
	return reason;
}

static void check_sleep(struct orders_reader *reader)
{
	CHECK(sleep_of(reader, "  life: {}\n") == REASON_none);
	CHECK(sleep_of(reader, "  life: {hibernate: {always: true}}\n") == REASON_Sleeping);
	/* it is midnight */
	CHECK(sleep_of(reader, "  life: {hibernate: {sleep: 0 20 * * *, wake: 0 7 * * *}}\n") ==
	      REASON_Sleeping);
	CHECK(sleep_of(reader, "  life: {hibernate: {sleep: 0 12 * * *, wake: 0 13 * * *}}\n") ==
	      REASON_Awake);
}

/* ---- retirement ---- */

static void closing(struct world *w)
{
	(void)w;
}

static void made(struct world *w)
{
	w->attempt[0] =
	    (struct fact_attempt){ .id = 9,
				   .member = str_of("shared-i2-1"),
				   .agent = str_of("t"),
				   .why = str_of("last backup of the retirement, attempt 1"),
				   .asked = WALL - 3600,
				   .ended = WALL - 3000,
				   .backup = w->backup[2].name,
				   .error = str_of("") };
	w->attempts.n = 1;
}

static void failed(struct world *w)
{
	made(w);
	w->attempt[0].backup = str_of("");
	w->attempt[0].error = str_of("503");
}

static void corrupt(struct world *w)
{
	made(w);
	w->checked[2].corrupt = 3;
}

static void week_old(struct world *w)
{
	made(w);
	w->attempt[0].ended = WALL - WEEK - 10;
}

static void corrupt_week_old(struct world *w)
{
	week_old(w);
	w->checked[2].corrupt = 3;
}

static void deleted(struct world *w)
{
	week_old(w);
	w->backups.n = 0;
}

static void unseen_week_old(struct world *w)
{
	week_old(w);
	w->facts.sight[FACT_backups].at_ms = MS - 600000;
}

/* A retirement that was taken back: the cluster was in service, with a backup of its own since. */
static void taken_back(struct world *w)
{
	week_old(w);
	w->attempt[0].asked = WALL - WEEK - 600;
	w->attempt[0].backup = w->backup[0].name;
	w->backup[0].began = WALL - WEEK - 500;
	w->backup[0].ended = WALL - WEEK - 400;
}

/* Restored from the archive of a cluster that retired: its table of attempts came along. */
static void of_another_life(struct world *w)
{
	week_old(w);
	w->attempt[0].member = str_of("shared-1");
	w->attempt[0].backup = str_of("base_000000020000000A000000F0");
	w->backups.n = 0;
}

static const struct {
	void (*change)(struct world *w);
	bool all; /* backups: delete */
	enum reason reason;
	enum action_kind action; /* ACTION_count: none */
} retirements[] = {
	{ closing, false, REASON_RetireBacksUp, ACTION_order_backup },
	{ made, false, REASON_RetireReady, ACTION_count },
	{ made, true, REASON_RetireReady, ACTION_count },
	{ failed, false, REASON_RetireFails, ACTION_order_backup },
	{ corrupt, false, REASON_RetireFails, ACTION_order_backup },
	{ week_old, false, REASON_RetireReady, ACTION_count },
	{ week_old, true, REASON_RetireDeletes, ACTION_delete_backups },
	{ corrupt_week_old, true, REASON_RetireFails, ACTION_order_backup },
	{ unseen_week_old, true, REASON_RetireDeletes, ACTION_count },
	{ deleted, true, REASON_RetireDeleted, ACTION_count },
	{ taken_back, false, REASON_RetireBacksUp, ACTION_order_backup },
	{ taken_back, true, REASON_RetireBacksUp, ACTION_order_backup },
	{ of_another_life, false, REASON_RetireBacksUp, ACTION_order_backup },
	{ of_another_life, true, REASON_RetireBacksUp, ACTION_order_backup },
};

static void check_retirement(struct orders_reader *reader)
{
	struct plan plan = { 0 };
	struct change change = { .why = str_of("x may log in") };

	for (size_t i = 0; i < sizeof(retirements) / sizeof(*retirements); i++) {
		struct orders *orders =
		    orders_with(reader, "  life: {retire: {step: closing}}\n",
				retirements[i].all ? "    deleteAll: true\n" : "");
		const struct action *a;
		struct world w;
		struct round r;

		world_begin(&w, orders);
		retirements[i].change(&w);
		r = round_begin(w.arena, &w.facts, w.orders, w.now);
		r.databases = &plan;
		decide_retire(&r);
		if (!CHECK(r.conditions[CONDITION_Retired].reason == retirements[i].reason))
			(void)printf("# retirement %zu: %s\n", i,
				     reason_row(r.conditions[CONDITION_Retired].reason)->name);
		a = r.actions;
		CHECK((a == NULL) == (retirements[i].action == ACTION_count));
		CHECK(!a || a->kind == retirements[i].action);
		if (i == 1)
			CHECK(str_eq(r.conditions[CONDITION_Retired].detail, w.backup[2].name));
		/* while somebody may still log in there is no last backup */
		plan.changes = &change;
		r = round_begin(w.arena, &w.facts, w.orders, w.now);
		r.databases = &plan;
		decide_retire(&r);
		CHECK(!r.actions && r.conditions[CONDITION_Retired].reason == REASON_RetireCloses);
		plan.changes = NULL;
		/* nor are there others */
		r = world_decide(&w, decide_backup);
		CHECK(!world_action(&r, ACTION_order_backup));
		world_end(&w);
		orders_free(orders);
	}
}

/* ---- guests ---- */

static const struct action *guest_of(struct world *w, struct plan *plan)
{
	struct round r = round_begin(w->arena, &w->facts, w->orders, w->now);

	r.databases = plan;
	decide_guests(&r);
	return world_action(&r, ACTION_write_guest);
}

static const struct node *ready_of(const struct action *a)
{
	return node_at(node_at(a ? a->body : NULL, "status"), "conditions")->kids;
}

static void check_guests(struct orders_reader *reader)
{
	struct orders *orders = world_orders(reader, NULL);
	struct catalog_database has = { .name = str_of("loyalty"), .size = 7000000, .sessions = 3 };
	struct catalog catalog = { .databases = &has, .n_databases = 1 };
	struct fact_secret secret = { str_of("loyalty_loyalty_api_owner"),
				      str_of(""),
				      str_of("u"),
				      str_of("v"),
				      true,
				      true };
	struct trouble trouble = { NULL, str_of("loyalty"), str_of("it belongs to another"),
				   false };
	struct plan plan = { 0 };
	const struct action *a;
	struct world w;

	world_begin(&w, orders);
	w.catalog.have = &catalog;
	w.secrets = (struct fact_secrets){ &secret, 1, NULL, 0, orders->digest };
	CHECK(!guest_of(&w, &plan)); /* its record is not there */
	w.guest[0] =
	    (struct fact_guest){ str_of("team-loyalty"), str_of("loyalty"), str_of("7"), 4, NULL };
	w.guests = (struct fact_guests){ w.guest, 1 };
	a = guest_of(&w, &plan);
	CHECK(a && str_is(a->target, "team-loyalty/loyalty"));
	CHECK(str_is(node_text(ready_of(a), "status"), "True") &&
	      str_is(node_text(ready_of(a), "reason"), "AsDeclared"));
	CHECK(node_num(node_at(a->body, "status"), "connections", 0) == 3);
	CHECK(str_is(node_at(node_at(a->body, "status"), "secrets")->kids->text,
		     "loyalty-api/shared-loyalty"));
	/* once told it is told again for the heartbeat alone */
	w.guest[0].status = node_at(a->body, "status");
	CHECK(!guest_of(&w, &plan));
	w.now.wall += 61;
	CHECK(guest_of(&w, &plan));
	w.now.wall = WALL - 3600;
	CHECK(guest_of(&w, &plan));
	w.now.wall = WALL;
	secret.fits = false;
	a = guest_of(&w, &plan);
	CHECK(str_is(node_text(ready_of(a), "reason"), "LoginsUndelivered"));
	plan.troubles = &trouble;
	a = guest_of(&w, &plan);
	CHECK(str_is(node_text(ready_of(a), "reason"), "DatabasesContradict") &&
	      str_is(node_text(ready_of(a), "status"), "False"));
	world_follow(&w);
	CHECK(!guest_of(&w, &plan));
	world_end(&w);
	orders_free(orders);
}

int main(void)
{
	struct orders_reader *reader = orders_reader_new();

	check_restores(reader);
	check_begin(reader);
	check_stale(reader);
	check_refused(reader);
	check_accept(reader);
	check_sleep(reader);
	check_retirement(reader);
	check_guests(reader);
	orders_reader_free(reader);
	return check_done("agent_life");
}
