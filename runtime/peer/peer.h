/* SPDX-License-Identifier: Apache-2.0 */
/* What the agent of another member, or of a pooler, says of itself: its /status, read-only. */
#ifndef PEER_PEER_H
#define PEER_PEER_H

#include "net/http.h"
#include "orders/orders.h"

/* Valid during the call only. */
struct peer_answer {
	const struct node *status; /* a map, or NULL without an answer */
	const char *why;           /* there is none */
};

struct peer_question;

/* Whom to ask. */
struct peer_place {
	struct http *http;
	const struct orders *orders;
	struct str pod;
	bool pooler; /* it is one of the poolers, else a member */
};

/* Asks the agent of place; done(owner, answer) is called exactly once, later, unless peer_stop
 * comes first. Never NULL. */
struct peer_question *peer_ask(const struct peer_place *place,
			       void (*done)(void *owner, const struct peer_answer *answer),
			       void *owner);

/* Drops the question; NULL is fine. */
void peer_stop(struct peer_question *q);

#endif
