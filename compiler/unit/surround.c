/* SPDX-License-Identifier: Apache-2.0 */
/* surround.c: destinations from the lists of their clusters and namespaces. */
#include "unit/surround.h"

#include "base/digest.h"
#include "expand/expand.h"
#include "guard/admission.h"
#include "link/place.h"
#include "schema/export.h"
#include "tree/map.h"
#include "unit/placed.h"

/* A destination under work. */
struct place_work {
	struct run *run;
	struct arena *arena;           /* its own: it goes when its files are spooled */
	struct unit_result **standing; /* all clusters, in order of owners */
	size_t n;
	const struct node *destination; /* its entry; its key is its name */
	const struct str *sample;       /* the only cluster whose sync is made, or NULL: all */
	struct map namespaces;
	struct node_list clusters, namespace_list;
};

static const struct node *environment_of(const struct run *r, const struct intent *i)
{
	return node_get(node_at(r->world->platform, "environments"), i->environment);
}

static bool is_here(const struct place_work *w, const struct unit_result *u)
{
	return str_eq(node_text(environment_of(w->run, u->intent), "destination"),
		      w->destination->key);
}

/* The part of a unit's path between its first two slashes. */
static struct str namespace_of(struct arena *a, struct str path)
{
	size_t first = str_find(path, '/') + 1;
	struct str rest = str_cut(path, first, path.n);

	return arena_str(a, str_cut(rest, 0, str_find(rest, '/')));
}

/* Name of the object that syncs a path. Flux writes it as a label into all that it applies, and a
 * label has at most 63 characters: a longer path gives way to its digest. */
static struct str sync_name(struct arena *a, struct str path)
{
	enum { LABEL = 63, DIGITS = 8 };
	size_t n = path.n > LABEL ? LABEL - DIGITS - 1 : path.n;
	char *name = arena_alloc(a, path.n + 1, 1);
	struct digest d;

	for (size_t i = 0; i < path.n; i++)
		name[i] = path.p[i];
	for (size_t i = 0; i < path.n; i++)
		if (name[i] == '/')
			name[i] = '.';
	if (path.n <= LABEL)
		return (struct str){ name, path.n };
	d = digest_of(path);
	while (name[n - 1] == '.' || name[n - 1] == '-')
		n--;
	return arena_fmt(a, "%.*s-%.*s", (int)n, name, DIGITS, digest_hex(a, &d).p);
}

/* The first line of an intent that begins with key, else its first line; nowhere for a cluster
 * whose intent is gone. */
static struct pos said_at(const struct intent *i, const char *key)
{
	struct pos pos = { i->file, 1, 1 };

	if (!i->file)
		return (struct pos){ 0 };
	for (struct str s = i->file->text; s.n; pos.line++) {
		while (s.n && *s.p == ' ')
			s = str_cut(s, 1, s.n);
		if (str_starts(s, key))
			return pos;
		s = str_cut(s, str_find(s, '\n') + 1, s.n);
	}
	return (struct pos){ i->file, 1, 1 };
}

/* A map of what the metadata of an intent says. */
static struct map map_of(struct arena *a, const struct intent *i)
{
	return (struct map){ .arena = a, .pos = said_at(i, "metadata:") };
}

/* Adds the team of an intent. */
static void map_team(struct map *m, const char *key, const struct intent *i, struct str team)
{
	struct map of_team = { .arena = m->arena, .pos = said_at(i, "team:"), .list = m->list };

	map_text(&of_team, key, team);
	m->list = of_team.list;
}

static struct node *unit_node(struct arena *a, const struct intent *intent, struct str path)
{
	struct map m = map_of(a, intent);

	map_text(&m, "name", sync_name(a, path));
	map_text(&m, "namespace", namespace_of(a, path));
	map_text(&m, "path", path);
	return map_done(&m);
}

/* The cluster's own directory first, then the others in order of paths. */
static struct node *units_node(const struct place_work *w, const struct unit_result *u)
{
	const struct run *r = w->run;
	struct node *list = node_new(w->arena, NODE_LIST, (struct pos){ 0 });
	struct node_list items = { 0 };

	bool made = u->made.n && !u->refused;

	node_add(&items, unit_node(w->arena, u->intent, u->owner));
	list->kids = items.first;
	if (w->sample)
		return list;
	for (size_t i = 0; made && i < u->made.n; i++)
		if (!str_eq(u->made.units[i].path, u->owner))
			node_add(&items, unit_node(w->arena, u->intent, u->made.units[i].path));
	for (size_t i = owned_first(r, u->owner); !made && owned_is(r, i, u->owner); i++)
		if (!str_eq(r->by_owner[i]->path, u->owner))
			node_add(&items, unit_node(w->arena, u->intent, r->by_owner[i]->path));
	list->kids = items.first;
	return list;
}

static struct node *cluster_node(const struct place_work *w, const struct unit_result *u,
				 const struct node *exports)
{
	struct map m = map_of(w->arena, u->intent);

	map_text(&m, "environment", u->intent->environment);
	map_text(&m, "name", u->intent->name);
	map_text(&m, "namespace", u->intent->namespace);
	map_text(&m, "path", u->owner);
	map_node(&m, "stopped",
		 node_bool(w->arena, m.pos, str_is(node_text(exports, "retire"), "stopped")));
	map_team(&m, "team", u->intent, node_text(exports, "team"));
	map_node(&m, "units", units_node(w, u));
	return map_done(&m);
}

/* What a ResourceQuota counts, of a quota or a budget. */
static struct node *quota_node(struct arena *a, const struct node *quota)
{
	static const char *const keys[] = { "claims", "cpu", "memory", "pods", "storage" };
	struct map m = { .arena = a, .pos = quota->pos };

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		map_node(&m, keys[i], node_at(quota, keys[i]));
	return map_done(&m);
}

static struct node *namespace_node(const struct place_work *w, const struct intent *i,
				   const struct node *team)
{
	const struct run *r = w->run;
	const struct node *env = environment_of(r, i);
	struct place p = { .environment = i->environment, .namespace = i->namespace };
	const struct node *pattern = place_pattern(r->world->platform, &p);
	const struct node *quota =
	    place_quota(r->world->platform, &p, team ? team->text : (struct str){ "", 0 });
	struct map m = map_of(w->arena, i);

	map_text(&m, "environment", i->environment);
	map_node(&m, "labels", node_at(pattern, "labels"));
	map_node(&m, "mode", node_at(pattern, "mode"));
	map_text(&m, "name", i->namespace);
	map_team(&m, "owners", i, team ? team->text : (struct str){ "", 0 });
	map_node(&m, "production", node_at(env, "production"));
	if (quota)
		map_node(&m, "quota", quota_node(w->arena, quota));
	return map_done(&m);
}

/* Results come sorted by environment and namespace, so the clusters of a namespace stand together.
 */
static void add_result(struct place_work *w, struct unit_result *u, const struct intent **last)
{
	struct run *r = w->run;
	const struct node *exports = unit_facts(r, u);

	if (!exports)
		return;
	if (!w->sample || str_eq(*w->sample, u->owner))
		node_add(&w->clusters, cluster_node(w, u, exports));
	if (*last && str_eq((*last)->namespace, u->intent->namespace) &&
	    str_eq((*last)->environment, u->intent->environment))
		return;
	node_add(&w->namespace_list, namespace_node(w, u->intent, node_at(exports, "team")));
	*last = u->intent;
}

static struct node *list_of(struct arena *a, const struct node_list *items)
{
	struct node *list = node_new(a, NODE_LIST, (struct pos){ 0 });

	list->kids = items->first;
	return list;
}

static struct node *crds(const struct place_work *w)
{
	const struct world *world = w->run->world;
	struct node_list items = { 0 };

	node_add(&items, node_loose(w->arena, schema_crd(w->arena, world->cluster)));
	node_add(&items, node_loose(w->arena, schema_crd(w->arena, world->database)));
	return list_of(w->arena, &items);
}

static const struct node *inputs(struct place_work *w)
{
	struct run *r = w->run;
	struct map m = { .arena = w->arena, .pos = w->destination->key_pos }, meta = m;
	const struct intent *last = NULL;

	for (size_t i = 0; i < w->n; i++)
		if (is_here(w, w->standing[i]))
			add_result(w, w->standing[i], &last);
	map_text(&meta, "name", w->destination->key);
	map_node(&m, "clusters", list_of(w->arena, &w->clusters));
	map_node(&m, "admission", guard_admission(w->arena, w->run->world));
	map_node(&m, "crds", crds(w));
	map_node(&m, "destination", w->destination);
	map_node(&m, "meta", map_done(&meta));
	map_node(&m, "namespaces", list_of(w->arena, &w->namespace_list));
	map_node(&m, "platform", r->world->platform);
	return map_done(&m);
}

static bool facts(struct run *r, struct expand *x, const struct node *in)
{
	const struct unit_templates *u = &r->world->units[UNIT_DESTINATION];

	for (size_t i = 0; i < u->scope->n_names; i++) {
		if (!u->groups[i])
			expand_set(x, i, node_get(in, u->scope->names[i].name));
		else if (expand_group(x, u->groups[i]))
			return false;
	}
	return true;
}

static void add_object(struct arena *a, struct around *l, struct object o)
{
	if (l->n == l->cap) {
		struct object *grown = NULL;

		l->cap = l->cap ? l->cap * 2 : 64;
		grown = NEW_ARRAY(a, l->cap, struct object);
		if (l->n)
			memcpy(grown, l->objects, l->n * sizeof(*grown));
		l->objects = grown;
	}
	l->objects[l->n++] = o;
}

/* The facts that x has computed, as a map. */
static const struct node *facts_map(struct run *r, struct arena *a, const struct expand *x)
{
	const struct scope *s = r->world->units[UNIT_DESTINATION].scope;
	struct map m = { .arena = a };

	for (size_t i = 0; i < s->n_names; i++)
		if (expand_get(x, i))
			node_put(&m.list, s->names[i].name, node_loose(a, expand_get(x, i)));
	return map_done(&m);
}

/* Where the objects of one template go. */
struct sink {
	struct run *run;
	struct arena *arena;
	struct arena *scratch;
	struct link_place *proofs;
	struct str dir;
	struct render *render; /* as files; or, when NULL, */
	struct around *around; /* as they are */
};

static void take(void *context, const struct node *first)
{
	const struct sink *s = context;
	struct run *r = s->run;

	for (const struct node *o = first; o; o = o->next) {
		const struct object object = { o, s->dir, object_file(s->arena, o, true) };

		(void)kube_validate(r->world->kube, o, s->arena, r->diags);
		link_place_object(s->proofs, o, s->scratch);
		if (s->render)
			render_add(s->render, &object);
		else
			add_object(s->arena, s->around, object);
	}
}

/* A template's objects, one after the other when they become files. -1 after reporting. */
static int expand_one(struct expand *x, const struct template *t, const struct expand_sink *sink,
		      const struct sink *to)
{
	struct node_list made = { 0 };
	int rc = 0;

	if (to->render)
		return expand_each(x, t, sink);
	rc = expand_template(x, t, &made);
	if (made.first)
		sink->take(sink->context, made.first);
	return rc;
}

/* Objects of every template, in the directory its folder says. */
static bool expand_all(struct place_work *w, struct expand *x, struct lua_job *job, struct sink *to)
{
	const struct unit_templates *u = &w->run->world->units[UNIT_DESTINATION];
	struct arena *scratch = arena_new();
	const struct expand_sink sink = { job, scratch, take, to };
	struct link_input in = { .world = w->run->world,
				 .arena = w->arena,
				 .diags = w->run->diags };
	bool ok = true;

	in.facts = facts_map(w->run, w->arena, x);
	to->scratch = scratch;
	to->proofs = link_place_begin(&in);
	for (size_t i = 0; i < u->n_objects; i++) {
		bool sync = str_starts(u->objects[i].path, "templates/sync/");

		to->dir = arena_fmt(w->arena, "destinations/%s/%s", w->destination->key.p,
				    sync ? "sync" : "platform");
		if (expand_one(x, u->objects[i].t, &sink, to))
			ok = false;
	}
	if (ok)
		link_place_end(to->proofs);
	arena_free(scratch);
	return ok;
}

/* Makes the objects of the destination. False after reporting. */
static bool make(struct place_work *w, struct sink *to)
{
	struct run *r = w->run;
	struct lua_worker *lua = worker_lua(r);
	struct lua_job job = { .arena = w->arena, .diags = r->diags, .revision = 1 };
	struct expand *x = expand_new(w->arena, r->world->units[UNIT_DESTINATION].scope, lua);
	bool ok = false;

	job.what = arena_fmt(w->arena, "destination %s", w->destination->key.p);
	job.intent = w->destination->key_pos;
	lua_worker_begin(lua, &job);
	expand_begin(x, &job);
	ok = facts(r, x, inputs(w)) && expand_all(w, x, &job, to);
	return lua_worker_end(lua) == 0 && ok;
}

bool surround_objects(struct run *r, const struct node *destination, struct around *out)
{
	struct place_work w = { .run = r, .arena = r->arena, .destination = destination };
	struct sink to = { .run = r, .arena = r->arena, .around = out };

	*out = (struct around){ 0 };
	w.standing = standing_results(r, &w.n);
	return make(&w, &to);
}

bool surround_framed(struct run *r, const struct node *destination,
		     const struct surround_frame *frame, struct around *out)
{
	struct place_work w = { .run = r,
				.arena = frame->arena,
				.standing = frame->standing,
				.n = frame->n,
				.destination = destination,
				.sample = &frame->sample };
	struct sink to = { .run = r, .arena = frame->arena, .around = out };

	*out = (struct around){ 0 };
	return make(&w, &to);
}

static int spool(struct place_work *w, struct rendered *made, struct surroundings *out,
		 struct err *err)
{
	struct run *r = w->run;

	for (size_t i = 0; i < made->n; i++) {
		struct out_unit *u = &out->units[out->n++];

		*u = made->units[i];
		u->path = arena_str(r->arena, u->path);
		u->owner = u->path;
		u->input = digest_of(u->path);
		if (r->out && out_put(worker_out(r), u, prev_find(&r->prev, u->path), err))
			return -1;
	}
	return 0;
}

/* What the guard refuses of the destination is reported, and keeps all from being published. True
 * also with err set. */
static bool refuses(const struct place_work *w, const struct rendered *made, struct err *err)
{
	int may = placed_may_refuse(w->run, made, w->arena, err);
	const struct verdict *v = NULL;

	if (may <= 0)
		return may < 0;
	v = placed_judge(w->run, w->destination->key, err);
	if (!v || !v->refusals)
		return err->set;
	guard_report(w->run->diags, v);
	w->run->places_refused++;
	return true;
}

static int one(struct place_work *w, struct surroundings *out, struct err *err)
{
	struct run *r = w->run;
	struct render render = { .arena = w->arena, .diags = r->diags };
	struct sink to = { .run = r, .arena = w->arena, .render = &render };
	struct rendered made = { 0 };
	size_t errors = diags_errors(r->diags);

	if (!make(w, &to))
		return 0;
	render_group(&render, &made);
	if (diags_errors(r->diags) == errors && refuses(w, &made, err))
		return err->set ? -1 : 0;
	return diags_errors(r->diags) == errors ? spool(w, &made, out, err) : 0;
}

/* A fleet's facts are many, those of a destination's clusters fewer. */
static void forget(struct run *r, struct unit_result **standing, size_t n)
{
	for (size_t i = 0; i < n; i++)
		standing[i]->facts = NULL; /* of those whose intent is gone, too */
	facts_forget(r);
}

int surround(struct run *r, struct surroundings *out, struct err *err)
{
	const struct node *destinations = node_at(r->world->platform, "destinations");
	struct unit_result **standing = NULL;
	size_t n = 0;
	int failed = 0;

	*out = (struct surroundings){ .units = NEW_ARRAY(r->arena, 2 * node_count(destinations) + 1,
							 struct out_unit) };
	if (!destinations || !r->world->units[UNIT_DESTINATION].scope)
		return 0;
	standing = standing_results(r, &n);
	for (const struct node *d = destinations->kids; d && !failed; d = d->next) {
		struct place_work w = { .run = r,
					.arena = arena_new(),
					.standing = standing,
					.n = n,
					.destination = d };

		forget(r, standing, n);
		failed = one(&w, out, err);
		arena_free(w.arena);
	}
	return failed;
}

int surround_given(struct run *r, const struct node *destination, struct surround_objects *given)
{
	struct place_work w = { .run = r, .arena = given->arena, .destination = destination };
	struct lua_job job = { .arena = w.arena, .diags = given->diags, .revision = 1 };
	struct expand *x = expand_new(w.arena, r->world->units[UNIT_DESTINATION].scope, given->lua);
	struct link_input in = { .world = r->world, .arena = w.arena, .diags = given->diags };
	struct link_place *proofs = NULL;
	bool ok = false;

	w.standing = standing_results(r, &w.n);
	job.what = arena_fmt(w.arena, "destination %s", destination->key.p);
	job.intent = destination->key_pos;
	lua_worker_begin(given->lua, &job);
	expand_begin(x, &job);
	ok = facts(r, x, inputs(&w));
	in.facts = ok ? facts_map(r, w.arena, x) : NULL;
	if (lua_worker_end(given->lua) || !ok)
		return -1;
	in.folders = given->folders;
	in.n_folders = given->n_folders;
	proofs = link_place_begin(&in);
	for (size_t i = 0; i < given->n; i++) {
		(void)kube_validate(r->world->kube, given->objects[i], w.arena, given->diags);
		link_place_object(proofs, given->objects[i], w.arena);
	}
	link_place_end(proofs);
	return 0;
}
