/* SPDX-License-Identifier: Apache-2.0 */
/* wish.c: backups beside the schedule: of operations, and of people in a pod. */
#include "backup/plan.h"

enum { FRESH_MS = 60000 };

bool backup_is_seen(const struct round *r)
{
	const struct fact_attempts *a = facts_attempts(r->facts);
	const struct fact_backups *b = facts_backups(r->facts);

	return r->facts->sight[FACT_backups].at_ms > 0 &&
	       r->facts->sight[FACT_backups].failures == 0 &&
	       (a->n == 0 || b->at > a->items[0].ended);
}

const char *backup_hindrance(const struct round *r)
{
	if (!orders_at(r->orders, "backup"))
		return "the orders have no backups";
	if (!r->leads || facts_patroni(r->facts)->role != ROLE_PRIMARY)
		return "this member is no primary";
	if (!facts_fresh(r->facts, FACT_attempts, r->now, FRESH_MS))
		return "PostgreSQL was not asked for too long";
	if (attempts_open(facts_attempts(r->facts)))
		return "another backup is under way";
	if (!backup_is_seen(r))
		return "the archive does not answer";
	if (backup_member(r).n == 0)
		return "no member can make one";
	return backup_blocked(r);
}

void backup_want(struct round *r, const char *why)
{
	if (!backup_hindrance(r))
		(void)round_do(r, ACTION_order_backup, backup_member(r), "%s", why);
}

/* A backup that was made: whether it is worth anything. */
static struct backup_wish judge(const struct round *r, struct str name)
{
	const struct fact_backup *b = backups_find(facts_backups(r->facts), name);

	if (!b)
		return (struct backup_wish){ WISH_FAILED,
					     str_of("it is not in the archive any more") };
	switch (backup_state(r, b)) {
	case BACKUP_GOOD:
		return (struct backup_wish){ WISH_VERIFIED, name };
	case BACKUP_CORRUPT:
		return (struct backup_wish){ WISH_FAILED, str_of("it has corrupt pages") };
	case BACKUP_CUT:
		return (struct backup_wish){ WISH_FAILED, str_of("WAL behind it is missing") };
	case BACKUP_UNKNOWN:
	default:
		return (struct backup_wish){ WISH_RUNS, str_of("it is verified") };
	}
}

struct backup_wish backup_wish(struct round *r, int64_t since)
{
	const struct fact_attempts *all = facts_attempts(r->facts);
	struct backup_wish none = { WISH_NONE, str_of("") };

	for (size_t i = all->n; i-- > 0;) {
		const struct fact_attempt *a = &all->items[i];

		if (a->asked < since)
			continue;
		if (!a->ended)
			return (struct backup_wish){ WISH_RUNS, arena_fmt(r->arena, "%s makes it",
									  a->member.p) };
		if (a->backup.n > 0)
			return judge(r, a->backup);
		if (a->error.n > 0)
			return (struct backup_wish){ WISH_FAILED, a->error };
	}
	return none;
}
