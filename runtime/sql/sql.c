/* SPDX-License-Identifier: Apache-2.0 */
/* sql.c: a queue of statements over one non-blocking libpq connection. The one user of libpq. */
#include "sql/sql.h"

#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/die.h"
#include "ground/plain.h"

enum { CONNECT_MS = 5000 };

struct statement {
	struct statement *next;
	struct arena *arena;
	const char *text;
	const char *values[SQL_VALUES_MOST];
	int n;
	bool script;
	int64_t deadline_ms;
	void (*done)(void *owner, const struct sql_answer *answer);
	void *owner;
};

struct sql {
	struct loop *loop;
	struct arena *arena;
	struct sql_target target;
	PGconn *conn;
	int fd;         /* what the loop watches, or -1 */
	bool connected; /* the start of the connection is over */
	bool sent;      /* the first statement is with the server */
	bool telling;   /* an owner is being told */
	bool gone;      /* to be freed once the owner was told */
	PGresult *result;
	struct statement *first;
	struct timer *timer; /* for the first statement, connecting included */
};

static void go_on(struct sql *s);

static void statement_free(struct statement *t)
{
	arena_free(t->arena);
	free(t);
}

static void quit(struct sql *s)
{
	if (s->fd >= 0)
		loop_watch(s->loop, s->fd, 0, NULL, NULL);
	s->fd = -1;
	PQclear(s->result);
	s->result = NULL;
	PQfinish(s->conn);
	s->conn = NULL;
	s->connected = s->sent = false;
}

static void free_all(struct sql *s)
{
	if (s->target.password)
		plain_wipe(str_of(s->target.password));
	arena_free(s->arena);
	free(s);
}

/* Takes the first statement out and tells its owner, who may end s itself meanwhile: whether it is
 * still there. */
static bool finish(struct sql *s, const struct sql_answer *answer)
{
	struct statement *t = s->first;
	PGresult *result = s->result;

	loop_cancel(s->loop, s->timer);
	s->timer = NULL;
	s->first = t->next;
	s->sent = false;
	s->result = NULL;
	s->telling = true;
	t->done(t->owner, answer);
	s->telling = false;
	PQclear(result);
	statement_free(t);
	if (s->gone)
		free_all(s);
	else
		return true;
	return false;
}

/* The connection is of no more use: the first statement fails, the others try a new one. Nobody may
 * wait for it any more. why is NULL when nothing was heard until the deadline. */
static void fail(struct sql *s, const char *why)
{
	struct str text = str_of(!why ? "no answer in time" : *why ? why : "no connection");

	if (!s->first) {
		quit(s);
		return;
	}
	/* libpq's further lines are advice */
	text = arena_str(s->first->arena, str_cut(text, 0, str_find(text, '\n')));
	quit(s);
	if (finish(s, &(struct sql_answer){ false, text.p, "", NULL, !why }))
		go_on(s);
}

static void on_late(void *arg)
{
	struct sql *s = arg;

	s->timer = NULL;
	fail(s, s->conn && PQstatus(s->conn) == CONNECTION_BAD ? PQerrorMessage(s->conn) : NULL);
}

/* As fail, once the caller of sql_send has gone on. */
static void fail_soon(struct sql *s)
{
	loop_cancel(s->loop, s->timer);
	s->timer = loop_after(s->loop, 0, on_late, s);
}

static void on_ready(void *arg, int which);

static void watch(struct sql *s, int wanted)
{
	if (s->fd >= 0 && s->fd != PQsocket(s->conn))
		loop_watch(s->loop, s->fd, 0, NULL, NULL);
	s->fd = PQsocket(s->conn);
	if (s->fd >= 0)
		loop_watch(s->loop, s->fd, wanted, on_ready, s);
}

#define STEADY                                                                                     \
	"-c search_path=pg_catalog,pg_temp -c lock_timeout=5s -c standard_conforming_strings=on"
#define HURRIED " -c statement_timeout=30s"

/* What PostgreSQL 15 to 18 and the extensions of its image would keep of a statement's text: the
 * log, the statement of an error, pg_stat_activity, pg_stat_statements, pgaudit, auto_explain. */
#define QUIET                                                                                      \
	" -c log_statement=none -c log_min_duration_statement=-1 -c log_duration=off"              \
	" -c log_min_duration_sample=-1 -c log_transaction_sample_rate=0"                          \
	" -c log_min_error_statement=panic -c debug_print_parse=off -c debug_print_rewritten=off"  \
	" -c debug_print_plan=off -c track_activities=off -c pg_stat_statements.track=none"        \
	" -c pgaudit.log=none -c auto_explain.log_min_duration=-1"

static const char *options_of(const struct sql_target *t)
{
	if (t->console)
		return "";
	if (t->quiet)
		return t->patient ? STEADY QUIET : STEADY HURRIED QUIET;
	return t->patient ? STEADY : STEADY HURRIED;
}

static void connect_begin(struct sql *s)
{
	static const char *const keys[] = { "host",
					    "port",
					    "dbname",
					    "user",
					    "hostaddr",
					    "sslmode",
					    "sslrootcert",
					    "sslcert",
					    "sslkey",
					    "password",
					    "application_name",
					    "connect_timeout",
					    "client_encoding",
					    "options",
					    NULL };
	const struct sql_target *t = &s->target;
	const char *const values[] = {
		t->host,     t->port,        t->database,
		t->user,     t->address,     t->trust ? "verify-full" : "disable",
		t->trust,    t->cert,        t->key,
		t->password, "howdah-agent", "5",
		"UTF8",      options_of(t),  NULL
	};

	s->conn = PQconnectStartParams(keys, values, 0);
	if (!s->conn)
		die_memory();
	(void)PQsetnonblocking(s->conn, 1);
	watch(s, LOOP_WRITE);
}

/* Whether the connection is ready to be used. */
static bool connect_go_on(struct sql *s)
{
	switch (PQconnectPoll(s->conn)) {
	case PGRES_POLLING_OK:
		s->connected = true;
		return true;
	case PGRES_POLLING_READING:
		watch(s, LOOP_READ);
		return false;
	case PGRES_POLLING_WRITING:
		watch(s, LOOP_WRITE);
		return false;
	case PGRES_POLLING_FAILED:
	case PGRES_POLLING_ACTIVE:
	default:
		fail(s, PQerrorMessage(s->conn));
		return false;
	}
}

static void send_first(struct sql *s)
{
	const struct statement *t = s->first;

	if (s->target.console || t->script) /* a console knows the simple protocol only */
		s->sent = PQsendQuery(s->conn, t->text) == 1;
	else
		s->sent =
		    PQsendQueryParams(s->conn, t->text, t->n, NULL, t->values, NULL, NULL, 0) == 1;
	if (!s->sent) {
		fail_soon(s);
		return;
	}
	watch(s, LOOP_READ | (PQflush(s->conn) > 0 ? LOOP_WRITE : 0));
}

/* Begins what is next: a connection, or the first statement. */
static void go_on(struct sql *s)
{
	if (!s->first || s->sent)
		return;
	if (!s->timer)
		s->timer = loop_after(s->loop, s->first->deadline_ms, on_late, s);
	if (!s->conn) {
		connect_begin(s);
		if (PQstatus(s->conn) == CONNECTION_BAD)
			fail_soon(s);
		return;
	}
	if (s->connected)
		send_first(s);
}

static void end_first(struct sql *s)
{
	ExecStatusType status = s->result ? PQresultStatus(s->result) : PGRES_FATAL_ERROR;
	bool fine = status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK;
	const char *state = s->result ? PQresultErrorField(s->result, PG_DIAG_SQLSTATE) : NULL;
	const char *primary =
	    s->result ? PQresultErrorField(s->result, PG_DIAG_MESSAGE_PRIMARY) : NULL;
	struct sql_answer answer = { fine,
				     fine      ? ""
				     : primary ? primary
					       : "no result",
				     state ? state : "", (const struct sql_rows *)s->result,
				     false };

	if (finish(s, &answer))
		go_on(s);
}

static void on_ready(void *arg, int which)
{
	struct sql *s = arg;

	if (!s->connected) {
		if (connect_go_on(s))
			go_on(s);
		return;
	}
	if (which & LOOP_WRITE && PQflush(s->conn) == 0)
		watch(s, LOOP_READ);
	if (!PQconsumeInput(s->conn)) {
		fail(s, PQerrorMessage(s->conn));
		return;
	}
	while (s->sent && !PQisBusy(s->conn)) {
		PGresult *r = PQgetResult(s->conn);

		if (!r) {
			end_first(s);
			return;
		}
		PQclear(s->result);
		s->result = r;
	}
	if (!s->sent && PQstatus(s->conn) == CONNECTION_BAD)
		quit(s);
}

static const char *copy(struct arena *a, const char *z)
{
	return z ? arena_str(a, str_of(z)).p : NULL;
}

struct sql *sql_new(struct loop *l, const struct sql_target *target)
{
	struct sql *s = calloc(1, sizeof(*s));

	if (!s)
		die_memory();
	s->loop = l;
	s->arena = arena_new();
	s->fd = -1;
	s->target = *target;
	s->target.host = copy(s->arena, target->host);
	s->target.port = copy(s->arena, target->port);
	s->target.database = copy(s->arena, target->database);
	s->target.user = copy(s->arena, target->user);
	s->target.address = copy(s->arena, target->address);
	s->target.trust = copy(s->arena, target->trust);
	s->target.cert = copy(s->arena, target->cert);
	s->target.key = copy(s->arena, target->key);
	s->target.password = copy(s->arena, target->password);
	return s;
}

void sql_free(struct sql *s)
{
	if (!s)
		return;
	loop_cancel(s->loop, s->timer);
	quit(s);
	while (s->first) {
		struct statement *next = s->first->next;

		statement_free(s->first);
		s->first = next;
	}
	s->gone = true;
	if (!s->telling)
		free_all(s);
}

static void send(struct sql *s, const struct sql_call *call, bool script,
		 void (*done)(void *owner, const struct sql_answer *answer), void *owner)
{
	struct statement *t = calloc(1, sizeof(*t)), **at = &s->first;

	if (!t)
		die_memory();
	t->arena = arena_new();
	t->text = arena_fmt(t->arena, "%s", call->text).p;
	for (; t->n < SQL_VALUES_MOST && call->values[t->n]; t->n++)
		t->values[t->n] = arena_fmt(t->arena, "%s", call->values[t->n]).p;
	t->deadline_ms = call->deadline_ms;
	t->script = script;
	t->done = done;
	t->owner = owner;
	while (*at)
		at = &(*at)->next;
	*at = t;
	go_on(s);
}

void sql_send(struct sql *s, const struct sql_call *call,
	      void (*done)(void *owner, const struct sql_answer *answer), void *owner)
{
	send(s, call, false, done, owner);
}

void sql_script(struct sql *s, const struct sql_call *call,
		void (*done)(void *owner, const struct sql_answer *answer), void *owner)
{
	send(s, call, true, done, owner);
}

void sql_forget(struct sql *s, const void *owner)
{
	struct statement **at = &s->first;

	if (s->first && s->first->owner == owner && s->sent)
		quit(s);
	if (s->first && s->first->owner == owner) {
		loop_cancel(s->loop, s->timer);
		s->timer = NULL;
	}
	while (*at) {
		struct statement *t = *at;

		if (t->owner != owner) {
			at = &t->next;
			continue;
		}
		*at = t->next;
		statement_free(t);
	}
	go_on(s);
}

size_t sql_count(const struct sql_rows *rows)
{
	return rows ? (size_t)PQntuples((const PGresult *)rows) : 0;
}

const char *sql_text(const struct sql_rows *rows, size_t row, const char *name)
{
	const PGresult *r = (const PGresult *)rows;
	int column = r ? PQfnumber(r, name) : -1;

	if (column < 0 || row >= sql_count(rows))
		return "";
	return PQgetvalue(r, (int)row, column);
}

int64_t sql_int(const struct sql_rows *rows, size_t row, const char *name, int64_t fallback)
{
	int64_t v;

	return str_int(str_of(sql_text(rows, row, name)), &v) ? v : fallback;
}

bool sql_flag(const struct sql_rows *rows, size_t row, const char *name)
{
	return str_is(str_of(sql_text(rows, row, name)), "t");
}

static bool put_quoted(struct buf *out, char *quoted)
{
	if (!quoted)
		return false;
	buf_text(out, quoted);
	PQfreemem(quoted);
	return true;
}

bool sql_put_name(struct sql *s, struct buf *out, struct str text)
{
	return s->connected && put_quoted(out, PQescapeIdentifier(s->conn, text.p, text.n));
}

bool sql_put_literal(struct sql *s, struct buf *out, struct str text)
{
	return s->connected && put_quoted(out, PQescapeLiteral(s->conn, text.p, text.n));
}
