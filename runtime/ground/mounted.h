/* SPDX-License-Identifier: Apache-2.0 */
/* Mounted files, as the kubelet has them: small, replaced behind a link, sometimes not there. */
#ifndef GROUND_MOUNTED_H
#define GROUND_MOUNTED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

/* Tells one state of a file from another without reading it; all zero: not there. */
struct file_mark {
	int64_t device, inode, size;
	int64_t changed_ns; /* time of its last change, in nanoseconds since 1970 */
};

/* The mark of what stands at path now, links followed. */
struct file_mark mounted_mark(const char *path);

/* Same state. */
bool mounted_same(struct file_mark a, struct file_mark b);

/* Nothing is there. */
bool mounted_none(struct file_mark m);

/* Reads the file at path (opened anew, links followed) of at most limit bytes into a,
 * NUL-terminated; no other copy of it stays. 1, 0 when it is not there, -1. */
int mounted_read(struct arena *a, const char *path, size_t limit, struct str *out, struct err *err);

/* Puts text at path, with these permissions, in one step: readers see the old file or the new one.
 * 0, or -1. */
int mounted_replace(const char *path, struct str text, unsigned mode, struct err *err);

#endif
