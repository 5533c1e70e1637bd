/* SPDX-License-Identifier: Apache-2.0 */
/* graft.c: the directories on the way to what changed, from the bottom up. */
#include "out/graft.h"

#include <stdlib.h>

#include "git/tree.h"

enum { TREE_SIZE = 32 * 1024 * 1024 };

static int by_path(const void *a, const void *b)
{
	const struct graft *x = a, *y = b;

	return str_cmp(x->path, y->path);
}

/* The part of the path that begins at byte at. */
static struct str part_at(struct str path, size_t at)
{
	struct str rest = str_cut(path, at, path.n);

	return str_cut(rest, 0, str_find(rest, '/'));
}

/* A directory under change: its old entries, new ones behind them. */
struct work {
	struct git_tree tree;
	size_t old;
	bool sorted; /* the old ones by bytes of their names, which is not quite Git's order */
	enum { NOT_LOOKED, NONE, SOME } capitals; /* in the old names */
};

/* Changes of one directory for which it is not worth sorting. */
enum { FEW = 16 };

static int by_name(const void *a, const void *b)
{
	const struct git_entry *x = a, *y = b;

	return str_cmp(x->name, y->name);
}

static bool is_sorted(const struct git_tree *t)
{
	for (size_t i = 1; i < t->n; i++)
		if (by_name(&t->entries[i - 1], &t->entries[i]) > 0)
			return false;
	return true;
}

/* Reads the old directory, with room for `more` entries. 0, or -1. */
static int open_tree(const struct graft_base *base, const struct git_id *old, size_t more,
		     struct work *w, struct err *err)
{
	struct git_tree tree = { 0 };
	struct git_want want = { *old, GIT_TYPE_TREE, TREE_SIZE };
	struct str content = { "", 0 };

	if (!git_id_none(old) && (repo_read(base->repo, &want, base->arena, &content, err) ||
				  git_tree_read(base->arena, content, &tree, err)))
		return -1;
	*w = (struct work){
		{ NEW_ARRAY(base->arena, tree.n + more, struct git_entry), tree.n },
		.old = tree.n,
	};
	if (tree.n == 0)
		return 0;
	memcpy(w->tree.entries, tree.entries, tree.n * sizeof(*tree.entries));
	w->sorted = more > FEW;
	if (w->sorted && !is_sorted(&tree))
		qsort(w->tree.entries, tree.n, sizeof(*tree.entries), by_name);
	return 0;
}

static int in_the_way(const struct graft *g, struct str name, struct err *err)
{
	return err_kind_set(err, ERR_REFUSED,
			    "'%.*s' is in the way of '%s': it was not written by howdah",
			    (int)name.n, name.p, g->path.p);
}

static int lower(int c)
{
	return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
}

static bool has_capital(struct str name)
{
	for (size_t i = 0; i < name.n; i++)
		if (lower(name.p[i]) != name.p[i])
			return true;
	return false;
}

static bool capitals(struct work *w)
{
	for (size_t i = 0; i < w->old && w->capitals == NOT_LOOKED; i++)
		if (has_capital(w->tree.entries[i].name))
			w->capitals = SOME;
	if (w->capitals == NOT_LOOKED)
		w->capitals = NONE;
	return w->capitals == SOME;
}

/* An old entry that is called name but for the case of its letters: one file on some systems. */
static const struct git_entry *twin(struct work *w, struct str name)
{
	if (!capitals(w))
		return NULL;
	for (size_t i = 0; i < w->old; i++) {
		struct str other = w->tree.entries[i].name;
		size_t k = 0;

		while (other.n == name.n && k < name.n && lower(other.p[k]) == name.p[k])
			k++;
		if (other.n == name.n && k == name.n)
			return &w->tree.entries[i];
	}
	return NULL;
}

/* The entry called name, made if need be; NULL with err when something else stands there. */
static struct git_entry *entry_for(struct work *w, const struct graft *g, struct str name,
				   unsigned mode, struct err *err)
{
	struct git_entry key = { .name = name }, *e = NULL;
	const struct git_tree old = { w->tree.entries, w->old };
	const struct git_entry *other;

	if (!w->sorted)
		e = git_tree_find(&old, name);
	else if (w->old)
		e = bsearch(&key, w->tree.entries, w->old, sizeof(key), by_name);
	other = e ? e : twin(w, name);
	if (other && (other != e || e->mode != mode)) {
		(void)in_the_way(g, other->name, err);
		return NULL;
	}
	if (!e) {
		e = &w->tree.entries[w->tree.n++];
		*e = (struct git_entry){ name, mode, { { 0 } } };
	}
	return e;
}

/* Leaves out entries without an id. */
static void drop_gone(struct git_tree *t)
{
	size_t kept = 0;

	for (size_t i = 0; i < t->n; i++)
		if (!git_id_none(&t->entries[i].id))
			t->entries[kept++] = t->entries[i];
	t->n = kept;
}

/* The id of the changed directory, whose object goes to the spool unless it is the old one. */
static int close_tree(const struct graft_base *base, struct git_tree *t, struct git_id *id,
		      struct err *err)
{
	struct git_id old = *id;
	struct buf b = { 0 };
	int rc = 0;

	drop_gone(t);
	*id = (struct git_id){ 0 };
	if (t->n) {
		git_tree_write(t, &b);
		*id = git_id_of("tree", buf_view(&b));
		if (!git_id_eq(&old, id))
			rc = spool_put(base->spool, GIT_TYPE_TREE, id, buf_view(&b), err);
	}
	buf_release(&b);
	return rc;
}

/* Grafts whose paths agree up to byte at: those of one directory. */
struct branch {
	const struct graft *grafts;
	size_t n, at;
};

/* The grafts at the front of b that go into the same entry. */
static struct branch front(const struct branch *b, struct str name)
{
	struct branch f = { b->grafts, 1, b->at + name.n + 1 };

	while (f.n < b->n && str_eq(part_at(b->grafts[f.n].path, b->at), name))
		f.n++;
	return f;
}

static int graft_in(const struct graft_base *base, const struct branch *b, struct git_id *id,
		    struct err *err);

/* Applies the grafts of one entry to the directory. 0, or -1. */
static int graft_entry(const struct graft_base *base, const struct branch *f, struct str name,
		       struct work *w, struct err *err)
{
	const struct graft *g = f->grafts;
	bool leaf = f->at > g->path.n;
	struct git_entry *e = entry_for(w, g, name, leaf && g->file ? GIT_FILE : GIT_DIR, err);

	if (!e)
		return -1;
	if (!leaf)
		return graft_in(base, f, &e->id, err);
	if (f->n > 1)
		return err_set(err, "'%s' is both a unit and a directory of units", g->path.p);
	e->id = g->id;
	return 0;
}

/* Applies the grafts of b to the directory *id. 0, or -1. */
static int graft_in(const struct graft_base *base, const struct branch *b, struct git_id *id,
		    struct err *err)
{
	struct branch rest = *b;
	struct work w;

	if (open_tree(base, id, b->n, &w, err))
		return -1;
	while (rest.n) {
		struct str name = part_at(rest.grafts->path, rest.at);
		struct branch f = front(&rest, name);

		if (graft_entry(base, &f, name, &w, err))
			return -1;
		rest.grafts += f.n;
		rest.n -= f.n;
	}
	return close_tree(base, &w.tree, id, err);
}

int graft_all(const struct graft_base *base, struct graft *grafts, size_t n, struct git_id *root,
	      struct err *err)
{
	struct branch all = { grafts, n, 0 };

	*root = base->root;
	if (n == 0)
		return 0;
	qsort(grafts, n, sizeof(*grafts), by_path);
	return graft_in(base, &all, root, err);
}
