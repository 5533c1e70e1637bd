/* SPDX-License-Identifier: Apache-2.0 */
/* http.c: libcurl's multi interface as callbacks of the loop. */
#include "net/http.h"

#include <assert.h>
#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/die.h"
#include "ground/plain.h"

enum { CONNECT_MS = 5000, IDLE_LINKS = 8, LINK_LIFE_S = 300 };

struct exchange {
	struct exchange *next;
	struct http *http;
	struct arena *arena;
	CURL *easy;
	struct curl_slist *headers, *dial;
	struct buf body;
	int64_t retry_after_ms;
	char error[CURL_ERROR_SIZE];
	void (*done)(void *owner, const struct http_answer *answer);
	void *owner;
};

struct http {
	struct loop *loop;
	CURLM *multi;
	struct timer *timer;
	struct exchange *exchanges;
	uint64_t sent;
	bool stale; /* idle connections are to be closed, once nothing is under way */
};

static void unlink_exchange(struct exchange *x)
{
	struct exchange **at = &x->http->exchanges;

	while (*at && *at != x)
		at = &(*at)->next;
	if (*at)
		*at = x->next;
}

/* Gives x back, which is in no list any more. */
static void exchange_free(struct exchange *x)
{
	if (x->easy) {
		(void)curl_multi_remove_handle(x->http->multi, x->easy);
		curl_easy_cleanup(x->easy);
	}
	curl_slist_free_all(x->headers);
	curl_slist_free_all(x->dial);
	/* answers of the API server hold Secrets */
	plain_wipe(buf_view(&x->body));
	buf_release(&x->body);
	arena_free(x->arena);
	free(x);
}

static void finish(struct exchange *x, CURLcode code)
{
	struct http_answer answer = { 0, buf_view(&x->body), x->retry_after_ms, "" };
	long status = 0;

	(void)curl_easy_getinfo(x->easy, CURLINFO_RESPONSE_CODE, &status);
	if (code == CURLE_OK) {
		answer.status = (int)status;
	} else {
		answer.error = x->error[0] ? x->error : curl_easy_strerror(code);
		answer.body = str_of("");
	}
	/* out of the list first: its owner may forget all its requests in the call */
	unlink_exchange(x);
	x->done(x->owner, &answer);
	exchange_free(x);
}

/* Hands out what is finished. A callback may forget other requests, so each turn asks anew. */
static void collect(struct http *h)
{
	int left;
	CURLMsg *message;

	while ((message = curl_multi_info_read(h->multi, &left)) != NULL) {
		struct exchange *x = NULL;
		CURLcode code = message->data.result;

		if (message->msg != CURLMSG_DONE)
			continue;
		(void)curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &x);
		finish(x, code);
	}
}

static void on_ready(void *arg, int fd, int which)
{
	struct http *h = arg;
	int running;
	int bits =
	    (which & LOOP_READ ? CURL_CSELECT_IN : 0) | (which & LOOP_WRITE ? CURL_CSELECT_OUT : 0);

	(void)curl_multi_socket_action(h->multi, fd, bits, &running);
	collect(h);
}

/* What the loop calls knows its descriptor by a small record of its own. */
struct link {
	struct http *http;
	int fd;
};

static void on_link(void *arg, int which)
{
	struct link *link = arg;

	on_ready(link->http, link->fd, which);
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *known)
{
	struct http *h = arg;
	struct link *link = known;

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		loop_watch(h->loop, fd, 0, NULL, NULL);
		free(link);
		return 0;
	}
	if (!link) {
		link = calloc(1, sizeof(*link));
		if (!link)
			die_memory();
		*link = (struct link){ h, fd };
		(void)curl_multi_assign(h->multi, fd, link);
	}
	loop_watch(h->loop, fd,
		   (what & CURL_POLL_IN ? LOOP_READ : 0) | (what & CURL_POLL_OUT ? LOOP_WRITE : 0),
		   on_link, link);
	return 0;
}

static void on_time(void *arg)
{
	struct http *h = arg;
	int running;

	h->timer = NULL;
	(void)curl_multi_socket_action(h->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	collect(h);
}

static int on_timer(CURLM *multi, long ms, void *arg)
{
	struct http *h = arg;

	(void)multi;
	loop_cancel(h->loop, h->timer);
	h->timer = ms >= 0 ? loop_after(h->loop, ms, on_time, h) : NULL;
	return 0;
}

static size_t on_body(char *p, size_t size, size_t n, void *arg)
{
	struct exchange *x = arg;

	if (x->body.n + size * n > HTTP_ANSWER_MOST)
		return 0;
	buf_put(&x->body, p, size * n);
	return size * n;
}

static size_t on_header(char *p, size_t size, size_t n, void *arg)
{
	static const char name[] = "retry-after:";
	struct exchange *x = arg;
	struct str line = str_trim((struct str){ p, size * n });
	int64_t seconds;

	while (line.n > 0 && (line.p[line.n - 1] == '\r' || line.p[line.n - 1] == '\n'))
		line.n--;
	if (line.n < sizeof(name) || line.n - sizeof(name) > 16)
		return size * n;
	for (size_t i = 0; name[i]; i++)
		if ((line.p[i] | 0x20) != (name[i] | 0x20))
			return size * n;
	if (str_int(str_trim(str_cut(line, sizeof(name) - 1, line.n)), &seconds) && seconds >= 0 &&
	    seconds <= 3600)
		x->retry_after_ms = seconds * 1000;
	return size * n;
}

static void open_multi(struct http *h)
{
	h->multi = curl_multi_init();
	if (!h->multi)
		die_memory();
	(void)curl_multi_setopt(h->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	(void)curl_multi_setopt(h->multi, CURLMOPT_SOCKETDATA, h);
	(void)curl_multi_setopt(h->multi, CURLMOPT_TIMERFUNCTION, on_timer);
	(void)curl_multi_setopt(h->multi, CURLMOPT_TIMERDATA, h);
	(void)curl_multi_setopt(h->multi, CURLMOPT_MAXCONNECTS, (long)IDLE_LINKS);
	h->stale = false;
}

struct http *http_new(struct loop *l, struct err *err)
{
	struct http *h;

	if (curl_global_init(CURL_GLOBAL_DEFAULT)) {
		(void)err_set(err, "libcurl cannot begin");
		return NULL;
	}
	h = calloc(1, sizeof(*h));
	if (!h)
		die_memory();
	h->loop = l;
	open_multi(h);
	return h;
}

void http_free(struct http *h)
{
	if (!h)
		return;
	for (struct exchange *x = h->exchanges, *next; x; x = next) {
		next = x->next;
		exchange_free(x);
	}
	(void)curl_multi_cleanup(h->multi);
	loop_cancel(h->loop, h->timer);
	free(h);
	curl_global_cleanup();
}

static void set_text(CURL *easy, CURLoption option, const char *text)
{
	if (text && *text)
		(void)curl_easy_setopt(easy, option, text);
}

/* What holds for every request: K-13 and K-6 (HTTP/1.1 with keepalive finds a dead link). A server
 * may be silent up to the deadline, which each request has: Patroni is, while PostgreSQL restarts.
 */
static void set_manners(CURL *easy)
{
	(void)curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "https");
	(void)curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	(void)curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
	(void)curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	(void)curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	(void)curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	(void)curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
	(void)curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
	(void)curl_easy_setopt(easy, CURLOPT_TCP_KEEPIDLE, 15L);
	(void)curl_easy_setopt(easy, CURLOPT_TCP_KEEPINTVL, 5L);
	/* files of certificates change under their names */
	(void)curl_easy_setopt(easy, CURLOPT_CA_CACHE_TIMEOUT, 0L);
	(void)curl_easy_setopt(easy, CURLOPT_MAXLIFETIME_CONN, (long)LINK_LIFE_S);
	(void)curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, 16384L);
	(void)curl_easy_setopt(easy, CURLOPT_USERAGENT, "howdah-agent/" HOWDAH_VERSION);
}

static void set_request(struct exchange *x, const struct http_request *r)
{
	CURL *easy = x->easy;

	(void)curl_easy_setopt(easy, CURLOPT_URL, r->url);
	(void)curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, r->method);
	(void)curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)r->deadline_ms);
	set_text(easy, CURLOPT_CAINFO, r->tls.ca);
	set_text(easy, CURLOPT_SSLCERT, r->tls.cert);
	set_text(easy, CURLOPT_SSLKEY, r->tls.key);
	if (r->body.n > 0) {
		struct str body = arena_str(x->arena, r->body);

		(void)curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body.p);
		(void)curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)body.n);
	}
	for (int i = 0; i < HTTP_HEADERS && r->headers[i]; i++)
		x->headers = curl_slist_append(x->headers, r->headers[i]);
	if (x->headers)
		(void)curl_easy_setopt(easy, CURLOPT_HTTPHEADER, x->headers);
	if (r->plain)
		(void)curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http");
	if (r->dial) {
		x->dial = curl_slist_append(NULL, arena_fmt(x->arena, "::%s", r->dial).p);
		(void)curl_easy_setopt(easy, CURLOPT_CONNECT_TO, x->dial);
	}
}

void http_send(struct http *h, const struct http_request *r,
	       void (*done)(void *owner, const struct http_answer *answer), void *owner)
{
	struct exchange *x = calloc(1, sizeof(*x));

	assert(r->deadline_ms > 0); /* libcurl would wait for ever */
	if (!x)
		die_memory();
	if (h->stale && !h->exchanges) {
		(void)curl_multi_cleanup(h->multi);
		open_multi(h);
	}
	*x = (struct exchange){ .next = h->exchanges, .http = h, .arena = arena_new() };
	x->retry_after_ms = -1;
	x->done = done;
	x->owner = owner;
	x->easy = curl_easy_init();
	if (!x->easy)
		die_memory();
	h->exchanges = x;
	h->sent++;
	set_manners(x->easy);
	set_request(x, r);
	(void)curl_easy_setopt(x->easy, CURLOPT_PRIVATE, x);
	(void)curl_easy_setopt(x->easy, CURLOPT_ERRORBUFFER, x->error);
	(void)curl_easy_setopt(x->easy, CURLOPT_WRITEFUNCTION, on_body);
	(void)curl_easy_setopt(x->easy, CURLOPT_WRITEDATA, x);
	(void)curl_easy_setopt(x->easy, CURLOPT_HEADERFUNCTION, on_header);
	(void)curl_easy_setopt(x->easy, CURLOPT_HEADERDATA, x);
	(void)curl_multi_add_handle(h->multi, x->easy);
}

void http_forget(struct http *h, const void *owner)
{
	struct exchange *next;

	for (struct exchange *x = h->exchanges; x; x = next) {
		next = x->next;
		if (x->owner != owner)
			continue;
		unlink_exchange(x);
		exchange_free(x);
	}
}

uint64_t http_sent(const struct http *h)
{
	return h->sent;
}

void http_renew(struct http *h)
{
	h->stale = true;
}
