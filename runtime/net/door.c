/* SPDX-License-Identifier: Apache-2.0 */
/* door.c: a listening Unix socket and its guests, each with one line. */
#include "net/door.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/die.h"
#include "tree/json_in.h"
#include "tree/print.h"

enum { SPEAK_MS = 5000, WAITING = 16, NUMBER = 24 };

struct guest {
	struct door *door;
	int fd; /* -1: the place is free */
	char line[DOOR_LINE_MOST];
	size_t n;
	bool asks; /* the line is read and right: it waits */
	char id[NUMBER];
	const char *name;
	int64_t at_ms;
	struct timer *late; /* until the line is there */
};

struct door {
	struct loop *loop;
	struct door_plan plan;
	char path[sizeof(((struct sockaddr_un *)NULL)->sun_path)];
	int fd;
	unsigned last; /* number of the last guest */
	struct guest guests[DOOR_GUESTS];
	struct door_ask asks[DOOR_GUESTS];
};

static void leave(struct guest *g)
{
	bool asked = g->asks;

	loop_watch(g->door->loop, g->fd, 0, NULL, NULL);
	loop_cancel(g->door->loop, g->late);
	(void)close(g->fd);
	g->fd = -1;
	g->late = NULL;
	g->asks = false;
	if (asked)
		g->door->plan.asked(g->door->plan.arg);
}

/* One short line goes into the socket's buffer at once; a guest that does not read it loses it. */
static void write_line(int fd, bool done, const char *text)
{
	struct arena *a = arena_new();
	struct node *map = node_new(a, NODE_MAP, (struct pos){ 0 });
	struct node_list kids = { 0 };
	struct buf out = { 0 };
	struct err err = { 0 };

	node_put(&kids, str_of("done"), node_bool(a, (struct pos){ 0 }, done));
	node_put(&kids, str_of("text"), node_str(a, (struct pos){ 0 }, arena_fmt(a, "%s", text)));
	map->kids = kids.first;
	if (print_json(&out, map, &err) == 0) {
		buf_char(&out, '\n');
		(void)send(fd, out.p, out.n, MSG_DONTWAIT | MSG_NOSIGNAL);
	}
	buf_release(&out);
	arena_free(a);
}

static void end(struct guest *g, bool done, const char *text)
{
	write_line(g->fd, done, text);
	leave(g);
}

static void refuse_name(struct guest *g)
{
	struct buf text = { 0 };

	buf_text(&text, "\"ask\" must be one of");
	for (const char *const *name = g->door->plan.names; *name; name++)
		buf_fmt(&text, " %s", *name);
	end(g, false, buf_z(&text));
	buf_release(&text);
}

/* The name of the plan that the line asks for, or NULL. */
static const char *name_of(const struct guest *g, const struct node *line)
{
	const struct node *ask = node_at(line, "ask");

	if (!ask || ask->kind != NODE_STR || node_count(line) != 1)
		return NULL;
	for (const char *const *name = g->door->plan.names; *name; name++)
		if (str_is(ask->text, *name))
			return *name;
	return NULL;
}

static void take(struct guest *g, size_t length)
{
	struct arena *a = arena_new();
	const char *why = "";
	const struct node *line =
	    json_read(a, arena_str(a, (struct str){ g->line, length }), (struct pos){ 0 }, &why);

	g->name = line ? name_of(g, line) : NULL;
	if (!line || line->kind != NODE_MAP) {
		end(g, false, "the line is no JSON map");
	} else if (!g->name) {
		refuse_name(g);
	} else {
		loop_cancel(g->door->loop, g->late);
		g->late = NULL;
		g->asks = true;
		g->at_ms = clock_now().ms;
		g->door->plan.asked(g->door->plan.arg);
	}
	arena_free(a);
}

/* Nothing more comes. What was asked is asked, whether or not somebody still waits. */
static void silent(struct guest *g)
{
	if (g->asks)
		loop_watch(g->door->loop, g->fd, 0, NULL, NULL);
	else if (g->n > 0)
		end(g, false, "the line has no end");
	else
		leave(g);
}

static void on_line(void *arg, int which)
{
	struct guest *g = arg;
	ssize_t got = recv(g->fd, g->line + g->n, sizeof(g->line) - g->n, MSG_DONTWAIT);
	const char *end_of_line;

	(void)which;
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got <= 0) {
		silent(g);
		return;
	}
	if (g->asks) {
		end(g, false, "one line is enough");
		return;
	}
	g->n += (size_t)got;
	end_of_line = memchr(g->line, '\n', g->n);
	if (end_of_line && end_of_line + 1 < g->line + g->n)
		end(g, false, "one line is enough");
	else if (end_of_line)
		take(g, g->n - 1);
	else if (g->n == sizeof(g->line))
		end(g, false, "the line is too long");
}

static void on_late(void *arg)
{
	struct guest *g = arg;

	g->late = NULL;
	end(g, false, "the line did not come in time");
}

/* Not waited for, and not handed on to children. 0, or -1. */
static int keep(int fd)
{
	if (fcntl(fd, F_SETFD, FD_CLOEXEC))
		return -1;
	return fcntl(fd, F_SETFL, O_NONBLOCK);
}

static void on_guest(void *arg, int which)
{
	struct door *d = arg;
	int fd = accept(d->fd, NULL, NULL);
	struct guest *g = d->guests;

	(void)which;
	if (fd < 0)
		return;
	while (g < d->guests + DOOR_GUESTS && g->fd >= 0)
		g++;
	if (g == d->guests + DOOR_GUESTS || keep(fd)) {
		write_line(fd, false, "too many ask at once");
		(void)close(fd);
		return;
	}
	*g = (struct guest){ .door = d, .fd = fd };
	(void)snprintf(g->id, sizeof(g->id), "%u", ++d->last);
	g->late = loop_after(d->loop, SPEAK_MS, on_late, g);
	loop_watch(d->loop, fd, LOOP_READ, on_line, g);
}

/* The name of a door that nobody is behind any more is taken away; the mode is right from the
 * first moment on. */
static int listen_at(struct door *d, struct err *err)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	mode_t old;
	int failed;

	(void)memcpy(at.sun_path, d->path, sizeof(at.sun_path));
	d->fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (d->fd < 0 || keep(d->fd))
		return err_set(err, "no socket: %s", strerror(errno));
	if (unlink(d->path) && errno != ENOENT)
		return err_set(err, "%s: %s", d->path, strerror(errno));
	old = umask(0177);
	failed = bind(d->fd, (const struct sockaddr *)&at, sizeof(at));
	(void)umask(old);
	if (failed || listen(d->fd, WAITING))
		return err_set(err, "%s: %s", d->path, strerror(errno));
	return 0;
}

struct door *door_new(struct loop *l, const struct door_plan *plan, struct err *err)
{
	struct door *d;
	size_t n = strlen(plan->path);

	if (n >= sizeof(d->path)) {
		(void)err_set(err, "%s: too long for a socket", plan->path);
		return NULL;
	}
	d = calloc(1, sizeof(*d));
	if (!d)
		die_memory();
	d->loop = l;
	d->plan = *plan;
	(void)memcpy(d->path, plan->path, n);
	for (size_t i = 0; i < DOOR_GUESTS; i++)
		d->guests[i].fd = -1;
	if (listen_at(d, err)) {
		if (d->fd >= 0)
			(void)close(d->fd);
		free(d);
		return NULL;
	}
	loop_watch(l, d->fd, LOOP_READ, on_guest, d);
	return d;
}

void door_free(struct door *d)
{
	if (!d)
		return;
	for (size_t i = 0; i < DOOR_GUESTS; i++) {
		d->guests[i].asks = false;
		if (d->guests[i].fd >= 0)
			leave(&d->guests[i]);
	}
	loop_watch(d->loop, d->fd, 0, NULL, NULL);
	(void)close(d->fd);
	(void)unlink(d->path);
	free(d);
}

static int older_first(const void *a, const void *b)
{
	const struct door_ask *x = a, *y = b;

	return (x->at_ms > y->at_ms) - (x->at_ms < y->at_ms);
}

const struct door_ask *door_asks(struct door *d, size_t *n)
{
	*n = 0;
	if (!d)
		return NULL;
	for (size_t i = 0; i < DOOR_GUESTS; i++) {
		const struct guest *g = &d->guests[i];

		if (g->fd >= 0 && g->asks)
			d->asks[(*n)++] =
			    (struct door_ask){ str_of(g->id), str_of(g->name), g->at_ms };
	}
	qsort(d->asks, *n, sizeof(*d->asks), older_first);
	return d->asks;
}

void door_answer(struct door *d, struct str id, bool done, const char *text)
{
	if (!d)
		return;
	for (size_t i = 0; i < DOOR_GUESTS; i++)
		if (d->guests[i].fd >= 0 && d->guests[i].asks && str_is(id, d->guests[i].id))
			end(&d->guests[i], done, text);
}
