/* SPDX-License-Identifier: Apache-2.0 */
/* The agent's local door: a Unix socket over which programs of the same pod ask for something. One
 * line of JSON each way, {"ask": NAME} and {"done": BOOL, "text": WHY}; then the connection ends.
 */
#ifndef NET_DOOR_H
#define NET_DOOR_H

#include "base/err.h"
#include "base/str.h"
#include "loop/loop.h"

struct door;

enum { DOOR_GUESTS = 8, DOOR_LINE_MOST = 1024 };

/* One request that waits for its answer. */
struct door_ask {
	struct str id;   /* a number of its own, as a text */
	struct str name; /* one of the names of the plan */
	int64_t at_ms;   /* when it was asked: a moment's ms */
};

/* What is served. Copied, but for names, which outlive the door. */
struct door_plan {
	const char *path;         /* of the socket: made anew, for this user alone */
	const char *const *names; /* what may be asked; ended by NULL */
	void (*asked)(void *arg); /* called after each request that is right, and after one left */
	void *arg;
};

/* Opens the door; NULL with err set when the socket cannot be made. Whatever is wrong, too long,
 * half or late is answered so and its connection closed; guests beyond DOOR_GUESTS are refused. */
struct door *door_new(struct loop *l, const struct door_plan *plan, struct err *err);

/* Closes it; those who wait get no answer. NULL is fine. */
void door_free(struct door *d);

/* The requests that wait, n of them, the oldest first; valid until the next turn of the loop. NULL
 * has none. */
const struct door_ask *door_asks(struct door *d, size_t *n);

/* Answers the request id and ends its connection. One that has left meanwhile is no trouble. */
void door_answer(struct door *d, struct str id, bool done, const char *text);

#endif
