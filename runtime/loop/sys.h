/* SPDX-License-Identifier: Apache-2.0 */
/* What Linux has and POSIX has not. The runtime's one user of _GNU_SOURCE. */
#ifndef LOOP_SYS_H
#define LOOP_SYS_H

#include <sys/types.h>

/* A descriptor that can be read when process pid has ended, or -1. */
int sys_pidfd(pid_t pid);

/* Both ends of a pipe, closed on exec, the reading one non-blocking. 0, or -1. */
int sys_pipe(int ends[2]);

/* Bytes of the file system that holds path: what others than root can have of it, as df counts, and
 * what is used of it. 0, or -1. */
int sys_disk(const char *path, long long *size, long long *used);

/* No core file, no ptrace by others, no new privileges: secrets stay in this process. */
void sys_harden(void);

#endif
