/* SPDX-License-Identifier: Apache-2.0 */
/* load_platform.c: the platform, layered, and the tiers of the repository. */
#include "schema/check.h"
#include "schema/layer.h"
#include "schema/near.h"
#include "tree/yaml.h"
#include "world/load.h"
#include "world/what_if.h"

enum { PLATFORM_LAYERS = 8 };

static const struct node *read_document(struct world *w, struct diags *d,
					const struct world_file *f)
{
	return what_if_apply(w, f, yaml_read(w->arena, d, f->file, &YAML_WORLD));
}

static const struct node *check_document(struct world *w, struct diags *d,
					 const struct world_file *f, const struct node *root,
					 const struct schema_kind *k)
{
	enum schema_extent extent =
	    f->builtin && k == w->platform_kind ? SCHEMA_PARTIAL : SCHEMA_WHOLE;

	return root ? schema_check(w->arena, d, k->root, root, extent) : NULL;
}

const struct node *load_document(struct world *w, struct diags *d, const struct world_file *f,
				 const struct schema_kind *k)
{
	return check_document(w, d, f, read_document(w, d, f), k);
}

static const struct world_file *platform_file(const struct world *w)
{
	return files_find(&w->files, str_of("platform.yaml"));
}

const struct node *read_platform(struct world *w, struct diags *d)
{
	const struct world_file *f = platform_file(w);

	return f ? read_document(w, d, f) : NULL;
}

/* Built-in Platform documents (presets/), then platform.yaml, read as root. */
static size_t collect(struct world *w, struct diags *d, const struct node *root,
		      struct layer *layers)
{
	const struct world_file *own = platform_file(w);
	size_t n = 0;

	for (size_t i = 0; i < w->files.n && n + 1 < PLATFORM_LAYERS; i++) {
		const struct world_file *f = &w->files.list[i];
		const struct node *doc = NULL;

		if (!f->builtin || !files_below(f, "presets/", ".yaml"))
			continue;
		doc = load_document(w, d, f, w->platform_kind);
		layers[n++] = (struct layer){ .name = f->file->name,
					      .spec = node_at(doc, "spec"),
					      .intent = true };
	}
	root = check_document(w, d, own, root, w->platform_kind);
	layers[n++] = (struct layer){ .name = own->file->name,
				      .spec = node_at(root, "spec"),
				      .intent = true };
	return n;
}

/* name is no key of known; the nearest one is told. */
static void unknown(struct diags *d, const struct node *name, const struct node *known,
		    const char *what)
{
	struct near near = near_to(name->text);

	for (const struct node *k = known ? known->kids : NULL; k; k = k->next)
		near_try(&near, k->key);
	diag_error(d, MSG_world_reference, name->pos,
		   near.best.n ? "'%s' is no %s of the platform; did you mean '%s'?"
			       : "'%s' is no %s of the platform%s",
		   name->text.p, what, near.best.n ? near.best.p : ": write it in platform.yaml");
}

/* Each name that kids' field holds is one of known. */
static void check_names(struct diags *d, const struct node *kids, const char *field,
			const struct node *known, const char *what)
{
	if (!kids)
		return;
	node_each(kid, kids)
	{
		const struct node *name = node_at(kid, field);

		if (name && !node_get(known, name->text))
			unknown(d, name, known, what);
	}
}

static void check_references(struct world *w, struct diags *d)
{
	const struct node *images = node_at(w->platform, "images");
	const struct node *sets = node_at(images, "sets");
	const struct node *one = node_at(images, "set");

	check_names(d, node_at(w->platform, "environments"), "destination",
		    node_at(w->platform, "destinations"), "destination");
	check_names(d, node_at(w->platform, "environments"), "images", sets, "image set");
	check_names(d, node_at(w->platform, "rings"), "images", sets, "image set");
	if (one && !node_get(sets, one->text))
		unknown(d, one, sets, "image set");
}

/* Folders of the output that are not environments. */
static void check_reserved(struct world *w, struct diags *d)
{
	const struct node *environments = node_at(w->platform, "environments");

	for (const struct node *e = environments ? environments->kids : NULL; e; e = e->next)
		if (str_is(e->key, "destinations") || str_starts(e->key, "howdah"))
			diag_error(d, MSG_world_reference, e->key_pos,
				   "an environment cannot be called '%s': the output has that "
				   "folder already",
				   e->key.p);
}

static void load_tiers(struct world *w, struct diags *d)
{
	struct node *map = node_new(w->arena, NODE_MAP, (struct pos){ 0 });
	struct node_list list = { 0 };

	for (size_t i = 0; i < w->files.n; i++) {
		const struct world_file *f = &w->files.list[i];
		const struct node *doc = NULL;
		struct str name;

		if (f->builtin || !files_below(f, "presets/", ".yaml"))
			continue;
		doc = load_document(w, d, f, w->tier_kind);
		name = node_text(node_at(doc, "metadata"), "name");
		if (!doc || !name.n)
			continue;
		if (!str_eq(name, files_stem(w->arena, f->path)))
			diag_error(d, MSG_world_file, node_at(doc, "metadata")->pos,
				   "tier '%s' must be in the file presets/%s.yaml", name.p, name.p);
		node_put(&list, name, node_loose(w->arena, doc));
	}
	map->kids = list.first;
	w->tiers = map;
}

void load_platform(struct world *w, struct diags *d, const struct node *root)
{
	struct layer layers[PLATFORM_LAYERS] = { 0 };
	struct layered merged;

	w->platform = w->tiers = node_new(w->arena, NODE_MAP, (struct pos){ 0 });
	if (!platform_file(w)) {
		/* in a wrong directory nothing else that could be said would help */
		diag_error(d, MSG_world_missing, (struct pos){ 0 },
			   "there is no platform.yaml here; -C DIR names a platform repository, "
			   "howdah init DIR makes one");
		return;
	}
	merged =
	    layers_merge(w->arena, d, w->platform_kind->spec, layers, collect(w, d, root, layers));
	w->platform = schema_defaults(w->arena, w->platform_kind->spec, merged.spec);
	if (!diags_errors(d)) /* what one file lacks is told there */
		schema_complete(d, w->platform_kind->spec, w->platform);
	schema_rules_check(w->arena, d, w->platform_kind->spec, w->platform, NULL);
	check_references(w, d);
	check_reserved(w, d);
	load_written(w, d);
	load_tiers(w, d);
}
