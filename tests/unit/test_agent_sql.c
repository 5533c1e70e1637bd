/* SPDX-License-Identifier: Apache-2.0 */
/* test_agent_sql.c: a PostgreSQL that lets a connection wait, and who asked waits no longer; who
 * says no is not who says nothing. */
#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "sql/sql.h"

enum { LONG_MS = 5000, MOMENT_MS = 100 };

/* What PostgreSQL says while it starts. */
static const char refusal[] = "SFATAL\0VFATAL\0C57P03\0Mthe database system is starting up\0";

struct server {
	struct loop *loop;
	int listens, link; /* link: the last one that came */
	int came;
	char port[8];
	bool reached;
};

static void on_link(void *arg, int which)
{
	struct server *s = arg;

	(void)which;
	s->link = accept(s->listens, NULL, NULL);
	s->came++;
	s->reached = true;
}

static void begin(struct server *s)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(at);

	*s = (struct server){ .loop = loop_new(), .link = -1 };
	s->listens = socket(AF_INET, SOCK_STREAM, 0);
	CHECK(bind(s->listens, (struct sockaddr *)&at, n) == 0 && listen(s->listens, 4) == 0 &&
	      getsockname(s->listens, (struct sockaddr *)&at, &n) == 0);
	(void)snprintf(s->port, sizeof(s->port), "%d", ntohs(at.sin_port));
	loop_watch(s->loop, s->listens, LOOP_READ, on_link, s);
}

static void end(struct server *s)
{
	loop_free(s->loop);
	(void)close(s->listens);
}

/* Ends the last link, after an error message if it is refused. */
static void hang_up(struct server *s, bool refuses)
{
	uint32_t size = htonl(4 + sizeof(refusal));
	char message[5 + sizeof(refusal)] = "E";

	memcpy(message + 1, &size, sizeof(size));
	memcpy(message + 5, refusal, sizeof(refusal));
	if (refuses)
		CHECK(write(s->link, message, sizeof(message)) == (ssize_t)sizeof(message));
	(void)close(s->link);
}

static void on_answer(void *owner, const struct sql_answer *answer)
{
	bool *told = owner;

	CHECK(!answer->fine);
	*told = true;
}

static void ask(struct sql *q, bool *told)
{
	sql_send(q, &(struct sql_call){ "select 1", LONG_MS, { NULL } }, on_answer, told);
}

/* Nobody waits for the connection any more when it fails; who comes then gets another one. */
static void forgotten(bool refuses)
{
	struct server s;
	struct sql *q;
	bool told[2] = { false, false }, never = false;

	begin(&s);
	q = sql_new(s.loop, &(struct sql_target){ .host = "127.0.0.1",
						  .port = s.port,
						  .database = "postgres",
						  .user = "postgres" });
	ask(q, &told[0]);
	CHECK(loop_until(s.loop, &s.reached, LONG_MS));
	sql_forget(q, &told[0]);
	hang_up(&s, refuses);
	(void)loop_until(s.loop, &never, MOMENT_MS);
	s.reached = false;
	ask(q, &told[1]);
	CHECK(loop_until(s.loop, &s.reached, LONG_MS) && s.came == 2);
	hang_up(&s, refuses);
	CHECK(loop_until(s.loop, &told[1], LONG_MS) && !told[0]);
	sql_free(q);
	end(&s);
}

static void on_word(void *owner, const struct sql_answer *answer)
{
	int *word = owner;

	CHECK(!answer->fine && *answer->error);
	*word = answer->silent ? 2 : 1;
}

/* hangs up, or not. */
static void unanswered(bool hangs_up)
{
	struct server s;
	struct sql *q;
	int word = 0;
	bool never = false;

	begin(&s);
	q = sql_new(s.loop, &(struct sql_target){ .host = "127.0.0.1",
						  .port = s.port,
						  .database = "postgres",
						  .user = "postgres" });
	sql_send(q, &(struct sql_call){ "select 1", MOMENT_MS, { NULL } }, on_word, &word);
	CHECK(loop_until(s.loop, &s.reached, LONG_MS));
	if (hangs_up)
		hang_up(&s, false);
	(void)loop_until(s.loop, &never, 2 * MOMENT_MS);
	CHECK(word == (hangs_up ? 1 : 2));
	if (!hangs_up)
		hang_up(&s, false);
	sql_free(q);
	end(&s);
}

int main(void)
{
	unanswered(true);
	unanswered(false);
	forgotten(true);
	forgotten(false);
	return check_done("agent_sql");
}
