/* SPDX-License-Identifier: Apache-2.0 */
/* proving.c: link_check in a thread, with an arena and findings of its own. */
#include "unit/proving.h"

#include <pthread.h>

struct proving {
	struct link_input in;
	pthread_t thread;
	bool running;
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
	p->in.arena = arena_new_large();
	p->in.diags = diags_new(p->in.arena);
	p->running = !pthread_create(&p->thread, NULL, prove, p);
	if (!p->running)
		(void)prove(p);
	return p;
}

size_t proving_end(struct proving *p, struct arena *a, struct diags *d)
{
	if (!p)
		return 0;
	if (p->running)
		(void)pthread_join(p->thread, NULL);
	arena_adopt(a, p->in.arena);
	diags_take(d, p->in.diags);
	return diags_errors(p->in.diags);
}
