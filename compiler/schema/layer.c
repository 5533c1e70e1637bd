/* SPDX-License-Identifier: Apache-2.0 */
/* layer.c: pass layer: the upper value wins and keeps what it hid. */
#include "schema/layer.h"

#include <stdlib.h>

#include "schema/limit.h"

/* One layer on its way. */
struct merge {
	struct arena *arena;
	struct diags *diags;
	const struct layer *layer;
};

/* ---- a layer by itself --------------------------------------------------------------------- */

static int by_mark(const struct node *a, const struct node *b)
{
	if (a->kind == NODE_INT && b->kind == NODE_INT)
		return (a->num > b->num) - (a->num < b->num);
	return a->kind == NODE_STR && b->kind == NODE_STR ? str_cmp(a->text, b->text) : 0;
}

/* An item of a list with a list key, ready to be sorted. */
struct item {
	struct node *node;
	const struct node *mark;
	size_t place;
};

static int by_item(const void *a, const void *b)
{
	const struct item *x = a, *y = b;
	int order =
	    x->mark && y->mark ? by_mark(x->mark, y->mark) : (x->mark != NULL) - (y->mark != NULL);

	return order ? order : (x->place > y->place) - (x->place < y->place);
}

/* The fresh items of kids sorted by their list key. */
static const struct node *sort_items(struct arena *a, struct str key, const struct node_list *kids)
{
	struct item *items = NEW_ARRAY(a, kids->n + 1, struct item);
	struct node_list sorted = { 0 };
	size_t n = 0;

	for (const struct node *kid = kids->first; kid; kid = kid->next) {
		items[n] = (struct item){ node_loose(a, kid), node_get(kid, key), n };
		n++;
	}
	qsort(items, n, sizeof(*items), by_item);
	for (size_t i = 0; i < n; i++)
		node_add(&sorted, items[i].node);
	return sorted.first;
}

static bool is_refused(const struct merge *m, const struct schema *s, const struct node *n)
{
	if (!s || !s->intent_only || m->layer->intent)
		return false;
	diag_error(m->diags, MSG_intent_only, n->key_pos,
		   "'%s' can only be set in an intent, not in %s", n->key.p, m->layer->name.p);
	return true;
}

/* A copy of n as layers keep it: keyed lists sorted, fields for intents alone left out. NULL when
 * it is that already. */
static struct node *settle(const struct merge *m, const struct schema *s, const struct node *n);

/* The children of n, settled; false when each of them is what it was. */
static bool settle_kids(const struct merge *m, const struct schema *s, const struct node *n,
			struct node_list *kids)
{
	bool other = false;

	node_each(kid, n)
	{
		const struct schema *below =
		    n->kind == NODE_LIST ? s->items : schema_step(s, kid->key);
		bool refused = is_refused(m, below, kid);
		struct node *settled = refused ? NULL : settle(m, below, kid);

		if (!other && (refused || settled)) {
			node_add_copies(kids, m->arena, n->kids, kid);
			other = true;
		}
		if (other && !refused)
			node_add(kids, settled ? settled : node_loose(m->arena, kid));
	}
	return other;
}

static struct node *settle(const struct merge *m, const struct schema *s, const struct node *n)
{
	struct node_list kids = { 0 };
	struct node *copy = NULL;

	if (!s || (n->kind != NODE_MAP && n->kind != NODE_LIST))
		return NULL;

	bool keyed = n->kind == NODE_LIST && s->merge.n;

	if (!settle_kids(m, s, n, &kids)) {
		if (!keyed)
			return NULL;
		node_add_copies(&kids, m->arena, n->kids, NULL);
	}
	copy = node_loose(m->arena, n);
	copy->kids = keyed ? sort_items(m->arena, s->merge, &kids) : kids.first;
	return copy;
}

/* ---- one over the other -------------------------------------------------------------------- */

static struct node *over(const struct merge *m, const struct schema *s, const struct node *low,
			 const struct node *top);

/* What a value hid already stays between it and low. */
static const struct node *hide(struct arena *a, const struct node *hid, const struct node *low)
{
	struct node *copy;

	if (!hid)
		return low;
	copy = node_loose(a, hid);
	copy->hid = hide(a, hid->hid, low);
	return copy;
}

/* Keys of low keep their place; keys that only top has follow in top's order. */
static const struct node *over_map(const struct merge *m, const struct schema *s,
				   const struct node *low, const struct node *top)
{
	struct node_list kids = { 0 };

	node_each(kid, low)
	{
		const struct node *upper = node_get(top, kid->key);

		node_add(&kids, upper ? over(m, schema_step(s, kid->key), kid, upper)
				      : node_loose(m->arena, kid));
	}
	node_each(kid, top)
	{
		if (!node_get(low, kid->key))
			node_add(&kids, node_loose(m->arena, kid));
	}
	return kids.first;
}

/* The item of list with the same list key as item, or NULL. */
static const struct node *find_item(const struct node *list, struct str key,
				    const struct node *item)
{
	const struct node *mark = node_get(item, key);

	if (!mark)
		return NULL;
	node_each(kid, list)
	{
		const struct node *other = node_get(kid, key);

		if (other && node_eq(other, mark))
			return kid;
	}
	return NULL;
}

static const struct node *over_list(const struct merge *m, const struct schema *s,
				    const struct node *low, const struct node *top)
{
	struct node_list kids = { 0 };

	node_each(kid, low)
	{
		const struct node *upper = find_item(top, s->merge, kid);

		node_add(&kids, upper ? over(m, s->items, kid, upper) : node_loose(m->arena, kid));
	}
	node_each(kid, top)
	{
		if (!find_item(low, s->merge, kid))
			node_add(&kids, node_loose(m->arena, kid));
	}
	return sort_items(m->arena, s->merge, &kids);
}

static struct node *over(const struct merge *m, const struct schema *s, const struct node *low,
			 const struct node *top)
{
	struct node *won = node_loose(m->arena, top);

	won->hid = hide(m->arena, top->hid, low);
	if (s && s->type == SCHEMA_OBJECT && low->kind == NODE_MAP && top->kind == NODE_MAP)
		won->kids = over_map(m, s, low, top);
	if (s && s->merge.n && low->kind == NODE_LIST && top->kind == NODE_LIST)
		won->kids = over_list(m, s, low, top);
	return won;
}

struct layered layers_merge(struct arena *a, struct diags *d, const struct schema *s,
			    const struct layer *layers, size_t n)
{
	struct limits *limits = NEW(a, struct limits);
	const struct node *spec = node_new(a, NODE_MAP, (struct pos){ 0 });

	limits->arena = a;
	limits->diags = d;
	limits->tail = &limits->first;
	for (size_t i = 0; i < n; i++) {
		struct merge m = { a, d, &layers[i] };

		if (layers[i].spec) {
			const struct node *settled = settle(&m, s, layers[i].spec);
			const struct node *own = settled ? settled : layers[i].spec;
			const struct node *merged = spec->kids ? over(&m, s, spec, own) : own;

			spec = locks_hold(limits, &layers[i], spec, merged);
		}
		limits_collect(limits, s, &layers[i]);
	}
	return (struct layered){ spec, limits };
}
