/* SPDX-License-Identifier: Apache-2.0 */
/* worker.c: threads that take one cluster after the other; results go to their slots. */
#include "unit/worker.h"

#include "base/thread.h"
#include "tree/print.h"
#include "unit/exports.h"
#include "unit/guarded.h"
#include "unit/putting.h"
#include "unit/quick.h"

/* Clusters that make another worker, with a Lua state of its own, worth its while. */
enum { WORKER_LEAST = 4 };

struct worker {
	struct run *run;
	struct arena *scratch; /* of the cluster under work */
	struct arena *keep;    /* of results, until the run ends */
	struct arena *brief;   /* of results, until all is decided */
	struct lua_worker *lua;
	struct cluster_worker cluster;
	struct out_worker *out;
	struct guarded *guard;
	struct err err;
	struct thread thread;
	bool spare; /* there are more cores than workers */
};

static void add_intent(struct hasher *h, const struct intent *i)
{
	hasher_field(h, i->file->name);
	hasher_field(h, i->file->text);
}

/* Everything the cluster of i is a function of. */
static struct digest input_of(const struct run *r, const struct intent *i)
{
	struct hasher h;

	hasher_start(&h);
	hasher_field(&h, str_of("howdah cluster 1"));
	hasher_field(&h, r->world->digest);
	add_intent(&h, i);
	if (i->source)
		add_intent(&h, i->source);
	for (size_t g = 0; g < i->guests.n; g++)
		add_intent(&h, i->guests.list[g]);
	for (size_t f = 0; f < i->followers.n; f++)
		add_intent(&h, i->followers.list[f]);
	return hasher_end(&h);
}

/* Files of ours that somebody edited, or foreign ones in our way, are never written over: the
 * cluster is refused. */
static int inspect(struct worker *w, struct unit_result *u, struct prev_unit *old)
{
	struct prev_findings found = { 0 };
	bool same = digest_eq(&old->lock.input, &u->input) && !w->run->options->full;
	const struct prev_room room = { w->keep, same ? w->brief : NULL };

	if (prev_check(w->run->previous, old, &room, &found, &w->err))
		return -1;
	for (size_t i = 0; i < found.n; i++) {
		if (found.findings[i].trouble == PREV_MISSING)
			continue;
		diag_error(u->diags, MSG_output_edited, (struct pos){ 0 }, "%s",
			   found.findings[i].text.p);
		u->refused = true;
	}
	return 0;
}

/* The previous output of the cluster is whole and was made from the same input. */
static bool stands(struct worker *w, struct unit_result *u)
{
	const struct run *r = w->run;
	const struct unit_result *before = NULL;
	size_t first = owned_first(r, u->owner), i = first;
	bool same = r->options->dump == PASS_COUNT;

	if (r->before && r->before->sides) {
		before = before_find(r->before, u->owner);
		return before && digest_eq(&before->input, &u->input);
	}
	if (r->quick)
		return quick_stands(w->scratch, r, u);

	for (; owned_is(r, i, u->owner); i++) {
		struct prev_unit *old = r->by_owner[i];

		if (inspect(w, u, old))
			return false;
		same = same && !old->incomplete && digest_eq(&old->lock.input, &u->input);
		if (str_eq(old->path, u->owner))
			u->exports = old->lock.exports;
	}
	u->same_input = same && i > first;
	return u->same_input && !r->options->full;
}

static struct str names_of(struct worker *w, const struct out_unit *unit)
{
	struct buf all = { 0 };
	struct str kept = { "", 0 };

	for (size_t i = 0; i < unit->n; i++) {
		buf_str(&all, unit->files[i].name);
		buf_char(&all, '\n');
	}
	kept = arena_str(w->brief, buf_view(&all));
	buf_release(&all);
	return kept;
}

/* The directories outlive the scratch arena; of their files the names do. */
static void keep_units(struct worker *w, struct unit_result *u, const struct rendered *made)
{
	u->made.n = made->n;
	u->made.units = NEW_ARRAY(w->keep, made->n + 1, struct out_unit);
	u->names = NEW_ARRAY(w->brief, made->n + 1, struct str);
	for (size_t i = 0; i < made->n; i++) {
		u->made.units[i] = made->units[i];
		u->names[i] = names_of(w, &made->units[i]);
		u->made.units[i].path = arena_str(w->keep, made->units[i].path);
		u->made.units[i].owner = u->owner;
		u->made.units[i].input = u->input;
		u->made.units[i].exports =
		    str_eq(made->units[i].path, u->owner) ? u->exports : (struct str){ "", 0 };
	}
}

static void dump(struct worker *w, struct unit_result *u, const struct node *tree)
{
	struct buf out = { 0 };

	print_yaml(&out, tree);
	u->dump = arena_fmt(w->keep, "# %s\n%s", u->intent->file->name.p, buf_z(&out));
	buf_release(&out);
}

static void keep_judged(struct worker *w, struct unit_result *u, const struct judged *judged)
{
	u->undated = judged->undated;
	for (const struct judge_hit *h = judged->hits; h; h = h->next) {
		struct judge_hit *kept = NEW(w->keep, struct judge_hit);

		*kept = *h;
		kept->cluster = u->owner;
		kept->next = u->hits;
		u->hits = kept;
	}
}

/* Files, directories and what others may know of the cluster: until the proofs are there, only on
 * probation. NULL when there is nothing to wait for. */
static struct putting *put(struct worker *w, struct unit_result *u, const struct job *job,
			   const struct compiled *made, struct rendered *rendered)
{
	u->objects = made->n;
	u->exports = arena_str(w->keep, exports_text(w->scratch, job->diags, made));
	u->failed = !render_objects(w->scratch, job->diags, made->objects, made->n, rendered);
	if (u->failed)
		return NULL;
	keep_units(w, u, rendered);
	return w->out ? putting_start(w->run, w->out, &u->made, w->scratch, job->spare) : NULL;
}

/* What the change does to the database: told after all else, in *told. 0, or -1 with w->err. */
static int judge_change(struct worker *w, struct unit_result *u, const struct guarded_cluster *c,
			struct diags **told)
{
	struct diags *before = u->diags;

	*told = u->diags = diags_new(w->keep);

	int rc = guarded_judge(w->guard, c, &w->err);

	u->diags = before;
	return rc;
}

static int compile(struct worker *w, struct unit_result *u)
{
	struct run *r = w->run;
	struct job job = {
		.world = r->world, .intents = &r->intents, .arena = w->scratch, .lua = w->lua
	};
	struct compiled made;
	struct rendered rendered = { 0 };
	struct dump wish = { .after = r->options->dump };
	const struct unit_result before = *u;
	struct diags *change = NULL;
	struct putting *putting = NULL;
	int broken = 0;

	job.diags = diags_new(w->scratch);
	job.as_of = r->as_of;
	job.dump = wish.after == PASS_COUNT ? NULL : &wish;
	job.spare = w->spare && !job.dump;
	u->failed = !cluster_compile(&job, &w->cluster, u->intent, &made);
	if (job.dump)
		u->failed = diags_errors(job.diags) > 0;
	if (wish.tree)
		dump(w, u, wish.tree);
	if (!u->failed && !job.dump)
		putting = put(w, u, &job, &made, &rendered);
	if (!u->failed && !job.dump)
		broken = judge_change(
		    w, u, &(struct guarded_cluster){ u, &made, &rendered, w->scratch }, &change);
	if (putting_end(putting, &w->err))
		broken = -1;
	if (!cluster_proved(&job, &made)) {
		*u = before;
		u->failed = true;
		change = NULL;
	}
	keep_judged(w, u, &made.judged);
	diags_take(u->diags, job.diags);
	if (change)
		diags_take(u->diags, change);
	return broken;
}

void worker_identify(const struct run *r, struct unit_result *u, struct arena *a)
{
	u->owner = arena_fmt(a, "%s/%s/%s", u->intent->environment.p, u->intent->namespace.p,
			     u->intent->name.p);
	u->input = input_of(r, u->intent);
}

/* Without the intent in doubt the cluster would lose a database or a standby: it stays as it is.
 * Made from the same input as before, it loses nothing. */
static void hold(struct unit_result *u)
{
	u->failed = true;
	diag_error(u->diags, MSG_held_back, (struct pos){ u->intent->file, 1, 1 },
		   "this cluster stays as it is until %s can be read: that may be a database or a "
		   "standby of it",
		   u->intent->doubt->file->name.p);
}

static int one(struct worker *w, struct unit_result *u)
{
	struct run *r = w->run;
	int failed = 0;

	worker_identify(r, u, w->keep);
	u->diags = diags_new(w->keep);
	if (u->intent->unusable) {
		u->failed = true;
		return 0;
	}
	u->reused = stands(w, u);
	if (!u->same_input && !u->reused && !u->refused && u->intent->doubt &&
	    r->options->keep_going)
		hold(u);
	if (!u->reused && !u->failed && !u->refused && !w->err.set)
		failed = compile(w, u);
	arena_reset(w->scratch);
	return failed;
}

static void *work(void *arg)
{
	struct worker *w = arg;
	struct run *r = w->run;

	for (;;) {
		size_t i = atomic_fetch_add(&r->next, 1);
		size_t done = 0;

		if (i >= r->n || w->err.set)
			return NULL;
		(void)one(w, &r->results[i]);
		done = atomic_fetch_add(&r->done, 1) + 1;
		if (r->options->progress && w == r->workers[0] && done < r->n)
			r->options->progress(done, r->n);
	}
}

static struct worker *worker_new(struct run *r)
{
	struct worker *w = NEW(r->arena, struct worker);

	w->run = r;
	w->scratch = arena_new();
	w->keep = arena_new();
	w->brief = arena_new();
	w->lua = lua_worker_new(r->world->lua);
	cluster_worker_init(&w->cluster, w->keep, r->world, w->lua);
	if (r->out)
		w->out = out_worker_new(r->out);
	w->guard = guarded_new(r, w->keep);
	w->spare = r->n_workers < r->options->jobs;
	return w;
}

int workers_run(struct run *r, struct err *err)
{
	size_t useful = (r->n + WORKER_LEAST - 1) / WORKER_LEAST;

	r->n_workers = r->options->jobs < useful ? r->options->jobs : useful;
	if (!r->n_workers)
		r->n_workers = 1;
	r->workers = NEW_ARRAY(r->arena, r->n_workers, struct worker *);
	for (size_t i = 0; i < r->n_workers; i++)
		r->workers[i] = worker_new(r);

	size_t started = 1;

	while (started < r->n_workers &&
	       thread_start(&r->workers[started]->thread, work, r->workers[started]))
		started++;
	(void)work(r->workers[0]);
	for (size_t i = 1; i < started; i++)
		thread_end(&r->workers[i]->thread);
	if (r->options->progress) /* whichever worker was the last one */
		r->options->progress(r->n, r->n);
	for (size_t i = 0; i < r->n_workers; i++)
		if (r->workers[i]->err.set) {
			*err = r->workers[i]->err;
			return -1;
		}
	return 0;
}

void workers_alone(struct run *r)
{
	r->workers = NEW_ARRAY(r->arena, 1, struct worker *);
	r->workers[0] = worker_new(r);
	r->n_workers = 1;
}

struct lua_worker *worker_lua(const struct run *r)
{
	return r->workers[0]->lua;
}

struct out_worker *worker_out(const struct run *r)
{
	return r->workers[0]->out;
}

void run_settle(struct run *r)
{
	for (size_t i = 0; i < r->n_workers; i++) {
		struct worker *w = r->workers[i];

		guarded_free(w->guard);
		lua_worker_free(w->lua);
		arena_free(w->scratch);
		arena_free(w->brief);
		w->lua = NULL;
		w->guard = NULL;
		w->scratch = w->brief = NULL;
	}
	for (size_t i = 0; i < r->n; i++)
		r->results[i].names = NULL;
	for (size_t i = 0; i < r->prev.n; i++)
		r->prev.units[i].names = str_of("");
	facts_forget(r);
}

void workers_free(struct run *r)
{
	run_settle(r);
	for (size_t i = 0; i < r->n_workers; i++)
		arena_free(r->workers[i]->keep);
}
