/* SPDX-License-Identifier: Apache-2.0 */
/* proving.c: link_check in a thread, with an arena and findings of its own. */
#include "unit/proving.h"

#include "base/thread.h"

struct proving {
	struct link_input in;
	struct thread thread;
};

static void *prove(void *arg)
{
	const struct proving *p = arg;

	link_check(&p->in);
	return NULL;
}

struct proving *proving_start(struct arena *a, const struct link_input *in)
{
	struct proving *p = NEW(a, struct proving);

	p->in = *in;
	p->in.arena = arena_new();
	p->in.diags = diags_new(p->in.arena);
	(void)thread_start(&p->thread, prove, p);
	return p;
}

size_t proving_end(struct proving *p, struct arena *a, struct diags *d)
{
	if (!p)
		return 0;
	thread_end(&p->thread);
	arena_adopt(a, p->in.arena);
	diags_take(d, p->in.diags);
	return diags_errors(p->in.diags);
}
