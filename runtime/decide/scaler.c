/* SPDX-License-Identifier: Apache-2.0 */
/* scaler.c: while a read replica is too far behind none is added: a new one would take from the
 * primary what the others lack. */
#include "facts/scaler.h"

#include "decide/decide.h"
#include "facts/patroni.h"
#include "report/fields.h"

enum { FRESH_MS = 20000 };

/* The read replica that is furthest behind, or NULL. */
static const struct member *last_reader(const struct fact_patroni *p)
{
	const struct member *last = NULL;

	for (size_t i = 0; i < p->n_members; i++)
		if (p->members[i].role == ROLE_READER && (!last || p->members[i].lag > last->lag))
			last = &p->members[i];
	return last;
}

static void put_note(struct round *r, struct fields *f, const char *key, const char *value)
{
	if (value)
		fields_text(f, key, str_of(value));
	else
		fields_node(f, key, node_new(r->arena, NODE_NULL, (struct pos){ 0 }));
}

static void annotate(struct round *r, bool pause, const char *why)
{
	struct fields notes = { r->arena, { 0 } }, meta = { r->arena, { 0 } };
	struct fields f = { r->arena, { 0 } };

	put_note(r, &notes, SCALER_PAUSED, pause ? "true" : NULL);
	put_note(r, &notes, SCALER_OURS, pause ? "lag" : NULL);
	fields_node(&meta, "annotations", fields_map(&notes));
	fields_text(&meta, "resourceVersion", facts_scaler(r->facts)->version);
	fields_node(&f, "metadata", fields_map(&meta));
	round_do(r, ACTION_pause_scaler, orders_text(r->orders, "objects.scaledObject"), "%s", why)
	    ->body = fields_map(&f);
}

/* Between half the bound and the bound it stays as it is. A pause that a person made is theirs. */
void decide_scaler(struct round *r)
{
	const struct fact_scaler *s = facts_scaler(r->facts);
	const struct member *last = last_reader(facts_patroni(r->facts));
	int64_t most = orders_bytes(r->orders, "readers.maxLag", INT64_MAX);

	if (!r->leads || !facts_fresh(r->facts, FACT_patroni, r->now, FRESH_MS))
		return;
	if (last && last->lag > most && r->conditions[CONDITION_Degraded].reason == REASON_AllWell)
		round_say(r, REASON_ReadersLag, "%s is %lld bytes behind", last->name.p,
			  (long long)last->lag);
	if (!s->there)
		return;
	if (last && last->lag > most && !s->paused)
		annotate(r, true, arena_fmt(r->arena, "%s is too far behind", last->name.p).p);
	else if (s->paused && s->ours && (!last || last->lag <= most / 2))
		annotate(r, false, "no read replica is too far behind");
}
