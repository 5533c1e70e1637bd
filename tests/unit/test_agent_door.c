/* SPDX-License-Identifier: Apache-2.0 */
/* test_agent_door.c: what is said at the local door, right and wrong, and what it costs others. */
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "check.h"
#include "net/door.h"
#include "temp.h"

static const char *const names[] = { "handover", "reload", NULL };
static struct door *door;
static int told;

static void on_ask(void *arg)
{
	(void)arg;
	told++;
}

static int visit(void)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX, .sun_path = "door" };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	return connect(fd, (const struct sockaddr *)&at, sizeof(at)) ? -1 : fd;
}

static void say(int fd, const char *text, size_t n)
{
	(void)!send(fd, text, n, MSG_NOSIGNAL);
}

static void turn(struct loop *l, int64_t ms)
{
	const bool never = false;

	(void)loop_until(l, &never, ms);
}

/* What comes back within ms, "" when nothing does; the connection is closed. */
static const char *heard(struct loop *l, int fd, int64_t ms)
{
	static char text[4096];
	ssize_t n = -1;

	for (int64_t i = 0; i < ms && n < 0; i += 10) {
		turn(l, 10);
		n = recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT);
	}
	text[n > 0 ? n : 0] = '\0';
	(void)close(fd);
	return text;
}

static void wrong(struct loop *l)
{
	static const struct {
		const char *line;
		size_t n;
		const char *answer;
	} rows[] = {
#define ROW(line, answer) { line, sizeof(line) - 1, answer }
		ROW("\n", "the line is no JSON map"),
		ROW("hello\n", "the line is no JSON map"),
		ROW("[1]\n", "the line is no JSON map"),
		ROW("\"handover\"\n", "the line is no JSON map"),
		ROW("{\"ask\":\"handover\"\n", "the line is no JSON map"),
		ROW("{\"ask\":\"handover\"}x\n", "the line is no JSON map"),
		ROW("{\"ask\":\"handover\0\"}\n", "the line is no JSON map"),
		ROW("{\"ask\":\"\xff\"}\n", "the line is no JSON map"),
		ROW("{}\n", "\\\"ask\\\" must be one of handover reload"),
		ROW("{\"ask\":1}\n", "must be one of"),
		ROW("{\"ask\":\"drop\"}\n", "must be one of"),
		ROW("{\"ask\":\"handover\",\"ask\":\"reload\"}\n", "the line is no JSON map"),
		ROW("{\"ask\":\"handover\",\"force\":true}\n", "must be one of"),
		ROW("{\"ask\":\"handover\"}\n{\"ask\":\"reload\"}\n", "one line is enough"),
		ROW("GET / HTTP/1.1\r\nHost: x\r\n\r\n", "one line is enough"),
#undef ROW
	};
	char long_line[DOOR_LINE_MOST];
	int fd;
	size_t n;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const char *answer;

		fd = visit();
		say(fd, rows[i].line, rows[i].n);
		answer = heard(l, fd, 500);
		if (!CHECK(strstr(answer, rows[i].answer) && strstr(answer, "\"done\":false")))
			(void)printf("#  %s -> %s\n", rows[i].line, answer);
	}
	(void)memset(long_line, '{', sizeof(long_line));
	fd = visit();
	say(fd, long_line, sizeof(long_line));
	CHECK(strstr(heard(l, fd, 500), "the line is too long"));
	/* half a line, and its end */
	fd = visit();
	say(fd, "{\"ask\":", 7);
	(void)shutdown(fd, SHUT_WR);
	CHECK(strstr(heard(l, fd, 500), "the line has no end"));
	/* half a line, and silence */
	fd = visit();
	say(fd, "{\"ask\":", 7);
	CHECK(strstr(heard(l, fd, 7000), "did not come in time"));
	CHECK(told == 0);
	(void)door_asks(door, &n);
	CHECK(n == 0);
}

static void right(struct loop *l)
{
	int fd = visit();
	const struct door_ask *asks;
	size_t n;

	/* in pieces */
	say(fd, "{ \"ask\" : ", 10);
	turn(l, 30);
	say(fd, "\"handover\" }\n", 13);
	turn(l, 30);
	asks = door_asks(door, &n);
	CHECK(told == 1 && n == 1 && str_is(asks->name, "handover"));
	door_answer(door, str_of("nobody"), true, "");
	(void)door_asks(door, &n);
	CHECK(n == 1);
	door_answer(door, asks->id, true, "db-1 leads");
	CHECK(str_is(str_of(heard(l, fd, 100)), "{\"done\":true,\"text\":\"db-1 leads\"}\n"));
	(void)door_asks(door, &n);
	CHECK(n == 0);

	/* who asked and closed its side still counts; who says more does not */
	fd = visit();
	say(fd, "{\"ask\":\"reload\"}\n", 17);
	(void)shutdown(fd, SHUT_WR);
	turn(l, 50);
	asks = door_asks(door, &n);
	CHECK(n == 1 && str_is(asks->name, "reload"));
	door_answer(door, asks->id, false, "no");
	CHECK(strstr(heard(l, fd, 100), "\"done\":false"));
	fd = visit();
	say(fd, "{\"ask\":\"reload\"}\n", 17);
	turn(l, 50);
	say(fd, "x", 1);
	CHECK(strstr(heard(l, fd, 100), "one line is enough"));
	(void)door_asks(door, &n);
	CHECK(n == 0);
}

static void crowd(struct loop *l)
{
	int fds[DOOR_GUESTS + 2];
	const struct door_ask *asks;
	size_t n;

	for (int i = 0; i < DOOR_GUESTS; i++) {
		fds[i] = visit();
		say(fds[i], "{\"ask\":\"reload\"}\n", 17);
		turn(l, 5);
	}
	fds[DOOR_GUESTS] = visit();
	CHECK(strstr(heard(l, fds[DOOR_GUESTS], 500), "too many ask at once"));
	asks = door_asks(door, &n);
	CHECK(n == DOOR_GUESTS && asks[0].at_ms <= asks[n - 1].at_ms);
	for (int i = 0; i < DOOR_GUESTS; i++)
		(void)close(fds[i]);
	turn(l, 50);
	for (asks = door_asks(door, &n); n > 0; asks = door_asks(door, &n))
		door_answer(door, asks->id, true, "");
	fds[0] = visit();
	say(fds[0], "{\"ask\":\"reload\"}\n", 17);
	turn(l, 30);
	(void)door_asks(door, &n);
	CHECK(n == 1);
	(void)close(fds[0]);
}

int main(void)
{
	struct arena *a = arena_new();
	struct loop *l = loop_new();
	struct err err = { 0 };
	struct door_plan plan = { "door", names, on_ask, NULL };
	struct stat s;
	struct str top = temp_enter(a);

	door = door_new(l, &plan, &err);
	CHECK(door && stat("door", &s) == 0 && (s.st_mode & 07777) == 0600);
	if (door) {
		wrong(l);
		right(l);
		crowd(l);
	}
	door_free(door);
	CHECK(stat("door", &s) && errno == ENOENT);
	/* what a killed agent left is taken away; what cannot be is told */
	CHECK(sh("touch door") == 0);
	door = door_new(l, &plan, &err);
	CHECK(door != NULL);
	door_free(door);
	CHECK(sh("mkdir door") == 0 && !door_new(l, &plan, &err) && err.text[0]);
	plan.path = "a/b";
	CHECK(!door_new(l, &plan, &err));
	loop_free(l);
	temp_leave(a, top);
	arena_free(a);
	return check_done("agent_door");
}
