/* SPDX-License-Identifier: Apache-2.0 */
/* compare.c: opening both sides, judging what differs, collecting the verdicts. */
#include "unit/compare.h"

#include "judge/cost.h"
#include "unit/before.h"
#include "unit/gone.h"
#include "unit/group.h"
#include "unit/placed.h"
#include "unit/quick.h"
#include "unit/run.h"

enum { CODE_FINE = 0, CODE_FINDING = 1, CODE_REFUSED = 3, CODE_OUTSIDE = 4 };

/* A comparison under work. */
struct compare {
	struct run run;
	struct before before;
	const struct compare_options *options;
	struct source *output; /* the old output, or NULL */
	struct source *origin; /* what it was made from, when the quick way opened it, or NULL */
	size_t clusters;       /* that the indexes count, on the quick way */
	bool whole;            /* the quick way does not see all that changes */
	bool blank;            /* nothing of the old output is howdah's */
	const struct verdict **list;
	size_t n, cap;
	struct report_cost *costs; /* of all that was judged */
	size_t n_costs, cap_costs;
	struct str note;
};

static const char nothing_there[] =
    "the old output holds nothing that howdah wrote: it is the first one, or it was lost";

/* Against an output that may have been lost nothing counts as new. */
static const struct verdict *unseen(const struct compare *c, const struct verdict *v)
{
	struct verdict *copy = NULL;

	if (!c->blank || !v->is_new)
		return v;
	copy = verdict_copy(c->run.arena, v);
	copy->is_new = false;
	copy->exposure = NULL;
	copy->unjudged = str_of(nothing_there);
	return copy;
}

static void add(struct compare *c, const struct verdict *v)
{
	if (c->n == c->cap) {
		const struct verdict **grown = NULL;

		c->cap = c->cap ? 2 * c->cap : 64;
		grown = NEW_ARRAY(c->run.arena, c->cap, const struct verdict *);
		if (c->n)
			memcpy(grown, c->list, c->n * sizeof(struct verdict *));
		c->list = grown;
	}
	c->list[c->n++] = unseen(c, v);
}

static void put_cost(struct compare *c, struct report_cost cost)
{
	if (c->n_costs == c->cap_costs) {
		struct report_cost *grown = NULL;

		c->cap_costs = c->cap_costs ? 2 * c->cap_costs : 64;
		grown = NEW_ARRAY(c->run.arena, c->cap_costs, struct report_cost);
		if (c->n_costs)
			memcpy(grown, c->costs, c->n_costs * sizeof(*grown));
		c->costs = grown;
	}
	c->costs[c->n_costs++] = cost;
}

/* What is refused does not happen, and costs nothing. */
static void add_cost(struct compare *c, const struct verdict *v)
{
	if (v->refusals)
		return;
	if (v->cost_was)
		put_cost(c, (struct report_cost){ arena_str(c->run.arena, v->team_was), v->cost_was,
						  0 });
	if (v->cost_is)
		put_cost(c,
			 (struct report_cost){ arena_str(c->run.arena, v->team), 0, v->cost_is });
}

/* The id behind "Source-commit: " in a message that howdah wrote, or an empty slice. */
static struct str source_commit_of(struct str message)
{
	static const char key[] = "Source-commit: ";

	for (struct str rest = message; rest.n;) {
		struct str line = str_cut(rest, 0, str_find(rest, '\n'));

		if (str_starts(line, key))
			return str_cut(line, sizeof(key) - 1, line.n);
		rest = str_cut(rest, line.n + 1, rest.n);
	}
	return str_of("");
}

/* "REPO@ID" of the input that the output was made from; NULL when nobody knows. */
static const char *origin_of_output(const struct compare *c)
{
	const struct git_commit_facts *facts = source_commit(c->output);
	struct str id = facts ? source_commit_of(facts->message) : str_of("");

	if (!id.n || !c->options->repository.n)
		return NULL;
	return arena_fmt(c->run.arena, "%s%.*s%s", c->options->repository.p, (int)id.n, id.p,
			 c->options->folder.p)
	    .p;
}

/* The input that the output was made from, when its commit is at hand: it shows the lines that
 * changed. */
static void find_source(struct compare *c)
{
	struct run *r = &c->run;
	struct fleet_options *old = NEW(r->arena, struct fleet_options);
	struct err why = { 0 };

	*old = c->options->now;
	old->repository = NULL;
	old->source = origin_of_output(c);
	if (old->source && !before_open(&c->before, r, old, &why)) {
		r->before = &c->before;
		r->origin = c->before.run.source;
		return;
	}
	if (c->before.run.arena)
		before_close(&c->before);
	c->before = (struct before){ 0 };
	c->note =
	    str_of("the commit that the old output was made from is not at hand: lines of the "
		   "platform are the likely ones, and removed lines are not shown");
}

/* On the quick way the world is the same, so its intents are enough. */
static void find_intents(struct compare *c)
{
	const char *origin = origin_of_output(c);
	struct err why = { 0 };

	if (origin && !source_open_git(c->run.arena, str_of(origin), &c->origin, &why))
		c->run.origin = c->origin;
	else
		c->note = str_of("the commit that the old output was made from is not at hand: "
				 "removed lines are not shown");
}

static int open_output(struct compare *c, struct err *err)
{
	struct run *r = &c->run;

	r->previous = c->output;
	if (prev_walk(r->previous, str_of(""), r->arena, &r->prev, err))
		return CODE_OUTSIDE;
	owned_sort(r);
	find_source(c);
	c->blank = !r->prev.n;
	if (c->blank)
		diag_warn(r->diags, MSG_guard_blind, (struct pos){ 0 }, "%s", nothing_there);
	return CODE_FINE;
}

/* Between commits of Git, what the indexes say did not change need not be read. */
static bool open_quickly(struct compare *c)
{
	const struct fleet_options *o = c->run.options;
	struct run fresh = { .options = o, .arena = c->run.arena, .diags = c->run.diags };
	struct err none = { 0 };

	if (c->whole || !c->output || !o->source || !c->options->branch.n || o->n_edits ||
	    o->only.n)
		return false;
	c->run.diags = diags_new(c->run.arena);
	c->run.previous = c->output;
	if (!run_source(&c->run, &none) && quick_look(&c->run, &c->clusters)) {
		find_intents(c);
		diags_take(fresh.diags, c->run.diags);
		c->run.diags = fresh.diags;
		return true;
	}
	run_close(&c->run);
	c->run = fresh;
	return false;
}

/* The old input beside the new one, which was opened with this code: a cluster that is asked for
 * may be on either side. */
static int open_input(struct compare *c, int opened, struct err *err)
{
	struct err none = { 0 };
	int code = 0;

	c->before.sides = true;
	code = before_open(&c->before, &c->run, c->options->before, opened ? &none : err);
	if (code == CODE_FINDING)
		diags_take(c->run.diags, c->before.run.diags);
	c->run.before = &c->before;
	if (none.set)
		*err = none;
	else if (!code && opened && c->before.run.n)
		*err = (struct err){ 0 };
	else if (!code)
		code = opened;
	return code;
}

static int open_sides(struct compare *c, struct err *err)
{
	int code = 0;

	if (c->options->output &&
	    source_open_dir(c->run.arena, c->options->output, &c->output, err))
		return CODE_OUTSIDE;
	if (c->options->branch.n &&
	    source_open_git(c->run.arena, c->options->branch, &c->output, err))
		return CODE_OUTSIDE;
	if (open_quickly(c))
		return CODE_FINE;
	code = run_open(&c->run, err);
	if (code && !(code == RUN_ABSENT && c->options->before))
		return code;
	return c->options->before ? open_input(c, code, err) : open_output(c, err);
}

/* Verdicts of clusters that are there now. */
static void collect(struct compare *c, struct report *report)
{
	for (size_t i = 0; i < c->run.n; i++) {
		struct unit_result *u = &c->run.results[i];
		const struct verdict *v = u->verdict;
		bool told = v && (v->n_causes || v->is_new || v->refusals || v->unjudged.n);

		if (v)
			add_cost(c, v);
		report->unchanged += u->reused || (v && !told);
		report->failed += u->failed;
		diags_take(c->run.diags, u->diags);
		if (told)
			add(c,
			    verdict_copy(c->run.arena, v)); /* the workers end before it is told */
	}
}

/* The new cluster that v's seems to have become says so, too. */
static void tell_twin(struct compare *c, const struct verdict *v)
{
	for (size_t i = 0; v->twin.n && i < c->n; i++) {
		struct verdict *told = NULL;

		if (!c->list[i]->is_new || !str_eq(c->list[i]->owner, v->twin))
			continue;
		told = verdict_copy(c->run.arena, c->list[i]);
		told->twin = v->owner;
		c->list[i] = told;
	}
}

static void add_gone(struct compare *c, struct str owner, const struct prev_unit *old)
{
	const struct verdict *v = gone_verdict(&c->run, owner, old);

	tell_twin(c, v);
	add(c, v);
	add_cost(c, v);
}

/* Clusters of the namespaces that the quick way looked into. */
static void collect_gone_quickly(struct compare *c, const struct quick_group *g)
{
	struct run *r = &c->run;

	for (size_t i = 0; g->open && i < g->index.n; i++) {
		struct str owner =
		    arena_fmt(r->arena, "%s/%s", g->path.p, g->index.units[i].name.p);
		struct prev_unit *old = NEW(r->arena, struct prev_unit);
		struct err none = { 0 };

		if (g->index.units[i].exports.n && !result_of(r, owner) &&
		    prev_read(r->previous, owner, r->arena, old, &none) > 0 && !old->damaged.n)
			add_gone(c, owner, old);
	}
}

/* Clusters that were there before alone. */
static void collect_gone(struct compare *c)
{
	struct run *r = &c->run;

	for (size_t i = 0; r->quick && i < r->quick->n; i++)
		collect_gone_quickly(c, r->quick->groups[i]);

	for (size_t i = 0; c->before.sides && i < c->before.run.n; i++)
		if (!result_of(r, c->before.run.results[i].owner))
			add_gone(c, c->before.run.results[i].owner, NULL);
	for (size_t i = 0; i < r->prev.n; i++) {
		const struct prev_unit *old = &r->prev.units[i];

		if (!old->damaged.n && str_eq(old->path, old->lock.owner) &&
		    !str_starts(old->path, "destinations/") && !result_of(r, old->path))
			add_gone(c, old->path, old);
	}
}

static int add_place(struct compare *c, struct str name, struct err *err)
{
	const struct verdict *v = placed_judge(&c->run, name, err);

	if (v)
		add(c, v);
	return err->set ? -1 : 0;
}

/* Destinations that only the old platform.yaml has. */
static int add_gone_places(struct compare *c, const struct node *is, struct err *err)
{
	const struct world *old = c->before.run.world;
	const struct node *was = old ? node_at(old->platform, "destinations") : NULL;

	for (const struct node *d = was ? was->kids : NULL; d; d = d->next)
		if (!node_get(is, d->key) && add_place(c, d->key, err))
			return -1;
	return 0;
}

/* What stands around the clusters. On the quick way the world is the same, and so are the lists of
 * namespaces: nothing to look at. */
static int collect_places(struct compare *c, struct err *err)
{
	const struct world *w = c->run.world;
	const struct node *all = w ? node_at(w->platform, "destinations") : NULL;

	if (!w || c->run.quick || c->run.options->only.n)
		return 0;
	for (const struct node *d = all ? all->kids : NULL; d; d = d->next)
		if (add_place(c, d->key, err))
			return -1;
	return add_gone_places(c, all, err);
}

/* The first cluster of a namespace tells whose it is: on the quick way another first cluster, or
 * another team of it, is a change of what stands around. */
static bool is_owner_new(struct run *r, const struct quick_group *g)
{
	for (size_t i = 0; i < r->n; i++) {
		const struct unit_result *u = &r->results[i];
		struct str name = str_cut(u->owner, g->path.n + 1, u->owner.n);

		if (!str_eq(group_of(r->arena, u->owner), g->path))
			continue;
		if (!g->index.n || !str_eq(g->index.units[0].name, name))
			return true;
		for (const struct verdict_cause *v = u->verdict ? u->verdict->causes : NULL; v;
		     v = v->next)
			if (str_is(v->path, "spec.team"))
				return true;
		return false;
	}
	return true;
}

static bool is_quick_enough(struct run *r)
{
	for (size_t i = 0; r->quick && i < r->quick->n; i++)
		if (r->quick->groups[i]->open && is_owner_new(r, r->quick->groups[i]))
			return false;
	return true;
}

static void tell_costs(const struct compare *c, struct report *report)
{
	const struct world *w = c->run.world, *old = c->before.run.world;

	if (w)
		report->costs = report_costs_of(c->run.arena, c->costs, c->n_costs,
						cost_currency(cost_known(w) || !old ? w : old));
}

/* Opens both sides and judges the clusters. */
static int judge_clusters(struct compare *c, struct err *err)
{
	int code = open_sides(c, err);

	if (code)
		return code;
	return c->run.n && workers_run(&c->run, err) ? CODE_OUTSIDE : CODE_FINE;
}

static int judge(struct compare *c, struct report *report, struct err *err)
{
	struct run fresh = c->run;
	int code = judge_clusters(c, err);
	size_t refused = 0;

	if (!code && !is_quick_enough(&c->run)) {
		run_close(&c->run);
		source_close(c->output);
		source_close(c->origin);
		c->run = fresh;
		c->output = c->origin = NULL;
		c->note = str_of("");
		c->whole = true;
		code = judge_clusters(c, err);
	}
	if (code)
		return code;
	collect(c, report);
	if (c->run.quick)
		report->unchanged += c->clusters - c->run.n;
	collect_gone(c);
	if (collect_places(c, err))
		return CODE_OUTSIDE;
	report_sort(c->list, c->n);
	tell_costs(c, report);
	report->list = c->list;
	report->n = c->n;
	report->note = c->note;
	for (size_t i = 0; i < c->n; i++)
		refused += c->list[i]->class == VERDICT_REFUSED;
	if (refused)
		return CODE_REFUSED;
	return report->failed || diags_errors(c->run.diags) ? CODE_FINDING : CODE_FINE;
}

int compare_run(struct arena *a, struct diags *d, const struct compare_options *o,
		struct report *report, struct err *err)
{
	struct fleet_options now = o->now;
	struct compare c = { .options = o };
	int code = 0;

	now.verdicts = true;
	now.dump = PASS_COUNT;
	c.run = (struct run){ .options = &now, .arena = a, .diags = d };
	code = judge(&c, report, err);
	run_close(&c.run);
	if (c.before.run.arena)
		before_close(&c.before);
	source_close(c.origin);
	source_close(c.output);
	return code;
}
