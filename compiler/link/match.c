/* SPDX-License-Identifier: Apache-2.0 */
/* match.c: parts of objects against the trees of contracts. */
#include "link/forms.h"

#include "tree/number.h"

enum { STEPS_MOST = 24, SHOWN_MOST = 60 };

/* The way down to what is looked at. */
struct step {
	const struct step *up;
	struct str name;         /* of a key, or of an item that is found by its key `by` */
	const struct node *node; /* what stands there, or NULL */
	bool item;
	const char *by; /* of an item; NULL: found by its place */
	size_t place;
};

static void match(const struct form_walk *w, const struct node *want, const struct step *at);

/* "spec.containers[name=postgres].image" */
static struct str path_text(const struct form_walk *w, const struct step *at)
{
	const struct step *steps[STEPS_MOST];
	struct buf out = { 0 };
	size_t n = 0;

	for (; at->up && n < STEPS_MOST; at = at->up)
		steps[n++] = at;
	if (w->container.n)
		buf_fmt(&out, "containers[name=%s].", w->container.p);
	buf_str(&out, w->part);
	while (n-- > 0) {
		if (steps[n]->item && steps[n]->by)
			buf_fmt(&out, "[%s=%s]", steps[n]->by, steps[n]->name.p);
		else if (steps[n]->item)
			buf_fmt(&out, "[%zu]", steps[n]->place);
		else
			buf_fmt(&out, "%s%s", out.n && out.p[out.n - 1] != '.' ? "." : "",
				steps[n]->name.p);
	}
	if (out.n && out.p[out.n - 1] == '.')
		out.n--;
	return buf_take(&out, w->scope.in->arena);
}

/* A value as a message shows it. */
static struct str shown(const struct form_walk *w, const struct node *n)
{
	struct arena *a = w->scope.in->arena;

	if (n->kind == NODE_INT)
		return arena_fmt(a, "%lld", (long long)n->num);
	if (n->kind == NODE_BOOL)
		return str_of(n->flag ? "true" : "false");
	if (n->kind == NODE_STR)
		return arena_fmt(a, "'%.*s%s'",
				 (int)(n->text.n > SHOWN_MOST ? SHOWN_MOST : n->text.n), n->text.p,
				 n->text.n > SHOWN_MOST ? "..." : "");
	return arena_fmt(a, "a %s of %zu", node_kind(n), node_count(n));
}

/* Where what stands at `at`, or around it, was written. */
static const struct node *place_of(const struct form_walk *w, const struct step *at)
{
	struct path_step steps[STEPS_MOST];
	size_t n = STEPS_MOST;

	while (!at->node && at->up)
		at = at->up;
	if (!w->config)
		return at->node ? at->node : w->object;
	for (const struct step *s = at; s->up && n > 0; s = s->up)
		steps[--n] = (struct path_step){ .kind = !s->item ? PATH_KEY
							 : s->by  ? PATH_ITEM
								  : PATH_INDEX,
						 .key = s->item && s->by ? str_of(s->by) : s->name,
						 .value = s->name,
						 .index = s->place };
	return link_written(w->scope.in, w->config, &(struct path){ STEPS_MOST - n, steps + n },
			    at->node);
}

/* What stands at `at` is not what it must be; from is the fact that says so, or NULL. */
static void differs(const struct form_walk *w, const struct step *at, const char *wanted,
		    const struct node *from)
{
	const struct node *why = node_at(w->row, "why");

	link_report(w->scope.in, w->self, place_of(w, at), "%s: %s is %s; it must be %s%s%s",
		    link_name(w->scope.in, w->object).p, path_text(w, at).p,
		    at->node ? shown(w, at->node).p : "not set", wanted, why ? ": " : "",
		    why ? why->text.p : "");
	if (from)
		source_other(w->scope.in->diags, from, "the other value comes from here");
}

/* A scalar of the contract's own words against a node. */
static bool is_text(const struct node *has, struct str text)
{
	int64_t v = 0;

	if (has->kind == NODE_INT)
		return str_int(text, &v) && v == has->num;
	if (has->kind == NODE_BOOL)
		return str_is(text, has->flag ? "true" : "false");
	return has->kind == NODE_STR && str_eq(has->text, text);
}

/* The conditions that a map of the contract begins with, or NULL. */
static const struct node *conditions(const struct node *want)
{
	return want->kind == NODE_MAP && want->kids && str_is(want->kids->key, "$when") ? want->kids
											: NULL;
}

static bool same(const struct node *has, const struct filled *f)
{
	if (!f->node)
		return is_text(has, f->text);
	if (f->node->kind == has->kind && has->kind >= NODE_LIST && has->kids == f->node->kids)
		return true; /* handed over as it is */
	return node_eq(f->node, has);
}

/* Where has differs from a fact that is a map: the keys that do. */
static void map_differs(const struct form_walk *w, const struct node *fact, const struct step *at)
{
	node_each(k, fact)
	{
		struct step below = { .up = at,
				      .name = k->key,
				      .node = node_get(at->node, k->key) };

		if (!below.node || !node_eq(below.node, k))
			differs(w, &below, shown(w, k).p, k);
	}
	node_each(k, at->node)
	{
		struct step below = { .up = at, .name = k->key, .node = k };

		if (!node_get(fact, k->key))
			differs(w, &below, "left out", fact);
	}
}

static void scalar(const struct form_walk *w, const struct node *want, const struct step *at)
{
	struct filled f = { 0 };

	if (at->node && at->node->kind == NODE_STR &&
	    slots_equal(&w->scope, want->text, at->node->text))
		return;
	f = slots_fill(&w->scope, want->text);
	if (!f.set) {
		if (at->node)
			differs(w, at, "left out", NULL);
		return;
	}
	if (at->node && same(at->node, &f))
		return;
	if (at->node && f.node && f.node->kind == NODE_MAP && at->node->kind == NODE_MAP)
		map_differs(w, f.node, at);
	else
		differs(w, at,
			f.node ? shown(w, f.node).p
			       : arena_fmt(w->scope.in->arena, "'%.200s'", f.text.p).p,
			f.from);
}

/* A number or quantity, in thousandths. */
static bool number_of(const struct node *n, struct quantity *q)
{
	if (n->kind == NODE_INT) {
		*q = (struct quantity){ n->num * 1000, false };
		return true;
	}
	return n->kind == NODE_STR && !quantity_parse(n->text, q);
}

static void range(const struct form_walk *w, const struct node *want, const struct step *at)
{
	struct str least = node_text(want, "$least"), most = node_text(want, "$most");
	struct quantity has = { 0 }, bound = { 0 };
	bool fits = at->node && number_of(at->node, &has);

	if (fits && least.n && !quantity_parse(slots_fill(&w->scope, least).text, &bound))
		fits = quantity_cmp(has, bound) >= 0;
	if (fits && most.n && !quantity_parse(slots_fill(&w->scope, most).text, &bound))
		fits = quantity_cmp(has, bound) <= 0;
	if (!fits)
		differs(w, at,
			arena_fmt(w->scope.in->arena, "from %s to %s", least.n ? least.p : "0",
				  most.n ? most.p : "any")
			    .p,
			NULL);
}

static void same_quantity(const struct form_walk *w, const struct node *want, const struct step *at)
{
	struct filled f = slots_fill(&w->scope, want->text);
	struct str text = f.node && f.node->kind == NODE_STR ? f.node->text : f.text;
	struct quantity has = { 0 }, wanted = { 0 };

	if (!f.set || quantity_parse(text, &wanted) || !at->node || !number_of(at->node, &has) ||
	    quantity_cmp(has, wanted))
		differs(w, at, f.set ? text.p : "left out", f.from);
}

static void one_of(const struct form_walk *w, const struct node *list, const struct step *at)
{
	struct buf all = { 0 };
	bool fits = false;

	for (const struct node *v = link_first(list); v; v = v->next) {
		struct filled f = slots_fill(&w->scope, v->text);

		fits = fits || (at->node && f.set && same(at->node, &f));
		buf_fmt(&all, "%s%s", all.n ? ", " : "one of ",
			f.node ? shown(w, f.node).p : f.text.p);
	}

	struct str text = buf_take(&all, w->scope.in->arena);

	if (!fits)
		differs(w, at, text.p, NULL);
}

static void nothing(const struct form_walk *w, const struct step *at)
{
	if (at->node)
		differs(w, at, "left out", NULL);
}

/* All keys of a fact but those that the contract says something else about. */
static void with(const struct form_walk *w, const struct node *want, const struct node *slot,
		 const struct step *at)
{
	struct filled f = slots_fill(&w->scope, slot->text);

	for (const struct node *k = link_first(f.node); k; k = k->next) {
		struct step below = { .up = at,
				      .name = k->key,
				      .node = node_get(at->node, k->key) };

		if (!node_get(want, k->key) && !(below.node && node_eq(below.node, k)))
			differs(w, &below, shown(w, k).p, k);
	}
}

/* These stand beside other keys of a map. */
static bool is_beside(struct str key)
{
	return str_is(key, "$only") || str_is(key, "$with") || str_is(key, "$use");
}

static bool demands(const struct form_walk *w, const struct node *want);

/* Whether one of the keys of a map of the contract asks for something to be there. */
static bool key_demands(const struct form_walk *w, const struct node *want)
{
	const struct node *first = want->kids;

	if (first && *first->key.p == '$' && !is_beside(first->key) && !conditions(want))
		return !str_is(first->key, "$absent") && !str_is(first->key, "$optional");
	for (const struct node *k = first; k; k = k->next)
		if (*k->key.p != '$' && demands(w, k))
			return true;
	return false;
}

/* Whether want asks for something to be there. */
static bool demands(const struct form_walk *w, const struct node *want)
{
	bool holds = slots_hold(&w->scope, conditions(want));
	const struct node *value = conditions(want) ? node_at(want, holds ? "$is" : "$else") : NULL;

	if (want->kind == NODE_STR)
		return slots_fill(&w->scope, want->text).set;
	if (want->kind == NODE_LIST)
		return want->kids && want->kids->kind == NODE_STR;
	if (value)
		return demands(w, value);
	return holds && key_demands(w, want);
}

static void map(const struct form_walk *w, const struct node *want, const struct step *at)
{
	bool only = false;

	if (at->node ? at->node->kind != NODE_MAP : demands(w, want)) {
		differs(w, at, "a map", NULL);
		return;
	}
	node_each(k, want)
	{
		struct step below = { .up = at,
				      .name = k->key,
				      .node = node_get(at->node, k->key) };

		only = only || str_is(k->key, "$only");
		if (*k->key.p != '$')
			match(w, k, &below);
		else if (str_is(k->key, "$with"))
			with(w, want, k, at);
		else if (str_is(k->key, "$use"))
			match(w, node_get(w->parts, k->text), at);
	}
	for (const struct node *k = only ? link_first(at->node) : NULL; k; k = k->next)
		if (!node_get(want, k->key)) {
			struct step below = { .up = at, .name = k->key, .node = k };

			nothing(w, &below);
		}
}

/* The directive that a map of the contract begins with; false when it has none. */
static bool directive(const struct form_walk *w, const struct node *want, const struct step *at)
{
	const struct node *first = want->kids;

	if (!first || *first->key.p != '$' || is_beside(first->key))
		return false;
	if (str_is(first->key, "$least") || str_is(first->key, "$most"))
		range(w, want, at);
	else if (str_is(first->key, "$same"))
		same_quantity(w, first, at);
	else if (str_is(first->key, "$oneOf"))
		one_of(w, first, at);
	else if (str_is(first->key, "$any") && !at->node)
		differs(w, at, "set", NULL);
	else if (str_is(first->key, "$absent"))
		nothing(w, at);
	else if (str_is(first->key, "$optional") && at->node)
		match(w, first, at);
	return true;
}

static void conditional(const struct form_walk *w, const struct node *want, const struct step *at)
{
	const struct node *value = node_at(want, "$is");

	if (!slots_hold(&w->scope, conditions(want)))
		value = node_at(want, "$else");
	else if (!value)
		value = want;
	if (!value)
		nothing(w, at);
	else if (value == want)
		map(w, want, at);
	else
		match(w, value, at);
}

/* By which field items of a list are found again: that of want, or NULL. */
static const char *item_key(const struct node *want)
{
	static const char *const keys[] = { "mountPath", "name", "key", "secretKey" };

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		if (node_at(want, keys[i]))
			return keys[i];
	return NULL;
}

/* The item of list whose key is name; items mostly stand in the contract's order, so the search
 * begins behind the last one. */
static const struct node *item_named(const struct node *list, const struct node *last,
				     const char *key, struct str name)
{
	const struct node *first = link_first(list);

	for (const struct node *e = last ? last->next : NULL; e; e = e->next)
		if (str_eq(node_text(e, key), name))
			return e;
	for (const struct node *e = first; e; e = e == last ? NULL : e->next)
		if (str_eq(node_text(e, key), name))
			return e;
	return NULL;
}

/* A list under check: where the next item without a name stands. */
struct items {
	const struct step *at;
	const struct node *next;
	const struct node *last; /* that was found by its key */
	size_t n;                /* items that the contract has */
	bool by_place, only;
};

/* The map behind an item that is one slot, or NULL. */
static const struct node *whole_fact(const struct form_walk *w, const struct node *want)
{
	const struct node *fact =
	    want->kind == NODE_STR ? slots_fill(&w->scope, want->text).node : NULL;

	return fact && fact->kind == NODE_MAP ? fact : NULL;
}

/* Finds the item that want speaks about by its key; false when there is nothing to compare. */
static bool find_item(const struct form_walk *w, const struct node *want, struct items *l,
		      struct step *below)
{
	const struct node *fact = whole_fact(w, want);
	struct filled f = fact ? (struct filled){ true, NULL, node_text(fact, below->by), NULL }
			       : slots_fill(&w->scope, node_text(want, below->by));

	if (!f.set)
		return false;
	below->name = f.node ? f.node->text : f.text;
	below->node = item_named(l->at->node, l->last, below->by, below->name);
	if (below->node)
		l->last = below->node;
	else
		differs(w, below, "there", NULL);
	return below->node != NULL;
}

/* {$only: true} among the items. */
static bool is_only(const struct node *want)
{
	return want->kind == NODE_MAP && want->kids && str_is(want->kids->key, "$only") &&
	       !want->kids->next;
}

static void item(const struct form_walk *w, const struct node *want, struct items *l)
{
	const struct node *fact = whole_fact(w, want), *named = fact ? fact : want;
	struct step below = { .up = l->at, .item = true, .place = l->n };

	if (is_only(want)) {
		l->only = true;
		return;
	}
	if (!slots_hold(&w->scope, conditions(want)))
		return;
	below.by = named->kind == NODE_MAP ? item_key(named) : NULL;
	if (below.by) {
		if (!find_item(w, want, l, &below))
			return;
	} else {
		below.node = l->next;
		l->next = l->next ? l->next->next : NULL;
		l->by_place = true;
	}
	l->n++;
	match(w, want, &below);
}

/* One item of the contract for each of some facts. */
static void each_item(const struct form_walk *w, const struct node *want, struct items *l)
{
	const struct node *list = slot_find(&w->scope, node_text(want, "$each"));
	struct form_walk inner = *w;

	if (inner.scope.n == SLOT_NAMES)
		return;
	inner.scope.names[inner.scope.n].name = node_text(want, "$as");
	inner.scope.n++;
	for (const struct node *e = link_first(list); e; e = e->next) {
		inner.scope.names[inner.scope.n - 1].value = e;
		if (slots_hold(&inner.scope, node_at(want, "$if")))
			item(&inner, node_at(want, "$item"), l);
	}
}

static bool is_wanted(const struct form_walk *w, const struct node *first, struct str text)
{
	for (const struct node *v = first; v; v = v->next) {
		struct filled f = slots_fill(&w->scope, v->text);

		if (f.node && f.node->kind == NODE_LIST
			? node_lists(f.node, text)
			: f.set && str_eq(f.node ? f.node->text : f.text, text))
			return true;
	}
	return false;
}

static void listed(const struct form_walk *w, const struct step *at, struct str text,
		   const struct node *from)
{
	if (!node_lists(at->node, text))
		differs(w, at, arena_fmt(w->scope.in->arena, "with '%s'", text.p).p, from);
}

/* Texts in any order, "$set" or "$some" in front; with the latter others may stand beside them. */
static void texts(const struct form_walk *w, const struct node *marker, const struct step *at)
{
	for (const struct node *v = marker->next; v; v = v->next) {
		struct filled f = slots_fill(&w->scope, v->text);

		if (f.node && f.node->kind == NODE_LIST)
			node_each(e, f.node) listed(w, at, e->text, e);
		else if (f.set)
			listed(w, at, f.node ? f.node->text : f.text, f.from);
	}
	for (const struct node *e = link_first(str_is(marker->text, "$set") ? at->node : NULL); e;
	     e = e->next) {
		struct step below = {
			.up = at, .name = e->text, .node = e, .item = true, .by = "value"
		};

		if (!is_wanted(w, marker->next, e->text))
			differs(w, &below, "left out", NULL);
	}
}

static void list(const struct form_walk *w, const struct node *want, const struct step *at)
{
	struct items l = { .at = at, .next = link_first(at->node) };

	if (at->node && at->node->kind != NODE_LIST) {
		differs(w, at, "a list", NULL);
		return;
	}
	if (want->kids && want->kids->kind == NODE_STR &&
	    (str_is(want->kids->text, "$some") || str_is(want->kids->text, "$set"))) {
		texts(w, want->kids, at);
		return;
	}
	node_each(e, want)
	{
		if (e->kind == NODE_MAP && node_at(e, "$each"))
			each_item(w, e, &l);
		else
			item(w, e, &l);
	}
	if ((l.by_place && l.next) || ((l.only || !want->kids) && node_count(at->node) != l.n))
		differs(w, at, arena_fmt(w->scope.in->arena, "of %zu items", l.n).p, NULL);
}

static void match(const struct form_walk *w, const struct node *want, const struct step *at)
{
	if (want->kind == NODE_STR)
		scalar(w, want, at);
	else if (want->kind == NODE_LIST)
		list(w, want, at);
	else if (conditions(want))
		conditional(w, want, at);
	else if (!directive(w, want, at))
		map(w, want, at);
}

void form_match(const struct form_walk *w, const struct node *want, const struct node *has)
{
	const struct step top = { .node = has };

	match(w, want, &top);
}
