/* SPDX-License-Identifier: Apache-2.0 */
/* The one poll loop: descriptors, timers, ends of child processes, signals. Callbacks run one after
 * the other and never wait. */
#ifndef LOOP_LOOP_H
#define LOOP_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "ground/clock.h"

struct loop;
struct timer;

enum loop_ready { LOOP_READ = 1, LOOP_WRITE = 2 };

/* A new loop; never NULL. SIGTERM and SIGINT make loop_run return, SIGPIPE is ignored. */
struct loop *loop_new(void);

/* Ends the loop; what is still watched is not told. NULL is fine. */
void loop_free(struct loop *l);

/* Calls ready(arg, which) whenever fd can be read or written, as wanted (LOOP_READ | LOOP_WRITE)
 * says; a further call for the same fd takes the place of the first, wanted 0 ends it. */
void loop_watch(struct loop *l, int fd, int wanted, void (*ready)(void *arg, int which), void *arg);

/* Calls fire(arg) once, ms milliseconds from now. The timer belongs to the loop; it is gone when
 * fire is called. Never NULL. */
struct timer *loop_after(struct loop *l, int64_t ms, void (*fire)(void *arg), void *arg);

/* Ends a timer that has not fired; NULL is fine. */
void loop_cancel(struct loop *l, struct timer *t);

/* Calls idle(arg) each time when all that was ready has been handled, before the loop waits again.
 */
void loop_idle(struct loop *l, void (*idle)(void *arg), void *arg);

/* Runs until loop_stop or a signal to end. */
void loop_run(struct loop *l);

/* Runs until *done is true, or ms milliseconds have passed: for commands that do one thing after
 * the other. Whether *done is true. */
bool loop_until(struct loop *l, const bool *done, int64_t ms);

/* Makes loop_run return when the callback that called it has. */
void loop_stop(struct loop *l);

/* Whether loop_stop was called or a signal to end came. */
bool loop_stopped(const struct loop *l);

#endif
