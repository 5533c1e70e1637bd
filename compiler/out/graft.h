/* SPDX-License-Identifier: Apache-2.0 */
/* New subtrees and files on an old tree: only the directories on their paths are read and written
 * anew, all else stays by id. */
#ifndef OUT_GRAFT_H
#define OUT_GRAFT_H

#include "out/spool.h"

/* What is to stand at a path: an object, or nothing (id none). */
struct graft {
	struct str path;
	bool file; /* a blob, else a tree */
	struct git_id id;
};

/* A tree to be changed. */
struct graft_base {
	struct repo *repo;
	struct git_id root;  /* or none: an empty one */
	struct spool *spool; /* gets the new trees */
	struct arena *arena; /* for scratch */
};

/* Applies the grafts (which are brought into order of paths). *root is the new tree; none when
 * nothing is left. Directories that become empty vanish. 0, or -1: ERR_REFUSED when something that
 * is not ours stands in the way. */
int graft_all(const struct graft_base *base, struct graft *grafts, size_t n, struct git_id *root,
	      struct err *err);

#endif
