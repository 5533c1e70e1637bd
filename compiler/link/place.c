/* SPDX-License-Identifier: Apache-2.0 */
/* place.c: objects of destinations, found in their rows by kind and name. */
#include "link/place.h"

#include <stdlib.h>

#include "link/checks.h"
#include "link/forms.h"
#include "link/objects.h"

static const char *const ids[] = { "platform", "gitops" };

enum { IDS = sizeof(ids) / sizeof(*ids) };

/* An item under the hash of its object's name. */
struct place_name {
	uint64_t hash;
	size_t item;
};

/* A row and the facts of its loop, in order. */
struct place_row {
	const struct link_check *self;
	const struct node *row, *parts;
	const struct node **items; /* one that is NULL when there is no loop */
	bool *seen;
	size_t n, cursor;         /* of items with one name each object has the next */
	struct place_name *names; /* sorted; NULL until an object of the kind comes */
	size_t n_names;
};

struct link_place {
	struct link_input in;
	struct place_row *rows;
	size_t n;
};

static const struct link_check *check_named(const char *id)
{
	size_t i = 0;

	while (link_row(i) && strcmp(link_row(i)->id, id) != 0)
		i++;
	return link_row(i);
}

static struct slot_scope scope_of(const struct link_place *p, const struct place_row *r,
				  size_t item)
{
	struct slot_scope s = { .in = &p->in, .n = 1 };

	s.names[0] = (struct slot_name){ node_text(r->row, "as"), r->items[item] };
	return s;
}

static void begin_items(struct link_place *p, struct place_row *r)
{
	struct slot_scope s = { .in = &p->in };
	struct str each = node_text(r->row, "each");
	const struct node *list = each.n ? slot_find(&s, each) : NULL;
	size_t n = each.n ? node_count(list) : 1;

	r->items = NEW_ARRAY(p->in.arena, n + 1, const struct node *);
	r->seen = NEW_ARRAY(p->in.arena, n + 1, bool);
	if (!each.n)
		r->n = 1;
	for (const struct node *e = link_first(list); e; e = e->next)
		r->items[r->n++] = e;
}

/* Loops within loops are lists of their own: "clusters/units" is every unit of every cluster. */
static void begin_nested(struct link_place *p, struct place_row *r)
{
	struct slot_scope s = { .in = &p->in };
	const struct node *outer = slot_find(&s, node_text(r->row, "each"));
	struct str inner = node_text(r->row, "inner");
	size_t n = 0;

	for (const struct node *o = link_first(outer); o; o = o->next)
		n += node_count(node_get(o, inner));
	r->items = NEW_ARRAY(p->in.arena, n + 1, const struct node *);
	r->seen = NEW_ARRAY(p->in.arena, n + 1, bool);
	for (const struct node *o = link_first(outer); o; o = o->next)
		for (const struct node *e = link_first(node_get(o, inner)); e; e = e->next) {
			struct node *both = node_loose(p->in.arena, e);
			struct node *cluster = node_loose(p->in.arena, o);

			cluster->key = str_of("cluster");
			cluster->next = e->kids;
			both->kids = cluster;
			r->items[r->n++] = both;
		}
}

struct link_place *link_place_begin(const struct link_input *in)
{
	struct link_place *p = NEW(in->arena, struct link_place);
	struct link_index *index = NEW(in->arena, struct link_index);
	size_t n = 0;

	p->in = *in;
	index->memo = NEW_ARRAY(in->arena, LINK_MEMO, struct slot_memo);
	p->in.index = index;
	for (size_t i = 0; i < IDS; i++)
		n += node_count(node_at(
		    node_get(in->world->contracts, arena_fmt(in->arena, "objects/%s", ids[i])),
		    "rows"));
	p->rows = NEW_ARRAY(in->arena, n + 1, struct place_row);
	for (size_t i = 0; i < IDS; i++) {
		const struct node *contract =
		    node_get(in->world->contracts, arena_fmt(in->arena, "objects/%s", ids[i]));

		for (const struct node *r = link_first(node_at(contract, "rows")); r; r = r->next) {
			struct place_row *row = &p->rows[p->n++];

			*row = (struct place_row){ .self = check_named(ids[i]), .row = r };
			row->parts = node_at(contract, "parts");
			if (node_at(r, "inner"))
				begin_nested(p, row);
			else
				begin_items(p, row);
		}
	}
	return p;
}

/* What a name and a namespace are found by, in a row that may not name a namespace. */
static uint64_t name_hash(const struct place_row *r, struct str name, struct str space)
{
	return str_hash(name) * 31 + (node_at(r->row, "namespace") ? str_hash(space) : 0);
}

static struct str filled_text(struct filled f)
{
	return f.node ? f.node->text : f.text;
}

/* The objects that one item of a row stands for. */
static bool item_hash(const struct place_row *r, const struct slot_scope *s, uint64_t *hash)
{
	struct filled name = slots_fill(s, node_text(r->row, "name"));
	struct filled space = slots_fill(s, node_text(r->row, "namespace"));

	*hash = name_hash(r, filled_text(name), filled_text(space));
	return name.set && space.set && slots_hold(s, node_at(r->row, "when"));
}

static int by_hash(const void *a, const void *b)
{
	const struct place_name *x = a, *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return (x->item > y->item) - (x->item < y->item);
}

/* Rows of one kind are many and their items thousands: no object asks each of them. */
static void read_names(const struct link_place *p, struct place_row *r, struct arena *keep)
{
	r->names = NEW_ARRAY(keep, r->n + 1, struct place_name);
	for (size_t i = 0; i < r->n; i++) {
		struct place_name *name = &r->names[r->n_names];
		struct slot_scope s = scope_of(p, r, i);

		name->item = i;
		if (item_hash(r, &s, &name->hash))
			r->n_names++;
	}
	qsort(r->names, r->n_names, sizeof(*r->names), by_hash);
}

static bool is_named(const struct slot_scope *s, const struct place_row *r, const struct node *o)
{
	return slots_equal(s, node_text(r->row, "name"), link_own_name(o)) &&
	       (!node_at(r->row, "namespace") ||
		slots_equal(s, node_text(r->row, "namespace"), link_namespace(o)));
}

static void hold(const struct link_place *p, const struct place_row *r, const struct slot_scope *s,
		 const struct node *object)
{
	struct form_walk w = { .scope = *s, .self = r->self, .row = r->row, .object = object };

	(void)p;
	w.scope.names[w.scope.n++] = (struct slot_name){ str_of("object"), object };
	for (const struct node *u = link_first(node_at(r->row, "use")); u; u = u->next)
		form_match(&w, node_get(r->parts, u->text), object);
	if (node_at(r->row, "must"))
		form_match(&w, node_at(r->row, "must"), object);
}

/* The first place in names that has the hash or a greater one. */
static size_t first_of(const struct place_row *r, uint64_t hash)
{
	size_t from = 0, to = r->n_names;

	while (from < to) {
		size_t mid = from + (to - from) / 2;

		if (r->names[mid].hash < hash)
			from = mid + 1;
		else
			to = mid;
	}
	return from;
}

/* The item of r that object is, at or behind the cursor where behind, else before it; or r->n. */
static size_t item_of(const struct link_place *p, const struct place_row *r,
		      const struct node *object, bool behind)
{
	uint64_t hash = name_hash(r, link_own_name(object), link_namespace(object));

	for (size_t i = first_of(r, hash); i < r->n_names && r->names[i].hash == hash; i++) {
		size_t at = r->names[i].item;
		struct slot_scope s = scope_of(p, r, at);

		if ((at >= r->cursor) == behind && is_named(&s, r, object))
			return at;
	}
	return r->n;
}

static void try_row(const struct link_place *p, struct place_row *r, const struct node *object)
{
	size_t at = item_of(p, r, object, true);
	struct slot_scope s;

	if (at == r->n)
		at = item_of(p, r, object, false);
	if (at == r->n)
		return;
	s = scope_of(p, r, at);
	r->seen[at] = true;
	r->cursor = at + 1;
	hold(p, r, &s, object);
}

void link_place_object(struct link_place *p, const struct node *object, struct arena *scratch)
{
	struct link_place with = *p;

	with.in.arena = scratch;
	for (size_t i = 0; i < p->n; i++) {
		struct place_row *r = &p->rows[i];

		if (!str_eq(node_text(r->row, "kind"), node_text(object, "kind")))
			continue;
		if (!r->names)
			read_names(&with, r, p->in.arena);
		try_row(&with, r, object);
	}
}

static void missing(const struct link_place *p, const struct place_row *r,
		    const struct slot_scope *s)
{
	struct filled name = slots_fill(s, node_text(r->row, "name"));
	const struct node *at = node_at(p->in.facts, "destination");

	link_report(&p->in, r->self, at, "destination '%s' has no %s '%s'",
		    node_text(node_at(p->in.facts, "meta"), "name").p, node_text(r->row, "kind").p,
		    name.node ? name.node->text.p : name.text.p);
}

void link_place_end(struct link_place *p)
{
	for (size_t i = 0; i < p->n; i++) {
		struct place_row *r = &p->rows[i];

		for (size_t k = 0; k < r->n && node_at(r->row, "needed"); k++) {
			struct slot_scope s = scope_of(p, r, k);

			if (!r->seen[k] && slots_hold(&s, node_at(r->row, "when")))
				missing(p, r, &s);
		}
	}
	if (p->in.n_folders)
		check_kustomization(&p->in, check_named("kustomization"));
}
