/* SPDX-License-Identifier: Apache-2.0 */
/* publish.c: what becomes of each directory of output, and when nothing may be published. */
#include "unit/exports.h"
#include "unit/run.h"

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

/* The result whose owner is owner, by binary search: results are sorted as intents are. */
static struct unit_result *result_of(struct run *r, struct str owner)
{
	for (size_t i = 0; i < r->n; i++)
		if (str_eq(r->results[i].owner, owner))
			return &r->results[i];
	return NULL;
}

static bool makes(const struct unit_result *u, struct str path)
{
	for (size_t i = 0; i < u->made.n; i++)
		if (str_eq(u->made.units[i].path, path))
			return true;
	return false;
}

/* Files of ours that somebody edited, or foreign ones in our way, are never written over. */
static void check_edited(struct run *r, struct unit_result *u, struct prev_unit *old)
{
	struct prev_findings found = { 0 };
	struct err err = { 0 };

	if (prev_check(out_previous(r->out), old, r->arena, &found, &err))
		return;
	for (size_t i = 0; i < found.n; i++) {
		diag_error(r->diags, MSG_output_edited, (struct pos){ 0 }, "%s",
			   found.findings[i].text.p);
		if (u)
			u->refused = true;
	}
}

static bool is_retired(struct arena *a, const struct prev_unit *old)
{
	return str_is(node_text(exports_read(a, old->lock.exports), "retire"), "stopped");
}

/* The intent of this directory is gone: only a retirement in its last state lets the output go. */
static bool gone(struct run *r, struct plan *p, const struct prev_unit *old)
{
	const struct prev_unit *main_unit = prev_find(&r->prev, old->lock.owner);

	if (is_retired(r->arena, main_unit ? main_unit : old)) {
		remove_unit(p, old);
		return true;
	}
	if (str_eq(old->path, old->lock.owner)) {
		diag_error(
		    r->diags, MSG_intent_gone, (struct pos){ 0 },
		    "intents/%s.yaml is gone, but its cluster was not retired; its output is kept",
		    old->lock.owner.p);
		diag_note(r->diags, (struct pos){ 0 },
			  "bring the file back with `retire: {step: closing, owner: ..., reason: "
			  "...}`; then "
			  "`step: stopped`; then delete it");
	}
	return false;
}

/* One directory of the previous output; false when it is the reason to refuse. */
static bool judge_old(struct run *r, struct plan *p, struct prev_unit *old)
{
	struct unit_result *u = result_of(r, old->lock.owner);

	if (old->damaged.n) {
		diag_error(r->diags, MSG_lock_damaged, (struct pos){ 0 },
			   "%s/howdah.lock is not as howdah wrote it (%s): delete the directory to "
			   "have it made anew",
			   old->path.p, old->damaged.p);
		return false;
	}
	if (!u)
		return gone(r, p, old);
	if (u->failed)
		return true;
	check_edited(r, u, old);
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

		for (size_t k = 0; !u->failed && !u->refused && k < u->made.n; k++)
			add(p, &u->made.units[k]);
	}
	result->refused = refused;
	return refused;
}

int publish(struct run *r, struct fleet_result *result, struct err *err)
{
	struct plan p = { .run = r };
	struct out_plan plan = { 0 };

	if (judge(r, &p, result) + diags_errors(r->diags) + result->failed > 0 &&
	    !r->options->keep_going)
		return 0;
	plan.units = p.units;
	plan.n = p.n;
	plan.source = source_commit(r->source);
	if (out_publish(r->out, &plan, &result->out, err))
		return -1;
	result->published = true;
	return 0;
}
