/* SPDX-License-Identifier: Apache-2.0 */
/* secret_sql.c: ALTER ROLE with a verifier. */
#include "provision/secret_sql.h"

#include <stdlib.h>

#include "base/die.h"
#include "crypto/scram.h"
#include "provision/draft.h"
#include "sql/sql.h"

enum { ASK_MS = 40000 };

struct secret_sql {
	struct loop *loop;
	struct arena *arena;
	struct sql *sql;
	struct timer *timer;
	const char *why;
	void (*done)(void *owner, const char *why);
	void *owner;
};

static void on_time(void *arg)
{
	struct secret_sql *s = arg;

	s->timer = NULL;
	s->done(s->owner, s->why);
}

/* The end is told outside of the connection's callback, which may then be closed. */
static void end(struct secret_sql *s, const char *why)
{
	s->why = arena_fmt(s->arena, "%s", why).p;
	s->timer = loop_after(s->loop, 0, on_time, s);
}

static void on_answer(void *owner, const struct sql_answer *answer)
{
	end(owner, answer->fine ? "" : answer->error);
}

struct secret_sql *secret_sql_start(struct loop *l, const char *sockets,
				    const struct secret_change *change,
				    void (*done)(void *owner, const char *why), void *owner)
{
	const struct sql_target at = { .host = sockets,
				       .port = "5432",
				       .database = "postgres",
				       .user = "postgres",
				       .quiet = true };
	struct secret_sql *s = calloc(1, sizeof(*s));
	struct str verifier, text;
	struct err err = { 0 };

	if (!s)
		die_memory();
	*s = (struct secret_sql){ .loop = l, .arena = arena_new(), .done = done, .owner = owner };
	s->sql = sql_new(l, &at);
	if (scram_verifier(s->arena, change->password, &verifier, &err)) {
		end(s, err.text);
		return s;
	}
	text = draft_text(s->arena, "begin;\nalter role %I login password %L;\n", change->role,
			  verifier);
	if (change->comment.n > 0)
		text = draft_text(s->arena, "%Scomment on role %I is %L;\n", text, change->role,
				  change->comment);
	sql_script(
	    s->sql,
	    &(struct sql_call){ arena_fmt(s->arena, "%scommit;", text.p).p, ASK_MS, { NULL } },
	    on_answer, s);
	return s;
}

void secret_sql_stop(struct secret_sql *s)
{
	if (!s)
		return;
	loop_cancel(s->loop, s->timer);
	sql_free(s->sql);
	arena_wipe(s->arena);
	free(s);
}
