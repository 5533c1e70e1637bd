/* SPDX-License-Identifier: Apache-2.0 */
/* restore.c: did the restore stop at the wanted moment? Judged once for each incarnation: what the
 * record tells of it stays. Where the moment lies behind the end of WAL Spilo restores all there
 * is, in silence. */
#include "decide/restore.h"

#include "decide/decide.h"
#include "facts/record.h"
#include "facts/restored.h"
#include "tree/number.h"

/* The condition as the record tells it of this incarnation, or NULL. */
static const struct node *told(const struct round *r)
{
	const struct node *status = facts_record(r->facts)->status;
	const struct node *list = node_at(status, "conditions");

	if (node_num(status, "incarnation", 0) != orders_int(r->orders, "cluster.incarnation", 1))
		return NULL;
	for (const struct node *c = list ? list->kids : NULL; c; c = c->next)
		if (str_is(node_text(c, "type"), "RestoreInexact"))
			return c;
	return NULL;
}

static bool is_wanted(const struct round *r)
{
	return orders_text(r->orders, "life.restore.time").n > 0;
}

bool restore_awaits(const struct round *r)
{
	return is_wanted(r) && str_is(node_text(told(r), "reason"), "RestoreElsewhere");
}

bool restore_closed(const struct round *r)
{
	return orders_at(r->orders, "life.closed") || orders_at(r->orders, "life.retire") ||
	       r->conditions[CONDITION_RestoreInexact].reason == REASON_RestoreElsewhere;
}

bool restore_unknown(const struct round *r)
{
	return !restore_closed(r) &&
	       r->conditions[CONDITION_RestoreInexact].reason == REASON_RestoreUnjudged;
}

/* An operation accept-restore was begun after the verdict stood in the record. */
static bool is_accepted(const struct round *r, const struct node *verdict)
{
	const struct node *list = node_at(facts_record(r->facts)->status, "operations");
	struct instant since, at;

	if (time_parse(node_text(verdict, "lastTransitionTime"), &since))
		return false;
	for (const struct node *o = list ? list->kids : NULL; o; o = o->next)
		if (str_is(node_text(o, "action"), "accept-restore") &&
		    (str_is(node_text(o, "state"), "Running") ||
		     str_is(node_text(o, "state"), "Done")) &&
		    !time_parse(node_text(o, "started"), &at) && at.seconds >= since.seconds)
			return true;
	return false;
}

/* "2026-03-03 09:41:07.25+00" of PostgreSQL's log as RFC 3339; the agent's PostgreSQL has UTC. */
static bool read_stop(struct arena *a, struct str text, int64_t *at)
{
	struct instant t;
	struct str iso = arena_fmt(a, "%.10sT%.8sZ", text.p, text.n > 11 ? text.p + 11 : "");

	if (text.n < 19 || time_parse(iso, &t))
		return false;
	*at = t.seconds;
	return true;
}

/* The moment at which recovery stopped because a target was reached: that of the first transaction
 * behind the target. Some line may be of a later promotion. */
static bool find_stop(const struct round *r, int64_t target, int64_t *at)
{
	struct str rest = facts_restored(r->facts)->reasons;
	bool any = false;

	while (rest.n > 0) {
		size_t n = str_find(rest, '\n');
		struct str line = str_cut(rest, 0, n);
		bool stop = str_starts(line, "before ") || str_starts(line, "after ");
		size_t word = str_find(line, ' ') + 1;
		int64_t when;

		if (stop && read_stop(r->arena, str_cut(line, word, line.n), &when) &&
		    (!any || (*at < target && when > *at))) {
			*at = when;
			any = true;
		}
		rest = str_cut(rest, n < rest.n ? n + 1 : n, rest.n);
	}
	return any;
}

static void judge(struct round *r)
{
	int64_t tolerance = orders_ms(r->orders, "life.restore.tolerance", 60000) / 1000, at = 0;
	struct str wanted = orders_text(r->orders, "life.restore.time");
	struct instant target;

	if (r->facts->sight[FACT_restored].at_ms == 0 || time_parse(wanted, &target))
		round_say(r, REASON_RestoreUnjudged, "%s", r->facts->sight[FACT_restored].error.p);
	else if (!find_stop(r, target.seconds, &at))
		round_say(r, REASON_RestoreElsewhere,
			  "%s was wanted, and it rolled forward to the end of the archive, which "
			  "ends before",
			  wanted.p);
	else if (at < target.seconds - tolerance)
		round_say(r, REASON_RestoreElsewhere, "%s was wanted, and it stopped %lld s before",
			  wanted.p, (long long)(target.seconds - at));
	else
		round_say(r, REASON_RestoreExact, "%s", wanted.p);
}

void decide_restore(struct round *r)
{
	const struct node *verdict = told(r);
	struct str reason = node_text(verdict, "reason");

	if (!is_wanted(r) || !r->speaks)
		return;
	if (r->facts->sight[FACT_record].at_ms == 0)
		round_say(r, REASON_RestoreUnjudged, "%s", r->facts->sight[FACT_record].error.p);
	else if (str_is(reason, "RestoreExact"))
		round_say(r, REASON_RestoreExact, "%s",
			  orders_text(r->orders, "life.restore.time").p);
	else if (str_is(reason, "RestoreAccepted") || is_accepted(r, verdict))
		round_say(r, REASON_RestoreAccepted, "%s", "");
	else
		judge(r);
}
