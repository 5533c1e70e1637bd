/* SPDX-License-Identifier: Apache-2.0 */
/* default.c: passes default and complete: what the schema adds, and what must be there then. */
#include "schema/check.h"
#include "tree/path.h"
#include "tree/print.h"

/* ---- default ------------------------------------------------------------------------------- */

static struct node *fill(struct arena *a, const struct schema *s, const struct node *in);

static void fill_missing(struct arena *a, const struct schema *s, const struct node *in,
			 struct node_list *kids)
{
	for (size_t i = 0; i < s->n_props; i++) {
		const struct schema_prop *prop = s->in_order[i];
		const struct node *dflt = prop->schema->dflt;

		if (!dflt || node_get(in, prop->key))
			continue;

		struct node *filled = fill(a, prop->schema, dflt);

		filled->key_pos = dflt->pos;
		node_put(kids, prop->key, filled);
	}
}

static struct node *fill_map(struct arena *a, const struct schema *s, const struct node *in)
{
	struct node *map = node_loose(a, in);
	struct node_list kids = { 0 };

	node_each(kid, in)
	{
		const struct schema *below = schema_step(s, kid->key);

		node_add(&kids, below ? fill(a, below, kid) : node_loose(a, kid));
	}
	fill_missing(a, s, in, &kids);
	map->kids = kids.first;
	return map;
}

static struct node *fill(struct arena *a, const struct schema *s, const struct node *in)
{
	if (s->type == SCHEMA_OBJECT && in->kind == NODE_MAP)
		return fill_map(a, s, in);

	struct node *copy = node_loose(a, in);

	if (s->type == SCHEMA_ARRAY && in->kind == NODE_LIST) {
		struct node_list kids = { 0 };

		node_each(kid, in) node_add(&kids, fill(a, s->items, kid));
		copy->kids = kids.first;
	}
	return copy;
}

const struct node *schema_defaults(struct arena *a, const struct schema *s, const struct node *in)
{
	return fill(a, s, in);
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
