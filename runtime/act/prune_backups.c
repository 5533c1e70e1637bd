/* SPDX-License-Identifier: Apache-2.0 */
/* prune_backups.c: wal-g is asked what it would delete; only when that is what was decided, it may.
 */
#include "act/act.h"
#include "ground/log.h"
#include "tree/print.h"
#include "walg/read.h"
#include "walg/walg.h"

enum { ASK_MS = 10000, RUN_MS = 3500000 };

static const char forget[] = "delete from howdah.backup_checks where backup in (select value from"
			     " json_array_elements_text($1::json) as e(value))";

struct work {
	struct walg *walg;
	struct walg_doomed doomed;
};

static void stop(struct deed *deed)
{
	struct work *w = deed->work;

	walg_stop(w->walg);
}

static bool has(const struct node *list, struct str name)
{
	if (list)
		node_each(n, list) if (str_eq(n->text, name)) return true;
	return false;
}

static bool is_doomed(const struct walg_doomed *d, struct str name)
{
	for (size_t i = 0; i < d->n_backups; i++)
		if (str_eq(d->backups[i], name))
			return true;
	return false;
}

/* Why wal-g must not do it, or "". What is in no list is the rest of a backup that was never
 * finished: it may go when it is older. */
static struct str objection(const struct deed *deed)
{
	const struct walg_doomed *d = &((const struct work *)deed->work)->doomed;
	const struct node *gone = node_at(deed->action.body, "gone");
	const struct node *kept = node_at(deed->action.body, "kept");

	if (d->wrong.n > 0)
		return arena_fmt(deed->arena, "wal-g would delete %s", d->wrong.p);
	for (size_t i = 0; i < d->n_backups; i++) {
		struct str place = str_cut(d->backups[i], 13, 29);

		if (has(kept, d->backups[i]) ||
		    (!has(gone, d->backups[i]) && str_cmp(place, str_cut(d->keep, 8, 24)) >= 0))
			return arena_fmt(deed->arena, "wal-g would delete %s, which has to stay",
					 d->backups[i].p);
	}
	node_each(n, gone) if (!is_doomed(d, n->text)) return arena_fmt(
	    deed->arena, "wal-g would not delete %s, so it counts otherwise than we do", n->text.p);
	return str_of("");
}

static void on_deleted(void *owner, const struct walg_end *end)
{
	struct deed *deed = owner;
	struct work *w = deed->work;
	struct buf gone = { 0 };
	struct err err = { 0 };
	struct str list;

	w->walg = NULL;
	if (*end->why) {
		deed_failed(deed, end->why);
		return;
	}
	(void)print_json(&gone, node_at(deed->action.body, "gone"), &err);
	list = buf_take(&gone, deed->arena);
	log_event(LOG_INFO, "deleted", "backups", list.p, NULL);
	sql_send(deed->hands->sql, &(struct sql_call){ forget, ASK_MS, { list.p, NULL } },
		 act_on_rows, deed);
}

static void take(void *owner, bool errors, struct str bytes)
{
	struct deed *deed = owner;
	struct work *w = deed->work;

	if (errors)
		walg_doomed_take(&w->doomed, bytes);
}

/* call's args are put in place. */
static void run(struct deed *deed, struct walg_call call, const char *confirm)
{
	struct work *w = deed->work;
	const char *const args[] = {
		"delete", "before", "FIND_FULL", deed->action.target.p, "--use-sentinel-time",
		confirm,  NULL
	};

	call.args = args;
	w->walg = walg_start(deed->hands->loop, &call);
}

static void on_told(void *owner, const struct walg_end *end)
{
	struct deed *deed = owner;
	struct work *w = deed->work;
	struct str why = *end->why ? str_of(end->why) : objection(deed);

	w->walg = NULL;
	if (why.n > 0)
		deed_failed(deed, why.p);
	else
		run(deed, (struct walg_call){ NULL, RUN_MS, NULL, on_deleted, deed }, "--confirm");
}

void act_prune_backups(struct deed *deed)
{
	struct work *w = NEW(deed->arena, struct work);

	deed->work = w;
	deed->stop = stop;
	w->doomed.arena = deed->arena;
	w->doomed.keep = node_text(deed->action.body, "segment");
	run(deed, (struct walg_call){ NULL, RUN_MS, take, on_told, deed }, NULL);
}
