/* SPDX-License-Identifier: Apache-2.0 */
/* check_hint.c: advice for keys that are not where they belong, and items that stand twice. */
#include <stdlib.h>

#include "schema/near.h"
#include "schema/spot.h"
#include "tree/print.h"

enum { FIELDS_LISTED = 12 };

/* ---- unknown keys -------------------------------------------------------------------------- */

void check_put_fields(struct buf *out, const struct schema *s, size_t most)
{
	for (size_t i = 0; i < s->n_props && i < most; i++)
		buf_fmt(out, "%s%s", i ? ", " : "", s->in_order[i]->key.p);
	if (s->n_props > most)
		buf_text(out, ", ...");
	if (!s->n_props)
		buf_text(out, "free names");
}

/* The object that a property holds: itself, or the items of a list. */
static const struct schema *object_of(const struct schema *s)
{
	const struct schema *inner = s->type == SCHEMA_ARRAY ? s->items : s;

	return inner && inner->type == SCHEMA_OBJECT ? inner : NULL;
}

/* The property of s whose map (or list of maps) has key, in file order; NULL when none or several
 * have it, unless the one in front of the key is among them. */
static const struct schema_prop *holder_below(const struct schema *s, struct str key,
					      const struct node *before)
{
	const struct schema_prop *found = NULL;
	size_t n = 0;

	for (size_t i = 0; i < s->n_props; i++) {
		const struct schema_prop *prop = &s->props[i];
		const struct schema *inner = object_of(prop->schema);

		if (!inner || !schema_prop(inner, key))
			continue;
		if (before && str_eq(before->key, prop->key))
			return prop;
		found = prop;
		n++;
	}
	return n == 1 ? found : NULL;
}

static const struct node *sibling_before(const struct node *map, const struct node *kid)
{
	const struct node *before = NULL;

	node_each(n, map)
	{
		if (n == kid)
			return before;
		before = n;
	}
	return NULL;
}

/* The key belongs one level down. */
static const char *advise_down(const struct check *c, const struct spot *spot,
			       const struct node *kid)
{
	const struct node *before = sibling_before(spot_node(spot), kid);
	const struct schema_prop *prop = holder_below(spot->schema, kid->key, before);

	if (!prop)
		return NULL;
	if (before && str_eq(before->key, prop->key))
		return arena_fmt(c->arena, "; it belongs to '%s': indent it below that line",
				 prop->key.p)
		    .p;
	return arena_fmt(c->arena, "; it is a field of '%s': write it below '%s:', indented",
			 prop->key.p, prop->key.p)
	    .p;
}

/* The key belongs somewhere above, or into a map beside one of those above. */
static const char *advise_up(const struct check *c, const struct spot *spot, const struct node *kid)
{
	for (const struct spot *up = spot->up; up; up = up->up) {
		if (up->schema->type != SCHEMA_OBJECT)
			continue;
		if (schema_prop(up->schema, kid->key))
			return arena_fmt(c->arena, "; it belongs to %s: take away indentation",
					 up->up ? spot_path(c, up).p : "the top level")
			    .p;

		const struct schema_prop *prop = holder_below(up->schema, kid->key, NULL);

		if (prop && !up->up)
			return arena_fmt(c->arena, "; it belongs to '%s'", prop->key.p).p;
	}
	return NULL;
}

static const char *advise_name(const struct check *c, const struct schema *s, struct str key)
{
	struct near near = near_to(key);

	for (size_t i = 0; i < s->n_props; i++) {
		const struct schema_prop *prop = &s->props[i];

		for (size_t j = 0; j < prop->schema->n_aliases; j++)
			if (str_eq(prop->schema->aliases[j], key))
				return arena_fmt(c->arena, "; it is called '%s' here", prop->key.p)
				    .p;
		near_try(&near, prop->key);
	}
	return near.best.n ? arena_fmt(c->arena, "; did you mean '%s'?", near.best.p).p : NULL;
}

/* A search of the whole schema for the one object that has a field. */
struct search {
	struct str key;
	const struct schema *found;
	size_t n;
};

static void search_in(struct search *search, const struct schema *s)
{
	if (s->type == SCHEMA_OBJECT && schema_prop(s, search->key)) {
		search->found = s;
		search->n++;
	}
	for (size_t i = 0; i < s->n_props; i++)
		search_in(search, s->props[i].schema);
	if (s->items)
		search_in(search, s->items);
	if (s->extra)
		search_in(search, s->extra);
}

static const char *advise_far(const struct check *c, const struct spot *spot, struct str key)
{
	struct search search = { .key = key };

	while (spot->up)
		spot = spot->up;
	search_in(&search, spot->schema);
	if (search.n != 1 || !search.found->parent)
		return NULL;
	return arena_fmt(c->arena, "; it is a field of %s", schema_path(c->arena, search.found).p)
	    .p;
}

static const char *list_fields(const struct check *c, const struct schema *s)
{
	struct buf out = { 0 };

	buf_text(&out, "; its fields are ");
	check_put_fields(&out, s, FIELDS_LISTED);

	struct str text = buf_take(&out, c->arena);

	return text.p;
}

void check_unknown(const struct check *c, const struct spot *spot, const struct node *kid)
{
	const char *advice = advise_down(c, spot, kid);

	if (!advice)
		advice = advise_name(c, spot->schema, kid->key);
	if (!advice)
		advice = advise_up(c, spot, kid);
	if (!advice)
		advice = advise_far(c, spot, kid->key);
	if (!advice)
		advice = list_fields(c, spot->schema);
	diag_error(c->diags, MSG_unknown_field, kid->key_pos, "'%s' is not a field of %s%s",
		   print_text_inline(c->arena, kid->key).p, spot_path(c, spot).p, advice);
}

/* ---- items that stand twice ---------------------------------------------------------------- */

/* An item and what tells it from others. */
struct item {
	const struct node *node, *mark;
	size_t place;
};

static int compare_marks(const struct node *a, const struct node *b)
{
	if (a->kind != b->kind)
		return (a->kind > b->kind) - (a->kind < b->kind);
	if (a->kind == NODE_STR)
		return str_cmp(a->text, b->text);
	if (a->kind == NODE_INT)
		return (a->num > b->num) - (a->num < b->num);
	return a->kind == NODE_BOOL ? a->flag - b->flag : 0;
}

static int by_mark(const void *a, const void *b)
{
	const struct item *x = a, *y = b;
	int order = compare_marks(x->mark, y->mark);

	return order ? order : (x->place > y->place) - (x->place < y->place);
}

void check_twice(const struct check *c, const struct spot *spot, const struct node *list)
{
	const struct schema *s = spot->schema;
	struct item *items = NEW_ARRAY(c->arena, node_count(list) + 1, struct item);
	size_t n = 0;

	if (!s->unique && !s->merge.n)
		return;
	node_each(kid, list)
	{
		const struct node *mark = s->merge.n ? node_get(kid, s->merge) : kid;

		if (mark && mark->kind != NODE_MAP && mark->kind != NODE_LIST) {
			items[n] = (struct item){ kid, mark, n };
			n++;
		}
	}
	qsort(items, n, sizeof(*items), by_mark);
	for (size_t i = 1; i < n; i++) {
		if (compare_marks(items[i - 1].mark, items[i].mark) != 0)
			continue;
		diag_error(c->diags, MSG_duplicate_item, items[i].mark->pos,
			   "%s stands twice in '%s': each %s only once",
			   print_node_inline(c->arena, items[i].mark).p, spot_name(c, spot),
			   s->merge.n ? s->merge.p : "item");
		diag_note(c->diags, items[i - 1].mark->pos, "it stands here already");
	}
}
