/* SPDX-License-Identifier: Apache-2.0 */
/* databases.c: each database of the orders: is it as declared, and how large. */
#include "report/databases.h"

#include "facts/catalog.h"
#include "provision/plan.h"
#include "report/fields.h"

enum { STEP_LEAST = 1024 * 1024 };

int64_t databases_size(int64_t size)
{
	int64_t step = STEP_LEAST;

	while (step < size / 16)
		step *= 2;
	return size / step * step;
}

struct str databases_pending(const struct round *r, struct str subject)
{
	const struct past *p = facts_past(r->facts, ACTION_provision, subject);

	if (p && p->failures > 0)
		return p->result;
	for (const struct change *c = r->databases->changes; c; c = c->next)
		if (str_eq(c->subject, subject))
			return c->why;
	return str_of("");
}

static struct node *database(struct round *r, const struct node *d)
{
	struct str name = node_text(d, "name");
	const struct catalog_database *has = catalog_database(facts_catalog(r->facts)->have, name);
	const struct trouble *t = plan_trouble(r->databases, name);
	bool changes = plan_changes(r->databases, name);
	struct str text = t ? t->text : changes ? databases_pending(r, name) : str_of("");
	struct fields f = { r->arena, { 0 } };

	if (text.n > 400)
		text = arena_fmt(r->arena, "%.400s...", text.p);
	fields_text(&f, "message", text);
	fields_text(&f, "name", name);
	fields_flag(&f, "ready", !t && !changes);
	if (has)
		fields_int(&f, "size", databases_size(has->size));
	return fields_map(&f);
}

struct node *databases_status(struct round *r)
{
	const struct node *databases = orders_at(r->orders, "databases");
	struct fields list = { r->arena, { 0 } };

	if (!r->databases)
		return NULL;
	for (const struct node *d = databases ? databases->kids : NULL; d; d = d->next)
		fields_item(&list, database(r, d));
	return fields_list(&list);
}
