/* SPDX-License-Identifier: Apache-2.0 */
/* child.c: one child process: its outputs, its end, its deadline. */
#include "loop/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/die.h"
#include "ground/plain.h"
#include "loop/sys.h"

enum { GRACE_MS = 10000, STEP = 16384 };

struct stream {
	struct child *child;
	int fd; /* -1: closed */
	struct buf text;
};

struct child {
	struct loop *loop;
	struct child_plan plan;
	pid_t pid;
	int pidfd; /* -1: its end has been seen */
	struct stream out, err;
	struct timer *timer;
	struct child_end end;
};

static void stream_close(struct stream *s)
{
	if (s->fd < 0)
		return;
	loop_watch(s->child->loop, s->fd, 0, NULL, NULL);
	(void)close(s->fd);
	s->fd = -1;
}

static void release(struct child *c)
{
	stream_close(&c->out);
	stream_close(&c->err);
	if (c->pidfd >= 0) {
		loop_watch(c->loop, c->pidfd, 0, NULL, NULL);
		(void)close(c->pidfd);
	}
	loop_cancel(c->loop, c->timer);
	buf_release(&c->out.text);
	buf_release(&c->err.text);
	free(c);
}

/* It has ended when the process has, and nobody can write to its outputs any more. */
static void finish(struct child *c)
{
	if (c->pidfd >= 0 || c->out.fd >= 0 || c->err.fd >= 0)
		return;
	c->end.out = buf_view(&c->out.text);
	c->end.err = buf_view(&c->err.text);
	c->plan.ended(c->plan.arg, &c->end);
	release(c);
}

static void on_output(void *arg, int which)
{
	struct stream *s = arg;
	char bytes[STEP];
	ssize_t n = read(s->fd, bytes, sizeof(bytes));

	(void)which;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		stream_close(s);
		finish(s->child);
		return;
	}
	/* what is too much is read and dropped, or the child would wait for ever */
	if (s->child->plan.take)
		s->child->plan.take(s->child->plan.arg, s == &s->child->err,
				    (struct str){ bytes, (size_t)n });
	else if (s->text.n + (size_t)n <= CHILD_OUTPUT_MOST)
		buf_put(&s->text, bytes, (size_t)n);
	else
		s->child->end.cut = true;
}

static void on_end(void *arg, int which)
{
	struct child *c = arg;
	int status = 0;

	(void)which;
	if (waitpid(c->pid, &status, WNOHANG) != c->pid)
		return;
	c->end.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	loop_watch(c->loop, c->pidfd, 0, NULL, NULL);
	(void)close(c->pidfd);
	c->pidfd = -1;
	/* grandchildren that still hold an output must not keep the agent waiting */
	(void)kill(-c->pid, SIGKILL);
	finish(c);
}

static void on_late(void *arg)
{
	struct child *c = arg;

	c->timer = NULL;
	(void)kill(-c->pid, SIGKILL);
}

static void on_deadline(void *arg)
{
	struct child *c = arg;

	c->timer = NULL;
	c->end.overdue = true;
	child_ask_end(c);
}

void child_ask_end(struct child *c)
{
	loop_cancel(c->loop, c->timer);
	(void)kill(-c->pid, SIGTERM);
	c->timer = loop_after(c->loop, GRACE_MS, on_late, c);
}

/* Signals are blocked in the loop: the child starts with none blocked, in a group of its own. */
static int spawn(pid_t *pid, const struct child_plan *plan, int out, int err)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t how;
	sigset_t none, all;
	int code;

	(void)sigemptyset(&none);
	(void)sigfillset(&all);
	(void)posix_spawn_file_actions_init(&files);
	(void)posix_spawnattr_init(&how);
	(void)posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	(void)posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
	(void)posix_spawn_file_actions_adddup2(&files, err, STDERR_FILENO);
	(void)posix_spawnattr_setflags(&how, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
						 POSIX_SPAWN_SETSIGDEF);
	(void)posix_spawnattr_setpgroup(&how, 0);
	(void)posix_spawnattr_setsigmask(&how, &none);
	(void)posix_spawnattr_setsigdefault(&how, &all);
	code = posix_spawn(pid, plan->argv[0], &files, &how, plain(plan->argv), plain(plan->env));
	(void)posix_spawn_file_actions_destroy(&files);
	(void)posix_spawnattr_destroy(&how);
	return code;
}

static int open_pipes(int out[2], int err[2])
{
	if (sys_pipe(out))
		return -1;
	if (sys_pipe(err) == 0)
		return 0;
	(void)close(out[0]);
	(void)close(out[1]);
	return -1;
}

struct child *child_start(struct loop *l, const struct child_plan *plan, struct err *err)
{
	struct child *c = calloc(1, sizeof(*c));
	int out[2], errors[2], code;

	if (!c)
		die_memory();
	c->loop = l;
	c->plan = *plan;
	c->out = (struct stream){ c, -1, { 0 } };
	c->err = (struct stream){ c, -1, { 0 } };
	c->pidfd = -1;
	if (open_pipes(out, errors)) {
		(void)err_set(err, "no pipe: %s", strerror(errno));
		free(c);
		return NULL;
	}
	code = spawn(&c->pid, plan, out[1], errors[1]);
	(void)close(out[1]);
	(void)close(errors[1]);
	c->out.fd = out[0];
	c->err.fd = errors[0];
	if (code == 0)
		c->pidfd = sys_pidfd(c->pid);
	if (code == 0 && c->pidfd < 0) {
		code = errno;
		(void)kill(-c->pid, SIGKILL);
		(void)waitpid(c->pid, NULL, 0);
	}
	if (code) {
		(void)err_set(err, "%s cannot be started: %s", plan->argv[0], strerror(code));
		release(c);
		return NULL;
	}
	loop_watch(l, c->out.fd, LOOP_READ, on_output, &c->out);
	loop_watch(l, c->err.fd, LOOP_READ, on_output, &c->err);
	loop_watch(l, c->pidfd, LOOP_READ, on_end, c);
	c->timer = loop_after(l, plan->deadline_ms, on_deadline, c);
	return c;
}

void child_drop(struct child *c)
{
	if (!c)
		return;
	(void)kill(-c->pid, SIGKILL);
	if (c->pidfd >= 0)
		(void)waitpid(c->pid, NULL, 0);
	release(c);
}
