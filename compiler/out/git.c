/* SPDX-License-Identifier: Apache-2.0 */
/*
 * git.c: output as a commit on a branch. Workers deflate what the branch does not have; the join
 * grafts it onto the old tree, writes a pack (of very many objects: several), and moves the branch
 * in one step.
 */
#include <stdlib.h>

#include "git/tree.h"
#include "out/emit.h"
#include "out/graft.h"
#include "out/message.h"

/* Names and ids of what stands at the unit's path already: their objects are in the repository. */
static int standing(struct out_worker *w, const struct out_unit *u, const struct prev_unit *prev,
		    struct source_list *list, struct err *err)
{
	*list = (struct source_list){ 0 };
	if (!prev)
		return 0;
	return source_list(w->out->previous, u->path, w->scratch, list, err) < 0 ? -1 : 0;
}

static bool stands(const struct source_list *list, const struct git_id *id)
{
	for (size_t i = 0; i < list->n; i++)
		if (git_id_eq(&list->entries[i].id, id))
			return true;
	return false;
}

static int put_tree(struct out_worker *w, const struct out_unit *u, struct err *err)
{
	struct git_tree t = { NEW_ARRAY(w->scratch, u->n, struct git_entry), u->n };
	struct buf b = { 0 };

	for (size_t i = 0; i < u->n; i++)
		t.entries[i] = (struct git_entry){ u->files[i].name, GIT_FILE, u->files[i].id };
	git_tree_write(&t, &b);

	int rc = spool_put(w->spool, GIT_TYPE_TREE, &u->tree, buf_view(&b), err);

	buf_release(&b);
	return rc;
}

static int git_put(struct out_worker *w, struct out_unit *u, const struct prev_unit *prev,
		   struct err *err)
{
	struct source_list list;
	size_t end;

	(void)spool_objects(w->spool, &u->first);
	if (standing(w, u, prev, &list, err))
		return -1;
	for (size_t i = 0; i < u->n; i++)
		if (!stands(&list, &u->files[i].id) &&
		    spool_put(w->spool, GIT_TYPE_BLOB, &u->files[i].id, u->files[i].bytes, err))
			return -1;
	if (put_tree(w, u, err))
		return -1;
	(void)spool_objects(w->spool, &end);
	u->count = end - u->first;
	return 0;
}

/* An object of a spool. */
struct ref {
	uint32_t part, number;
};

/* Objects on their way into one pack. */
struct gather {
	struct out *out;
	struct arena *arena;
	struct spool **spools; /* of the workers by number, then the join's own */
	struct ref *refs;
	size_t n;
	size_t from;     /* where the pack under work begins */
	uint32_t *slots; /* hash table of indexes + 1 into refs */
	size_t mask;
};

/* Objects in a pack: libgit2 keeps some 200 bytes of each until its index is written. */
enum { PACK_MOST = 96 * 1024 };

static const struct git_object *object_at(void *context, size_t i)
{
	const struct gather *g = context;
	size_t n;

	return &spool_objects(g->spools[g->refs[i].part], &n)[g->refs[i].number];
}

static const struct git_object *packed_at(void *context, size_t i)
{
	return object_at(context, ((const struct gather *)context)->from + i);
}

static int read_object(void *context, size_t i, struct buf *out, struct err *err)
{
	const struct gather *g = context;

	return spool_get(g->spools[g->refs[g->from + i].part], packed_at(context, i), out, err);
}

/* Adds objects [first, first + count) of a spool that are not there yet. */
static void add(struct gather *g, size_t part, size_t first, size_t count)
{
	size_t all;
	const struct git_object *o = spool_objects(g->spools[part], &all);

	for (size_t i = first; i < first + count; i++) {
		uint64_t h;

		memcpy(&h, o[i].id.b, sizeof(h));
		while (g->slots[h & g->mask] &&
		       !git_id_eq(&object_at(g, g->slots[h & g->mask] - 1)->id, &o[i].id))
			h++;
		if (g->slots[h & g->mask])
			continue;
		g->refs[g->n] = (struct ref){ (uint32_t)part, (uint32_t)i };
		g->slots[h & g->mask] = (uint32_t)++g->n;
	}
}

static bool written(const struct out_unit *u)
{
	return u->state == OUT_NEW || u->state == OUT_CHANGED;
}

/* The objects in their order, so many in each pack. 0, or -1. */
static int write_packs(struct gather *g, struct err *err)
{
	for (g->from = 0; g->from < g->n; g->from += PACK_MOST) {
		size_t left = g->n - g->from;
		struct git_pack pack = { left < PACK_MOST ? left : PACK_MOST, packed_at,
					 read_object, g };

		if (repo_pack(g->out->repo, &pack, err))
			return -1;
	}
	return 0;
}

/* Writes units in input order, then trees above them, then the commit. 0, or -1. */
static int write_objects(struct gather *g, const struct out_plan *plan, struct err *err)
{
	size_t own = g->out->n_workers;
	size_t most, slots = 64;

	(void)spool_objects(g->spools[own], &most);
	for (size_t i = 0; i < plan->n; i++)
		most += written(plan->units[i]) ? plan->units[i]->count : 0;
	while (slots < 2 * most)
		slots *= 2;
	g->refs = NEW_ARRAY(g->arena, most, struct ref);
	g->slots = NEW_ARRAY(g->arena, slots, uint32_t);
	g->mask = slots - 1;
	for (size_t i = 0; i < plan->n; i++)
		if (written(plan->units[i]))
			add(g, plan->units[i]->worker->number, plan->units[i]->first,
			    plan->units[i]->count);

	size_t last;

	(void)spool_objects(g->spools[own], &last);
	add(g, own, 0, last);

	return write_packs(g, err);
}

static struct str in_prefix(struct gather *g, struct str path)
{
	return arena_fmt(g->arena, "%s%s%s", g->out->prefix, *g->out->prefix ? "/" : "", path.p);
}

/* The loose file is in the old output with these bytes, or is gone already. 1, 0, -1. */
static int loose_stands(const struct out *o, const struct out_loose *l, const struct git_id *id,
			struct err *err)
{
	struct git_id old;
	int there = source_id(o->previous, l->path, &old, err);

	return there <= 0 ? (there < 0 ? -1 : l->gone) : !l->gone && git_id_eq(&old, id);
}

/* Adds the loose files that change to *to. 0, or -1. */
static int graft_loose(struct gather *g, const struct out_plan *plan, struct graft **to,
		       struct err *err)
{
	for (size_t i = 0; i < plan->n_loose; i++) {
		const struct out_loose *l = &plan->loose[i];
		struct git_id id = l->gone ? (struct git_id){ 0 } : git_id_of("blob", l->bytes);
		int stands_there = loose_stands(g->out, l, &id, err);

		if (stands_there < 0)
			return -1;
		if (stands_there)
			continue;
		*(*to)++ = (struct graft){ in_prefix(g, l->path), true, id };
		if (!l->gone &&
		    spool_put(g->spools[g->out->n_workers], GIT_TYPE_BLOB, &id, l->bytes, err))
			return -1;
	}
	return 0;
}

/* What the plan changes in the tree. 0, or -1. */
static int grafts_of(struct gather *g, const struct out_plan *plan, struct graft **out, size_t *n,
		     struct err *err)
{
	struct graft *to = *out = NEW_ARRAY(g->arena, plan->n + plan->n_loose, struct graft);

	for (size_t i = 0; i < plan->n; i++) {
		const struct out_unit *u = plan->units[i];

		if (u->state == OUT_KEPT)
			continue;
		*to = (struct graft){ .path = in_prefix(g, u->path) };
		if (written(u))
			to->id = u->tree;
		to++;
	}
	if (graft_loose(g, plan, &to, err))
		return -1;
	*n = (size_t)(to - *out);
	return 0;
}

/* The root tree after the plan; an empty one is written too. 0, or -1. */
static int new_root(struct gather *g, const struct out_plan *plan, struct git_id *root,
		    struct err *err)
{
	struct out *o = g->out;
	struct graft_base base = { o->repo, o->parent.tree, g->spools[o->n_workers], g->arena };
	struct graft *grafts;
	size_t n;

	if (grafts_of(g, plan, &grafts, &n, err) || graft_all(&base, grafts, n, root, err))
		return -1;
	if (!git_id_none(root) || git_id_none(&o->parent.tree))
		return 0;
	*root = git_id_of("tree", str_of(""));
	return spool_put(base.spool, GIT_TYPE_TREE, root, str_of(""), err);
}

/* Grafts, commits, writes the pack, moves the branch. 0, or -1. */
static int publish(struct gather *g, const struct out_plan *plan, struct out_result *result,
		   struct err *err)
{
	struct out *o = g->out;
	struct buf text = { 0 };
	struct git_id root, commit;

	if (new_root(g, plan, &root, err))
		return -1;
	result->commit = o->tip;
	result->nothing = git_id_eq(&root, &o->parent.tree);
	if (result->nothing)
		return 0;
	message_commit(&text, &root, &o->tip, plan->source);
	commit = git_id_of("commit", buf_view(&text));

	int rc = spool_put(g->spools[o->n_workers], GIT_TYPE_COMMIT, &commit, buf_view(&text), err);

	buf_release(&text);
	if (rc || write_objects(g, plan, err) ||
	    repo_move(o->repo, o->branch, &o->tip, &commit, err))
		return -1;
	result->commit = commit;
	return 0;
}

static int git_publish(struct out *o, const struct out_plan *plan, struct out_result *result,
		       struct err *err)
{
	struct arena *a = arena_new();
	struct gather g = { .out = o, .arena = a };

	g.spools = NEW_ARRAY(a, o->n_workers + 1, struct spool *);
	for (struct out_worker *w = o->workers; w; w = w->next)
		g.spools[w->number] = w->spool;
	g.spools[o->n_workers] = spool_new(repo_objects(o->repo));

	int rc = publish(&g, plan, result, err);

	spool_free(g.spools[o->n_workers]);
	arena_free(a);
	return rc;
}

static void git_close(struct out *o)
{
	repo_close(o->repo);
}

static const struct out_ops git_ops = { git_put, git_publish, git_close };

/* The folder that is ours, without a '/' at its end. 0, or -1. */
static int set_prefix(struct out *o, const char *prefix, struct err *err)
{
	struct str p = str_of(prefix ? prefix : "");

	while (p.n && p.p[p.n - 1] == '/')
		p.n--;
	o->prefix = arena_str(o->arena, p).p;
	if (!p.n || out_path(p, false, err) == 0)
		return 0;
	err->set = ERR_USAGE;
	return -1;
}

/* Finds the branch's commit, refusing one that a work tree shows. 0, or -1. */
static int set_branch(struct out *o, const char *branch, struct err *err)
{
	struct str where;

	o->branch = arena_str(o->arena, str_of(branch)).p;
	if (repo_branch_name(branch, err))
		return -1;

	int shown = repo_checked_out(o->repo, branch, o->arena, &where, err);

	if (shown > 0)
		return err_set(
		    err,
		    "branch '%s' of repository '%s' is checked out (%s): its files would "
		    "no longer fit; use another branch or a bare repository",
		    branch, repo_path(o->repo), where.p);

	int there = shown < 0 ? -1 : repo_tip(o->repo, branch, &o->tip, err);

	return there <= 0 ? there : repo_commit(o->repo, &o->tip, o->arena, &o->parent, err);
}

int out_git_open(struct out *o, const struct out_target *target, struct err *err)
{
	if (repo_open(&o->repo, target->repo, err))
		return -1;
	o->ops = &git_ops;
	if (set_prefix(o, target->prefix, err) || set_branch(o, target->branch, err))
		return -1;

	struct source_tree tree = { o->repo, o->parent.tree, str_of(o->prefix) };

	return source_open_tree(o->arena, &tree, &o->previous, err);
}
