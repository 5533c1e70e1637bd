/* SPDX-License-Identifier: Apache-2.0 */
/* thread.c: affinity at the start, all cores afterwards. */
#define _GNU_SOURCE /* NOLINT: pthread_attr_setaffinity_np and sched_getcpu ask for this very name \
		     */
#include "base/thread.h"

#include <sched.h>
#include <string.h>

_Static_assert(sizeof(cpu_set_t) <= sizeof(((struct thread *)0)->cores), "a set of cores fits");

static void *begin(void *arg)
{
	struct thread *t = arg;
	cpu_set_t all;

	memcpy(&all, t->cores, sizeof(all));
	(void)pthread_setaffinity_np(pthread_self(), sizeof(all), &all);
	return t->run(t->arg);
}

/* Begins t on another core than this one; false when there is none, or it may not be chosen. */
static bool start_apart(struct thread *t)
{
	pthread_attr_t attributes;
	cpu_set_t all, others;
	int here = sched_getcpu();
	bool good = false;

	if (here < 0 || pthread_getaffinity_np(pthread_self(), sizeof(all), &all) ||
	    CPU_COUNT(&all) < 2 || pthread_attr_init(&attributes))
		return false;
	memcpy(t->cores, &all, sizeof(all));
	others = all;
	CPU_CLR((size_t)here, &others);
	good = !pthread_attr_setaffinity_np(&attributes, sizeof(others), &others) &&
	       !pthread_create(&t->id, &attributes, begin, t);
	(void)pthread_attr_destroy(&attributes);
	return good;
}

bool thread_start(struct thread *t, void *(*run)(void *arg), void *arg)
{
	*t = (struct thread){ .run = run, .arg = arg };
	t->running = start_apart(t) || !pthread_create(&t->id, NULL, run, arg);
	return t->running;
}

void thread_end(struct thread *t)
{
	if (t->running)
		(void)pthread_join(t->id, NULL);
	else if (t->run)
		(void)t->run(t->arg);
	*t = (struct thread){ 0 };
}
