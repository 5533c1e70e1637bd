/* SPDX-License-Identifier: Apache-2.0 */
/* order.c: when a backup is due, who makes it, and what came of it. */
#include "backup/plan.h"
#include "ground/schedule.h"

enum {
	FIRST_WAIT = 60,     /* seconds after the first failure, doubled with each */
	LONGEST_WAIT = 3600, /* but no longer than this */
	DOUBLINGS = 6,
	LONGEST = 86400,     /* seconds that an attempt may take */
	REFUSED_MS = 600000, /* a member that could not be asked is not asked again so soon */
	LIST_FRESH_MS = 40000,
};

/* A number of this cluster below most, always the same. */
static int64_t spread(const struct round *r, int64_t most)
{
	struct str name = arena_fmt(r->arena, "%s/%s", r->orders->namespace.p, r->orders->name.p);
	uint64_t h = str_hash(name);

	h ^= h >> 33;
	h *= UINT64_C(0xff51afd7ed558ccd);
	h ^= h >> 33;
	return most > 0 ? (int64_t)(h % (uint64_t)most) : 0;
}

/* A whole backup was begun since: whoever made it, what failed before is over. */
static bool is_mended(const struct round *r, const struct fact_attempt *a)
{
	const struct fact_backup *newest = backup_newest(r);

	return newest && newest->began >= a->asked;
}

/* It failed, here: what failed in the cluster that this one was restored from is not its own. */
static bool has_failed(const struct round *r, const struct fact_attempt *a)
{
	return a->error.n > 0 && backup_is_ours(r, a);
}

const struct fact_attempt *backup_failed(const struct round *r)
{
	const struct fact_attempts *a = facts_attempts(r->facts);

	for (size_t i = 0; i < a->n; i++)
		if (a->items[i].backup.n > 0 || a->items[i].error.n > 0)
			return has_failed(r, &a->items[i]) && !is_mended(r, &a->items[i])
				   ? &a->items[i]
				   : NULL;
	return NULL;
}

int backup_failures(const struct round *r)
{
	const struct fact_attempts *a = facts_attempts(r->facts);
	int n = 0;

	for (size_t i = 0; i < a->n; i++) {
		if (a->items[i].backup.n > 0 || is_mended(r, &a->items[i]))
			break;
		n += has_failed(r, &a->items[i]);
	}
	return n;
}

/* Seconds since 1970 before which nothing is tried again. */
static int64_t wait_until(const struct round *r)
{
	const struct fact_attempts *a = facts_attempts(r->facts);
	int64_t wait = FIRST_WAIT;
	int failures = backup_failures(r);

	if (failures == 0)
		return 0;
	for (int i = 1; i < failures && i <= DOUBLINGS; i++)
		wait *= 2;
	if (wait > LONGEST_WAIT)
		wait = LONGEST_WAIT;
	return a->items[0].ended + wait + spread(r, wait / 4);
}

/* The newest backup is of no use, and none was made since that another member made. */
static bool is_worth_another(const struct round *r, int64_t due)
{
	const struct fact_backups *b = facts_backups(r->facts);
	const struct fact_backup *last = backup_newest(r);

	return backup_state(r, last) == BACKUP_CORRUPT && !str_eq(backup_member(r), last->host) &&
	       (b->n == 1 || b->items[b->n - 2].began < due);
}

const char *backup_due(const struct round *r, int64_t *next)
{
	struct str cron = orders_text(r->orders, "backup.schedule"),
		   zone = orders_text(r->orders, "backup.timezone");
	int64_t late = spread(r, orders_ms(r->orders, "backup.jitter", 600000) / 1000);
	int64_t due = schedule_last(cron, zone, r->now.wall - late);
	const struct fact_backup *last = backup_newest(r);
	const char *why = NULL;
	int64_t until = wait_until(r);

	*next = schedule_next(cron, zone, r->now.wall - late);
	if (*next != INT64_MAX)
		*next += late;
	if (!last)
		why = "there is none yet";
	else if (last->began < due)
		why = "its time has come";
	else if (is_worth_another(r, due))
		why = "the newest has corrupt pages: another member may have none";
	if (why)
		*next = until > r->now.wall ? until : r->now.wall;
	return why && until <= r->now.wall ? why : NULL;
}

/* It could not even be asked, not long ago. */
static bool has_refused(const struct round *r, struct str member)
{
	const struct past *p = facts_past(r->facts, ACTION_order_backup, member);

	return p && p->failures > 0 && r->now.ms - p->ended_ms < REFUSED_MS;
}

/* How well a member does it: 0 not at all, then more is better. A commit waits for synchronous
 * replicas, so they are spared. */
static int fitness(const struct round *r, const struct member *m)
{
	int64_t most = orders_bytes(r->orders, "thresholds.replicaLag", INT64_MAX);

	if (!member_healthy(m) || has_refused(r, m->name))
		return 0;
	if (m->role == ROLE_PRIMARY)
		return 1;
	if (!node_flag(orders_at(r->orders, "backup"), "fromReplica", true) || m->lag > most)
		return 0;
	return m->role == ROLE_REPLICA ? 3 : m->role == ROLE_SYNC ? 2 : 0;
}

/* Who failed last, or has corrupt pages; "" for nobody. */
static struct str unlucky(const struct round *r)
{
	const struct fact_attempts *a = facts_attempts(r->facts);
	const struct fact_backup *last = backup_newest(r);

	if (a->n > 0 && has_failed(r, &a->items[0]))
		return a->items[0].member;
	return last && backup_state(r, last) == BACKUP_CORRUPT ? last->host : str_of("");
}

struct str backup_member(const struct round *r)
{
	const struct fact_patroni *p = facts_patroni(r->facts);
	struct str spared = unlucky(r);
	const struct member *best = NULL, *second = NULL;

	for (size_t i = 0; i < p->n_members; i++) {
		const struct member *m = &p->members[i];
		const struct member **place = str_eq(m->name, spared) ? &second : &best;

		if (fitness(r, m) > (*place ? fitness(r, *place) : 0))
			*place = m;
	}
	return best ? best->name : second ? second->name : str_of("");
}

static bool is_under_way(const struct round *r, enum action_kind kind)
{
	for (const struct past *p = r->facts->past; p; p = p->next)
		if (p->kind == (int)kind && p->running)
			return true;
	return false;
}

bool backup_interrupted(const struct round *r)
{
	return is_under_way(r, ACTION_switchover) || is_under_way(r, ACTION_restart);
}

/* A roll that waits for a member which does not get well must not keep the cluster without backups.
 */
static bool is_too_old(const struct round *r)
{
	const struct fact_backup *last = backup_newest_good(r);
	int64_t age = orders_ms(r->orders, "thresholds.backupAge", 180000000) / 1000;

	return !last || r->now.wall - last->ended > age;
}

const char *backup_blocked(const struct round *r)
{
	enum reason roll =
	    round_sees_pods(r) ? r->conditions[CONDITION_UpgradePending].reason : REASON_none;

	if (is_under_way(r, ACTION_switchover))
		return "a switchover is under way";
	if (is_under_way(r, ACTION_evict) || is_under_way(r, ACTION_restart) ||
	    roll == REASON_Rolling)
		return "members are being rolled";
	if (roll == REASON_WaitingForMember && !is_too_old(r))
		return "a roll waits for a member";
	return NULL;
}

/* The backup that the attempt's member made since it was asked. */
static const struct fact_backup *made(const struct round *r, const struct fact_attempt *a)
{
	const struct fact_backups *b = facts_backups(r->facts);
	const struct fact_attempts *all = facts_attempts(r->facts);
	const struct fact_backup *found = NULL;

	for (size_t i = 0; i < b->n; i++) {
		bool taken = !str_eq(b->items[i].host, a->member) ||
			     b->items[i].began < a->asked - BACKUP_CLOCKS;

		for (size_t k = 0; k < all->n && !taken; k++)
			taken = str_eq(all->items[k].backup, b->items[i].name);
		if (!taken)
			found = &b->items[i];
	}
	return found;
}

/* What the agent of the attempt's member knows of it. */
static struct fact_peer peer_of(const struct round *r, const struct fact_attempt *a,
				struct str target)
{
	const struct past *p = facts_past(r->facts, ACTION_backup, target);
	struct fact_peer own = { .agent = r->facts->self.token, .error = { "", 0 } };

	if (!str_eq(a->member, r->facts->self.pod))
		return facts_attempts(r->facts)->peer;
	if (p) {
		own.known = true;
		own.running = p->running;
		own.failed = !p->running && p->failures > 0;
		own.ended_ms = p->running ? 0 : p->ended_ms;
		own.error = p->result;
	}
	return own;
}

static struct backup_outcome over(const char *error)
{
	return (struct backup_outcome){ true, str_of(""), str_of(error), error };
}

/* The archive was asked a moment ago, or it does not answer. */
static bool is_list_fresh(const struct round *r)
{
	return r->facts->sight[FACT_backups].failures > 0 ||
	       facts_fresh(r->facts, FACT_backups, r->now, LIST_FRESH_MS);
}

struct backup_outcome backup_outcome(struct round *r, const struct fact_attempt *a)
{
	const struct fact_backup *b = made(r, a);
	const struct member *m = patroni_member(facts_patroni(r->facts), a->member);
	struct str target = arena_fmt(r->arena, "%lld", (long long)a->id);
	struct fact_peer peer = peer_of(r, a, target);
	const char *blocked = backup_blocked(r);

	if (!backup_is_ours(r, a))
		return (struct backup_outcome){ true, str_of(""), str_of(""),
						"it was begun in another incarnation" };
	if (b)
		return (struct backup_outcome){ true, b->name, str_of(""), "it was made" };
	/* agents forget, the archive does not: it is asked first, while it answers */
	if (!is_list_fresh(r))
		return (struct backup_outcome){ false, str_of(""), str_of(""), "" };
	if (peer.failed)
		return over(peer.error.n ? peer.error.p : "it failed");
	if (peer.agent.n > 0 && !str_eq(peer.agent, a->agent))
		return over("the agent of the member was restarted while it ran");
	if (!m || !member_healthy(m))
		return over("the member that made it does not work any more");
	if (peer.ended_ms && r->facts->sight[FACT_backups].at_ms > peer.ended_ms)
		return over("wal-g said that it was made, but it is not in the archive");
	if (r->now.wall - a->asked > LONGEST + BACKUP_CLOCKS)
		return over("it took more than a day");
	if (blocked)
		return (struct backup_outcome){ true, str_of(""), str_of(""), blocked };
	return (struct backup_outcome){ false, str_of(""), str_of(""), "" };
}
