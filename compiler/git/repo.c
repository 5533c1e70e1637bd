/* SPDX-License-Identifier: Apache-2.0 */
/* repo.c: the repository behind libgit2: opening, reading, branches. */
#include "git/repo.h"

#include <git2.h>
#include <unistd.h>

#include "base/os.h"
#include "git/certificates.h"
#include "git/handle.h"
#include "git/memory.h"

/* Trees of a fleet are read again and again; blobs once. */
enum { CACHE_BYTES = 32 * 1024 * 1024, CACHE_TREE = 256 * 1024, HEAD_SIZE = 4096 };

/* How much of packs is mapped, at once and in all: what is mapped counts as memory of the process.
 */
enum { WINDOW = 1024 * 1024, MAPPED = 8 * 1024 * 1024 };
enum { LOCK_WAIT_MS = 1000, LOCK_STEP_MS = 20 };

int repo_failed(struct err *err, const struct repo *r, const char *what)
{
	const git_error *e = git_error_last();

	return err_set(err, "repository '%s': %s: %s", r->path, what,
		       e && e->message ? e->message : "unknown failure of libgit2");
}

/* Settings of the library, the same for every repository. As in Git, what is read is not hashed
 * again: its deflated stream carries a checksum, indexes and locks carry their own. */
static int settings(void)
{
	certificates_hide();
	if (git_memory_use() || git_libgit2_init() < 0)
		return -1;
	return git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, 1) ||
	       git_libgit2_opts(GIT_OPT_ENABLE_STRICT_OBJECT_CREATION, 1) ||
	       git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, 0) ||
	       git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 1) ||
	       git_libgit2_opts(GIT_OPT_SET_CACHE_MAX_SIZE, (ssize_t)CACHE_BYTES) ||
	       git_libgit2_opts(GIT_OPT_SET_MWINDOW_SIZE, (size_t)WINDOW) ||
	       git_libgit2_opts(GIT_OPT_SET_MWINDOW_MAPPED_LIMIT, (size_t)MAPPED) ||
	       git_libgit2_opts(GIT_OPT_SET_CACHE_OBJECT_LIMIT, GIT_OBJECT_TREE,
				(size_t)CACHE_TREE);
}

/* The remedy names the path in full, as Git wants it. */
static int not_ours(struct err *err, const char *path)
{
	char here[4096] = "";
	bool whole = *path == '/' || !getcwd(here, sizeof(here));

	return err_set(
	    err,
	    "repository '%s' belongs to another user; if you trust it: git config --global "
	    "--add safe.directory '%s%s%s'",
	    path, whole ? "" : here, whole ? "" : "/", path);
}

static int open_failed(struct err *err, const char *path, int rc)
{
	const git_error *e = git_error_last();

	/* without any safe.directory in the user's configuration, libgit2 1.5 fails as "not found"
	 */
	if (rc == GIT_EOWNER || (rc == GIT_ENOTFOUND && e && e->klass == GIT_ERROR_CONFIG))
		return not_ours(err, path);
	if (rc == GIT_ENOTFOUND)
		return err_set(err, "'%s' is not a Git repository (its parents are not searched)",
			       path);
	return err_set(err, "repository '%s': %s", path,
		       e && e->message ? e->message : "unknown failure of libgit2");
}

int repo_open(struct repo **out, const char *path, struct err *err)
{
	if (settings())
		return err_set(err, "libgit2 cannot be started");

	git_repository *git;
	int rc = git_repository_open_ext(&git, path, GIT_REPOSITORY_OPEN_NO_SEARCH, NULL);

	if (rc) {
		rc = open_failed(err, path, rc);
		(void)git_libgit2_shutdown();
		return rc;
	}

	struct arena *a = arena_new();
	struct repo *r = NEW(a, struct repo);
	git_buf objects = GIT_BUF_INIT;

	*r = (struct repo){ .arena = a, .git = git, .path = arena_str(a, str_of(path)).p };
	rc = git_repository_odb(&r->odb, git) ||
	     git_repository_item_path(&objects, git, GIT_REPOSITORY_ITEM_OBJECTS);
	if (rc)
		rc = repo_failed(err, r, "its objects");
	else
		r->objects = arena_str(a, str_of(objects.ptr)).p;
	git_buf_dispose(&objects);
	if (rc)
		repo_close(r);
	else
		*out = r;
	return rc;
}

void repo_close(struct repo *r)
{
	if (!r)
		return;
	git_odb_free(r->odb);
	git_repository_free(r->git);
	(void)git_libgit2_shutdown();
	arena_free(r->arena);
}

const char *repo_path(const struct repo *r)
{
	return r->path;
}

const char *repo_objects(const struct repo *r)
{
	return r->objects;
}

int repo_resolve(struct repo *r, const char *rev, struct git_id *commit, struct err *err)
{
	git_object *any = NULL, *peeled = NULL;

	if (git_revparse_single(&any, r->git, rev))
		return err_kind_set(err, ERR_USAGE, "repository '%s' has no revision '%s'", r->path,
				    rev);

	int rc = git_object_peel(&peeled, any, GIT_OBJECT_COMMIT);

	if (rc)
		rc = err_kind_set(err, ERR_USAGE, "'%s' in repository '%s' is not a commit", rev,
				  r->path);
	else
		memcpy(commit->b, git_object_id(peeled)->id, sizeof(commit->b));
	git_object_free(peeled);
	git_object_free(any);
	return rc;
}

static git_oid oid_of(const struct git_id *id)
{
	git_oid oid;

	memcpy(oid.id, id->b, sizeof(oid.id));
	return oid;
}

int repo_read(struct repo *r, const struct git_want *want, struct arena *a, struct str *out,
	      struct err *err)
{
	static const git_object_t types[] = {
		[GIT_TYPE_COMMIT] = GIT_OBJECT_COMMIT,
		[GIT_TYPE_TREE] = GIT_OBJECT_TREE,
		[GIT_TYPE_BLOB] = GIT_OBJECT_BLOB,
	};
	git_oid oid = oid_of(&want->id);
	git_odb_object *object;
	git_object_t type;
	size_t size;

	if (git_odb_read_header(&size, &type, r->odb, &oid))
		return repo_failed(err, r, git_oid_tostr_s(&oid));
	if (type != types[want->type])
		return err_set(err, "repository '%s': object %s is not a %s", r->path,
			       git_oid_tostr_s(&oid), git_object_type2string(types[want->type]));
	if (size > want->limit)
		return err_kind_set(err, ERR_INPUT,
				    "it is bigger than %zu bytes, the most allowed here",
				    want->limit);
	if (git_odb_read(&object, r->odb, &oid))
		return repo_failed(err, r, git_oid_tostr_s(&oid));
	*out = arena_copy(a, git_odb_object_data(object), git_odb_object_size(object));
	git_odb_object_free(object);
	return 0;
}

/* "refs/heads/NAME" in a. */
static const char *ref_of(struct arena *a, const char *name)
{
	return arena_fmt(a, "refs/heads/%s", name).p;
}

int repo_branch_name(const char *name, struct err *err)
{
	struct arena *a = arena_new();
	int valid = 0;

	/* git branch takes neither -x, HEAD nor @; refs/heads/x would become
	 * refs/heads/refs/heads/x */
	if (*name && *name != '-' && strcmp(name, "HEAD") != 0 && strcmp(name, "@") != 0 &&
	    strncmp(name, "refs/", 5) != 0)
		(void)git_reference_name_is_valid(&valid, ref_of(a, name));
	arena_free(a);
	return valid ? 0
		     : err_kind_set(err, ERR_USAGE, "'%s' cannot be the name of a branch", name);
}

int repo_tip(struct repo *r, const char *name, struct git_id *tip, struct err *err)
{
	git_reference *ref = NULL;
	struct arena *a = arena_new();
	int rc = git_reference_lookup(&ref, r->git, ref_of(a, name));

	if (rc == GIT_ENOTFOUND)
		rc = 0;
	else if (rc)
		rc = repo_failed(err, r, name);
	else if (git_reference_type(ref) != GIT_REFERENCE_DIRECT)
		rc = err_set(err, "repository '%s': branch '%s' stands for another name", r->path,
			     name);
	else {
		memcpy(tip->b, git_reference_target(ref)->id, sizeof(tip->b));
		rc = 1;
	}
	git_reference_free(ref);
	arena_free(a);
	return rc;
}

/* HEAD of the Git folder dir says "ref: WANT". 1, 0, -1. */
static int head_is(const char *dir, struct str want, struct err *err)
{
	struct buf text = { 0 };
	int at = os_root(dir, err), rc = -1;

	if (at >= 0)
		rc = os_read(at, "HEAD", HEAD_SIZE, &text, err);
	if (rc > 0)
		rc = str_eq(buf_view(&text), want);
	os_close(at);
	buf_release(&text);
	return rc;
}

/* The main work tree has it checked out. */
static int main_has(struct repo *r, struct str want, struct err *err)
{
	git_config *config = NULL;
	int bare = 0;

	if (git_repository_config_snapshot(&config, r->git) == 0)
		(void)git_config_get_bool(&bare, config, "core.bare");
	git_config_free(config);
	return bare ? 0 : head_is(git_repository_commondir(r->git), want, err);
}

int repo_checked_out(struct repo *r, const char *name, struct arena *a, struct str *where,
		     struct err *err)
{
	struct str want = arena_fmt(a, "ref: refs/heads/%s\n", name);
	git_strarray trees = { 0 };
	int rc = main_has(r, want, err);

	*where = str_of(r->path);
	if (rc)
		return rc;
	if (git_worktree_list(&trees, r->git))
		return repo_failed(err, r, "its work trees");
	for (size_t i = 0; rc == 0 && i < trees.count; i++) {
		struct str dir = arena_fmt(a, "%sworktrees/%s", git_repository_commondir(r->git),
					   trees.strings[i]);

		rc = head_is(dir.p, want, err);
		*where = arena_fmt(a, "work tree %s", trees.strings[i]);
	}
	git_strarray_dispose(&trees);
	return rc;
}

/* One attempt to move the reference, repeated while another process holds its lock. */
static int move(struct repo *r, const char *ref, const git_oid *old, const git_oid *tip)
{
	for (int waited = 0;; waited += LOCK_STEP_MS) {
		git_reference *moved = NULL;
		/* with an old id of zero this means: only if there is none, judged under the lock
		 */
		int rc = git_reference_create_matching(&moved, r->git, ref, tip, 1, old,
						       "howdah: compile");

		git_reference_free(moved);
		if (rc != GIT_ELOCKED || waited >= LOCK_WAIT_MS)
			return rc;
		os_pause(LOCK_STEP_MS);
	}
}

int repo_move(struct repo *r, const char *name, const struct git_id *old, const struct git_id *tip,
	      struct err *err)
{
	struct arena *a = arena_new();
	const char *ref = ref_of(a, name);
	git_oid from = oid_of(old), to = oid_of(tip);
	int rc = move(r, ref, &from, &to);

	if (rc == GIT_EMODIFIED || rc == GIT_ENOTFOUND)
		rc =
		    err_kind_set(err, ERR_RACE,
				 "repository '%s': branch '%s' was moved by someone else meanwhile",
				 r->path, name);
	else if (rc == GIT_ELOCKED)
		rc = err_set(err, "'%s%s.lock' is held by another process (remove it if none runs)",
			     git_repository_commondir(r->git), ref);
	else if (rc)
		rc = repo_failed(err, r, name);
	arena_free(a);
	return rc;
}
