/* SPDX-License-Identifier: Apache-2.0 */
/* sys.c: Linux calls that need _GNU_SOURCE. */
#define _GNU_SOURCE // NOLINT(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp)
#include "loop/sys.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

int sys_pidfd(pid_t pid)
{
	return (int)syscall(SYS_pidfd_open, pid, 0);
}

int sys_pipe(int ends[2])
{
	if (pipe2(ends, O_CLOEXEC))
		return -1;
	return fcntl(ends[0], F_SETFL, O_NONBLOCK);
}

int sys_disk(const char *path, long long *size, long long *used)
{
	struct statvfs s;

	if (statvfs(path, &s))
		return -1;
	*used = (long long)(s.f_blocks - s.f_bfree) * (long long)s.f_frsize;
	*size = *used + (long long)s.f_bavail * (long long)s.f_frsize;
	return 0;
}

void sys_harden(void)
{
	struct rlimit none = { 0, 0 };

	(void)setrlimit(RLIMIT_CORE, &none);
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}
