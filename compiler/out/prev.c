/* SPDX-License-Identifier: Apache-2.0 */
/* prev.c: the previous output, judged by its locks. */
#include "out/prev.h"

#include <stdlib.h>

#include "out/path.h"

/* Deeper than any unit lies. */
enum { DEPTH = 8 };

static struct str join(struct arena *a, struct str dir, struct str name)
{
	return arena_fmt(a, "%.*s%s%.*s", (int)dir.n, dir.p, dir.n ? "/" : "", (int)name.n, name.p);
}

/* Where a lock goes. */
struct room {
	struct arena *text, *files, *rest;
};

/* As prev_read, with a place for each part of the lock. */
static int read_with(const struct source *out, const struct room *to, struct prev_unit *unit,
		     struct err *err)
{
	struct err why = { 0 };
	const struct file *f = source_read(out, join(to->text, unit->path, str_of(LOCK_NAME)),
					   LOCK_SIZE, to->text, &why);

	if (!f && !why.set)
		return 0;
	if (!f && why.set != ERR_INPUT) {
		*err = why;
		return -1;
	}
	if (f)
		unit->id = git_id_of("blob", f->text);
	if (!f || lock_read(to->rest, to->files, f->text, &unit->lock, &why))
		unit->damaged = arena_fmt(to->rest, "%s", why.text);
	return 1;
}

int prev_read(const struct source *out, struct str path, struct arena *a, struct prev_unit *unit,
	      struct err *err)
{
	struct arena *scratch = arena_new();

	*unit = (struct prev_unit){ .path = arena_str(a, path) };

	int rc = read_with(out, &(struct room){ scratch, a, a }, unit, err);

	arena_free(scratch);
	return rc;
}

int prev_list(const struct source *out, const struct prev_unit *unit, struct arena *a,
	      struct lock *lock, struct err *err)
{
	struct arena *scratch = NULL;
	struct prev_unit now = { .path = unit->path };

	*lock = unit->lock;
	if (lock->files || unit->damaged.n || git_id_none(&unit->id))
		return 0;
	scratch = arena_new();

	int rc = read_with(out, &(struct room){ scratch, a, scratch }, &now, err);

	lock->files = now.lock.files;
	lock->n = now.lock.n;
	arena_free(scratch);
	if (rc < 0 || (rc && git_id_eq(&now.id, &unit->id)))
		return rc < 0 ? -1 : 0;
	return err_set(err, "'%s/" LOCK_NAME "' has changed meanwhile", unit->path.p);
}

struct walk {
	const struct source *out;
	struct arena *arena;
	struct prev_paths *found;
	size_t room;
	int depth;
};

static void add(struct walk *w, struct str path)
{
	struct prev_paths *p = w->found;

	if (p->n == w->room) {
		struct str *more = NEW_ARRAY(w->arena, w->room * 2 + 16, struct str);

		if (p->n)
			memcpy(more, p->paths, p->n * sizeof(*more));
		p->paths = more;
		w->room = w->room * 2 + 16;
	}
	p->paths[p->n++] = arena_str(w->arena, path);
}

/* The directory's entries name a lock, of whatever type. */
static bool has_lock(const struct source_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		if (str_is(list->entries[i].name, LOCK_NAME))
			return true;
	return false;
}

static int descend(struct walk *w, struct str dir, struct err *err);

/* As descend, with an arena for the listing. */
static int descend_with(struct walk *w, struct str dir, struct arena *scratch, struct err *err)
{
	struct source_list list;
	int rc = source_list(w->out, dir, scratch, &list, err);

	if (rc <= 0)
		return rc;
	if (has_lock(&list)) {
		add(w, dir);
		return 0;
	}
	for (size_t i = 0; rc > 0 && i < list.n && w->depth < DEPTH; i++) {
		const struct source_entry *e = &list.entries[i];

		if (e->type != SOURCE_DIR || out_path_fault(e->name, false))
			continue;
		w->depth++;
		if (descend(w, join(scratch, dir, e->name), err))
			rc = -1;
		w->depth--;
	}
	return rc < 0 ? -1 : 0;
}

/* Finds the units in and below dir. 0, or -1. */
static int descend(struct walk *w, struct str dir, struct err *err)
{
	struct arena *scratch = arena_new();
	int rc = descend_with(w, dir, scratch, err);

	arena_free(scratch);
	return rc;
}

static int in_order(const void *a, const void *b)
{
	const struct str *x = a, *y = b;

	return str_cmp(*x, *y);
}

int prev_paths(const struct source *out, struct str dir, struct arena *a, struct prev_paths *paths,
	       struct err *err)
{
	struct walk w = { .out = out, .arena = a, .found = paths };

	*paths = (struct prev_paths){ 0 };
	if (descend(&w, dir, err))
		return -1;
	/* directories were walked name by name, but "a-b/c" comes before "a/c" */
	if (paths->n)
		qsort(paths->paths, paths->n, sizeof(*paths->paths), in_order);
	return 0;
}

int prev_walk(const struct source *out, struct str dir, struct arena *a, struct prev_units *units,
	      struct err *err)
{
	struct arena *scratch = arena_new(), *text = arena_new();
	struct prev_paths paths;
	int rc = prev_paths(out, dir, scratch, &paths, err);

	*units = (struct prev_units){ 0 };
	if (rc == 0)
		units->units = NEW_ARRAY(a, paths.n, struct prev_unit);
	for (size_t i = 0; rc == 0 && i < paths.n; i++) {
		struct prev_unit *u = &units->units[units->n];

		arena_reset(text);
		u->path = arena_str(a, paths.paths[i]);
		rc = read_with(out, &(struct room){ text, text, a }, u, err);
		if (rc > 0 && !u->damaged.n)
			u->tree = lock_tree(text, &u->lock, &u->id);
		u->lock.files = NULL;
		u->lock.n = 0;
		units->n += rc > 0; /* or it went away meanwhile */
		rc = rc < 0 ? -1 : 0;
	}
	arena_free(scratch);
	arena_free(text);
	return rc;
}

/* What prev_check fills. */
struct check {
	const struct source *out;
	const struct prev_unit *unit;
	struct lock lock;
	struct arena *scratch, *arena; /* the latter for findings */
	struct prev_findings *found;
	size_t room;
};

static void find(struct check *c, enum prev_trouble trouble, struct str name, const char *why)
{
	static const char *const mend[] = {
		[PREV_EDITED] = ("put the change into the intent or the platform, remove this file "
				 "and compile again"),
		[PREV_MISSING] = "it is written again",
		[PREV_FOREIGN] = "howdah did not write it: move it out of this directory",
		[PREV_LOCK] = "restore it, or remove the whole directory and compile again",
	};
	struct str path = name.n ? join(c->arena, c->unit->path, name) : c->unit->path;

	struct prev_findings *all = c->found;

	if (all->n == c->room) {
		struct prev_finding *more =
		    NEW_ARRAY(c->arena, c->room * 2 + 4, struct prev_finding);

		if (all->n)
			memcpy(more, all->findings, all->n * sizeof(*more));
		all->findings = more;
		c->room = c->room * 2 + 4;
	}
	all->findings[all->n++] = (struct prev_finding){
		trouble,
		path,
		arena_fmt(c->arena, "'%s' %s: %s", path.p, why, mend[trouble]),
	};
}

/* Judges one entry of the unit's directory. 0, or -1. */
static int judge(struct check *c, const struct source_entry *e, struct err *err)
{
	const struct lock_file *f = lock_find(&c->lock, e->name);
	struct git_id id = e->id;
	struct err why = { 0 };

	if (!f) {
		if (!str_is(e->name, LOCK_NAME))
			find(c, PREV_FOREIGN, e->name, "stands among what howdah wrote");
		return 0;
	}
	if (e->type != SOURCE_FILE || e->exec) {
		find(c, PREV_EDITED, e->name, "is no plain file any more");
		return 0;
	}
	if (git_id_none(&id) &&
	    source_id(c->out, join(c->scratch, c->unit->path, e->name), &id, &why) < 0 &&
	    why.set != ERR_INPUT) {
		*err = why;
		return -1;
	}
	if (!git_id_eq(&id, &f->id))
		find(c, PREV_EDITED, e->name, "was edited after howdah wrote it");
	return 0;
}

static void missing(struct check *c, const struct source_list *list)
{
	size_t at = 0;

	/* both are in bytewise order */
	for (size_t i = 0; i < c->lock.n; i++) {
		struct str name = c->lock.files[i].name;

		while (at < list->n && str_cmp(list->entries[at].name, name) < 0)
			at++;
		if (at == list->n || !str_eq(list->entries[at].name, name))
			find(c, PREV_MISSING, name, "is gone");
	}
}

/* As prev_check, with the arenas in place. */
static int check(struct check *c, struct prev_unit *unit, struct err *err)
{
	struct source_list list;
	struct err why = { 0 };

	if (prev_list(c->out, unit, c->scratch, &c->lock, err))
		return -1;
	if (source_list(c->out, unit->path, c->scratch, &list, &why) < 0 && why.set != ERR_INPUT) {
		*err = why;
		return -1;
	}
	if (why.set) {
		find(c, PREV_FOREIGN, str_of(""), "is in the way of a directory");
		return 0;
	}
	if (unit->damaged.n) {
		find(c, PREV_LOCK, str_of(LOCK_NAME),
		     arena_fmt(c->arena, "is damaged (%s)", unit->damaged.p).p);
		return 0;
	}
	for (size_t i = 0; i < list.n; i++)
		if (judge(c, &list.entries[i], err))
			return -1;

	size_t before = c->found->n;

	missing(c, &list);
	unit->incomplete = c->found->n > before;
	return 0;
}

int prev_check(const struct source *out, struct prev_unit *unit, const struct prev_room *room,
	       struct prev_findings *found, struct err *err)
{
	struct check c = { .out = out,
			   .unit = unit,
			   .scratch = arena_new(),
			   .arena = room->findings,
			   .found = found };

	*found = (struct prev_findings){ 0 };

	int rc = check(&c, unit, err);

	if (room->names)
		unit->names = lock_names(room->names, &c.lock);
	arena_free(c.scratch);
	return rc;
}

const struct prev_unit *prev_find(const struct prev_units *units, struct str path)
{
	for (size_t low = 0, high = units->n; low < high;) {
		size_t mid = low + (high - low) / 2;
		int c = str_cmp(path, units->units[mid].path);

		if (c == 0)
			return &units->units[mid];
		if (c < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}
