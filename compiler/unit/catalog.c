/* SPDX-License-Identifier: Apache-2.0 */
/* catalog.c: index files from units, all of them or those that changed. */
#include "unit/catalog.h"

#include <stdlib.h>

#include "out/record.h"
#include "unit/quick.h"

/* A unit that will stand in the output. */
struct entry {
	struct str path, group;
	struct index_unit unit;
};

/* The index files under work. */
struct maker {
	const struct run *r;
	struct entry *entries;
	size_t n;
	struct index_root root;
	struct catalog *out;
	bool sound;
};

static bool is_unit_path(struct str path)
{
	size_t slashes = 0;

	for (size_t i = 0; i < path.n; i++)
		slashes += path.p[i] == '/';
	return slashes == 2;
}

static struct str name_of(struct str path, struct str group)
{
	return str_cut(path, group.n + 1, path.n);
}

static void add_entry(struct maker *m, struct str path, const struct digest *input,
		      const struct git_id *tree)
{
	struct entry *e = &m->entries[m->n];

	if (!is_unit_path(path))
		return;
	*e = (struct entry){ .path = path, .group = group_of(m->r->arena, path) };
	e->unit.name = name_of(path, e->group);
	e->unit.input = *input;
	e->unit.tree = *tree;
	m->n++;
}

static int by_unit_path(const void *a, const void *b)
{
	const struct out_unit *x = *(struct out_unit *const *)a, *y = *(struct out_unit *const *)b;

	return str_cmp(x->path, y->path);
}

static const struct out_unit *planned(struct out_unit *const *sorted, size_t n, struct str path)
{
	const struct out_unit key = { .path = path }, *pointer = &key;
	struct out_unit *const *found =
	    n ? bsearch(&pointer, sorted, n, sizeof(*sorted), by_unit_path) : NULL;

	return found ? *found : NULL;
}

static bool is_put(const struct out_unit *u)
{
	return u->state != OUT_REMOVED && !git_id_none(&u->tree);
}

/* What stands is what was put, and what stood before without being put anew or removed. */
static void collect(struct maker *m, const struct out_plan *plan)
{
	const struct run *r = m->r;
	struct out_unit **sorted = NEW_ARRAY(r->arena, plan->n + 1, struct out_unit *);

	for (size_t i = 0; i < plan->n; i++)
		sorted[i] = plan->units[i];
	if (plan->n)
		qsort(sorted, plan->n, sizeof(*sorted), by_unit_path);
	m->entries = NEW_ARRAY(r->arena, plan->n + r->prev.n + 1, struct entry);
	for (size_t i = 0; i < plan->n; i++)
		if (is_put(sorted[i]))
			add_entry(m, sorted[i]->path, &sorted[i]->input, &sorted[i]->tree);
	for (size_t i = 0; i < r->prev.n; i++) {
		const struct prev_unit *old = &r->prev.units[i];
		const struct out_unit *u = planned(sorted, plan->n, old->path);
		struct git_id tree;

		if (old->damaged.n || (u && (u->state == OUT_REMOVED || is_put(u))))
			continue;
		tree = lock_tree(r->arena, &old->lock);
		add_entry(m, old->path, &old->lock.input, &tree);
	}
}

static int in_order(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int c = str_cmp(x->group, y->group);

	return c ? c : str_cmp(x->path, y->path);
}

static struct str intent_path(struct arena *a, const struct intent *i)
{
	return arena_fmt(a, "%s/%s/%s", i->environment.p, i->namespace.p, i->name.p);
}

static int text_order(const void *a, const void *b)
{
	const struct str *x = a, *y = b;

	return str_cmp(*x, *y);
}

/* Those whose intents take part in i's cluster. */
static void add_needs(struct arena *a, const struct intent *i, struct index_unit *u)
{
	u->needs = NEW_ARRAY(a, i->guests.n + i->followers.n + 1, struct str);
	if (i->source)
		u->needs[u->n_needs++] = intent_path(a, i->source);
	for (size_t k = 0; k < i->guests.n; k++)
		u->needs[u->n_needs++] = intent_path(a, i->guests.list[k]);
	for (size_t k = 0; k < i->followers.n; k++)
		u->needs[u->n_needs++] = intent_path(a, i->followers.list[k]);
	if (u->n_needs)
		qsort(u->needs, u->n_needs, sizeof(*u->needs), text_order);
}

void catalog_describe(struct arena *a, const struct unit_result *result, struct index_unit *u)
{
	struct buf text = { 0 };

	record_put_digest(&text, 0, "facts", &result->summary);
	u->exports = arena_str(a, buf_view(&text));
	buf_release(&text);
	u->n_needs = 0;
	add_needs(a, result->intent, u);
}

static void add_file(struct catalog *c, struct str path, struct str bytes, bool gone)
{
	c->files[c->n++] = (struct out_loose){ path, bytes, gone };
}

static struct str index_path(struct arena *a, struct str group)
{
	return arena_fmt(a, "%s/" INDEX_NAME, group.p);
}

static void add_edges(struct maker *m, const struct entry *e)
{
	for (size_t i = 0; i < e->unit.n_needs; i++)
		if (!str_eq(group_of(m->r->arena, e->unit.needs[i]), e->group))
			m->root.edges[m->root.n_edges++] =
			    (struct index_edge){ e->path, e->unit.needs[i] };
}

/* The index of n entries of one group, and its row. */
static void make_group(struct maker *m, const struct entry *entries, size_t n)
{
	struct arena *a = m->r->arena;
	struct index_row *row = &m->root.rows[m->root.n++];
	const struct group *known = group_find(m->r, entries->group);
	struct index_group g = { NEW_ARRAY(a, n, struct index_unit), n };
	struct buf text = { 0 };

	for (size_t i = 0; i < n; i++) {
		g.units[i] = entries[i].unit;
		add_edges(m, &entries[i]);
	}
	index_group_print(&g, &text);
	*row = (struct index_row){ .path = entries->group };
	if (known && m->sound) {
		row->intents = known->intents;
		row->totals = group_totals(a, known);
	}
	row->tree = index_group_tree(a, &g, buf_view(&text));
	add_file(m->out, index_path(a, entries->group), arena_str(a, buf_view(&text)), false);
	buf_release(&text);
}

static void describe_results(struct maker *m)
{
	for (size_t i = 0; i < m->n; i++) {
		const struct unit_result *u = result_of(m->r, m->entries[i].path);

		if (u)
			catalog_describe(m->r->arena, u, &m->entries[i].unit);
	}
}

static size_t count_needs(const struct maker *m)
{
	size_t n = 0;

	for (size_t i = 0; i < m->n; i++)
		n += m->entries[i].unit.n_needs;
	return n;
}

/* Indexes of groups that have no unit any more. */
static void drop_groups(struct maker *m)
{
	struct arena *a = m->r->arena;
	struct str last = { "", 0 };

	for (size_t i = 0; i < m->r->prev.n; i++) {
		struct str group = group_of(a, m->r->prev.units[i].path);

		if (is_unit_path(m->r->prev.units[i].path) && !str_eq(group, last) &&
		    !index_row_of(&m->root, group))
			add_file(m->out, index_path(a, group), str_of(""), true);
		last = group;
	}
}

static int edge_order(const void *a, const void *b)
{
	const struct index_edge *x = a, *y = b;
	int c = str_cmp(x->from, y->from);

	return c ? c : str_cmp(x->to, y->to);
}

struct out_loose catalog_root(struct arena *a, const struct index_root *root)
{
	struct buf text = { 0 };
	struct out_loose file = { str_of(INDEX_NAME), { "", 0 }, false };

	index_root_print(root, &text);
	file.bytes = arena_str(a, buf_view(&text));
	buf_release(&text);
	return file;
}

void catalog_whole(const struct run *r, const struct out_plan *plan, bool sound,
		   struct catalog *out)
{
	struct maker m = { .r = r, .out = out, .sound = sound };

	collect(&m, plan);
	if (m.n)
		qsort(m.entries, m.n, sizeof(*m.entries), in_order);
	describe_results(&m);
	out->files = NEW_ARRAY(r->arena, m.n + r->prev.n + 1, struct out_loose);
	m.root.rows = NEW_ARRAY(r->arena, m.n + 1, struct index_row);
	m.root.edges = NEW_ARRAY(r->arena, count_needs(&m) + 1, struct index_edge);
	(void)digest_read(r->world->digest, &m.root.world);
	for (size_t i = 0, end = 0; i < m.n; i = end) {
		for (end = i; end < m.n && str_eq(m.entries[end].group, m.entries[i].group);)
			end++;
		make_group(&m, &m.entries[i], end - i);
	}
	if (m.root.n_edges)
		qsort(m.root.edges, m.root.n_edges, sizeof(*m.root.edges), edge_order);
	drop_groups(&m);
	out->files[out->n++] = catalog_root(r->arena, &m.root);
}

/* Puts a unit that was written into the index of its group. */
static int replace(struct run *r, const struct unit_result *u, const struct out_unit *made,
		   struct err *err)
{
	struct index_row *row = NULL;
	struct index_unit *old = quick_unit(r, made->path, &row);

	if (!old)
		return err_set(err, "%s stands in no index", made->path.p);
	old->input = made->input;
	old->tree = made->tree;
	if (str_eq(made->path, u->owner))
		catalog_describe(r->arena, u, old);
	r->quick->touched[row - r->quick->root.rows] = true;
	return 0;
}

int catalog_changed(struct run *r, struct catalog *out, struct err *err)
{
	struct quick *q = r->quick;
	struct arena *a = r->arena;

	for (size_t i = 0; i < r->n; i++)
		for (size_t k = 0; k < r->results[i].made.n; k++)
			if (replace(r, &r->results[i], &r->results[i].made.units[k], err))
				return -1;
	out->files = NEW_ARRAY(a, q->root.n + 1, struct out_loose);
	for (size_t i = 0; i < q->root.n; i++) {
		struct index_row *row = &q->root.rows[i];
		struct buf text = { 0 };

		if (q->open[i])
			row->intents = group_find(r, row->path)->intents;
		if (!q->touched[i])
			continue;
		index_group_print(q->groups[i], &text);
		row->tree = index_group_tree(a, q->groups[i], buf_view(&text));
		add_file(out, index_path(a, row->path), arena_str(a, buf_view(&text)), false);
		buf_release(&text);
	}
	out->files[out->n++] = catalog_root(a, &q->root);
	return 0;
}
