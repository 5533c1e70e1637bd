/* SPDX-License-Identifier: Apache-2.0 */
/* backup.c: base backups. The leader names who makes one, notes what came of it, has it checked,
 * and lets go what no restore needs; the member that is named makes it. The archive is the record:
 * whatever happened to agents, what lies there counts. */
#include "backup/plan.h"
#include "decide/decide.h"
#include "report/fields.h"

enum {
	FRESH_MS = 60000,
	OPEN_LOOK_MS = 30000,
	END_LOOK_MS = 3000,
	WAL_LOOK_MS = 10000,
	LOST_LOOK_MS = 1800000,
	AGAIN_MS = 600000,
};

/* The attempt is this process's to make. */
static void make(struct round *r, const struct fact_attempt *open)
{
	const struct self *self = &r->facts->self;
	struct str target;
	const struct past *past;

	if (!str_eq(open->member, self->pod) || !str_eq(open->agent, self->token))
		return;
	target = arena_fmt(r->arena, "%lld", (long long)open->id);
	past = facts_past(r->facts, ACTION_backup, target);
	/* once: what came of it is for the leader to judge */
	if (!past || past->running)
		(void)round_do(r, ACTION_backup, target, "%s", open->why.p);
}

static void close_attempt(struct round *r, const struct fact_attempt *open,
			  const struct backup_outcome *outcome)
{
	struct fields f = { r->arena, { 0 } };
	struct str target = arena_fmt(r->arena, "%lld", (long long)open->id);

	fields_text(&f, "backup", outcome->backup);
	fields_text(&f, "error", outcome->error);
	round_do(r, ACTION_close_backup, target, "%s: %s", open->member.p, outcome->why)->body =
	    fields_map(&f);
}

/* Ends the open attempt when it is over; looks closely while it is not. */
static void follow(struct round *r, const struct fact_attempt *open)
{
	struct backup_outcome outcome = backup_outcome(r, open);
	const struct fact_peer *peer = &facts_attempts(r->facts)->peer;
	bool ended = peer->known && !peer->running;

	if (outcome.over)
		close_attempt(r, open, &outcome);
	round_look(r, FACT_backups, ended ? END_LOOK_MS : OPEN_LOOK_MS);
}

/* The archive was seen since the last attempt ended: what it made is in the list. */
static bool is_list_current(const struct round *r)
{
	const struct fact_attempts *a = facts_attempts(r->facts);
	const struct fact_backups *b = facts_backups(r->facts);

	return r->facts->sight[FACT_backups].at_ms > 0 &&
	       r->facts->sight[FACT_backups].failures == 0 &&
	       (a->n == 0 || b->at > a->items[0].ended);
}

static void order(struct round *r)
{
	int64_t next;
	const char *why = backup_due(r, &next);
	struct str member = backup_member(r);

	if (next != INT64_MAX)
		round_wake(r, r->now.ms + (next > r->now.wall ? next - r->now.wall : 1) * 1000);
	/* of a cluster that retires the last one is made by retire.c */
	if (why && !backup_blocked(r) && member.n > 0 && !orders_at(r->orders, "life.retire"))
		(void)round_do(r, ACTION_order_backup, member, "%s", why);
}

/* wal-g failed at it not long ago, and is not asked again so soon. */
static bool has_failed(const struct round *r, int kind, struct str target)
{
	const struct past *p = facts_past(r->facts, kind, target);

	return p && p->failures > 0 && !p->running && r->now.ms - p->ended_ms < AGAIN_MS;
}

/* The newest one whose pages nobody has looked at. Where PostgreSQL is being interrupted the check
 * would fail at its end, and not be tried again for a while. */
static void check(struct round *r)
{
	const struct fact_backups *b = facts_backups(r->facts);

	if (backup_interrupted(r))
		return;
	for (size_t i = b->n; i-- > 0;) {
		if (attempts_checked(facts_attempts(r->facts), b->items[i].name))
			continue;
		if (has_failed(r, ACTION_check_backup, b->items[i].name))
			continue;
		(void)round_do(r, ACTION_check_backup, b->items[i].name, "nobody has looked yet");
		return;
	}
}

/* WAL is verified once more behind each new backup, and what is missing is looked for again. */
static void verify(struct round *r)
{
	const struct fact_backup *newest = backup_newest(r);
	const struct fact_checked *c =
	    newest ? attempts_checked(facts_attempts(r->facts), newest->name) : NULL;

	if (c && c->corrupt == 0 && backup_state(r, newest) == BACKUP_UNKNOWN)
		round_look(r, FACT_wal, WAL_LOOK_MS);
	else if (backup_lost(r) || backup_foreign(r))
		round_look(r, FACT_wal, LOST_LOOK_MS);
}

static const struct node *names(struct round *r, const struct fact_backup *from,
				const struct fact_backup *to)
{
	struct fields list = { r->arena, { 0 } };

	for (const struct fact_backup *b = from; b < to; b++)
		if (!b->permanent)
			fields_item(&list, node_str(r->arena, (struct pos){ 0 }, b->name));
	return fields_list(&list);
}

/* Older backups than the one to keep go, by name: what wal-g would delete is held against this list
 * first. */
static void prune(struct round *r)
{
	const struct fact_backups *b = facts_backups(r->facts);
	const struct fact_backup *keep = backup_keep(r);
	struct fields f = { r->arena, { 0 } };
	const struct node *gone;

	if (!keep || has_failed(r, ACTION_prune_backups, keep->name))
		return;
	gone = names(r, b->items, keep);
	if (!gone->kids)
		return;
	fields_text(&f, "segment", keep->segment);
	fields_node(&f, "gone", gone);
	fields_node(&f, "kept", names(r, keep, b->items + b->n));
	round_do(r, ACTION_prune_backups, keep->name, "%zu are older than any restore needs",
		 node_count(gone))
	    ->body = fields_map(&f);
}

void decide_backup(struct round *r)
{
	const struct fact_attempt *open = attempts_open(facts_attempts(r->facts));

	if (!orders_at(r->orders, "backup"))
		return;
	if (facts_fresh(r->facts, FACT_attempts, r->now, FRESH_MS) && open)
		make(r, open);
	if (!r->leads)
		return;
	backup_judge(r);
	if (facts_patroni(r->facts)->role != ROLE_PRIMARY ||
	    !facts_fresh(r->facts, FACT_attempts, r->now, FRESH_MS))
		return;
	if (open) {
		follow(r, open);
	} else if (!is_list_current(r)) {
		round_look(r, FACT_backups, END_LOOK_MS);
	} else {
		check(r);
		order(r);
		prune(r);
	}
	verify(r);
}
