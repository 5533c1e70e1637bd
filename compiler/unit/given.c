/* SPDX-License-Identifier: Apache-2.0 */
/* given.c: a directory of output back into objects and the facts they are held against. */
#include "unit/given.h"

#include "out/lock.h"
#include "schema/check.h"
#include "tree/map.h"
#include "tree/yaml.h"
#include "unit/images.h"
#include "unit/naming.h"
#include "unit/reference.h"
#include "unit/surround.h"

#define KUSTOMIZATION "kustomization.yaml"
#define ACCESS ".access"
#define DESTINATIONS "destinations/"

/* Objects as they are read. */
struct objects {
	struct object *list;
	size_t n, cap;
};

struct folders {
	struct link_folder *list;
	size_t n, cap;
};

/* A cluster under work. */
struct given {
	struct run *run;
	struct source *source; /* the output */
	struct arena *arena;
	struct diags *diags;
	struct err *err;
	struct str environment, namespace, name;
	struct str owner; /* "prod/team-orders/orders" */
	struct objects objects;
	struct folders folders;
};

static void *grown(struct arena *a, const void *list, size_t n, size_t *cap, size_t size)
{
	void *more = NULL;

	*cap = *cap ? *cap * 2 : 32;
	more = arena_alloc(a, *cap * size, _Alignof(struct object));
	if (n)
		memcpy(more, list, n * size);
	return more;
}

/* The typed tree of a file, or NULL after reporting, or with g->err set. */
static const struct node *read_file(struct given *g, struct str path)
{
	const struct file *file = source_read(g->source, path, YAML_WORLD.bytes, g->arena, g->err);
	struct file *shown = NULL;
	const struct node *root = NULL;

	if (!file)
		return NULL;
	shown = NEW(g->arena, struct file);
	*shown = *file;
	shown->name = arena_fmt(g->arena, "%s/%s", g->run->options->objects, path.p);
	root = yaml_read(g->arena, g->diags, shown, &YAML_WORLD);
	return root ? yaml_resolve(g->arena, g->diags, root, false) : NULL;
}

static void add_object(struct given *g, struct str folder, struct str file, const struct node *node)
{
	struct objects *o = &g->objects;

	if (o->n == o->cap)
		o->list = grown(g->arena, o->list, o->n, &o->cap, sizeof(*o->list));
	o->list[o->n++] = (struct object){ node, folder, file };
}

static struct link_folder *add_folder(struct given *g, struct str path, size_t files)
{
	struct folders *f = &g->folders;

	if (f->n == f->cap)
		f->list = grown(g->arena, f->list, f->n, &f->cap, sizeof(*f->list));
	f->list[f->n] = (struct link_folder){ .path = path };
	f->list[f->n].files = NEW_ARRAY(g->arena, files + 1, struct str);
	return &f->list[f->n++];
}

/* Everything in one directory. 0, or -1 with g->err. */
static int read_folder(struct given *g, struct str path)
{
	struct source_list list = { 0 };
	struct link_folder *folder = NULL;

	if (source_list(g->source, path, g->arena, &list, g->err) < 0)
		return -1;
	folder = add_folder(g, path, list.n);
	for (size_t i = 0; i < list.n; i++) {
		struct str name = list.entries[i].name;
		const struct node *root = NULL;

		if (list.entries[i].type != SOURCE_FILE || !str_ends(name, ".yaml"))
			continue;
		root = read_file(g, arena_fmt(g->arena, "%s/%s", path.p, name.p));
		if (g->err->set)
			return -1;
		if (str_is(name, KUSTOMIZATION)) {
			folder->kustomization = root;
			folder->pos = root ? root->pos : folder->pos;
			continue;
		}
		folder->files[folder->n++] = name;
		if (root && root->kind == NODE_MAP)
			add_object(g, path, name, root);
	}
	return 0;
}

/* Whether the directory at path is one of access to this cluster: its lock says so, or, without a
 * lock, its name. */
static bool is_ours(struct given *g, struct str path)
{
	struct err quiet = { 0 };
	const struct file *file = source_read(
	    g->source, arena_fmt(g->arena, "%s/" LOCK_NAME, path.p), LOCK_SIZE, g->arena, &quiet);
	struct lock lock;

	return !file || lock_read(g->arena, g->arena, file->text, &lock, &quiet) ||
	       str_eq(lock.owner, g->owner);
}

/* Directories of access lie in the namespaces they are for. */
static int read_access(struct given *g)
{
	struct source_list namespaces = { 0 };

	if (source_list(g->source, g->environment, g->arena, &namespaces, g->err) < 0)
		return -1;
	for (size_t i = 0; i < namespaces.n; i++) {
		struct str path = arena_fmt(g->arena, "%s/%s/%s" ACCESS, g->environment.p,
					    namespaces.entries[i].name.p, g->name.p);
		struct source_list files = { 0 };

		if (namespaces.entries[i].type != SOURCE_DIR)
			continue;
		int there = source_list(g->source, path, g->arena, &files, g->err);

		if (there < 0 || (there && is_ours(g, path) && read_folder(g, path)))
			return -1;
	}
	return 0;
}

static const struct node *record_of(const struct given *g)
{
	for (size_t i = 0; i < g->objects.n; i++) {
		const struct node *o = g->objects.list[i].node;

		if (str_is(node_text(o, "kind"), "PostgresCluster") &&
		    str_eq(g->objects.list[i].unit, g->owner))
			return o;
	}
	return NULL;
}

/* {name, namespace, spec} of each guest's record, as compiled guests are handed over. */
static const struct node *guests_of(const struct given *g)
{
	struct node *list = node_new(g->arena, NODE_LIST, (struct pos){ 0 });
	struct node_list items = { 0 };

	for (size_t i = 0; i < g->objects.n; i++) {
		const struct node *o = g->objects.list[i].node, *meta = node_at(o, "metadata");
		struct map m = { .arena = g->arena, .pos = o->pos };

		if (!str_is(node_text(o, "kind"), "PostgresDatabase"))
			continue;
		map_node(&m, "name", node_at(meta, "name"));
		map_node(&m, "namespace", node_at(meta, "namespace"));
		map_node(&m, "spec", node_at(o, "spec"));
		node_add(&items, map_done(&m));
	}
	list->kids = items.first;
	return list;
}

/* The cluster's intent in the repository, which knows its neighbours; a bare one when there is
 * none. */
static const struct intent *intent_of(const struct given *g, const struct node *record)
{
	const struct intent *known =
	    intents_find(&g->run->intents, g->environment, g->namespace, g->name);
	struct intent *bare = NULL;

	if (known)
		return known;
	bare = NEW(g->arena, struct intent);
	*bare = (struct intent){ .file = record->pos.file, .kind = INTENT_CLUSTER };
	bare->environment = g->environment;
	bare->namespace = g->namespace;
	bare->name = g->name;
	return bare;
}

/* What the record resolves to: its spec is complete already. */
static bool resolve(const struct given *g, const struct job *j, const struct node *record,
		    struct resolved *out)
{
	const struct world *w = g->run->world;
	struct str path = arena_fmt(g->arena, "intents/%s.yaml", g->owner.p);

	*out = (struct resolved){ .intent = intent_of(g, record), .doc = record };
	out->guests = guests_of(g);
	out->spec = schema_check(g->arena, g->diags, w->cluster->spec, node_at(record, "spec"),
				 SCHEMA_WHOLE);
	schema_complete(g->diags, w->cluster->spec, out->spec);
	if (diags_errors(g->diags) || !place_split(g->arena, path, &out->place) ||
	    !place_find(g->diags, w->platform, record, &out->place))
		return false;
	out->team = place_team(g->diags, w->platform, node_at(out->spec, "team"), &out->place);
	if (!out->team || !images_choose(j, out->spec, out))
		return false;
	schema_rules_check(g->arena, g->diags, w->cluster->spec, out->spec, NULL);
	reference_check(j, out);
	naming_check_cluster(j, out);
	return diags_errors(g->diags) == 0;
}

static int one(struct given *g, struct lua_worker *lua, struct cluster_worker *cw)
{
	struct compiled given = { 0 };
	struct job job = { .world = g->run->world, .intents = &g->run->intents };
	const struct node *record = record_of(g);

	if (!record) {
		diag_error(g->diags, MSG_objects_record, (struct pos){ 0 },
			   "%s/%s holds no PostgresCluster '%s': what its objects should be cannot "
			   "be known",
			   g->run->options->objects, g->owner.p, g->name.p);
		return 0;
	}
	job.arena = g->arena;
	job.diags = g->diags;
	job.lua = lua;
	job.as_of = g->run->options->as_of;
	given.objects = g->objects.list;
	given.n = g->objects.n;
	given.folders = g->folders.list;
	given.n_folders = g->folders.n;
	if (resolve(g, &job, record, &given.resolved))
		(void)cluster_prove(&job, cw, &given);
	return 0;
}

/* The workers of the whole run of proofs. */
struct bench {
	struct run *run;
	struct source *source;
	struct lua_worker *lua;
	struct cluster_worker cluster;
	struct arena *scratch;
	struct fleet_result *result;
	struct err *err;
	size_t results;      /* room in run->results */
	size_t destinations; /* that were proved */
};

/* {team, retire} of a cluster, as exports have them, and its directories: what its destination
 * knows of it. */
static void add_result(struct bench *b, const struct given *g)
{
	struct run *r = g->run;
	struct arena *keep = r->arena;
	const struct node *record = record_of(g), *spec = node_at(record, "spec");
	struct unit_result *u = NULL;
	struct map facts = { .arena = keep };
	struct intent *i = NEW(keep, struct intent);

	if (!record)
		return;
	if (r->n == b->results)
		r->results = grown(keep, r->results, r->n, &b->results, sizeof(*r->results));
	u = &r->results[r->n];
	*i = (struct intent){ .kind = INTENT_CLUSTER };
	i->environment = arena_str(keep, g->environment);
	i->namespace = arena_str(keep, g->namespace);
	i->name = arena_str(keep, g->name);
	map_text(&facts, "retire", arena_str(keep, node_text(node_at(spec, "retire"), "step")));
	map_text(&facts, "team", arena_str(keep, node_text(spec, "team")));
	*u = (struct unit_result){ .intent = i, .owner = arena_str(keep, g->owner) };
	u->facts = map_done(&facts);
	u->made.units = NEW_ARRAY(keep, g->folders.n + 1, struct out_unit);
	for (size_t k = 0; k < g->folders.n; k++)
		u->made.units[u->made.n++].path = arena_str(keep, g->folders.list[k].path);
	r->n++;
}

/* What --only names is another cluster, or a destination: then clusters are only looked at. */
static bool is_wanted(const struct bench *b, struct str owner)
{
	struct str only = b->run->options->only;

	return !only.n || str_eq(only, owner);
}

/* Reads one cluster with memory from a and, when it is wanted, proves it; findings go to d. */
static int prove(struct bench *b, struct str owner, struct arena *a, struct diags *d)
{
	struct given g = { .run = b->run, .source = b->source, .arena = a, .diags = d };
	struct str rest = owner;

	g.err = b->err;
	g.owner = owner;
	g.environment = arena_str(a, str_cut(rest, 0, str_find(rest, '/')));
	rest = str_cut(rest, g.environment.n + 1, rest.n);
	g.namespace = arena_str(a, str_cut(rest, 0, str_find(rest, '/')));
	g.name = str_cut(rest, g.namespace.n + 1, rest.n);
	if (read_folder(&g, g.owner) || read_access(&g))
		return -1;
	if (a == b->scratch)
		add_result(b, &g);
	return is_wanted(b, owner) ? one(&g, b->lua, &b->cluster) : 0;
}

/* A cluster with findings is proved once more with memory that outlives it: messages show the lines
 * of its files. */
static int cluster(struct bench *b, struct str owner)
{
	struct diags *found = diags_new(b->scratch);
	struct str only = b->run->options->only;

	if (!is_wanted(b, owner) && !str_starts(only, DESTINATIONS))
		return 0;
	if (prove(b, owner, b->scratch, found))
		return -1;
	if (!is_wanted(b, owner))
		return 0;
	b->result->compiled += !diags_errors(found);
	b->result->failed += diags_errors(found) > 0;
	if (!diags_errors(found)) {
		diags_take(b->run->diags, found);
		return 0;
	}
	return prove(b, owner, b->run->arena, b->run->diags);
}

static int clusters(struct bench *b, struct str environment, struct str namespace)
{
	struct arena *keep = b->run->arena;
	struct source_list list = { 0 };
	struct str path = arena_fmt(keep, "%s/%s", environment.p, namespace.p);

	if (source_list(b->source, path, keep, &list, b->err) < 0)
		return -1;
	for (size_t i = 0; i < list.n; i++) {
		if (list.entries[i].type != SOURCE_DIR || str_ends(list.entries[i].name, ACCESS))
			continue;
		if (cluster(b, arena_fmt(keep, "%s/%s", path.p, list.entries[i].name.p)))
			return -1;
		arena_reset(b->scratch);
	}
	return 0;
}

static int environment(struct bench *b, struct str name)
{
	struct source_list list = { 0 };

	if (source_list(b->source, name, b->run->arena, &list, b->err) < 0)
		return -1;
	for (size_t i = 0; i < list.n; i++)
		if (list.entries[i].type == SOURCE_DIR && clusters(b, name, list.entries[i].name))
			return -1;
	return 0;
}

static int all(struct bench *b)
{
	const struct node *environments = node_at(b->run->world->platform, "environments");
	struct source_list list = { 0 };

	if (source_list(b->source, str_of(""), b->run->arena, &list, b->err) < 0)
		return -1;
	for (size_t i = 0; i < list.n; i++)
		if (list.entries[i].type == SOURCE_DIR &&
		    node_get(environments, list.entries[i].name) &&
		    environment(b, list.entries[i].name))
			return -1;
	return 0;
}

/* The two directories of one destination. */
static int destination(struct bench *b, const struct node *entry)
{
	struct arena *keep = b->run->arena;
	struct given g = { .run = b->run, .source = b->source, .arena = keep };
	struct str root = arena_fmt(keep, DESTINATIONS "%s", entry->key.p);
	struct surround_objects all = { .arena = keep, .diags = b->run->diags, .lua = b->lua };
	struct source_list list = { 0 };
	int there = is_wanted(b, root) ? source_list(b->source, root, keep, &list, b->err) : 0;

	g.diags = b->run->diags;
	g.err = b->err;
	if (there <= 0)
		return there;
	for (size_t i = 0; i < list.n; i++)
		if (list.entries[i].type == SOURCE_DIR &&
		    read_folder(&g, arena_fmt(keep, "%s/%s", root.p, list.entries[i].name.p)))
			return -1;
	all.objects = NEW_ARRAY(keep, g.objects.n + 1, const struct node *);
	for (size_t i = 0; i < g.objects.n; i++)
		all.objects[all.n++] = g.objects.list[i].node;
	all.folders = g.folders.list;
	all.n_folders = g.folders.n;
	b->destinations++;
	(void)surround_given(b->run, entry, &all);
	return 0;
}

static int destinations(struct bench *b)
{
	const struct node *all = node_at(b->run->world->platform, "destinations");
	struct str only = b->run->options->only;

	for (const struct node *d = all ? all->kids : NULL; d; d = d->next)
		if ((!only.n || str_starts(only, DESTINATIONS)) && destination(b, d))
			return -1;
	return 0;
}

int given_prove(struct run *r, struct fleet_result *result, struct err *err)
{
	struct bench b = { .run = r, .result = result, .err = err };
	int failed = 0;

	if (source_open_dir(r->arena, r->options->objects, &b.source, err))
		return -1;
	b.scratch = arena_new();
	b.lua = lua_worker_new(r->world->lua);
	cluster_worker_init(&b.cluster, r->arena, r->world, b.lua);
	r->results = NULL;
	r->n = 0;
	failed = all(&b) || destinations(&b);
	if (!failed && !result->compiled && !result->failed && !b.destinations)
		diag_error(r->diags, MSG_objects_record, (struct pos){ 0 },
			   "%s holds nothing to prove: it is no output of howdah, or not what "
			   "--only names",
			   r->options->objects);
	lua_worker_free(b.lua);
	arena_free(b.scratch);
	source_close(b.source);
	return failed;
}
