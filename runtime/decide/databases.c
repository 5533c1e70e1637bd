/* SPDX-License-Identifier: Apache-2.0 */
/* databases.c: roles, databases and credentials as the orders say; the leader's work. */
#include "decide/decide.h"
#include "decide/logins.h"
#include "decide/restore.h"
#include "facts/catalog.h"
#include "facts/postgres.h"
#include "facts/record.h"
#include "facts/secrets.h"
#include "provision/plan.h"
#include "report/fields.h"
#include "tree/number.h"

enum { FRESH_MS = 30000, AT_ONCE = 8 };

/* When the newest verified base backup ended, as the record tells. */
static int64_t backup_at(const struct round *r)
{
	const struct node *last =
	    node_at(node_at(facts_record(r->facts)->status, "backups"), "last");
	struct instant at;

	return time_parse(node_text(last, "finished"), &at) ? 0 : at.seconds;
}

/* Whom the Secrets of logins name, as far as they were read for these orders. */
static void put_named(struct round *r, struct plan_input *in)
{
	const struct fact_secrets *s = facts_secrets(r->facts);
	struct str *names = NEW_ARRAY(r->arena, s->n + 1, struct str);

	for (size_t i = 0; i < s->n; i++)
		if (s->items[i].user.n > 0)
			names[in->n_named++] = s->items[i].user;
	in->named = names;
	in->unread =
	    r->facts->sight[FACT_secrets].at_ms == 0 || !str_eq(s->orders, r->orders->digest);
}

static const struct node *body(struct round *r, const struct plan *plan, struct str subject)
{
	struct fields list = { r->arena, { 0 } };

	for (const struct change *c = plan->changes; c; c = c->next) {
		struct fields f = { r->arena, { 0 } };

		if (!str_eq(c->subject, subject))
			continue;
		fields_flag(&f, "alone", c->alone);
		fields_text(&f, "database", c->database);
		fields_text(&f, "text", c->text);
		fields_item(&list, fields_map(&f));
	}
	return fields_list(&list);
}

/* The subject came before in the list. */
static bool is_repeated(const struct plan *plan, const struct change *c)
{
	for (const struct change *p = plan->changes; p != c; p = p->next)
		if (str_eq(p->subject, c->subject))
			return true;
	return false;
}

static bool has_failed(const struct round *r, struct str subject)
{
	const struct past *p = facts_past(r->facts, ACTION_provision, subject);

	return p && p->failures > 0;
}

/* What was refused waits for its next try, and takes nobody's turn meanwhile. */
static bool is_held_back(const struct round *r, struct str subject)
{
	const struct past *p = facts_past(r->facts, ACTION_provision, subject);

	return p && !p->running && r->now.ms < p->not_before_ms;
}

/* What every cluster has comes first, and holds nobody up when it cannot be. */
static void change(struct round *r, const struct plan *plan)
{
	struct str system = str_of("system");
	bool alone = plan_changes(plan, system) && !has_failed(r, system);
	int n = 0;

	for (const struct change *c = plan->changes; c && n < AT_ONCE; c = c->next) {
		if (is_repeated(plan, c) || (alone && !str_eq(c->subject, system)))
			continue;
		round_do(r, ACTION_provision, c->subject, "%s", c->why.p)->body =
		    body(r, plan, c->subject);
		n += !is_held_back(r, c->subject);
	}
}

/* The first subject whose last change PostgreSQL refused, or NULL. */
static const struct change *refused(const struct round *r, const struct plan *plan)
{
	for (const struct change *c = plan->changes; c; c = c->next)
		if (has_failed(r, c->subject))
			return c;
	return NULL;
}

static const struct trouble *trouble(const struct plan *plan, bool waits)
{
	for (const struct trouble *t = plan->troubles; t; t = t->next)
		if (t->waits == waits)
			return t;
	return NULL;
}

static void say_trouble(struct round *r, enum reason reason, const struct trouble *t)
{
	round_say(r, reason, "%s%s%s", t->subject.p, t->subject.n ? ": " : "", t->text.p);
}

static void judge(struct round *r, const struct plan *plan, const struct logins_word *word)
{
	const struct trouble *contradiction = trouble(plan, false), *wait = trouble(plan, true);
	const struct change *c = refused(r, plan);

	if (contradiction)
		say_trouble(r, REASON_DatabasesContradict, contradiction);
	else if (c)
		round_say(r, REASON_DatabasesFail, "%s: %s", c->subject.p,
			  facts_past(r->facts, ACTION_provision, c->subject)->result.p);
	else if (plan->changes)
		round_say(r, REASON_DatabasesDiffer, "%s: %s", plan->changes->subject.p,
			  plan->changes->why.p);
	else if (word->undelivered.n > 0)
		round_say(r, REASON_LoginsUndelivered, "%s", word->undelivered.p);
	else if (wait)
		say_trouble(r, REASON_DatabasesWait, wait);
	else if (word->waits.n > 0)
		round_say(r, REASON_DatabasesWait, "%s", word->waits.p);
	else if (restore_closed(r))
		round_say(r, REASON_AccessClosed, "%s",
			  orders_text(r->orders, "life.closed.reason").p);
	else
		round_say(r, REASON_AsDeclared, "%s", "");
}

void decide_databases(struct round *r)
{
	const struct catalog *c = facts_catalog(r->facts)->have;
	struct plan_input in = { r->orders,         c,    r->now.wall, backup_at(r),
				 restore_closed(r), NULL, 0,           false };
	struct logins_word word = { str_of(""), str_of("") };
	struct plan *plan;
	bool seen;

	if (!r->leads)
		return;
	seen = round_seen(r, FACT_catalog);
	if (!c || !facts_fresh(r->facts, FACT_postgres, r->now, FRESH_MS)) {
		round_say(r, REASON_DatabasesUnseen, "%s", r->facts->sight[FACT_catalog].error.p);
		return;
	}
	if (c->in_recovery || facts_postgres(r->facts)->in_recovery)
		return;
	if (!seen && r->facts->sight[FACT_catalog].failures > 0) {
		round_say(r, REASON_DatabasesUnseen, "%s", r->facts->sight[FACT_catalog].error.p);
		return;
	}
	if (restore_unknown(r)) {
		round_say(r, REASON_DatabasesUnseen, "%s",
			  "where the restore stopped is not known yet");
		return;
	}
	if (!str_eq(c->orders, r->orders->digest)) {
		/* it was not looked where these orders say */
		round_look(r, FACT_catalog, 0);
		round_say(r, REASON_DatabasesDiffer, "%s", "orders are new");
		return;
	}
	put_named(r, &in);
	plan = NEW(r->arena, struct plan);
	*plan = plan_make(r->arena, &in);
	r->databases = plan;
	/* what another leader may have done since is told until it is seen, and no more */
	if (seen) {
		change(r, plan);
		word = decide_logins(r, plan);
	}
	judge(r, plan, &word);
}
