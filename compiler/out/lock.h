/* SPDX-License-Identifier: Apache-2.0 */
/* howdah.lock: what a directory of output was made from, whose it is and which files are ours. It
 * holds no time, commit id or version, so that it changes only with its cluster. */
#ifndef OUT_LOCK_H
#define OUT_LOCK_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/digest.h"
#include "base/err.h"

/* Its name in every directory of a unit. */
#define LOCK_NAME "howdah.lock"

/* The most bytes of exported facts, and of a whole lock: that of a destination lists a file or two
 * for each cluster of a fleet. */
enum { LOCK_EXPORTS = 4096, LOCK_SIZE = 32 * 1024 * 1024 };

struct lock_file {
	struct str name;
	struct git_id id; /* of the blob */
};

struct lock {
	struct digest input; /* digest of everything the unit was compiled from */
	struct str owner;    /* the intent or destination: "prod/team-orders/orders" */
	struct str exports;  /* facts for other units: a canonical YAML map as text, may be empty */
	struct lock_file *files; /* in bytewise order, without the lock itself */
	size_t n;
};

/* Appends the lock as canonical YAML; files must be in bytewise order. */
void lock_print(const struct lock *l, struct buf *out);

/* Reads what lock_print wrote, byte for byte; anything else (edited, truncated, another version)
 * fails as ERR_INPUT. The list of files lives in files, what else it says in a. 0, or -1. */
int lock_read(struct arena *a, struct arena *files, struct str text, struct lock *out,
	      struct err *err);

/* The file called name, or NULL. */
const struct lock_file *lock_find(const struct lock *l, struct str name);

/* The id of the tree that holds exactly the lock's files and the lock itself, whose blob is id. */
struct git_id lock_tree(struct arena *a, const struct lock *l, const struct git_id *id);

/* The names of its files in a, each followed by '\n'. */
struct str lock_names(struct arena *a, const struct lock *l);

#endif
