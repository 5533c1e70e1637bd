/* SPDX-License-Identifier: Apache-2.0 */
/* handover.c: what a member's container runs before it ends: asks the agent of its pod for a
 * hand-over and waits for the answer, at most 30 s. It ends with 0 whatever comes of it, because
 * Patroni hands over by itself when it is stopped. A program of its own without libraries, since
 * the image that it runs in is not ours.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "ground/paths.h"

enum { WAIT_MS = 30000, ANSWER_MOST = 1024 };

static long long now_ms(void)
{
	struct timespec t = { 0, 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (long long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Goes to the log of whoever started it. */
static void say(const char *text, size_t n)
{
	ssize_t done = write(STDERR_FILENO, text, n);

	(void)done;
}

static int fail(const char *text)
{
	static const char head[] = "handover: ";

	say(head, sizeof(head) - 1);
	say(text, strlen(text));
	say("\n", 1);
	return 0;
}

/* Whether fd has something to read before until_ms. */
static int wait_for(int fd, long long until_ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	long long left = until_ms - now_ms();

	while (left > 0) {
		int got = poll(&p, 1, (int)left);

		if (got > 0)
			return 1;
		if (got < 0 && errno != EINTR)
			return 0;
		left = until_ms - now_ms();
	}
	return 0;
}

int main(int argc, char **argv)
{
	static const char ask[] = "{\"ask\":\"handover\"}\n";
	const char *path = argc > 1 ? argv[1] : PATH_AGENT_SOCKET;
	long long until_ms = now_ms() + WAIT_MS;
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	char answer[ANSWER_MOST];
	ssize_t n;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	/* an agent that hangs with a long queue must not hold up the end of the pod */
	if (fd < 0 || fcntl(fd, F_SETFL, O_NONBLOCK) || strlen(path) >= sizeof(at.sun_path))
		return fail("no socket");
	(void)memcpy(at.sun_path, path, strlen(path) + 1);
	if (connect(fd, (const struct sockaddr *)&at, sizeof(at)))
		return fail("the agent does not run");
	if (send(fd, ask, sizeof(ask) - 1, MSG_NOSIGNAL) != (ssize_t)(sizeof(ask) - 1))
		return fail("the agent does not listen");
	if (!wait_for(fd, until_ms))
		return fail("no answer in 30 s");
	n = recv(fd, answer, sizeof(answer), MSG_DONTWAIT);
	if (n <= 0)
		return fail("the agent ended");
	say(answer, (size_t)n);
	return 0;
}
