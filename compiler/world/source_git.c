/* SPDX-License-Identifier: Apache-2.0 */
/* source_git.c: the tree of a commit as a source, object by object. */
#include <pthread.h>
#include <stdlib.h>

#include "base/die.h"
#include "git/tree.h"
#include "world/source_ops.h"

/* The biggest tree object that is read: some 500,000 entries. */
enum { TREE_SIZE = 32 * 1024 * 1024 };

static int tree_at(const struct source *s, const struct git_id *id, struct arena *a,
		   struct git_tree *out, struct err *err)
{
	struct git_want want = { *id, GIT_TYPE_TREE, TREE_SIZE };
	struct str content;

	return repo_read(s->repo, &want, a, &content, err) || git_tree_read(a, content, out, err);
}

/* Trees of the root and of the folders in it: a fleet's have thousands of entries, and every path
 * leads through them. */
enum { TOPS_MOST = 64, TOPS_DEEPEST = 2 };

struct source_tops {
	pthread_mutex_t lock;
	struct arena *arena;
	struct {
		struct git_id id;
		struct git_tree tree;
	} kept[TOPS_MOST];
	size_t n;
};

struct source_tops *source_tops_new(void)
{
	struct source_tops *t = calloc(1, sizeof(*t));

	if (!t || pthread_mutex_init(&t->lock, NULL))
		die_memory();
	t->arena = arena_new();
	return t;
}

void source_tops_free(struct source_tops *t)
{
	if (!t)
		return;
	(void)pthread_mutex_destroy(&t->lock);
	arena_free(t->arena);
	free(t);
}

/* The tree id among those kept, read if there is room; NULL with err when it cannot be read, and
 * without when there is no room. */
static const struct git_tree *kept(const struct source *s, const struct git_id *id, struct err *err)
{
	struct source_tops *t = s->tops;
	size_t i = 0;

	while (i < t->n && !git_id_eq(&t->kept[i].id, id))
		i++;
	if (i < t->n)
		return &t->kept[i].tree;
	if (i == TOPS_MOST || tree_at(s, id, t->arena, &t->kept[i].tree, err))
		return NULL;
	t->kept[i].id = *id;
	t->n++;
	return &t->kept[i].tree;
}

/* The tree id, which lies this many folders deep; in a, or kept. NULL with err. */
static const struct git_tree *tree_on_way(const struct source *s, const struct git_id *id,
					  size_t depth, struct arena *a, struct err *err)
{
	const struct git_tree *found = NULL;
	struct git_tree *own = NULL;

	if (depth < TOPS_DEEPEST) {
		(void)pthread_mutex_lock(&s->tops->lock);
		found = kept(s, id, err);
		(void)pthread_mutex_unlock(&s->tops->lock);
		if (found || err->set)
			return found;
	}
	own = NEW(a, struct git_tree);
	return tree_at(s, id, a, own, err) ? NULL : own;
}

/* The entry at path, from the root down. 1, 0 when it is not there, -1. */
static int find(const struct source *s, struct str path, struct arena *a, struct git_entry *out,
		struct err *err)
{
	*out = (struct git_entry){ .mode = GIT_DIR, .id = s->tree };
	if (git_id_none(&s->tree))
		return 0;
	for (size_t at = 0, depth = 0; at < path.n; depth++) {
		struct str rest = str_cut(path, at, path.n);
		struct str name = str_cut(rest, 0, str_find(rest, '/'));

		if (out->mode != GIT_DIR)
			return 0;

		const struct git_tree *tree = tree_on_way(s, &out->id, depth, a, err);

		if (!tree)
			return err_wrap(err, "'%s'", path.p);

		const struct git_entry *e = git_tree_find(tree, name);

		if (!e)
			return 0;
		*out = *e;
		at += name.n + 1;
		if (out->mode == GIT_LINK && at < path.n)
			return err_kind_set(
			    err, ERR_INPUT,
			    "'%s' lies behind a symbolic link, which is not followed", path.p);
	}
	return 1;
}

static enum source_type type_of(unsigned mode)
{
	switch (mode) {
	case GIT_FILE:
	case GIT_EXEC:
		return SOURCE_FILE;
	case GIT_DIR:
		return SOURCE_DIR;
	case GIT_LINK:
		return SOURCE_LINK;
	case GIT_SUBMODULE:
		return SOURCE_SUBMODULE;
	default:
		return SOURCE_OTHER;
	}
}

/* Says that what stands at path is not what was asked for; -1. */
static int wrong_type(struct str path, unsigned mode, const char *want, struct err *err)
{
	static const char *const is[] = {
		[SOURCE_FILE] = "a file",
		[SOURCE_DIR] = "a directory",
		[SOURCE_LINK] = "a symbolic link, which is not followed",
		[SOURCE_SUBMODULE] = "a submodule",
		[SOURCE_OTHER] = "of an unusual mode",
	};

	return err_kind_set(err, ERR_INPUT, "'%s' is %s, not a %s", path.p, is[type_of(mode)],
			    want);
}

static int git_read(const struct source *s, const struct source_want *want, struct arena *a,
		    struct str *text, struct err *err)
{
	struct arena *scratch = arena_new();
	struct git_entry e;
	int rc = find(s, want->path, scratch, &e, err);

	if (rc > 0 && type_of(e.mode) != SOURCE_FILE)
		rc = wrong_type(want->path, e.mode, "file", err);
	if (rc > 0) {
		struct git_want blob = { e.id, GIT_TYPE_BLOB, want->limit };

		if (repo_read(s->repo, &blob, a, text, err))
			rc = err_wrap(err, "'%s'", want->path.p);
	}
	arena_free(scratch);
	return rc;
}

/* The tree at path into *out, in a. 1, 0 when nothing stands there, -1. */
static int tree_of(const struct source *s, struct str path, struct arena *a, struct git_tree *out,
		   struct err *err)
{
	struct git_entry e;
	int rc = find(s, path, a, &e, err);

	if (rc <= 0)
		return rc;
	if (e.mode != GIT_DIR)
		return wrong_type(path, e.mode, "directory", err);
	return tree_at(s, &e.id, a, out, err) ? err_wrap(err, "'%s'", path.p) : 1;
}

/* Trees on the way are many times larger than what is asked for: they stay in the scratch arena. */
static int git_list(const struct source *s, struct str path, struct arena *a,
		    struct source_list *out, struct err *err)
{
	struct arena *scratch = arena_new();
	struct git_tree tree = { 0 };
	int rc = tree_of(s, path, scratch, &tree, err);

	out->entries = NEW_ARRAY(a, tree.n, struct source_entry);
	for (out->n = 0; out->n < tree.n; out->n++)
		out->entries[out->n] = (struct source_entry){
			arena_str(a, tree.entries[out->n].name),
			type_of(tree.entries[out->n].mode),
			tree.entries[out->n].mode == GIT_EXEC,
			tree.entries[out->n].id,
		};
	arena_free(scratch);
	return rc;
}

static int git_id(const struct source *s, struct str path, struct git_id *id, struct err *err)
{
	struct arena *scratch = arena_new();
	struct git_entry e;
	int rc = find(s, path, scratch, &e, err);

	if (rc > 0)
		*id = e.id;
	arena_free(scratch);
	return rc;
}

const struct source_ops source_git_ops = { git_read, git_list, git_id };
