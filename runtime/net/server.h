/* SPDX-License-Identifier: Apache-2.0 */
/* The agent's read-only pages over HTTPS, served from the loop. */
#ifndef NET_SERVER_H
#define NET_SERVER_H

#include "base/buf.h"
#include "base/err.h"
#include "loop/loop.h"

struct server;

/* One page: GET of its path answers with what fill writes. */
struct page {
	const char *path;
	const char *type;                        /* Content-Type */
	int (*fill)(void *arg, struct buf *out); /* appends the body; the HTTP status */
};

/* Serves pages (n of them; they outlive the server) on port, arg handed to fill. Certificate and
 * key are PEM texts; with empty ones it speaks plain HTTP. NULL with err set when that fails. */
struct server *server_new(struct loop *l, uint16_t port, struct str cert, struct str key,
			  struct err *err);

/* What it serves; before the first call every path is 404. */
void server_pages(struct server *s, const struct page *pages, size_t n, void *arg);

/* Ends it; open connections are cut. NULL is fine. */
void server_free(struct server *s);

#endif
