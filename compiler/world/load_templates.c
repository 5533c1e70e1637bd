/* SPDX-License-Identifier: Apache-2.0 */
/* load_templates.c: revisions, Lua files and templates, compiled for all units. */
#include "tree/yaml.h"
#include "world/load.h"
#include "world/rulebook.h"

static const char *const unit_names[UNIT_KINDS] = { "cluster", "namespace", "destination" };

/* The folders whose templates belong to a unit: "" ends a row. */
static const char *const unit_folders[UNIT_KINDS][4] = {
	{ "templates/cluster/", "templates/access/", "", "" },
	{ "templates/namespace/", "", "", "" },
	{ "templates/destination/", "templates/sync/", "", "" },
};

/* The revision of path, made when it is new; files come sorted, so its files stand together. */
static struct revision *revision_of(struct world *w, struct str path)
{
	uint32_t n = rulebook_revision(path);

	for (size_t i = 0; i < w->n_revisions; i++)
		if (w->revisions[i].number == n)
			return &w->revisions[i];

	struct revision *r = &w->revisions[w->n_revisions++];

	r->number = n;
	r->pods = NEW_ARRAY(w->arena, w->files.n, struct pod_template);
	return r;
}

void load_revisions(struct world *w, struct diags *d)
{
	w->revisions = NEW_ARRAY(w->arena, w->files.n + 1, struct revision);
	for (size_t i = 0; i < w->files.n; i++) {
		const struct world_file *f = &w->files.list[i];
		struct revision *r = NULL;
		struct node *map = NULL, *doc = NULL;
		const struct node *checked = NULL;

		if (!rulebook_revision(f->path) || !str_ends(f->path, ".yaml") ||
		    !strstr(f->path.p, "/tiers/"))
			continue;
		r = revision_of(w, f->path);
		checked = load_document(w, d, f, w->tier_kind);
		if (!checked)
			continue;
		map = node_new(w->arena, NODE_MAP, (struct pos){ 0 });
		doc = node_loose(w->arena, checked);
		doc->key = files_stem(w->arena, f->path);
		doc->next = r->tiers ? r->tiers->kids : NULL;
		map->kids = doc;
		r->tiers = map;
	}
}

void load_lua(struct world *w, struct diags *d)
{
	w->lua = rulebook_new(w->arena, &w->files, false);
	lua_library_run(w->lua, d);
}

static const struct node *read_template(struct world *w, struct diags *d,
					const struct world_file *f)
{
	size_t errors = diags_errors(d);
	const struct node *root = yaml_read(w->arena, d, f->file, &YAML_WORLD);

	return root && diags_errors(d) == errors ? root : NULL;
}

/* The groups of facts: templates/model/<unit>/<group>.yaml for every computed name of the record.
 */
static void load_groups(struct world *w, struct diags *d, enum unit_kind kind)
{
	struct unit_templates *u = &w->units[kind];

	u->groups = NEW_ARRAY(w->arena, u->scope->n_names + 1, const struct template *);
	for (size_t i = 0; i < u->scope->n_names; i++) {
		struct str path = arena_fmt(w->arena, "templates/model/%s/%s.yaml",
					    unit_names[kind], u->scope->names[i].name.p);
		const struct world_file *f = files_find(&w->files, path);
		const struct node *root = f ? read_template(w, d, f) : NULL;

		if (root)
			u->groups[i] = template_compile_group(u->scope, i, root, d);
		else if (!f && u->scope->names[i].computed)
			diag_error(d, MSG_world_missing, u->scope->names[i].type->pos,
				   "facts '%s' are declared but %s is missing",
				   u->scope->names[i].name.p, path.p);
	}
}

static bool is_object_template(const struct world_file *f, enum unit_kind kind)
{
	for (size_t i = 0; unit_folders[kind][i][0]; i++)
		if (files_below(f, unit_folders[kind][i], ".yaml"))
			return true;
	return false;
}

/* A template of the repository that no unit would ever expand. */
static void check_place(struct diags *d, const struct world_file *f)
{
	bool known = f->builtin || !str_starts(f->path, "templates/") ||
		     str_starts(f->path, "templates/model/");

	for (int kind = 0; kind < UNIT_KINDS && !known; kind++)
		known = is_object_template(f, (enum unit_kind)kind);
	if (!known)
		diag_error(d, MSG_world_file, (struct pos){ f->file, 0, 0 },
			   "is in no folder of templates: cluster, access, namespace, destination, "
			   "sync or model");
}

static void load_objects(struct world *w, struct diags *d, enum unit_kind kind)
{
	struct unit_templates *u = &w->units[kind];

	u->objects = NEW_ARRAY(w->arena, w->files.n + 1, struct object_template);
	for (size_t i = 0; i < w->files.n; i++) {
		const struct world_file *f = &w->files.list[i];
		const struct node *root =
		    is_object_template(f, kind) ? read_template(w, d, f) : NULL;
		const struct template *t = root ? template_compile(u->scope, root, d) : NULL;

		if (t)
			u->objects[u->n_objects++] = (struct object_template){ f->path, t };
	}
}

static void load_pods(struct world *w, struct diags *d)
{
	for (size_t i = 0; i < w->files.n; i++) {
		const struct world_file *f = &w->files.list[i];
		const struct template *t = NULL;
		struct revision *r = NULL;
		const struct node *root = NULL;

		if (!rulebook_revision(f->path) || !str_ends(f->path, ".yaml") ||
		    !strstr(f->path.p, "/pods/"))
			continue;
		r = revision_of(w, f->path);
		root = read_template(w, d, f);
		t = root ? template_compile(w->units[UNIT_CLUSTER].scope, root, d) : NULL;
		if (t)
			r->pods[r->n_pods++] =
			    (struct pod_template){ files_stem(w->arena, f->path), t };
	}
}

void load_templates(struct world *w, struct diags *d, struct diags *code, enum world_extent extent)
{
	int last = extent == WORLD_CLUSTERS ? UNIT_CLUSTER : UNIT_KINDS - 1;

	for (size_t i = 0; i < w->files.n; i++)
		check_place(d, &w->files.list[i]);
	for (int k = 0; k <= last; k++) {
		struct str unit = str_of(unit_names[k]);
		const struct schema_kind *record =
		    schema_find(w->schemas, arena_fmt(w->arena, "model/%s", unit.p));

		if (!record)
			continue;
		w->units[k].scope = scope_new(w->arena, unit, record, w->lua);
		load_groups(w, d, (enum unit_kind)k);
		if (k == UNIT_CLUSTER)
			load_pods(w, d);
		load_objects(w, d, (enum unit_kind)k);
	}
	(void)lua_library_check(w->lua, code);
}
