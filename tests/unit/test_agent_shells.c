/* SPDX-License-Identifier: Apache-2.0 */
/* test_agent_shells.c: Secrets that are empty in Git: what is made for them at first, and what when
 * they are lost later. */
#include "agent_fixture.h"
#include "decide/decide.h"
#include "decide/logins.h"
#include "ground/base64.h"
#include "provision/credentials.h"
#include "provision/shell.h"

enum { PASSWORD = 32, KEY = 64 };

static struct orders_reader *reader;

/* The shell at i of the orders. */
static const struct node *shell_at(const struct world *w, size_t i)
{
	const struct node *n = orders_at(w->orders, "shells")->kids;

	while (i--)
		n = n->next;
	return n;
}

/* Data of a Secret, base64. */
static const struct node *data_of(struct arena *a, const char *const (*pairs)[2])
{
	struct fields f = { a, { 0 } };

	for (; (*pairs)[0]; pairs++)
		fields_text(&f, (*pairs)[0], base64_of(a, (*pairs)[1], strlen((*pairs)[1])));
	return fields_map(&f);
}

static struct str copied(struct arena *a, const struct node *shell, struct str key)
{
	(void)a;
	(void)shell;
	return str_of(str_is(key, "superuser-password") ? "as-it-was" : "");
}

static struct str nothing_copied(struct arena *a, const struct node *shell, struct str key)
{
	(void)a;
	(void)shell;
	(void)key;
	return str_of("");
}

static void first_time(struct world *w)
{
	struct arena *a = w->arena;
	const struct shell system = { shell_at(w, 0), NULL, true, NULL };
	const struct shell backup = { shell_at(w, 1), NULL, true, NULL };
	const struct node *made = shell_fill(a, &system);
	struct str console = credentials_value(a, made, "console-password");
	struct str pooler = credentials_value(a, made, "pooler-password");

	CHECK(console.n == PASSWORD && pooler.n == PASSWORD && !str_eq(console, pooler));
	CHECK(credentials_value(a, made, "superuser-password").n == PASSWORD);
	CHECK(str_is(credentials_value(a, made, "userlist.txt"),
		     arena_fmt(a, "\"howdah_console\" \"%s\"\n\"howdah_pooler\" \"%s\"\n",
			       console.p, pooler.p)
			 .p));
	CHECK(credentials_value(a, shell_fill(a, &backup), "key").n == KEY);
}

static void nothing_is_made_twice(struct world *w)
{
	static const char *const pairs[][2] = {
		{ "superuser-password", "s" },
		{ "pooler-password", "p" },
		{ "console-password", "c" },
		{ "userlist.txt", "\"howdah_console\" \"c\"\n\"howdah_pooler\" \"p\"\n" },
		{ NULL, NULL },
	};
	const struct shell s = { shell_at(w, 0), data_of(w->arena, pairs), true, copied };

	CHECK(!shell_fill(w->arena, &s)->kids);
}

/* The cluster lives: no key is invented, and no password for what would not learn it. */
static void lost(struct world *w)
{
	struct arena *a = w->arena;
	struct shell s = { shell_at(w, 0), NULL, false, copied };
	const struct shell backup = { shell_at(w, 1), NULL, false, copied };
	const struct node *made = shell_fill(a, &s);

	CHECK(str_is(credentials_value(a, made, "superuser-password"), "as-it-was"));
	CHECK(credentials_value(a, made, "pooler-password").n == PASSWORD);
	CHECK(credentials_value(a, made, "userlist.txt").n > (size_t)2 * PASSWORD);
	s.copy = nothing_copied;
	made = shell_fill(a, &s);
	CHECK(!node_at(made, "superuser-password"));
	CHECK(credentials_value(a, made, "pooler-password").n == PASSWORD);
	CHECK(!shell_fill(a, &backup)->kids);
}

/* One password is gone: the list of users follows; the other password stays. */
static void one_is_lost(struct world *w)
{
	static const char *const pairs[][2] = {
		{ "superuser-password", "s" },
		{ "console-password", "c" },
		{ "userlist.txt", "\"howdah_console\" \"c\"\n\"howdah_pooler\" \"p\"\n" },
		{ NULL, NULL },
	};
	const struct shell s = { shell_at(w, 0), data_of(w->arena, pairs), false, copied };
	const struct node *made = shell_fill(w->arena, &s);
	struct str list = credentials_value(w->arena, made, "userlist.txt");

	CHECK(node_count(made) == 2);
	CHECK(strstr(list.p, credentials_value(w->arena, made, "pooler-password").p) != NULL);
	CHECK(strstr(list.p, "\"c\"") != NULL);
}

/* What the leader decides of Secrets that were read. */
static const struct {
	const char *lacks, *lost, *problem;
	bool keys;
	bool fills;
	enum reason reason;
} rows[] = {
	{ "", "", "", false, false, REASON_KeysThere },
	{ "pooler-password, userlist.txt", "", "", false, true, REASON_KeysThere },
	{ "pooler-password", "superuser-password", "", false, true, REASON_PasswordsLost },
	{ "", "superuser-password", "Secret is not there", false, false, REASON_PasswordsLost },
	{ "", "key", "", true, false, REASON_BackupKeyGone },
};

static void decided(struct world *w)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct fact_shell fact = { str_of("shared-system"), str_of(rows[i].problem),
					   rows[i].keys, str_of(rows[i].lacks),
					   str_of(rows[i].lost) };
		struct catalog catalog = { 0 };
		struct plan plan = { 0 };
		struct round r, k;
		const struct action *action;

		w->catalog.have = &catalog;
		w->secrets = (struct fact_secrets){ NULL, 0, &fact, 1, w->orders->digest };
		r = round_begin(w->arena, &w->facts, w->orders, w->now);
		(void)decide_logins(&r, &plan);
		action = world_action(&r, ACTION_fill_shell);
		CHECK((action != NULL) == rows[i].fills);
		CHECK(!action || str_is(node_text(action->body, "secret"), "shared-system"));
		k = world_decide(w, decide_keys);
		CHECK(k.conditions[CONDITION_KeysMissing].reason == rows[i].reason);
	}
}

int main(void)
{
	struct arena *a = arena_new();
	struct world w;
	struct orders *orders;

	reader = orders_reader_new();
	orders = world_orders(reader, a);
	world_begin(&w, orders);
	first_time(&w);
	nothing_is_made_twice(&w);
	lost(&w);
	one_is_lost(&w);
	decided(&w);
	world_end(&w);
	orders_free(orders);
	orders_reader_free(reader);
	arena_free(a);
	return check_done("agent_shells");
}
