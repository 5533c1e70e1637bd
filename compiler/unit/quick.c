/* SPDX-License-Identifier: Apache-2.0 */
/* quick.c: compiling what changed and publishing it with new indexes. */
#include "unit/quick.h"

#include "out/record.h"
#include "unit/ahead.h"
#include "unit/exports.h"
#include "world/repository.h"

bool quick_applies(const struct fleet_options *o)
{
	return o->source && o->target.repo && !o->full && !o->only.n && o->dump == PASS_COUNT;
}

static const struct index_unit *old_unit(struct arena *a, const struct run *r, struct str owner)
{
	return quick_unit(quick_group_find(r->quick, group_of(a, owner)), owner);
}

bool quick_stands(struct arena *a, const struct run *r, struct unit_result *u)
{
	const struct index_unit *old = old_unit(a, r, u->owner);
	struct str facts = old ? old->exports : (struct str){ "", 0 };
	struct record_item item = { 0 };

	if (!old || !digest_eq(&old->input, &u->input))
		return false;
	u->has_summary = record_next(&facts, 0, &item) && record_digest(item.value, &u->summary);
	return u->has_summary;
}

static void open_folders(struct run *r, struct paths *folders)
{
	const struct quick *q = r->quick;

	folders->list = NEW_ARRAY(r->arena, q->n + 1, struct str);
	for (size_t i = 0; i < q->n; i++)
		if (q->groups[i]->open)
			folders->list[folders->n++] =
			    arena_fmt(r->arena, "intents/%s", q->groups[i]->path.p);
}

/* Clusters of all environments, as the index counts them. */
static size_t count_clusters(const struct quick *q)
{
	size_t all = 0;

	for (size_t i = 0; i < q->root.n; i++)
		all += q->root.rows[i].clusters;
	return all;
}

static bool same_needs(const struct index_unit *x, const struct index_unit *y)
{
	bool same = x->n_needs == y->n_needs;

	for (size_t i = 0; same && i < x->n_needs; i++)
		same = str_eq(x->needs[i], y->needs[i]);
	return same;
}

/* The compiled cluster stands where it stood, tells others what it told, and is related to the same
 * ones. */
static bool same_relations(struct run *r, struct unit_result *u)
{
	struct index_unit now = { 0 };
	const struct index_unit *old = old_unit(r->arena, r, u->owner);

	if (!old || u->failed || u->refused)
		return false;
	if (u->reused)
		return true;
	u->summary = cluster_summary(r, u);
	u->has_summary = true;
	catalog_describe(r->arena, u, &now);
	return same_needs(old, &now) && str_eq(old->exports, now.exports);
}

/* Every cluster that stood in the group has its intent still. */
static bool none_is_gone(struct run *r, const struct quick_group *g)
{
	for (size_t i = 0; i < g->index.n; i++) {
		const struct index_unit *u = &g->index.units[i];

		if (u->exports.n &&
		    !result_of(r, arena_fmt(r->arena, "%s/%s", g->path.p, u->name.p)))
			return false;
	}
	return true;
}

/* Nothing changed that destinations, other groups or a person must know of. */
static bool same_around(struct run *r)
{
	const struct quick *q = r->quick;

	for (size_t i = 0; i < r->n; i++)
		if (!same_relations(r, &r->results[i]))
			return false;
	for (size_t i = 0; i < q->n; i++)
		if (q->groups[i]->open && !none_is_gone(r, q->groups[i]))
			return false;
	groups_make(r);
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

	if (run_source(r, &err) ||
	    repository_digest(r->arena, r->source, r->as_of, &r->quick->digest, &err) ||
	    out_open(&r->out, &r->options->target, &err))
		return false;
	r->previous = out_previous(r->out);
	/* something will be other than before, most likely: the world is read meanwhile */
	if (!out_made_from(r->out, &source_commit(r->source)->id))
		ahead_start(r);
	return quick_open(r);
}

/* Compiles the clusters of the open groups. */
static bool compile(struct run *r, const struct paths *folders)
{
	struct err err = { 0 };

	if (ahead_take(r, &err) || diags_errors(r->diags) || run_intents(r, folders, &err) ||
	    r->intents.unresolved || diags_errors(r->diags))
		return false;
	return workers_run(r, &err) == 0 && same_around(r);
}

bool quick_look(struct run *r, size_t *clusters)
{
	struct paths folders = { 0 };
	struct err err = { 0 };

	r->quick = NEW(r->arena, struct quick);
	if (repository_digest(r->arena, r->source, r->as_of, &r->quick->digest, &err) ||
	    !quick_open(r))
		return false;
	*clusters = count_clusters(r->quick);
	open_folders(r, &folders);
	if (!folders.n)
		return true;
	return !ahead_take(r, &err) && !diags_errors(r->diags) && !run_intents(r, &folders, &err) &&
	       !r->intents.unresolved && !diags_errors(r->diags);
}

bool quick_run(struct run *r, struct fleet_result *result)
{
	struct quick *q = NEW(r->arena, struct quick);
	struct paths folders = { 0 };

	r->quick = q;
	r->foundation = foundation_start();
	if (!prepare(r))
		return false;
	open_folders(r, &folders);
	if (!folders.n) {
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
