/* SPDX-License-Identifier: Apache-2.0 */
/* out.c: what a directory and a branch have in common as targets: units, their locks and ids. */
#include "out/out.h"

#include <stdlib.h>

#include "git/tree.h"
#include "out/emit.h"
#include "out/message.h"

int out_open(struct out **out, const struct out_target *target, struct err *err)
{
	struct arena *a = arena_new();
	struct out *o = NEW(a, struct out);

	*o = (struct out){ .arena = a, .dir = -1, .lock = -1 };
	if (target->dir ? out_dir_open(o, target, err) : out_git_open(o, target, err)) {
		out_close(o);
		return -1;
	}
	*out = o;
	return 0;
}

const struct source *out_previous(const struct out *o)
{
	return o->previous;
}

bool out_made_from(const struct out *o, const struct git_id *source)
{
	return o->repo && message_names(o->parent.message, source);
}

struct out_worker *out_worker_new(struct out *o)
{
	struct out_worker *w = NEW(o->arena, struct out_worker);

	*w = (struct out_worker){
		.out = o,
		.next = o->workers,
		.number = o->n_workers++,
		.scratch = arena_new(),
		.spool = o->repo ? spool_new(repo_objects(o->repo)) : NULL,
	};
	o->workers = w;
	return w;
}

void out_close(struct out *o)
{
	if (!o)
		return;
	for (struct out_worker *w = o->workers; w; w = w->next) {
		arena_free(w->scratch);
		buf_release(&w->lock);
		spool_free(w->spool);
	}
	source_close(o->previous);
	if (o->ops)
		o->ops->close(o);
	arena_free(o->arena);
}

static int by_name(const void *a, const void *b)
{
	const struct out_file *x = a, *y = b;

	return str_cmp(x->name, y->name);
}

/* Files that come in order are only read: others may look at them meanwhile. */
static void put_in_order(struct out_unit *u)
{
	for (size_t i = 1; i < u->n; i++)
		if (by_name(&u->files[i - 1], &u->files[i]) > 0) {
			qsort(u->files, u->n, sizeof(*u->files), by_name);
			return;
		}
}

/* Checks the names of the files, which are in order. 0, or -1. */
static int check_names(struct out_worker *w, const struct out_unit *u, struct err *err)
{
	for (size_t i = 0; i < u->n; i++) {
		struct str name = u->files[i].name;
		struct str path = arena_fmt(w->scratch, "%s/%s", u->path.p, name.p);

		if (out_path(path, true, err))
			return -1;
		if (str_find(name, '/') < name.n || str_is(name, LOCK_NAME))
			return err_kind_set(err, ERR_INPUT, "'%s' cannot be a file of a unit",
					    path.p);
		if (i && str_eq(name, u->files[i - 1].name))
			return err_kind_set(err, ERR_INPUT, "'%s' is written twice", path.p);
	}
	return 0;
}

/* Computes the lock and adds it to a copy of the files, in order. */
static struct out_unit with_lock(struct out_worker *w, const struct out_unit *u)
{
	struct out_unit full = *u;
	struct lock lock = { u->input, u->owner, u->exports,
			     NEW_ARRAY(w->scratch, u->n, struct lock_file), u->n };

	full.files = NEW_ARRAY(w->scratch, u->n + 1, struct out_file);
	for (size_t i = 0; i < u->n; i++) {
		full.files[i] = u->files[i];
		lock.files[i] = (struct lock_file){ u->files[i].name, u->files[i].id };
	}
	w->lock.n = 0;
	lock_print(&lock, &w->lock);
	full.files[full.n++] = (struct out_file){
		str_of(LOCK_NAME),
		buf_view(&w->lock),
		git_id_of("blob", buf_view(&w->lock)),
	};
	qsort(full.files, full.n, sizeof(*full.files), by_name);
	return full;
}

static struct git_id tree_of(struct out_worker *w, const struct out_unit *full)
{
	struct git_tree t = { NEW_ARRAY(w->scratch, full->n, struct git_entry), full->n };

	for (size_t i = 0; i < full->n; i++)
		t.entries[i] =
		    (struct git_entry){ full->files[i].name, GIT_FILE, full->files[i].id };
	return git_tree_hash(&t);
}

int out_put(struct out_worker *w, struct out_unit *u, const struct prev_unit *prev, struct err *err)
{
	arena_reset(w->scratch);
	if (out_path(u->path, false, err))
		return -1;
	put_in_order(u);
	if (check_names(w, u, err))
		return -1;
	if (u->exports.n > LOCK_EXPORTS)
		return err_kind_set(err, ERR_INPUT,
				    "'%s' exports %zu bytes of facts; at most %d are kept",
				    u->path.p, u->exports.n, LOCK_EXPORTS);
	for (size_t i = 0; i < u->n; i++)
		if (git_id_none(&u->files[i].id))
			u->files[i].id = git_id_of("blob", u->files[i].bytes);

	struct out_unit full = with_lock(w, u);
	struct git_id id = git_id_of("blob", buf_view(&w->lock));

	u->tree = full.tree = tree_of(w, &full);
	u->state = prev ? OUT_CHANGED : OUT_NEW;
	if (prev && !prev->incomplete && git_id_eq(&prev->id, &id))
		u->state = OUT_KEPT;
	if (u->state == OUT_KEPT)
		return 0;
	full.state = u->state;
	if (w->out->ops->put(w, &full, prev, err))
		return -1;
	u->worker = w;
	u->first = full.first;
	u->count = full.count;
	return 0;
}

/* Refuses when something that no lock owns stands where u is to change. The caller has reported
 * such things in full (prev_check); this holds whatever the caller did. 0, or -1. */
static int guard(struct out *o, const struct out_unit *u, struct arena *a, struct err *err)
{
	struct prev_unit unit;
	struct source_list list;
	int rc = source_list(o->previous, u->path, a, &list, err);

	if (rc < 0 && err->set == ERR_INPUT)
		return err_kind_set(err, ERR_REFUSED,
				    "'%s' is in the way: it is no directory of howdah", u->path.p);
	if (rc <= 0 || list.n == 0)
		return rc;
	rc = prev_read(o->previous, u->path, a, &unit, err);
	if (rc < 0)
		return -1;
	if (!rc)
		return err_kind_set(
		    err, ERR_REFUSED,
		    "'%s' has files but no howdah.lock: move them away; when only the "
		    "lock was lost, delete the directory to have it made anew",
		    u->path.p);
	for (size_t i = 0; i < list.n; i++) {
		struct str name = list.entries[i].name;

		if (!str_is(name, LOCK_NAME) && !lock_find(&unit.lock, name))
			return err_kind_set(err, ERR_REFUSED,
					    "'%s/%s' was not written by howdah: move it out of "
					    "this directory",
					    u->path.p, name.p);
	}
	return 0;
}

/* Checks the plan before anything is touched. 0, or -1. */
static int check_plan(struct out *o, const struct out_plan *plan, struct err *err)
{
	struct arena *a = arena_new();
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < plan->n; i++) {
		const struct out_unit *u = plan->units[i];

		rc = out_path(u->path, false, err);
		if (rc == 0 && u->state != OUT_KEPT)
			rc = guard(o, u, a, err);
		arena_reset(a);
	}
	for (size_t i = 0; rc == 0 && i < plan->n_loose; i++)
		rc = out_path(plan->loose[i].path, true, err);
	arena_free(a);
	return rc;
}

int out_publish(struct out *o, const struct out_plan *plan, struct out_result *result,
		struct err *err)
{
	*result = (struct out_result){ 0 };
	if (check_plan(o, plan, err))
		return -1;
	for (size_t i = 0; i < plan->n; i++) {
		result->added += plan->units[i]->state == OUT_NEW;
		result->changed += plan->units[i]->state == OUT_CHANGED;
		result->removed += plan->units[i]->state == OUT_REMOVED;
	}
	return o->ops->publish(o, plan, result, err);
}
