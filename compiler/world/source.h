/* SPDX-License-Identifier: Apache-2.0 */
/* Where input is read from: a directory, or the tree of a Git commit, through one interface. Paths
 * are relative to its root ("" is the root), never leave it, and are what messages print. All
 * reading functions may be called by many threads at once, each with its own arena. */
#ifndef WORLD_SOURCE_H
#define WORLD_SOURCE_H

#include "base/arena.h"
#include "base/digest.h"
#include "base/err.h"
#include "base/pos.h"
#include "git/repo.h"

struct source;

enum source_type { SOURCE_FILE, SOURCE_DIR, SOURCE_LINK, SOURCE_SUBMODULE, SOURCE_OTHER };

struct source_entry {
	struct str name;
	enum source_type type;
	bool exec;        /* from Git: a file with the executable bit */
	struct git_id id; /* from Git: the id of the blob or tree */
};

/* Entries in bytewise order of names, in both kinds of source. */
struct source_list {
	struct source_entry *entries;
	size_t n;
};

/* The directory at path as a source. 0 and *s in a (to be closed), or -1. */
int source_open_dir(struct arena *a, const char *path, struct source **s, struct err *err);

/* "REPO@REV" or "REPO@REV:FOLDER" as a source: the tree of that commit, no work tree. 0 and *s in a
 * (to be closed), or -1. */
int source_open_git(struct arena *a, struct str spec, struct source **s, struct err *err);

/* A folder of a tree in an open repository. */
struct source_tree {
	struct repo *repo;
	struct git_id tree; /* none: an empty source */
	struct str folder;  /* "" for all */
};

/* The folder as a source; its repository must outlive it. 0 and *s in a, or -1. */
int source_open_tree(struct arena *a, const struct source_tree *t, struct source **s,
		     struct err *err);

/* A file that lies over those of another source; text.p NULL: it is not there. */
struct source_layer {
	struct str path, text;
};

/* base, with n files laid over it, all of which must outlive the result. Ids are those of base. */
struct source *source_over(struct arena *a, struct source *base, const struct source_layer *layers,
			   size_t n);

/* Closes the files behind s; NULL is fine, a source that lies over another leaves that one open. */
void source_close(struct source *s);

/* Reads a file of at most limit bytes into a. NULL when it is not there, or with err set: as
 * ERR_INPUT for a link, submodule, device, directory, Git LFS pointer, unusual path or size above
 * limit. */
const struct file *source_read(const struct source *s, struct str path, size_t limit,
			       struct arena *a, struct err *err);

/* Lists a directory. 1, 0 when it is not there, -1 (ERR_INPUT when it is no directory). */
int source_list(const struct source *s, struct str path, struct arena *a, struct source_list *out,
		struct err *err);

/* The id Git gives to the file or directory at path: read from a Git source, computed from a
 * directory (hidden entries other than .git included; links and devices fail as ERR_INPUT). 1, 0
 * when it is not there, -1. */
int source_id(const struct source *s, struct str path, struct git_id *id, struct err *err);

/* The commit behind a Git source, or NULL for a directory. */
const struct git_commit_facts *source_commit(const struct source *s);

#endif
