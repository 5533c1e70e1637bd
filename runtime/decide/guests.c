/* SPDX-License-Identifier: Apache-2.0 */
/* guests.c: what a guest reads in the record of its database: is it as declared, are its
 * credentials delivered. */
#include "facts/guests.h"

#include "decide/decide.h"
#include "facts/catalog.h"
#include "facts/secrets.h"
#include "provision/plan.h"
#include "report/databases.h"
#include "report/fields.h"
#include "report/status.h"

enum { GAP_MS = 10000 };

static const struct node *first(const struct node *list)
{
	return list ? list->kids : NULL;
}

/* A database of the orders and the record of its guest. */
struct guest {
	struct round *r;
	const struct node *database;
	const struct fact_guest *record;
};

static bool is_of(const struct guest *g, const struct node *login)
{
	return str_eq(node_text(login, "database"), node_text(g->database, "name"));
}

/* Secrets of its logins that hold a password which fits. *missing is the first that does not, "".
 */
static struct node *secrets(const struct guest *g, struct str *missing)
{
	struct round *r = g->r;
	struct fields list = { r->arena, { 0 } };

	*missing = str_of("");
	for (const struct node *l = first(orders_at(r->orders, "logins")); l; l = l->next) {
		const struct node *at = node_at(l, "secret");
		struct str name = arena_fmt(r->arena, "%s/%s", node_text(at, "namespace").p,
					    node_text(at, "name").p);
		const struct fact_secret *s =
		    secrets_find(facts_secrets(r->facts), node_text(l, "name"));

		if (!is_of(g, l))
			continue;
		if (s && s->fits)
			fields_item(&list, node_str(r->arena, (struct pos){ 0 }, name));
		else if (missing->n == 0)
			*missing = name;
	}
	return fields_list(&list);
}

/* Why it cannot be used, the worst first. */
static enum reason judge(const struct guest *g, struct str missing, struct str *detail)
{
	struct round *r = g->r;
	struct str name = node_text(g->database, "name");
	const struct trouble *t = plan_trouble(r->databases, name);
	struct str pending = databases_pending(r, name);

	*detail = t ? t->text : pending.n > 0 ? pending : missing;
	if (t)
		return t->waits ? REASON_DatabasesWait : REASON_DatabasesContradict;
	if (pending.n > 0)
		return REASON_DatabasesDiffer;
	return missing.n > 0 ? REASON_LoginsUndelivered : REASON_AsDeclared;
}

static struct node *ready(const struct guest *g, enum reason reason, struct str detail)
{
	struct round *r = g->r;
	const struct node *old = first(node_at(g->record->status, "conditions"));
	bool fine = reason == REASON_AsDeclared;
	struct fields f = { r->arena, { 0 } }, list = { r->arena, { 0 } };
	struct str status = str_of(fine ? "True" : "False");

	fields_text(&f, "type", str_of("Ready"));
	fields_text(&f, "status", status);
	fields_text(&f, "reason", str_of(reason_row(reason)->name));
	fields_text(&f, "message", status_message(r->arena, r->orders, reason, detail));
	fields_int(&f, "observedGeneration", g->record->generation);
	if (str_eq(node_text(old, "status"), status))
		fields_text(&f, "lastTransitionTime", node_text(old, "lastTransitionTime"));
	else
		fields_time(&f, "lastTransitionTime", r->now.wall);
	fields_item(&list, fields_map(&f));
	return fields_list(&list);
}

/* All but the heartbeat. */
static void put(const struct guest *g, struct fields *f)
{
	const struct catalog_database *has =
	    catalog_database(facts_catalog(g->r->facts)->have, node_text(g->database, "name"));
	struct str missing, detail;
	struct node *delivered = secrets(g, &missing);
	enum reason reason = judge(g, missing, &detail);

	fields_int(f, "observedGeneration", g->record->generation);
	fields_node(f, "conditions", ready(g, reason, detail));
	if (has) {
		fields_int(f, "size", databases_size(has->size));
		fields_int(f, "connections", has->sessions);
	}
	fields_node(f, "secrets", delivered);
}

static bool differs(const struct node *want, const struct node *told)
{
	node_each(n, want)
	{
		const struct node *old = node_get(told, n->key);

		/* connections come and go: they are told with the heartbeat */
		if (!str_is(n->key, "connections") && (!old || !node_eq(n, old)))
			return true;
	}
	return false;
}

static void tell(const struct guest *g)
{
	struct round *r = g->r;
	const struct fact_guest *rec = g->record;
	struct str target = arena_fmt(r->arena, "%s/%s", rec->namespace.p, rec->name.p);
	const struct past *past = facts_past(r->facts, ACTION_write_guest, target);
	struct fields status = { r->arena, { 0 } }, f = { r->arena, { 0 } };

	put(g, &status);
	if (!status_silent(r, rec->status) && !differs(fields_map(&status), rec->status))
		return;
	if (past && past->failures == 0 && r->now.ms - past->started_ms < GAP_MS)
		return;
	fields_time(&status, "heartbeat", r->now.wall);
	fields_version(&f, rec->version);
	fields_node(&f, "status", fields_map(&status));
	round_do(r, ACTION_write_guest, target, "its guest reads it")->body = fields_map(&f);
}

void decide_guests(struct round *r)
{
	const struct fact_guests *all = facts_guests(r->facts);

	if (!r->leads || !r->databases)
		return;
	for (const struct node *d = first(orders_at(r->orders, "databases")); d; d = d->next) {
		const struct node *guest = node_at(d, "guest");

		for (size_t i = 0; guest && i < all->n; i++)
			if (str_eq(all->items[i].namespace, node_text(guest, "namespace")) &&
			    str_eq(all->items[i].name, node_text(guest, "name")))
				tell(&(struct guest){ r, d, &all->items[i] });
	}
}
