/* SPDX-License-Identifier: Apache-2.0 */
/* fleet.c: the order of a run: source, world, intents, previous output, workers, publishing. */
#include "unit/fleet.h"

#include "tree/number.h"
#include "unit/ahead.h"
#include "unit/fleetwide.h"
#include "unit/given.h"
#include "unit/ledger.h"
#include "unit/quick.h"
#include "unit/run.h"
#include "unit/surround.h"
#include "unit/verdicts.h"
#include "world/repository.h"
#include "world/what_if.h"

enum { DAY_SECONDS = 24 * 60 * 60 };

enum { EXIT_FINE = 0, EXIT_FINDING = 1, EXIT_USAGE = 2, EXIT_REFUSED = 3, EXIT_OUTSIDE = 4 };

/* The day that counts: the one that was asked for, else that of the commit. */
static void run_day(struct run *r)
{
	const struct git_commit_facts *commit = source_commit(r->source);
	struct buf day = { 0 };

	r->as_of = r->options->as_of;
	if (r->as_of.n || !commit)
		return;
	date_print(&day, commit->committer.time / DAY_SECONDS);
	r->as_of = buf_take(&day, r->arena);
}

int run_source(struct run *r, struct err *err)
{
	const struct fleet_options *o = r->options;

	if (o->opened)
		r->source = o->opened;
	else if (o->source ? source_open_git(r->arena, str_of(o->source), &r->source, err)
			   : source_open_dir(r->arena, o->repository ? o->repository : ".",
					     &r->source, err))
		return -1;
	run_day(r);
	return 0;
}

/* The digest of a world in which one more value is another one. */
static struct str edited_digest(struct arena *a, struct str digest, struct str edit)
{
	struct hasher h;
	struct digest sum;

	hasher_start(&h);
	hasher_field(&h, digest);
	hasher_field(&h, edit);
	sum = hasher_end(&h);
	return digest_hex(a, &sum);
}

int run_world(struct run *r, struct err *err)
{
	struct files files = { 0 };
	struct str digest = r->quick ? r->quick->digest : (struct str){ "", 0 };
	/* the quick way goes on only in the world of the output that stands, which was whole */
	struct world_wish wish = { .extent = r->quick ? WORLD_CLUSTERS : WORLD_WHOLE };

	files_builtin(r->arena, &files, "");
	if (repository_files(r->arena, r->source, &files, err))
		return -1;
	if (!digest.n && repository_digest(r->arena, r->source, r->as_of, &digest, err))
		return -1;
	files.edits = r->options->edits;
	files.n_edits = r->options->n_edits;
	for (size_t i = 0; i < files.n_edits; i++) {
		if (what_if_lost(r->arena, &files, &files.edits[i]))
			return err_kind_set(
			    err, ERR_USAGE,
			    "--set '%s': there is no such tier, neither in presets/ "
			    "nor built in",
			    files.edits[i].text.p);
		digest = edited_digest(r->arena, digest, files.edits[i].text);
	}
	wish.digest = digest;
	wish.foundation = r->foundation;
	r->foundation = NULL;
	r->world = world_load(r->arena, r->diags, &files, &wish);
	return 0;
}

/* Databases are looked at with their hosts. */
static bool is_wanted(const struct run *r, const struct intent *i)
{
	struct str only = r->options->only;
	struct str path =
	    arena_fmt(r->arena, "%s/%s/%s", i->environment.p, i->namespace.p, i->name.p);

	return (i->kind != INTENT_DATABASE || !i->host) && (!only.n || str_eq(only, path));
}

int run_intents(struct run *r, const struct paths *folders, struct err *err)
{
	const struct intents_from from = { r->source, folders };

	if (intents_read(r->arena, r->diags, &from, &r->intents, err))
		return -1;
	r->results = NEW_ARRAY(r->arena, r->intents.n + 1, struct unit_result);
	for (size_t i = 0; i < r->intents.n; i++)
		if (is_wanted(r, &r->intents.list[i]))
			r->results[r->n++].intent = &r->intents.list[i];
	return 0;
}

static int open_out(struct run *r, struct err *err)
{
	const struct out_target *t = &r->options->target;

	if (!t->dir && !t->repo)
		return 0;
	if (out_open(&r->out, t, err))
		return -1;
	r->previous = out_previous(r->out);
	if (prev_walk(r->previous, str_of(""), r->arena, &r->prev, err))
		return -1;
	owned_sort(r);
	return 0;
}

void run_count(struct run *r, struct fleet_result *result)
{
	struct buf dump = { 0 };
	bool undated = r->judged.undated;

	for (size_t i = 0; i < r->n; i++) {
		struct unit_result *u = &r->results[i];

		result->reused += u->reused;
		result->failed += u->failed;
		result->refused += u->refused;
		result->compiled += !u->reused && !u->failed;
		result->objects += u->objects;
		undated = undated || u->undated;
		if (u->diags)
			diags_take(r->diags, u->diags);
		if (u->dump.n)
			buf_fmt(&dump, "%s%s", dump.n ? "---\n" : "", u->dump.p);
	}
	result->dump = buf_take(&dump, r->arena);
	if (undated)
		judge_warn_undated(r->diags);
}

int run_open(struct run *r, struct err *err)
{
	r->foundation = foundation_start();
	if (run_source(r, err) || run_world(r, err))
		return EXIT_OUTSIDE;
	if (diags_errors(r->diags))
		return EXIT_FINDING;
	if (run_intents(r, NULL, err))
		return EXIT_OUTSIDE;
	if (!r->options->only.n || r->n || r->options->objects)
		return EXIT_FINE;
	(void)err_set(err, "there is no cluster intents/%s.yaml", r->options->only.p);
	return EXIT_USAGE;
}

void run_close(struct run *r)
{
	ahead_drop(r);
	foundation_drop(r->foundation);
	out_close(r->out);
	workers_free(r);
	world_close(r->world);
	if (!r->options->opened)
		source_close(r->source);
}

/* Clusters that have output, new or as before, and their namespaces. */
static void summarise(struct run *r)
{
	for (size_t i = 0; i < r->n; i++) {
		struct unit_result *u = &r->results[i];

		u->has_summary = u->exports.n > 0;
		if (u->has_summary)
			u->summary = cluster_summary(r, u);
	}
	groups_make(r);
}

/* Objects that are given instead of compiled. */
static int prove(struct run *r, struct fleet_result *result, struct err *err)
{
	if (given_prove(r, result, err))
		return EXIT_OUTSIDE;
	return diags_errors(r->diags) ? EXIT_FINDING : EXIT_FINE;
}

/* All clusters are looked at, to the end. */
static bool is_whole(const struct run *r)
{
	return r->options->dump == PASS_COUNT && !r->options->only.n;
}

/* What the clusters are to each other; then all that was found is counted. */
static void judge_fleetwide(struct run *r, struct fleet_result *result)
{
	if (is_whole(r)) {
		fleetwide(r);
		ledger_judge(r);
	}
	run_count(r, result);
	if (r->options->hits)
		verdicts_tell(r, result);
}

/* Destinations, and publishing. 0, or -1 with err. */
static int finish(struct run *r, struct fleet_result *result, struct err *err)
{
	struct surroundings around;

	summarise(r);
	return surround(r, &around, err) || (r->out && publish(r, &around, result, err)) ? -1 : 0;
}

static int run(struct run *r, struct fleet_result *result, struct err *err)
{
	int code = run_open(r, err);

	if (code)
		return code;
	if (r->options->objects)
		return prove(r, result, err);
	if (open_out(r, err))
		return EXIT_OUTSIDE;
	result->intents = r->intents.n;
	if (workers_run(r, err))
		return EXIT_OUTSIDE;
	judge_fleetwide(r, result);
	if (is_whole(r) && finish(r, result, err))
		return EXIT_OUTSIDE;
	if (result->refused)
		return EXIT_REFUSED;
	return diags_errors(r->diags) ? EXIT_FINDING : EXIT_FINE;
}

/* Ends a run that came to its end. */
static void end(struct run *r)
{
	if (!r->options->last) {
		run_close(r);
		return;
	}
	ahead_drop(r);
	foundation_drop(r->foundation);
	out_close(r->out);
	if (!r->options->opened)
		source_close(r->source);
}

/* The quick way; what it found out counts only when it came to its end. */
static bool quick(struct arena *a, struct diags *d, const struct fleet_options *o,
		  struct fleet_result *result)
{
	struct run r = { .options = o, .arena = a, .diags = diags_new(a) };
	bool done = quick_run(&r, result);

	if (done)
		end(&r);
	else
		run_close(&r);
	if (done)
		diags_take(d, r.diags);
	else
		*result = (struct fleet_result){ 0 };
	return done;
}

int fleet_run(struct arena *a, struct diags *d, const struct fleet_options *o,
	      struct fleet_result *result, struct err *err)
{
	struct run r = { .options = o, .arena = a, .diags = d };

	*result = (struct fleet_result){ 0 };
	if (quick_applies(o) && quick(a, d, o, result))
		return EXIT_FINE;

	int code = run(&r, result, err);

	end(&r);
	return code;
}
