/* SPDX-License-Identifier: Apache-2.0 */
/* Git's tree objects as bytes: read and written here, without a library. */
#ifndef GIT_TREE_H
#define GIT_TREE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/digest.h"
#include "base/err.h"

/* What an entry of a tree is, with the numbers that Git uses. */
enum git_mode {
	GIT_DIR = 0040000,
	GIT_FILE = 0100644,
	GIT_EXEC = 0100755,
	GIT_LINK = 0120000,
	GIT_SUBMODULE = 0160000,
};

struct git_entry {
	struct str name;
	unsigned mode; /* enum git_mode, or what a foreign tool wrote */
	struct git_id id;
};

struct git_tree {
	struct git_entry *entries;
	size_t n;
};

/* Reads a tree object's content; names point into it. 0, or -1 when it is damaged. */
int git_tree_read(struct arena *a, struct str content, struct git_tree *out, struct err *err);

/* Appends the content of the tree to out. Entries are brought into Git's order first (a directory
 * sorts as if its name ended in '/'). */
void git_tree_write(struct git_tree *t, struct buf *out);

/* The id of the tree; entries are brought into Git's order. */
struct git_id git_tree_hash(struct git_tree *t);

/* The entry called name, or NULL; works in any order. */
struct git_entry *git_tree_find(const struct git_tree *t, struct str name);

#endif
