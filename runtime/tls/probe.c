/* SPDX-License-Identifier: Apache-2.0 */
/* probe.c: one TLS handshake over a non-blocking socket. */
#include "tls/probe.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/die.h"

enum step { STEP_CONNECT, STEP_HEAR, STEP_SHAKE };

struct probe {
	struct loop *loop;
	enum probe_start start;
	enum step step;
	int fd;
	SSL_CTX *ctx;
	SSL *ssl;
	struct timer *timer;
	const char *early; /* what failed before the first turn of the loop */
	void (*done)(void *owner, const struct probe_answer *answer);
	void *owner;
};

void probe_drop(struct probe *p)
{
	if (!p)
		return;
	loop_cancel(p->loop, p->timer);
	SSL_free(p->ssl);
	SSL_CTX_free(p->ctx);
	if (p->fd >= 0) {
		loop_watch(p->loop, p->fd, 0, NULL, NULL);
		(void)close(p->fd);
	}
	ERR_clear_error();
	free(p);
}

static void end(struct probe *p, const struct probe_answer *answer)
{
	if (p->done)
		p->done(p->owner, answer);
	probe_drop(p);
}

static void fail(struct probe *p, const char *why)
{
	end(p, &(struct probe_answer){ { { "", 0 }, 0, 0 }, why });
}

static void on_late(void *arg)
{
	struct probe *p = arg;

	p->timer = NULL;
	fail(p, p->early ? p->early : "no answer in time");
}

/* The leaf goes through PEM, so that cert.c alone reads certificates. */
static void tell_cert(struct probe *p)
{
	X509 *x = SSL_get1_peer_certificate(p->ssl);
	BIO *to = BIO_new(BIO_s_mem());
	struct arena *a = arena_new();
	struct probe_answer answer = { { { "", 0 }, 0, 0 }, "" };
	char *text = NULL;

	if (x && to && PEM_write_bio_X509(to, x)) {
		long n = BIO_get_mem_data(to, &text);
		const char *why = cert_read(a, (struct str){ text, (size_t)n }, &answer.cert);

		answer.error = why ? why : "";
	} else {
		answer.error = "it showed no certificate";
	}
	X509_free(x);
	BIO_free(to);
	end(p, &answer);
	arena_free(a);
}

static void on_ready(void *arg, int which);

static void shake(struct probe *p)
{
	int code = SSL_connect(p->ssl), why = SSL_get_error(p->ssl, code);

	if (code == 1)
		tell_cert(p);
	else if (why == SSL_ERROR_WANT_READ)
		loop_watch(p->loop, p->fd, LOOP_READ, on_ready, p);
	else if (why == SSL_ERROR_WANT_WRITE)
		loop_watch(p->loop, p->fd, LOOP_WRITE, on_ready, p);
	else
		fail(p, "no TLS handshake");
}

static void begin_tls(struct probe *p)
{
	p->step = STEP_SHAKE;
	p->ctx = SSL_CTX_new(TLS_client_method());
	p->ssl = p->ctx ? SSL_new(p->ctx) : NULL;
	if (!p->ssl || !SSL_set_fd(p->ssl, p->fd)) {
		fail(p, "OpenSSL cannot begin");
		return;
	}
	SSL_set_verify(p->ssl, SSL_VERIFY_NONE, NULL);
	shake(p);
}

/* PostgreSQL's SSLRequest: length 8, code 80877103. */
static const unsigned char ssl_request[8] = { 0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f };

static void connected(struct probe *p)
{
	int error = 0;
	socklen_t n = sizeof(error);

	if (getsockopt(p->fd, SOL_SOCKET, SO_ERROR, &error, &n) || error) {
		fail(p, strerror(error ? error : errno));
		return;
	}
	if (p->start == PROBE_TLS) {
		begin_tls(p);
		return;
	}
	/* eight bytes fit the buffer of a socket that has just been opened */
	if (write(p->fd, ssl_request, sizeof(ssl_request)) != (ssize_t)sizeof(ssl_request)) {
		fail(p, "it does not listen to SSLRequest");
		return;
	}
	p->step = STEP_HEAR;
	loop_watch(p->loop, p->fd, LOOP_READ, on_ready, p);
}

static void hear(struct probe *p)
{
	char answer = 0;
	ssize_t n = read(p->fd, &answer, 1);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n == 1 && answer == 'S')
		begin_tls(p);
	else
		fail(p, n == 1 && answer == 'N' ? "it speaks no TLS" : "it closed the connection");
}

static void on_ready(void *arg, int which)
{
	struct probe *p = arg;

	(void)which;
	if (p->step == STEP_CONNECT)
		connected(p);
	else if (p->step == STEP_HEAR)
		hear(p);
	else
		shake(p);
}

static int dial(struct probe *p, const char *address, uint16_t port)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(port) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	bool is4 = inet_pton(AF_INET, address, &v4.sin_addr) == 1;
	const struct sockaddr *to =
	    is4 ? (const struct sockaddr *)&v4 : (const struct sockaddr *)&v6;
	socklen_t size = is4 ? sizeof(v4) : sizeof(v6);

	if (!is4 && inet_pton(AF_INET6, address, &v6.sin6_addr) != 1)
		return -1;
	p->fd = socket(is4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (p->fd < 0)
		return -1;
	return connect(p->fd, to, size) && errno != EINPROGRESS ? -1 : 0;
}

struct probe *probe_new(struct loop *l, const char *address, uint16_t port, enum probe_start start,
			int64_t deadline_ms)
{
	struct probe *p = calloc(1, sizeof(*p));

	if (!p)
		die_memory();
	*p = (struct probe){ .loop = l, .start = start, .step = STEP_CONNECT, .fd = -1 };
	if (dial(p, address, port)) {
		p->early = "it cannot be dialled";
		p->timer = loop_after(l, 0, on_late, p);
		return p;
	}
	loop_watch(l, p->fd, LOOP_WRITE, on_ready, p);
	p->timer = loop_after(l, deadline_ms, on_late, p);
	return p;
}

void probe_tell(struct probe *p, void (*done)(void *owner, const struct probe_answer *answer),
		void *owner)
{
	p->done = done;
	p->owner = owner;
}
