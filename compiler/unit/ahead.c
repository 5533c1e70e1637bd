/* SPDX-License-Identifier: Apache-2.0 */
/* ahead.c: a copy of the run, with an arena and findings of its own, in another thread. */
#include "unit/ahead.h"

#include "base/thread.h"

struct ahead {
	struct run run; /* only its world, arena and findings are its own */
	struct err err;
	int rc;
	struct thread thread;
};

static void *load(void *arg)
{
	struct ahead *a = arg;

	a->rc = run_world(&a->run, &a->err);
	return NULL;
}

void ahead_start(struct run *r)
{
	struct ahead *a = NULL;

	if (r->ahead)
		return;
	a = NEW(r->arena, struct ahead);
	a->run = *r;
	r->foundation = NULL;
	a->run.arena = arena_new_large();
	a->run.diags = diags_new(a->run.arena);
	(void)thread_start(&a->thread, load, a);
	r->ahead = a;
}

static void wait_for(struct ahead *a)
{
	thread_end(&a->thread);
	foundation_drop(a->run.foundation); /* the files could not be read */
	a->run.foundation = NULL;
}

int ahead_take(struct run *r, struct err *err)
{
	struct ahead *a = r->ahead;

	if (!a)
		return run_world(r, err);
	wait_for(a);
	r->ahead = NULL;
	r->world = a->run.world;
	arena_adopt(r->arena, a->run.arena);
	diags_take(r->diags, a->run.diags);
	if (a->rc)
		*err = a->err;
	return a->rc;
}

void ahead_drop(struct run *r)
{
	struct ahead *a = r->ahead;

	if (!a)
		return;
	wait_for(a);
	world_close(a->run.world);
	arena_free(a->run.arena);
	r->ahead = NULL;
}
