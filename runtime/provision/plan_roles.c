/* SPDX-License-Identifier: Apache-2.0 */
/* plan_roles.c: a role with everything that is ordered of it, and settings. */
#include "provision/draft.h"

static struct str number(struct arena *a, int64_t v)
{
	return arena_fmt(a, "%lld", (long long)v);
}

/* Attributes are all written whenever one differs: the statement then says the whole state. */
static bool is_as_wished(const struct catalog_role *r, const struct wish *w)
{
	return !r->super && r->inherit && !r->create_role && !r->create_db && !r->replication &&
	       !r->bypass_rls && !r->expires && r->login == w->login && r->limit == w->limit;
}

static void draft_attributes(struct draft *d, const struct wish *w, const struct catalog_role *has)
{
	if (has && is_as_wished(has, w))
		return;
	draft_why(d, has ? "%S has other attributes" : "%S is missing", w->name);
	draft_put(d,
		  "%S role %I nosuperuser inherit nocreaterole nocreatedb noreplication"
		  " nobypassrls connection limit %S %S%S",
		  str_of(has ? "alter" : "create"), w->name, number(d->planner->arena, w->limit),
		  str_of(w->login ? "login" : "nologin"),
		  str_of(has && has->expires ? " valid until 'infinity'" : ""));
}

static bool wishes(const struct wish *w, struct str role)
{
	for (size_t i = 0; i < w->n_roles; i++)
		if (str_eq(w->roles[i], role))
			return true;
	return false;
}

static void draft_memberships(struct draft *d, const struct wish *w)
{
	const struct catalog *c = d->planner->have;

	for (size_t i = 0; i < w->n_roles; i++)
		if (!catalog_member(c, w->name, w->roles[i])) {
			draft_why(d, "%S is no member of %S", w->name, w->roles[i]);
			draft_put(d, "grant %I to %I", w->roles[i], w->name);
		}
	for (size_t i = 0; i < c->n_members; i++)
		if (str_eq(c->members[i].member, w->name) && !wishes(w, c->members[i].role)) {
			draft_why(d, "%S is a member of %S", w->name, c->members[i].role);
			draft_put(d, "revoke %I from %I cascade", c->members[i].role, w->name);
		}
}

static bool same_list(const struct node *a, const struct node *b)
{
	return a && b ? node_eq(a, b) : !a == !b;
}

static bool same_mark(const struct mark *a, const struct mark *b)
{
	return a->ours == b->ours && a->login == b->login && str_eq(a->of, b->of) &&
	       a->since == b->since && a->gone == b->gone && same_list(a->done, b->done) &&
	       same_list(a->set, b->set) && same_list(a->absent, b->absent);
}

void draft_mark(struct draft *d, const char *kind, struct str name, const struct mark *has,
		const struct mark *want)
{
	if (has && same_mark(has, want))
		return;
	draft_why(d, "%S is noted", name);
	draft_put(d, "comment on %S %I is %L", str_of(kind), name,
		  mark_print(d->planner->arena, want));
}

void draft_role(struct draft *d, const struct wish *w)
{
	const struct catalog_role *has = catalog_role(d->planner->have, w->name);

	draft_attributes(d, w, has);
	draft_memberships(d, w);
	draft_mark(d, "role", w->name, has ? &has->mark : NULL, &w->mark);
}

/* ---- settings ---- */

/* Settings whose value is a list of names: in quotes as a whole they would be one name
 * (PostgreSQL's GUC_LIST_QUOTE). */
static bool is_list(struct str name)
{
	static const char *const lists[] = { "search_path", "temp_tablespaces",
					     "local_preload_libraries",
					     "session_preload_libraries" };

	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++)
		if (str_is(name, lists[i]))
			return true;
	return false;
}

/* The next item of a list of names, without blanks and quotes; "" at the end. */
static struct str next_item(struct str *rest)
{
	size_t n = str_find(*rest, ',');
	struct str item = str_trim(str_cut(*rest, 0, n));

	*rest = str_cut(*rest, n + 1, rest->n);
	if (item.n >= 2 && item.p[0] == '"' && item.p[item.n - 1] == '"')
		item = str_cut(item, 1, item.n - 1);
	return item;
}

static bool same_value(struct str name, struct str a, struct str b)
{
	if (!is_list(name))
		return str_eq(a, b);
	while (a.n > 0 || b.n > 0)
		if (!str_eq(next_item(&a), next_item(&b)))
			return false;
	return true;
}

static struct str value_text(struct arena *a, struct str name, struct str value)
{
	struct str out = str_of("");

	if (!is_list(name))
		return draft_text(a, "%L", value);
	while (value.n > 0)
		out = draft_text(a, out.n > 0 ? "%S, %L" : "%S%L", out, next_item(&value));
	return out.n > 0 ? out : str_of("''");
}

/* "role x", "database d", "role x in database d" */
static struct str holder(struct arena *a, struct str role, struct str database)
{
	if (!role.n)
		return draft_text(a, "database %I", database);
	return draft_text(a, database.n > 0 ? "role %I in database %I" : "role %I", role, database);
}

/* The name of a setting: parts between dots are names of their own. */
static struct str setting_name(struct arena *a, struct str name)
{
	size_t dot = str_find(name, '.');

	if (dot == name.n)
		return draft_text(a, "%I", name);
	return draft_text(a, "%I.%I", str_cut(name, 0, dot), str_cut(name, dot + 1, name.n));
}

struct node *draft_settings(struct draft *d, struct str role, struct str database,
			    const struct node *wanted, const struct node *kept)
{
	struct arena *a = d->planner->arena;
	const struct catalog *c = d->planner->have;
	struct node_list names = { 0 };
	struct node *list;

	for (const struct node *w = list_first(wanted); w; w = w->next) {
		const struct catalog_setting *has = catalog_setting(c, role, database, w->key);

		node_add(&names, node_str(a, (struct pos){ 0 }, w->key));
		if (has && same_value(w->key, has->value, w->text))
			continue;
		draft_why(d, "%S is not set", w->key);
		draft_put(d, "alter %S set %S to %S", holder(a, role, database),
			  setting_name(a, w->key), value_text(a, w->key, w->text));
	}
	for (const struct node *k = list_first(kept); k; k = k->next)
		if (k->kind == NODE_STR && !node_get(wanted, k->text) &&
		    catalog_setting(c, role, database, k->text)) {
			draft_why(d, "%S is wanted no more", k->text);
			draft_put(d, "alter %S reset %S", holder(a, role, database),
				  setting_name(a, k->text));
		}
	if (!names.first)
		return NULL;
	list = node_new(a, NODE_LIST, (struct pos){ 0 });
	list->kids = names.first;
	return list;
}
