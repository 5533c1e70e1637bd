/* SPDX-License-Identifier: Apache-2.0 */
/* prev.c: the previous output, judged by its locks. */
#include "out/prev.h"

#include <stdlib.h>

/* Deeper than any unit lies. */
enum { DEPTH = 8 };

static struct str join(struct arena *a, struct str dir, struct str name)
{
	return arena_fmt(a, "%.*s%s%.*s", (int)dir.n, dir.p, dir.n ? "/" : "", (int)name.n, name.p);
}

int prev_read(const struct source *out, struct str path, struct arena *a, struct prev_unit *unit,
	      struct err *err)
{
	struct err why = { 0 };
	const struct file *f =
	    source_read(out, join(a, path, str_of(LOCK_NAME)), LOCK_SIZE, a, &why);

	*unit = (struct prev_unit){ .path = arena_str(a, path) };
	if (!f && !why.set)
		return 0;
	if (!f && why.set != ERR_INPUT) {
		*err = why;
		return -1;
	}
	if (f)
		unit->text = f->text;
	if (!f || lock_read(a, f->text, &unit->lock, &why))
		unit->damaged = arena_fmt(a, "%s", why.text);
	return 1;
}

struct walk {
	const struct source *out;
	struct arena *arena;
	struct prev_units *units;
	size_t room;
	int depth;
};

static void add(struct walk *w, const struct prev_unit *unit)
{
	if (w->units->n == w->room) {
		struct prev_unit *more = NEW_ARRAY(w->arena, w->room * 2 + 16, struct prev_unit);

		if (w->units->n)
			memcpy(more, w->units->units, w->units->n * sizeof(*more));
		w->units->units = more;
		w->room = w->room * 2 + 16;
	}
	w->units->units[w->units->n++] = *unit;
}

/* The directory's entries name a lock, of whatever type. */
static bool has_lock(const struct source_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		if (str_is(list->entries[i].name, LOCK_NAME))
			return true;
	return false;
}

static int descend(struct walk *w, struct str dir, struct err *err)
{
	struct source_list list;
	struct prev_unit unit;
	int rc = source_list(w->out, dir, w->arena, &list, err);

	if (rc <= 0)
		return rc;
	if (has_lock(&list)) {
		if (prev_read(w->out, dir, w->arena, &unit, err) < 0)
			return -1;
		add(w, &unit);
		return 0;
	}
	for (size_t i = 0; i < list.n && w->depth < DEPTH; i++) {
		const struct source_entry *e = &list.entries[i];

		if (e->type != SOURCE_DIR || e->name.p[0] == '.')
			continue;
		w->depth++;
		rc = descend(w, join(w->arena, dir, e->name), err);
		w->depth--;
		if (rc < 0)
			return -1;
	}
	return 0;
}

static int by_path(const void *a, const void *b)
{
	const struct prev_unit *x = a, *y = b;

	return str_cmp(x->path, y->path);
}

int prev_walk(const struct source *out, struct str dir, struct arena *a, struct prev_units *units,
	      struct err *err)
{
	struct walk w = { .out = out, .arena = a, .units = units };

	*units = (struct prev_units){ 0 };
	if (descend(&w, dir, err))
		return -1;
	/* directories were walked name by name, but "a-b/c" comes before "a/c" */
	if (units->n)
		qsort(units->units, units->n, sizeof(*units->units), by_path);
	return 0;
}

/* What prev_check fills. */
struct check {
	const struct source *out;
	const struct prev_unit *unit;
	struct arena *arena;
	struct prev_findings *found;
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

	c->found->findings[c->found->n++] = (struct prev_finding){
		trouble,
		path,
		arena_fmt(c->arena, "'%s' %s: %s", path.p, why, mend[trouble]),
	};
}

/* Judges one entry of the unit's directory. 0, or -1. */
static int judge(struct check *c, const struct source_entry *e, struct err *err)
{
	const struct lock_file *f = lock_find(&c->unit->lock, e->name);
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
	    source_id(c->out, join(c->arena, c->unit->path, e->name), &id, &why) < 0 &&
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
	for (size_t i = 0; i < c->unit->lock.n; i++) {
		struct str name = c->unit->lock.files[i].name;

		while (at < list->n && str_cmp(list->entries[at].name, name) < 0)
			at++;
		if (at == list->n || !str_eq(list->entries[at].name, name))
			find(c, PREV_MISSING, name, "is gone");
	}
}

int prev_check(const struct source *out, struct prev_unit *unit, struct arena *a,
	       struct prev_findings *found, struct err *err)
{
	struct check c = { out, unit, a, found };
	struct source_list list;
	struct err why = { 0 };

	*found = (struct prev_findings){ 0 };
	if (source_list(out, unit->path, a, &list, &why) < 0 && why.set != ERR_INPUT) {
		*err = why;
		return -1;
	}
	found->findings = NEW_ARRAY(a, list.n + unit->lock.n + 1, struct prev_finding);
	if (why.set) {
		find(&c, PREV_FOREIGN, str_of(""), "is in the way of a directory");
		return 0;
	}
	if (unit->damaged.n) {
		find(&c, PREV_LOCK, str_of(LOCK_NAME),
		     arena_fmt(a, "is damaged (%s)", unit->damaged.p).p);
		return 0;
	}
	for (size_t i = 0; i < list.n; i++)
		if (judge(&c, &list.entries[i], err))
			return -1;

	size_t before = found->n;

	missing(&c, &list);
	unit->incomplete = found->n > before;
	return 0;
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
