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

/* The first line of an intent that begins with key, else its first line. */
static struct pos said_at(const struct intent *i, const char *key)
{
	struct pos pos = { i->file, 1, 1 };

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
static struct map map_of(const struct run *r, const struct intent *i)
{
	return (struct map){ .arena = r->arena, .pos = said_at(i, "metadata:") };
}

/* Adds the team of an intent. */
static void map_team(struct map *m, const char *key, const struct intent *i, struct str team)
{
	struct map of_team = { .arena = m->arena, .pos = said_at(i, "team:"), .list = m->list };

	map_text(&of_team, key, team);
	m->list = of_team.list;
}

static struct node *unit_node(const struct run *r, const struct intent *intent, struct str path)
{
	struct map m = map_of(r, intent);
	char *name = arena_alloc(r->arena, path.n + 1, 1);

	for (size_t i = 0; i < path.n; i++)
		name[i] = path.p[i];
	for (size_t i = 0; i < path.n; i++)
		if (name[i] == '/')
			name[i] = '.';
	map_text(&m, "name", (struct str){ name, path.n });
	map_text(&m, "namespace", namespace_of(r->arena, path));
	map_text(&m, "path", path);
	return map_done(&m);
}

/* The cluster's own directory first, then the others in order of paths. */
static struct node *units_node(const struct run *r, const struct unit_result *u)
{
	struct node *list = node_new(r->arena, NODE_LIST, (struct pos){ 0 });
	struct node_list items = { 0 };

	node_add(&items, unit_node(r, u->intent, u->owner));
	for (size_t i = 0; i < u->made.n; i++)
		if (!str_eq(u->made.units[i].path, u->owner))
			node_add(&items, unit_node(r, u->intent, u->made.units[i].path));
	for (size_t i = owned_first(r, u->owner); !u->made.n && owned_is(r, i, u->owner); i++)
		if (!str_eq(r->by_owner[i]->path, u->owner))
			node_add(&items, unit_node(r, u->intent, r->by_owner[i]->path));
	list->kids = items.first;
	return list;
}

static struct node *cluster_node(const struct run *r, const struct unit_result *u,
				 const struct node *exports)
{
	struct map m = map_of(r, u->intent);

	map_text(&m, "environment", u->intent->environment);
	map_text(&m, "name", u->intent->name);
	map_text(&m, "namespace", u->intent->namespace);
	map_text(&m, "path", u->owner);
	map_node(&m, "stopped",
		 node_bool(r->arena, m.pos, str_is(node_text(exports, "retire"), "stopped")));
	map_team(&m, "team", u->intent, node_text(exports, "team"));
	map_node(&m, "units", units_node(r, u));
	return map_done(&m);
}

/* What a ResourceQuota counts, of a quota or a budget. */
static struct node *quota_node(const struct run *r, const struct node *quota)
{
	static const char *const keys[] = { "claims", "cpu", "memory", "pods", "storage" };
	struct map m = { .arena = r->arena, .pos = quota->pos };

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		map_node(&m, keys[i], node_at(quota, keys[i]));
	return map_done(&m);
}

static struct node *namespace_node(const struct run *r, const struct intent *i,
				   const struct node *team)
{
	const struct node *env = environment_of(r, i);
	struct place p = { .environment = i->environment, .namespace = i->namespace };
	const struct node *pattern = place_pattern(r->world->platform, &p);
	const struct node *quota =
	    place_quota(r->world->platform, &p, team ? team->text : (struct str){ "", 0 });
	struct map m = map_of(r, i);

	map_text(&m, "environment", i->environment);
	map_node(&m, "labels", node_at(pattern, "labels"));
	map_node(&m, "mode", node_at(pattern, "mode"));
	map_text(&m, "name", i->namespace);
	map_team(&m, "owners", i, team ? team->text : (struct str){ "", 0 });
	map_node(&m, "production", node_at(env, "production"));
	if (quota)
		map_node(&m, "quota", quota_node(r, quota));
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
	node_add(&w->clusters, cluster_node(r, u, exports));
	if (*last && str_eq((*last)->namespace, u->intent->namespace) &&
	    str_eq((*last)->environment, u->intent->environment))
		return;
	node_add(&w->namespace_list, namespace_node(r, u->intent, node_at(exports, "team")));
	*last = u->intent;
}

static struct node *list_of(const struct run *r, const struct node_list *items)
{
	struct node *list = node_new(r->arena, NODE_LIST, (struct pos){ 0 });

	list->kids = items->first;
	return list;
}

static struct node *crds(const struct run *r)
{
	struct node_list items = { 0 };

	node_add(&items, node_loose(r->arena, schema_crd(r->arena, r->world->cluster)));
	node_add(&items, node_loose(r->arena, schema_crd(r->arena, r->world->database)));
	return list_of(r, &items);
}

static const struct node *inputs(struct place_work *w)
{
	struct run *r = w->run;
	struct map m = { .arena = r->arena, .pos = w->destination->key_pos }, meta = m;
	const struct intent *last = NULL;

	for (size_t i = 0; i < r->n; i++)
		if (is_here(w, &r->results[i]))
			add_result(w, &r->results[i], &last);
	map_text(&meta, "name", w->destination->key);
	map_node(&m, "clusters", list_of(r, &w->clusters));
	map_node(&m, "crds", crds(r));
	map_node(&m, "destination", w->destination);
	map_node(&m, "meta", map_done(&meta));
	map_node(&m, "namespaces", list_of(r, &w->namespace_list));
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

/* Objects of every template, with the directory its folder says. */
static bool expand_all(struct place_work *w, struct expand *x, struct around *objects)
{
	struct run *r = w->run;
	const struct unit_templates *u = &r->world->units[UNIT_DESTINATION];
	bool ok = true;

	for (size_t i = 0; i < u->n_objects; i++) {
		bool sync = str_starts(u->objects[i].path, "templates/sync/");
		struct str dir = arena_fmt(r->arena, "destinations/%s/%s", w->destination->key.p,
					   sync ? "sync" : "platform");
		struct node_list made = { 0 };

		if (expand_template(x, u->objects[i].t, &made))
			ok = false;
		for (const struct node *o = made.first; o; o = o->next)
			add_object(r->arena, objects,
				   (struct object){ o, dir, object_file(r->arena, o, true) });
	}
	return ok;
}

static void validate(const struct run *r, const struct around *made)
{
	for (size_t i = 0; i < made->n; i++)
		(void)kube_validate(r->world->kube, made->objects[i].node, r->arena, r->diags);
}

static int spool(struct run *r, const struct rendered *made, struct surroundings *out,
		 struct err *err)
{
	for (size_t i = 0; i < made->n; i++) {
		struct out_unit *u = &out->units[out->n++];

		*u = made->units[i];
		u->owner = u->path;
		u->input = digest_of(u->path);
		if (r->out && out_put(worker_out(r), u, prev_find(&r->prev, u->path), err))
			return -1;
	}
	return 0;
}

bool surround_objects(struct run *r, const struct node *destination, struct around *out)
{
	struct place_work w = { .run = r, .destination = destination };
	struct lua_worker *lua = worker_lua(r);
	struct lua_job job = { .arena = r->arena, .diags = r->diags, .revision = 1 };
	struct expand *x = expand_new(r->arena, r->world->units[UNIT_DESTINATION].scope, lua);
	bool ok = false;

	*out = (struct around){ 0 };
	job.what = arena_fmt(r->arena, "destination %s", destination->key.p);
	job.intent = destination->key_pos;
	lua_worker_begin(lua, &job);
	expand_begin(x, &job);
	ok = facts(r, x, inputs(&w)) && expand_all(&w, x, out);
	if (lua_worker_end(lua) || !ok)
		return false;
	validate(r, out);
	return true;
}

int surround(struct run *r, struct surroundings *out, struct err *err)
{
	const struct node *destinations = node_at(r->world->platform, "destinations");
	int failed = 0;

	*out = (struct surroundings){ .units = NEW_ARRAY(r->arena, 2 * node_count(destinations) + 1,
							 struct out_unit) };
	if (!destinations || !r->world->units[UNIT_DESTINATION].scope)
		return 0;
	for (const struct node *d = destinations->kids; d && !failed; d = d->next) {
		struct around around;
		struct rendered made = { 0 };

		if (surround_objects(r, d, &around) &&
		    render_objects(r->arena, r->diags, around.objects, around.n, &made))
			failed = spool(r, &made, out, err);
	}
	return failed;
}
