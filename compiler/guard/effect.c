/* SPDX-License-Identifier: Apache-2.0 */
/* effect.c: seconds without writes, the window, the order of restarts. */
#include "guard/effect.h"

#include "tree/number.h"

/* Seconds. An orderly change of the leader was measured at 1.4 to 1.5 (docs/verdict.md). */
static const int64_t SWITCHOVER = 2, ALONE = 30, PER_MEMBER = 300;

static const struct node *spec_of(const struct classify *c)
{
	return c->in->is.spec ? c->in->is.spec : c->in->was.spec;
}

static void outage(struct verdict *v, int64_t seconds, struct str basis)
{
	v->outage = seconds;
	v->outage_basis = basis;
}

static void roll_outage(const struct classify *c, struct verdict *v, int64_t instances)
{
	bool twice = c->effects & EFFECT_TWICE;

	if (instances < 2)
		outage(
		    v, twice ? 2 * ALONE : ALONE,
		    str_of(twice ? "one instance, restarted and then replaced: estimated, 30 s each"
				 : "one instance: its pod is replaced, estimated"));
	else if (twice)
		outage(v, 2 * SWITCHOVER,
		       str_of("the leader restarts once and hands over once: 1.4 to 1.9 s each, "
			      "measured"));
	else
		outage(v, SWITCHOVER, str_of("one switchover: 1.4 to 1.5 s, measured"));
}

static void tell_outage(const struct classify *c, struct verdict *v)
{
	int64_t instances = node_num(spec_of(c), "instances", 1);
	int64_t loop = node_num(node_at(spec_of(c), "failover"), "loopWait", 10);

	if (c->effects & EFFECT_GONE)
		outage(v, VERDICT_UNBOUNDED, str_of("until it is taken back: nobody takes writes"));
	else if (c->effects & EFFECT_REBUILD)
		outage(v, VERDICT_UNBOUNDED,
		       str_of("as long as the restore takes; status.drills of the record has the "
			      "measured time"));
	else if (c->effects & EFFECT_PROMOTE)
		outage(v, loop + SWITCHOVER,
		       str_of("a loop of Patroni and the promotion; the old primary is closed"));
	else if (c->effects & EFFECT_ROLL)
		roll_outage(c, v, instances);
	else if (c->effects & EFFECT_SWITCH)
		outage(v, SWITCHOVER, str_of("one switchover: 1.4 to 1.5 s, measured"));
}

static struct str days_of(struct arena *a, const struct node *window)
{
	const struct node *days = node_at(window, "days");
	struct buf out = { 0 };

	for (const struct node *d = days ? days->kids : NULL; d; d = d->next)
		buf_fmt(&out, "%s%s", out.n ? "," : "", d->text.p);
	return buf_take(&out, a);
}

static void tell_window(const struct classify *c, struct verdict *v)
{
	struct arena *a = c->in->arena;
	const struct node *window = node_at(spec_of(c), "maintenance");
	int64_t length = 0, instances = node_num(spec_of(c), "instances", 1);
	int64_t needs = instances * PER_MEMBER * (c->effects & EFFECT_TWICE ? 2 : 1);
	struct str when = { "", 0 };
	bool waits = c->effects & EFFECT_ROLL;

	if (!waits && !(c->effects & (EFFECT_NOW | EFFECT_GONE | EFFECT_REBUILD | EFFECT_PROMOTE)))
		return;
	if (c->effects & (EFFECT_NOW | EFFECT_GONE | EFFECT_REBUILD | EFFECT_PROMOTE)) {
		v->window =
		    str_of(waits ? "a part happens at once, as soon as it is applied; only the "
				   "roll waits for the window"
				 : "happens at once, as soon as it is applied");
		return;
	}
	if (!window || duration_parse(node_text(window, "duration"), &length)) {
		v->window = str_of("no window is set: it begins as soon as it is applied");
		return;
	}
	when = arena_fmt(a, "%s %s %s for %s", days_of(a, window).p, node_text(window, "start").p,
			 node_text(window, "timezone").p, node_text(window, "duration").p);
	v->covered = length >= needs;
	v->window = arena_fmt(
	    a, v->covered ? "in the window %s" : "the window %s is short: reckon with %lld min",
	    when.p, (long long)(needs / 60));
}

static void put_roll(struct buf *out, bool twice, int64_t instances)
{
	const char *many = instances == 2 ? "" : "s";

	if (instances < 2)
		buf_text(out, twice ? "the only member restarts, then its pod is replaced"
				    : "the only member's pod is replaced");
	else if (twice)
		buf_fmt(out,
			"the leader restarts with the lower values, then the %lld replica%s; then "
			"each is replaced: replicas one by one, switchover, the old leader",
			(long long)instances - 1, many);
	else
		buf_fmt(out,
			"the %lld replica%s one by one, each when the last streams; switchover; "
			"the old leader",
			(long long)instances - 1, many);
}

static void tell_order(const struct classify *c, struct verdict *v)
{
	struct buf out = { 0 };

	if (c->effects & EFFECT_ROLL)
		put_roll(&out, c->effects & EFFECT_TWICE, node_num(spec_of(c), "instances", 1));
	if (c->effects & EFFECT_READERS)
		buf_fmt(&out, "%sread replicas one by one: reads find fewer meanwhile",
			out.n ? "; " : "");
	if (c->effects & EFFECT_POOLER)
		buf_fmt(&out, "%spooler pods one by one", out.n ? "; " : "");
	v->order = buf_take(&out, c->in->arena);
}

void effect_tell(const struct classify *c, struct verdict *v)
{
	tell_outage(c, v);
	tell_window(c, v);
	tell_order(c, v);
}
