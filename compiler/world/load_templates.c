/* SPDX-License-Identifier: Apache-2.0 */
/* load_templates.c: revisions, Lua files and templates, compiled for all units. */
#include "schema/near.h"
#include "tree/yaml.h"
#include "world/load.h"
#include "world/rulebook.h"

static const char *const unit_names[UNIT_KINDS] = { "cluster", "destination" };

/* The folders whose templates belong to a unit: "" ends a row. */
static const char *const unit_folders[UNIT_KINDS][4] = {
	{ "templates/cluster/", "templates/access/", "", "" },
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

static bool is_group(const struct world_file *f, int kind)
{
	const char *model = "templates/model/";
	struct str rest = str_cut(f->path, strlen(model), f->path.n);

	return str_starts(f->path, model) && str_starts(rest, unit_names[kind]) &&
	       rest.p[strlen(unit_names[kind])] == '/';
}

/* A template of the repository that no unit would ever expand. */
static void check_place(struct diags *d, const struct world_file *f)
{
	bool known = f->builtin || !str_starts(f->path, "templates/");

	for (int kind = 0; kind < UNIT_KINDS && !known; kind++)
		known = is_object_template(f, (enum unit_kind)kind) || is_group(f, kind);
	if (!known)
		diag_error(d, MSG_world_file, (struct pos){ f->file, 1, 1 },
			   "is in no folder of templates: cluster, access, destination, sync, "
			   "model/cluster or model/destination");
}

/* The template at path is of no group that the record declares; the nearest one is told. */
static void unknown_group(struct diags *d, const struct world_file *f, const struct scope *s,
			  struct str name)
{
	struct near near = near_to(name);

	for (size_t k = 0; k < s->n_names; k++)
		if (s->names[k].computed)
			near_try(&near, s->names[k].name);
	diag_error(d, MSG_world_file, (struct pos){ f->file, 1, 1 },
		   near.best.n ? "is no group of facts of a %s, which howdah declares; did you "
				 "mean '%s'?"
			       : "is no group of facts of a %s, which howdah declares%s",
		   s->unit.p, near.best.n ? near.best.p : "");
}

/* Facts of the repository that its unit's record does not declare. */
static void check_groups(const struct world *w, struct diags *d, enum unit_kind kind)
{
	const struct scope *s = w->units[kind].scope;
	struct str dir = arena_fmt(w->arena, "templates/model/%s/", unit_names[kind]);

	for (size_t i = 0; i < w->files.n; i++) {
		const struct world_file *f = &w->files.list[i];
		struct str name = str_cut(f->path, dir.n, f->path.n - strlen(".yaml"));
		int at = -1;

		if (f->builtin || !files_below(f, dir.p, ".yaml"))
			continue;
		at = scope_find(s, name);
		if (at < 0 || !s->names[at].computed)
			unknown_group(d, f, s, name);
	}
}

/* The unit whose templates read name as a part of their record, or NULL. */
static const char *unit_with(const struct world *w, struct str name)
{
	for (int k = 0; k < UNIT_KINDS; k++)
		if (w->units[k].scope && scope_find(w->units[k].scope, name) >= 0)
			return unit_names[k];
	return NULL;
}

/* Modules of the repository that templates would never see behind their record's names. */
static void check_modules(const struct world *w, struct diags *d)
{
	for (size_t i = 0; i < w->files.n; i++) {
		const struct world_file *f = &w->files.list[i];
		bool own = !f->builtin && files_below(f, "lua/", ".lua") &&
			   !str_starts(f->path, "lua/policies/");
		struct str name = own ? files_stem(w->arena, f->path) : (struct str){ 0 };
		const char *unit = own ? unit_with(w, name) : NULL;

		if (unit)
			diag_error(d, MSG_world_file, (struct pos){ f->file, 1, 1 },
				   "templates of a %s read '%s' as a part of their record: the "
				   "module needs another name",
				   unit, name.p);
	}
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
		check_groups(w, d, (enum unit_kind)k);
		if (k == UNIT_CLUSTER)
			load_pods(w, d);
		load_objects(w, d, (enum unit_kind)k);
	}
	check_modules(w, d);
	(void)lua_library_check(w->lua, code);
}
