/* SPDX-License-Identifier: Apache-2.0 */
/* Threads that begin on a core of their own: the system starts a new thread on the core of the one
 * that made it, where they take turns until a clock tick (up to 4 ms) moves one away; many a thread
 * here lives no longer than that. */
#ifndef BASE_THREAD_H
#define BASE_THREAD_H

#include <pthread.h>
#include <stdbool.h>

/* One thread; must stay where it is until it is joined. */
struct thread {
	void *(*run)(void *arg);
	void *arg;
	pthread_t id;
	bool running;
	unsigned long cores[16]; /* on which it may run once it runs */
};

/* Begins run(arg) beside the caller. False when there can be no thread: then thread_end runs it. */
bool thread_start(struct thread *t, void *(*run)(void *arg), void *arg);

/* Has it come to its end: waits, or runs it when it could not be begun. A second time nothing
 * happens. */
void thread_end(struct thread *t);

#endif
