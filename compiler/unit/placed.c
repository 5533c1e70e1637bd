/* SPDX-License-Identifier: Apache-2.0 */
/* placed.c: definitions, namespaces, quotas and what syncs it all, before and now. */
#include "unit/placed.h"

#include <stdlib.h>

#include "guard/inside.h"
#include "tree/map.h"
#include "tree/print.h"
#include "tree/yaml.h"
#include "unit/exports.h"
#include "unit/surround.h"
#include "unit/worker.h"

/* The most bytes of a file of the previous output. */
enum { FILE_MOST = 4 * 1024 * 1024 };

/* A destination under comparison. */
struct placing {
	struct run *run;
	struct arena *arena; /* of the objects: it goes when the verdict is copied */
	struct str name;
	struct str sample;     /* the cluster whose sync stands for all, or empty */
	struct around was, is; /* sorted; was only where inputs are compared */
	struct guard_pair *pairs;
	size_t n, cap;
	struct buf unjudged;
	struct err *err;
};

static bool by_input(const struct run *r)
{
	return r->before && r->before->sides;
}

static void add_pair(struct placing *p, struct guard_pair pair)
{
	if (p->n == p->cap) {
		struct guard_pair *grown = NULL;

		p->cap = p->cap ? 2 * p->cap : 64;
		grown = NEW_ARRAY(p->arena, p->cap, struct guard_pair);
		if (p->n)
			memcpy(grown, p->pairs, p->n * sizeof(*grown));
		p->pairs = grown;
	}
	p->pairs[p->n++] = pair;
}

static int by_file(const void *a, const void *b)
{
	const struct object *x = a, *y = b;
	int c = str_cmp(x->unit, y->unit);

	return c ? c : str_cmp(x->file, y->file);
}

static const struct node *find(const struct around *l, struct str unit, struct str file)
{
	const struct object key = { NULL, unit, file };
	const struct object *found =
	    l->n ? bsearch(&key, l->objects, l->n, sizeof(key), by_file) : NULL;

	return found ? found->node : NULL;
}

/* What a destination must know of a cluster that was not compiled: its intent says it. */
static struct str said_by(struct arena *a, const struct intent *i)
{
	const struct node *doc = i->file ? yaml_read(a, diags_new(a), i->file, &YAML_INTENT) : NULL;
	const struct node *spec = node_at(doc, "spec");
	struct str step = node_text(node_at(spec, "retire"), "step");

	return arena_fmt(a, "%s%s%steam: %s\n", step.n ? "retire: " : "", step.p,
			 step.n ? "\n" : "", node_text(spec, "team").p);
}

/* The clusters of r, each with the facts that its destination reads. */
static struct unit_result **standing(struct placing *p, struct run *r, size_t *n)
{
	struct unit_result **all = standing_results(r, n);

	for (size_t i = 0; i < *n; i++) {
		struct unit_result *u = NULL;

		if (all[i]->exports.n)
			continue;
		u = NEW(p->arena, struct unit_result);
		*u = (struct unit_result){ .intent = all[i]->intent, .owner = all[i]->owner };
		u->exports = said_by(p->arena, u->intent);
		all[i] = u;
	}
	return all;
}

static const struct node *destination(const struct run *r, struct str name)
{
	return node_get(node_at(r->world->platform, "destinations"), name);
}

/* The destination of "environment/...". */
static struct str home_of(const struct run *r, struct str owner)
{
	const struct node *environments = node_at(r->world->platform, "environments");

	return node_text(node_get(environments, str_cut(owner, 0, str_find(owner, '/'))),
			 "destination");
}

static bool stood(const struct run *r, struct str owner)
{
	return by_input(r) ? before_find(r->before, owner) != NULL
			   : prev_find(&r->prev, owner) != NULL;
}

/* A cluster that has output on both sides. */
static struct str sample_of(const struct placing *p)
{
	const struct run *r = p->run;

	for (size_t i = 0; i < r->n; i++) {
		struct str owner = r->results[i].owner;

		if (str_eq(home_of(r, owner), p->name) && stood(r, owner))
			return owner;
	}
	return str_of("");
}

/* The objects of one side. */
static void make(struct placing *p, struct run *r, struct around *out)
{
	const struct node *d = destination(r, p->name);
	struct surround_frame frame = { .arena = p->arena, .sample = p->sample };

	if (!d)
		return;
	if (!r->n_workers)
		workers_alone(r);
	frame.standing = standing(p, r, &frame.n);
	(void)surround_framed(r, d, &frame, out);
	if (out->n)
		qsort(out->objects, out->n, sizeof(*out->objects), by_file);
}

static struct str file_path(const struct placing *p, struct str unit, struct str file)
{
	return arena_fmt(p->arena, "%s/%s", unit.p, file.p);
}

static void cannot(struct placing *p, struct str path, const char *why)
{
	buf_fmt(&p->unjudged, "%s%s %s", p->unjudged.n ? "; " : "", path.p, why);
}

/* An object of the previous output; NULL when it cannot be judged, or with err set. */
static const struct node *read_old(struct placing *p, struct str path)
{
	struct err why = { 0 };
	const struct file *f = source_read(p->run->previous, path, FILE_MOST, p->arena, &why);
	const struct node *object = f ? inside_object(p->arena, f) : NULL;

	if (!f && why.set && why.set != ERR_INPUT)
		*p->err = why;
	else if (!f)
		cannot(p, path, "is gone from the previous output");
	else if (!node_at(object, "kind"))
		cannot(p, path, "of the previous output is no object");
	return node_at(object, "kind") ? object : NULL;
}

static bool same_bytes(const struct node *object, const struct git_id *id)
{
	struct buf out = { 0 };
	struct git_id now;

	print_yaml(&out, object);
	now = git_id_of("blob", buf_view(&out));
	buf_release(&out);
	return git_id_eq(&now, id);
}

/* A cluster that lost its intent keeps its output, and so what is around it, unless it retired. */
static bool keeps_place(const struct placing *p, struct str owner, struct str retired)
{
	return !result_of(p->run, owner) && str_eq(home_of(p->run, owner), p->name) &&
	       !str_is(retired, "stopped");
}

static struct str namespace_of(struct str owner)
{
	struct str rest = str_cut(owner, str_find(owner, '/') + 1, owner.n);

	return str_cut(rest, 0, str_find(rest, '/'));
}

/* The object of a namespace that is no longer made stays for the sake of such a cluster. */
static bool is_kept(const struct placing *p, const struct node *object)
{
	const struct node *meta = node_at(object, "metadata");
	struct str namespace =
	    node_text(meta, str_is(node_text(object, "kind"), "Namespace") ? "name" : "namespace");
	const struct run *r = p->run, *b = by_input(r) ? &r->before->run : NULL;

	for (size_t i = 0; b && i < b->n; i++) {
		const struct unit_result *u = &b->results[i];

		if (str_eq(namespace_of(u->owner), namespace) &&
		    keeps_place(p, u->owner, exports_field(said_by(p->arena, u->intent), "retire")))
			return true;
	}
	for (size_t i = 0; i < r->prev.n; i++) {
		const struct prev_unit *u = &r->prev.units[i];

		if (!u->damaged.n && str_eq(u->path, u->lock.owner) &&
		    str_eq(namespace_of(u->path), namespace) &&
		    keeps_place(p, u->path, exports_field(u->lock.exports, "retire")))
			return true;
	}
	return false;
}

/* Objects that sync one cluster come and go with it, and its verdict tells that. */
static bool is_of_cluster(const struct placing *p, struct str unit, struct str file)
{
	struct str own = arena_fmt(p->arena, "-howdah-%s-platform.yaml", p->name.p);

	return str_ends(unit, "/sync") && !str_ends(file, own.p) &&
	       (str_starts(file, "application-") || str_starts(file, "kustomization-"));
}

/* One file of a unit that the previous output lists. */
static void old_file(struct placing *p, struct str unit, const struct lock_file *f)
{
	const struct node *now = find(&p->is, unit, f->name), *was = NULL;

	if (str_is(f->name, "kustomization.yaml") || (now && same_bytes(now, &f->id)) ||
	    (!now && is_of_cluster(p, unit, f->name)))
		return;
	was = read_old(p, file_path(p, unit, f->name));
	if (!now && is_kept(p, was))
		return;
	if (was || now) /* one that is gone is made anew: that can be judged */
		add_pair(p, (struct guard_pair){ file_path(p, unit, f->name), was, now });
}

/* A directory of the destination in the previous output; false when there is none. */
static bool old_unit(struct placing *p, const char *part)
{
	struct str path = arena_fmt(p->arena, "destinations/%s/%s", p->name.p, part);
	const struct prev_unit *old = prev_find(&p->run->prev, path);
	struct lock was = { 0 };

	if (old && old->damaged.n)
		cannot(p, file_path(p, path, str_of(LOCK_NAME)), "is not as howdah wrote it");
	if (old && prev_list(p->run->previous, old, p->arena, &was, p->err))
		return true;
	for (size_t i = 0; i < was.n && !p->err->set; i++)
		old_file(p, path, &was.files[i]);
	for (size_t i = 0; i < p->is.n && !(old && old->damaged.n); i++) {
		const struct object *o = &p->is.objects[i];

		if (str_eq(o->unit, path) && !lock_find(&was, o->file))
			add_pair(p,
				 (struct guard_pair){ file_path(p, path, o->file), NULL, o->node });
	}
	return old != NULL;
}

static bool against_output(struct placing *p)
{
	bool platform = old_unit(p, "platform"), sync = old_unit(p, "sync");

	if (!platform && !sync && p->sample.n)
		cannot(p, arena_fmt(p->arena, "destinations/%s", p->name.p),
		       "is gone from the previous output");
	return platform || sync || p->sample.n;
}

static bool against_input(struct placing *p)
{
	make(p, &p->run->before->run, &p->was);
	for (size_t i = 0; i < p->was.n; i++) {
		const struct object *o = &p->was.objects[i];
		const struct node *now = find(&p->is, o->unit, o->file);

		if (!now && is_kept(p, o->node))
			continue;
		if (!now || !node_eq(o->node, now))
			add_pair(
			    p, (struct guard_pair){ file_path(p, o->unit, o->file), o->node, now });
	}
	for (size_t i = 0; i < p->is.n; i++) {
		const struct object *o = &p->is.objects[i];

		if (!find(&p->was, o->unit, o->file))
			add_pair(p, (struct guard_pair){ file_path(p, o->unit, o->file), NULL,
							 o->node });
	}
	return destination(&p->run->before->run, p->name) != NULL;
}

/* "environment/NAMESPACE/..." of an environment of this destination. */
static bool is_in(const struct placing *p, struct str owner, struct str namespace)
{
	return str_eq(namespace_of(owner), namespace) && str_eq(home_of(p->run, owner), p->name);
}

static struct amount runs_by_output(const struct placing *p, struct str namespace)
{
	struct amount sum = { 0 };

	for (size_t i = 0; i < p->run->prev.n; i++) {
		const struct prev_unit *u = &p->run->prev.units[i];

		if (!u->damaged.n && str_eq(u->path, u->lock.owner) && is_in(p, u->path, namespace))
			sum = amount_sum(
			    sum, exports_amount(exports_read(p->arena, u->lock.exports), "most"));
	}
	return sum;
}

static struct amount runs_by_input(struct placing *p, struct str namespace)
{
	const struct before *b = p->run->before;
	struct before_worker *w = before_worker_new(b, p->arena);
	struct arena *scratch = arena_new();
	struct amount sum = { 0 };

	for (size_t i = 0; i < b->run.n; i++) {
		const struct unit_result *u = &b->run.results[i];
		struct compiled made;
		struct str why;

		if (!is_in(p, u->owner, namespace))
			continue;
		if (before_compile(w, u, scratch, &made, &why))
			sum = amount_sum(sum, totals_of(&made).most);
		else
			cannot(p, u->intent->file->name, why.p);
		arena_reset(scratch);
	}
	arena_free(scratch);
	before_worker_free(w);
	return sum;
}

/* What runs in the namespaces whose quota is another one, by namespace. */
static const struct node *runs(struct placing *p)
{
	struct map all = { .arena = p->arena };

	for (size_t i = 0; i < p->n; i++) {
		const struct node *quota = p->pairs[i].is;
		struct str namespace = node_text(node_at(quota, "metadata"), "namespace");
		struct map one = { .arena = p->arena };
		struct amount sum;

		if (!quota || !str_is(node_text(quota, "kind"), "ResourceQuota"))
			continue;
		sum = by_input(p->run) ? runs_by_input(p, namespace) : runs_by_output(p, namespace);
		map_int(&one, "claims", sum.claims);
		map_int(&one, "cpu", sum.cpu);
		map_int(&one, "memory", sum.memory);
		map_int(&one, "pods", sum.pods);
		map_int(&one, "storage", sum.storage);
		map_node(&all, namespace.p, map_done(&one));
	}
	return map_done(&all);
}

static struct verdict *judge(struct placing *p, bool was_there)
{
	struct run *r = p->run;
	struct change_table table =
	    change_table_read(p->arena, node_at(r->world->contracts, "changes"));
	struct guard_input in = { .arena = p->arena,
				  .world = r->world,
				  .table = &table,
				  .owner = arena_fmt(p->arena, "destinations/%s", p->name.p),
				  .pairs = p->pairs,
				  .n = p->n,
				  .place = true,
				  .runs = runs(p),
				  .exact = r->before != NULL };
	struct verdict *v = NULL;

	if (r->before)
		in.lines = r->before->lines;
	v = was_there ? guard_judge(&in) : guard_new(&in);
	v->is_gone = !destination(r, p->name);
	v->unjudged = arena_str(p->arena, buf_view(&p->unjudged));
	if (v->unjudged.n)
		diag_warn(r->diags, MSG_guard_blind, r->world->platform->pos,
			  "the change of %s is judged in part only: %s", v->owner.p, v->unjudged.p);
	return verdict_copy(r->arena, v);
}

struct verdict *placed_judge(struct run *r, struct str name, struct err *err)
{
	struct placing p = { .run = r, .arena = arena_new(), .name = name, .err = err };
	struct verdict *v = NULL;
	bool was_there = false;

	p.sample = sample_of(&p);
	make(&p, r, &p.is);
	was_there = by_input(r) ? against_input(&p) : against_output(&p);
	if (!err->set && (p.n || p.unjudged.n))
		v = judge(&p, was_there);
	buf_release(&p.unjudged);
	arena_free(p.arena);
	return v && (v->n_causes || v->refusals || v->unjudged.n || v->is_new) ? v : NULL;
}

/* Files whose change, or end, may be refused. */
static bool is_weighty(struct str file)
{
	return str_starts(file, "customresourcedefinition-") || str_starts(file, "resourcequota-");
}

static const struct out_file *made_file(const struct out_unit *u, struct str name)
{
	for (size_t i = 0; i < u->n; i++)
		if (str_eq(u->files[i].name, name))
			return &u->files[i];
	return NULL;
}

static bool is_changed(const struct out_file *f, const struct lock_file *old)
{
	struct git_id id = git_id_of("blob", f->bytes);

	return !old || !git_id_eq(&id, &old->id);
}

/* A weighty file of u is another one than in old, or one of old's is gone. */
static bool weighs(const struct out_unit *u, const struct lock *old)
{
	for (size_t i = 0; i < u->n; i++)
		if (is_weighty(u->files[i].name) &&
		    is_changed(&u->files[i], lock_find(old, u->files[i].name)))
			return true;
	for (size_t i = 0; i < old->n; i++)
		if (is_weighty(old->files[i].name) && !made_file(u, old->files[i].name))
			return true;
	return false;
}

int placed_may_refuse(const struct run *r, const struct rendered *made, struct arena *a,
		      struct err *err)
{
	for (size_t i = 0; i < made->n; i++) {
		const struct prev_unit *old = prev_find(&r->prev, made->units[i].path);
		struct lock was = { 0 };

		if (old && prev_list(r->previous, old, a, &was, err))
			return -1;
		if ((!old && r->prev.n) ||
		    (old && !old->damaged.n && weighs(&made->units[i], &was)))
			return 1;
	}
	return 0;
}
