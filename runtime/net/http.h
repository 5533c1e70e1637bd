/* SPDX-License-Identifier: Apache-2.0 */
/* Requests over HTTPS in the loop: no redirects, no proxies, capped answers, deadlines. Plain HTTP
 * only where it is asked for: a cloud's metadata server on the node has nothing else. */
#ifndef NET_HTTP_H
#define NET_HTTP_H

#include "base/arena.h"
#include "base/err.h"
#include "loop/loop.h"

struct http;

enum { HTTP_ANSWER_MOST = 4 * 1024 * 1024, HTTP_HEADERS = 12 };

/* Files of one peer's TLS: read at each new connection. Empty texts: none. */
struct http_tls {
	const char *ca;         /* who is trusted */
	const char *cert, *key; /* what is shown */
};

/* A request. Everything in it is copied by http_send. */
struct http_request {
	const char *method; /* GET, POST, PATCH, ... */
	const char *url;    /* https, or http where plain is true */
	bool plain;
	const char *dial; /* host:port to connect to in the url's place, or NULL; the url's name is
			   * what the certificate is checked for */
	const char *headers[HTTP_HEADERS]; /* "Name: value"; the first NULL ends them */
	struct str body;
	struct http_tls tls;
	int64_t deadline_ms; /* for all of it, never 0; connecting may take 5 s of it */
};

/* What came back. Valid during the call only. */
struct http_answer {
	int status; /* 0: there is no answer, error says why */
	struct str body;
	int64_t retry_after_ms; /* from Retry-After; -1 without */
	const char *error;
};

/* A client in loop l; NULL with err set when libcurl cannot begin. */
struct http *http_new(struct loop *l, struct err *err);

/* Ends the client and all its requests; nobody is told. NULL is fine. */
void http_free(struct http *h);

/* Sends r; done(owner, answer) is called exactly once, later, unless http_forget(owner) comes
 * first. */
void http_send(struct http *h, const struct http_request *r,
	       void (*done)(void *owner, const struct http_answer *answer), void *owner);

/* Ends every request of owner; done is not called for them. */
void http_forget(struct http *h, const void *owner);

/* Requests begun since the start: for metrics and tests. */
uint64_t http_sent(const struct http *h);

/* Closes idle connections before the next request that finds nothing under way, so that new ones
 * read the TLS files anew. */
void http_renew(struct http *h);

#endif
