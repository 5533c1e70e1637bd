/* SPDX-License-Identifier: Apache-2.0 */
/* Patroni's REST API of one member, spoken to with the superuser's client certificate. */
#ifndef PATRONI_PATRONI_H
#define PATRONI_PATRONI_H

#include "net/http.h"
#include "tree/node.h"

struct patroni;

/* Whom to ask. All are copied. */
struct patroni_place {
	const char *name; /* host that the certificate is checked for, with :port */
	const char *dial; /* host:port to connect to */
	struct http_tls tls;
};

/* Valid during the call only. */
struct patroni_answer {
	int status;              /* of HTTP; 0 without an answer */
	const struct node *body; /* a map, or NULL when there is none */
	const char *message;     /* plain text that came back, or why there is no answer */
};

/* A client of the member at place; never NULL. */
struct patroni *patroni_new(struct http *h, const struct patroni_place *place);

/* A client of another member, at host (port and TLS as p's); never NULL. */
struct patroni *patroni_near(const struct patroni *p, const char *host);

/* Ends it and its requests; nobody is told. NULL is fine. */
void patroni_free(struct patroni *p);

/* One request. Copied. */
struct patroni_call {
	const char *method, *path;
	const struct node *body; /* JSON, or NULL */
	int64_t deadline_ms;
};

/* Sends call. done(owner, answer) is called exactly once, later, unless patroni_forget(owner) comes
 * first. */
void patroni_send(struct patroni *p, const struct patroni_call *call,
		  void (*done)(void *owner, const struct patroni_answer *answer), void *owner);

/* Drops the requests of owner. */
void patroni_forget(struct patroni *p, const void *owner);

#endif
