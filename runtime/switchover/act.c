/* SPDX-License-Identifier: Apache-2.0 */
/* act.c: the lead goes to another member while the poolers hold their clients: checkpoint, PAUSE,
 * switchover, RESUME. A pause is a lease: what is left paused, poolers' own agents end after 40 s.
 */
#include "act/act.h"
#include "ground/log.h"
#include "ground/paths.h"
#include "report/fields.h"
#include "switchover/poolers.h"

enum { ASK_MS = 30000, CHECKPOINT_MS = 300000, PAUSE_MS = 10000, RESUME_MS = 5000 };

struct work {
	struct sql *sql; /* of its own, so that the looks at PostgreSQL go on meanwhile */
	struct poolers *poolers;
	int64_t paused_ms; /* when the first pooler was asked to pause */
	bool moved;        /* another member leads */
	struct str why;    /* why it failed */
};

static void on_resume(void *owner, const struct poolers_answer *answer)
{
	struct deed *deed = owner;
	struct work *w = deed->work;
	struct str outage =
	    arena_fmt(deed->arena, "%lld ms", (long long)(clock_now().ms - w->paused_ms));

	if (answer->stuck.n > 0)
		log_event(LOG_ERROR, "not-resumed", "poolers", answer->stuck.p, NULL);
	if (w->moved)
		deed_done(deed, arena_fmt(deed->arena, "clients waited %s", outage.p).p);
	else
		deed_failed(deed, w->why.p);
}

/* Whatever came of it, clients go on. */
static void resume(struct deed *deed)
{
	struct work *w = deed->work;

	poolers_tell(w->poolers, "RESUME", RESUME_MS, on_resume, deed);
}

static void on_switchover(void *owner, const struct patroni_answer *answer)
{
	struct deed *deed = owner;
	struct work *w = deed->work;

	w->moved = answer->status == 200;
	w->why = arena_fmt(deed->arena, "%s", answer->message);
	resume(deed);
}

static void on_pause(void *owner, const struct poolers_answer *answer)
{
	struct deed *deed = owner;
	struct work *w = deed->work;
	struct fields f = { deed->arena, { 0 } };

	if (answer->skipped.n > 0)
		log_event(LOG_WARN, "poolers-skipped", "poolers", answer->skipped.p, NULL);
	if (answer->stuck.n > 0) {
		w->why = arena_fmt(deed->arena, "it could not be paused: %s", answer->stuck.p);
		resume(deed);
		return;
	}
	fields_text(&f, "leader", deed->self->pod);
	fields_text(&f, "candidate", deed->action.target);
	patroni_send(deed->hands->patroni,
		     &(struct patroni_call){ "POST", "/switchover", fields_map(&f), ASK_MS },
		     on_switchover, deed);
}

static void on_checkpoint(void *owner, const struct sql_answer *answer)
{
	struct deed *deed = owner;
	struct work *w = deed->work;

	if (!answer->fine) {
		deed_failed(deed, answer->error);
		return;
	}
	w->paused_ms = clock_now().ms;
	poolers_tell(w->poolers, "PAUSE", PAUSE_MS, on_pause, deed);
}

static void stop(struct deed *deed)
{
	struct work *w = deed->work;

	sql_free(w->sql);
	poolers_free(w->poolers);
}

/* The checkpoint beforehand makes the one at shutdown short, during which nobody can write. */
void act_switchover(struct deed *deed)
{
	struct work *w = NEW(deed->arena, struct work);

	w->why = str_of("");
	w->sql = sql_new(deed->hands->loop, &(struct sql_target){ .host = PATH_SOCKETS,
								  .port = "5432",
								  .database = "postgres",
								  .user = "postgres",
								  .patient = true });
	w->poolers = poolers_new(deed->hands->loop, deed->hands->orders);
	deed->work = w;
	deed->stop = stop;
	sql_send(w->sql, &(struct sql_call){ "checkpoint", CHECKPOINT_MS, { NULL } }, on_checkpoint,
		 deed);
}
