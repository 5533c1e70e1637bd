/* SPDX-License-Identifier: Apache-2.0 */
/*
 * failing_calls.c: for LD_PRELOAD: the FAIL_AT-th call of FAIL_CALL fails, once, with the number
 * FAIL_ERRNO; FAIL_SHORT: a write or read takes one byte instead. Calls are counted into the file
 * FAIL_COUNT when the process ends.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static atomic_ulong calls;
static unsigned long at;
static int number;
static const char *call = "";

__attribute__((constructor)) static void begin(void)
{
	const char *what = getenv("FAIL_CALL"), *n = getenv("FAIL_AT"), *e = getenv("FAIL_ERRNO");

	call = what ? what : "";
	at = n ? strtoul(n, NULL, 10) : 0;
	number = e ? atoi(e) : EIO;
}

static int is_hit(const char *name)
{
	if (strcmp(name, call) != 0 || atomic_fetch_add(&calls, 1) + 1 != at)
		return 0;
	errno = number;
	return 1;
}

/* The next function of the name, as a pointer of the type of this one. */
#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t read(int fd, void *p, size_t n)
{
	return is_hit("read") ? -1 : REAL(read)(fd, p, n);
}

ssize_t write(int fd, const void *p, size_t n)
{
	if (is_hit("write-short"))
		return REAL(write)(fd, p, n > 1 ? 1 : n);
	return is_hit("write") ? -1 : REAL(write)(fd, p, n);
}

ssize_t send(int fd, const void *p, size_t n, int flags)
{
	return is_hit("send") ? -1 : REAL(send)(fd, p, n, flags);
}

ssize_t recv(int fd, void *p, size_t n, int flags)
{
	return is_hit("recv") ? -1 : REAL(recv)(fd, p, n, flags);
}

int open(const char *path, int flags, ...)
{
	va_list args;
	mode_t mode;

	va_start(args, flags);
	mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
	va_end(args);
	return is_hit("open") ? -1 : REAL(open)(path, flags, mode);
}

int socket(int domain, int type, int protocol)
{
	return is_hit("socket") ? -1 : REAL(socket)(domain, type, protocol);
}

int connect(int fd, const struct sockaddr *to, socklen_t n)
{
	return is_hit("connect") ? -1 : REAL(connect)(fd, to, n);
}

int accept(int fd, struct sockaddr *from, socklen_t *n)
{
	return is_hit("accept") ? -1 : REAL(accept)(fd, from, n);
}

int poll(struct pollfd *fds, nfds_t n, int ms)
{
	return is_hit("poll") ? -1 : REAL(poll)(fds, n, ms);
}

int epoll_wait(int fd, struct epoll_event *events, int n, int ms)
{
	return is_hit("epoll_wait") ? -1 : REAL(epoll_wait)(fd, events, n, ms);
}

int stat(const char *path, struct stat *s)
{
	return is_hit("stat") ? -1 : REAL(stat)(path, s);
}

int rename(const char *from, const char *to)
{
	return is_hit("rename") ? -1 : REAL(rename)(from, to);
}

int fchmod(int fd, mode_t mode)
{
	return is_hit("fchmod") ? -1 : REAL(fchmod)(fd, mode);
}

int close(int fd)
{
	if (!is_hit("close"))
		return REAL(close)(fd);
	(void)REAL(close)(fd);
	errno = number;
	return -1;
}

int pipe2(int ends[2], int flags)
{
	return is_hit("pipe2") ? -1 : REAL(pipe2)(ends, flags);
}

pid_t fork(void)
{
	return is_hit("fork") ? -1 : REAL(fork)();
}
