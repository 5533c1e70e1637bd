/* SPDX-License-Identifier: Apache-2.0 */
/*
 * killed_once.c: for LD_PRELOAD: the process is killed at each step that it takes for the first
 * time. A step is a request over HTTP that changes something, or what is told to PostgreSQL or a
 * pooler around a hand-over. KILL_DIR/steps has those that were taken, a line each, by whom and
 * where to; KILL_DIR/when says when it is killed: before, behind, or never.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HEAD = 5, LINE_MOST = 400, FILE_MOST = 65536 };

typedef struct ssl_st SSL;
int SSL_write(SSL *ssl, const void *p, int n);

static bool begins(const char *p, size_t n, const char *word)
{
	return n >= strlen(word) && strncasecmp(p, word, strlen(word)) == 0;
}

/* The step that a message is, as a line, or false. */
static bool step_of(char *line, const char *p, size_t n)
{
	static const char *const methods[] = { "POST ", "PATCH ", "PUT ", "DELETE " };
	static const char *const orders[] = { "PAUSE", "RESUME", "RECONNECT", "checkpoint" };
	const char *end;

	for (size_t i = 0; i < sizeof(methods) / sizeof(*methods); i++)
		if (begins(p, n, methods[i]) && (end = memmem(p, n, " HTTP/", 6)))
			return snprintf(line, LINE_MOST, "%.*s", (int)(end - p), p) > 0;
	if (n < HEAD + 2 || (*p != 'Q' && *p != 'P'))
		return false;
	p += HEAD;
	n -= HEAD;
	if (p[-HEAD] == 'P') { /* the name of the statement comes first */
		size_t name = strnlen(p, n) + 1;

		if (name >= n)
			return false;
		p += name;
		n -= name;
	}
	for (size_t i = 0; i < sizeof(orders) / sizeof(*orders); i++)
		if (begins(p, n, orders[i]))
			return snprintf(line, LINE_MOST, "%.*s", (int)strnlen(p, n), p) > 0;
	return false;
}

/* A file of KILL_DIR, with a zero at its end. */
static void read_file(char *out, const char *name)
{
	char path[LINE_MOST];
	const char *dir = getenv("KILL_DIR");
	ssize_t n = 0;
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%s", dir ? dir : "", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		n = read(fd, out, FILE_MOST - 1);
		(void)close(fd);
	}
	out[n > 0 ? n : 0] = '\0';
}

static void add(const char *line)
{
	char path[LINE_MOST];
	const char *dir = getenv("KILL_DIR");
	int fd;

	(void)snprintf(path, sizeof(path), "%s/steps", dir ? dir : "");
	fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
	if (fd < 0 || write(fd, line, strlen(line)) < 0)
		perror(path);
	if (fd >= 0)
		(void)close(fd);
}

/* Whether the message is a step that was not taken before, and is to be the end of this process. */
static bool is_end(const char *p, size_t n, int fd, char *when)
{
	static char taken[FILE_MOST];
	char step[LINE_MOST], line[LINE_MOST + 100], at[INET_ADDRSTRLEN] = "";
	const char *pod = getenv("POD_NAME");
	struct sockaddr_in a = { .sin_family = AF_UNSPEC };
	socklen_t size = sizeof(a);

	if (!step_of(step, p, n))
		return false;
	if (getpeername(fd, (struct sockaddr *)&a, &size) == 0 && a.sin_family == AF_INET)
		(void)inet_ntop(AF_INET, &a.sin_addr, at, sizeof(at));
	(void)snprintf(line, sizeof(line), "%s: %s %s\n", pod ? pod : "a pooler", step, at);
	read_file(taken, "steps");
	if (strstr(taken, line))
		return false;
	add(line);
	read_file(when, "when");
	return true;
}

/* What SSL_write was given, while it sends it. */
static const char *plain;
static size_t plain_n;

ssize_t send(int fd, const void *p, size_t n, int flags)
{
	static char when[FILE_MOST];
	__typeof__(&send) real = (__typeof__(&send))dlsym(RTLD_NEXT, "send");
	bool end = is_end(plain ? plain : p, plain ? plain_n : n, fd, when);
	ssize_t sent;

	if (end && begins(when, strlen(when), "before"))
		(void)raise(SIGKILL);
	sent = real(fd, p, n, flags);
	if (end && begins(when, strlen(when), "behind"))
		(void)raise(SIGKILL);
	return sent;
}

int SSL_write(SSL *ssl, const void *p, int n)
{
	__typeof__(&SSL_write) real = (__typeof__(&SSL_write))dlsym(RTLD_NEXT, "SSL_write");
	int sent;

	plain = p;
	plain_n = n > 0 ? (size_t)n : 0;
	sent = real(ssl, p, n);
	plain = NULL;
	return sent;
}
