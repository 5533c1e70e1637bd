/* SPDX-License-Identifier: Apache-2.0 */
/* retire.c: the agent's part of a retirement: once access is closed, a last backup, verified and
 * named; and, a week after that, no backup at all where the intent says so. */
#include "backup/plan.h"
#include "decide/decide.h"
#include "provision/plan.h"

enum { TRIES = 20, WEEK_S = 7 * 86400, AGAIN_MS = 300000, LIST_MS = 120000 };

static struct str words(const struct round *r, int n)
{
	return arena_fmt(r->arena, "last backup of the retirement, attempt %d", n);
}

/* What it made is the last one. A retirement that was taken back, with a backup since, is none. */
static bool is_last(const struct round *r, const struct fact_attempt *a)
{
	const struct fact_backup *newest = backup_newest(r);

	return !newest || str_eq(newest->name, a->backup) || newest->began <= a->ended;
}

/* The last try that made a backup, or NULL. */
static const struct fact_attempt *made(const struct round *r)
{
	const struct fact_attempts *a = facts_attempts(r->facts);

	for (size_t i = 0; i < a->n; i++)
		if (str_starts(a->items[i].why, "last backup of the retirement") &&
		    backup_is_ours(r, &a->items[i]) && a->items[i].backup.n > 0)
			return is_last(r, &a->items[i]) ? &a->items[i] : NULL;
	return NULL;
}

/* The words of the newest try, or of the next one when that was of an earlier retirement. */
static int number(const struct round *r)
{
	const struct fact_attempt *a;
	int n = 1;

	while (n < TRIES && backup_attempt(r, words(r, n + 1)))
		n++;
	a = backup_attempt(r, words(r, n));
	return a && a->backup.n > 0 && !is_last(r, a) ? n + 1 : n;
}

/* The week that backups stay is over. One that was never proved is no last backup. */
static bool is_over(const struct round *r, const struct fact_attempt *last)
{
	const struct fact_backup *b =
	    last ? backups_find(facts_backups(r->facts), last->backup) : NULL;

	return last && node_flag(orders_at(r->orders, "backup"), "deleteAll", false) &&
	       r->now.wall - last->ended >= WEEK_S && (!b || backup_state(r, b) == BACKUP_GOOD);
}

/* Nothing is deleted from an old picture. */
static void remove_all(struct round *r, struct str last)
{
	const struct fact_backups *b = facts_backups(r->facts);

	round_look(r, FACT_backups, LIST_MS);
	if (!facts_fresh(r->facts, FACT_backups, r->now, LIST_MS)) {
		round_say(r, REASON_RetireDeletes, "%s", r->facts->sight[FACT_backups].error.p);
		return;
	}
	if (b->n == 0) {
		round_say(r, REASON_RetireDeleted, "%s was the last one", last.p);
		return;
	}
	round_say(r, REASON_RetireDeletes, "%zu are there", b->n);
	(void)round_do(r, ACTION_delete_backups, str_of(""), "it retires, and %s is a week old",
		       last.p);
}

/* The newest try counts; one that came to nothing is followed by another, after a while. */
static void back_up(struct round *r)
{
	const struct past *order = facts_last(r->facts, ACTION_order_backup);
	int n = number(r);
	struct backup_asked b = backup_asked(r, words(r, n));

	if (b.over && b.fine) {
		round_say(r, REASON_RetireReady, "%s", b.text.p);
		round_say(r, REASON_BackupsRetired, "%s", b.text.p);
	} else if (b.over) {
		round_say(r, REASON_RetireFails, "%s", b.text.p);
		if (n < TRIES && (!order || r->now.ms - order->ended_ms > AGAIN_MS))
			(void)backup_asked(r, words(r, n + 1));
	} else {
		round_say(r, REASON_RetireBacksUp, "%s", b.text.p);
	}
}

void decide_retire(struct round *r)
{
	struct str step = orders_text(r->orders, "life.retire.step");
	const struct fact_attempt *last = made(r);

	if (step.n == 0 || !r->leads)
		return;
	if (!str_is(step, "closing"))
		round_say(r, REASON_RetireStops, "%s",
			  orders_text(r->orders, "life.retire.finalBackup").p);
	else if (!r->databases || r->databases->changes)
		round_say(r, REASON_RetireCloses, "%s",
			  r->databases ? r->databases->changes->why.p : "");
	else if (is_over(r, last))
		remove_all(r, last->backup);
	else
		back_up(r);
	if (last && is_over(r, last))
		round_say(r, REASON_BackupsRetired, "%s", last->backup.p);
}
