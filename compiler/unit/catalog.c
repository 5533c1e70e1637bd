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
	struct git_tree tree;           /* of the folder at the top that is under work */
	struct index_environment names; /* of its namespaces with intents */
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

		if (old->damaged.n || (u && (u->state == OUT_REMOVED || is_put(u))))
			continue;
		add_entry(m, old->path, &old->lock.input, &old->tree);
	}
}

static int in_order(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int c = str_cmp(x->group, y->group);

	return c ? c : str_cmp(x->path, y->path);
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
		u->needs[u->n_needs++] = intent_owner(a, i->source);
	for (size_t k = 0; k < i->guests.n; k++)
		u->needs[u->n_needs++] = intent_owner(a, i->guests.list[k]);
	for (size_t k = 0; k < i->followers.n; k++)
		u->needs[u->n_needs++] = intent_owner(a, i->followers.list[k]);
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

/* The first part of a path. */
static struct str folder_of(struct arena *a, struct str path)
{
	return arena_str(a, str_cut(path, 0, str_find(path, '/')));
}

static struct str index_path(struct arena *a, struct str group)
{
	return arena_fmt(a, "%s/" INDEX_NAME, group.p);
}

static void add_edges(struct maker *m, const struct entry *e)
{
	for (size_t i = 0; i < e->unit.n_needs; i++) {
		struct str to = group_of(m->r->arena, e->unit.needs[i]);

		if (!str_eq(to, e->group))
			m->root.edges[m->root.n_edges++] = (struct index_edge){ e->group, to };
	}
}

/* Takes the group and what is known of its intents into the folder it lies in. */
static void enter_group(struct maker *m, struct str path, const struct git_id *tree)
{
	const struct group *known = group_find(m->r, path);
	struct index_row *row = &m->root.rows[m->root.n];
	struct str name = str_cut(path, str_find(path, '/') + 1, path.n);

	m->tree.entries[m->tree.n++] = (struct git_entry){ name, GIT_DIR, *tree };
	if (!known || !m->sound)
		return;
	m->names.rows[m->names.n++] = (struct index_namespace){ name, known->intents };
	row->clusters += known->clusters;
}

/* The index of n entries of one group. */
static void make_group(struct maker *m, const struct entry *entries, size_t n)
{
	struct arena *a = m->r->arena;
	struct index_group g = { NEW_ARRAY(a, n, struct index_unit), n };
	struct buf text = { 0 };
	struct git_id tree;

	for (size_t i = 0; i < n; i++) {
		g.units[i] = entries[i].unit;
		add_edges(m, &entries[i]);
	}
	index_group_print(&g, &text);
	tree = index_group_tree(a, &g, buf_view(&text));
	enter_group(m, entries->group, &tree);
	add_file(m->out, index_path(a, entries->group), buf_take(&text, a), false);
}

/* The environment's index, as a file and in the tree of its folder; its row. */
static void index_folder_names(struct arena *a, const struct index_environment *names,
			       struct index_row *row, struct git_tree *tree, struct catalog *out)
{
	struct buf text = { 0 };
	struct git_entry *old = git_tree_find(tree, str_of(INDEX_NAME));

	if (names->text.n)
		index_environment_renew(names, &text);
	else
		index_environment_print(names, &text);
	row->intents = index_intents_tree(a, names);
	if (!old)
		old = &tree->entries[tree->n++];
	*old =
	    (struct git_entry){ str_of(INDEX_NAME), GIT_FILE, git_id_of("blob", buf_view(&text)) };
	add_file(out, index_path(a, row->name), buf_take(&text, a), false);
}

/* The groups of n entries that lie in one folder at the top, and its row. */
static void make_folder(struct maker *m, const struct entry *entries, size_t n)
{
	struct arena *a = m->r->arena;
	struct index_row *row = &m->root.rows[m->root.n];

	row->name = folder_of(a, entries->path);
	m->tree = (struct git_tree){ NEW_ARRAY(a, n + 1, struct git_entry), 0 };
	m->names = (struct index_environment){ .rows = NEW_ARRAY(a, n, struct index_namespace) };
	for (size_t i = 0, end = 0; i < n; i = end) {
		for (end = i; end < n && str_eq(entries[end].group, entries[i].group);)
			end++;
		make_group(m, &entries[i], end - i);
	}
	if (m->names.n)
		index_folder_names(a, &m->names, row, &m->tree, m->out);
	else
		add_file(m->out, index_path(a, row->name), str_of(""), true);
	row->tree = git_tree_hash(&m->tree);
	m->root.n++;
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

static int by_group(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	return str_cmp(x->group, y->group);
}

/* Indexes of groups, and of folders at the top, that have no unit any more. */
static void drop_groups(struct maker *m)
{
	struct arena *a = m->r->arena;
	struct str last = { "", 0 };

	for (size_t i = 0; i < m->r->prev.n; i++) {
		struct str path = m->r->prev.units[i].path;
		const struct entry key = { .group = group_of(a, path) };
		struct str folder = folder_of(a, path);

		if (!is_unit_path(path) || str_eq(key.group, last))
			continue;
		last = key.group;
		if (!m->n || !bsearch(&key, m->entries, m->n, sizeof(key), by_group))
			add_file(m->out, index_path(a, key.group), str_of(""), true);
		if (!index_row_of(&m->root, folder))
			add_file(m->out, index_path(a, folder), str_of(""), true);
	}
}

static int edge_order(const void *a, const void *b)
{
	const struct index_edge *x = a, *y = b;
	int c = str_cmp(x->from, y->from);

	return c ? c : str_cmp(x->to, y->to);
}

/* Each edge once, in order. */
static void sort_edges(struct index_root *root)
{
	size_t kept = 0;

	if (root->n_edges)
		qsort(root->edges, root->n_edges, sizeof(*root->edges), edge_order);
	for (size_t i = 0; i < root->n_edges; i++)
		if (!kept || edge_order(&root->edges[kept - 1], &root->edges[i]))
			root->edges[kept++] = root->edges[i];
	root->n_edges = kept;
}

struct out_loose catalog_root(struct arena *a, const struct index_root *root)
{
	struct buf text = { 0 };

	index_root_print(root, &text);
	return (struct out_loose){ str_of(INDEX_NAME), buf_take(&text, a), false };
}

static int row_order(const void *a, const void *b)
{
	const struct index_row *x = a, *y = b;

	return str_cmp(x->name, y->name);
}

static bool is_in(struct str path, struct str folder)
{
	return path.n > folder.n && path.p[folder.n] == '/' && str_starts(path, folder.p);
}

void catalog_whole(const struct run *r, const struct out_plan *plan, bool sound,
		   struct catalog *out)
{
	struct maker m = { .r = r, .out = out, .sound = sound };

	collect(&m, plan);
	if (m.n)
		qsort(m.entries, m.n, sizeof(*m.entries), in_order);
	describe_results(&m);
	out->files = NEW_ARRAY(r->arena, 2 * (m.n + r->prev.n) + 1, struct out_loose);
	m.root.rows = NEW_ARRAY(r->arena, m.n + 1, struct index_row);
	m.root.edges = NEW_ARRAY(r->arena, count_needs(&m) + 1, struct index_edge);
	(void)digest_read(r->world->digest, &m.root.world);
	for (size_t i = 0, end = 0; i < m.n; i = end) {
		struct str folder = folder_of(r->arena, m.entries[i].path);

		for (end = i; end < m.n && is_in(m.entries[end].path, folder);)
			end++;
		make_folder(&m, &m.entries[i], end - i);
	}
	if (m.root.n)
		qsort(m.root.rows, m.root.n, sizeof(*m.root.rows), row_order);
	sort_edges(&m.root);
	drop_groups(&m);
	out->files[out->n++] = catalog_root(r->arena, &m.root);
}

/* Puts a unit that was written into the index of its group. */
static int replace(struct run *r, const struct unit_result *u, const struct out_unit *made,
		   struct err *err)
{
	struct quick_group *g = quick_group_at(r, group_of(r->arena, made->path));
	struct index_unit *old = quick_unit(g, made->path);

	if (!old)
		return err_set(err, "%s stands in no index", made->path.p);
	old->input = made->input;
	old->tree = made->tree;
	if (str_eq(made->path, u->owner))
		catalog_describe(r->arena, u, old);
	g->touched = true;
	return 0;
}

static bool has_touched(const struct quick *q, struct str folder)
{
	for (size_t i = 0; i < q->n; i++)
		if (q->groups[i]->touched && is_in(q->groups[i]->path, folder))
			return true;
	return false;
}

/* The indexes of groups in which a unit changed, as files and in the tree of their folder. */
static void put_groups(struct run *r, struct str folder, struct git_tree *tree, struct catalog *out)
{
	struct arena *a = r->arena;

	for (size_t i = 0; i < r->quick->n; i++) {
		struct quick_group *g = r->quick->groups[i];
		struct git_entry *e = NULL;
		struct buf text = { 0 };

		if (!g->touched || !is_in(g->path, folder))
			continue;
		index_group_print(&g->index, &text);
		e = git_tree_find(tree, str_cut(g->path, folder.n + 1, g->path.n));
		if (e)
			e->id = index_group_tree(a, &g->index, buf_view(&text));
		add_file(out, index_path(a, g->path), buf_take(&text, a), false);
	}
}

/* The ids of the intents that were looked at. */
static void take_intents(struct run *r, struct str folder, struct index_environment *names)
{
	for (size_t i = 0; i < r->n_groups; i++) {
		const struct group *g = &r->groups[i];
		struct index_namespace *row = NULL;

		if (!is_in(g->path, folder))
			continue;
		row = index_namespace_of(names, str_cut(g->path, folder.n + 1, g->path.n));
		if (row)
			row->intents = g->intents;
	}
}

/* The indexes in folder i of the top, and its row. */
static int renew_folder(struct run *r, size_t i, struct catalog *out, struct err *err)
{
	struct quick_folder *f = &r->quick->folders[i];
	struct index_row *row = &r->quick->root.rows[i];

	if (!f->changed && index_folder(r->previous, row->name, r->arena, &f->tree, err))
		return -1;
	put_groups(r, row->name, &f->tree, out);
	if (f->changed) {
		take_intents(r, row->name, &f->names);
		index_folder_names(r->arena, &f->names, row, &f->tree, out);
	}
	row->tree = git_tree_hash(&f->tree);
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
	out->files = NEW_ARRAY(a, q->n + q->root.n + 1, struct out_loose);
	for (size_t i = 0; i < q->root.n; i++)
		if ((q->folders[i].changed || has_touched(q, q->root.rows[i].name)) &&
		    renew_folder(r, i, out, err))
			return -1;
	out->files[out->n++] = catalog_root(a, &q->root);
	return 0;
}
