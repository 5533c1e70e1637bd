/* SPDX-License-Identifier: Apache-2.0 */
/* apply.c: a connection for each change. A transaction goes as one message: were it sent in parts,
 * a connection that is lost in between would leave the rest outside of it. */
#include "provision/apply.h"

#include <stdlib.h>

#include "base/die.h"

enum { ASK_MS = 40000 };

struct applying {
	struct loop *loop;
	struct sql_target at;
	const struct change *next;
	void (*done)(void *owner, const char *why);
	void *owner;
	struct sql *sql;
	struct timer *timer;
	struct arena *arena;
	const char *why; /* what failed, or "" */
};

static void on_time(void *arg);

static void on_end(void *owner, const struct sql_answer *answer)
{
	struct applying *a = owner;

	if (!answer->fine)
		a->why = arena_fmt(a->arena, "%s", answer->error).p;
	else
		a->next = a->next->next;
	/* the connection cannot be closed from its own callback */
	a->timer = loop_after(a->loop, 0, on_time, a);
}

static void on_time(void *arg)
{
	struct applying *a = arg;
	const struct change *c = a->next;
	struct sql_call call = { "", ASK_MS, { NULL } };

	a->timer = NULL;
	sql_free(a->sql);
	a->sql = NULL;
	if (!c || a->why[0]) {
		a->done(a->owner, a->why);
		return;
	}
	a->at.database = c->database.p;
	a->sql = sql_new(a->loop, &a->at);
	call.text = c->alone ? c->text.p : arena_fmt(a->arena, "begin;\n%scommit;", c->text.p).p;
	if (c->alone)
		sql_send(a->sql, &call, on_end, a);
	else
		sql_script(a->sql, &call, on_end, a);
}

struct applying *applying_start(struct loop *l, const struct sql_target *at,
				const struct change *changes,
				void (*done)(void *owner, const char *why), void *owner)
{
	struct applying *a = calloc(1, sizeof(*a));

	if (!a)
		die_memory();
	*a = (struct applying){
		.loop = l, .at = *at, .next = changes, .done = done, .owner = owner
	};
	a->arena = arena_new();
	a->why = "";
	a->timer = loop_after(l, 0, on_time, a);
	return a;
}

void applying_stop(struct applying *a)
{
	if (!a)
		return;
	loop_cancel(a->loop, a->timer);
	sql_free(a->sql);
	arena_free(a->arena);
	free(a);
}
