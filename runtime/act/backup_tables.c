/* SPDX-License-Identifier: Apache-2.0 */
/* backup_tables.c: where the leader writes who makes a base backup, and what came of it. Every
 * member reads it; the index lets no second attempt begin while one is open. */
#include "act/act.h"

enum { ASK_MS = 10000 };

static const char tables[] =
    "set local client_min_messages = warning; create schema if not exists howdah;"
    "create table if not exists howdah.backup_attempts (id bigint generated always as identity"
    " primary key, member text not null, agent text not null, why text not null,"
    " asked timestamptz not null default now(), ended timestamptz, backup text, error text);"
    "create unique index if not exists backup_attempts_open on howdah.backup_attempts ((true))"
    " where ended is null;"
    "create table if not exists howdah.backup_checks (backup text primary key,"
    " checked timestamptz not null default now(), corrupt bigint not null);";

/* What the caller goes on with. */
struct next {
	void (*then)(struct deed *deed);
};

static void on_tables(void *owner, const struct sql_answer *answer)
{
	struct deed *deed = owner;
	struct next *next = deed->work;

	deed->work = NULL;
	if (answer->fine)
		next->then(deed);
	else
		deed_failed(deed, answer->error);
}

void act_backup_tables(struct deed *deed, void (*then)(struct deed *deed))
{
	struct next *next = NEW(deed->arena, struct next);

	next->then = then;
	deed->work = next;
	sql_script(deed->hands->sql, &(struct sql_call){ tables, ASK_MS, { NULL } }, on_tables,
		   deed);
}
