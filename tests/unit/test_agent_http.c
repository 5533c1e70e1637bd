/* SPDX-License-Identifier: Apache-2.0 */
/* test_agent_http.c: a server that is silent for long is waited for, until the deadline and no
 * longer. Time runs 20 times as fast here, for libcurl, too. */
#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "net/http.h"

enum { FAST = 20, TICK_MS = 500, ANSWER_MS = 30000, DEADLINE_MS = 60000 };

int clock_gettime(clockid_t id, struct timespec *at);

/* In place of the C library's, for every clock. */
int clock_gettime(clockid_t id, struct timespec *at)
{
	static time_t first;
	int64_t ns;

	(void)id;
	(void)timespec_get(at, TIME_UTC);
	if (!first)
		first = at->tv_sec - 1;
	ns = ((int64_t)(at->tv_sec - first) * 1000000000 + at->tv_nsec) * FAST;
	at->tv_sec = (time_t)(ns / 1000000000);
	at->tv_nsec = (long)(ns % 1000000000);
	return 0;
}

struct server {
	struct loop *loop;
	struct http *http;
	int listens, link;
	bool answers, over;
	int status;
};

/* poll's time is the real one: nothing waits for long. */
static void tick(void *arg)
{
	struct server *s = arg;

	(void)loop_after(s->loop, TICK_MS, tick, s);
}

static void say(void *arg)
{
	static const char text[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
	struct server *s = arg;

	CHECK(write(s->link, text, strlen(text)) == (ssize_t)strlen(text));
}

static void on_link(void *arg, int which)
{
	struct server *s = arg;

	(void)which;
	s->link = accept(s->listens, NULL, NULL);
	if (s->answers)
		(void)loop_after(s->loop, ANSWER_MS, say, s);
}

static void on_answer(void *owner, const struct http_answer *answer)
{
	struct server *s = owner;

	s->status = answer->status;
	s->over = true;
}

/* How long a request takes, in ms. */
static int64_t ask(struct server *s, bool answers)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(at);
	struct err err = { 0 };
	char url[64];
	int64_t ms;

	*s = (struct server){ .loop = loop_new(), .link = -1, .answers = answers };
	s->http = http_new(s->loop, &err);
	s->listens = socket(AF_INET, SOCK_STREAM, 0);
	CHECK(bind(s->listens, (struct sockaddr *)&at, n) == 0 && listen(s->listens, 4) == 0 &&
	      getsockname(s->listens, (struct sockaddr *)&at, &n) == 0);
	loop_watch(s->loop, s->listens, LOOP_READ, on_link, s);
	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%d/restart", ntohs(at.sin_port));
	tick(s);
	ms = clock_now().ms;
	http_send(s->http,
		  &(struct http_request){
		      .method = "POST", .url = url, .plain = true, .deadline_ms = DEADLINE_MS },
		  on_answer, s);
	CHECK(loop_until(s->loop, &s->over, 2 * DEADLINE_MS));
	ms = clock_now().ms - ms;
	http_free(s->http);
	loop_free(s->loop);
	(void)close(s->link);
	(void)close(s->listens);
	return ms;
}

int main(void)
{
	struct server s;
	int64_t ms = ask(&s, true);

	CHECK(s.status == 200 && ms >= ANSWER_MS);
	ms = ask(&s, false);
	CHECK(s.status == 0 && ms > DEADLINE_MS - 1000);
	return check_done("agent_http");
}
