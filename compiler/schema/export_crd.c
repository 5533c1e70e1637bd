/* SPDX-License-Identifier: Apache-2.0 */
/* export_crd.c: CustomResourceDefinitions of the records: structural, closed, with CEL. */
#include "schema/export_in.h"

/* A place of the structural schema. steady: it can be found again in the old record. */
struct crd {
	struct arena *arena;
	bool steady;
};

static struct node *describe(struct crd c, const struct schema *s);

static void put_properties(struct crd c, struct build *b, const struct schema *s)
{
	struct build props = { .arena = c.arena, .pos = s->pos }, required = props;

	for (size_t i = 0; i < s->n_props; i++) {
		const struct schema_prop *prop = &s->props[i];

		if (prop->schema->pending.n)
			continue;
		build_node(&props, prop->key.p, describe(c, prop->schema));
		if (prop->required || export_is_complete(s, prop->key))
			node_add(&required.kids, node_str(c.arena, s->pos, prop->key));
	}
	build_node(b, "properties", build_map(&props));
	if (required.kids.n)
		build_node(b, "required", build_list(&required));
}

static void put_object(struct crd c, struct build *b, const struct schema *s)
{
	if (s->extra)
		build_node(b, "additionalProperties", describe(c, s->extra));
	else
		put_properties(c, b, s);
	build_node(b, "x-kubernetes-validations", export_cel(c.arena, s, c.steady));
}

/* Lists with a key are maps to the API server: their items keep their identity. */
static void put_array(struct crd c, struct build *b, const struct schema *s)
{
	const char *type = s->merge.n ? "map" : s->unique ? "set" : "atomic";
	struct crd below = c;

	below.steady = c.steady && s->merge.n;
	build_node(b, "items", describe(below, s->items));
	build_text(b, "x-kubernetes-list-type", str_of(type));
	if (s->merge.n)
		build_node(b, "x-kubernetes-list-map-keys",
			   build_one(c.arena, node_str(c.arena, s->pos, s->merge)));
}

/* The API server estimates the cost of CEL by the longest text. */
static void put_string(struct build *b, const struct schema *s)
{
	const struct format_row *form = format_row(s->format);

	if (s->pattern.n)
		build_text(b, "pattern", s->pattern);
	else if (form->pattern)
		build_text(b, "pattern", str_of(form->pattern));
	if (!s->most.set && s->format)
		build_int(b, "maxLength", (int64_t)form->longest);
	build_node(b, "x-kubernetes-validations", export_range(b->arena, s));
}

static struct node *describe(struct crd c, const struct schema *s)
{
	static const char *const names[] = {
		"", "object", "array", "string", "integer", "boolean"
	};
	struct build b = { .arena = c.arena, .pos = s->pos };

	build_text(&b, "type", str_of(names[s->type]));
	build_text(&b, "description", s->description);
	build_bounds(&b, s);
	if (s->n_values)
		build_node(&b, "enum", build_values(c.arena, s));
	build_node(&b, "default", s->dflt);
	if (s->type == SCHEMA_ANY)
		build_flag(&b, "x-kubernetes-preserve-unknown-fields", true);
	if (s->type == SCHEMA_OBJECT)
		put_object(c, &b, s);
	if (s->type == SCHEMA_ARRAY)
		put_array(c, &b, s);
	if (s->type == SCHEMA_STRING)
		put_string(&b, s);
	if (s->type == SCHEMA_INTEGER)
		build_text(&b, "format", str_of("int64"));
	return build_map(&b);
}

static struct node *plain_type(struct crd c, struct pos pos, const char *description)
{
	struct build b = { .arena = c.arena, .pos = pos };

	build_text(&b, "type", str_of("string"));
	build_text(&b, "description", str_of(description));
	return build_map(&b);
}

/* Of metadata a CRD may only bound the name. */
static struct node *metadata(struct crd c, const struct schema *root)
{
	const struct schema *meta = schema_step(root, str_of("metadata"));
	const struct schema *name = meta ? schema_step(meta, str_of("name")) : NULL;
	struct build b = { .arena = c.arena, .pos = root->pos }, props = b;

	build_text(&b, "type", str_of("object"));
	if (name) {
		build_node(&props, "name", describe(c, name));
		build_node(&b, "properties", build_map(&props));
	}
	return build_map(&b);
}

static void put_root(struct crd c, struct build *props, const struct schema_kind *kind)
{
	const struct schema *root = kind->root;

	build_node(props, "apiVersion", plain_type(c, root->pos, "Version of the vocabulary."));
	build_node(props, "kind", plain_type(c, root->pos, "Kind of the record."));
	build_node(props, "metadata", metadata(c, root));
	for (size_t i = 0; i < root->n_props; i++) {
		struct str key = root->props[i].key;

		if (!str_is(key, "apiVersion") && !str_is(key, "kind") && !str_is(key, "metadata"))
			build_node(props, key.p, describe(c, root->props[i].schema));
	}
	if (kind->status)
		build_node(props, "status", describe(c, kind->status));
}

static struct node *root_schema(struct arena *a, const struct schema_kind *kind)
{
	struct build b = { .arena = a, .pos = kind->root->pos }, props = b, all = b;
	struct crd c = { a, true };

	build_text(&b, "type", str_of("object"));
	build_text(&b, "description", kind->description);
	put_root(c, &props, kind);
	build_node(&b, "properties", build_map(&props));
	if (kind->spec)
		build_node(&b, "required",
			   build_one(a, node_str(a, kind->root->pos, str_of("spec"))));
	build_node(&b, "x-kubernetes-validations", export_cel(a, kind->root, true));
	build_node(&all, "openAPIV3Schema", build_map(&b));
	return build_map(&all);
}

static struct node *columns(struct arena *a, const struct schema_kind *kind)
{
	struct build list = { .arena = a, .pos = kind->root->pos };

	for (size_t i = 0; i < kind->n_columns; i++) {
		const struct schema_column *col = &kind->columns[i];
		struct build b = { .arena = a, .pos = kind->root->pos };

		build_text(&b, "name", col->name);
		build_text(&b, "type", col->type);
		build_text(&b, "jsonPath", col->path);
		build_text(&b, "description", col->description);
		if (col->priority)
			build_int(&b, "priority", col->priority);
		node_add(&list.kids, build_map(&b));
	}
	return list.kids.n ? build_list(&list) : NULL;
}

static struct node *version(struct arena *a, const struct schema_kind *kind)
{
	struct build b = { .arena = a, .pos = kind->root->pos }, sub = b, none = b;

	build_text(&b, "name", kind->version);
	build_flag(&b, "served", true);
	build_flag(&b, "storage", true);
	build_node(&b, "schema", root_schema(a, kind));
	if (kind->status) {
		build_node(&sub, "status", build_map(&none));
		build_node(&b, "subresources", build_map(&sub));
	}
	build_node(&b, "additionalPrinterColumns", columns(a, kind));
	return build_map(&b);
}

static struct str lower(struct arena *a, struct str s)
{
	struct buf out = { 0 };
	struct str text;

	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (c >= 'A' && c <= 'Z')
			c = (char)(c + 32);
		buf_char(&out, c);
	}
	text = buf_take(&out, a);
	return text;
}

static struct node *names(struct arena *a, const struct schema_kind *kind)
{
	struct build b = { .arena = a, .pos = kind->root->pos }, shorts = b;

	build_text(&b, "kind", kind->name);
	build_text(&b, "listKind", arena_fmt(a, "%sList", kind->name.p));
	build_text(&b, "plural", kind->plural);
	build_text(&b, "singular", lower(a, kind->name));
	build_node(&b, "categories", build_one(a, node_str(a, kind->root->pos, str_of("howdah"))));
	for (size_t i = 0; i < kind->n_shorts; i++)
		node_add(&shorts.kids, node_str(a, kind->root->pos, kind->shorts[i]));
	if (shorts.kids.n)
		build_node(&b, "shortNames", build_list(&shorts));
	return build_map(&b);
}

bool schema_has_crd(const struct schema_kind *kind)
{
	return str_is(kind->scope, "Namespaced") || str_is(kind->scope, "Cluster");
}

const struct node *schema_crd(struct arena *a, const struct schema_kind *kind)
{
	struct build root = { .arena = a, .pos = kind->root->pos }, meta = root, spec = root;

	build_text(&meta, "name", arena_fmt(a, "%s.%s", kind->plural.p, kind->group.p));
	build_text(&spec, "group", kind->group);
	build_text(&spec, "scope", kind->scope);
	build_node(&spec, "names", names(a, kind));
	build_node(&spec, "versions", build_one(a, version(a, kind)));
	build_text(&root, "apiVersion", str_of("apiextensions.k8s.io/v1"));
	build_text(&root, "kind", str_of("CustomResourceDefinition"));
	build_node(&root, "metadata", build_map(&meta));
	build_node(&root, "spec", build_map(&spec));
	return build_map(&root);
}
