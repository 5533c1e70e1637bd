/* SPDX-License-Identifier: Apache-2.0 */
/* loop.c: poll(2) over a table of descriptors, and a list of timers in order of time. */
#include "loop/loop.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/die.h"

struct watch {
	int fd, wanted;
	void (*ready)(void *arg, int which);
	void *arg;
};

struct timer {
	struct timer *next; /* later or at the same time */
	int64_t at_ms;
	void (*fire)(void *arg);
	void *arg;
};

struct loop {
	struct watch *watches;
	struct pollfd *polls; /* as many places as watches; made anew at each turn */
	size_t n, cap;
	struct timer *timers;
	void (*idle)(void *arg);
	void *idle_arg;
	int signals;
	bool stopped;
};

static void on_signal(void *arg, int which)
{
	struct loop *l = arg;
	struct signalfd_siginfo info;

	(void)which;
	while (read(l->signals, &info, sizeof(info)) == (ssize_t)sizeof(info))
		l->stopped = true;
}

struct loop *loop_new(void)
{
	struct loop *l = calloc(1, sizeof(*l));
	sigset_t ends;

	if (!l)
		die_memory();
	(void)sigemptyset(&ends);
	(void)sigaddset(&ends, SIGTERM);
	(void)sigaddset(&ends, SIGINT);
	(void)sigprocmask(SIG_BLOCK, &ends, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	l->signals = signalfd(-1, &ends, SFD_NONBLOCK | SFD_CLOEXEC);
	if (l->signals >= 0)
		loop_watch(l, l->signals, LOOP_READ, on_signal, l);
	return l;
}

void loop_free(struct loop *l)
{
	if (!l)
		return;
	while (l->timers)
		loop_cancel(l, l->timers);
	if (l->signals >= 0)
		(void)close(l->signals);
	free(l->watches);
	free(l->polls);
	free(l);
}

static size_t find(const struct loop *l, int fd)
{
	size_t i = 0;

	while (i < l->n && l->watches[i].fd != fd)
		i++;
	return i;
}

static void grow(struct loop *l)
{
	size_t cap = l->cap ? l->cap * 2 : 16;
	struct watch *watches = realloc(l->watches, cap * sizeof(*watches));
	struct pollfd *polls = realloc(l->polls, cap * sizeof(*polls));

	if (!watches || !polls)
		die_memory();
	l->watches = watches;
	l->polls = polls;
	l->cap = cap;
}

void loop_watch(struct loop *l, int fd, int wanted, void (*ready)(void *arg, int which), void *arg)
{
	size_t i = find(l, fd);

	if (wanted == 0) {
		if (i < l->n)
			l->watches[i] = l->watches[--l->n];
		return;
	}
	if (i == l->n && l->n == l->cap)
		grow(l);
	l->watches[i] = (struct watch){ fd, wanted, ready, arg };
	if (i == l->n)
		l->n++;
}

struct timer *loop_after(struct loop *l, int64_t ms, void (*fire)(void *arg), void *arg)
{
	struct timer *t = calloc(1, sizeof(*t)), **at = &l->timers;

	if (!t)
		die_memory();
	*t = (struct timer){ NULL, clock_now().ms + (ms > 0 ? ms : 0), fire, arg };
	while (*at && (*at)->at_ms <= t->at_ms)
		at = &(*at)->next;
	t->next = *at;
	*at = t;
	return t;
}

void loop_cancel(struct loop *l, struct timer *t)
{
	struct timer **at = &l->timers;

	while (*at && *at != t)
		at = &(*at)->next;
	if (!*at)
		return;
	*at = t->next;
	free(t);
}

void loop_idle(struct loop *l, void (*idle)(void *arg), void *arg)
{
	l->idle = idle;
	l->idle_arg = arg;
}

/* Fires what is due. A callback may add and cancel timers, so each one is taken out first; those
 * that it adds for now wait for the next turn, or a turn might never end. */
static void fire_timers(struct loop *l)
{
	int64_t now = clock_now().ms;

	while (l->timers && l->timers->at_ms <= now && !l->stopped) {
		struct timer t = *l->timers;

		loop_cancel(l, l->timers);
		t.fire(t.arg);
	}
}

static int wait_ms(const struct loop *l, int64_t until_ms)
{
	int64_t now = clock_now().ms, next = until_ms;

	if (l->timers && l->timers->at_ms < next)
		next = l->timers->at_ms;
	if (next <= now)
		return 0;
	return next - now > INT_MAX / 2 ? INT_MAX / 2 : (int)(next - now);
}

static int which_of(short events)
{
	int which = 0;

	if (events & (POLLIN | POLLHUP | POLLERR | POLLNVAL))
		which |= LOOP_READ;
	if (events & (POLLOUT | POLLERR))
		which |= LOOP_WRITE;
	return which;
}

/* Tells the watchers. One may end the watch of another, so each is looked up anew by its number;
 * watched again in between for something else, it is told the next time. A table that grows in
 * between keeps what poll said at its front. */
static void tell(struct loop *l, size_t n)
{
	for (size_t i = 0; i < n && !l->stopped; i++) {
		struct pollfd said = l->polls[i];
		size_t at = said.revents ? find(l, said.fd) : l->n;

		if (at < l->n)
			l->watches[at].ready(l->watches[at].arg, which_of(said.revents));
	}
}

static void turn(struct loop *l, int64_t until_ms)
{
	size_t n = l->n;

	for (size_t i = 0; i < n; i++) {
		int wanted = l->watches[i].wanted;

		l->polls[i].fd = l->watches[i].fd;
		l->polls[i].events = (short)((wanted & LOOP_READ ? POLLIN : 0) |
					     (wanted & LOOP_WRITE ? POLLOUT : 0));
		l->polls[i].revents = 0;
	}
	if (poll(l->polls, (nfds_t)n, wait_ms(l, until_ms)) > 0)
		tell(l, n);
	fire_timers(l);
	if (l->idle && !l->stopped)
		l->idle(l->idle_arg);
}

void loop_run(struct loop *l)
{
	while (!l->stopped)
		turn(l, INT64_MAX);
}

bool loop_until(struct loop *l, const bool *done, int64_t ms)
{
	int64_t until_ms = clock_now().ms + ms;

	while (!*done && !l->stopped && clock_now().ms < until_ms)
		turn(l, until_ms);
	return *done;
}

void loop_stop(struct loop *l)
{
	l->stopped = true;
}

bool loop_stopped(const struct loop *l)
{
	return l->stopped;
}
