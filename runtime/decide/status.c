/* SPDX-License-Identifier: Apache-2.0 */
/* status.c: when the record's status is written. */
#include "report/status.h"

#include "decide/decide.h"
#include "facts/orders.h"
#include "facts/record.h"
#include "report/fields.h"

enum { GAP_MS = 10000 };

/* The next incarnation waits for this one to end, as its bootstrap told: its orders lie here, and
 * it is what the record asks for. */
static bool is_superseded(const struct round *r)
{
	const struct node *list = node_at(facts_record(r->facts)->status, "conditions");
	bool waits = false;

	for (const struct node *c = list ? list->kids : NULL; c; c = c->next)
		waits = waits || str_is(node_text(c, "reason"), "EarlierAlive");
	return waits && facts_orders(r->facts)->problem.n > 0;
}

/* Some key of steady is not what the record says. */
static bool differs(const struct node *steady, const struct node *told)
{
	node_each(n, steady)
	{
		const struct node *old = node_get(told, n->key);

		if (!old || !node_eq(n, old))
			return true;
	}
	return false;
}

/* Milliseconds since the last good write for target began; a large number when there was none, or a
 * later one failed: the engine holds back what fails. */
static int64_t since(const struct round *r, const char *target)
{
	const struct past *p = facts_past(r->facts, ACTION_write_status, str_of(target));

	return p && p->failures == 0 ? r->now.ms - p->started_ms : INT64_MAX;
}

/* The patch of the record and the Events that go with it. */
static const struct node *body(struct round *r, const struct status *s)
{
	const struct fact_record *record = facts_record(r->facts);
	struct fields patch = { r->arena, { 0 } };
	struct fields events = { r->arena, { 0 } }, f = { r->arena, { 0 } };

	fields_version(&patch, record->version);
	fields_node(&patch, "status", s->whole);
	/* the first status of all tells everything itself */
	for (size_t i = 0; record->status && i < s->n_flips; i++)
		fields_item(&events, status_event(r, &s->flips[i]));
	fields_node(&f, "patch", fields_map(&patch));
	fields_node(&f, "events", fields_list(&events));
	return fields_map(&f);
}

/*
 * A condition or an operation that changed is written at once, but not within 10 s of the last one
 * that did; what else changed waits 10 s since any write; without news the heartbeat says that
 * somebody is there.
 */
void decide_status(struct round *r)
{
	const struct fact_record *record = facts_record(r->facts);
	struct status s;
	const char *target = NULL;

	if (!r->speaks || r->facts->sight[FACT_record].at_ms == 0 || is_superseded(r))
		return;
	s = status_of(r);
	if ((s.n_flips > 0 || r->ledger_news) && since(r, "conditions") >= GAP_MS)
		target = "conditions";
	else if (status_silent(r, record->status) || differs(s.steady, record->status))
		target = "record";
	if (!target ||
	    (target[0] == 'r' && (since(r, "record") < GAP_MS || since(r, "conditions") < GAP_MS)))
		return;
	round_do(r, ACTION_write_status, str_of(target), "%zu conditions changed", s.n_flips)
	    ->body = body(r, &s);
}
