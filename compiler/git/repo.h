/* SPDX-License-Identifier: Apache-2.0 */
/* A Git repository as a store of objects and branches: no work tree, index, hooks or configuration
 * of content. The one user of git2.h. */
#ifndef GIT_REPO_H
#define GIT_REPO_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/digest.h"
#include "base/err.h"

struct repo;

enum git_type { GIT_TYPE_COMMIT, GIT_TYPE_TREE, GIT_TYPE_BLOB, GIT_TYPE_TAG };

/* Who did something, and when. */
struct git_person {
	struct str name, email;
	int64_t time; /* seconds since 1970 */
	int zone;     /* minutes east of UTC */
};

/* What a commit says. */
struct git_commit_facts {
	struct git_id id, tree;
	struct git_person author, committer;
	struct str message; /* UTF-8, control characters other than newline removed */
};

/* One object of a pack under way. */
struct git_object {
	struct git_id id;
	enum git_type type;
	size_t size;   /* inflated */
	size_t packed; /* deflated */
	uint64_t at;   /* where it begins among the others of its spool */
};

/* The objects of one pack, no id twice. */
struct git_pack {
	size_t n;
	/* Object number i. */
	const struct git_object *(*object)(void *context, size_t i);
	/* Appends the deflated bytes of object number i to out. 0, or -1. */
	int (*read)(void *context, size_t i, struct buf *out, struct err *err);
	void *context;
};

/* Opens the repository at path (a work tree's top, its .git, or a bare one); parents are not
 * searched. A repository of another owner fails with the remedy. 0 and *r (owned), or -1. */
int repo_open(struct repo **r, const char *path, struct err *err);

/* Gives the repository back; NULL is fine. */
void repo_close(struct repo *r);

/* The path it was opened with. */
const char *repo_path(const struct repo *r);

/* Its folder of objects. */
const char *repo_objects(const struct repo *r);

/* The commit that rev ("main", "v1", an id) names. 0, or -1 (ERR_USAGE when there is none). */
int repo_resolve(struct repo *r, const char *rev, struct git_id *commit, struct err *err);

/* What the commit says, in a. 0, or -1. */
int repo_commit(struct repo *r, const struct git_id *id, struct arena *a,
		struct git_commit_facts *out, struct err *err);

/* An object to be read: its id, the type it must have, and how big it may be. */
struct git_want {
	struct git_id id;
	enum git_type type;
	size_t limit;
};

/* The content of an object, in a. Many threads may call it at once. 0, or -1 (ERR_INPUT when it is
 * bigger than the limit). */
int repo_read(struct repo *r, const struct git_want *want, struct arena *a, struct str *out,
	      struct err *err);

/* Checks that name can be a branch. 0, or -1 (ERR_USAGE). */
int repo_branch_name(const char *name, struct err *err);

/* The commit at the tip of branch name. 1, 0 when there is no such branch, -1. */
int repo_tip(struct repo *r, const char *name, struct git_id *tip, struct err *err);

/* Where branch name is checked out. 1 and *where in a, 0 when nowhere, -1. */
int repo_checked_out(struct repo *r, const char *name, struct arena *a, struct str *where,
		     struct err *err);

/* Writes one pack with these objects and brings it to the disk. 0, or -1. */
int repo_pack(struct repo *r, const struct git_pack *pack, struct err *err);

/* Moves branch name from old (all zero: it must not exist) to tip in one step, only if it still is
 * where old says. 0; -1, ERR_RACE when it is not. A held lock is waited for up to a second. */
int repo_move(struct repo *r, const char *name, const struct git_id *old, const struct git_id *tip,
	      struct err *err);

#endif
