/* SPDX-License-Identifier: Apache-2.0 */
/* source.c: what both kinds of source have in common. */
#include "world/source.h"

#include <stdlib.h>

#include "base/os.h"
#include "world/source_ops.h"

enum { PATH_MOST = 4096 };

/* No empty part, no "." or "..", nothing that a terminal would act on. */
static bool usual(struct str path)
{
	size_t start = 0;

	for (size_t i = 0; i <= path.n; i++) {
		if (i < path.n && path.p[i] != '/') {
			if ((unsigned char)path.p[i] < ' ' || path.p[i] == 0x7f)
				return false;
			continue;
		}

		struct str part = str_cut(path, start, i);

		if ((part.n == 0 && path.n > 0) || str_is(part, ".") || str_is(part, ".."))
			return false;
		start = i + 1;
	}
	return path.n < PATH_MOST;
}

static int unusual(struct str path, struct err *err)
{
	return err_kind_set(err, ERR_INPUT, "'%.*s' is not a path that howdah reads",
			    (int)(path.n < 200 ? path.n : 200), path.p);
}

/* The path as a checked C string in a. 0, or -1. */
static int checked(struct str path, struct arena *a, struct str *out, struct err *err)
{
	*out = arena_str(a, path);
	return usual(path) ? 0 : unusual(path, err);
}

/* A Git LFS pointer stands where the real file should be. */
static bool is_pointer(struct str text)
{
	return str_starts(text, "version https://git-lfs.github.com/spec/");
}

const struct file *source_read(const struct source *s, struct str path, size_t limit,
			       struct arena *a, struct err *err)
{
	struct source_want want = { .limit = limit };
	struct file *f = NEW(a, struct file);

	if (checked(path, a, &want.path, err) || s->ops->read(s, &want, a, &f->text, err) <= 0)
		return NULL;
	f->name = want.path;
	if (is_pointer(f->text)) {
		(void)err_kind_set(err, ERR_INPUT, "'%s' is a Git LFS pointer, not the file itself",
				   f->name.p);
		return NULL;
	}
	return f;
}

static int by_name(const void *a, const void *b)
{
	const struct source_entry *x = a, *y = b;

	return str_cmp(x->name, y->name);
}

int source_list(const struct source *s, struct str path, struct arena *a, struct source_list *out,
		struct err *err)
{
	struct str name;

	*out = (struct source_list){ 0 };
	if (checked(path, a, &name, err))
		return -1;

	int rc = s->ops->list(s, name, a, out, err);

	if (rc > 0 && out->n)
		qsort(out->entries, out->n, sizeof(*out->entries), by_name);
	return rc;
}

int source_id(const struct source *s, struct str path, struct git_id *id, struct err *err)
{
	char name[PATH_MOST];

	if (!usual(path))
		return unusual(path, err);
	if (path.n)
		memcpy(name, path.p, path.n);
	name[path.n] = 0;
	return s->ops->id(s, (struct str){ name, path.n }, id, err);
}

const struct git_commit_facts *source_commit(const struct source *s)
{
	return s->commit;
}

int source_open_dir(struct arena *a, const char *path, struct source **out, struct err *err)
{
	int dir = os_root(path, err);

	if (dir < 0)
		return -1;
	*out = NEW(a, struct source);
	**out = (struct source){ .ops = &source_dir_ops, .dir = dir };
	return 0;
}

int source_open_tree(struct arena *a, const struct source_tree *t, struct source **out,
		     struct err *err)
{
	struct source *s = NEW(a, struct source);
	int rc = 1;

	*s = (struct source){ .ops = &source_git_ops, .dir = -1, .repo = t->repo, .tree = t->tree };
	s->tops = source_tops_new();
	if (t->folder.n) {
		struct source_list list;

		/* a listing also tells a file from a folder */
		rc = source_list(s, t->folder, a, &list, err);
		if (rc > 0)
			rc = source_id(s, t->folder, &s->tree, err);
	}
	if (rc == 0)
		s->tree = (struct git_id){ 0 };
	if (rc < 0)
		source_close(s);
	*out = s;
	return rc < 0 ? -1 : 0;
}

/* Cuts "REPO@REV:FOLDER"; folder may be absent. The last '@' that does not begin "@{...}" counts.
 */
static int cut(struct arena *a, struct str spec, struct str part[3])
{
	size_t at = spec.n;

	for (size_t i = 1; i + 1 < spec.n; i++)
		if (spec.p[i] == '@' && spec.p[i + 1] != '{')
			at = i;
	if (at == spec.n)
		return -1;

	struct str rev = str_cut(spec, at + 1, spec.n);
	size_t colon = str_find(rev, ':');

	part[0] = arena_str(a, str_cut(spec, 0, at));
	part[1] = arena_str(a, str_cut(rev, 0, colon));
	part[2] = arena_str(a, str_cut(rev, colon + 1, rev.n));
	return rev.n ? 0 : -1;
}

/* Opens the tree of the commit called rev. */
static int open_commit(struct arena *a, struct repo *r, const struct str part[3],
		       struct source **out, struct err *err)
{
	struct git_commit_facts *facts = NEW(a, struct git_commit_facts);
	struct git_id id;

	if (repo_resolve(r, part[1].p, &id, err) || repo_commit(r, &id, a, facts, err))
		return -1;

	struct source_tree tree = { r, facts->tree, part[2] };

	if (source_open_tree(a, &tree, out, err))
		return -1;
	if (git_id_none(&(*out)->tree)) {
		source_close(*out);
		return err_kind_set(err, ERR_USAGE,
				    "revision '%s' of repository '%s' has no folder '%s'",
				    part[1].p, part[0].p, part[2].p);
	}
	(*out)->owns_repo = true;
	(*out)->commit = facts;
	return 0;
}

int source_open_git(struct arena *a, struct str spec, struct source **out, struct err *err)
{
	struct str part[3];
	struct repo *r;

	if (cut(a, spec, part))
		return err_kind_set(err, ERR_USAGE,
				    "'%s' is not of the form REPO@REV or REPO@REV:FOLDER",
				    arena_str(a, spec).p);
	if (repo_open(&r, part[0].p, err))
		return -1;
	if (open_commit(a, r, part, out, err)) {
		repo_close(r);
		return -1;
	}
	return 0;
}

void source_close(struct source *s)
{
	if (!s)
		return;
	os_close(s->dir);
	if (s->owns_repo)
		repo_close(s->repo);
	source_tops_free(s->tops);
	s->dir = -1;
	s->repo = NULL;
	s->tops = NULL;
}
