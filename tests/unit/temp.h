/* SPDX-License-Identifier: Apache-2.0 */
/* A folder of its own for a test, and shell commands in it (git makes the real repositories). */
#ifndef TESTS_UNIT_TEMP_H
#define TESTS_UNIT_TEMP_H

#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"

/* Makes a new folder, goes there and returns its path. */
static inline struct str temp_enter(struct arena *a)
{
	const char *top = getenv("TMPDIR");
	struct str path = arena_fmt(a, "%s/howdah-test-XXXXXX", top ? top : "/tmp");

	if (!mkdtemp((char *)(uintptr_t)path.p) || chdir(path.p)) {
		perror(path.p);
		exit(1);
	}
	return path;
}

/* The exit code of a shell command, its environment free of the user's Git settings. */
static inline int sh(const char *command)
{
	static char *const env[] = {
		(char *)(uintptr_t) "PATH=/usr/local/bin:/usr/bin:/bin",
		(char *)(uintptr_t) "HOME=/nonexistent",
		(char *)(uintptr_t) "GIT_CONFIG_NOSYSTEM=1",
		(char *)(uintptr_t) "GIT_AUTHOR_NAME=A U Thor",
		(char *)(uintptr_t) "GIT_AUTHOR_EMAIL=author@example.com",
		(char *)(uintptr_t) "GIT_COMMITTER_NAME=C O Mitter",
		(char *)(uintptr_t) "GIT_COMMITTER_EMAIL=committer@example.com",
		(char *)(uintptr_t) "GIT_AUTHOR_DATE=1700000000 +0130",
		(char *)(uintptr_t) "GIT_COMMITTER_DATE=1700000060 -0200",
		NULL,
	};
	char *const argv[] = { (char *)(uintptr_t) "sh", (char *)(uintptr_t) "-ec",
			       (char *)(uintptr_t)command, NULL };
	pid_t pid;
	int status;

	if (posix_spawn(&pid, "/bin/sh", NULL, NULL, argv, env) || waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Leaves the folder and removes it. */
static inline void temp_leave(struct arena *a, struct str path)
{
	if (chdir("/") == 0)
		(void)sh(arena_fmt(a, "rm -rf '%s'", path.p).p);
}

#endif
