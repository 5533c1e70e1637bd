/* SPDX-License-Identifier: Apache-2.0 */
/*
 * killed_at.c: for LD_PRELOAD: the process is killed before, or right behind, the KILL_AT-th change
 * that it sends to PostgreSQL (KILL_WHEN: before, behind). Changes are noted in the file
 * KILL_NOTES, a line each, without what is secret in them.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HEAD = 5, NOTE_MOST = 120 };

static unsigned long count;

/* The text of a message that changes something, or NULL: a script of a transaction is a simple
 * query, what cannot be in one comes prepared, as do all questions. */
static const char *change_of(const char *p, size_t n)
{
	static const char *const words[] = { "create ", "drop ", "alter " };

	if (n > HEAD + 6 && *p == 'Q' && strncmp(p + HEAD, "begin;", 6) == 0)
		return p + HEAD + 6;
	for (size_t i = 0; n > HEAD + 10 && *p == 'P' && i < sizeof(words) / sizeof(*words); i++)
		if (strncmp(p + HEAD + 1, words[i], strlen(words[i])) == 0)
			return p + HEAD + 1;
	return NULL;
}

/* The first words, up to what may be a password. */
static void note(const char *text)
{
	const char *path = getenv("KILL_NOTES");
	int fd = path ? open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644) : -1;
	char line[NOTE_MOST + 2];
	size_t n = 0;

	for (; *text && n < NOTE_MOST && *text != '\''; text++)
		if (n > 0 || *text != '\n')
			line[n++] = *text == '\n' ? ' ' : *text;
	line[n++] = '\n';
	if (fd >= 0 && write(fd, line, n) < 0)
		perror(path);
	if (fd >= 0)
		(void)close(fd);
}

ssize_t send(int fd, const void *p, size_t n, int flags)
{
	__typeof__(&send) real = (__typeof__(&send))dlsym(RTLD_NEXT, "send");
	const char *text = change_of(p, n), *at = getenv("KILL_AT"), *when = getenv("KILL_WHEN");
	int hit;
	ssize_t sent;

	if (!text)
		return real(fd, p, n, flags);
	note(text);
	hit = at && strtoul(at, NULL, 10) == ++count;
	if (hit && when && strcmp(when, "before") == 0)
		(void)raise(SIGKILL);
	sent = real(fd, p, n, flags);
	if (hit)
		(void)raise(SIGKILL);
	return sent;
}
