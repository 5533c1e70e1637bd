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

/* What wal-g is asked for, one after the other: leftovers of backups that were never finished, at
 * which it may stumble, then what was decided. */
enum phase { LEFT_TOLD, LEFT_DELETED, OLD_TOLD, OLD_DELETED };

struct work {
	struct walg *walg;
	enum phase phase;
	struct walg_doomed doomed;
};

static void run(struct deed *deed, enum phase phase);

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

/* name is none that was ever finished, and older than what has to stay. */
static bool is_leftover(const struct deed *deed, struct str name)
{
	const struct work *w = deed->work;
	const struct node *body = deed->action.body;

	return !has(node_at(body, "gone"), name) && !has(node_at(body, "kept"), name) &&
	       str_cmp(str_cut(name, 5 + SEGMENT_TIMELINE, 5 + SEGMENT_LENGTH),
		       str_cut(w->doomed.keep, SEGMENT_TIMELINE, SEGMENT_LENGTH)) < 0;
}

/* Why wal-g must not do it, or "". */
static struct str objection(const struct deed *deed)
{
	const struct work *w = deed->work;
	const struct walg_doomed *d = &w->doomed;
	const struct node *gone = node_at(deed->action.body, "gone");

	if (d->wrong.n > 0 || (w->phase == LEFT_TOLD && d->segments > 0))
		return arena_fmt(deed->arena, "wal-g would delete %s",
				 d->wrong.n > 0 ? d->wrong.p : "WAL with the leftovers");
	for (size_t i = 0; i < d->n_backups; i++)
		if (!is_leftover(deed, d->backups[i]) &&
		    !(w->phase == OLD_TOLD && has(gone, d->backups[i])))
			return arena_fmt(deed->arena, "wal-g would delete %s, which has to stay",
					 d->backups[i].p);
	for (const struct node *n = w->phase == OLD_TOLD ? gone->kids : NULL; n; n = n->next)
		if (!is_doomed(d, n->text))
			return arena_fmt(
			    deed->arena,
			    "wal-g would not delete %s, so it counts otherwise than we do",
			    n->text.p);
	return str_of("");
}

static void take(void *owner, bool errors, struct str bytes)
{
	struct deed *deed = owner;
	struct work *w = deed->work;

	if (errors)
		walg_doomed_take(&w->doomed, bytes);
}

/* What is gone needs no word about its pages any more. */
static void forget_checks(struct deed *deed)
{
	struct buf gone = { 0 };
	struct err err = { 0 };
	struct str list;

	(void)print_json(&gone, node_at(deed->action.body, "gone"), &err);
	list = buf_take(&gone, deed->arena);
	log_event(LOG_INFO, "deleted", "backups", list.p, NULL);
	sql_send(deed->hands->sql, &(struct sql_call){ forget, ASK_MS, { list.p, NULL } },
		 act_on_rows, deed);
}

static void on_end(void *owner, const struct walg_end *end)
{
	struct deed *deed = owner;
	struct work *w = deed->work;
	bool told = w->phase == LEFT_TOLD || w->phase == OLD_TOLD;
	struct str why = *end->why ? str_of(end->why) : told ? objection(deed) : str_of("");

	w->walg = NULL;
	if (why.n > 0)
		deed_failed(deed, why.p);
	else if (w->phase == LEFT_TOLD && w->doomed.n_backups == 0)
		run(deed, OLD_TOLD);
	else if (w->phase != OLD_DELETED)
		run(deed, w->phase + 1);
	else
		forget_checks(deed);
}

/* A backup that is named keeps everything from it on; leftovers are those before the oldest one. */
static void run(struct deed *deed, enum phase phase)
{
	struct work *w = deed->work;
	const char *confirm = phase == LEFT_DELETED || phase == OLD_DELETED ? "--confirm" : NULL;
	const char *const left[] = { "delete", "garbage", "BACKUPS", confirm, NULL };
	const char *const old[] = {
		"delete", "before", "FIND_FULL", deed->action.target.p, "--use-sentinel-time",
		confirm,  NULL
	};

	w->phase = phase;
	w->doomed = (struct walg_doomed){ .arena = deed->arena,
					  .keep = node_text(deed->action.body, "segment") };
	w->walg = walg_start(deed->hands->loop, &(struct walg_call){ phase < OLD_TOLD ? left : old,
								     RUN_MS, take, on_end, deed });
}

void act_prune_backups(struct deed *deed)
{
	deed->work = NEW(deed->arena, struct work);
	deed->stop = stop;
	run(deed, LEFT_TOLD);
}
