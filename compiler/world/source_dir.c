/* SPDX-License-Identifier: Apache-2.0 */
/* source_dir.c: a directory as a source, opened once, all else beneath it. */
#include "base/os.h"
#include "git/tree.h"
#include "world/source_ops.h"

/* The deepest directory and the biggest file that get an id. */
enum { DEPTH = 32, BLOB_SIZE = 16 * 1024 * 1024 };

static int dir_read(const struct source *s, const struct source_want *want, struct arena *a,
		    struct str *text, struct err *err)
{
	struct buf b = { 0 };
	int rc = os_read(s->dir, want->path.p, want->limit, &b, err);

	if (rc > 0)
		*text = buf_take(&b, a);
	return rc;
}

static int dir_list(const struct source *s, struct str path, struct arena *a,
		    struct source_list *out, struct err *err)
{
	static const enum source_type types[] = {
		[OS_FILE] = SOURCE_FILE,
		[OS_DIR] = SOURCE_DIR,
		[OS_LINK] = SOURCE_LINK,
		[OS_OTHER] = SOURCE_OTHER,
	};
	struct os_list list;
	int rc = os_list(s->dir, path.p, a, &list, err);

	if (rc <= 0)
		return rc;
	out->entries = NEW_ARRAY(a, list.n, struct source_entry);
	for (out->n = 0; out->n < list.n; out->n++) {
		out->entries[out->n].name = list.entries[out->n].name;
		out->entries[out->n].type = types[list.entries[out->n].type];
	}
	return 1;
}

/* What id_of works on: one directory tree. */
struct walk {
	const struct source *source;
	struct arena *arena;
	struct buf bytes; /* of the file at hand */
	int depth;
};

static int entry_of(struct walk *w, struct str path, struct git_entry *e, struct err *err);

/* The tree of a directory; one without files has none. 1, 0, -1. */
static int tree_of(struct walk *w, struct str path, struct git_id *id, struct err *err)
{
	struct os_list list;
	int rc = os_list(w->source->dir, path.p, w->arena, &list, err);

	if (rc <= 0)
		return rc;

	struct git_tree tree = { NEW_ARRAY(w->arena, list.n, struct git_entry), 0 };

	for (size_t i = 0; i < list.n; i++) {
		struct git_entry *e = &tree.entries[tree.n];

		e->name = list.entries[i].name;
		if (str_is(e->name, ".git"))
			continue;
		rc = entry_of(
		    w, arena_fmt(w->arena, "%s%s%s", path.p, path.n ? "/" : "", e->name.p), e, err);
		if (rc < 0)
			return -1;
		tree.n += rc > 0;
	}
	*id = git_tree_hash(&tree);
	return tree.n > 0;
}

/* Mode and id of what stands at path. 1, 0 when Git would not keep it, -1. */
static int entry_of(struct walk *w, struct str path, struct git_entry *e, struct err *err)
{
	struct os_facts facts;
	int rc = os_look(w->source->dir, path.p, &facts, err);

	if (rc <= 0)
		return rc;
	if (facts.type == OS_DIR) {
		if (w->depth >= DEPTH)
			return err_kind_set(err, ERR_INPUT, "'%s' lies too deep", path.p);
		e->mode = GIT_DIR;
		w->depth++;
		rc = tree_of(w, path, &e->id, err);
		w->depth--;
		return rc;
	}
	if (facts.type == OS_LINK)
		return err_kind_set(err, ERR_INPUT,
				    "'%s' is a symbolic link, which is not followed", path.p);
	w->bytes.n = 0;
	rc = os_read(w->source->dir, path.p, BLOB_SIZE, &w->bytes, err);
	e->mode = facts.exec ? GIT_EXEC : GIT_FILE;
	if (rc > 0)
		e->id = git_id_of("blob", buf_view(&w->bytes));
	return rc;
}

/* The id of what may be a directory. */
static int dir_id_any(const struct source *s, struct str path, struct git_id *id, struct err *err)
{
	struct walk w = { .source = s, .arena = arena_new() };
	struct git_entry e;
	int rc = path.n ? entry_of(&w, path, &e, err) : tree_of(&w, path, &e.id, err);

	if (rc > 0)
		*id = e.id;
	buf_release(&w.bytes);
	arena_free(w.arena);
	return rc;
}

static int dir_id(const struct source *s, struct str path, struct git_id *id, struct err *err)
{
	struct buf bytes = { 0 };
	struct err why = { 0 };
	/* nearly always it is a file: one opening finds out, and reads it */
	int rc = path.n ? os_read(s->dir, path.p, BLOB_SIZE, &bytes, &why) : -1;

	if (rc > 0)
		*id = git_id_of("blob", buf_view(&bytes));
	buf_release(&bytes);
	return rc >= 0 ? rc : dir_id_any(s, path, id, err);
}

const struct source_ops source_dir_ops = { dir_read, dir_list, dir_id };
