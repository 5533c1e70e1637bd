/* SPDX-License-Identifier: Apache-2.0 */
/* test_agent_logins.c: which credentials are made: a table of Secrets and roles, with a fixed
 * clock. */
#include "agent_fixture.h"
#include "decide/logins.h"
#include "ground/mounted.h"
#include "provision/credentials.h"

/* What differs from a login whose Secret names role a and fits, while a rotation is asked for. */
struct row {
	const char *user, *against; /* of the Secret */
	bool fits, whole, rotated;  /* rotated: a has seen the rotation */
	int64_t sessions_b;
	const char *deliver; /* whom, or NULL */
	bool keep, look;
	const char *waits, *undelivered; /* or NULL */
};

static const struct row rows[] = {
	{ "a", "va", true, true, true, 0, NULL, false, false, NULL, NULL },
	{ "a", "va", true, false, true, 0, "a", true, false, NULL, NULL },
	{ "a", "va", true, true, false, 0, "b", false, false, NULL, NULL },
	{ "a", "va", true, true, false, 2, NULL, false, false, "2 sessions", NULL },
	{ "a", "old", false, true, false, 0, NULL, false, true, NULL, NULL },
	{ "a", "va", false, true, true, 0, "b", false, false, NULL, "no password that fits" },
	{ "", "", false, false, true, 0, "b", false, false, NULL, "no password that fits" },
	{ "", "", false, false, true, 1, "a", false, false, NULL, "no password that fits" },
	{ "stranger", "x", true, true, true, 0, "b", false, false, NULL, "no password that fits" },
};

static struct str name_of(const struct node *pair, const char *user)
{
	if (strcmp(user, "a") == 0)
		return pair->kids->text;
	return strcmp(user, "b") == 0 ? pair->kids->next->text : str_of(user);
}

/* What the plan of the next rows still has to change. */
static struct change *change;

static void check_row(struct world *w, const struct row *row)
{
	const struct node *login = orders_at(w->orders, "logins")->kids;
	const struct node *pair = node_at(login, "pair");
	const struct node *done = world_json(w->arena, "[\"accept-2026-03-03\"]");
	struct catalog_role roles[2] = { { .name = name_of(pair, "a"), .login = true },
					 { .name = name_of(pair, "b"), .login = true } };
	struct fact_secret secret = {
		node_text(login, "name"), str_of(""), name_of(pair, row->user),
		str_of(row->against),     row->fits,  row->whole
	};
	struct catalog catalog = { .roles = roles, .n_roles = 2 };
	struct plan plan = { .changes = change };
	struct round r;
	struct logins_word word;
	const struct action *action;

	roles[0].verifier = str_of("va");
	roles[1].verifier = str_of("vb");
	roles[0].mark = (struct mark){
		.ours = true, .login = true, .since = WALL - 100, .done = row->rotated ? done : NULL
	};
	roles[1].mark = (struct mark){ .ours = true, .login = true, .since = WALL - 200 };
	roles[1].sessions = row->sessions_b;
	w->catalog.have = &catalog;
	w->secrets = (struct fact_secrets){ &secret, 1, NULL, 0, w->orders->digest };
	r = round_begin(w->arena, &w->facts, w->orders, w->now);
	word = decide_logins(&r, &plan);
	action = world_action(&r, ACTION_deliver);
	CHECK(!action == !row->deliver);
	CHECK(!row->deliver ||
	      str_eq(node_text(action->body, "user"), name_of(pair, row->deliver)));
	CHECK(!action || node_flag(action->body, "keep", false) == row->keep);
	CHECK((r.look_ms[FACT_secrets] == 0) == row->look);
	CHECK(row->waits ? strstr(word.waits.p, row->waits) != NULL : word.waits.n == 0);
	CHECK(row->undelivered ? strstr(word.undelivered.p, row->undelivered) != NULL
			       : word.undelivered.n == 0);
}

/* What this member saw before it led tells nothing: the leader before has put a password there. */
static void test_stale(struct world *w)
{
	const struct row row = { "", "", false, false, true, 0, NULL, false, true, NULL, NULL };

	w->patroni.led_since_ms = w->facts.sight[FACT_secrets].at_ms + 1;
	check_row(w, &row);
	w->facts.sight[FACT_secrets].failures = 1;
	w->facts.sight[FACT_secrets].error = str_of("no route");
	check_row(w, &(struct row){ .user = "",
				    .against = "",
				    .rotated = true,
				    .look = true,
				    .undelivered = "no route" });
	w->facts.sight[FACT_secrets].failures = 0;
	w->patroni.led_since_ms = w->facts.sight[FACT_secrets].at_ms;
	check_row(w, &rows[6]);
}

/* First credentials come behind the schemas of their database, unless PostgreSQL refuses those. */
static void test_early(struct world *w)
{
	struct str database = node_text(orders_at(w->orders, "logins")->kids, "database");
	struct change inside = { .subject = database };
	struct past past = { .kind = ACTION_provision, .target = database, .failures = 1 };
	const struct row waits = { "", "", false, false, true, 0, NULL, false, false, NULL, NULL };

	change = &inside;
	check_row(w, &waits);
	check_row(w, &rows[5]); /* one that was delivered before */
	w->facts.past = &past;
	check_row(w, &rows[6]);
	past.failures = 0;
	check_row(w, &waits);
	inside.subject = str_of("another");
	check_row(w, &rows[6]);
	w->facts.past = NULL;
	change = NULL;
}

/* No authority is known: what is in the Secrets goes on to count, and nobody gets a Secret that
 * trusts no one. */
static void test_untrusted(struct world *w)
{
	static const char word[] = "no authority";
	const struct row none = { "", "", false, false, true, 0, NULL, false, false, NULL, word };
	const struct row other = {
		"a", "va", false, true, true, 0, NULL, false, false, NULL, word
	};
	struct row torn = rows[1], rotates = rows[2];

	w->files.bundle = str_of("");
	check_row(w, &none);
	check_row(w, &other);
	torn.deliver = rotates.deliver = NULL;
	torn.keep = false;
	torn.undelivered = rotates.undelivered = word;
	check_row(w, &torn);
	check_row(w, &rotates);
	w->files.bundle = str_of("PEM");
}

/* A login of a database that is wanted no more changes nothing, and is not waited for. */
static void test_rotated(struct orders_reader *reader)
{
	static const char owner[] = "      owner: loyalty_owner\n";
	struct catalog catalog = { .n_roles = 0 };

	for (int absent = 0; absent < 2; absent++) {
		struct orders *o = world_orders_with(reader, "", owner,
						     absent ? "      owner: loyalty_owner\n"
							      "      ensure: absent\n"
							    : owner);
		struct world w;
		struct round r;
		size_t done, all;

		world_begin(&w, o);
		w.catalog.have = &catalog;
		r = round_begin(w.arena, &w.facts, w.orders, w.now);
		logins_rotated(&r, str_of("x"), &done, &all);
		CHECK(done == 0 && all == (absent ? 0U : 1U));
		world_end(&w);
		orders_free(o);
	}
}

/* Connection strings, with names that a URI would take for its own. */
static void test_strings(struct arena *a)
{
	const struct node *login = world_json(
	    a, "{\"database\":\"a b\",\"endpoints\":{\"directHost\":\"h\",\"poolerHost\":\"p\"}}");
	const struct credentials c = { str_of("u@x"), str_of("pw-_1"), str_of("CA") };
	const struct node *data = credentials_data(a, login, &c);

	CHECK(str_is(credentials_value(a, data, "uri"),
		     "postgresql://u%40x:pw-_1@p:6432/a%20b?sslmode=verify-full"));
	CHECK(str_is(credentials_value(a, data, "direct-uri"),
		     "postgresql://u%40x:pw-_1@h:5432/a%20b?sslmode=verify-full"));
	CHECK(str_is(credentials_value(a, data, "PGUSER"), "u@x"));
	CHECK(str_is(credentials_value(a, data, "ca.crt"), "CA"));
	CHECK(credentials_value(a, data, "read-uri").n == 0);
	CHECK(credentials_value(a, world_json(a, "{\"k\":\"###=\"}"), "k").n == 0);
}

int main(void)
{
	struct arena *a = arena_new();
	struct orders_reader *reader = orders_reader_new();
	struct err err = { 0 };
	struct str text = str_of("");
	char *operation;
	struct orders *o;
	struct world w;

	CHECK(mounted_read(a, "tests/schema/good-agentconfig.yaml", 65536, &text, &err) == 1);
	operation = strstr((char *)(uintptr_t)text.p, "action: accept-restore");
	memcpy(operation, "action: rotate        ", 22);
	o = orders_read(reader, "orders.yaml", text, NULL, &err);
	CHECK(o);
	world_begin(&w, o);
	w.record.status = world_json(a, "{\"operations\":[{\"id\":\"accept-2026-03-03\","
					"\"action\":\"rotate\",\"state\":\"Running\"}]}");
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		check_row(&w, &rows[i]);
	test_stale(&w);
	test_early(&w);
	test_untrusted(&w);
	test_rotated(reader);
	/* one that the ledger does not say was begun, or says is over, changes nothing */
	w.record.status = NULL;
	check_row(&w, &(struct row){ .user = "a", .against = "va", .fits = true, .whole = true });
	w.record.status = world_json(a, "{\"operations\":[{\"id\":\"accept-2026-03-03\","
					"\"action\":\"rotate\",\"state\":\"Done\"}]}");
	check_row(&w, &(struct row){ .user = "a", .against = "va", .fits = true, .whole = true });
	test_strings(a);
	world_end(&w);
	orders_free(o);
	orders_reader_free(reader);
	arena_free(a);
	return check_done("agent_logins");
}
