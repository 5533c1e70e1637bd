/* SPDX-License-Identifier: Apache-2.0 */
/* asked.c: a backup that somebody asked for. The table of attempts remembers it, so no agent that
 * ends in the middle makes a second one. */
#include "backup/plan.h"

enum { FRESH_MS = 60000 };

bool backup_is_ours(const struct round *r, const struct fact_attempt *a)
{
	struct str set = orders_text(r->orders, "objects.statefulSet");
	int64_t ordinal;

	if (!str_starts(a->member, set.p) || a->member.n <= set.n || a->member.p[set.n] != '-')
		return false;
	return str_int(str_cut(a->member, set.n + 1, a->member.n), &ordinal) && ordinal >= 0;
}

/* The newest with these words, but for one that was put off: nothing came of that. */
const struct fact_attempt *backup_attempt(const struct round *r, struct str why)
{
	const struct fact_attempts *a = facts_attempts(r->facts);

	for (size_t i = 0; i < a->n; i++) {
		const struct fact_attempt *t = &a->items[i];

		if (str_eq(t->why, why) && backup_is_ours(r, t) &&
		    (!t->ended || t->backup.n > 0 || t->error.n > 0))
			return t;
	}
	return NULL;
}

/* The table was seen, and since this member leads. */
static bool is_seen(const struct round *r)
{
	return facts_fresh(r->facts, FACT_attempts, r->now, FRESH_MS) &&
	       r->facts->sight[FACT_attempts].at_ms >= facts_patroni(r->facts)->led_since_ms;
}

const char *backup_unable(const struct round *r)
{
	const char *why = backup_blocked(r);

	if (!orders_at(r->orders, "backup"))
		return "no backups are ordered";
	if (facts_patroni(r->facts)->role != ROLE_PRIMARY)
		return "the cluster follows another one, which makes the backups";
	if (!is_seen(r))
		return "the table of backups is not seen yet";
	if (attempts_open(facts_attempts(r->facts)))
		return "another backup is being made";
	if (why)
		return why;
	return backup_member(r).n > 0 ? NULL : "no member can make it now";
}

static struct backup_asked word(bool over, bool fine, struct str text)
{
	return (struct backup_asked){ over, fine, text };
}

/* It lies in the archive: is it worth anything? */
static struct backup_asked prove(struct round *r, const struct fact_attempt *t)
{
	const struct fact_backups *all = facts_backups(r->facts);
	const struct fact_backup *b = backups_find(all, t->backup);
	struct str name = t->backup;

	if (!b && all->at > t->ended)
		return word(true, false, arena_fmt(r->arena, "%s is not in the archive", name.p));
	switch (b ? backup_state(r, b) : BACKUP_UNKNOWN) {
	case BACKUP_GOOD:
		return word(true, true, name);
	case BACKUP_CORRUPT:
		return word(true, false, arena_fmt(r->arena, "%s has corrupt pages", name.p));
	case BACKUP_CUT:
		return word(true, false, arena_fmt(r->arena, "%s lacks WAL behind it", name.p));
	default:
		return word(false, false, arena_fmt(r->arena, "%s is being verified", name.p));
	}
}

struct backup_asked backup_asked(struct round *r, struct str why)
{
	const struct fact_attempt *t = backup_attempt(r, why);
	const char *unable = backup_unable(r);

	if (!is_seen(r))
		return word(false, false, str_of("the table of backups is not seen yet"));
	if (!t && unable)
		return word(false, false, str_of(unable));
	if (!t) {
		(void)round_do(r, ACTION_order_backup, backup_member(r), "%s", why.p);
		return word(false, false, str_of(""));
	}
	if (!t->ended)
		return word(false, false, arena_fmt(r->arena, "%s makes it", t->member.p));
	if (t->error.n > 0)
		return word(true, false, arena_fmt(r->arena, "%s: %s", t->member.p, t->error.p));
	return prove(r, t);
}
