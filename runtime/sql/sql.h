/* SPDX-License-Identifier: Apache-2.0 */
/* Statements to PostgreSQL over libpq, in the loop: one after the other per connection. */
#ifndef SQL_SQL_H
#define SQL_SQL_H

#include "base/arena.h"
#include "base/buf.h"
#include "loop/loop.h"

struct sql;
struct sql_rows;

/* Whom to ask. All texts are copied. */
struct sql_target {
	const char *host; /* folder of the socket, or a name */
	const char *port, *database, *user;
	bool patient;           /* its statements may take longer than 30 s */
	bool console;           /* it is PgBouncer's console: no options, no values for $1.. */
	const char *address;    /* of host, which is then only checked for; or NULL */
	const char *trust;      /* file of authorities: TLS with a checked name; or NULL */
	const char *cert, *key; /* with trust: files of the certificate that is shown, or NULL */
	const char *password;   /* or NULL */
	bool quiet; /* what is sent appears in no log, view or statistics of the server */
};

/* How a statement ended. Valid during the call only. */
struct sql_answer {
	bool fine;
	const char *error; /* why not: PostgreSQL's message, or the connection's */
	const char *state; /* SQLSTATE, or "" when the server did not answer */
	const struct sql_rows *rows;
	bool silent; /* nothing was heard until the deadline, not even a refusal */
};

/* A connection that is opened when it is first needed and again whenever it was lost; never NULL.
 * search_path is pg_catalog alone, statements end after 30 s (not those of a patient target), waits
 * for locks after 5 s. */
struct sql *sql_new(struct loop *l, const struct sql_target *target);

/* Closes it; nobody is told. May be called while it tells an owner. NULL is fine. */
void sql_free(struct sql *s);

enum { SQL_VALUES_MOST = 8 };

/* One statement. Copied. */
struct sql_call {
	const char *text;
	int64_t deadline_ms; /* without an answer by then the connection is closed */
	const char *values[SQL_VALUES_MOST]; /* for $1.., up to the first NULL */
};

/* Sends call behind those that were sent before. done(owner, answer) is called exactly once, later,
 * unless sql_forget(owner) comes first. */
void sql_send(struct sql *s, const struct sql_call *call,
	      void (*done)(void *owner, const struct sql_answer *answer), void *owner);

/* As sql_send for several statements, each ended by ';': one transaction, of which all or nothing
 * stays. */
void sql_script(struct sql *s, const struct sql_call *call,
		void (*done)(void *owner, const struct sql_answer *answer), void *owner);

/* Drops the statements of owner; one that the server is at work on is cancelled by closing the
 * connection. */
void sql_forget(struct sql *s, const void *owner);

/* Rows of an answer. */
size_t sql_count(const struct sql_rows *rows);

/* Column name of row, "" for null and for what is not there. */
const char *sql_text(const struct sql_rows *rows, size_t row, const char *name);

/* As sql_text, an integer; fallback for null and for what is no integer. */
int64_t sql_int(const struct sql_rows *rows, size_t row, const char *name, int64_t fallback);

/* As sql_text, "t" is true. */
bool sql_flag(const struct sql_rows *rows, size_t row, const char *name);

/* Appends text as an identifier in quotes; false when it cannot be one, or nothing is connected. */
bool sql_put_name(struct sql *s, struct buf *out, struct str text);

/* Appends text as a literal in quotes; false when it cannot be one, or nothing is connected. */
bool sql_put_literal(struct sql *s, struct buf *out, struct str text);

#endif
