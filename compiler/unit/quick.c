/* SPDX-License-Identifier: Apache-2.0 */
/* quick.c: finding what changed by ids, compiling it, publishing it with new indexes. */
#include "unit/quick.h"

#include "out/record.h"
#include "unit/exports.h"
#include "world/repository.h"

bool quick_applies(const struct fleet_options *o)
{
	return o->source && o->target.repo && !o->full && !o->only.n && o->dump == PASS_COUNT;
}

static size_t number_of(const struct quick *q, const struct index_row *row)
{
	return (size_t)(row - q->root.rows);
}

/* The index of the row's group; NULL when there is none to believe. */
static struct index_group *group_at(struct run *r, struct index_row *row)
{
	struct quick *q = r->quick;
	struct index_group **g = &q->groups[number_of(q, row)];
	struct str path = arena_fmt(r->arena, "%s/" INDEX_NAME, row->path.p);
	struct index_group *known = *g;
	const struct file *f = NULL;
	struct err err = { 0 };

	if (known)
		return known;
	f = source_read(out_previous(r->out), path, INDEX_SIZE, r->arena, &err);
	if (!f)
		return NULL;
	*g = NEW(r->arena, struct index_group);
	if (index_group_read(r->arena, f->text, *g, &err))
		*g = NULL;
	return *g;
}

static struct index_unit *unit_in(const struct index_group *g, struct str path)
{
	for (size_t i = 0; g && i < g->n; i++) {
		struct str name = g->units[i].name;

		if (path.n > name.n && path.p[path.n - name.n - 1] == '/' && str_ends(path, name.p))
			return &g->units[i];
	}
	return NULL;
}

struct index_unit *quick_unit(struct run *r, struct str path, struct index_row **row)
{
	*row = index_row_of(&r->quick->root, group_of(r->arena, path));
	return *row ? unit_in(group_at(r, *row), path) : NULL;
}

bool quick_stands(struct arena *a, const struct run *r, struct unit_result *u)
{
	const struct quick *q = r->quick;
	const struct index_row *row = index_row_of(&q->root, group_of(a, u->owner));
	const struct index_unit *old = row ? unit_in(q->groups[number_of(q, row)], u->owner) : NULL;
	struct str facts = old ? old->exports : (struct str){ "", 0 };
	struct record_item item = { 0 };

	if (!old || !digest_eq(&old->input, &u->input))
		return false;
	u->has_summary = record_next(&facts, 0, &item) && record_digest(item.value, &u->summary);
	return u->has_summary;
}

/* The previous output is whole, as howdah wrote it, and of this world. */
static bool read_root(struct run *r)
{
	struct quick *q = r->quick;
	struct err err = { 0 };
	struct prev_paths unknown;
	struct digest world;
	const struct file *f =
	    source_read(out_previous(r->out), str_of(INDEX_NAME), INDEX_SIZE, r->arena, &err);

	if (!f || index_root_read(r->arena, f->text, &q->root, &err) ||
	    !digest_read(q->digest, &world) || !digest_eq(&world, &q->root.world) ||
	    index_compare(&q->root, out_previous(r->out), r->arena, &unknown, &err) || unknown.n)
		return false;
	for (size_t i = 0; i < q->root.n; i++)
		if (!q->root.rows[i].believed)
			return false;
	q->groups = NEW_ARRAY(r->arena, q->root.n + 1, struct index_group *);
	q->open = NEW_ARRAY(r->arena, q->root.n + 1, bool);
	q->touched = NEW_ARRAY(r->arena, q->root.n + 1, bool);
	return true;
}

/* The namespaces of an environment; *seen counts them. */
static bool compare_environment(struct run *r, struct str environment, size_t *seen)
{
	struct quick *q = r->quick;
	struct source_list list;
	struct err err = { 0 };
	struct str dir = arena_fmt(r->arena, "intents/%s", environment.p);

	if (source_list(r->source, dir, r->arena, &list, &err) <= 0)
		return false;
	for (size_t i = 0; i < list.n; i++) {
		const struct source_entry *e = &list.entries[i];
		struct index_row *row =
		    index_row_of(&q->root, arena_fmt(r->arena, "%s/%s", environment.p, e->name.p));

		if (e->type != SOURCE_DIR || !row || git_id_none(&row->intents))
			return false;
		q->open[number_of(q, row)] = !git_id_eq(&row->intents, &e->id);
		++*seen;
	}
	return true;
}

/* Every namespace with intents has its row and the other way round; those that differ are opened.
 */
static bool compare_intents(struct run *r)
{
	struct source_list list;
	struct err err = { 0 };
	size_t seen = 0, rows = 0;

	if (source_list(r->source, str_of("intents"), r->arena, &list, &err) <= 0)
		return false;
	for (size_t i = 0; i < list.n; i++)
		if (list.entries[i].type != SOURCE_DIR ||
		    !compare_environment(r, list.entries[i].name, &seen))
			return false;
	for (size_t i = 0; i < r->quick->root.n; i++)
		rows += !git_id_none(&r->quick->root.rows[i].intents);
	return rows == seen;
}

static bool *open_at(struct run *r, struct str path)
{
	const struct index_row *row = index_row_of(&r->quick->root, group_of(r->arena, path));

	return row ? &r->quick->open[number_of(r->quick, row)] : NULL;
}

/* Opens what depends on open groups, and what those depend on, until nothing is added. */
static bool follow_edges(struct run *r)
{
	const struct index_root *root = &r->quick->root;

	for (bool more = true; more;) {
		more = false;
		for (size_t i = 0; i < root->n_edges; i++) {
			bool *from = open_at(r, root->edges[i].from);
			bool *to = open_at(r, root->edges[i].to);

			if (!from || !to)
				return false;
			more = more || *from != *to;
			*from = *to = *from || *to;
		}
	}
	return true;
}

static size_t open_groups(struct run *r, struct paths *folders)
{
	const struct quick *q = r->quick;

	folders->list = NEW_ARRAY(r->arena, q->root.n + 1, struct str);
	for (size_t i = 0; i < q->root.n; i++)
		if (q->open[i])
			folders->list[folders->n++] =
			    arena_fmt(r->arena, "intents/%s", q->root.rows[i].path.p);
	return folders->n;
}

/* Clusters of all groups, as the index counts them. */
static size_t count_clusters(const struct quick *q)
{
	size_t all = 0, n = 0;
	struct digest facts;

	for (size_t i = 0; i < q->root.n; i++)
		if (group_totals_read(q->root.rows[i].totals, &n, &facts))
			all += n;
	return all;
}

static bool read_groups(struct run *r)
{
	struct quick *q = r->quick;

	for (size_t i = 0; i < q->root.n; i++)
		if (q->open[i] && !group_at(r, &q->root.rows[i]))
			return false;
	return true;
}

static bool same_texts(const struct index_unit *x, const struct index_unit *y)
{
	bool same = x->n_needs == y->n_needs;

	for (size_t i = 0; same && i < x->n_needs; i++)
		same = str_eq(x->needs[i], y->needs[i]);
	return same;
}

/* The compiled cluster stands where it stood, and is related to the same others. */
static bool same_relations(struct run *r, struct unit_result *u)
{
	struct index_row *row = NULL;
	struct index_unit now = { 0 };
	const struct index_unit *old = quick_unit(r, u->owner, &row);

	if (!old || u->failed || u->refused)
		return false;
	if (u->reused)
		return true;
	u->summary = cluster_summary(r, u);
	u->has_summary = true;
	catalog_describe(r->arena, u, &now);
	return same_texts(old, &now);
}

/* Nothing changed that destinations, other groups or a person must know of. */
static bool same_around(struct run *r)
{
	struct quick *q = r->quick;

	for (size_t i = 0; i < r->n; i++)
		if (!same_relations(r, &r->results[i]))
			return false;
	groups_make(r);
	for (size_t i = 0; i < q->root.n; i++) {
		const struct group *g = group_find(r, q->root.rows[i].path);
		struct digest facts;
		size_t n = 0;

		if (!q->open[i])
			continue;
		if (!g || !group_totals_read(q->root.rows[i].totals, &n, &facts) ||
		    n != g->clusters || !digest_eq(&facts, &g->facts))
			return false;
	}
	return diags_errors(r->diags) == 0;
}

static bool publish_changed(struct run *r, struct fleet_result *result)
{
	struct out_unit **units = NULL;
	struct catalog catalog = { 0 };
	struct out_plan plan = { .source = source_commit(r->source) };
	struct err err = { 0 };
	size_t n = 0;

	for (size_t i = 0; i < r->n; i++)
		n += r->results[i].made.n;
	units = NEW_ARRAY(r->arena, n + 1, struct out_unit *);
	for (size_t i = 0; i < r->n; i++)
		for (size_t k = 0; k < r->results[i].made.n; k++)
			units[plan.n++] = &r->results[i].made.units[k];
	if (catalog_changed(r, &catalog, &err))
		return false;
	plan.units = units;
	plan.loose = catalog.files;
	plan.n_loose = catalog.n;
	return out_publish(r->out, &plan, &result->out, &err) == 0;
}

/* What the indexes say is enough to begin. */
static bool prepare(struct run *r)
{
	struct err err = { 0 };

	return run_source(r, &err) == 0 &&
	       repository_digest(r->arena, r->source, r->as_of, &r->quick->digest, &err) == 0 &&
	       out_open(&r->out, &r->options->target, &err) == 0 && read_root(r) &&
	       compare_intents(r) && follow_edges(r);
}

/* Compiles the clusters of the open groups. */
static bool compile(struct run *r, const struct paths *folders)
{
	struct err err = { 0 };

	if (!read_groups(r) || run_world(r, &err) || diags_errors(r->diags) ||
	    run_intents(r, folders, &err) || r->intents.unresolved || diags_errors(r->diags))
		return false;
	return workers_run(r, &err) == 0 && same_around(r);
}

bool quick_run(struct run *r, struct fleet_result *result)
{
	struct quick *q = NEW(r->arena, struct quick);
	struct paths folders = { 0 };

	r->quick = q;
	if (!prepare(r))
		return false;
	if (!open_groups(r, &folders)) {
		result->out.nothing = true;
	} else {
		if (!compile(r, &folders) || !publish_changed(r, result))
			return false;
		run_count(r, result);
	}
	result->reused = count_clusters(q) - result->compiled;
	result->intents = result->reused + result->compiled;
	result->published = true;
	return true;
}
