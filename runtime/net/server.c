/* SPDX-License-Identifier: Apache-2.0 */
/* server.c: libmicrohttpd run by the loop through its epoll descriptor. */
#include "net/server.h"

#include <microhttpd.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/die.h"
#include "ground/plain.h"

enum { CONNECTIONS_MOST = 32, IDLE_S = 15 };

struct server {
	struct loop *loop;
	struct MHD_Daemon *daemon;
	struct timer *timer;
	struct arena *arena; /* texts of the certificate, which libmicrohttpd does not copy */
	const struct page *pages;
	size_t n;
	void *arg;
	int fd;
};

static enum MHD_Result answer(struct MHD_Connection *c, int status, struct str body,
			      const char *type)
{
	struct MHD_Response *r =
	    MHD_create_response_from_buffer(body.n, plain(body.p), MHD_RESPMEM_MUST_COPY);
	enum MHD_Result queued;

	if (!r)
		return MHD_NO;
	(void)MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	(void)MHD_add_response_header(r, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
	queued = MHD_queue_response(c, (unsigned int)status, r);
	MHD_destroy_response(r);
	return queued;
}

static const struct page *find(const struct server *s, struct str path)
{
	for (size_t i = 0; i < s->n; i++)
		if (str_is(path, s->pages[i].path))
			return &s->pages[i];
	return NULL;
}

/* libmicrohttpd prescribes the signature; the names are those of its manual. */
// NOLINTNEXTLINE(readability-function-size)
static enum MHD_Result on_request(void *arg, struct MHD_Connection *c, const char *url,
				  const char *method, const char *version, const char *upload,
				  size_t *upload_size, void **known)
{
	const struct server *s = arg;
	const struct page *page = find(s, str_of(url));
	struct buf body = { 0 };
	enum MHD_Result done;
	int status;

	(void)version;
	(void)upload;
	(void)known;
	if (!str_is(str_of(method), "GET") && !str_is(str_of(method), "HEAD")) {
		*upload_size = 0;
		return answer(c, MHD_HTTP_METHOD_NOT_ALLOWED, str_of("read-only\n"), "text/plain");
	}
	if (!page)
		return answer(c, MHD_HTTP_NOT_FOUND, str_of("not here\n"), "text/plain");
	status = page->fill(s->arg, &body);
	done = answer(c, status, body.p ? buf_view(&body) : str_of(""), page->type);
	buf_release(&body);
	return done;
}

static void plan(struct server *s);

static void on_time(void *arg)
{
	struct server *s = arg;

	s->timer = NULL;
	(void)MHD_run(s->daemon);
	plan(s);
}

static void on_ready(void *arg, int which)
{
	struct server *s = arg;

	(void)which;
	(void)MHD_run(s->daemon);
	plan(s);
}

/* Comes back when libmicrohttpd wants to: connections that are idle, data that TLS holds back. */
static void plan(struct server *s)
{
	MHD_UNSIGNED_LONG_LONG ms = 0;

	loop_cancel(s->loop, s->timer);
	s->timer = MHD_get_timeout(s->daemon, &ms) == MHD_YES
		       ? loop_after(s->loop, (int64_t)ms, on_time, s)
		       : NULL;
}

static struct MHD_Daemon *start(struct server *s, uint16_t port, struct str cert, struct str key)
{
	unsigned int flags = MHD_USE_EPOLL | (cert.n > 0 ? MHD_USE_TLS : 0);
	struct MHD_OptionItem none[] = { { MHD_OPTION_END, 0, NULL } };
	struct MHD_OptionItem tls[] = {
		{ MHD_OPTION_HTTPS_MEM_CERT, 0, plain(cert.p) },
		{ MHD_OPTION_HTTPS_MEM_KEY, 0, plain(key.p) },
		{ MHD_OPTION_END, 0, NULL },
	};

	return MHD_start_daemon(flags, port, NULL, NULL, on_request, s, MHD_OPTION_CONNECTION_LIMIT,
				(unsigned int)CONNECTIONS_MOST, MHD_OPTION_CONNECTION_TIMEOUT,
				(unsigned int)IDLE_S, MHD_OPTION_LISTENING_ADDRESS_REUSE, 1U,
				MHD_OPTION_ARRAY, cert.n > 0 ? tls : none, MHD_OPTION_END);
}

struct server *server_new(struct loop *l, uint16_t port, struct str cert, struct str key,
			  struct err *err)
{
	struct server *s = calloc(1, sizeof(*s));
	const union MHD_DaemonInfo *info;

	if (!s)
		die_memory();
	s->loop = l;
	s->arena = arena_new();
	s->daemon = start(s, port, arena_str(s->arena, cert), arena_str(s->arena, key));
	if (!s->daemon) {
		(void)err_set(err, "port %u cannot be served", port);
		arena_free(s->arena);
		free(s);
		return NULL;
	}
	info = MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	s->fd = info->epoll_fd;
	loop_watch(l, s->fd, LOOP_READ, on_ready, s);
	plan(s);
	return s;
}

void server_pages(struct server *s, const struct page *pages, size_t n, void *arg)
{
	s->pages = pages;
	s->n = n;
	s->arg = arg;
}

void server_free(struct server *s)
{
	if (!s)
		return;
	loop_watch(s->loop, s->fd, 0, NULL, NULL);
	loop_cancel(s->loop, s->timer);
	MHD_stop_daemon(s->daemon);
	arena_free(s->arena);
	free(s);
}
