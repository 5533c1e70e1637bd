/* SPDX-License-Identifier: Apache-2.0 */
/* default.c: passes default and complete: what the schema adds, and what must be there then. */
#include "schema/check.h"
#include "tree/path.h"
#include "tree/print.h"

/* ---- default ------------------------------------------------------------------------------- */

/* A copy of in with the defaults that it or something below it lacks; NULL when there are none, as
 * with most of a long platform. */
static struct node *fill(struct arena *a, const struct schema *s, const struct node *in);

static bool lacks_default(const struct schema_prop *prop, const struct node *in)
{
	return prop->schema->dflt && !node_get(in, prop->key);
}

static void fill_missing(struct arena *a, const struct schema *s, const struct node *in,
			 struct node_list *kids)
{
	for (size_t i = 0; i < s->n_props; i++) {
		const struct schema_prop *prop = s->in_order[i];
		const struct node *dflt = prop->schema->dflt;
		struct node *filled = NULL;

		if (!lacks_default(prop, in))
			continue;
		filled = fill(a, prop->schema, dflt);
		if (!filled)
			filled = node_loose(a, dflt);
		filled->key_pos = dflt->pos;
		node_put(kids, prop->key, filled);
	}
}

static const struct schema *below(const struct schema *s, const struct node *kid)
{
	return s->type == SCHEMA_OBJECT ? schema_step(s, kid->key) : s->items;
}

/* The children of in, filled; false when none of them is another one. */
static bool fill_kids(struct arena *a, const struct schema *s, const struct node *in,
		      struct node_list *kids)
{
	bool other = false;

	node_each(kid, in)
	{
		const struct schema *its = below(s, kid);
		struct node *filled = its ? fill(a, its, kid) : NULL;

		if (filled && !other)
			node_add_copies(kids, a, in->kids, kid);
		other = other || filled;
		if (other)
			node_add(kids, filled ? filled : node_loose(a, kid));
	}
	return other;
}

static bool lacks_any(const struct schema *s, const struct node *in)
{
	for (size_t i = 0; i < s->n_props; i++)
		if (lacks_default(&s->props[i], in))
			return true;
	return false;
}

static struct node *fill(struct arena *a, const struct schema *s, const struct node *in)
{
	bool map = s->type == SCHEMA_OBJECT && in->kind == NODE_MAP;
	struct node_list kids = { 0 };
	struct node *copy = NULL;

	if (!map && (s->type != SCHEMA_ARRAY || in->kind != NODE_LIST))
		return NULL;

	bool other = fill_kids(a, s, in, &kids);
	bool lacks = map && lacks_any(s, in);

	if (!other && !lacks)
		return NULL;
	if (!other)
		node_add_copies(&kids, a, in->kids, NULL);
	if (lacks)
		fill_missing(a, s, in, &kids);
	copy = node_loose(a, in);
	copy->kids = kids.first;
	return copy;
}

const struct node *schema_defaults(struct arena *a, const struct schema *s, const struct node *in)
{
	const struct node *filled = fill(a, s, in);

	return filled ? filled : in;
}

/* ---- complete ------------------------------------------------------------------------------ */

struct walk {
	struct arena *arena;
	struct diags *diags;
};

static void lacks(const struct walk *w, const struct trail *t, const struct schema_prop *prop)
{
	const struct node *n = t->node;
	struct str path = path_of_trail(w->arena, t);

	diag_error(
	    w->diags, MSG_incomplete, n->key.n && n->key_pos.file ? n->key_pos : n->pos,
	    "'%s%s%s' is set by no layer: no tier, no platform default and no intent says it",
	    path.p, path.n ? "." : "", prop->key.p);
	diag_note(w->diags, n->pos, "%s: %s", prop->key.p, prop->schema->description.p);
}

static void complete_map(const struct walk *w, const struct schema *s, const struct trail *t)
{
	for (size_t i = 0; i < s->n_props; i++)
		if (s->props[i].required && !node_get(t->node, s->props[i].key))
			lacks(w, t, &s->props[i]);
	for (size_t i = 0; i < s->n_complete; i++)
		if (!node_get(t->node, s->complete[i]))
			lacks(w, t, schema_prop(s, s->complete[i]));
}

static void complete_at(const struct walk *w, const struct schema *s, const struct trail *t)
{
	const struct node *n = t->node;

	if (n->kind == NODE_MAP)
		complete_map(w, s, t);
	if (n->kind != NODE_MAP && n->kind != NODE_LIST)
		return;
	node_each(kid, n)
	{
		const struct schema *below =
		    n->kind == NODE_LIST ? s->items : schema_step(s, kid->key);
		struct trail down = { t, kid };

		if (below)
			complete_at(w, below, &down);
	}
}

void schema_complete(struct diags *d, const struct schema *s, const struct node *tree)
{
	struct walk w = { arena_new(), d };
	struct trail root = { NULL, tree };

	complete_at(&w, s, &root);
	arena_free(w.arena);
}
