/* SPDX-License-Identifier: Apache-2.0 */
/* backup.c: wal-g backup-push of this member's data, for as long as it is wanted. */
#include "act/act.h"
#include "ground/paths.h"
#include "walg/walg.h"

enum { LONGEST_MS = 86400000, BEAT_MS = 2000 };

struct work {
	struct walg *walg;
	struct timer *beat;
	bool unwanted;
};

static void stop(struct deed *deed)
{
	struct work *w = deed->work;

	walg_stop(w->walg);
	loop_cancel(deed->hands->loop, w->beat);
}

static bool is_wanted(const struct deed *deed)
{
	const struct round *r = engine_round(deed->engine);

	for (const struct action *a = r ? r->actions : NULL; a; a = a->next)
		if (a->kind == deed->action.kind && str_eq(a->target, deed->action.target))
			return true;
	return false;
}

/* The leader may have put it off, or named another. */
static void on_beat(void *arg)
{
	struct deed *deed = arg;
	struct work *w = deed->work;

	w->beat = NULL;
	if (is_wanted(deed)) {
		w->beat = loop_after(deed->hands->loop, BEAT_MS, on_beat, deed);
		return;
	}
	w->unwanted = true;
	walg_ask_end(w->walg);
}

static void on_end(void *owner, const struct walg_end *end)
{
	struct deed *deed = owner;
	struct work *w = deed->work;

	w->walg = NULL;
	act_on_end(deed, w->unwanted ? "it was not wanted any more" : end->why);
}

/* Pages are verified while they are read; --full is left to the settings, which know deltas. */
void act_backup(struct deed *deed)
{
	static const char *const args[] = { "backup-push", PATH_PGDATA, "--verify", NULL };
	struct work *w = NEW(deed->arena, struct work);

	deed->work = w;
	deed->stop = stop;
	w->beat = loop_after(deed->hands->loop, BEAT_MS, on_beat, deed);
	w->walg = walg_start(deed->hands->loop,
			     &(struct walg_call){ args, LONGEST_MS, NULL, on_end, deed });
}
