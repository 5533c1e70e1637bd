/* SPDX-License-Identifier: Apache-2.0 */
/* publish.c: what becomes of each directory of output, and when nothing may be published. */
#include <stdlib.h>

#include "unit/catalog.h"
#include "unit/exports.h"
#include "unit/gone.h"
#include "unit/run.h"
#include "unit/surround.h"

/* Units of the plan as it grows. */
struct plan {
	struct run *run;
	struct out_unit **units;
	size_t n, cap;
};

static void add(struct plan *p, struct out_unit *u)
{
	if (p->n == p->cap) {
		struct out_unit **grown = NULL;

		p->cap = p->cap ? p->cap * 2 : 1024;
		grown = NEW_ARRAY(p->run->arena, p->cap, struct out_unit *);
		if (p->n)
			memcpy(grown, p->units, p->n * sizeof(struct out_unit *));
		p->units = grown;
	}
	p->units[p->n++] = u;
}

static void remove_unit(struct plan *p, const struct prev_unit *old)
{
	struct out_unit *u = NEW(p->run->arena, struct out_unit);

	u->path = old->path;
	u->owner = old->lock.owner;
	u->state = OUT_REMOVED;
	add(p, u);
}

/* Order by parts: '/' comes before every other byte. */
static int owner_cmp(struct str a, struct str b)
{
	for (size_t i = 0; i < a.n && i < b.n; i++)
		if (a.p[i] != b.p[i])
			return (a.p[i] == '/' ? 0 : (unsigned char)a.p[i]) -
			       (b.p[i] == '/' ? 0 : (unsigned char)b.p[i]);
	return (a.n > b.n) - (a.n < b.n);
}

/* Results are sorted as intents are: by environment, namespace, name. */
struct unit_result *result_of(const struct run *r, struct str owner)
{
	size_t low = 0, high = r->n;

	while (low < high) {
		size_t middle = (low + high) / 2;
		int c = owner_cmp(r->results[middle].owner, owner);

		if (!c)
			return &r->results[middle];
		if (c < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

const struct node *unit_facts(struct run *r, struct unit_result *u)
{
	if (!r->brief)
		r->brief = arena_new();
	if (!u->facts && u->exports.n)
		u->facts = exports_read(r->brief, u->exports);
	return u->facts;
}

void facts_forget(struct run *r)
{
	for (size_t i = 0; i < r->n; i++)
		r->results[i].facts = NULL;
	arena_free(r->brief);
	r->brief = NULL;
}

static bool makes(const struct unit_result *u, struct str path)
{
	for (size_t i = 0; i < u->made.n; i++)
		if (str_eq(u->made.units[i].path, path))
			return true;
	return false;
}

static int compare_owner(const void *a, const void *b)
{
	const struct prev_unit *x = *(struct prev_unit *const *)a,
			       *y = *(struct prev_unit *const *)b;
	int c = str_cmp(x->lock.owner, y->lock.owner);

	return c ? c : str_cmp(x->path, y->path);
}

void owned_sort(struct run *r)
{
	r->by_owner = NEW_ARRAY(r->arena, r->prev.n + 1, struct prev_unit *);
	for (size_t i = 0; i < r->prev.n; i++)
		r->by_owner[i] = &r->prev.units[i];
	qsort(r->by_owner, r->prev.n, sizeof(struct prev_unit *), compare_owner);
}

bool owned_is(const struct run *r, size_t i, struct str owner)
{
	return i < r->prev.n && !r->by_owner[i]->damaged.n &&
	       str_eq(r->by_owner[i]->lock.owner, owner);
}

size_t owned_first(const struct run *r, struct str owner)
{
	size_t low = 0, high = r->prev.n;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (str_cmp(r->by_owner[middle]->lock.owner, owner) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

int owned_names(const struct run *r, const struct prev_unit *old, struct arena *a,
		struct str *names, struct err *err)
{
	struct arena *scratch = NULL;
	struct lock lock = { 0 };

	*names = old->names;
	if (names->n || old->damaged.n)
		return 0;
	scratch = arena_new();

	int rc = prev_list(r->previous, old, scratch, &lock, err);

	if (rc == 0)
		*names = lock_names(a, &lock);
	arena_free(scratch);
	return rc;
}

/* The intent of this directory is gone: only a retirement in its last state lets the output go. */
static bool gone(struct run *r, struct plan *p, const struct prev_unit *old)
{
	const struct prev_unit *main_unit = prev_find(&r->prev, old->lock.owner);

	if (gone_in_order(main_unit ? main_unit : old)) {
		remove_unit(p, old);
		return true;
	}
	if (str_eq(old->path, old->lock.owner))
		guard_report(r->diags, gone_verdict(r, old->lock.owner, old));
	else if (!main_unit)
		diag_error(r->diags, MSG_output_astray, (struct pos){ 0 },
			   "'%s' was written for %s, whose own directory is not in this output: "
			   "compile into the directory where it is, or move this one away",
			   old->path.p, old->lock.owner.p);
	return false;
}

static struct intent *intent_of(struct arena *a, struct str owner)
{
	struct intent *i = NEW(a, struct intent);
	size_t first = str_find(owner, '/'), last = owner.n;

	while (owner.p[last - 1] != '/')
		last--;
	i->environment = arena_str(a, str_cut(owner, 0, first));
	i->namespace = arena_str(a, str_cut(owner, first + 1, last - 1));
	i->name = arena_str(a, str_cut(owner, last, owner.n));
	return i;
}

static bool is_orphan(const struct run *r, const struct prev_unit *old)
{
	return !old->damaged.n && str_eq(old->path, old->lock.owner) &&
	       !str_starts(old->path, "destinations/") && !result_of(r, old->path) &&
	       !gone_in_order(old);
}

static int by_owner(const void *a, const void *b)
{
	return owner_cmp((*(struct unit_result *const *)a)->owner,
			 (*(struct unit_result *const *)b)->owner);
}

struct unit_result **standing_results(struct run *r, size_t *n)
{
	struct unit_result **all = NEW_ARRAY(r->arena, r->n + r->prev.n + 1, struct unit_result *);

	*n = 0;
	for (size_t i = 0; i < r->n; i++)
		all[(*n)++] = &r->results[i];
	for (size_t i = 0; i < r->prev.n; i++) {
		const struct prev_unit *old = &r->prev.units[i];
		struct unit_result *u = NULL;

		if (!is_orphan(r, old))
			continue;
		u = NEW(r->arena, struct unit_result);
		u->intent = intent_of(r->arena, old->path);
		u->owner = old->path;
		u->exports = old->lock.exports;
		u->reused = true;
		all[(*n)++] = u;
	}
	if (*n > r->n)
		qsort(all, *n, sizeof(struct unit_result *), by_owner);
	return all;
}

/* One directory of the previous output; false when it is the reason to refuse. */
static bool judge_old(struct run *r, struct plan *p, const struct prev_unit *old)
{
	struct unit_result *u = result_of(r, old->lock.owner);

	if (old->damaged.n) {
		diag_error(r->diags, MSG_lock_damaged, (struct pos){ 0 },
			   "%s/howdah.lock is not as howdah wrote it (%s): delete the directory to "
			   "have it made anew",
			   old->path.p, old->damaged.p);
		return false;
	}
	if (str_starts(old->path, "destinations/"))
		return true;
	if (!u)
		return gone(r, p, old);
	if (u->failed)
		return true;
	if (!u->reused && !u->refused && !makes(u, old->path))
		remove_unit(p, old);
	return !u->refused;
}

static size_t judge(struct run *r, struct plan *p, struct fleet_result *result)
{
	size_t refused = 0;

	for (size_t i = 0; i < r->prev.n; i++)
		refused += !judge_old(r, p, &r->prev.units[i]);
	for (size_t i = 0; i < r->n; i++) {
		struct unit_result *u = &r->results[i];

		refused += u->refused && !prev_find(&r->prev, u->owner);
		for (size_t k = 0; !u->failed && !u->refused && k < u->made.n; k++)
			add(p, &u->made.units[k]);
	}
	result->refused = refused;
	return refused;
}

/* The directories of destinations: those that no destination makes any more go. */
static void add_around(struct plan *p, const struct surroundings *around)
{
	for (size_t i = 0; i < around->n; i++)
		add(p, &around->units[i]);
	for (size_t i = 0; i < p->run->prev.n; i++) {
		const struct prev_unit *old = &p->run->prev.units[i];
		bool made = !str_starts(old->path, "destinations/");

		for (size_t k = 0; k < around->n && !made; k++)
			made = str_eq(around->units[k].path, old->path);
		if (!made)
			remove_unit(p, old);
	}
}

int publish(struct run *r, const struct surroundings *around, struct fleet_result *result,
	    struct err *err)
{
	struct plan p = { .run = r };
	struct out_plan plan = { 0 };
	struct catalog catalog = { 0 };
	bool sound = judge(r, &p, result) + diags_errors(r->diags) + result->failed == 0;

	result->refused += r->places_refused;
	if (r->places_refused || (!sound && !r->options->keep_going))
		return 0; /* what stands around the clusters is everybody's */
	add_around(&p, around);
	run_settle(r);
	plan.units = p.units;
	plan.n = p.n;
	catalog_whole(r, &plan, sound, &catalog);
	plan.loose = catalog.files;
	plan.n_loose = catalog.n;
	plan.source = source_commit(r->source);
	if (out_publish(r->out, &plan, &result->out, err))
		return -1;
	result->published = true;
	return 0;
}
