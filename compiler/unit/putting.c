/* SPDX-License-Identifier: Apache-2.0 */
/* putting.c: out_put for every directory of a cluster; in a thread with an arena of its own. */
#include "unit/putting.h"

#include "base/thread.h"
#include "unit/run.h"

struct putting {
	const struct run *run;
	struct out_worker *out;
	struct rendered made;
	struct arena *arena; /* of what stood */
	struct err err;
	struct thread thread;
};

/* What stands at path; *unit is room for it. NULL when nothing does, or with p->err set. */
static const struct prev_unit *standing(struct putting *p, struct str path, struct prev_unit *unit)
{
	const struct run *r = p->run;

	if (!r->quick)
		return prev_find(&r->prev, path);
	return prev_read(r->previous, path, p->arena, unit, &p->err) > 0 ? unit : NULL;
}

static void *put(void *arg)
{
	struct putting *p = arg;

	for (size_t i = 0; i < p->made.n; i++) {
		struct out_unit *u = &p->made.units[i];
		struct prev_unit room;
		const struct prev_unit *old = standing(p, u->path, &room);

		if (p->err.set)
			return NULL;
		if (!out_put(p->out, u, old, &p->err))
			continue;
		if (p->err.set != ERR_TAKEN)
			return NULL;
		p->err = (struct err){ 0 }; /* fleetwide refuses both clusters */
	}
	return NULL;
}

struct putting *putting_start(const struct run *r, struct out_worker *out,
			      const struct rendered *made, struct arena *a, bool spare)
{
	struct putting *p = NEW(a, struct putting);

	*p = (struct putting){ .run = r, .out = out, .made = *made, .arena = a };
	if (spare) {
		p->arena = arena_new();
		arena_adopt(a, p->arena);
		(void)thread_start(&p->thread, put, p);
	} else {
		(void)put(p);
	}
	return p;
}

int putting_end(struct putting *p, struct err *err)
{
	if (!p)
		return 0;
	thread_end(&p->thread);
	if (p->err.set)
		*err = p->err;
	return p->err.set ? -1 : 0;
}
