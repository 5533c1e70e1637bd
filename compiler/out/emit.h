/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of struct out, shared by out.c and its two backends only. */
#ifndef OUT_EMIT_H
#define OUT_EMIT_H

#include "base/buf.h"
#include "git/repo.h"
#include "out/out.h"
#include "out/spool.h"

/* What a backend does. */
struct out_ops {
	/* Spools a new or changed unit: files in bytewise order, the lock among them. 0, or -1. */
	int (*put)(struct out_worker *w, struct out_unit *u, const struct prev_unit *prev,
		   struct err *err);
	/* As out_publish. */
	int (*publish)(struct out *o, const struct out_plan *plan, struct out_result *result,
		       struct err *err);
	/* Clears what was not published. */
	void (*close)(struct out *o);
};

struct out {
	const struct out_ops *ops;
	struct arena *arena;
	struct source *previous;
	struct out_worker *workers;
	size_t n_workers;

	/* a directory */
	int dir, lock; /* descriptors, -1 */

	/* a branch */
	struct repo *repo;
	const char *branch, *prefix;
	struct git_id tip; /* the commit it was at, or none */
	struct git_commit_facts parent;
};

struct out_worker {
	struct out *out;
	struct out_worker *next;
	size_t number;
	struct arena *scratch; /* cleared at every put */
	struct buf lock;       /* text of the lock at hand */
	struct spool *spool;   /* of a branch */
};

/* Opens the two kinds of target; o has its arena. 0, or -1. */
int out_dir_open(struct out *o, const struct out_target *target, struct err *err);

/* As out_dir_open. */
int out_git_open(struct out *o, const struct out_target *target, struct err *err);

#endif
