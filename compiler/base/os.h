/* SPDX-License-Identifier: Apache-2.0 */
/* Files as Linux has them, always beneath an open directory, never through a link. A user of
 * _GNU_SOURCE. Paths are relative to the directory `at` and contain no "..". */
#ifndef BASE_OS_H
#define BASE_OS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

enum os_type { OS_FILE, OS_DIR, OS_LINK, OS_OTHER };

struct os_entry {
	struct str name;
	enum os_type type;
};

/* Entries in bytewise order of names, without "." and "..". */
struct os_list {
	struct os_entry *entries;
	size_t n;
};

/* Opens the directory that a user named; links in this path are followed. The descriptor, or -1. */
int os_root(const char *path, struct err *err);

/* As os_root; the directory and its parents are made where they are missing. */
int os_root_make(const char *path, struct err *err);

/* Opens directory path beneath at. *fd is the descriptor. 1, 0 when it is not there, -1. A link, a
 * file or a way out of at fails as ERR_INPUT. */
int os_dir(int at, const char *path, int *fd, struct err *err);

/* Reads the regular file path beneath at into out (which grows by it). 1, 0 when it is not there,
 * -1. A link, FIFO, device, directory, way out of at, or more than limit bytes fail as ERR_INPUT,
 * without a wait and without reading it. */
int os_read(int at, const char *path, size_t limit, struct buf *out, struct err *err);

/* Lists directory path beneath at ("" is at itself). 1, 0 when it is not there, -1. */
int os_list(int at, const char *path, struct arena *a, struct os_list *out, struct err *err);

/* What stands at a path. */
struct os_facts {
	enum os_type type;
	bool exec; /* its owner may execute it */
};

/* What stands at path: 1 and *facts, 0 when nothing is there, -1. No link is followed. */
int os_look(int at, const char *path, struct os_facts *facts, struct err *err);

/* Makes directory path beneath at and its parents (mode 0755); what exists stays. 0, or -1. */
int os_mkdirs(int at, const char *path, struct err *err);

/* Makes the new file name in directory dir with these bytes; an existing one is a failure. Not yet
 * on the disk: os_sync. 0, or -1. */
int os_write(int dir, const char *name, struct str bytes, struct err *err);

/* Gives file `from` of directory old a second name `to` in directory dir. 1, 0 when the file system
 * has no such thing (or `from` is gone), -1. */
int os_link(int old, const char *from, int dir, const char *to, struct err *err);

/* Renames; an existing file at `to` is replaced in one step. 0, or -1. */
int os_rename(int at, const char *from, const char *to, struct err *err);

/* Swaps two existing paths in one step. 1, 0 where the file system cannot, -1. */
int os_swap(int at, const char *one, const char *two, struct err *err);

/* Removes file path; it may be gone already. 0, or -1. */
int os_remove(int at, const char *path, struct err *err);

/* Removes directory path with all below it, following no link; it may be gone. 0, or -1. */
int os_remove_tree(int at, const char *path, struct err *err);

/* Removes directory path if it is empty. 1 removed, 0 it stays (or was not there), -1. */
int os_remove_empty(int at, const char *path, struct err *err);

/* Brings everything written so far on at's file system to the disk. 0, or -1. */
int os_sync(int at, struct err *err);

/* Brings these files to the disk; a directory with its entries. 0, or -1. */
int os_sync_files(const char *const *paths, size_t n, struct err *err);

/* Makes an empty folder whose path begins with prefix, for this user alone. 0 and *path in a, or
 * -1. */
int os_folder_new(const char *prefix, struct arena *a, const char **path, struct err *err);

/* Takes the lock file path (made when missing) for this process. 1 and *fd, 0 when another process
 * holds it, -1. The lock ends with os_close or the process; the file may be removed by its holder
 * only. */
int os_lock(int at, const char *path, int *fd, struct err *err);

/* A file without a name in directory path, for reading and writing. The descriptor, or -1. */
int os_scratch(const char *path, struct err *err);

/* Writes all n bytes at the place offset of fd. 0, or -1. */
int os_put_at(int fd, const void *p, size_t n, size_t offset, struct err *err);

/* Reads exactly n bytes from the place offset of fd. 0, or -1. */
int os_get_at(int fd, void *p, size_t n, size_t offset, struct err *err);

/* Closes a descriptor; -1 is fine. */
void os_close(int fd);

/* Waits about ms milliseconds. */
void os_pause(int ms);

/* Processors that this process may use, at least 1. */
int os_cpus(void);

#endif
