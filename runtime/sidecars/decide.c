/* SPDX-License-Identifier: Apache-2.0 */
/* decide.c: the leader's agent changes the other members' sidecars; its own pod's are changed by
 * the agent of the lowest replica, which is there to take them back when no agent comes up. */
#include "decide/decide.h"
#include "facts/patroni.h"
#include "report/fields.h"
#include "sidecars/plan.h"
#include "tree/print.h"

enum { FRESH_MS = 40000, CLOSE_LOOK_MS = 3000, FAR_LOOK_MS = 120000 };

/* The replica with the lowest number that works, "" for none. */
static struct str guard(const struct round *r)
{
	const struct fact_patroni *p = facts_patroni(r->facts);
	struct str lowest = str_of("");

	for (size_t i = 0; i < p->n_members; i++) {
		const struct member *m = &p->members[i];

		if (!str_eq(m->name, p->leader) && m->role != ROLE_READER && member_healthy(m) &&
		    (lowest.n == 0 || str_cmp(m->name, lowest) < 0))
			lowest = m->name;
	}
	return lowest;
}

/* What is noted on the pod: what is tried, or what was refused. */
static const struct node *notes(struct round *r, const struct sidecar_plan *p)
{
	struct fields f = { r->arena, { 0 } }, note = { r->arena, { 0 } };
	struct buf text = { 0 };
	struct err err = { 0 };

	if (p->step == SIDECAR_REVERT)
		fields_text(&f, SIDECAR_REFUSED, p->sidecar->image);
	if (p->step == SIDECAR_REVERT || p->step == SIDECAR_PROVED) {
		fields_node(&f, SIDECAR_UPDATE, node_new(r->arena, NODE_NULL, (struct pos){ 0 }));
		return fields_map(&f);
	}
	fields_time(&note, "at", r->now.wall);
	fields_text(&note, "container", p->container);
	fields_text(&note, "id", p->sidecar->id);
	fields_text(&note, "image", p->image);
	fields_text(&note, "was", p->was);
	if (print_json(&text, fields_map(&note), &err) == 0)
		fields_text(&f, SIDECAR_UPDATE, buf_view(&text));
	buf_release(&text);
	return fields_map(&f);
}

static const struct node *body(struct round *r, const struct sidecar_plan *p)
{
	struct fields one = { r->arena, { 0 } }, list = { r->arena, { 0 } };
	struct fields spec = { r->arena, { 0 } }, meta = { r->arena, { 0 } };
	struct fields f = { r->arena, { 0 } };

	fields_node(&meta, "annotations", notes(r, p));
	fields_text(&meta, "resourceVersion", p->pod->version);
	fields_node(&f, "metadata", fields_map(&meta));
	if (p->step == SIDECAR_PROVED)
		return fields_map(&f);
	fields_text(&one, "name", p->container);
	fields_text(&one, "image", p->image);
	fields_item(&list, fields_map(&one));
	fields_node(&spec, "initContainers", fields_list(&list));
	fields_node(&f, "spec", fields_map(&spec));
	return fields_map(&f);
}

static void act(struct round *r, const struct sidecar_plan *p)
{
	if (!p->pod || p->step == SIDECAR_FINE || p->step == SIDECAR_STOPPED)
		return;
	round_look(r, FACT_pods, CLOSE_LOOK_MS);
	if (!facts_fresh(r->facts, FACT_pods, r->now, FRESH_MS) || p->step == SIDECAR_WAIT)
		return;
	round_do(r, ACTION_patch_sidecar, p->pod->name, "%s: %s", p->container.p, p->why)->body =
	    body(r, p);
}

/* A roll brings new pods with the images of the StatefulSet, and tells more. */
static bool is_rolling(const struct round *r)
{
	enum reason reason = r->conditions[CONDITION_UpgradePending].reason;

	return reason != REASON_UpToDate && reason != REASON_WaitingForWindow;
}

static void say(struct round *r, const struct sidecar_plan *p)
{
	if (!p->pod || p->step == SIDECAR_FINE || is_rolling(r))
		return;
	round_say(r,
		  p->step == SIDECAR_STOPPED || p->step == SIDECAR_REVERT ? REASON_SidecarRefused
									  : REASON_SidecarsChange,
		  "%s of %s: %s", p->container.p, p->pod->name.p, p->why);
}

void decide_sidecars(struct round *r)
{
	struct str watcher = guard(r);
	struct sidecar_plan p;
	bool guards = !r->leads && str_eq(watcher, r->facts->self.pod);

	if (guards)
		round_look(r, FACT_pods, FAR_LOOK_MS);
	if ((!r->leads && !guards) || r->facts->sight[FACT_pods].at_ms == 0)
		return;
	p = sidecar_plan(r, guards);
	if (guards) {
		act(r, &p);
		return;
	}
	/* nobody stands behind the agent of a single member */
	if (p.step == SIDECAR_FINE)
		p = sidecar_plan(r, true);
	if (!is_rolling(r) &&
	    (watcher.n == 0 || !p.pod || !str_eq(p.pod->name, r->facts->self.pod)))
		act(r, &p);
	say(r, &p);
}
