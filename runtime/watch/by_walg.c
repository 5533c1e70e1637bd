/* SPDX-License-Identifier: Apache-2.0 */
/* by_walg.c: one child, one fact. */
#include "watch/by_walg.h"

#include "walg/walg.h"

struct work {
	struct walg *walg;
	const char *(*read)(struct look *look, struct str out, int64_t asked, const void **fact);
	int64_t asked;
};

static void on_end(void *owner, const struct walg_end *end)
{
	struct look *look = owner;
	struct work *w = look->work;
	const char *why = end->why;
	const void *fact = NULL;

	w->walg = NULL;
	if (!*why)
		why = w->read(look, end->out, w->asked, &fact);
	if (why)
		look_failed(look, why);
	else
		look_done(look, fact);
}

void by_walg_start(struct look *look, const char *const *args, int64_t ms,
		   const char *(*read)(struct look *look, struct str out, int64_t asked,
				       const void **fact))
{
	struct work *w = NEW(look->arena, struct work);

	look->work = w;
	w->read = read;
	w->asked = clock_now().wall;
	w->walg =
	    walg_start(look->hands->loop, &(struct walg_call){ args, ms, NULL, on_end, look });
}

void by_walg_stop(struct look *look)
{
	struct work *w = look->work;

	if (w)
		walg_stop(w->walg);
}
