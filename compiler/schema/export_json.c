/* SPDX-License-Identifier: Apache-2.0 */
/* export_json.c: JSON Schema draft-07 for editors: completion, hover text, marks while typing. */
#include "schema/export_in.h"

#include "tree/print.h"

/* Parts of another kind's spec are described once, below `definitions`. */
struct editor {
	struct arena *arena;
	struct build definitions;
};

static struct node *describe(struct editor *e, const struct schema *s);

/* Plain 4 is the text 4 to howdah, but a number to an editor. */
static struct node *text_types(struct editor *e, const struct schema *s)
{
	const struct schema *up = s->parent;
	bool setting = up && up->extra == s && up->key_format == FORMAT_guc;
	bool number = setting || s->format == FORMAT_cpu || s->format == FORMAT_quantity ||
		      s->format == FORMAT_decimal;
	struct build list = { .arena = e->arena };

	if (!number)
		return node_str(e->arena, s->pos, str_of("string"));
	node_add(&list.kids, node_str(e->arena, s->pos, str_of("string")));
	node_add(&list.kids, node_str(e->arena, s->pos, str_of("number")));
	if (setting)
		node_add(&list.kids, node_str(e->arena, s->pos, str_of("boolean")));
	return build_list(&list);
}

static void put_type(struct editor *e, struct build *b, const struct schema *s)
{
	static const char *const names[] = {
		"", "object", "array", "string", "integer", "boolean"
	};

	if (s->type == SCHEMA_STRING)
		build_node(b, "type", text_types(e, s));
	else
		build_text(b, "type", str_of(names[s->type]));
}

/* What cannot be written yet is not offered. */
static bool is_open(const struct schema *s)
{
	return !s->pending.n && !s->refused;
}

static void put_properties(struct editor *e, struct build *b, const struct schema *s)
{
	struct build open = { .arena = e->arena }, hidden = { .arena = e->arena },
		     required = { .arena = e->arena };

	for (size_t i = 0; i < s->n_props; i++) {
		const struct schema_prop *prop = s->in_order[i];

		if (!is_open(prop->schema))
			continue;
		/* A pattern is not completed: the fields of the platform stay valid, but are not
		 * offered to developers. */
		if (prop->schema->for_platform)
			build_node(&hidden, arena_fmt(e->arena, "^%s$", prop->key.p).p,
				   describe(e, prop->schema));
		else
			build_node(&open, prop->key.p, describe(e, prop->schema));
		if (prop->required && !prop->schema->dflt)
			node_add(&required.kids, node_str(e->arena, s->pos, prop->key));
	}
	build_node(b, "properties", build_map(&open));
	if (hidden.kids.n)
		build_node(b, "patternProperties", build_map(&hidden));
	if (required.kids.n)
		build_node(b, "required", build_list(&required));
}

static void put_object(struct editor *e, struct build *b, const struct schema *s)
{
	const char *keys = format_row(s->key_format)->pattern;
	struct build names = { .arena = e->arena };

	if (s->n_props)
		put_properties(e, b, s);
	if (s->extra)
		build_node(b, "additionalProperties", describe(e, s->extra));
	else
		build_flag(b, "additionalProperties", false);
	if (s->key_format && keys) {
		build_text(&names, "pattern", str_of(keys));
		build_node(b, "propertyNames", build_map(&names));
	}
}

static void put_string(struct build *b, const struct schema *s)
{
	const char *form = format_row(s->format)->pattern;

	if (s->pattern.n)
		build_text(b, "pattern", s->pattern);
	else if (form)
		build_text(b, "pattern", str_of(form));
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

static void put_common(struct editor *e, struct build *b, const struct schema *s)
{
	build_text(b, "description", explain(e, s));
	build_bounds(b, s);
	if (s->n_values)
		build_node(b, "enum", build_values(e->arena, s));
	build_node(b, "default", s->dflt);
	if (s->example)
		build_node(b, "examples", build_one(e->arena, s->example));
}

static struct node *describe_plain(struct editor *e, const struct schema *s)
{
	struct build b = { .arena = e->arena };

	put_type(e, &b, s);
	put_common(e, &b, s);
	if (s->type == SCHEMA_OBJECT)
		put_object(e, &b, s);
	if (s->type == SCHEMA_ARRAY)
		build_node(&b, "items", describe(e, s->items));
	if (s->unique)
		build_flag(&b, "uniqueItems", true);
	if (s->type == SCHEMA_STRING)
		put_string(&b, s);
	return build_map(&b);
}

/* `{size: 200Gi}` or `200Gi`. */
static struct node *describe_short(struct editor *e, const struct schema *s)
{
	struct build b = { .arena = e->arena }, forms = { .arena = e->arena };

	build_text(&b, "description", explain(e, s));
	node_add(&forms.kids, describe_plain(e, s));
	node_add(&forms.kids, describe(e, schema_step(s, s->shorthand)));
	build_node(&b, "anyOf", build_list(&forms));
	return build_map(&b);
}

static struct node *describe_layer(struct editor *e, const struct schema *s)
{
	struct build b = { .arena = e->arena }, ref = { .arena = e->arena };
	struct str name = s->layer_of;
	bool known = false;

	for (const struct node *n = e->definitions.kids.first; n; n = n->next)
		known = known || str_eq(n->key, name);
	if (!known)
		build_node(&e->definitions, name.p, describe_plain(e, s));
	build_text(&ref, "$ref", arena_fmt(e->arena, "#/definitions/%s", name.p));
	build_text(&b, "description", s->description);
	build_node(&b, "allOf", build_one(e->arena, build_map(&ref)));
	return build_map(&b);
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
	struct build all = { .arena = a };

	build_text(&all, "$schema", str_of("http://json-schema.org/draft-07/schema#"));
	build_text(&all, "title", kind->name);
	node_each(kid, root) build_node(&all, kid->key.p, kid);
	if (e.definitions.kids.n)
		build_node(&all, "definitions", build_map(&e.definitions));
	return build_map(&all);
}
