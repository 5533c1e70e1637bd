/* SPDX-License-Identifier: Apache-2.0 */
/* attempts.c: who makes a base backup: the table, and what the agent of another member says of an
 * attempt that is its own. */
#include "facts/attempts.h"

#include "facts/patroni.h"
#include "frame/round.h"
#include "peer/peer.h"
#include "tree/number.h"
#include "watch/watch.h"

enum { ASK_MS = 5000 };

static const char is_there[] = "select to_regclass('howdah.backup_checks') is not null"
			       " and to_regclass('howdah.backup_attempts') is not null as there";

static const char attempts[] =
    "select id, member, agent, why, extract(epoch from asked)::bigint as asked,"
    " extract(epoch from ended)::bigint as ended, backup, error"
    " from howdah.backup_attempts order by id desc limit 20";

static const char checks[] = "select backup, corrupt from howdah.backup_checks";

struct work {
	struct fact_attempts fact;
	struct peer_question *question;
	int64_t open; /* the attempt that the other agent is asked about */
};

static struct str text(struct look *look, const struct sql_answer *answer, size_t row,
		       const char *name)
{
	return arena_fmt(look->arena, "%s", sql_text(answer->rows, row, name));
}

/* The action of the other agent that makes the attempt, or NULL. */
static const struct node *deed_of(const struct node *status, int64_t id)
{
	const struct node *list = node_at(status, "actions");
	struct buf name = { 0 };
	const struct node *found = NULL;

	buf_int(&name, id);
	if (list && list->kind == NODE_LIST)
		node_each(
		    n, list) if (str_is(node_text(n, "action"), action_row(ACTION_backup)->name) &&
				 str_eq(node_text(n, "target"), buf_view(&name))) found = n;
	buf_release(&name);
	return found;
}

static void on_peer(void *owner, const struct peer_answer *answer)
{
	struct look *look = owner;
	struct work *w = look->work;
	struct fact_peer *p = &w->fact.peer;
	const struct node *deed;

	w->question = NULL;
	if (answer->status) {
		deed = deed_of(answer->status, w->open);
		p->agent = arena_str(look->arena, node_text(answer->status, "agent"));
		p->known = deed != NULL;
		p->running = node_flag(deed, "running", false);
		p->failed = !p->running && node_num(deed, "failed", 0) > 0;
		p->error = arena_str(look->arena, node_text(deed, "error"));
		if (p->known && !p->running)
			p->ended_ms = clock_now().ms - node_num(deed, "endedSecondsAgo", 0) * 1000;
	}
	look_done(look, &w->fact);
}

static void on_checks(void *owner, const struct sql_answer *answer)
{
	struct look *look = owner;
	struct work *w = look->work;
	size_t n = sql_count(answer->rows);
	struct fact_checked *c = NEW_ARRAY(look->arena, n + 1, struct fact_checked);
	const struct fact_attempt *open = attempts_open(&w->fact);
	const struct self *self = &look->facts->self;

	if (!answer->fine) {
		look_failed(look, answer->error);
		return;
	}
	for (size_t i = 0; i < n; i++)
		c[i] = (struct fact_checked){ text(look, answer, i, "backup"),
					      sql_int(answer->rows, i, "corrupt", -1) };
	w->fact.checked = c;
	w->fact.n_checked = n;
	if (!open || str_eq(open->member, self->pod) ||
	    !str_eq(facts_patroni(look->facts)->leader, self->pod)) {
		look_done(look, &w->fact);
		return;
	}
	w->open = open->id;
	w->question = peer_ask(
	    &(struct peer_place){ look->hands->http, look->hands->orders, open->member, false },
	    on_peer, look);
}

static void on_attempts(void *owner, const struct sql_answer *answer)
{
	struct look *look = owner;
	struct work *w = look->work;
	size_t n = sql_count(answer->rows);
	struct fact_attempt *a = NEW_ARRAY(look->arena, n + 1, struct fact_attempt);

	if (!answer->fine) {
		look_failed(look, answer->error);
		return;
	}
	for (size_t i = 0; i < n; i++)
		a[i] = (struct fact_attempt){
			.id = sql_int(answer->rows, i, "id", 0),
			.member = text(look, answer, i, "member"),
			.agent = text(look, answer, i, "agent"),
			.why = text(look, answer, i, "why"),
			.asked = sql_int(answer->rows, i, "asked", 0),
			.ended = sql_int(answer->rows, i, "ended", 0),
			.backup = text(look, answer, i, "backup"),
			.error = text(look, answer, i, "error"),
		};
	w->fact.items = a;
	w->fact.n = n;
	sql_send(look->hands->sql, &(struct sql_call){ checks, ASK_MS, { NULL } }, on_checks, look);
}

static void on_there(void *owner, const struct sql_answer *answer)
{
	struct look *look = owner;
	struct work *w = look->work;

	if (!answer->fine) {
		look_failed(look, answer->error);
		return;
	}
	w->fact.there = sql_flag(answer->rows, 0, "there");
	if (w->fact.there)
		sql_send(look->hands->sql, &(struct sql_call){ attempts, ASK_MS, { NULL } },
			 on_attempts, look);
	else
		look_done(look, &w->fact);
}

static void start(struct look *look)
{
	struct work *w = NEW(look->arena, struct work);

	look->work = w;
	w->fact.peer.agent = w->fact.peer.error = str_of("");
	sql_send(look->hands->sql, &(struct sql_call){ is_there, ASK_MS, { NULL } }, on_there,
		 look);
}

static void stop(struct look *look)
{
	struct work *w = look->work;

	if (w)
		peer_stop(w->question);
}

const struct observer watch_attempts = {
	.fact = FACT_attempts,
	.size = sizeof(struct fact_attempts),
	.every_ms = 5000,
	.ms = 20000,
	.start = start,
	.stop = stop,
};
