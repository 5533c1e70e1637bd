/* SPDX-License-Identifier: Apache-2.0 */
/* judge.c: the condition of base backups, the worst first. */
#include "backup/plan.h"

enum { UNSEEN_MS = 1800000 };

static const struct past *prune_failed(const struct round *r)
{
	for (const struct past *p = r->facts->past; p; p = p->next)
		if (p->kind == ACTION_prune_backups && p->failures > 0)
			return p;
	return NULL;
}

/* What is wrong with the archive as a whole. */
static bool judge_archive(struct round *r)
{
	const struct sight *s = &r->facts->sight[FACT_backups];
	const struct fact_gap *gap = backup_lost(r);

	if (s->at_ms == 0 || (s->failures > 0 && r->now.ms - s->at_ms > UNSEEN_MS))
		round_say(r, REASON_BackupsUnseen, "%s", s->error.n ? s->error.p : "");
	else if (backup_foreign(r))
		round_say(r, REASON_TimelineForeign, "%s", "");
	else if (gap)
		round_say(r, REASON_WalMissing, "%s to %s", gap->from.p, gap->to.p);
	else
		return false;
	return true;
}

/* Without a good backup that is young enough. */
static void judge_old(struct round *r, const struct fact_backup *good, int64_t age)
{
	const struct fact_backup *newest = backup_newest(r);
	const struct fact_attempt *f = backup_failed(r);
	const struct past *look =
	    newest ? facts_past(r->facts, ACTION_check_backup, newest->name) : NULL;

	if (f)
		round_say(r, REASON_BackupFails, "%s: %s", f->member.p, f->error.p);
	else if (!newest)
		round_say(r, REASON_BackupAwaited, "%s", "");
	else if (backup_state(r, newest) == BACKUP_UNKNOWN && r->now.wall - newest->ended < age)
		round_say(r, REASON_BackupUnverified, "%s%s%s", newest->name.p,
			  look && look->failures ? ": " : "",
			  look && look->failures ? look->result.p : "");
	else
		round_say(r, REASON_BackupOld, "%s is the last good one",
			  good ? good->name.p : "none");
}

void backup_judge(struct round *r)
{
	const struct fact_backup *good = backup_newest_good(r), *newest = backup_newest(r);
	const struct fact_checked *c =
	    newest ? attempts_checked(facts_attempts(r->facts), newest->name) : NULL;
	const struct past *p = prune_failed(r);
	int64_t age = orders_ms(r->orders, "thresholds.backupAge", 180000000) / 1000;

	if (facts_patroni(r->facts)->role == ROLE_STANDBY_LEADER)
		round_say(r, REASON_BackupsElsewhere, "%s", "");
	else if (judge_archive(r))
		return;
	else if (c && c->corrupt > 0)
		round_say(r, REASON_BackupCorrupt, "%s: %lld pages", c->backup.p,
			  (long long)c->corrupt);
	else if (!good || r->now.wall - good->ended > age || backup_failed(r))
		judge_old(r, good, age);
	else if (p)
		round_say(r, REASON_RetentionFails, "%s", p->result.p);
	else
		round_say(r, REASON_BackupsFine, "%s", good->name.p);
}
