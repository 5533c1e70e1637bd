/* SPDX-License-Identifier: Apache-2.0 */
/* A real PostgreSQL in a folder of its own, reached over its socket alone, that logs all it can;
 * and orders to provision it by. */
#ifndef TESTS_UNIT_POSTGRES_FIXTURE_H
#define TESTS_UNIT_POSTGRES_FIXTURE_H

#include <errno.h>
#include <glob.h>
#include <libpq-fe.h>

#include "check.h"
#include "ground/mounted.h"
#include "loop/loop.h"
#include "orders/orders.h"
#include "provision/apply.h"
#include "provision/plan.h"
#include "provision/read.h"
#include "sql/sql.h"
#include "temp.h"

enum { SERVER_WALL = 1767225600, SERVER_MS = 60000 }; /* 2026-01-01T00:00:00Z */

/* A server and what a test does with it. */
struct server {
	struct arena *arena;
	struct str folder; /* of data, socket and log */
	struct str programs;
	struct str user;       /* "runuser ..." as root, else "" */
	struct str head, tail; /* of orders: what comes before and behind the lines of a test */
	struct loop *loop;
	struct orders_reader *reader;
	struct orders *orders;
	struct sql_target at;
	int64_t now, backup;
	struct str named; /* the role that a login's Secret names, or "" */
	struct plan plan; /* the last one */
	struct arena *plans;
	const struct catalog *catalog; /* the last one, in plans */
};

/* The folder of a server's programs, the newest, or "". POSTGRES_BIN names another. */
static inline struct str server_programs(struct arena *a)
{
	const char *given = getenv("POSTGRES_BIN");
	struct str found = str_of("");
	glob_t g = { 0 };

	if (given)
		return str_of(given);
	if (glob("/usr/lib/postgresql/*/bin/initdb", 0, NULL, &g) == 0 && g.gl_pathc > 0)
		found = arena_fmt(a, "%.*s", (int)strlen(g.gl_pathv[g.gl_pathc - 1]) - 7,
				  g.gl_pathv[g.gl_pathc - 1]);
	globfree(&g);
	return found;
}

/* Takes the orders apart that tests are made from. */
static inline bool server_template(struct server *s)
{
	struct err err = { 0 };
	struct str text;
	const char *databases, *endpoints, *life, *thresholds;

	if (mounted_read(s->arena, "tests/schema/good-agentconfig.yaml", 65536, &text, &err) != 1)
		return CHECK(!"the orders to start from");
	databases = strstr(text.p, "\n  databases:\n") + 1;
	endpoints = strstr(text.p, "\n  endpoints:\n") + 1;
	life = strstr(text.p, "  life:\n");
	thresholds = strstr(text.p, "  thresholds:");
	s->head = arena_fmt(s->arena, "%.*s", (int)(databases - text.p), text.p);
	s->tail = arena_fmt(s->arena, "%.*s%s", (int)(life - endpoints), endpoints, thresholds);
	return true;
}

/* A new server, running. false, told loudly, when there are no programs. */
static inline bool server_start(struct server *s)
{
	*s = (struct server){ .arena = arena_new(), .plans = arena_new(), .now = SERVER_WALL };
	s->programs = server_programs(s->arena);
	if (!s->programs.n) {
		(void)printf("ok - real PostgreSQL # SKIP no initdb in /usr/lib/postgresql: "
			     "tests/deps.sh test\n");
		return false;
	}
	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	if (!server_template(s))
		return false;
	s->folder = temp_enter(s->arena);
	s->user = str_of(getuid() == 0 ? "/usr/sbin/runuser -u postgres --" : "");
	if (getuid() == 0 && sh("chown postgres . && chmod 755 ."))
		return CHECK(!"the folder of the server");
	if (sh(arena_fmt(
		   s->arena,
		   "export HOME=$PWD TZ=UTC LC_ALL=C.UTF-8; %s %s/initdb -D data -U postgres -N"
		   " -E UTF8 --locale=C.UTF-8 -A scram-sha-256 --auth-local=trust"
		   " >initdb.log 2>&1"
		   " && printf '%%s\\n' 'local all postgres trust' 'local all all scram-sha-256'"
		   " >data/pg_hba.conf"
		   " && %s %s/pg_ctl -D data -s -w -l $PWD/server.log -o \"-c fsync=off"
		   " -c listen_addresses= -c unix_socket_directories=$PWD -c log_statement=all"
		   " -c log_min_duration_statement=0 -c log_min_error_statement=debug5"
		   " -c max_connections=30 -c autovacuum=off"
		   " -c shared_preload_libraries=pg_stat_statements,auto_explain"
		   " -c auto_explain.log_min_duration=0 -c log_connections=on\" start >ctl.log"
		   " 2>&1",
		   s->user.p, s->programs.p, s->user.p, s->programs.p)
		   .p))
		return CHECK(!"a server starts");
	s->loop = loop_new();
	s->reader = orders_reader_new();
	s->at = (struct sql_target){
		.host = s->folder.p, .port = "5432", .database = "postgres", .user = "postgres"
	};
	return true;
}

static inline void server_stop(struct server *s)
{
	if (s->loop) {
		(void)sh(arena_fmt(s->arena, "%s %s/pg_ctl -D data -s -m immediate stop", s->user.p,
				   s->programs.p)
			     .p);
		temp_leave(s->arena, s->folder);
	}
	orders_free(s->orders);
	orders_reader_free(s->reader);
	loop_free(s->loop);
	arena_free(s->plans);
	arena_free(s->arena);
}

/* A connection as user, or NULL when it is refused. */
static inline PGconn *server_connect(const struct server *s, const char *database, const char *user,
				     const char *password)
{
	const char *const keys[] = { "host", "port", "dbname", "user", "password", NULL };
	const char *const values[] = { s->folder.p, "5432", database, user, password, NULL };
	PGconn *c = PQconnectdbParams(keys, values, 0);

	if (PQstatus(c) == CONNECTION_OK)
		return c;
	PQfinish(c);
	return NULL;
}

/* The first cell of the answer to text as the superuser, in the arena; "error: ..." when it fails.
 */
static inline const char *server_ask(struct server *s, const char *database, const char *text)
{
	PGconn *c = server_connect(s, database, "postgres", NULL);
	PGresult *r = PQexec(c, text);
	const char *out = "";

	if (PQresultStatus(r) != PGRES_TUPLES_OK && PQresultStatus(r) != PGRES_COMMAND_OK)
		out = arena_fmt(s->arena, "error: %s", PQresultErrorMessage(r)).p;
	else if (PQntuples(r) > 0)
		out = arena_fmt(s->arena, "%s", PQgetvalue(r, 0, 0)).p;
	PQclear(r);
	PQfinish(c);
	return out;
}

/* Text is what the server answers. */
static inline bool server_says(struct server *s, const char *database, const char *text,
			       const char *want)
{
	const char *got = server_ask(s, database, text);

	if (strcmp(got, want) != 0)
		(void)printf("# %s: %s\n# got %s, not %s\n", database, text, got, want);
	return strcmp(got, want) == 0;
}

/* Orders for the server's version: those of tests/schema/good-agentconfig.yaml, but for their
 * databases, logins, life and operations; lines has others, in YAML. */
static inline struct orders *server_orders(struct server *s, const char *lines)
{
	struct err err = { 0 };
	struct buf findings = { 0 };
	int major = atoi(server_ask(s, "postgres", "show server_version_num")) / 10000;
	const char *version = strstr(s->head.p, "version: 17,");
	struct str text =
	    arena_fmt(s->arena, "%.*sversion: %d,%s%s%s%s", (int)(version - s->head.p), s->head.p,
		      major, version + strlen("version: 17,"), lines,
		      strstr(lines, "  life:") ? "" : "  life: {}\n", s->tail.p);

	orders_free(s->orders);
	s->orders = orders_read(s->reader, "orders.yaml", text, &findings, &err);
	if (!CHECK(s->orders)) {
		(void)printf("# %s\n%s", err.text, buf_z(&findings));
		exit(1);
	}
	buf_release(&findings);
	return s->orders;
}

/* What a callback leaves behind. */
struct server_wait {
	struct server *server;
	const struct catalog *catalog;
	const char *why;
	bool done;
};

static inline void server_on_catalog(void *owner, const struct catalog *c, const char *why)
{
	struct server_wait *w = owner;

	w->catalog = c;
	w->why = arena_fmt(w->server->arena, "%s", why).p;
	w->done = true;
}

static inline void server_on_applied(void *owner, const char *why)
{
	struct server_wait *w = owner;

	w->why = arena_fmt(w->server->arena, "%s", why).p;
	w->done = true;
}

/* Reads and plans. */
static inline void server_plan(struct server *s)
{
	struct server_wait w = { .server = s };
	const struct reading_order order = { s->at, s->orders };
	struct plan_input in;
	struct reading *r;

	arena_reset(s->plans);
	r = reading_start(s->loop, &order, s->plans, server_on_catalog, &w);
	CHECK(loop_until(s->loop, &w.done, SERVER_MS));
	reading_stop(r);
	if (!w.catalog)
		(void)printf("# %s\n", w.why);
	CHECK(w.catalog);
	s->catalog = w.catalog;
	in = (struct plan_input){ s->orders,
				  w.catalog,
				  s->now,
				  s->backup,
				  orders_at(s->orders, "life.closed") != NULL,
				  &s->named,
				  s->named.n > 0,
				  false };
	s->plan = plan_make(s->plans, &in);
}

/* Carries out the plan; the first failure, or "". */
static inline const char *server_apply(struct server *s)
{
	struct server_wait w = { .server = s };
	struct applying *a =
	    applying_start(s->loop, &s->at, s->plan.changes, server_on_applied, &w);

	CHECK(loop_until(s->loop, &w.done, SERVER_MS));
	applying_stop(a);
	return w.why;
}

/* Plans and carries out until nothing is left; the number of rounds, or -1. */
static inline int server_settle(struct server *s)
{
	for (int round = 0; round < 8; round++) {
		const char *why;

		server_plan(s);
		if (!s->plan.changes)
			return round;
		why = server_apply(s);
		if (why[0])
			(void)printf("# round %d: %s\n", round, why);
		if (why[0])
			return -1;
	}
	for (const struct change *c = s->plan.changes; c; c = c->next)
		(void)printf("# still: %s: %s\n%s", c->subject.p, c->why.p, c->text.p);
	return -1;
}

/* The text of the trouble of subject, or "". */
static inline const char *server_trouble(const struct server *s, const char *subject)
{
	const struct trouble *t = plan_trouble(&s->plan, str_of(subject));

	return t ? t->text.p : "";
}

#endif
