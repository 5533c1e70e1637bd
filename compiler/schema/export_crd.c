/* SPDX-License-Identifier: Apache-2.0 */
/* export_crd.c: CustomResourceDefinitions of the records: structural, closed, with CEL. */
#include "schema/export_in.h"

/* A place of the structural schema. steady: it can be found again in the old record. */
struct crd {
	struct arena *arena;
	bool steady;
};

static struct node *describe(struct crd c, const struct schema *s);

static void put_properties(struct crd c, struct map *b, const struct schema *s)
{
	struct map props = { .arena = c.arena, .pos = s->pos }, required = props;

	for (size_t i = 0; i < s->n_props; i++) {
		const struct schema_prop *prop = &s->props[i];

		if (prop->schema->pending.n)
			continue;
		map_node(&props, prop->key.p, describe(c, prop->schema));
		if (prop->required || export_is_complete(s, prop->key))
			node_add(&required.list, node_str(c.arena, s->pos, prop->key));
	}
	map_node(b, "properties", map_done(&props));
	if (required.list.n)
		map_node(b, "required", build_list(&required));
}

static void put_object(struct crd c, struct map *b, const struct schema *s)
{
	if (s->extra)
		map_node(b, "additionalProperties", describe(c, s->extra));
	else
		put_properties(c, b, s);
	map_node(b, "x-kubernetes-validations", export_cel(c.arena, s, c.steady));
}

/* Lists with a key are maps to the API server: their items keep their identity. */
static void put_array(struct crd c, struct map *b, const struct schema *s)
{
	const char *type = s->merge.n ? "map" : s->unique ? "set" : "atomic";
	struct crd below = c;

	below.steady = c.steady && s->merge.n;
	map_node(b, "items", describe(below, s->items));
	map_text(b, "x-kubernetes-list-type", str_of(type));
	if (s->merge.n)
		map_node(b, "x-kubernetes-list-map-keys",
			 build_one(c.arena, node_str(c.arena, s->pos, s->merge)));
}

/* The API server estimates the cost of CEL by the longest text. */
static void put_string(struct map *b, const struct schema *s)
{
	const struct format_row *form = format_row(s->format);

	if (s->pattern.n)
		map_text(b, "pattern", s->pattern);
	else if (form->pattern)
		map_text(b, "pattern", str_of(form->pattern));
	if (!s->most.set && s->format)
		map_int(b, "maxLength", (int64_t)form->longest);
	map_node(b, "x-kubernetes-validations", export_range(b->arena, s));
}

static struct node *describe(struct crd c, const struct schema *s)
{
	static const char *const names[] = {
		"", "object", "array", "string", "integer", "boolean"
	};
	struct map b = { .arena = c.arena, .pos = s->pos };

	map_text(&b, "type", str_of(names[s->type]));
	map_text(&b, "description", s->description);
	build_bounds(&b, s);
	if (s->n_values)
		map_node(&b, "enum", build_values(c.arena, s));
	map_node(&b, "default", s->dflt);
	if (s->type == SCHEMA_ANY)
		map_flag(&b, "x-kubernetes-preserve-unknown-fields", true);
	if (s->type == SCHEMA_OBJECT)
		put_object(c, &b, s);
	if (s->type == SCHEMA_ARRAY)
		put_array(c, &b, s);
	if (s->type == SCHEMA_STRING)
		put_string(&b, s);
	if (s->type == SCHEMA_INTEGER)
		map_text(&b, "format", str_of("int64"));
	return map_done(&b);
}

static struct node *plain_type(struct crd c, struct pos pos, const char *description)
{
	struct map b = { .arena = c.arena, .pos = pos };

	map_text(&b, "type", str_of("string"));
	map_text(&b, "description", str_of(description));
	return map_done(&b);
}

/* Of metadata a CRD may only bound the name. */
static struct node *metadata(struct crd c, const struct schema *root)
{
	const struct schema *meta = schema_step(root, str_of("metadata"));
	const struct schema *name = meta ? schema_step(meta, str_of("name")) : NULL;
	struct map b = { .arena = c.arena, .pos = root->pos }, props = b;

	map_text(&b, "type", str_of("object"));
	if (name) {
		map_node(&props, "name", describe(c, name));
		map_node(&b, "properties", map_done(&props));
	}
	return map_done(&b);
}

static void put_root(struct crd c, struct map *props, const struct schema_kind *kind)
{
	const struct schema *root = kind->root;

	map_node(props, "apiVersion", plain_type(c, root->pos, "Version of the vocabulary."));
	map_node(props, "kind", plain_type(c, root->pos, "Kind of the record."));
	map_node(props, "metadata", metadata(c, root));
	for (size_t i = 0; i < root->n_props; i++) {
		struct str key = root->props[i].key;

		if (!str_is(key, "apiVersion") && !str_is(key, "kind") && !str_is(key, "metadata"))
			map_node(props, key.p, describe(c, root->props[i].schema));
	}
	if (kind->status)
		map_node(props, "status", describe(c, kind->status));
}

static struct node *root_schema(struct arena *a, const struct schema_kind *kind)
{
	struct map b = { .arena = a, .pos = kind->root->pos }, props = b, all = b;
	struct crd c = { a, true };

	map_text(&b, "type", str_of("object"));
	map_text(&b, "description", kind->description);
	put_root(c, &props, kind);
	map_node(&b, "properties", map_done(&props));
	if (kind->spec)
		map_node(&b, "required",
			 build_one(a, node_str(a, kind->root->pos, str_of("spec"))));
	map_node(&b, "x-kubernetes-validations", export_cel(a, kind->root, true));
	map_node(&all, "openAPIV3Schema", map_done(&b));
	return map_done(&all);
}

static struct node *columns(struct arena *a, const struct schema_kind *kind)
{
	struct map list = { .arena = a, .pos = kind->root->pos };

	for (size_t i = 0; i < kind->n_columns; i++) {
		const struct schema_column *col = &kind->columns[i];
		struct map b = { .arena = a, .pos = kind->root->pos };

		map_text(&b, "name", col->name);
		map_text(&b, "type", col->type);
		map_text(&b, "jsonPath", col->path);
		map_text(&b, "description", col->description);
		if (col->priority)
			map_int(&b, "priority", col->priority);
		node_add(&list.list, map_done(&b));
	}
	return list.list.n ? build_list(&list) : NULL;
}

static struct node *version(struct arena *a, const struct schema_kind *kind)
{
	struct map b = { .arena = a, .pos = kind->root->pos }, sub = b, none = b;

	map_text(&b, "name", kind->version);
	map_flag(&b, "served", true);
	map_flag(&b, "storage", true);
	map_node(&b, "schema", root_schema(a, kind));
	if (kind->status) {
		map_node(&sub, "status", map_done(&none));
		map_node(&b, "subresources", map_done(&sub));
	}
	map_node(&b, "additionalPrinterColumns", columns(a, kind));
	return map_done(&b);
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
	struct map b = { .arena = a, .pos = kind->root->pos }, shorts = b;

	map_text(&b, "kind", kind->name);
	map_text(&b, "listKind", arena_fmt(a, "%sList", kind->name.p));
	map_text(&b, "plural", kind->plural);
	map_text(&b, "singular", lower(a, kind->name));
	map_node(&b, "categories", build_one(a, node_str(a, kind->root->pos, str_of("howdah"))));
	for (size_t i = 0; i < kind->n_shorts; i++)
		node_add(&shorts.list, node_str(a, kind->root->pos, kind->shorts[i]));
	if (shorts.list.n)
		map_node(&b, "shortNames", build_list(&shorts));
	return map_done(&b);
}

bool schema_has_crd(const struct schema_kind *kind)
{
	return str_is(kind->scope, "Namespaced") || str_is(kind->scope, "Cluster");
}

const struct node *schema_crd(struct arena *a, const struct schema_kind *kind)
{
	struct map root = { .arena = a, .pos = kind->root->pos }, meta = root, spec = root;

	map_text(&meta, "name", arena_fmt(a, "%s.%s", kind->plural.p, kind->group.p));
	map_text(&spec, "group", kind->group);
	map_text(&spec, "scope", kind->scope);
	map_node(&spec, "names", names(a, kind));
	map_node(&spec, "versions", build_one(a, version(a, kind)));
	map_text(&root, "apiVersion", str_of("apiextensions.k8s.io/v1"));
	map_text(&root, "kind", str_of("CustomResourceDefinition"));
	map_node(&root, "metadata", map_done(&meta));
	map_node(&root, "spec", map_done(&spec));
	return map_done(&root);
}
