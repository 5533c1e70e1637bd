/* SPDX-License-Identifier: Apache-2.0 */
/* test_agent_loop.c: timers, descriptors, children. */
#include <unistd.h>

#include "check.h"
#include "ground/plain.h"
#include "loop/child.h"
#include "loop/loop.h"

struct note {
	struct loop *loop;
	char text[64];
	bool done;
};

static struct note note;

static void add(const char *z)
{
	(void)snprintf(note.text + strlen(note.text), sizeof(note.text) - strlen(note.text), "%s",
		       z);
}

static void say(void *arg)
{
	add(arg);
}

static void say_and_end(void *arg)
{
	add(arg);
	note.done = true;
}

static void timers(struct loop *l)
{
	struct timer *gone;

	note = (struct note){ 0 };
	(void)loop_after(l, 40, say_and_end, plain("d"));
	(void)loop_after(l, 20, say, plain("b"));
	gone = loop_after(l, 10, say, plain("x"));
	(void)loop_after(l, 20, say, plain("c"));
	(void)loop_after(l, 0, say, plain("a"));
	loop_cancel(l, gone);
	loop_cancel(l, NULL);
	CHECK(loop_until(l, &note.done, 2000));
	CHECK(str_is(str_of(note.text), "abcd"));
}

static int fds[2];

static void on_byte(void *arg, int which)
{
	char c = 0;

	CHECK(which == LOOP_READ && read(fds[0], &c, 1) == 1);
	note.done = c == 'x';
	(void)arg;
}

static void descriptors(struct loop *l)
{
	note = (struct note){ 0 };
	CHECK(pipe(fds) == 0);
	loop_watch(l, fds[0], LOOP_READ, on_byte, NULL);
	CHECK(!loop_until(l, &note.done, 20));
	CHECK(write(fds[1], "x", 1) == 1);
	CHECK(loop_until(l, &note.done, 2000));
	loop_watch(l, fds[0], 0, NULL, NULL);
	note.done = false;
	CHECK(write(fds[1], "x", 1) == 1);
	CHECK(!loop_until(l, &note.done, 20));
	(void)close(fds[0]);
	(void)close(fds[1]);
}

struct ended {
	bool done;
	int code;
	bool overdue, cut;
	size_t out, err;
	char first[32];
};

static void on_end(void *arg, const struct child_end *end)
{
	struct ended *e = arg;

	e->done = true;
	e->code = end->code;
	e->overdue = end->overdue;
	e->cut = end->cut;
	e->out = end->out.n;
	e->err = end->err.n;
	(void)snprintf(e->first, sizeof(e->first), "%.*s", (int)(end->out.n < 31 ? end->out.n : 31),
		       end->out.p ? end->out.p : "");
}

static struct ended run(struct loop *l, const char *script, int64_t deadline_ms)
{
	static const char *const env[] = { "GREETING=hello", "PATH=/usr/bin:/bin", NULL };
	const char *const argv[] = { "/bin/sh", "-c", script, NULL };
	struct ended e = { 0 };
	struct err err = { 0 };
	struct child_plan plan = { argv, env, deadline_ms, on_end, &e, NULL };

	CHECK(child_start(l, &plan, &err) != NULL);
	CHECK(loop_until(l, &e.done, 20000));
	return e;
}

static void children(struct loop *l)
{
	static const char *const none[] = { NULL };
	const char *const missing[] = { "/nowhere/program", NULL };
	const char *const sleeper[] = { "/bin/sleep", "100", NULL };
	struct ended e = run(l, "printf %s \"$GREETING\"; echo oops >&2; exit 7", 5000);
	struct err err = { 0 };
	struct child *c;

	CHECK(e.code == 7 && !e.overdue && !e.cut && e.err == 5);
	CHECK(str_is(str_of(e.first), "hello"));
	/* what is too much is dropped, and the child does not wait for a reader */
	e = run(l, "head -c 3000000 /dev/zero; exit 0", 5000);
	CHECK(e.code == 0 && e.cut && e.out > 900000 && e.out <= CHILD_OUTPUT_MOST);
	e = run(l, "exec sleep 100", 50);
	CHECK(e.overdue && e.code == 128 + 15);
	/* a grandchild that keeps the output open does not keep us waiting */
	e = run(l, "sleep 100 & exit 3", 5000);
	CHECK(e.code == 3);
	CHECK(child_start(l, &(struct child_plan){ missing, none, 1000, on_end, &e, NULL }, &err) ==
		  NULL &&
	      err.set);
	e.done = false;
	c = child_start(l, &(struct child_plan){ sleeper, none, 100000, on_end, &e, NULL }, &err);
	CHECK(c != NULL);
	child_drop(c);
	child_drop(NULL);
	CHECK(!loop_until(l, &e.done, 50));
}

int main(void)
{
	struct loop *l = loop_new();

	timers(l);
	descriptors(l);
	children(l);
	loop_free(l);
	return check_done("agent_loop");
}
