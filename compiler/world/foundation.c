/* SPDX-License-Identifier: Apache-2.0 */
/* foundation.c: schemas in a thread, in an arena that the world adopts. */
#include "world/foundation.h"

#include "base/thread.h"
#include "world/schemas.h"

struct foundation {
	struct arena *arena;
	struct diags *diags;
	struct founded founded;
	struct thread thread;
};

static void *read_all(void *arg)
{
	struct foundation *f = arg;

	f->founded.schemas = schemas_built(f->arena, f->diags);
	f->founded.kube = kube_open(f->arena);
	return NULL;
}

struct foundation *foundation_start(void)
{
	struct arena *a = arena_new_large();
	struct foundation *f = NEW(a, struct foundation);

	f->arena = a;
	f->diags = diags_new(a);
	(void)thread_start(&f->thread, read_all, f);
	return f;
}

static void wait_for(struct foundation *f)
{
	thread_end(&f->thread);
}

struct founded foundation_take(struct foundation *f, struct arena *a, struct diags *d)
{
	wait_for(f);
	arena_adopt(a, f->arena);
	diags_take(d, f->diags);
	return f->founded;
}

void foundation_drop(struct foundation *f)
{
	struct arena *a = f ? f->arena : NULL;

	if (!f)
		return;
	wait_for(f);
	kube_close(f->founded.kube);
	schema_set_release(f->founded.schemas);
	arena_free(a);
}
