/* SPDX-License-Identifier: Apache-2.0 */
/* quick_open.c: which namespaces changed, by ids of trees, from the top down. */
#include "out/record.h"
#include "unit/ahead.h"
#include "unit/quick.h"

/* Index of the group at path, or where it would be put. */
static size_t place_of(const struct quick *q, struct str path)
{
	size_t low = 0, high = q->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (str_cmp(q->groups[middle]->path, path) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct quick_group *quick_group_find(const struct quick *q, struct str path)
{
	size_t at = place_of(q, path);

	return at < q->n && str_eq(q->groups[at]->path, path) ? q->groups[at] : NULL;
}

static void insert(struct run *r, struct quick_group *g)
{
	struct quick *q = r->quick;
	size_t at = place_of(q, g->path);

	if (q->n == q->cap) {
		struct quick_group **grown = NULL;

		q->cap = q->cap * 2 + 16;
		grown = NEW_ARRAY(r->arena, q->cap, struct quick_group *);
		if (q->n)
			memcpy(grown, q->groups, q->n * sizeof(*grown));
		q->groups = grown;
	}
	memmove(&q->groups[at + 1], &q->groups[at], (q->n - at) * sizeof(*q->groups));
	q->groups[at] = g;
	q->n++;
}

/* The text of the index in this folder of the previous output; empty when there is none. */
static struct str index_text(struct run *r, struct str folder)
{
	struct str path = arena_fmt(r->arena, "%s%s" INDEX_NAME, folder.p, folder.n ? "/" : "");
	struct err err = { 0 };
	const struct file *f = source_read(r->previous, path, INDEX_SIZE, r->arena, &err);

	return f ? f->text : (struct str){ "", 0 };
}

struct quick_group *quick_group_at(struct run *r, struct str path)
{
	struct quick_group *g = quick_group_find(r->quick, path);
	struct err err = { 0 };

	if (g)
		return g;
	g = NEW(r->arena, struct quick_group);
	g->path = path;
	if (index_group_read(r->arena, index_text(r, path), &g->index, &err))
		return NULL;
	insert(r, g);
	return g;
}

struct index_unit *quick_unit(const struct quick_group *g, struct str path)
{
	struct str name = g ? str_cut(path, g->path.n + 1, path.n) : (struct str){ "", 0 };

	for (size_t i = 0; g && i < g->index.n; i++)
		if (str_eq(name, g->index.units[i].name))
			return &g->index.units[i];
	return NULL;
}

/* Opens the group at path; false when its index cannot be believed. */
static bool open_group(struct run *r, struct str path)
{
	struct quick_group *g = quick_group_at(r, path);

	if (g)
		g->open = true;
	return g != NULL;
}

/* The previous output is whole, as howdah wrote it, and of this world. */
static bool read_root(struct run *r)
{
	struct quick *q = r->quick;
	struct err err = { 0 };
	struct digest world;

	if (index_root_read(r->arena, index_text(r, str_of("")), &q->root, &err) ||
	    !digest_read(q->digest, &world) || !digest_eq(&world, &q->root.world) ||
	    index_believe(&q->root, r->previous, r->arena, &err) <= 0)
		return false;
	q->folders = NEW_ARRAY(r->arena, q->root.n + 1, struct quick_folder);
	return true;
}

/* Opens the namespaces of an environment whose intents are others now. */
static bool compare_namespaces(struct run *r, const struct index_row *row,
			       struct quick_folder *folder)
{
	struct source_list list;
	struct err err = { 0 };
	struct str dir = arena_fmt(r->arena, "intents/%s", row->name.p);

	if (index_environment_read(r->arena, index_text(r, row->name), &folder->names, &err) ||
	    source_list(r->source, dir, r->arena, &list, &err) <= 0 || list.n != folder->names.n)
		return false;
	for (size_t i = 0; i < list.n; i++) {
		const struct source_entry *e = &list.entries[i];
		const struct index_namespace *old = index_namespace_of(&folder->names, e->name);

		if (e->type != SOURCE_DIR || !old)
			return false;
		if (!git_id_eq(&old->intents, &e->id) &&
		    !open_group(r, arena_fmt(r->arena, "%s/%s", row->name.p, e->name.p)))
			return false;
	}
	return true;
}

/* Every environment with intents has its row and the other way round; *any of them has others now.
 */
static bool compare_environments(struct run *r, bool *any)
{
	struct quick *q = r->quick;
	struct source_list list;
	struct err err = { 0 };
	size_t rows = 0;

	if (source_list(r->source, str_of("intents"), r->arena, &list, &err) <= 0)
		return false;
	for (size_t i = 0; i < list.n; i++) {
		const struct source_entry *e = &list.entries[i];
		const struct index_row *row = index_row_of(&q->root, e->name);
		bool same = row && git_id_eq(&row->intents, &e->id);

		if (e->type != SOURCE_DIR || !row || git_id_none(&row->intents))
			return false;
		q->folders[row - q->root.rows].changed = !same;
		*any = *any || !same;
	}
	for (size_t i = 0; i < q->root.n; i++)
		rows += !git_id_none(&q->root.rows[i].intents);
	return rows == list.n;
}

static bool compare_changed(struct run *r)
{
	struct quick *q = r->quick;

	struct err err = { 0 };

	for (size_t i = 0; i < q->root.n; i++) {
		const struct index_row *row = &q->root.rows[i];
		struct quick_folder *f = &q->folders[i];

		if (f->changed && (!compare_namespaces(r, row, f) ||
				   index_folder(r->previous, row->name, r->arena, &f->tree, &err)))
			return false;
	}
	return true;
}

static bool is_open(const struct run *r, struct str group)
{
	const struct quick_group *g = quick_group_find(r->quick, group);

	return g && g->open;
}

/* Opens what depends on open groups, and what those depend on, until nothing is added. */
static bool follow_edges(struct run *r)
{
	const struct index_root *root = &r->quick->root;

	for (bool more = true; more;) {
		more = false;
		for (size_t i = 0; i < root->n_edges; i++) {
			const struct index_edge *e = &root->edges[i];
			bool from = is_open(r, e->from), to = is_open(r, e->to);

			if (from != to && !open_group(r, from ? e->to : e->from))
				return false;
			more = more || from != to;
		}
	}
	return true;
}

bool quick_open(struct run *r)
{
	bool any = false;

	if (!read_root(r) || !compare_environments(r, &any))
		return false;
	if (any)
		ahead_start(r);
	return compare_changed(r) && follow_edges(r);
}
