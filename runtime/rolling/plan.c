/* SPDX-License-Identifier: Apache-2.0 */
/* plan.c: one step at a time: broken first, then replicas, then the lead moves, then the old
 * leader. */
#include "rolling/plan.h"

#include "decide/config.h"
#include "facts/config.h"
#include "facts/patroni.h"
#include "facts/postgres.h"
#include "facts/record.h"
#include "ground/window.h"

enum { FRESH_MS = 20000, ROOM_S = 300, NEW_S = 600, RESTART_AGAIN_MS = 86400000 };

static bool is_member(const struct round *r, const struct fact_pod *pod)
{
	return str_eq(pod->set, orders_text(r->orders, "objects.statefulSet"));
}

bool roll_is_outdated(const struct round *r, const struct fact_pod *pod)
{
	return is_member(r, pod) && !str_eq(pod->hash, orders_text(r->orders, "template.hash"));
}

static bool leads(const struct round *r, const struct fact_pod *pod)
{
	return str_eq(facts_patroni(r->facts)->leader, pod->name);
}

/* An outdated pod that has not been Ready for too long; the leader's is Patroni's to judge. */
static const struct fact_pod *broken(const struct round *r)
{
	const struct fact_pods *pods = facts_pods(r->facts);
	int64_t most = orders_ms(r->orders, "thresholds.notReady", 120000) / 1000;

	for (size_t i = pods->n; i-- > 0;) {
		const struct fact_pod *p = &pods->pods[i];

		if (roll_is_outdated(r, p) && !p->ready && !p->deleting &&
		    r->now.wall - p->ready_changed >= most && !leads(r, p))
			return p;
	}
	return NULL;
}

static const struct fact_pod *leaving(const struct round *r)
{
	const struct fact_pods *pods = facts_pods(r->facts);

	for (size_t i = 0; i < pods->n; i++)
		if (is_member(r, &pods->pods[i]) && pods->pods[i].deleting)
			return &pods->pods[i];
	return NULL;
}

/* The leader's own PostgreSQL streams to it: Patroni calls a replica healthy before it does. */
static bool streams(const struct round *r, struct str name)
{
	const struct fact_postgres *pg = facts_postgres(r->facts);
	int64_t most = orders_bytes(r->orders, "thresholds.replicaLag", INT64_MAX);

	for (size_t i = 0; i < pg->n_standbys; i++)
		if (str_eq(pg->standbys[i].name, name))
			return str_is(pg->standbys[i].state, "streaming") &&
			       pg->standbys[i].lag >= 0 && pg->standbys[i].lag <= most;
	return false;
}

static bool is_well(const struct round *r, const struct fact_pod *pod)
{
	const struct member *m = patroni_member(facts_patroni(r->facts), pod->name);

	return pod->ready && !pod->deleting && m && member_healthy(m) &&
	       (leads(r, pod) || streams(r, pod->name));
}

/* All members but one are there and well. */
static bool others_well(const struct round *r, const struct fact_pod *but)
{
	const struct fact_pods *pods = facts_pods(r->facts);
	int64_t well = 0;

	for (size_t i = 0; i < pods->n; i++)
		if (&pods->pods[i] != but && is_member(r, &pods->pods[i]) &&
		    is_well(r, &pods->pods[i]))
			well++;
	return well >= orders_int(r->orders, "template.replicas", 1) - 1;
}

/* The outdated replica with the highest number, or NULL. */
static const struct fact_pod *next_replica(const struct round *r)
{
	const struct fact_pods *pods = facts_pods(r->facts);

	for (size_t i = pods->n; i-- > 0;)
		if (roll_is_outdated(r, &pods->pods[i]) && !leads(r, &pods->pods[i]))
			return &pods->pods[i];
	return NULL;
}

/* The pod of the leader, or NULL. */
static const struct fact_pod *leader(const struct round *r)
{
	const struct fact_pods *pods = facts_pods(r->facts);

	for (size_t i = 0; i < pods->n; i++)
		if (leads(r, &pods->pods[i]))
			return &pods->pods[i];
	return NULL;
}

static const struct fact_pod *pod_of(const struct round *r, struct str name)
{
	const struct fact_pods *pods = facts_pods(r->facts);

	for (size_t i = 0; i < pods->n; i++)
		if (str_eq(pods->pods[i].name, name))
			return &pods->pods[i];
	return NULL;
}

/* Patroni then lets a synchronous replica take over, and no other. What is in force counts. */
static bool is_synchronous(const struct round *r)
{
	const struct node *has = facts_config(r->facts)->dynamic;
	const struct node *mode =
	    node_at(has ? has : orders_at(r->orders, "patroni.dynamic"), "synchronous_mode");

	if (mode && mode->kind == NODE_BOOL)
		return mode->flag;
	return mode && mode->kind == NODE_STR && !str_is(mode->text, "off");
}

/* Patroni and PostgreSQL know it as a replica that may lead; the API server need not. */
bool roll_may_lead(const struct round *r, const struct member *m)
{
	const struct fact_pod *pod = pod_of(r, m->name);

	return (m->role == ROLE_SYNC || !is_synchronous(r)) &&
	       !str_eq(facts_patroni(r->facts)->leader, m->name) && m->role != ROLE_READER &&
	       !m->nofailover && member_healthy(m) && streams(r, m->name) &&
	       !(pod && pod->deleting);
}

static bool is_rolled(const struct round *r, const struct member *m)
{
	const struct fact_pod *pod = pod_of(r, m->name);

	return pod && is_member(r, pod) && is_well(r, pod) && !roll_is_outdated(r, pod);
}

static bool is_better(const struct round *r, const struct member *a, const struct member *b)
{
	if (is_rolled(r, a) != is_rolled(r, b))
		return is_rolled(r, a);
	return a->lag < b->lag;
}

struct str roll_heir(const struct round *r, bool hurry)
{
	const struct fact_patroni *p = facts_patroni(r->facts);
	const struct member *best = NULL;

	for (size_t i = 0; i < p->n_members; i++) {
		const struct member *m = &p->members[i];

		if (roll_may_lead(r, m) && (hurry || is_rolled(r, m)) &&
		    (!best || is_better(r, m, best)))
			best = m;
	}
	return best ? best->name : str_of("");
}

static struct roll wait(enum roll_step step, const struct fact_pod *pod, const char *why)
{
	return (struct roll){ .step = step, .pod = pod, .candidate = { "", 0 }, .why = why };
}

/* What is to be replaced, when all stands ready for it. */
static struct roll replace(const struct round *r)
{
	const struct fact_pod *pod = next_replica(r), *first = leader(r);
	struct roll roll = { .candidate = { "", 0 } };

	if (!pod)
		pod = first;
	if (!pod || !others_well(r, pod))
		return wait(ROLL_WAIT_MEMBER, pod, "the other members are not all well");
	roll.pod = pod;
	if (pod != first || orders_int(r->orders, "template.replicas", 1) <= 1) {
		roll.step = ROLL_EVICT;
		roll.why = pod != first ? "it was made from an older template"
					: "the one member was made from an older template";
		return roll;
	}
	roll.candidate = roll_heir(r, false);
	if (roll.candidate.n == 0)
		return wait(ROLL_WAIT_MEMBER, pod, "no member can take over");
	roll.step = ROLL_SWITCH;
	roll.why = "the leader was made from an older template";
	return roll;
}

/* When the configuration was last changed, as far as this process knows. */
static int64_t patched_ms(const struct round *r)
{
	const struct past *patch = facts_past(r->facts, ACTION_patch_config, str_of(""));

	return patch ? patch->ended_ms : 0;
}

/* The member was restarted since then, not long ago. What waits for a restart all the same, another
 * one does not bring: something else than Patroni sets it (ALTER SYSTEM), or the leader has to be
 * restarted first (settings that are lowered). */
static bool was_restarted(const struct round *r, const struct member *m, int64_t since_ms)
{
	const struct past *p = facts_past(r->facts, ACTION_restart, m->name);

	return p && p->failures == 0 && p->ended_ms > since_ms &&
	       r->now.ms - p->ended_ms < RESTART_AGAIN_MS;
}

/*
 * Who restarts: replicas first, then the leader. A replica that still waits after its restart has
 * its turn again after the leader's.
 */
static struct str next_restart(const struct round *r)
{
	const struct fact_patroni *p = facts_patroni(r->facts);
	const struct member *first = patroni_member(p, p->leader);
	const struct past *lead = facts_past(r->facts, ACTION_restart, p->leader);
	int64_t patched = patched_ms(r);
	int64_t changed = lead && lead->ended_ms > patched ? lead->ended_ms : patched;

	for (size_t i = p->n_members; i-- > 0;) {
		const struct member *m = &p->members[i];

		if (m != first && m->pending_restart && !was_restarted(r, m, changed))
			return m->name;
	}
	return first && first->pending_restart && !was_restarted(r, first, patched) ? first->name
										    : str_of("");
}

/* What waits for nothing but a restart of PostgreSQL. */
static struct roll restart(const struct round *r)
{
	struct str name = next_restart(r);
	const struct fact_pods *pods = facts_pods(r->facts);
	const struct fact_pod *pod = NULL;

	for (size_t i = 0; i < pods->n; i++)
		if (str_eq(pods->pods[i].name, name))
			pod = &pods->pods[i];
	if (name.n == 0)
		return (struct roll){ .step = ROLL_NOTHING, .candidate = { "", 0 }, .why = "" };
	if (!others_well(r, pod))
		return wait(ROLL_WAIT_MEMBER, pod, "the other members are not all well");
	return (struct roll){ .step = ROLL_RESTART,
			      .pod = pod,
			      .candidate = name,
			      .why = "settings wait for a restart" };
}

static size_t count_pending(const struct round *r)
{
	const struct fact_pods *pods = facts_pods(r->facts);
	const struct fact_patroni *p = facts_patroni(r->facts);
	size_t n = 0;

	for (size_t i = 0; i < pods->n; i++) {
		const struct member *m = patroni_member(p, pods->pods[i].name);

		n += roll_is_outdated(r, &pods->pods[i]) ||
		     (is_member(r, &pods->pods[i]) && m && m->pending_restart);
	}
	return n;
}

bool roll_any_outdated(const struct round *r)
{
	const struct fact_pods *pods = facts_pods(r->facts);

	for (size_t i = 0; i < pods->n; i++)
		if (roll_is_outdated(r, &pods->pods[i]))
			return true;
	return false;
}

/* A Patroni that is paused starts no PostgreSQL, so whatever is taken away stays away; and at the
 * end of its pod it stops none, which is then killed. */
static const char paused[] = "Patroni is paused: 'patronictl resume' lets it go on";

static const char unseen[] = "the API server does not tell of the pods";

const char *roll_busy(const struct round *r)
{
	static const enum action_kind kinds[] = { ACTION_evict, ACTION_switchover, ACTION_restart };

	for (const struct past *p = r->facts->past; p; p = p->next)
		for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
			if (p->kind == (int)kinds[i] && p->running)
				return "something is done to a member";
	if (!round_sees_pods(r))
		return unseen;
	return leaving(r) ? "a member is being replaced" : "";
}

const char *roll_unrest(const struct round *r)
{
	const char *why = roll_busy(r);

	if (*why)
		return why;
	if (facts_patroni(r->facts)->paused)
		return paused;
	return others_well(r, leader(r)) ? "" : "the other members are not all well";
}

/* An operation that was begun restarts all members, window or not. */
static bool is_asked_now(const struct round *r)
{
	const struct node *list = orders_at(r->orders, "operations");

	for (const struct node *o = list ? list->kids : NULL; o; o = o->next)
		if (str_is(node_text(o, "action"), "restart") && node_flag(o, "now", false) &&
		    record_runs(facts_record(r->facts), node_text(o, "id")))
			return true;
	return false;
}

/*
 * A new database starts with few of its settings and gets the rest from the orders a moment later.
 * It is so young then that nobody works with it yet: its restart need not wait for the window.
 */
static bool is_new(const struct round *r)
{
	int64_t born = facts_patroni(r->facts)->born;

	return born > 0 && r->now.wall - born < NEW_S;
}

/* What the leader's agent does inside the window. */
static struct roll in_turn(const struct round *r, bool outdated)
{
	const struct fact_config *c = facts_config(r->facts);
	const struct node *want = orders_at(r->orders, "patroni.dynamic");
	struct window w = window_at(orders_at(r->orders, "maintenance"), r->now.wall);
	struct roll roll;

	if (!c->dynamic || config_patch(r->arena, want, c->dynamic))
		return wait(ROLL_WAIT_CONFIG, NULL, "Patroni's configuration comes first");
	roll = outdated ? replace(r) : restart(r);
	if (roll.step == ROLL_NOTHING || roll.step == ROLL_WAIT_MEMBER)
		return roll;
	if (roll.step == ROLL_RESTART && is_new(r))
		return roll;
	/* what would not end in the window is not begun in it */
	if (!is_asked_now(r) && (!w.open || w.ends - r->now.wall < ROOM_S)) {
		roll = wait(ROLL_WAIT_WINDOW, roll.pod, "the maintenance window is closed");
		roll.opens = w.open ? w.ends : w.opens;
	}
	return roll;
}

static struct roll plan(const struct round *r)
{
	bool outdated = roll_any_outdated(r);
	const struct fact_pod *pod = leaving(r);

	if (outdated &&
	    !str_eq(facts_pods(r->facts)->set_hash, orders_text(r->orders, "template.hash")))
		return wait(ROLL_WAIT_SET, NULL, "the StatefulSet has another template");
	if (!round_sees_pods(r) && count_pending(r) > 0)
		return wait(ROLL_WAIT_MEMBER, NULL, unseen);
	if (pod)
		return wait(ROLL_WAIT_MEMBER, pod, "it is being replaced");
	if (facts_patroni(r->facts)->paused && count_pending(r) > 0)
		return wait(ROLL_WAIT_MEMBER, NULL, paused);
	pod = broken(r);
	if (pod) {
		struct roll roll = wait(ROLL_EVICT, pod, "it is outdated and not Ready");

		return roll;
	}
	if (!r->leads || !facts_fresh(r->facts, FACT_patroni, r->now, FRESH_MS) ||
	    !facts_fresh(r->facts, FACT_postgres, r->now, FRESH_MS))
		return wait(outdated ? ROLL_WAIT_MEMBER : ROLL_NOTHING, NULL, "nobody leads");
	return in_turn(r, outdated);
}

struct roll roll_plan(const struct round *r)
{
	struct roll roll = plan(r);

	roll.pending = count_pending(r);
	return roll;
}
