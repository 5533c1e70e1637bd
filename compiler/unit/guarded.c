/* SPDX-License-Identifier: Apache-2.0 */
/* guarded.c: pairs of old and new objects, for the guard. */
#include "unit/guarded.h"

#include "guard/inside.h"
#include "out/index.h"
#include "tree/yaml.h"
#include "unit/exports.h"
#include "unit/group.h"

/* The most bytes of a file of the previous output. */
enum { FILE_MOST = 1024 * 1024 };

struct guarded {
	struct run *run;
	struct arena *keep;
	struct change_table table;
	struct before_worker *before; /* or NULL */
};

/* A cluster under comparison. */
struct comparing {
	struct guarded *g;
	const struct guarded_cluster *c;
	struct guard_input in;
	struct guard_pair *pairs;
	size_t n, cap;
	struct buf unjudged;
	struct err *err;
};

struct guarded *guarded_new(struct run *r, struct arena *keep)
{
	struct guarded *g = NEW(keep, struct guarded);

	g->run = r;
	g->keep = keep;
	if (r->before)
		g->before = before_worker_new(r->before, keep);
	return g;
}

void guarded_free(struct guarded *g)
{
	if (g)
		before_worker_free(g->before);
}

static void add_pair(struct comparing *m, struct guard_pair pair)
{
	if (m->n == m->cap) {
		struct guard_pair *grown = NULL;

		m->cap = m->cap ? 2 * m->cap : 64;
		grown = NEW_ARRAY(m->c->scratch, m->cap, struct guard_pair);
		if (m->n)
			memcpy(grown, m->pairs, m->n * sizeof(*grown));
		m->pairs = grown;
	}
	m->pairs[m->n++] = pair;
}

static struct str file_path(const struct comparing *m, struct str unit, struct str file)
{
	return arena_fmt(m->c->scratch, "%s/%s", unit.p, file.p);
}

static const struct object *object_at(const struct compiled *made, struct str unit, struct str file)
{
	for (size_t i = 0; i < made->n; i++)
		if (str_eq(made->objects[i].file, file) && str_eq(made->objects[i].unit, unit))
			return &made->objects[i];
	return NULL;
}

/* The file of a unit that was just made. */
static const struct out_file *file_at(const struct rendered *r, struct str unit, struct str file)
{
	for (size_t i = 0; i < r->n; i++)
		for (size_t k = 0; str_eq(r->units[i].path, unit) && k < r->units[i].n; k++)
			if (str_eq(r->units[i].files[k].name, file))
				return &r->units[i].files[k];
	return NULL;
}

static bool is_kustomization(struct str file)
{
	return str_is(file, "kustomization.yaml");
}

/* Only files of these kinds hold fields that may not change, or tell of one that it may. */
static bool may_refuse(struct str file)
{
	static const char *const kinds[] = { "statefulset-",      "persistentvolumeclaim-",
					     "service-",          "secret-",
					     "rolebinding-",      "externalsecret-",
					     "postgresdatabase-", "pushsecret-" };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (str_starts(file, kinds[i]))
			return true;
	return false;
}

static void cannot(struct comparing *m, struct str path, const char *why)
{
	buf_fmt(&m->unjudged, "%s%s %s", m->unjudged.n ? "; " : "", path.p, why);
}

/* Reads an object of the previous output; NULL when it cannot be judged, or with err set. */
static const struct node *read_old(struct comparing *m, struct str path)
{
	struct err why = { 0 };
	const struct file *f =
	    source_read(m->g->run->previous, path, FILE_MOST, m->c->scratch, &why);
	const struct node *object = f ? inside_object(m->c->scratch, f) : NULL;

	if (!f && why.set && why.set != ERR_INPUT)
		*m->err = why;
	else if (!f)
		cannot(m, path, "is gone from the previous output");
	else if (!object || !node_at(object, "kind"))
		cannot(m, path, "of the previous output is no object");
	return object && node_at(object, "kind") ? object : NULL;
}

static bool is_record(const struct comparing *m, struct str unit, struct str file)
{
	return str_eq(unit, m->c->u->owner) && str_starts(file, "postgrescluster-");
}

/* The old record's spec, when it is one of ours. */
static void take_record(struct comparing *m, const struct node *record, struct str path)
{
	if (!str_is(node_text(record, "apiVersion"), "howdah.dev/v1alpha1"))
		cannot(m, path, "is of another version of howdah");
	else
		m->in.was.spec = node_at(record, "spec");
}

/* One file that the old lock lists. */
static void old_file(struct comparing *m, struct str unit, const struct lock_file *f)
{
	const struct out_file *now = file_at(m->c->rendered, unit, f->name);
	const struct object *object = object_at(m->c->made, unit, f->name);
	struct str path = file_path(m, unit, f->name);
	const struct node *was = NULL;
	bool record = is_record(m, unit, f->name);

	if (is_kustomization(f->name))
		return;
	if (now && git_id_eq(&now->id, &f->id)) {
		if (record)
			m->in.was.spec = m->in.is.spec;
		return;
	}
	if (m->in.refusals_only && !record && !may_refuse(f->name))
		return;
	was = read_old(m, path);
	if (was && record)
		take_record(m, was, path);
	if (was)
		add_pair(m, (struct guard_pair){ path, was, object ? object->node : NULL });
}

/* Files that the old lock does not list. */
static void new_files(struct comparing *m, struct str unit, const struct lock *old)
{
	for (size_t i = 0; i < m->c->made->n; i++) {
		const struct object *o = &m->c->made->objects[i];

		if (str_eq(o->unit, unit) && !lock_find(old, o->file) &&
		    !(m->in.refusals_only && !may_refuse(o->file)))
			add_pair(m,
				 (struct guard_pair){ file_path(m, unit, o->file), NULL, o->node });
	}
}

static void one_unit(struct comparing *m, struct str unit, const struct prev_unit *old)
{
	struct lock was = { 0 };

	if (old && old->damaged.n) {
		cannot(
		    m, arena_fmt(m->c->scratch, "%s/" LOCK_NAME, unit.p),
		    arena_fmt(m->c->scratch, "is not as howdah wrote it (%s)", old->damaged.p).p);
		return;
	}
	if (old && prev_list(m->g->run->previous, old, m->c->scratch, &was, m->err))
		return;
	for (size_t i = 0; i < was.n && !m->err->set; i++)
		old_file(m, unit, &was.files[i]);
	new_files(m, unit, &was);
	if (old && str_eq(unit, m->c->u->owner))
		m->in.was.exports = exports_read(m->c->scratch, old->lock.exports);
}

/* Directories of the cluster that are no longer made. */
static void gone_units(struct comparing *m)
{
	const struct run *r = m->g->run;
	size_t i = r->quick ? r->prev.n : owned_first(r, m->c->u->owner);

	for (; owned_is(r, i, m->c->u->owner); i++) {
		bool made = false;

		for (size_t k = 0; k < m->c->rendered->n; k++)
			made = made || str_eq(m->c->rendered->units[k].path, r->by_owner[i]->path);
		if (!made)
			one_unit(m, r->by_owner[i]->path, r->by_owner[i]);
	}
}

/* The index of the namespace knows the cluster. */
static bool is_listed(const struct comparing *m)
{
	struct str owner = m->c->u->owner, group = group_of(m->c->scratch, owner);
	struct err none = { 0 };
	struct index_group index = { 0 };
	const struct file *f =
	    source_read(m->g->run->previous, arena_fmt(m->c->scratch, "%s/" INDEX_NAME, group.p),
			INDEX_SIZE, m->c->scratch, &none);

	if (!f || index_group_read(m->c->scratch, f->text, &index, &none))
		return false;
	for (size_t i = 0; i < index.n; i++)
		if (str_eq(index.units[i].name, str_cut(owner, group.n + 1, owner.n)))
			return true;
	return false;
}

/* A cluster without a lock is new, unless something says that it was there. */
static void look_for_lost(struct comparing *m)
{
	struct str owner = m->c->u->owner;
	struct source_list list = { 0 };
	struct err none = { 0 };

	if (source_list(m->g->run->previous, owner, m->c->scratch, &list, &none) > 0 && list.n)
		cannot(
		    m, owner,
		    "has files but no howdah.lock: the lock was lost, or howdah did not make them");
	else if (is_listed(m))
		cannot(m, owner, "is gone from the previous output, whose " INDEX_NAME " lists it");
}

/* Against the previous output; *stood: there is some. */
static void against_output(struct comparing *m, bool *stood)
{
	const struct run *r = m->g->run;

	for (size_t i = 0; i < m->c->rendered->n && !m->err->set; i++) {
		struct str unit = m->c->rendered->units[i].path;
		struct prev_unit room;
		const struct prev_unit *old = NULL;

		if (!r->quick)
			old = prev_find(&r->prev, unit);
		else if (prev_read(r->previous, unit, m->c->scratch, &room, m->err) > 0)
			old = &room;
		*stood = *stood || (old && str_eq(unit, m->c->u->owner));
		one_unit(m, unit, old);
	}
	if (!*stood && !m->err->set)
		look_for_lost(m);
	gone_units(m);
}

/* Against the old input. */
static void against_input(struct comparing *m, bool *stood)
{
	const struct unit_result *old = before_find(m->g->run->before, m->c->u->owner);
	struct compiled was;
	struct str why;

	*stood = old != NULL;
	if (!old) {
		new_files(m, m->c->u->owner, &(struct lock){ 0 });
		return;
	}
	if (!before_compile(m->g->before, old, m->c->scratch, &was, &why)) {
		cannot(m, old->intent->file->name, why.p);
		return;
	}
	m->in.was.spec = was.resolved.spec;
	m->in.was.exports = exports_read(
	    m->c->scratch, exports_text(m->c->scratch, diags_new(m->c->scratch), &was));
	for (size_t i = 0; i < was.n; i++) {
		const struct object *o = &was.objects[i],
				    *now = object_at(m->c->made, o->unit, o->file);

		if (!now || !node_eq(o->node, now->node))
			add_pair(m, (struct guard_pair){ file_path(m, o->unit, o->file), o->node,
							 now ? now->node : NULL });
	}
	for (size_t i = 0; i < m->c->made->n; i++) {
		const struct object *o = &m->c->made->objects[i];

		if (!object_at(&was, o->unit, o->file))
			add_pair(m, (struct guard_pair){ file_path(m, o->unit, o->file), NULL,
							 o->node });
	}
}

/* Restores of other clusters that read this one's backups up to a time. */
static void restores(struct comparing *m)
{
	const struct intents *all = &m->g->run->intents;
	struct guard_restore *list = NEW_ARRAY(m->c->scratch, all->n + 1, struct guard_restore);

	for (size_t i = 0; i < all->n; i++) {
		const struct intent *one = &all->list[i];
		const struct node *doc = NULL;
		struct str time;

		if (one->source != m->c->u->intent || one->follows)
			continue;
		doc = yaml_read(m->c->scratch, diags_new(m->c->scratch), one->file, &YAML_INTENT);
		time = node_text(node_at(node_at(doc, "spec"), "restore"), "time");
		list[m->in.n_restores++] = (struct guard_restore){ one->file->name, time };
	}
	m->in.restores = list;
}

static bool expands(const struct comparing *m)
{
	const struct node *classes = node_at(m->c->made->resolved.place.dest, "storageClasses");
	struct str class = node_text(node_at(m->c->made->resolved.spec, "storage"), "class");

	return node_flag(node_get(classes, class), "expansion", false);
}

/* The intent as the previous output, or the old input, has it; NULL when that is not at hand. */
static const struct node *old_intent(const struct comparing *m)
{
	const struct run *r = m->g->run;
	const struct unit_result *before =
	    r->before && r->before->sides ? before_find(r->before, m->c->u->owner) : NULL;
	const struct file *f = before ? before->intent->file : NULL;
	struct err none = { 0 };

	if (!before && r->origin)
		f = source_read(r->origin, m->c->u->intent->file->name, FILE_MOST, m->c->scratch,
				&none);
	return f ? yaml_read(m->c->scratch, diags_new(m->c->scratch), f, &YAML_INTENT) : NULL;
}

static void begin(struct comparing *m)
{
	const struct run *r = m->g->run;
	bool whole = r->options->verdicts;

	if (!m->g->table.n)
		m->g->table =
		    change_table_read(m->g->keep, node_at(r->world->contracts, "changes"));
	m->in = (struct guard_input){
		.arena = m->c->scratch,
		.world = r->world,
		.table = &m->g->table,
		.owner = m->c->u->owner,
		.intent = m->c->u->intent->file,
		.is = { .spec = m->c->made->resolved.spec },
		.as_of = r->as_of,
		.expands = expands(m),
		.refusals_only = !whole,
	};
	m->in.is.exports = exports_read(m->c->scratch, m->c->u->exports);
	m->in.old_world = r->before ? r->before->run.world : NULL;
	m->in.exact = r->before || r->quick; /* the quick way stays in one world */
	if (r->before)
		m->in.lines = r->before->lines;
	m->in.rival = m->c->made->resolved.rival;
	m->in.was.doc = whole ? old_intent(m) : NULL;
	restores(m);
}

/* What was refused is not published: what stood before holds on. */
static void refuse(struct comparing *m, const struct verdict *v)
{
	struct unit_result *u = m->c->u;
	const struct prev_unit *old = prev_find(&m->g->run->prev, u->owner);

	guard_report(u->diags, v);
	u->refused = true;
	u->made = (struct rendered){ 0 };
	u->exports = old && !old->damaged.n ? old->lock.exports : str_of("");
}

/* Said, since what cannot be judged is not the same as what did not change. */
static void tell_unjudged(struct comparing *m, struct verdict *v)
{
	if (!m->unjudged.n)
		return;
	v->unjudged = arena_str(m->in.arena, buf_view(&m->unjudged));
	diag_warn(m->c->u->diags, MSG_guard_blind, (struct pos){ m->c->u->intent->file, 1, 1 },
		  "the change of this cluster is judged in part only: %s", v->unjudged.p);
}

/* Of a cluster that does not stand: a new one, unless it was lost. */
static struct verdict *judge_absent(struct comparing *m)
{
	struct verdict *v = guard_new(&m->in);

	if (m->unjudged.n) {
		v->is_new = false;
		v->exposure = NULL;
	}
	return v;
}

int guarded_judge(struct guarded *g, const struct guarded_cluster *c, struct err *err)
{
	struct comparing m = { .g = g, .c = c, .err = err };
	struct verdict *v = NULL;
	bool stood = false;

	if (!g->run->previous && !g->run->before && !c->made->resolved.rival)
		return 0;
	begin(&m);
	if (g->run->before && g->run->before->sides)
		against_input(&m, &stood);
	else if (g->run->previous)
		against_output(&m, &stood);
	m.in.pairs = m.pairs;
	m.in.n = m.n;
	if (!err->set && (stood || m.in.rival || m.unjudged.n || g->run->options->verdicts)) {
		v = stood ? guard_judge(&m.in) : judge_absent(&m);
		tell_unjudged(&m, v);
		if (v->refusals)
			refuse(&m, v);
		if (g->run->options->verdicts)
			c->u->verdict = verdict_copy(g->keep, v);
	}
	buf_release(&m.unjudged);
	return err->set ? -1 : 0;
}
