/* SPDX-License-Identifier: Apache-2.0 */
/* knock.c: one question at a Unix socket. Also part of the program that the members' container runs
 * before it ends, so it knows no other file of ours. */
#include "net/knock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { LINE_MOST = 128 };

static long long now_ms(void)
{
	struct timespec t = { 0, 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (long long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Whether fd has something to read before until_ms. */
static int wait_for(int fd, long long until_ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	long long left = until_ms - now_ms();

	while (left > 0) {
		int got = poll(&p, 1, left > 60000 ? 60000 : (int)left);

		if (got > 0)
			return 1;
		if (got < 0 && errno != EINTR)
			return 0;
		left = until_ms - now_ms();
	}
	return 0;
}

static const char *ask(int fd, const char *path, const char *name)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	char line[LINE_MOST];
	int n = snprintf(line, sizeof(line), "{\"ask\":\"%s\"}\n", name);

	if (n < 0 || (size_t)n >= sizeof(line) || strlen(path) >= sizeof(at.sun_path))
		return "it is too long to be asked";
	(void)memcpy(at.sun_path, path, strlen(path) + 1);
	/* an agent that hangs with a long queue must not hold up who asks */
	if (fcntl(fd, F_SETFL, O_NONBLOCK))
		return "no socket";
	if (connect(fd, (const struct sockaddr *)&at, sizeof(at)))
		return "the agent does not run";
	return send(fd, line, (size_t)n, MSG_NOSIGNAL) == n ? NULL : "the agent does not listen";
}

static const char *hear(int fd, long long until_ms, char *answer)
{
	ssize_t n;

	if (!wait_for(fd, until_ms))
		return "no answer in time";
	n = recv(fd, answer, KNOCK_ANSWER_MOST - 1, MSG_DONTWAIT);
	if (n <= 0)
		return "the agent ended";
	answer[n] = '\0';
	answer[strcspn(answer, "\n")] = '\0';
	return NULL;
}

const char *knock(const char *path, const char *name, long long ms, char *answer)
{
	long long until_ms = now_ms() + ms;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	const char *why;

	answer[0] = '\0';
	if (fd < 0)
		return "no socket";
	why = ask(fd, path, name);
	if (!why)
		why = hear(fd, until_ms, answer);
	(void)close(fd);
	return why;
}
