/* SPDX-License-Identifier: Apache-2.0 */
/* The consoles of all pooler pods: one command to each of them, at the same time. */
#ifndef SWITCHOVER_POOLERS_H
#define SWITCHOVER_POOLERS_H

#include "loop/loop.h"
#include "orders/orders.h"

struct poolers;

/* What came of a command. Valid during the call only. */
struct poolers_answer {
	size_t fine;        /* consoles that did it */
	struct str skipped; /* pods that did not answer in time, ", " between them, "" for none */
	struct str stuck;   /* pods that answer, but did not get it done, and why; "" for none */
	struct str paused;  /* of a look: "POD/DATABASE", ", " between them; "" for none */
	size_t let_go;      /* clients that poolers_let_go ended */
};

/* The poolers of the orders, none when there are none; console passwords are read from their
 * mounted Secret. Never NULL. */
struct poolers *poolers_new(struct loop *l, const struct orders *o);

/* Closes the consoles; nobody is told. NULL is fine. */
void poolers_free(struct poolers *p);

/* Sends command ("PAUSE", "RESUME", "RECONNECT") for each database of the orders to each pooler
 * that answers within 2 s, and waits up to ms for all of it. done(owner, answer) is called exactly
 * once, later, unless poolers_free comes first. One command at a time. */
void poolers_tell(struct poolers *p, const char *command, int64_t ms,
		  void (*done)(void *owner, const struct poolers_answer *answer), void *owner);

/* As poolers_tell, but only looks which databases of the orders are paused. */
void poolers_look(struct poolers *p, void (*done)(void *owner, const struct poolers_answer *answer),
		  void *owner);

/* After a RECONNECT: clients and look-ups of passwords that hang on a server connection which was
 * told to end and whose process is none of the n pids, which must have been read behind it. Ends
 * them at each pooler that answers. done as for poolers_tell. */
void poolers_let_go(struct poolers *p, const int64_t *pids, size_t n,
		    void (*done)(void *owner, const struct poolers_answer *answer), void *owner);

#endif
