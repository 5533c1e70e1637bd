/* SPDX-License-Identifier: Apache-2.0 */
/* export_json.c: JSON Schema draft-07 for editors: completion, hover text, marks while typing. */
#include "schema/export_in.h"

#include "tree/print.h"

/* Parts of another kind's spec are described once, below `definitions`. */
struct editor {
	struct arena *arena;
	struct map definitions;
};

static struct node *describe(struct editor *e, const struct schema *s);

/* Plain 4 is the text 4 to howdah, but a number to an editor. */
static struct node *text_types(struct editor *e, const struct schema *s)
{
	const struct schema *up = s->parent;
	bool setting = up && up->extra == s && up->key_format == FORMAT_guc;
	bool number = setting || s->format == FORMAT_cpu || s->format == FORMAT_quantity ||
		      s->format == FORMAT_decimal;
	struct map list = { .arena = e->arena };

	if (!number)
		return node_str(e->arena, s->pos, str_of("string"));
	node_add(&list.list, node_str(e->arena, s->pos, str_of("string")));
	node_add(&list.list, node_str(e->arena, s->pos, str_of("number")));
	if (setting)
		node_add(&list.list, node_str(e->arena, s->pos, str_of("boolean")));
	return build_list(&list);
}

static void put_type(struct editor *e, struct map *b, const struct schema *s)
{
	static const char *const names[] = {
		"", "object", "array", "string", "integer", "boolean"
	};

	if (s->type == SCHEMA_STRING)
		map_node(b, "type", text_types(e, s));
	else
		map_text(b, "type", str_of(names[s->type]));
}

/* What cannot be written yet is not offered. */
static bool is_open(const struct schema *s)
{
	return !s->pending.n && !s->refused;
}

static void put_properties(struct editor *e, struct map *b, const struct schema *s)
{
	struct map open = { .arena = e->arena }, hidden = { .arena = e->arena },
		   required = { .arena = e->arena };

	for (size_t i = 0; i < s->n_props; i++) {
		const struct schema_prop *prop = s->in_order[i];

		if (!is_open(prop->schema))
			continue;
		/* A pattern is not completed: the fields of the platform stay valid, but are not
		 * offered to developers. */
		if (prop->schema->for_platform)
			map_node(&hidden, arena_fmt(e->arena, "^%s$", prop->key.p).p,
				 describe(e, prop->schema));
		else
			map_node(&open, prop->key.p, describe(e, prop->schema));
		if (prop->required && !prop->schema->dflt)
			node_add(&required.list, node_str(e->arena, s->pos, prop->key));
	}
	map_node(b, "properties", map_done(&open));
	if (hidden.list.n)
		map_node(b, "patternProperties", map_done(&hidden));
	if (required.list.n)
		map_node(b, "required", build_list(&required));
}

static void put_object(struct editor *e, struct map *b, const struct schema *s)
{
	const char *keys = format_row(s->key_format)->pattern;
	struct map names = { .arena = e->arena };

	if (s->n_props)
		put_properties(e, b, s);
	if (s->extra)
		map_node(b, "additionalProperties", describe(e, s->extra));
	else
		map_flag(b, "additionalProperties", false);
	if (s->key_format && keys) {
		map_text(&names, "pattern", str_of(keys));
		map_node(b, "propertyNames", map_done(&names));
	}
}

static void put_string(struct map *b, const struct schema *s)
{
	const char *form = format_row(s->format)->pattern;

	if (s->pattern.n)
		map_text(b, "pattern", s->pattern);
	else if (form)
		map_text(b, "pattern", str_of(form));
}

/* Description and, for values with a meaning each, one line for each. */
static struct str explain(struct editor *e, const struct schema *s)
{
	struct buf out = { 0 };
	struct str text;

	buf_str(&out, s->description);
	if (s->docs.n) {
		buf_text(&out, "\n\n");
		buf_str(&out, s->docs);
	}
	for (size_t i = 0; i < s->n_values; i++)
		if (s->values[i].means.n)
			buf_fmt(&out, "%s- %s: %s", i ? "\n" : "\n\n", s->values[i].text.p,
				s->values[i].means.p);
	text = buf_take(&out, e->arena);
	return text;
}

static void put_common(struct editor *e, struct map *b, const struct schema *s)
{
	map_text(b, "description", explain(e, s));
	build_bounds(b, s);
	if (s->n_values)
		map_node(b, "enum", build_values(e->arena, s));
	map_node(b, "default", s->dflt);
	if (s->example)
		map_node(b, "examples", build_one(e->arena, s->example));
}

static struct node *describe_plain(struct editor *e, const struct schema *s)
{
	struct map b = { .arena = e->arena };

	put_type(e, &b, s);
	put_common(e, &b, s);
	if (s->type == SCHEMA_OBJECT)
		put_object(e, &b, s);
	if (s->type == SCHEMA_ARRAY)
		map_node(&b, "items", describe(e, s->items));
	if (s->unique)
		map_flag(&b, "uniqueItems", true);
	if (s->type == SCHEMA_STRING)
		put_string(&b, s);
	return map_done(&b);
}

/* `{size: 200Gi}` or `200Gi`. */
static struct node *describe_short(struct editor *e, const struct schema *s)
{
	struct map b = { .arena = e->arena }, forms = { .arena = e->arena };

	map_text(&b, "description", explain(e, s));
	node_add(&forms.list, describe_plain(e, s));
	node_add(&forms.list, describe(e, schema_step(s, s->shorthand)));
	map_node(&b, "anyOf", build_list(&forms));
	return map_done(&b);
}

static struct node *describe_layer(struct editor *e, const struct schema *s)
{
	struct map b = { .arena = e->arena }, ref = { .arena = e->arena };
	struct str name = s->layer_of;
	bool known = false;

	for (const struct node *n = e->definitions.list.first; n; n = n->next)
		known = known || str_eq(n->key, name);
	if (!known)
		map_node(&e->definitions, name.p, describe_plain(e, s));
	map_text(&ref, "$ref", arena_fmt(e->arena, "#/definitions/%s", name.p));
	map_text(&b, "description", s->description);
	map_node(&b, "allOf", build_one(e->arena, map_done(&ref)));
	return map_done(&b);
}

static struct node *describe(struct editor *e, const struct schema *s)
{
	if (s->layer_of.n)
		return describe_layer(e, s);
	return s->shorthand.n ? describe_short(e, s) : describe_plain(e, s);
}

const struct node *export_json(struct arena *a, const struct schema_kind *kind)
{
	struct editor e = { .arena = a, .definitions = { .arena = a } };
	struct node *root = describe_plain(&e, kind->root);
	struct map all = { .arena = a };

	map_text(&all, "$schema", str_of("http://json-schema.org/draft-07/schema#"));
	map_text(&all, "title", kind->name);
	node_each(kid, root) map_node(&all, kid->key.p, kid);
	if (e.definitions.list.n)
		map_node(&all, "definitions", map_done(&e.definitions));
	return map_done(&all);
}
