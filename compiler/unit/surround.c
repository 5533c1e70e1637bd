/* SPDX-License-Identifier: Apache-2.0 */
/* surround.c: destinations from the lists of their clusters and namespaces. */
#include "unit/surround.h"

#include "expand/expand.h"
#include "link/link.h"
#include "schema/export.h"
#include "unit/map.h"

/* A destination under work. */
struct place_work {
	struct run *run;
	struct arena *arena;            /* its own: it goes when its files are spooled */
	const struct node *destination; /* its entry; its key is its name */
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

static struct node *unit_node(struct arena *a, struct str path)
{
	struct map m = { .arena = a };
	char *name = arena_alloc(a, path.n + 1, 1);

	for (size_t i = 0; i < path.n; i++)
		name[i] = path.p[i];
	for (size_t i = 0; i < path.n; i++)
		if (name[i] == '/')
			name[i] = '.';
	map_text(&m, "name", (struct str){ name, path.n });
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

	node_add(&items, unit_node(w->arena, u->owner));
	for (size_t i = 0; i < u->made.n; i++)
		if (!str_eq(u->made.units[i].path, u->owner))
			node_add(&items, unit_node(w->arena, u->made.units[i].path));
	for (size_t i = owned_first(r, u->owner); !u->made.n && owned_is(r, i, u->owner); i++)
		if (!str_eq(r->by_owner[i]->path, u->owner))
			node_add(&items, unit_node(w->arena, r->by_owner[i]->path));
	list->kids = items.first;
	return list;
}

static struct node *cluster_node(const struct place_work *w, const struct unit_result *u,
				 const struct node *exports)
{
	struct map m = { .arena = w->arena };

	map_text(&m, "environment", u->intent->environment);
	map_text(&m, "name", u->intent->name);
	map_text(&m, "namespace", u->intent->namespace);
	map_text(&m, "path", u->owner);
	map_node(&m, "stopped",
		 node_bool(w->arena, m.pos, str_is(node_text(exports, "retire"), "stopped")));
	map_text(&m, "team", node_text(exports, "team"));
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
	struct map m = { .arena = w->arena };

	map_text(&m, "environment", i->environment);
	map_node(&m, "labels", node_at(pattern, "labels"));
	map_node(&m, "mode", node_at(pattern, "mode"));
	map_text(&m, "name", i->namespace);
	map_text(&m, "owners", team ? team->text : (struct str){ "", 0 });
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
	struct map m = { .arena = w->arena, .pos = w->destination->pos }, meta = m;
	const struct intent *last = NULL;

	for (size_t i = 0; i < r->n; i++)
		if (is_here(w, &r->results[i]))
			add_result(w, &r->results[i], &last);
	map_text(&meta, "name", w->destination->key);
	map_node(&m, "clusters", list_of(w->arena, &w->clusters));
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

/* Where the objects of one template go. */
struct sink {
	struct run *run;
	struct render *render;
	struct str dir;
};

static void take(void *context, const struct node *first)
{
	const struct sink *s = context;
	struct run *r = s->run;
	struct arena *a = s->render->arena;

	for (const struct node *o = first; o; o = o->next) {
		const struct object object = { o, s->dir, object_file(a, o, true) };

		(void)kube_validate(r->world->kube, o, a, r->diags);
		render_add(s->render, &object);
	}
}

/* Files of every template, in the directory its folder says. */
static bool expand_all(struct place_work *w, struct expand *x, struct lua_job *job,
		       struct render *render)
{
	struct run *r = w->run;
	const struct unit_templates *u = &r->world->units[UNIT_DESTINATION];
	struct arena *scratch = arena_new();
	bool ok = true;

	for (size_t i = 0; i < u->n_objects; i++) {
		bool sync = str_starts(u->objects[i].path, "templates/sync/");
		struct sink to = { r, render,
				   arena_fmt(w->arena, "destinations/%s/%s", w->destination->key.p,
					     sync ? "sync" : "platform") };
		const struct expand_sink sink = { job, scratch, take, &to };

		if (expand_each(x, u->objects[i].t, &sink))
			ok = false;
	}
	arena_free(scratch);
	return ok;
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

static int one(struct place_work *w, struct lua_worker *lua, struct surroundings *out,
	       struct err *err)
{
	struct run *r = w->run;
	struct lua_job job = { .arena = w->arena, .diags = r->diags, .revision = 1 };
	struct expand *x = expand_new(w->arena, r->world->units[UNIT_DESTINATION].scope, lua);
	struct render render = { .arena = w->arena, .diags = r->diags };
	struct rendered made = { 0 };
	size_t errors = 0;
	bool ok = false;

	job.what = arena_fmt(w->arena, "destination %s", w->destination->key.p);
	job.intent = w->destination->key_pos;
	lua_worker_begin(lua, &job);
	expand_begin(x, &job);
	ok = facts(r, x, inputs(w));
	errors = diags_errors(r->diags);
	ok = ok && expand_all(w, x, &job, &render);
	if (lua_worker_end(lua) || !ok)
		return 0;
	render_group(&render, &made);
	return diags_errors(r->diags) == errors ? spool(w, &made, out, err) : 0;
}

int surround(struct run *r, struct surroundings *out, struct err *err)
{
	const struct node *destinations = node_at(r->world->platform, "destinations");
	struct lua_worker *lua = NULL;
	int failed = 0;

	*out = (struct surroundings){ .units = NEW_ARRAY(r->arena, 2 * node_count(destinations) + 1,
							 struct out_unit) };
	if (!destinations || !r->world->units[UNIT_DESTINATION].scope)
		return 0;
	lua = worker_lua(r);
	for (const struct node *d = destinations->kids; d && !failed; d = d->next) {
		struct place_work w = { .run = r, .arena = arena_new(), .destination = d };

		failed = one(&w, lua, out, err);
		arena_free(w.arena);
	}
	return failed;
}
