/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that lives exactly as long as the unit it serves: bump allocation, one release. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

#include "base/str.h"

struct arena;

/* A zeroed T from arena a. */
#define NEW(a, T) ((T *)arena_alloc((a), sizeof(T), _Alignof(T)))

/* A zeroed array of n T from arena a. */
#define NEW_ARRAY(a, n, T) ((T *)arena_alloc((a), (n) * sizeof(T), _Alignof(T)))

/* A new, empty arena, owned by the caller; never NULL (out of memory ends the process with exit
 * code 4). */
struct arena *arena_new(void);

/* The same, for one megabyte or more: its memory comes in huge pages, and the first byte costs two.
 */
struct arena *arena_new_large(void);

/* Ends the arena and everything made from it; NULL is fine. */
void arena_free(struct arena *a);

/* As arena_free for one that held a secret: its memory is overwritten first. */
void arena_wipe(struct arena *a);

/* Forgets everything made from a, keeping its memory for the next use. */
void arena_reset(struct arena *a);

/* Gives child, which another thread may have filled, to a: it ends when a ends or is reset. */
void arena_adopt(struct arena *a, struct arena *child);

/* size zeroed bytes aligned to align (a power of two); never NULL. */
void *arena_alloc(struct arena *a, size_t size, size_t align);

/* Bytes handed out since the arena was made or reset. */
size_t arena_used(const struct arena *a);

/* A NUL-terminated copy of the n bytes at p. */
struct str arena_copy(struct arena *a, const char *p, size_t n);

/* A NUL-terminated copy of s. */
struct str arena_str(struct arena *a, struct str s);

/* printf into the arena, NUL-terminated. */
struct str arena_fmt(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
