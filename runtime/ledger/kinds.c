/* SPDX-License-Identifier: Apache-2.0 */
/* kinds.c: each action of an operation: what it waits for, and its next step. */
#include "backup/plan.h"
#include "base/buf.h"
#include "decide/logins.h"
#include "decide/restore.h"
#include "decide/trust.h"
#include "facts/files.h"
#include "facts/patroni.h"
#include "facts/trusts.h"
#include "ground/window.h"
#include "ledger/ledger.h"
#include "report/fields.h"
#include "rolling/plan.h"

enum {
	ROOM_S = 300,
	TRIES = 3,
	SETTLE_MS = 30000,
	AGAIN_MS = 30000,
	FOLLOW_S = 300,
	TRUST_LOOK_MS = 10000,
	SKEW_S = 60,
	COPY_MS = 86400000, /* a copy of the largest database is made by then */
};

static struct op_word word(enum op_state state, struct str text)
{
	return (struct op_word){ state, text };
}

static struct str nothing(void)
{
	return str_of("");
}

/* ---- what interrupts clients ---- */

/* In the window, with room for it, unless the operation says now; and while all members are well.
 */
static struct str wait_for_calm(const struct op *op)
{
	struct window w = window_at(orders_at(op->r->orders, "maintenance"), op->r->now.wall);
	struct buf time = { 0 };
	struct str why;

	if (node_flag(op->order, "now", false) || (w.open && w.ends - op->r->now.wall >= ROOM_S))
		return str_of(roll_unrest(op->r));
	if (!w.open && w.opens == INT64_MAX)
		return str_of("the maintenance window never opens");
	clock_print(&time, w.open ? w.ends : w.opens);
	why = arena_fmt(op->r->arena, "the maintenance window, closed until %s", buf_z(&time));
	buf_release(&time);
	return why;
}

/* The member that the operation names, "" when it names none. */
static struct str named(const struct op *op)
{
	int64_t n = node_num(op->order, "member", -1);

	return n < 0 ? nothing()
		     : arena_fmt(op->r->arena, "%s-%lld",
				 orders_text(op->r->orders, "objects.statefulSet").p, (long long)n);
}

/* ---- switchover ---- */

static struct str heir(const struct op *op)
{
	struct str name = named(op);
	const struct member *m = patroni_member(facts_patroni(op->r->facts), name);

	if (name.n == 0)
		return roll_heir(op->r, true);
	return m && roll_may_lead(op->r, m) ? name : nothing();
}

static bool leads_already(const struct op *op)
{
	return str_eq(named(op), facts_patroni(op->r->facts)->leader);
}

static struct str wait_switchover(const struct op *op)
{
	struct str why = wait_for_calm(op);

	if (why.n > 0 || leads_already(op) || heir(op).n > 0)
		return why;
	return named(op).n > 0 ? arena_fmt(op->r->arena, "%s cannot take over now", named(op).p)
			       : str_of("no other member can take over now");
}

/* The lead is where it was, and this process began it. What Patroni refuses, because another
 * replica is the synchronous one since the last look, it may take a moment later; and it names this
 * member as the one that leads, so that what did move is not moved again. */
static struct op_word try_switchover(struct op *op)
{
	const struct past *past = facts_last(op->r->facts, ACTION_switchover);
	struct str to = heir(op), refusal = nothing();

	if (past && past->started_ms >= op->begun_ms) {
		if (past->running)
			return word(OP_RUNNING, nothing());
		/* Patroni said yes: whether it is so is seen at the next look */
		if (past->failures == 0)
			return op->r->facts->sight[FACT_patroni].at_ms < past->ended_ms
				   ? word(OP_RUNNING, nothing())
				   : word(OP_FAILED,
					  str_of("Patroni did it, and the lead did not move"));
		if (op->r->now.ms - op->begun_ms >= AGAIN_MS)
			return word(OP_FAILED, past->result);
		refusal = past->result;
	}
	if (leads_already(op))
		return word(OP_DONE, str_of("it leads already"));
	if (to.n > 0)
		(void)round_do(op->r, ACTION_switchover, to, "operation %s", op->id.p);
	else if (refusal.n == 0)
		return word(OP_FAILED, str_of("the member cannot take over any more"));
	return word(OP_RUNNING, refusal);
}

static struct op_word step_switchover(struct op *op)
{
	const struct fact_patroni *p = facts_patroni(op->r->facts);

	if (!str_eq(op->by, p->leader) && (named(op).n == 0 || leads_already(op)))
		return word(OP_DONE, arena_fmt(op->r->arena, "%s leads", p->leader.p));
	if (!str_eq(op->by, p->leader))
		return word(OP_UNKNOWN,
			    arena_fmt(op->r->arena, "%s leads, not %s", p->leader.p, named(op).p));
	if (op->mine)
		return try_switchover(op);
	return word(OP_UNKNOWN,
		    arena_fmt(op->r->arena, "its agent ended meanwhile; %s leads", p->leader.p));
}

/* ---- something for each member ---- */

/* Whether this process tried it for the operation, and that is over. */
static bool is_tried(const struct op *op, const struct past *past)
{
	int64_t ended = past ? op->r->now.wall - (op->r->now.ms - past->ended_ms) / 1000 : 0;

	return past && !past->running &&
	       (op->mine ? past->started_ms >= op->begun_ms : ended > op->since);
}

static bool is_done(const struct op *op, const struct past *past)
{
	return is_tried(op, past) && past->failures == 0 && past->done > 0;
}

static const struct node *since_body(const struct op *op, int64_t since)
{
	struct fields f = { op->r->arena, { 0 } };

	fields_int(&f, "since", since);
	return fields_map(&f);
}

/* The next member: from the last to the first, the leader at the end; NULL when all are done. */
static const struct member *next_member(const struct op *op, enum action_kind kind)
{
	const struct fact_patroni *p = facts_patroni(op->r->facts);
	const struct member *first = patroni_member(p, p->leader);

	for (size_t i = p->n_members; i-- > 0;) {
		const struct member *m = &p->members[i];

		if (m != first && m->role != ROLE_READER &&
		    !is_done(op, facts_past(op->r->facts, (int)kind, m->name)))
			return m;
	}
	if (!first || is_done(op, facts_past(op->r->facts, (int)kind, first->name)))
		return NULL;
	return first;
}

/* calm: only while the others are well. */
static struct op_word step_members(struct op *op, enum action_kind kind, bool calm)
{
	const struct member *m = next_member(op, kind);
	const struct past *past = m ? facts_past(op->r->facts, (int)kind, m->name) : NULL;
	const char *unrest = calm && m && !(past && past->running) ? roll_unrest(op->r) : "";

	if (!m)
		return word(OP_DONE, arena_fmt(op->r->arena, "%zu members",
					       facts_patroni(op->r->facts)->n_members));
	if (is_tried(op, past) && past->failures >= TRIES)
		return word(OP_FAILED,
			    arena_fmt(op->r->arena, "%s: %s", m->name.p, past->result.p));
	if (*unrest)
		return word(OP_RUNNING, str_of(unrest));
	round_do(op->r, kind, m->name, "operation %s", op->id.p)->body = since_body(op, op->since);
	return word(OP_RUNNING, arena_fmt(op->r->arena, "%s", m->name.p));
}

/* Members that are replaced are started anew by that: nothing is restarted twice. */
static struct op_word step_restart(struct op *op)
{
	if (roll_any_outdated(op->r))
		return word(OP_RUNNING, str_of("members are being replaced"));
	return step_members(op, ACTION_restart, true);
}

static struct op_word step_reload(struct op *op)
{
	return step_members(op, ACTION_reload, false);
}

/* ---- reinit: one replica, asked once ---- */

static struct str wait_reinit(const struct op *op)
{
	struct str name = named(op);

	if (leads_already(op))
		return arena_fmt(op->r->arena, "%s leads: it has no copy to be built from", name.p);
	if (!patroni_member(facts_patroni(op->r->facts), name))
		return arena_fmt(op->r->arena, "%s is not there", name.p);
	return str_of(roll_busy(op->r));
}

static struct op_word step_reinit(struct op *op)
{
	struct str name = named(op);
	const struct member *m = patroni_member(facts_patroni(op->r->facts), name);
	const struct past *past = facts_past(op->r->facts, ACTION_reinit, name);

	if (!op->mine)
		return word(OP_UNKNOWN, str_of("its agent ended meanwhile"));
	if (!past || past->started_ms < op->begun_ms) {
		(void)round_do(op->r, ACTION_reinit, name, "operation %s", op->id.p);
		return word(OP_RUNNING, nothing());
	}
	if (past->running)
		return word(OP_RUNNING, nothing());
	if (past->failures > 0)
		return word(OP_FAILED, past->result);
	/* what Patroni told before it began says nothing of the new copy */
	if (op->r->now.ms - past->ended_ms >= SETTLE_MS && m && member_healthy(m))
		return word(OP_DONE, arena_fmt(op->r->arena, "%s follows", name.p));
	if (op->r->now.ms - past->ended_ms > COPY_MS)
		return word(OP_FAILED,
			    arena_fmt(op->r->arena, "%s is not well after a day", name.p));
	return word(OP_RUNNING, arena_fmt(op->r->arena, "%s is being built", name.p));
}

/* ---- rotation: each login remembers by itself that it was done ---- */

static struct op_word step_rotate(struct op *op)
{
	size_t done, all;

	logins_rotated(op->r, op->id, &done, &all);
	if (op->r->databases && done == all)
		return word(OP_DONE, arena_fmt(op->r->arena, "%zu logins changed", all));
	return word(OP_RUNNING, arena_fmt(op->r->arena, "%zu of %zu logins changed", done, all));
}

/* ---- another authority: trusted by everybody before anything that it signed is served ---- */

static struct str wait_rotate_ca(const struct op *op)
{
	if (orders_text(op->r->orders, "trust.caCertificate").n == 0)
		return str_of(
		    "the authority is not this cluster's own: whoever keeps it changes it");
	if (facts_files(op->r->facts)->authorities > 1)
		return str_of("the authority before this one is still trusted");
	return nothing();
}

/* Asks for a certificate once; whether it was asked for. */
static bool reissue(const struct op *op, struct str name, int64_t since)
{
	if (is_done(op, facts_past(op->r->facts, ACTION_reissue, name)))
		return true;
	round_do(op->r, ACTION_reissue, name, "operation %s", op->id.p)->body =
	    since_body(op, since);
	return false;
}

/* Somebody who does not follow is told once it is too long to be a matter of course. */
static struct op_word wait_for(const struct op *op, struct str text)
{
	if (op->r->now.wall - op->since > FOLLOW_S)
		round_say(op->r, REASON_AuthorityAwaited, "%s", text.p);
	return word(OP_RUNNING, text);
}

/* What members serve comes first: Patroni reads whom it trusts only with another certificate of its
 * own, and would refuse clients that show theirs before that. Why it is not done yet, or "". */
static struct str replace_leaves(const struct op *op, int64_t since)
{
	const struct node *leaves = orders_at(op->r->orders, "trust.leaves");
	struct str why;
	bool all = true;

	if (leaves && leaves->kids && !reissue(op, leaves->kids->text, since))
		return str_of("certificates are being issued");
	why = trust_unserved(op->r, since);
	if (why.n > 0)
		return why;
	for (const struct node *l = leaves ? leaves->kids : NULL; l; l = l->next)
		all = reissue(op, l->text, since) && all;
	return all ? trust_unused(op->r, since) : str_of("certificates are being issued");
}

static struct op_word step_rotate_ca(struct op *op)
{
	const struct fact_files *f = facts_files(op->r->facts);
	struct str authority = orders_text(op->r->orders, "trust.caCertificate"), why;

	if (authority.n == 0)
		return word(OP_FAILED, str_of("the authority is not this cluster's own any more"));
	round_look(op->r, FACT_trusts, TRUST_LOOK_MS);
	/* there was one alone when it began; clocks tell less, for there are several */
	if (f->authorities < 2) {
		(void)reissue(op, authority, op->since);
		return wait_for(op, str_of("the new authority is being issued"));
	}
	why = trust_awaited(op->r);
	if (why.n == 0)
		why = replace_leaves(op, f->authority.from);
	if (why.n > 0)
		return wait_for(op, why);
	return word(OP_DONE, arena_fmt(op->r->arena,
				       "%zu use certificates of authority %s; the one before goes "
				       "after the overlap",
				       facts_trusts(op->r->facts)->n, f->authority.serial.p));
}

static struct str wait_never(const struct op *op)
{
	(void)op;
	return nothing();
}

/* ---- backup: its attempt in the table carries the operation ---- */

static struct str wait_backup(const struct op *op)
{
	const char *why = backup_unable(op->r);

	return why ? str_of(why) : nothing();
}

static struct op_word step_backup(struct op *op)
{
	struct backup_asked b =
	    backup_asked(op->r, arena_fmt(op->r->arena, "operation %s", op->id.p));

	return word(!b.over ? OP_RUNNING : b.fine ? OP_DONE : OP_FAILED, b.text);
}

/* ---- a restore that stopped elsewhere than wanted is accepted ---- */

static struct str wait_accept(const struct op *op)
{
	enum reason reason = op->r->conditions[CONDITION_RestoreInexact].reason;

	if (reason == REASON_RestoreUnjudged ||
	    (reason == REASON_RestoreElsewhere && !restore_awaits(op->r)))
		return str_of("where the restore stopped has to be told first");
	return nothing();
}

/* That it stands in the ledger is what opens access: decide/restore.c reads it. */
static struct op_word step_accept(struct op *op)
{
	bool accepted =
	    op->r->conditions[CONDITION_RestoreInexact].reason == REASON_RestoreAccepted;

	return word(OP_DONE, str_of(accepted ? "access opens" : "there was nothing to accept"));
}

/* ---- what this agent cannot do ---- */

static struct str wait_unable(const struct op *op)
{
	(void)op;
	return str_of("this agent cannot do it yet");
}

/* Begun by another version of the agent. */
static struct op_word step_unable(struct op *op)
{
	(void)op;
	return word(OP_UNKNOWN, str_of("it was begun by an agent that could do it"));
}

static const struct op_kind kinds[] = {
	{ "backup", wait_backup, step_backup, false },
	{ "restart", wait_for_calm, step_restart, false },
	{ "switchover", wait_switchover, step_switchover, false },
	{ "rotate", wait_never, step_rotate, false },
	{ "reload", wait_never, step_reload, false },
	{ "reinit", wait_reinit, step_reinit, false },
	{ "rotate-ca", wait_rotate_ca, step_rotate_ca, false },
	/* one that runs may wait for the access that this opens */
	{ "accept-restore", wait_accept, step_accept, true },
	{ "", wait_unable, step_unable, false },
};

const struct op_kind *op_kind(struct str action)
{
	const struct op_kind *k = kinds;

	while (k->action[0] && !str_is(action, k->action))
		k++;
	return k;
}
