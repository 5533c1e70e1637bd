/* SPDX-License-Identifier: Apache-2.0 */
/* decide.c: one operation at a time, each once. It is begun in the record before anything is done,
 * bound to the resourceVersion that was seen, and goes on only once the record says so. */
#include "decide/decide.h"
#include "facts/patroni.h"
#include "facts/record.h"
#include "ledger/ledger.h"
#include "report/fields.h"
#include "tree/number.h"

enum { KEPT_MOST = 200, TEXT_MOST = 480 };

static const char *const states[] = {
	[OP_WAITING] = "Waiting", [OP_RUNNING] = "Running", [OP_DONE] = "Done",
	[OP_FAILED] = "Failed",   [OP_UNKNOWN] = "Unknown", [OP_SKIPPED] = "Skipped",
};

const char *op_state_name(enum op_state state)
{
	return states[state];
}

static bool is_over(const struct node *entry)
{
	struct str state = node_text(entry, "state");

	return state.n > 0 && !str_is(state, states[OP_WAITING]) &&
	       !str_is(state, states[OP_RUNNING]);
}

static const struct node *first(const struct node *list)
{
	return list ? list->kids : NULL;
}

/* The entry of op with what is said of it now; old may be NULL. */
static struct node *entry(const struct op *op, const struct node *old, struct op_word w)
{
	struct round *r = op->r;
	struct fields f = { r->arena, { 0 } };
	size_t n = w.text.n > TEXT_MOST ? TEXT_MOST : w.text.n;

	fields_text(&f, "id", op->id);
	fields_text(&f, "action", node_text(op->order, "action"));
	fields_text(&f, "state", str_of(states[w.state]));
	fields_text(&f, "started", node_text(old, "started"));
	if (w.state > OP_RUNNING)
		fields_time(&f, "finished", r->now.wall);
	fields_text(&f, "by", node_text(old, "by"));
	fields_text(&f, "message", str_cut(w.text, 0, n));
	return fields_map(&f);
}

/* The entry of an operation that begins now. */
static struct node *begun(const struct op *op)
{
	struct round *r = op->r;
	struct fields f = { r->arena, { 0 } };

	fields_text(&f, "id", op->id);
	fields_text(&f, "action", node_text(op->order, "action"));
	fields_text(&f, "state", str_of(states[OP_RUNNING]));
	fields_time(&f, "started", r->now.wall);
	fields_text(&f, "by", r->facts->self.pod);
	return fields_map(&f);
}

static const struct node *order_of(const struct round *r, struct str id)
{
	const struct node *o = first(orders_at(r->orders, "operations"));

	while (o && !str_eq(node_text(o, "id"), id))
		o = o->next;
	return o;
}

/* Puts e in the place of the entry with its id, or at the end; of those that are over and asked for
 * no more the oldest go when there are too many. */
static struct node *put(struct round *r, const struct node *list, const struct node *e)
{
	struct fields f = { r->arena, { 0 } };
	size_t n = node_count(list);
	bool there = false;

	for (const struct node *o = first(list); o; o = o->next) {
		if (str_eq(node_text(o, "id"), node_text(e, "id"))) {
			fields_item(&f, e);
			there = true;
		} else if (n >= KEPT_MOST && is_over(o) && !order_of(r, node_text(o, "id"))) {
			n--;
		} else {
			fields_item(&f, o);
		}
	}
	if (!there)
		fields_item(&f, e);
	return fields_list(&f);
}

/* What is told otherwise than by a message is news. */
static void tell(struct round *r, const struct node *old, const struct node *e)
{
	if (old && node_eq(old, e))
		return;
	r->ledger_news = r->ledger_news || !str_eq(node_text(old, "state"), node_text(e, "state"));
	r->ledger = put(r, r->ledger, e);
}

/* The cluster was restored before any agent wrote its record: what was asked of the cluster that it
 * came from is not asked of it. */
static bool is_older(const struct round *r)
{
	return orders_at(r->orders, "life.restore") &&
	       !node_at(facts_record(r->facts)->status, "incarnation");
}

static struct op make(struct round *r, const struct node *order, const struct node *old)
{
	struct op op = { .r = r, .order = order, .id = node_text(order, "id") };
	const struct past *begin = facts_past(r->facts, ACTION_begin, op.id);
	struct instant at;

	op.by = node_text(old, "by");
	op.since = time_parse(node_text(old, "started"), &at) ? 0 : at.seconds;
	op.mine = begin && begin->done > 0 && str_eq(op.by, r->facts->self.pod);
	op.begun_ms = op.mine ? begin->ended_ms : 0;
	return op;
}

static void begin(struct op *op)
{
	struct round *r = op->r;
	struct fields f = { r->arena, { 0 } }, meta = { r->arena, { 0 } },
		      status = { r->arena, { 0 } };

	fields_text(&meta, "resourceVersion", facts_record(r->facts)->version);
	fields_node(&status, "operations", put(r, r->ledger, begun(op)));
	fields_node(&f, "metadata", fields_map(&meta));
	fields_node(&f, "status", fields_map(&status));
	round_do(r, ACTION_begin, op->id, "operation %s: %s", op->id.p,
		 node_text(op->order, "action").p)
	    ->body = fields_map(&f);
}

/* One that was not begun: whether it is now. busy: the one that comes first, or "". */
static bool consider(struct op *op, const struct node *old, struct str busy)
{
	const struct op_kind *kind = op_kind(node_text(op->order, "action"));
	struct str why = kind->wait(op);
	bool can = why.n == 0;

	if (is_older(op->r)) {
		tell(op->r, old,
		     entry(op, old,
			   (struct op_word){ OP_SKIPPED,
					     str_of("it is older than this restored cluster") }));
		return false;
	}
	if (can && (busy.n == 0 || kind->at_once)) {
		begin(op);
		return true;
	}
	if (can)
		why = arena_fmt(op->r->arena, "operation %s comes first", busy.p);
	tell(op->r, old, entry(op, old, (struct op_word){ OP_WAITING, why }));
	return false;
}

/* Whether it takes the turn of this round. */
static bool handle(struct round *r, const struct node *order, struct str busy)
{
	const struct node *old = record_operation(facts_record(r->facts), node_text(order, "id"));
	struct op op = make(r, order, old);
	struct op_word w;

	if (is_over(old))
		return false;
	if (!str_is(node_text(old, "state"), states[OP_RUNNING]))
		return consider(&op, old, busy);
	w = op_kind(node_text(order, "action"))->step(&op);
	tell(r, old, entry(&op, old, w));
	return w.state == OP_RUNNING;
}

void decide_operations(struct round *r)
{
	const struct fact_record *record = facts_record(r->facts);
	const struct node *orders = orders_at(r->orders, "operations");
	int64_t led_ms = facts_patroni(r->facts)->led_since_ms;
	struct str busy = str_of("");

	r->ledger = node_at(record->status, "operations");
	if (!r->leads || r->facts->sight[FACT_record].at_ms == 0)
		return;
	/* what was seen before this member led may have gone on since */
	if (r->facts->sight[FACT_record].at_ms < led_ms) {
		round_look(r, FACT_record, 0);
		return;
	}
	/* those that were begun first: others wait for them, wherever they stand */
	for (const struct node *o = first(orders); o && busy.n == 0; o = o->next)
		if (record_runs(record, node_text(o, "id")))
			busy = node_text(o, "id");
	for (const struct node *o = first(orders); o; o = o->next)
		if (handle(r, o, busy) && busy.n == 0)
			busy = node_text(o, "id");
}
