/* SPDX-License-Identifier: Apache-2.0 */
/* lull.c: a pause is a lease of 20 s: it is given back by whoever took it, in time, or ended by the
 * leader's agent, or after 40 s by the agents beside the poolers. */
#include "switchover/lull.h"

#include "ground/log.h"
#include "ground/mounted.h"
#include "ground/paths.h"
#include "ground/plain.h"
#include "net/resolve.h"
#include "switchover/poolers.h"

/* What two servers never have in common. */
#define STARTED "extract(epoch from pg_postmaster_start_time())::text as started"

enum {
	CHECKPOINT_MS = 300000,
	QUICK_MS = 8000,
	PAUSE_MS = 10000,
	LEASE_MS = 20000,
	RESUME_MS = 5000,
	SETTLE_MS = 10000, /* how long the primary is looked for at the Service */
	LOOK_MS = 400,     /* a first look: where a pod is not led back to itself, it hangs */
	LOOK_MOST_MS = 1500,
	AGAIN_MS = 150,
	PASSWORD_MOST = 1024,
};

struct lull {
	struct lull_plan plan;
	struct sql *sql;   /* of its own, so that the looks at PostgreSQL go on meanwhile */
	struct sql *there; /* what stands behind the Service that the poolers use */
	struct child *resolver;
	struct poolers *poolers;
	struct timer *lease, *again;
	int64_t paused_ms; /* when the first pooler was asked to pause */
	int64_t over_ms;   /* when the interruption ended, 0 while it has not */
	int64_t resumed_ms, look_ms;
	bool fine, resuming;
	bool left; /* the pause was left behind by another agent */
	bool here; /* this pod itself is looked at */
	struct str why, address;
	struct str started; /* when this member's PostgreSQL was, in its own words */
};

/* ---- the end ---- */

static void end(struct deed *deed)
{
	const struct lull *l = deed->work;

	if (l->left && l->why.n == 0)
		deed_done(deed, "");
	else if (l->fine)
		deed_done(deed, arena_fmt(deed->arena, "clients waited %lld ms",
					  (long long)(l->resumed_ms - l->paused_ms))
				    .p);
	else
		deed_failed(deed, l->why.p);
}

static void on_resume(void *owner, const struct poolers_answer *answer)
{
	struct deed *deed = owner;
	struct lull *l = deed->work;

	if (answer->stuck.n > 0)
		log_event(LOG_ERROR, "not-resumed", "poolers", answer->stuck.p, NULL);
	if (l->left)
		l->why = arena_str(deed->arena, answer->stuck);
	l->resumed_ms = clock_now().ms;
	if (l->over_ms)
		end(deed);
}

/* Whatever came of it, clients go on. */
static void resume(struct deed *deed)
{
	struct lull *l = deed->work;

	if (l->resuming)
		return;
	l->resuming = true;
	loop_cancel(deed->hands->loop, l->lease);
	l->lease = NULL;
	poolers_tell(l->poolers, "RESUME", RESUME_MS, on_resume, deed);
}

static void on_lease(void *arg)
{
	struct deed *deed = arg;
	struct lull *l = deed->work;

	l->lease = NULL;
	log_event(LOG_WARN, "pause-too-long", "action", "resume", NULL);
	resume(deed);
}

/* ---- is the primary there again? ---- */

static void look(struct deed *deed);

static void on_again(void *arg)
{
	struct deed *deed = arg;

	((struct lull *)deed->work)->again = NULL;
	look(deed);
}

/* A login that is refused shows that no look will tell. libpq has no state for that. */
static bool is_hopeless(const struct sql_answer *answer)
{
	static const char *const words[] = { "authentication failed", "no pg_hba.conf entry",
					     "certificate" };

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (!answer->fine && strstr(answer->error, words[i]))
			return true;
	return false;
}

/* A primary; before it is over not the one of this pod, which the Service leads to until then. */
static bool is_there(const struct lull *l, const struct sql_answer *answer)
{
	return answer->fine && !sql_flag(answer->rows, 0, "recovery") &&
	       (l->over_ms || !str_is(l->started, sql_text(answer->rows, 0, "started")));
}

static void on_looked(void *owner, const struct sql_answer *answer)
{
	struct deed *deed = owner;
	struct lull *l = deed->work;
	bool late = l->over_ms && clock_now().ms - l->over_ms > SETTLE_MS;

	if (l->resuming)
		return;
	if (is_there(l, answer)) {
		resume(deed);
	} else if (!l->over_ms && is_hopeless(answer)) {
		return; /* the end of the interruption will tell */
	} else if (late || is_hopeless(answer)) {
		log_event(LOG_WARN, "primary-not-seen", "why",
			  answer->fine ? "the Service leads to a replica" : answer->error, NULL);
		resume(deed);
	} else {
		/* longer each time, but while the Service may still lead to this pod */
		if (l->over_ms && l->look_ms < LOOK_MOST_MS)
			l->look_ms += l->look_ms / 2;
		/* who ends another's pause leads, so where all is silent the Service leads here,
		 * from where it cannot be seen, or nowhere; who is refused was led to another */
		l->here = l->here || (l->left && answer->silent);
		l->again = loop_after(deed->hands->loop, AGAIN_MS, on_again, deed);
	}
}

/* The Service's name in the cluster: beside the endpoint's, whose domain it has. */
static struct str leader_host(struct arena *a, const struct orders *o)
{
	struct str host = orders_host(o);

	return arena_fmt(a, "%s%s", orders_text(o, "objects.leader").p,
			 str_cut(host, str_find(host, '.'), host.n).p);
}

/* A connection that the poolers would get. A new one each time: an old one stays where it is. */
static void look(struct deed *deed)
{
	struct lull *l = deed->work;
	struct arena *a = arena_new();
	struct err err = { 0 };
	struct str password = str_of("");
	struct sql_target target = { .host = leader_host(a, deed->hands->orders).p,
				     .address = l->here ? deed->self->ip.p : l->address.p,
				     .port = "5432",
				     .database = "postgres",
				     .user = "postgres",
				     .trust = PATH_TRUST,
				     .cert = PATH_SUPERUSER "/tls.crt",
				     .key = PATH_SUPERUSER "/tls.key" };

	(void)mounted_read(a, PATH_SECRETS "/system/superuser-password", PASSWORD_MOST, &password,
			   &err);
	target.password = password.n > 0 ? password.p : NULL;
	sql_free(l->there);
	l->there = sql_new(deed->hands->loop, &target);
	plain_wipe(password);
	arena_free(a);
	sql_send(l->there,
		 &(struct sql_call){
		     "select pg_is_in_recovery() as recovery, " STARTED, l->look_ms, { NULL } },
		 on_looked, deed);
}

/* Without waiting for the look that is under way, which may hang at who led before. */
static void look_now(struct deed *deed)
{
	struct lull *l = deed->work;

	loop_cancel(deed->hands->loop, l->again);
	l->again = NULL;
	look(deed);
}

static void on_address(void *arg, const struct child_end *end)
{
	struct deed *deed = arg;
	struct lull *l = deed->work;

	l->resolver = NULL;
	l->address =
	    resolve_find(deed->arena, end->out, leader_host(deed->arena, deed->hands->orders));
	if (l->left)
		lull_over(deed, false, "");
}

static void resolve(struct deed *deed)
{
	struct lull *l = deed->work;
	const char *name = leader_host(deed->arena, deed->hands->orders).p;

	l->address = str_of("");
	l->resolver = resolve_start(deed->hands->loop, &name, 1, on_address, deed);
}

/* A cluster that follows another one has no primary to be seen. */
static bool follows(const struct orders *o)
{
	const struct node *standby = orders_at(o, "life.standby");

	return standby && !node_flag(standby, "promoted", false);
}

/* Whether a look at the primary tells anything. */
static bool can_look(const struct deed *deed)
{
	const struct lull *l = deed->work;
	const struct orders *o = deed->hands->orders;

	return (l->address.n > 0 || l->here) && !follows(o) && orders_int(o, "pooler.pods", 0) > 0;
}

void lull_over(struct deed *deed, bool fine, const char *why)
{
	struct lull *l = deed->work;

	l->fine = fine;
	l->why = arena_fmt(deed->arena, "%s", why);
	l->over_ms = clock_now().ms;
	if (l->resumed_ms)
		end(deed);
	else if (l->resuming)
		return;
	else if ((!fine && !l->left) || !can_look(deed))
		resume(deed);
	else
		look_now(deed);
}

/* ---- the beginning ---- */

static void on_pause(void *owner, const struct poolers_answer *answer)
{
	struct deed *deed = owner;
	struct lull *l = deed->work;

	if (answer->skipped.n > 0)
		log_event(LOG_WARN, "poolers-skipped", "poolers", answer->skipped.p, NULL);
	if (answer->stuck.n > 0) {
		lull_over(deed, false,
			  arena_fmt(deed->arena, "it could not be paused: %s", answer->stuck.p).p);
		return;
	}
	l->plan.go(deed);
	/* Patroni looks once a second whether it is over: whoever leads next is seen before that */
	if (l->started.n > 0 && can_look(deed))
		look(deed);
}

static void pause(struct deed *deed)
{
	struct lull *l = deed->work;

	l->paused_ms = clock_now().ms;
	l->lease = loop_after(deed->hands->loop, LEASE_MS, on_lease, deed);
	poolers_tell(l->poolers, "PAUSE", PAUSE_MS, on_pause, deed);
}

static void on_started(void *owner, const struct sql_answer *answer)
{
	struct deed *deed = owner;
	struct lull *l = deed->work;

	if (answer->fine)
		l->started = arena_fmt(deed->arena, "%s", sql_text(answer->rows, 0, "started"));
	pause(deed);
}

/* The checkpoint beforehand makes the one at shutdown short, during which nobody can write. */
static void on_checkpoint(void *owner, const struct sql_answer *answer)
{
	struct deed *deed = owner;
	struct lull *l = deed->work;

	if (!answer->fine && !l->plan.quick) {
		deed_failed(deed, answer->error);
		return;
	}
	if (l->plan.stays)
		pause(deed);
	else
		sql_send(l->sql, &(struct sql_call){ "select " STARTED, LOOK_MOST_MS, { NULL } },
			 on_started, deed);
}

static void stop(struct deed *deed)
{
	struct lull *l = deed->work;

	loop_cancel(deed->hands->loop, l->lease);
	loop_cancel(deed->hands->loop, l->again);
	child_drop(l->resolver);
	sql_free(l->sql);
	sql_free(l->there);
	poolers_free(l->poolers);
}

/* What every lull needs. */
static struct lull *make(struct deed *deed)
{
	struct lull *l = NEW(deed->arena, struct lull);

	l->why = l->started = str_of("");
	l->look_ms = LOOK_MS;
	l->poolers = poolers_new(deed->hands->loop, deed->hands->orders);
	deed->work = l;
	deed->stop = stop;
	resolve(deed);
	return l;
}

void lull_resume(struct deed *deed)
{
	struct lull *l = make(deed);

	l->left = true;
	if (!l->resolver)
		lull_over(deed, false, "");
}

void lull_begin(struct deed *deed, const struct lull_plan *plan)
{
	struct lull *l = make(deed);

	l->plan = *plan;
	l->here = plan->stays;
	l->sql = sql_new(deed->hands->loop, &(struct sql_target){ .host = PATH_SOCKETS,
								  .port = "5432",
								  .database = "postgres",
								  .user = "postgres",
								  .patient = true });
	sql_send(
	    l->sql,
	    &(struct sql_call){ "checkpoint", plan->quick ? QUICK_MS : CHECKPOINT_MS, { NULL } },
	    on_checkpoint, deed);
}
