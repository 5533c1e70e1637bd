/* SPDX-License-Identifier: Apache-2.0 */
/* Where one worker keeps the Git objects it made until all are done: deflated, in memory first,
 * then in a file without a name. */
#ifndef OUT_SPOOL_H
#define OUT_SPOOL_H

#include "git/repo.h"

struct spool;

/* An empty spool, owned by the caller; its file, if any, is made in folder. */
struct spool *spool_new(const char *folder);

/* Gives it back; NULL is fine. */
void spool_free(struct spool *s);

/* Adds an object that has this id. 0, or -1. */
int spool_put(struct spool *s, enum git_type type, const struct git_id *id, struct str content,
	      struct err *err);

/* The objects so far, in the order they were put; `at` is the place in this spool. Valid until the
 * next put. */
const struct git_object *spool_objects(const struct spool *s, size_t *n);

/* Appends the deflated bytes of an object of this spool to out. 0, or -1. */
int spool_get(struct spool *s, const struct git_object *o, struct buf *out, struct err *err);

#endif
