/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_drill_prepare.c: howdah-agent drill-prepare: the init container of a restore drill. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "agent/command.h"
#include "drill/scripts.h"
#include "ground/mounted.h"
#include "ground/paths.h"
#include "orders/orders.h"

enum { KEY_MOST = 4096 };

static int put(const char *path, struct str text, unsigned mode)
{
	struct err err = { 0 };

	if (mounted_replace(path, text, mode, &err))
		return agent_fail(AGENT_OUTSIDE, "%s", err.text);
	return AGENT_FINE;
}

static int make_folders(void)
{
	static const char queries[] = PATH_DRILL "/queries";
	static const char *const folders[] = { "/run/howdah", PATH_BIN, PATH_KEYS, PATH_DRILL,
					       queries };

	for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++)
		if (mkdir(folders[i], 0755) && errno != EEXIST)
			return agent_fail(AGENT_OUTSIDE, "%s: %s", folders[i], strerror(errno));
	return AGENT_FINE;
}

/* The reader of a database, "" where the orders do not know it. */
static struct str reader_of(const struct orders *o, struct str database)
{
	const struct node *list = orders_at(o, "databases");

	for (const struct node *d = list ? list->kids : NULL; d; d = d->next)
		if (str_eq(node_text(d, "name"), database))
			return node_text(d, "reader");
	return str_of("");
}

/* One question, as files that the script reads. */
static int put_query(struct arena *a, const struct orders *o, const struct node *q, int n)
{
	const struct {
		const char *tail;
		struct str text;
	} files[] = {
		{ "sql", node_text(q, "sql") },
		{ "name", node_text(q, "name") },
		{ "database", node_text(q, "database") },
		{ "expect", node_text(q, "expect") },
		{ "role", reader_of(o, node_text(q, "database")) },
	};
	int code = AGENT_FINE;

	for (size_t i = 0; i < sizeof(files) / sizeof(*files) && code == AGENT_FINE; i++)
		code = put(arena_fmt(a, PATH_DRILL "/queries/%02d.%s", n, files[i].tail).p,
			   files[i].text, 0644);
	return code;
}

static int put_queries(struct arena *a, const struct orders *o)
{
	const struct node *list = orders_at(o, "backup.drill.queries");
	int n = 0, code = AGENT_FINE;

	for (const struct node *q = list ? list->kids : NULL; q && code == AGENT_FINE; q = q->next)
		code = put_query(a, o, q, ++n);
	return code;
}

/* Settings that a restored server must have at least: see drill.sh. */
static int put_settings(struct arena *a, const struct orders *o)
{
	static const char *const names[] = { "max_connections", "max_worker_processes",
					     "max_wal_senders", "max_prepared_transactions",
					     "max_locks_per_transaction" };
	int code = AGENT_FINE;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names) && code == AGENT_FINE; i++) {
		struct str path = arena_fmt(a, PATH_DRILL "/at-least.%s", names[i]);
		struct str at = arena_fmt(a, "patroni.dynamic.postgresql.parameters.%s", names[i]);
		int64_t value = orders_int(o, at.p, 0);

		/* Patroni takes numbers and texts */
		(void)str_int(orders_text(o, at.p), &value);
		code = put(path.p, arena_fmt(a, "%lld\n", (long long)value), 0644);
	}
	return code;
}

/* The key of the backups, from its Secret to where wal-g looks. */
static int put_key(struct arena *a, const struct orders *o)
{
	const struct node *shells = orders_at(o, "shells");
	struct str key = str_of("");
	struct err err = { 0 };

	for (const struct node *s = shells ? shells->kids : NULL; s; s = s->next) {
		struct str name = node_text(node_at(s, "keys")->kids, "name");

		if (!str_is(node_text(s, "purpose"), "backup-key"))
			continue;
		if (mounted_read(a, arena_fmt(a, PATH_SECRETS "/backup-key/%s", name.p).p, KEY_MOST,
				 &key, &err) != 1 ||
		    key.n == 0)
			return agent_fail(AGENT_OUTSIDE,
					  "the key of the backups is not in Secret %s",
					  node_text(s, "secret").p);
		return put(PATH_BACKUP_KEY, key, 0400);
	}
	return AGENT_FINE;
}

static int prepare(struct arena *a, const struct orders *o)
{
	struct str loss =
	    arena_fmt(a, "%lld\n", (long long)orders_ms(o, "backup.maxDataLoss", 60000) / 1000);
	int code = make_folders();

	if (code == AGENT_FINE)
		code = put(PATH_BIN "/drill", str_of(drill_script), 0755);
	if (code == AGENT_FINE)
		code = put(PATH_BIN "/fetch", str_of(drill_fetch), 0755);
	if (code == AGENT_FINE)
		code = put(PATH_DRILL "/most-loss", loss, 0644);
	if (code == AGENT_FINE)
		code = put_settings(a, o);
	if (code == AGENT_FINE)
		code = put_queries(a, o);
	return code == AGENT_FINE ? put_key(a, o) : code;
}

static int run(int argc, char **argv)
{
	struct orders_reader *reader;
	struct orders *o;
	struct err err = { 0 };
	struct arena *a;
	int code;

	(void)argv;
	if (argc > 0)
		return agent_fail(AGENT_USAGE, "drill-prepare takes no arguments");
	reader = orders_reader_new();
	o = orders_open(reader, PATH_ORDERS, NULL, &err);
	orders_reader_free(reader);
	if (!o)
		return agent_fail(AGENT_OUTSIDE, "%s", err.text);
	a = arena_new();
	code = prepare(a, o);
	arena_wipe(a); /* the key was in it */
	orders_free(o);
	return code;
}

const struct agent_command agent_drill_prepare = {
	.name = "drill-prepare",
	.summary = "puts the restore drill's programs, questions and key in place",
	.arguments = "",
	.run = run,
};
