/* SPDX-License-Identifier: Apache-2.0 */
/* check.c: the walk of pass check: maps and lists; scalars are check_scalar.c. */
#include "schema/mend.h"
#include "schema/spot.h"
#include "tree/print.h"
#include "tree/yaml.h"

enum { MISSPELT = 2 };

enum { FIELDS_NAMED = 8 };

struct str spot_path(const struct check *c, const struct spot *spot)
{
	struct str path = path_of_trail(c->arena, &spot->trail);

	if (!path.n)
		path = spot_node(spot)->key;
	return path.n ? print_text_inline(c->arena, path) : str_of("the file");
}

/* A field made by a shorthand has no line of its own: it speaks under the name that was written. */
static const struct spot *written(const struct spot *spot)
{
	const struct node *n = spot_node(spot);
	const struct spot *up = spot->up;

	if (up && up->schema->shorthand.n && str_eq(up->schema->shorthand, n->key) &&
	    n->key_pos.file && spot_node(up)->key_pos.line == n->key_pos.line &&
	    spot_node(up)->key_pos.col == n->key_pos.col)
		return up;
	return spot;
}

const char *spot_name(const struct check *c, const struct spot *spot)
{
	const struct spot *place = written(spot);
	struct str key = spot_node(place)->key;

	return key.n ? print_text_inline(c->arena, key).p : spot_path(c, place).p;
}

/* Empty, ~ and null in their spellings, without quotes. */
static bool is_null(const struct node *n)
{
	static const char *const words[] = { "", "~", "null", "Null", "NULL" };

	if (n->kind == NODE_NULL)
		return true;
	if (n->kind != NODE_STR || !n->plain)
		return false;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (str_is(n->text, words[i]))
			return true;
	return false;
}

/* ---- maps ---------------------------------------------------------------------------------- */

/* How much of "items" is read behind n: "1 item". */
static int one_or_more(const char *what, int64_t n)
{
	return (int)strlen(what) - (n == 1);
}

static void check_count(const struct check *c, const struct spot *spot, const char *what)
{
	const struct schema *s = spot->schema;
	int64_t n = (int64_t)node_count(spot_node(spot));
	struct pos pos = spot_node(spot)->pos;

	if (s->least.set && n < s->least.v && c->extent == SCHEMA_WHOLE)
		diag_error(c->diags, MSG_wrong_count, pos,
			   "'%s' needs at least %lld %.*s, it has %lld", spot_name(c, spot),
			   (long long)s->least.v, one_or_more(what, s->least.v), what,
			   (long long)n);
	if (s->most.set && n > s->most.v)
		diag_error(c->diags, MSG_wrong_count, pos,
			   "'%s' may have at most %lld %.*s, it has %lld", spot_name(c, spot),
			   (long long)s->most.v, one_or_more(what, s->most.v), what, (long long)n);
}

/* Layers need only what tells items of a list apart. */
static bool is_needed(const struct check *c, const struct spot *spot, struct str key)
{
	const struct schema *up = spot->up ? spot->up->schema : NULL;

	return c->extent == SCHEMA_WHOLE ||
	       (up && up->type == SCHEMA_ARRAY && str_eq(up->merge, key));
}

static void missing(const struct check *c, const struct spot *spot, const struct schema_prop *prop)
{
	const struct node *n = spot_node(spot);
	const struct node *example = check_example(prop->schema);
	struct pos pos = n->key.n ? n->key_pos : n->pos;

	if (example)
		diag_error(c->diags, MSG_missing_field, pos, "%s needs '%s': add the line %s: %s",
			   spot_path(c, spot).p, prop->key.p, prop->key.p,
			   print_node_inline(c->arena, example).p);
	else
		diag_error(c->diags, MSG_missing_field, pos, "%s needs '%s' (%s)",
			   spot_path(c, spot).p, prop->key.p, schema_type_name(prop->schema));
	if (prop->schema->description.n)
		diag_note(c->diags, pos, "%s: %s", prop->key.p, prop->schema->description.p);
}

/* A key that is no field and nearly this one: its own finding says what to write. */
static bool is_misspelt(const struct spot *spot, struct str key)
{
	node_each(kid, spot_node(spot)) if (str_distance(kid->key, key, MISSPELT) <= MISSPELT &&
					    !schema_prop(spot->schema, kid->key)) return true;
	return false;
}

static void check_required(const struct check *c, const struct spot *spot)
{
	const struct schema *s = spot->schema;

	for (size_t i = 0; i < s->n_props; i++) {
		const struct schema_prop *prop = &s->props[i];

		if (prop->required && !prop->schema->dflt &&
		    !node_get(spot_node(spot), prop->key) && is_needed(c, spot, prop->key) &&
		    !is_misspelt(spot, prop->key))
			missing(c, spot, prop);
	}
}

static void check_key(const struct check *c, const struct spot *spot, const struct node *kid)
{
	enum format f = spot->schema->key_format;
	const char *why = format_check(f, kid->key);
	struct str made = why ? mend_form(c->arena, f, kid->key) : (struct str){ "", 0 };

	if (why)
		diag_error(c->diags, MSG_bad_key, kid->key_pos,
			   "'%s' cannot be a key of %s: it %s; %s would be right",
			   print_text_inline(c->arena, kid->key).p, spot_path(c, spot).p, why,
			   made.n ? made.p : format_row(f)->example);
}

static void check_field(const struct check *c, const struct spot *spot, const struct node *kid,
			struct node_list *kids)
{
	const struct schema_prop *prop = schema_prop(spot->schema, kid->key);
	struct spot below = { { &spot->trail, kid }, spot, prop ? prop->schema : NULL };

	if (!prop && !spot->schema->extra) {
		check_unknown(c, spot, kid);
		return;
	}
	if (!prop) {
		check_key(c, spot, kid);
		below.schema = spot->schema->extra;
	}

	struct node *typed = check_at(c, &below);

	if (typed)
		node_put(kids, kid->key, typed);
}

static struct node *check_map(const struct check *c, const struct spot *spot)
{
	const struct node *in = spot_node(spot);
	struct node *map = node_loose(c->arena, in);
	struct node_list kids = { 0 };

	node_each(kid, in) check_field(c, spot, kid, &kids);
	check_required(c, spot);
	check_count(c, spot, "fields");
	map->kids = kids.first;
	return map;
}

static bool is_scalar(const struct node *n)
{
	return n->kind != NODE_MAP && n->kind != NODE_LIST;
}

/* "; write {namespace: orders-api}" where the map has one field that it needs, and it is text. */
static const char *as_field(const struct check *c, const struct spot *spot)
{
	const struct schema *s = spot->schema;
	const struct schema_prop *only = NULL;
	size_t needed = 0;

	for (size_t i = 0; i < s->n_props; i++) {
		if (s->props[i].required)
			only = &s->props[i];
		needed += s->props[i].required;
	}
	if (needed != 1 || only->schema->type != SCHEMA_STRING ||
	    spot_node(spot)->kind != NODE_STR || yaml_ambiguous(spot_node(spot)->text))
		return "";
	return arena_fmt(c->arena, ": write {%s: %s}", only->key.p,
			 print_node_inline(c->arena, spot_node(spot)).p)
	    .p;
}

/* The list stands in brackets. */
static bool is_flow(const struct node *list)
{
	struct str text = list->pos.file ? list->pos.file->text : (struct str){ "", 0 };
	size_t at = 0;

	for (uint32_t line = 1; line < list->pos.line && at < text.n; line++)
		at += str_find(str_cut(text, at, text.n), '\n') + 1;
	at += list->pos.col - 1;
	return at < text.n && text.p[at] == '[';
}

static struct node *not_a_map(const struct check *c, const struct spot *spot)
{
	const struct node *n = spot_node(spot);
	struct buf fields = { 0 };

	check_put_fields(&fields, spot->schema, FIELDS_NAMED);
	if (n->kind == NODE_LIST)
		diag_error(c->diags, MSG_wrong_type, n->pos,
			   "'%s' must be a map of fields (%s), not a list: %s", spot_name(c, spot),
			   buf_z(&fields),
			   is_flow(n) ? "write {name: value} in place of []" : "take away the '-'");
	else
		diag_error(c->diags, MSG_wrong_type, n->pos,
			   "'%s' must be a map of fields (%s), not %s%s", spot_name(c, spot),
			   buf_z(&fields), print_node_inline(c->arena, n).p, as_field(c, spot));
	buf_release(&fields);
	return NULL;
}

/* `storage: 200Gi` is `storage: {size: 200Gi}` where the schema names size as shorthand. */
static struct node *widen(const struct check *c, const struct spot *spot)
{
	const struct node *n = spot_node(spot);
	struct node *map = node_new(c->arena, NODE_MAP, n->pos);
	struct node *field = node_loose(c->arena, n);
	struct node_list kids = { 0 };

	map->key = n->key;
	map->key_pos = n->key_pos;
	field->key_pos = n->key.n ? n->key_pos : n->pos;
	node_put(&kids, spot->schema->shorthand, field);
	map->kids = kids.first;
	return map;
}

static struct node *check_object(const struct check *c, const struct spot *spot)
{
	const struct node *n = spot_node(spot);

	if (n->kind == NODE_MAP)
		return check_map(c, spot);
	if (!spot->schema->shorthand.n || !is_scalar(n))
		return not_a_map(c, spot);

	struct spot wide = *spot;

	wide.trail.node = widen(c, spot);
	return check_map(c, &wide);
}

/* ---- lists --------------------------------------------------------------------------------- */

/* The field that items of a list of maps begin with, or "". */
static struct str first_field(const struct schema *list)
{
	const struct schema *items = list->items;

	if (list->merge.n)
		return list->merge;
	for (size_t i = 0; i < items->n_props; i++)
		if (items->in_order[i]->required)
			return items->in_order[i]->key;
	return (struct str){ "", 0 };
}

static struct node *not_a_list(const struct check *c, const struct spot *spot)
{
	const struct node *n = spot_node(spot);
	const struct schema *s = spot->schema;
	struct str first = first_field(s);

	if (n->kind != NODE_MAP && first.n && !s->items->shorthand.n)
		diag_error(c->diags, MSG_wrong_type, n->pos,
			   "'%s' must be a list of maps: begin each item with '- %s: '",
			   spot_name(c, spot), first.p);
	else if (n->kind == NODE_MAP)
		diag_error(c->diags, MSG_wrong_type, n->pos,
			   "'%s' must be a list, not a map: begin each item with '- '",
			   spot_name(c, spot));
	else
		diag_error(c->diags, MSG_wrong_type, n->pos, "'%s' must be a list: write [%s]",
			   spot_name(c, spot),
			   n->kind == NODE_STR ? print_text_inline(c->arena, n->text).p
					       : print_node_inline(c->arena, n).p);
	return NULL;
}

static struct node *check_list(const struct check *c, const struct spot *spot)
{
	const struct node *in = spot_node(spot);
	struct node_list kids = { 0 };

	if (in->kind != NODE_LIST)
		return not_a_list(c, spot);

	struct node *list = node_loose(c->arena, in);

	node_each(kid, in)
	{
		struct spot below = { { &spot->trail, kid }, spot, spot->schema->items };
		struct node *typed = check_at(c, &below);

		if (typed)
			node_add(&kids, typed);
	}
	list->kids = kids.first;
	check_count(c, spot, "items");
	check_twice(c, spot, list);
	return list;
}

/* ---- the walk ------------------------------------------------------------------------------ */

static struct node *check_type(const struct check *c, const struct spot *spot)
{
	const struct node *n = spot_node(spot);

	if (is_null(n)) {
		diag_error(c->diags, MSG_null_value, n->key.n ? n->key_pos : n->pos,
			   "'%s' has no value: write one, or take the line away",
			   spot_name(c, spot));
		return NULL;
	}
	switch (spot->schema->type) {
	case SCHEMA_OBJECT:
		return check_object(c, spot);
	case SCHEMA_ARRAY:
		return check_list(c, spot);
	case SCHEMA_ANY:
		return node_loose(c->arena, n);
	default:
		return check_scalar(c, spot);
	}
}

struct node *check_at(const struct check *c, const struct spot *spot)
{
	const struct schema *s = spot->schema;
	const struct node *n = spot_node(spot);
	struct pos pos = n->key.n ? n->key_pos : n->pos;

	if (s->refused) {
		diag_error(c->diags, MSG_intent_only, pos,
			   "'%s' can only be set in an intent, not in a layer", spot_name(c, spot));
		return NULL;
	}
	if (s->pending.n) {
		diag_error(c->diags, MSG_not_yet, pos, "'%s' cannot be used yet: %s",
			   spot_name(c, spot), s->pending.p);
		return NULL;
	}
	return check_type(c, spot);
}

const struct node *schema_check(struct arena *a, struct diags *d, const struct schema *s,
				const struct node *in, enum schema_extent extent)
{
	struct check c = { a, d, extent };
	struct spot root = { { NULL, in }, NULL, s };

	return in ? check_at(&c, &root) : NULL;
}

const struct node *schema_check_value(struct arena *a, struct diags *d, const struct schema *s,
				      const struct node *in)
{
	struct check c = { a, d, SCHEMA_WHOLE };
	struct spot root = { { NULL, in }, NULL, s };

	return check_type(&c, &root);
}
