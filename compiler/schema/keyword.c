/* SPDX-License-Identifier: Apache-2.0 */
/* keyword.c: the keywords of the schema language, one function and one row each. */
#include <stdlib.h>

#include "schema/check.h"
#include "schema/load.h"
#include "tree/print.h"

/* What a keyword's function works on. */
struct work {
	struct loader *l;
	struct place at;
	struct schema *s;
	const struct node *map; /* the whole schema as written */
};

enum {
	ON_ANY = 1 << SCHEMA_ANY,
	ON_OBJECT = 1 << SCHEMA_OBJECT,
	ON_ARRAY = 1 << SCHEMA_ARRAY,
	ON_STRING = 1 << SCHEMA_STRING,
	ON_INTEGER = 1 << SCHEMA_INTEGER,
	ON_BOOLEAN = 1 << SCHEMA_BOOLEAN,
	ON_ALL = ON_ANY | ON_OBJECT | ON_ARRAY | ON_STRING | ON_INTEGER | ON_BOOLEAN
};

/* ---- plain values -------------------------------------------------------------------------- */

static struct str read_text(const struct work *w, const struct node *v)
{
	if (v->kind == NODE_STR && v->text.n)
		return v->text;
	load_error(w->l, v->pos, "'%s' must be text", v->key.p);
	return (struct str){ "", 0 };
}

static bool read_flag(const struct work *w, const struct node *v)
{
	if (v->kind == NODE_STR && (str_is(v->text, "true") || str_is(v->text, "false")))
		return str_is(v->text, "true");
	load_error(w->l, v->pos, "'%s' must be true or false", v->key.p);
	return false;
}

static struct schema_bound read_bound(const struct work *w, const struct node *v)
{
	struct schema_bound b = { .set = true };

	if (v->kind == NODE_STR && str_int(v->text, &b.v))
		return b;
	load_error(w->l, v->pos, "'%s' must be a whole number", v->key.p);
	return (struct schema_bound){ 0 };
}

/* A list of texts in the arena, their number in *n. */
static const struct str *read_texts(const struct work *w, const struct node *v, size_t *n)
{
	struct str *texts = NEW_ARRAY(w->l->arena, node_count(v) + 1, struct str);

	*n = 0;
	if (v->kind != NODE_LIST) {
		load_error(w->l, v->pos, "'%s' must be a list of names", v->key.p);
		return texts;
	}
	node_each(kid, v) if (kid->kind == NODE_STR) texts[(*n)++] = kid->text;
	return texts;
}

static enum format read_format(const struct work *w, const struct node *v)
{
	struct str name = read_text(w, v);
	enum format f = format_find(name);

	if (!f && name.n)
		load_error(w->l, v->pos, "'%s' is not a format",
			   print_text_inline(w->l->arena, name).p);
	return f;
}

/* ---- one function for each keyword --------------------------------------------------------- */

static void on_description(const struct work *w, const struct node *v)
{
	w->s->description = read_text(w, v);
}

static void on_docs(const struct work *w, const struct node *v)
{
	w->s->docs = read_text(w, v);
}

static void on_unit(const struct work *w, const struct node *v)
{
	w->s->unit = read_text(w, v);
}

static void on_pending(const struct work *w, const struct node *v)
{
	w->s->pending = read_text(w, v);
	if (node_at(w->map, "default"))
		load_error(w->l, v->pos, "a pending field cannot have a default");
}

static void on_source(const struct work *w, const struct node *v)
{
	w->s->intent_only = true;
	w->s->refused = w->at.layer;
	if (!str_is(read_text(w, v), "intent"))
		load_error(w->l, v->pos, "'x-howdah-source' can only be intent");
}

static void on_audience(const struct work *w, const struct node *v)
{
	w->s->for_platform = true;
	if (!str_is(read_text(w, v), "platform"))
		load_error(w->l, v->pos, "'x-howdah-audience' can only be platform");
}

/* A layer stands beside a $ref, so the file of its definition is the kind it is a part of. */
static void on_layer(const struct work *w, const struct node *v)
{
	struct str file = w->at.source->name;

	if (read_flag(w, v))
		w->s->layer_of = arena_str(w->l->arena, str_cut(file, 0, file.n - 5));
}

static void on_aliases(const struct work *w, const struct node *v)
{
	w->s->aliases = read_texts(w, v, &w->s->n_aliases);
}

static void on_preserve(const struct work *w, const struct node *v)
{
	if (read_flag(w, v))
		w->s->type = SCHEMA_ANY;
}

static int by_key(const void *a, const void *b)
{
	return str_cmp(((const struct schema_prop *)a)->key, ((const struct schema_prop *)b)->key);
}

/* A layer is a part of the whole: there only the keys of lists must be written. */
static bool is_required(const struct work *w, struct str key)
{
	const struct node *list = node_at(w->map, "required");
	const struct schema *up = w->s->parent;
	bool named = false;

	if (list && list->kind == NODE_LIST)
		node_each(kid, list) named = named || str_eq(kid->text, key);
	if (!w->at.layer)
		return named;
	return named && up && up->type == SCHEMA_ARRAY && str_eq(up->merge, key);
}

static void on_properties(const struct work *w, const struct node *v)
{
	struct schema_prop *props = NEW_ARRAY(w->l->arena, node_count(v) + 1, struct schema_prop);
	const struct schema_prop **order =
	    NEW_ARRAY(w->l->arena, node_count(v) + 1, const struct schema_prop *);
	uint32_t i = 0;

	if (v->kind != NODE_MAP) {
		load_error(w->l, v->pos, "'properties' must be a map from names to schemas");
		return;
	}
	node_each(kid, v)
	{
		props[i].key = kid->key;
		props[i].schema = load_schema(w->l, w->at, kid, w->s, kid->key);
		props[i].place = i;
		props[i].required = is_required(w, kid->key);
		i++;
	}
	qsort(props, i, sizeof(*props), by_key);
	for (uint32_t j = 0; j < i; j++)
		order[props[j].place] = &props[j];
	w->s->props = props;
	w->s->in_order = order;
	w->s->n_props = i;
}

static void on_extra(const struct work *w, const struct node *v)
{
	w->s->extra = load_schema(w->l, w->at, v, w->s, str_of("*"));
}

static void on_key_format(const struct work *w, const struct node *v)
{
	w->s->key_format = read_format(w, v);
	if (!w->s->extra)
		load_error(w->l, v->pos, "'x-howdah-key-format' needs additionalProperties");
}

/* Flags were set by on_properties. */
static void on_required(const struct work *w, const struct node *v)
{
	size_t n;
	const struct str *names = read_texts(w, v, &n);

	for (size_t i = 0; i < n; i++)
		if (!schema_prop(w->s, names[i]))
			load_error(w->l, v->pos, "'required' names '%s', which is no property",
				   names[i].p);
}

static void on_complete(const struct work *w, const struct node *v)
{
	size_t n;
	const struct str *names = read_texts(w, v, &n);

	for (size_t i = 0; i < n; i++)
		if (!schema_prop(w->s, names[i]))
			load_error(w->l, v->pos,
				   "'x-howdah-complete' names '%s', which is no property",
				   names[i].p);
	if (w->at.layer)
		return;
	w->s->complete = names;
	w->s->n_complete = n;
}

static void on_shorthand(const struct work *w, const struct node *v)
{
	const struct schema_prop *prop = schema_prop(w->s, read_text(w, v));

	if (!prop || prop->schema->type == SCHEMA_OBJECT || prop->schema->type == SCHEMA_ARRAY)
		load_error(w->l, v->pos, "'x-howdah-shorthand' must name a scalar property");
	else
		w->s->shorthand = prop->key;
}

static void on_rules(const struct work *w, const struct node *v)
{
	/* A layer is a part: its rules are judged on the whole. */
	if (!w->at.layer)
		rules_read(w->l, w->s, v);
}

static void on_items(const struct work *w, const struct node *v)
{
	w->s->items = load_schema(w->l, w->at, v, w->s, str_of("[]"));
}

static void on_merge(const struct work *w, const struct node *v)
{
	w->s->merge = read_text(w, v);
}

/* Once the items are known. */
static void check_merge(const struct work *w)
{
	const struct schema *s = w->s;
	const struct schema_prop *key =
	    s->items && s->merge.n ? schema_prop(s->items, s->merge) : NULL;

	if (s->merge.n &&
	    (!key || !key->required ||
	     (key->schema->type != SCHEMA_STRING && key->schema->type != SCHEMA_INTEGER)))
		load_error(
		    w->l, s->pos,
		    "'x-howdah-merge' must name a required text or integer property of the items");
}

static void on_unique(const struct work *w, const struct node *v)
{
	w->s->unique = read_flag(w, v);
	if (w->s->items &&
	    (w->s->items->type == SCHEMA_OBJECT || w->s->items->type == SCHEMA_ARRAY))
		load_error(w->l, v->pos, "'uniqueItems' needs scalar items; use x-howdah-merge");
}

static void on_format(const struct work *w, const struct node *v)
{
	w->s->format = read_format(w, v);
}

/* An end of the range of a text with an order. */
static struct str read_end(const struct work *w, const struct node *v)
{
	struct str text = read_text(w, v);
	const char *why = format_check(w->s->format, text);

	if (format_row(w->s->format)->order == ORDER_NONE)
		load_error(w->l, v->pos, "'%s' needs a format whose values have an order",
			   v->key.p);
	else if (why)
		load_error(w->l, v->pos, "'%s' %s", v->key.p, why);
	return text;
}

static void on_lowest(const struct work *w, const struct node *v)
{
	w->s->lowest = read_end(w, v);
}

static void on_highest(const struct work *w, const struct node *v)
{
	int sign = 0;

	w->s->highest = read_end(w, v);
	if (w->s->lowest.n && format_compare(w->s->format, w->s->lowest, w->s->highest, &sign) &&
	    sign > 0)
		load_error(w->l, v->pos, "'x-howdah-max' is below 'x-howdah-min'");
}

static void on_pattern(const struct work *w, const struct node *v)
{
	struct str text = read_text(w, v);
	struct pattern *p;

	for (p = w->l->set->patterns; p; p = p->next)
		if (str_eq(p->text, text))
			break;
	if (!p) {
		p = NEW(w->l->arena, struct pattern);
		p->text = text;
		ere_init(&p->ere, text.p);
		/* those that howdah carries were asked by its tests */
		if (!w->at.source->file->frozen && !ere_good(&p->ere)) {
			load_error(w->l, v->pos,
				   "'pattern' is not a POSIX extended regular expression");
			return;
		}
		p->next = w->l->set->patterns;
		w->l->set->patterns = p;
	}
	w->s->pattern = text;
	w->s->form = &p->ere;
}

static void on_least(const struct work *w, const struct node *v)
{
	w->s->least = read_bound(w, v);
}

static void on_most(const struct work *w, const struct node *v)
{
	w->s->most = read_bound(w, v);
	if (w->s->least.set && w->s->least.v > w->s->most.v)
		load_error(w->l, v->pos, "'%s' is below the least that is allowed", v->key.p);
}

static const struct node *read_value(const struct work *w, const struct node *v)
{
	int64_t num;

	if (w->s->type == SCHEMA_STRING && v->kind == NODE_STR)
		return node_str(w->l->arena, v->pos, v->text);
	if (w->s->type == SCHEMA_INTEGER && v->kind == NODE_STR && str_int(v->text, &num))
		return node_int(w->l->arena, v->pos, num);
	load_error(w->l, v->pos, "this value of 'enum' is not of type %s", schema_type_name(w->s));
	return NULL;
}

static void on_enum(const struct work *w, const struct node *v)
{
	struct schema_value *values =
	    NEW_ARRAY(w->l->arena, node_count(v) + 1, struct schema_value);
	size_t n = 0;

	if (v->kind != NODE_LIST || !v->kids) {
		load_error(w->l, v->pos, "'enum' must be a list of values");
		return;
	}
	node_each(kid, v)
	{
		values[n].node = read_value(w, kid);
		values[n].text = kid->text;
		values[n].means = str_of("");
		if (values[n].node)
			n++;
	}
	w->s->values = values;
	w->s->n_values = n;
}

static void on_values(const struct work *w, const struct node *v)
{
	struct schema_value *values =
	    NEW_ARRAY(w->l->arena, w->s->n_values + 1, struct schema_value);

	for (size_t i = 0; i < w->s->n_values; i++) {
		values[i] = w->s->values[i];
		values[i].means = node_text(v, values[i].text.p);
		if (!values[i].means.n)
			load_error(w->l, v->pos, "'x-howdah-values' says nothing about '%s'",
				   values[i].text.p);
	}
	if (node_count(v) > w->s->n_values)
		load_error(w->l, v->pos, "'x-howdah-values' describes more values than 'enum' has");
	w->s->values = values;
}

/* A default or example by the rules of its own field. */
static const struct node *read_typed(const struct work *w, const struct node *v)
{
	struct diags *found = diags_new(w->l->arena);
	const struct node *typed = schema_check_value(w->l->arena, found, w->s, v);

	for (const struct diag *g = diags_first(found); g; g = g->next)
		load_error(w->l, g->pos, "'%s' breaks the rules of its own field: %s", v->key.p,
			   g->text.p);
	return typed;
}

static void on_default(const struct work *w, const struct node *v)
{
	const struct node *typed = read_typed(w, v);

	/* In a layer only what is written counts. */
	w->s->dflt = w->at.layer ? NULL : typed;
}

/* An example as messages print it, unjudged: tests judge those of the schemas that howdah carries,
 * from their text. */
static const struct node *shown(const struct work *w, const struct node *v)
{
	struct node *n = node_loose(w->l->arena, v);

	n->plain = false;
	if (v->kind == NODE_STR && w->s->type == SCHEMA_BOOLEAN) {
		n->kind = NODE_BOOL;
		n->flag = str_is(v->text, "true");
	} else if (v->kind == NODE_STR && w->s->type == SCHEMA_INTEGER &&
		   str_int(v->text, &n->num)) {
		n->kind = NODE_INT;
	}
	return n;
}

static void on_example(const struct work *w, const struct node *v)
{
	w->s->example = w->at.source->file->frozen ? shown(w, v) : read_typed(w, v);
}

static void on_nothing(const struct work *w, const struct node *v)
{
	(void)w;
	(void)v;
}

/* A keyword, on which types it stands (ON_ bits), and what reads it. */
#define KEYWORD(name, types, read)                                                                 \
	{                                                                                          \
		{ name, sizeof(name) - 1 }, types, read                                            \
	}

/* In the order they are read: a keyword may use what stands above it. */
static const struct keyword {
	struct str name;
	int types;
	void (*read)(const struct work *w, const struct node *v);
} keywords[] = {
	KEYWORD("type", ON_ALL, on_nothing),
	KEYWORD("description", ON_ALL, on_description),
	KEYWORD("x-howdah-docs", ON_ALL, on_docs),
	KEYWORD("x-howdah-unit", ON_INTEGER, on_unit),
	KEYWORD("x-howdah-pending", ON_ALL, on_pending),
	KEYWORD("x-howdah-source", ON_ALL, on_source),
	KEYWORD("x-howdah-audience", ON_ALL, on_audience),
	KEYWORD("x-howdah-known-as", ON_ALL, on_aliases),
	KEYWORD("x-howdah-layer", ON_OBJECT, on_layer),
	KEYWORD("x-kubernetes-preserve-unknown-fields", ON_ANY | ON_OBJECT, on_preserve),
	KEYWORD("properties", ON_OBJECT, on_properties),
	KEYWORD("additionalProperties", ON_OBJECT, on_extra),
	KEYWORD("x-howdah-key-format", ON_OBJECT, on_key_format),
	KEYWORD("required", ON_OBJECT, on_required),
	KEYWORD("x-howdah-complete", ON_OBJECT, on_complete),
	KEYWORD("x-howdah-shorthand", ON_OBJECT, on_shorthand),
	KEYWORD("minProperties", ON_OBJECT, on_least),
	KEYWORD("maxProperties", ON_OBJECT, on_most),
	KEYWORD("x-howdah-rules", ON_OBJECT, on_rules),
	KEYWORD("x-howdah-merge", ON_ARRAY, on_merge),
	KEYWORD("items", ON_ARRAY, on_items),
	KEYWORD("uniqueItems", ON_ARRAY, on_unique),
	KEYWORD("minItems", ON_ARRAY, on_least),
	KEYWORD("maxItems", ON_ARRAY, on_most),
	KEYWORD("x-howdah-format", ON_STRING, on_format),
	KEYWORD("x-howdah-min", ON_STRING, on_lowest),
	KEYWORD("x-howdah-max", ON_STRING, on_highest),
	KEYWORD("pattern", ON_STRING, on_pattern),
	KEYWORD("minLength", ON_STRING, on_least),
	KEYWORD("maxLength", ON_STRING, on_most),
	KEYWORD("minimum", ON_INTEGER, on_least),
	KEYWORD("maximum", ON_INTEGER, on_most),
	KEYWORD("enum", ON_STRING | ON_INTEGER, on_enum),
	KEYWORD("x-howdah-values", ON_STRING | ON_INTEGER, on_values),
	KEYWORD("default", ON_ALL, on_default),
	KEYWORD("example", ON_ALL, on_example),
};
#undef KEYWORD

enum { KEYWORDS = sizeof(keywords) / sizeof(keywords[0]) };

/* The row of a keyword, or KEYWORDS. */
static size_t find_keyword(struct str name)
{
	size_t i = 0;

	while (i < KEYWORDS && !str_eq(name, keywords[i].name))
		i++;
	return i;
}

/* Puts every key of the schema into the row of its keyword. */
static void sort_keywords(const struct work *w, const struct node *values[KEYWORDS])
{
	node_each(kid, w->map)
	{
		size_t i = find_keyword(kid->key);

		if (i == KEYWORDS && !str_is(kid->key, "$ref"))
			load_error(w->l, kid->key_pos,
				   "'%s' is not a keyword of the schema language",
				   print_text_inline(w->l->arena, kid->key).p);
		else if (i < KEYWORDS && !(keywords[i].types & 1 << w->s->type))
			load_error(w->l, kid->key_pos, "'%s' cannot stand on type %s", kid->key.p,
				   schema_type_name(w->s));
		else if (i < KEYWORDS)
			values[i] = kid;
	}
}

static void read_type(const struct work *w)
{
	static const char *const names[] = {
		"", "object", "array", "string", "integer", "boolean"
	};
	struct str type = node_text(w->map, "type");

	/* Without a type everything passes, and has to be said to. */
	if (!type.n && node_at(w->map, "x-kubernetes-preserve-unknown-fields"))
		return;
	for (size_t i = SCHEMA_OBJECT; i < sizeof(names) / sizeof(names[0]); i++) {
		if (str_is(type, names[i])) {
			w->s->type = (enum schema_type)i;
			return;
		}
	}
	load_error(w->l, w->map->pos, "'type' must be object, array, string, integer or boolean");
}

static bool is_scalar(const struct schema *s)
{
	return s->type == SCHEMA_STRING || s->type == SCHEMA_INTEGER || s->type == SCHEMA_BOOLEAN;
}

/* Records of the compiler (files without a kind) are read by templates, not by people: they need
 * no examples. */
static void check_whole(const struct work *w)
{
	const struct schema *s = w->s;
	bool kind = node_at(w->at.source->tree, "kind") != NULL;

	if (!s->description.n)
		load_error(w->l, w->map->pos, "'%s' has no description", s->name.p);
	if (kind && is_scalar(s) && !s->example)
		load_error(w->l, w->map->pos, "'%s' has no example", s->name.p);
	if (s->type == SCHEMA_OBJECT && !s->n_props && !s->extra)
		load_error(w->l, w->map->pos, "an object needs properties or additionalProperties");
	if (s->n_props && s->extra)
		load_error(w->l, w->map->pos,
			   "an object has properties or additionalProperties, not both");
	if (s->type == SCHEMA_ARRAY && !s->items)
		load_error(w->l, w->map->pos, "an array needs items");
	check_merge(w);
}

void keywords_read(struct loader *l, struct place at, struct schema *s, const struct node *n)
{
	const struct node *values[KEYWORDS] = { 0 };
	struct work w = { l, at, s, n };

	read_type(&w);
	sort_keywords(&w, values);
	for (size_t i = 0; i < KEYWORDS; i++)
		if (values[i])
			keywords[i].read(&w, values[i]);
	check_whole(&w);
}
