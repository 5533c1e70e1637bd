/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dir.c: output into a directory. All is written below <out>/.howdah-work/new/ first, brought to
 * the disk once, then every unit's directory changes places with its old one in one step.
 */
#include <assert.h>
#include <stdlib.h>

#include "base/os.h"
#include "out/emit.h"

#define WORK ".howdah-work"

/* Below WORK: "new" trees, "old" ones moved aside, "loose" files. */
static const char *const parts[] = { "new", "old", "loose" };

enum { LOCK_TRIES = 20, LOOSE_SIZE = 64 * 1024 * 1024 };

static struct str in_work(struct arena *a, const char *part, struct str path)
{
	return arena_fmt(a, WORK "/%s/%s", part, path.p);
}

/* Makes the directories above path. 0, or -1. */
static int mkdirs_above(int dir, struct str path, struct arena *a, struct err *err)
{
	size_t n = path.n;

	while (n && path.p[n - 1] != '/')
		n--;
	return n ? os_mkdirs(dir, arena_copy(a, path.p, n - 1).p, err) : 0;
}

/* Takes the lock; the holder before us may remove its directory meanwhile. 0, or -1. */
static int take_lock(struct out *o, const char *name, struct err *err)
{
	for (int i = 0; i < LOCK_TRIES; i++) {
		struct err why = { 0 };
		struct os_facts facts;

		if (os_mkdirs(o->dir, WORK, err))
			return -1;

		int rc = os_lock(o->dir, WORK "/lock", &o->lock, &why);

		if (rc > 0)
			return 0;
		if (rc == 0)
			return err_set(err, "another howdah is writing to '%s'", name);
		*err = why;
		if (os_look(o->dir, WORK, &facts, &why))
			return -1;
		*err = (struct err){ 0 };
	}
	return err_set(err, "'%s': the lock in " WORK " cannot be taken", name);
}

/* Puts back what was moved aside when the run before us was killed. 0, or -1. */
static int recover(struct out *o, struct err *err)
{
	struct arena *a = arena_new();
	struct prev_paths units;
	int rc = prev_paths(o->previous, str_of(WORK "/old"), a, &units, err);

	for (size_t i = 0; rc == 0 && i < units.n; i++) {
		struct str from = units.paths[i];
		struct str to = str_cut(from, sizeof(WORK "/old/") - 1, from.n);
		struct os_facts facts;

		rc = os_look(o->dir, to.p, &facts, err);
		if (rc == 0 && mkdirs_above(o->dir, to, a, err) == 0)
			rc = os_rename(o->dir, from.p, to.p, err);
		rc = rc < 0 || err->set ? -1 : 0;
	}
	arena_free(a);
	return rc;
}

/* Removes all below WORK but the lock. 0, or -1. */
static int clear(struct out *o, struct err *err)
{
	struct arena *a = arena_new();
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < sizeof(parts) / sizeof(*parts); i++)
		rc = os_remove_tree(o->dir, arena_fmt(a, WORK "/%s", parts[i]).p, err);
	arena_free(a);
	return rc;
}

static void dir_close(struct out *o)
{
	struct err ignored = { 0 };

	if (o->lock >= 0) {
		(void)clear(o, &ignored);
		(void)os_remove(o->dir, WORK "/lock", &ignored);
		(void)os_remove_empty(o->dir, WORK, &ignored);
	}
	os_close(o->lock);
	os_close(o->dir);
}

/* Writes the files of u into the open directory; what did not change gets a second name. */
static int write_files(int dir, int old, const struct out_unit *u, const struct lock *before,
		       struct err *err)
{
	for (size_t i = 0; i < u->n; i++) {
		const struct out_file *f = &u->files[i];
		const struct lock_file *was = old < 0 ? NULL : lock_find(before, f->name);
		int rc = 0;

		if (was && git_id_eq(&was->id, &f->id))
			rc = os_link(old, f->name.p, dir, f->name.p, err);
		if (rc == 0)
			rc = os_write(dir, f->name.p, f->bytes, err);
		if (rc < 0)
			return -1;
	}
	return 0;
}

static int dir_put(struct out_worker *w, struct out_unit *u, const struct prev_unit *prev,
		   struct err *err)
{
	struct out *o = w->out;
	struct str path = in_work(w->scratch, "new", u->path);
	struct lock before = { 0 };
	int dir = -1, old = -1, rc = os_mkdirs(o->dir, path.p, err);

	if (rc == 0)
		rc = os_dir(o->dir, path.p, &dir, err) > 0 ? 0 : -1;
	if (rc == 0 && prev && !prev->damaged.n)
		rc = os_dir(o->dir, u->path.p, &old, err) < 0 ? -1 : 0;
	if (rc == 0 && old >= 0)
		rc = prev_list(o->previous, prev, w->scratch, &before, err);
	if (rc == 0)
		rc = write_files(dir, old, u, &before, err);
	os_close(dir);
	os_close(old);
	return rc < 0 ? err_wrap(err, "writing '%s'", u->path.p) : 0;
}

/* Moves the directory of u aside, if there is one. 0, or -1. */
static int aside(struct out *o, const struct out_unit *u, struct arena *a, struct err *err)
{
	struct str old = in_work(a, "old", u->path);
	struct os_facts facts;
	int rc = os_look(o->dir, u->path.p, &facts, err);

	if (rc <= 0)
		return rc;
	if (mkdirs_above(o->dir, old, a, err))
		return -1;
	return os_rename(o->dir, u->path.p, old.p, err);
}

/* Shows the new tree of u, or takes its old one away, in one step where the system can. 0, or -1.
 */
static int show(struct out *o, const struct out_unit *u, struct arena *a, struct err *err)
{
	struct str new = in_work(a, "new", u->path);
	int rc = 0;

	if (u->state == OUT_REMOVED)
		return aside(o, u, a, err);
	if (u->state == OUT_CHANGED)
		rc = os_swap(o->dir, new.p, u->path.p, err);
	if (rc)
		return rc < 0 ? -1 : 0;
	if (u->state == OUT_CHANGED && aside(o, u, a, err))
		return -1;
	return os_rename(o->dir, new.p, u->path.p, err);
}

/* Removes the directories above path that are empty now. 0, or -1. */
static int prune_above(struct out *o, struct str path, struct arena *a, struct err *err)
{
	for (size_t n = path.n; n-- > 0;) {
		if (path.p[n] != '/')
			continue;

		int rc = os_remove_empty(o->dir, arena_copy(a, path.p, n).p, err);

		if (rc <= 0)
			return rc;
	}
	return 0;
}

/* Finds whether the loose file already is as it should be. 1, 0, -1. */
static int stands(struct out *o, const struct out_loose *l, struct err *err)
{
	struct buf b = { 0 };
	int rc = os_read(o->dir, l->path.p, LOOSE_SIZE, &b, err);

	if (rc >= 0)
		rc = l->gone ? rc == 0 : rc && str_eq(buf_view(&b), l->bytes);
	buf_release(&b);
	return rc;
}

/* Writes a loose file below WORK. 0, or -1. */
static int spool_loose(struct out *o, const struct out_loose *l, struct arena *a, struct err *err)
{
	struct str path = in_work(a, "loose", l->path);
	int dir = -1;
	size_t n = path.n;

	if (mkdirs_above(o->dir, path, a, err))
		return -1;
	while (path.p[n - 1] != '/')
		n--;
	if (os_dir(o->dir, arena_copy(a, path.p, n - 1).p, &dir, err) <= 0)
		return -1;

	int rc = os_write(dir, path.p + n, l->bytes, err);

	os_close(dir);
	return rc;
}

static int show_loose(struct out *o, const struct out_loose *l, struct arena *a, struct err *err)
{
	if (l->gone)
		return os_remove(o->dir, l->path.p, err) || prune_above(o, l->path, a, err) ? -1
											    : 0;
	if (mkdirs_above(o->dir, l->path, a, err))
		return -1;
	return os_rename(o->dir, in_work(a, "loose", l->path).p, l->path.p, err);
}

/* What a plan comes to, after what stands already is left out. */
struct todo {
	struct out *out;
	const struct out_plan *plan;
	struct arena *arena;
	bool *loose; /* to be written or removed */
	size_t count;
};

static bool moves(const struct out_unit *u)
{
	return u->state != OUT_KEPT;
}

/* All that may fail or be refused without a trace in the output. 0, or -1. */
static int prepare(struct todo *t, struct err *err)
{
	for (size_t i = 0; i < t->plan->n; i++) {
		const struct out_unit *u = t->plan->units[i];

		if (!moves(u))
			continue;
		t->count++;
		if (u->state != OUT_REMOVED && mkdirs_above(t->out->dir, u->path, t->arena, err))
			return -1;
	}
	for (size_t i = 0; i < t->plan->n_loose; i++) {
		int there = stands(t->out, &t->plan->loose[i], err);

		t->loose[i] = there == 0;
		t->count += there == 0;
		if (there < 0 || (there == 0 && !t->plan->loose[i].gone &&
				  spool_loose(t->out, &t->plan->loose[i], t->arena, err)))
			return -1;
	}
	return 0;
}

/* Units, then what is derived from them, then what is left empty. 0, or -1. */
static int show_all(struct todo *t, struct err *err)
{
	const struct out_plan *p = t->plan;

	for (size_t i = 0; i < p->n; i++)
		if (moves(p->units[i]) && show(t->out, p->units[i], t->arena, err))
			return -1;
	for (size_t i = 0; i < p->n_loose; i++)
		if (t->loose[i] && show_loose(t->out, &p->loose[i], t->arena, err))
			return -1;
	for (size_t i = 0; i < p->n; i++)
		if (p->units[i]->state == OUT_REMOVED &&
		    prune_above(t->out, p->units[i]->path, t->arena, err))
			return -1;
	return 0;
}

static int dir_publish(struct out *o, const struct out_plan *plan, struct out_result *result,
		       struct err *err)
{
	struct arena *a = arena_new();
	struct todo t = { o, plan, a, NEW_ARRAY(a, plan->n_loose, bool), 0 };
	int rc = prepare(&t, err);

	if (rc == 0 && t.count)
		rc = os_sync(o->dir, err) || show_all(&t, err) || clear(o, err) ? -1 : 0;
	result->nothing = t.count == 0;
	arena_free(a);
	return rc;
}

static const struct out_ops dir_ops = { dir_put, dir_publish, dir_close };

int out_dir_open(struct out *o, const struct out_target *target, struct err *err)
{
	o->dir = os_root_make(target->dir, err);
	if (o->dir < 0)
		return -1;
	o->ops = &dir_ops;
	if (take_lock(o, target->dir, err) ||
	    source_open_dir(o->arena, target->dir, &o->previous, err))
		return -1;
	return recover(o, err) || clear(o, err) ? -1 : 0;
}
